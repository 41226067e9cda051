//! Answers in JSON.

use std::ffi::c_char;

use serde::Serialize;

use super::guard::{give, place};
use crate::error::{Error, Result};

/// Hands a JSON answer to the caller.
///
/// # Safety
/// `json` is null or writable.
pub(super) unsafe fn answer<T: Serialize>(
    json: *mut *mut c_char,
    make: impl FnOnce() -> Result<T>,
) -> Result<()> {
    // SAFETY: by the contract above.
    let json = unsafe { place(json, "json") }?;
    *json = give(&written(&make()?)?);
    Ok(())
}

/// An answer as text.
pub(super) fn written(answer: &impl Serialize) -> Result<String> {
    serde_json::to_string(answer).map_err(|e| Error::internal(e.to_string()).because(e))
}
