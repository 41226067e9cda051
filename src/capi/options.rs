//! `s2sr_options`: the command line's options, set by name.

use std::ffi::{c_char, c_int};

use super::guard::{give, guard, guard_free, place, text};
use crate::core::error::Result;
use crate::core::options::Options;

/// Options, set one by one; see s2sr_options_describe for the keys. Not to be changed while a call uses it.
pub struct s2sr_options(pub(super) Options);

/// Options with their defaults. Free with s2sr_options_free.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_options_new() -> *mut s2sr_options {
    Box::into_raw(Box::new(s2sr_options(Options::default())))
}

/// Frees options. NULL is ignored.
///
/// # Safety
/// `options` is NULL or came from s2sr_options_new and was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_options_free(options: *mut s2sr_options) {
    guard_free(|| {
        if !options.is_null() {
            // SAFETY: it came from a Box, by the contract above.
            drop(unsafe { Box::from_raw(options) });
        }
    });
}

/// Sets an option from text. An unknown key or value changes nothing and is answered with the valid ones.
///
/// # Safety
/// `options` came from s2sr_options_new; `key` and `value` are C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn s2sr_options_set(options: *mut s2sr_options, key: *const c_char, value: *const c_char) -> c_int {
    // SAFETY: by the contract above; nulls are caught.
    guard(|| unsafe {
        let (key, value) = (text(key, "key")?, text(value, "value")?);
        place(options, "options")?.0.set(key, value)
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
        *unsafe { place(json, "json") }? = give(&crate::describe::options().to_string());
        Ok(())
    })
}

/// The options of a call; NULL stands for the defaults.
///
/// # Safety
/// `options` is null or came from s2sr_options_new.
pub(super) unsafe fn options(options: *const s2sr_options) -> Result<Options> {
    // SAFETY: by the contract above.
    Ok(unsafe { options.as_ref() }.map(|o| o.0.clone()).unwrap_or_default())
}
