//! `s2sr_options`: the command line's options, set by name.

use std::ffi::{c_char, c_int};

use super::answer::answer;
use super::guard::{guard, guard_free, os_text, text};
use super::handles::Table;
use crate::error::Result;
use crate::options::Options;
use crate::tasks::info;

/// Options, set one by one; see s2sr_options_describe for the keys. A call that uses them takes
/// them as they are when it starts.
pub struct s2sr_options(Options);

static TABLE: Table<s2sr_options> = Table::new("options");

/// Options with their defaults; NULL where something goes wrong. Free with s2sr_options_free.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_options_new() -> *mut s2sr_options {
    let mut new = std::ptr::null_mut();
    guard(|| {
        new = TABLE.insert(s2sr_options(Options::default()));
        Ok(())
    });
    new
}

/// Frees options. NULL, and what was freed already, is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_options_free(options: *mut s2sr_options) {
    guard_free(|| TABLE.remove(options));
}

/// Sets an option from text. An unknown key or value changes nothing and is answered with the valid
/// ones. A call refuses options that it does not use. What each call takes:
///
/// - s2sr_run: to (10|5), model (NAME|FILE.onnx), bands (B5,B11), with-native (yes|no), uncertainty
///   (yes|no), reflectance (yes|no), projwin (ULX ULY LRX LRY), projwin-srs (EPSG:CODE), srcwin
///   (XOFF YOFF XSIZE YSIZE), cutline (FILE), quality (standard|best), device
///   (auto|cpu|cuda|cuda:N), precision (exact|fast), threads (N), tile (N), format (GTiff|COG), co
///   (KEY=VALUE), with-scl (yes|no), mask (yes|no), preview (FILE.png|.tif), no-verify (yes|no),
///   models (FOLDER), onnxruntime (FILE), gdal (FILE), band-names (B2,B3,B4), quantification
///   (NUMBER), offset (NUMBER), nodata (NUMBER|none)
/// - s2sr_info: model, models, gdal, band-names, quantification, offset, nodata
/// - s2sr_evaluate: model, quality, device, precision, threads, tile, html (FILE.html), models,
///   onnxruntime, gdal, band-names, quantification, offset, nodata
/// - s2sr_model_list: models
/// - s2sr_write_vrt: to, model, bands, with-native, uncertainty, reflectance, cutline, quality,
///   device, precision, threads, tile, with-scl, mask, models, gdal, band-names, quantification,
///   offset, nodata
/// - s2sr_model_open: quality, device, precision, threads, models, onnxruntime
/// - s2sr_job_open: to, model, bands, with-native, uncertainty, reflectance, quality, device,
///   precision, threads, tile, models, onnxruntime
/// - s2sr_model_run: tile, quantification, offset, nodata
///
/// # Safety
/// `key` and `value` are C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_options_set(
    options: *mut s2sr_options,
    key: *const c_char,
    value: *const c_char,
) -> c_int {
    // SAFETY: by the contract above; nulls are caught.
    guard(|| unsafe {
        let (key, value) = (text(key, "key")?, os_text(value, "value")?);
        let mut changed = TABLE.get(options)?.0.clone();
        changed.set(key, value)?;
        TABLE.replace(options, s2sr_options(changed))
    })
}

/// The table of options as JSON (schemas/options.json): an array of {key, kind, values, help,
/// scope, step, set_by}. Free
/// with s2sr_string_free.
///
/// # Safety
/// `json` points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_options_describe(json: *mut *mut c_char) -> c_int {
    // SAFETY: by the contract above; null is caught.
    guard(|| unsafe { answer(json, || Ok(info::options())) })
}

/// The options of a call; NULL stands for the defaults.
pub(super) fn options(options: *const s2sr_options) -> Result<Options> {
    if options.is_null() {
        Ok(Options::default())
    } else {
        Ok(TABLE.get(options)?.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::options::Call;

    #[test]
    fn the_header_says_which_options_each_call_takes() {
        let header = include_str!("../../include/s2sr.h");
        let text = header
            .lines()
            .map(|l| l.trim().trim_start_matches("* "))
            .collect::<Vec<_>>()
            .join(" ");
        let mut explained = HashSet::new();
        let calls = [
            ("s2sr_run", Call::RUN),
            ("s2sr_info", Call::INFO),
            ("s2sr_evaluate", Call::EVALUATE),
            ("s2sr_model_list", Call::MODELS),
            ("s2sr_write_vrt", Call::VRT),
            ("s2sr_model_open", Call::MODEL_OPEN),
            ("s2sr_job_open", Call::BANDS),
            ("s2sr_model_run", Call::MODEL_RUN),
        ];
        for (function, call) in calls {
            let mut item = |e: &crate::options::Entry| {
                // What its values look like is said once.
                if explained.insert(e.key) {
                    format!("{} ({})", e.key, e.values)
                } else {
                    e.key.to_owned()
                }
            };
            let sentence = format!(
                "- {function}: {}",
                call.entries().map(&mut item).collect::<Vec<_>>().join(", ")
            );
            assert!(
                text.split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .contains(&sentence),
                "the header lacks: {sentence}"
            );
        }
    }
}
