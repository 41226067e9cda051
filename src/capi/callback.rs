//! Calls to a C program's progress function. One that throws a C++ exception is caught in
//! `progress.cpp`, for none may travel through Rust, and counts as cancelling.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};

/// Progress of a long call, compatible with GDAL's GDALProgressFunc: the fraction done (0 to 1), a
/// note for the user or NULL, and the pointer given to the call. Called on the calling thread only,
/// several times a second. Return 0 to cancel. A C++ exception thrown in it cancels, too, and goes
/// no further; it must not be left by longjmp.
pub type s2sr_progress = Option<
    unsafe extern "C" fn(fraction: f64, message: *const c_char, user_data: *mut c_void) -> c_int,
>;

thread_local! {
    /// What a progress function of this thread threw.
    static THROWN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What was thrown on this thread since the last time this was asked.
pub(super) fn thrown() -> Option<String> {
    THROWN.try_with(RefCell::take).ok().flatten()
}

unsafe extern "C" {
    /// In `progress.cpp`.
    fn s2sr_call_progress(
        progress: unsafe extern "C" fn(f64, *const c_char, *mut c_void) -> c_int,
        fraction: f64,
        message: *const c_char,
        user_data: *mut c_void,
        error: *mut c_char,
        size: usize,
    ) -> c_int;
}

/// A C progress function as the library takes it.
pub(super) fn progress(
    function: s2sr_progress,
    user_data: *mut c_void,
) -> impl FnMut(f64, Option<&str>) -> bool {
    move |fraction, message| {
        let Some(function) = function else {
            return true;
        };
        let message = message.map(crate::gdal::c_string);
        let message = message.as_ref().map_or(std::ptr::null(), |m| m.as_ptr());
        let mut error = [0u8; 256];
        // SAFETY: the caller vouches for its function and its pointer; the message and the buffer
        // live through the call.
        let answer = unsafe {
            s2sr_call_progress(
                function,
                fraction,
                message,
                user_data,
                error.as_mut_ptr().cast(),
                error.len(),
            )
        };
        if answer < 0 {
            let text = CStr::from_bytes_until_nul(&error)
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            THROWN.with(|thrown| thrown.replace(Some(text)));
        }
        answer > 0
    }
}
