//! Progress on its way through GDAL.

use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A progress function, and whether it cancelled.
pub struct Asked<'a> {
    progress: &'a mut dyn FnMut(f64) -> bool,
    /// The share of the work that GDAL is about to do: where it begins, and how much it is.
    pub share: (f64, f64),
    /// Whether it asked to stop.
    pub cancelled: bool,
}

impl<'a> Asked<'a> {
    /// Of all of the work.
    pub fn new(progress: &'a mut dyn FnMut(f64) -> bool) -> Self {
        Self {
            progress,
            share: (0.0, 1.0),
            cancelled: false,
        }
    }

    /// What GDAL hands to [`ask`]; good for one call of GDAL's.
    pub fn data(&mut self) -> *mut c_void {
        (&raw mut *self).cast()
    }
}

/// What GDAL calls.
///
/// # Safety
/// `data` is an [`Asked`] that lives during the call of GDAL's, which is on its thread.
pub unsafe extern "C" fn ask(fraction: f64, _: *const c_char, data: *mut c_void) -> c_int {
    // SAFETY: by the contract above. Its lifetime is not known here, and not needed.
    let asked = unsafe { &mut *data.cast::<Asked>() };
    let (from, share) = asked.share;
    // A panic must not travel through GDAL.
    let go_on = catch_unwind(AssertUnwindSafe(|| {
        !asked.cancelled && (asked.progress)(from + share * fraction)
    }))
    .unwrap_or(false);
    asked.cancelled = !go_on;
    c_int::from(go_on)
}
