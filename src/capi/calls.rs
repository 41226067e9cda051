//! Calls on files, and what there is to know.

use std::ffi::{c_char, c_int, c_void};

use super::S2SR_ABI_VERSION;
use super::answer::{answer, written};
use super::callback::{progress, s2sr_progress};
use super::guard::{give, give_path, guard, path};
use super::options::{options, s2sr_options};

use crate::error::{Error, Result};
use crate::tasks::{info, many};

/// Number of the binary interface of the loaded library, to be compared with S2SR_ABI_VERSION of
/// the header.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_abi_version() -> u32 {
    S2SR_ABI_VERSION
}

/// Version of the loaded library, as "1.2.3"; the header's is S2SR_VERSION_MAJOR and so on.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Super-resolves a product into a file, as `s2sr run` does. `report` (may be NULL) gets what was
/// done and what it took, as JSON (schemas/report.json). On failure, and when cancelled, no output
/// is left and an earlier output is untouched. Cancelling counts from the opening of the product
/// until the finished files get their names. Where reading is stuck, a cancelled call returns all
/// the same, and a thread is left behind that ends by itself. An output that is read, or that
/// another run writes just now, is refused.
///
/// # Safety
/// `input` and `output` are C strings, `report` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_run(
    input: *const c_char,
    output: *const c_char,
    options: *const s2sr_options,
    progress: s2sr_progress,
    user_data: *mut c_void,
    report: *mut *mut c_char,
) -> c_int {
    guard(|| {
        // SAFETY: by the contract above; nulls are caught.
        let (input, output, options) = unsafe {
            (
                path(input, "input")?,
                path(output, "output")?,
                self::options(options)?,
            )
        };
        let done = crate::run(
            input,
            output,
            &options,
            &mut self::progress(progress, user_data),
        )?;
        // SAFETY: null, or writable by the contract above.
        if let Some(report) = unsafe { report.as_mut() } {
            *report = give(&written(&done)?);
        }
        Ok(())
    })
}

/// The files that `s2sr run` with several products would write: in `folder`, each named after its
/// product and the options to and model. `paths` gets one for each of the `count` inputs, on success
/// alone; free each with s2sr_string_free. A folder that is none or that is a product, and inputs
/// that would become one file, are refused. Takes the options of s2sr_run.
///
/// # Safety
/// `inputs` are `count` C strings, `folder` is one, `paths` is writable for `count` pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_outputs_in(
    inputs: *const *const c_char,
    count: usize,
    folder: *const c_char,
    options: *const s2sr_options,
    paths: *mut *mut c_char,
) -> c_int {
    guard(|| {
        if count > 0 && (inputs.is_null() || paths.is_null()) {
            return Err(Error::argument("inputs or paths is NULL"));
        }
        let inputs = (0..count)
            // SAFETY: there are so many C strings by the contract above; nulls are caught.
            .map(|i| Ok(unsafe { path(*inputs.add(i), "one of inputs") }?.to_owned()))
            .collect::<Result<Vec<_>>>()?;
        // SAFETY: a C string by the contract above; null is caught.
        let folder = unsafe { path(folder, "folder") }?;
        let outputs = many::outputs_in(&inputs, folder, &self::options(options)?)?;
        for (i, output) in outputs.iter().enumerate() {
            // SAFETY: there is one for each input, and it is writable by the contract above.
            unsafe { paths.add(i).write(give_path(output)) };
        }
        Ok(())
    })
}

/// What a product is and what can be made of it, as JSON (schemas/info.json). Free with
/// s2sr_string_free.
///
/// # Safety
/// `input` is a C string, `json` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_info(
    input: *const c_char,
    options: *const s2sr_options,
    json: *mut *mut c_char,
) -> c_int {
    // SAFETY: by the contract above; nulls are caught.
    guard(|| unsafe {
        answer(json, || {
            info::info(path(input, "input")?, &self::options(options)?)
        })
    })
}

/// Scores the networks on a product by Wald's protocol, beside bicubic, as JSON
/// (schemas/evaluation.json). Free with
/// s2sr_string_free.
///
/// # Safety
/// As for s2sr_info.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_evaluate(
    input: *const c_char,
    options: *const s2sr_options,
    progress: s2sr_progress,
    user_data: *mut c_void,
    json: *mut *mut c_char,
) -> c_int {
    guard(|| {
        let mut progress = self::progress(progress, user_data);
        // SAFETY: by the contract above; nulls are caught.
        unsafe {
            answer(json, || {
                crate::tasks::evaluate::evaluate(
                    path(input, "input")?,
                    &self::options(options)?,
                    &mut progress,
                )
            })
        }
    })
}

/// The installed networks, as JSON: {"folder", "default", "models": [...]} (schemas/models.json).
/// Free with s2sr_string_free.
///
/// # Safety
/// `json` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_model_list(
    options: *const s2sr_options,
    json: *mut *mut c_char,
) -> c_int {
    // SAFETY: by the contract above; null is caught.
    guard(|| unsafe { answer(json, || info::models(&self::options(options)?)) })
}
