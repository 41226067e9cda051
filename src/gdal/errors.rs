//! Catches what GDAL says instead of letting it reach the terminal of the host program.

use std::cell::RefCell;
use std::ffi::c_char;

use gdal_sys::{CPLErr, CPLErrorHandler};

/// While one of these lives, GDAL's errors and warnings of this thread are collected here.
pub struct Quiet {
    messages: Box<RefCell<Vec<(CPLErr::Type, String)>>>,
}

impl Quiet {
    /// Starts collecting. The error state that the caller's thread had is cleared.
    #[allow(
        clippy::new_without_default,
        reason = "to start collecting is an act, nothing to do by default"
    )]
    pub fn new() -> Self {
        let messages: Box<RefCell<Vec<_>>> = Box::default();
        let handler: CPLErrorHandler = Some(collect);
        // SAFETY: the user data is boxed and outlives the handler, which Drop removes.
        unsafe {
            gdal_sys::CPLErrorReset();
            gdal_sys::CPLPushErrorHandlerEx(handler, (&raw const *messages).cast_mut().cast());
        }
        Self { messages }
    }

    /// Whether GDAL reported a failure since.
    pub fn failed(&self) -> bool {
        self.messages
            .borrow()
            .iter()
            .any(|(class, _)| *class >= CPLErr::CE_Failure)
    }

    /// What GDAL said, most telling first: the first failure, else the last warning, else
    /// `otherwise`.
    pub fn explain(&self, otherwise: &str) -> String {
        let messages = self.messages.borrow();
        let failure = messages
            .iter()
            .find(|(class, _)| *class >= CPLErr::CE_Failure);
        failure
            .or(messages.last())
            .map_or_else(|| otherwise.to_owned(), |(_, text)| text.clone())
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // SAFETY: pops the handler that `new` pushed on this thread; the type is not Send.
        unsafe {
            gdal_sys::CPLPopErrorHandler();
            gdal_sys::CPLErrorReset();
        }
    }
}

unsafe extern "C" fn collect(
    class: CPLErr::Type,
    number: gdal_sys::CPLErrorNum,
    message: *const c_char,
) {
    if class == CPLErr::CE_Debug {
        // SAFETY: hands on the very arguments that GDAL gave.
        unsafe { gdal_sys::CPLDefaultErrorHandler(class, number, message) };
        return;
    }
    // SAFETY: the user data of the current handler is the box of the `Quiet` that pushed it, on
    // this thread.
    unsafe {
        let messages =
            gdal_sys::CPLGetErrorHandlerUserData().cast::<RefCell<Vec<(CPLErr::Type, String)>>>();
        if let Some(messages) = messages.as_ref() {
            let line = super::text(message)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            messages.borrow_mut().push((class, line));
        }
    }
}
