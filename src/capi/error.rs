//! Status codes and the message of the last failure.

use std::cell::RefCell;
use std::ffi::{CString, c_char};

use crate::error::Error;
use crate::gdal::c_string;

/// Done.
pub const S2SR_OK: i32 = 0;
/// A null or senseless argument.
pub const S2SR_ERROR_ARGUMENT: i32 = 1;
/// An unknown option, or a value it does not take; the message lists the valid ones.
pub const S2SR_ERROR_OPTION: i32 = 2;
/// A product that can't be read, or lacks what the work needs.
pub const S2SR_ERROR_INPUT: i32 = 3;
/// A model that is missing, altered, or without a valid contract.
pub const S2SR_ERROR_MODEL: i32 = 4;
/// ONNX Runtime, the device or the system: not found, refused, failed; memory, threads or
/// descriptors ran out.
pub const S2SR_ERROR_RUNTIME: i32 = 5;
/// A result that can't be written.
pub const S2SR_ERROR_OUTPUT: i32 = 6;
/// The progress function asked to stop. Nothing was written.
pub const S2SR_ERROR_CANCELLED: i32 = 7;
/// A bug in the library; the message says where.
pub const S2SR_ERROR_INTERNAL: i32 = 8;

/// The code of an error.
pub(super) fn code(error: &Error) -> i32 {
    match error {
        Error::Argument { .. } => S2SR_ERROR_ARGUMENT,
        Error::Option { .. } => S2SR_ERROR_OPTION,
        Error::Input { .. } => S2SR_ERROR_INPUT,
        Error::Model { .. } => S2SR_ERROR_MODEL,
        Error::Runtime { .. } => S2SR_ERROR_RUNTIME,
        Error::Output { .. } => S2SR_ERROR_OUTPUT,
        Error::Cancelled => S2SR_ERROR_CANCELLED,
        Error::Internal { .. } => S2SR_ERROR_INTERNAL,
    }
}

thread_local! {
    static LAST: RefCell<CString> = RefCell::default();
}

/// Keeps a message for this thread; empty clears it.
pub(super) fn remember(message: &str) {
    // Where the thread is ending and its store is gone already, there is nobody left to ask.
    let _ = LAST.try_with(|last| *last.borrow_mut() = c_string(message));
}

/// The message of the last call of this thread that could fail: one sentence that says what, where
/// and what to do. Never NULL; empty when that call succeeded. What frees leaves it as it is. Valid
/// until the next call of this library on the same thread.
#[unsafe(no_mangle)]
pub extern "C" fn s2sr_last_error() -> *const c_char {
    LAST.try_with(|last| last.borrow().as_ptr())
        .unwrap_or(c"".as_ptr())
}
