//! `s2sr_options`: the command line's options, set by name.

use std::ffi::{c_char, c_int};

use super::guard::{give, guard, guard_free, place, text};
use super::handles::Table;
use crate::core::error::Result;
use crate::core::options::Options;

/// Options, set one by one; see s2sr_options_describe for the keys. A call that uses them takes them as they are when it
/// starts.
pub struct s2sr_options(Options);

static TABLE: Table<s2sr_options> = Table::new("options");

/// Options with their defaults. Free with s2sr_options_free.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_options_new() -> *mut s2sr_options {
    TABLE.insert(s2sr_options(Options::default()))
}

/// Frees options. NULL, and what was freed already, is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_options_free(options: *mut s2sr_options) {
    guard_free(|| TABLE.remove(options));
}

/// Sets an option from text. An unknown key or value changes nothing and is answered with the valid ones.
///
/// For files: to (10|5), model (NAME|FILE.onnx), bands (B5,B11), with-native (yes|no), projwin (ULX ULY LRX LRY), srcwin
/// (XOFF YOFF XSIZE YSIZE), format (GTiff|COG), co (KEY=VALUE, may be set again), preview (FILE.png), no-verify (yes|no). For
/// arrays: offset, nodata. For both: quality (standard|best), device (auto|cpu|cuda|cuda:N), threads, tile, models (FOLDER),
/// onnxruntime (FILE).
///
/// # Safety
/// `key` and `value` are C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_options_set(options: *mut s2sr_options, key: *const c_char, value: *const c_char) -> c_int {
    // SAFETY: by the contract above; nulls are caught.
    guard(|| unsafe {
        let (key, value) = (text(key, "key")?, text(value, "value")?);
        let mut changed = TABLE.get(options)?.0.clone();
        changed.set(key, value)?;
        TABLE.replace(options, s2sr_options(changed))
    })
}

/// The table of options as JSON: an array of {key, kind, values, help, scope}. Free with s2sr_string_free.
///
/// # Safety
/// `json` points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_options_describe(json: *mut *mut c_char) -> c_int {
    guard(|| {
        // SAFETY: by the contract above; null is caught.
        let json = unsafe { place(json, "json") }?;
        *json = give(&crate::describe::options().to_string());
        Ok(())
    })
}

/// The options of a call; NULL stands for the defaults.
pub(super) fn options(options: *const s2sr_options) -> Result<Options> {
    if options.is_null() { Ok(Options::default()) } else { Ok(TABLE.get(options)?.0.clone()) }
}

#[cfg(test)]
mod tests {
    use crate::core::options::TABLE;

    #[test]
    fn the_header_names_every_option() {
        let header = include_str!("../../include/s2sr.h");
        for entry in TABLE {
            assert!([" (", ",", ".", "\n"].iter().any(|end| header.contains(&format!(" {}{end}", entry.key))), "{}", entry.key);
        }
    }
}
