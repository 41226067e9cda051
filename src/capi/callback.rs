//! Calls to a C program's progress function.

use std::ffi::{c_char, c_int, c_void};

/// Progress of a long call, compatible with GDAL's GDALProgressFunc: the fraction done (0 to 1), a
/// note for the user or NULL, and the pointer given to the call. Called on the calling thread only,
/// several times a second. Return 0 to cancel. It has to return: it must not be left by longjmp or
/// by a C++ exception, which ends the process. In C++ use s2sr.hpp, whose progress functions may
/// throw.
pub type s2sr_progress = Option<
    unsafe extern "C" fn(fraction: f64, message: *const c_char, user_data: *mut c_void) -> c_int,
>;

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
        // SAFETY: the caller vouches for its function and its pointer; the message lives through
        // the call.
        unsafe { function(fraction, message, user_data) != 0 }
    }
}
