//! Catches what GDAL says instead of letting it reach the terminal of the host program.

use std::cell::RefCell;
use std::ffi::{c_char, c_int};
use std::marker::PhantomData;

use super::api::{CE_DEBUG, CE_FAILURE, CPLErr, Gdal};
use super::{find, text};

thread_local! {
    /// What this thread's `Quiet`s have heard, the innermost last: GDAL tells that one only.
    static HEARD: RefCell<Vec<Heard>> = const { RefCell::new(Vec::new()) };
}

struct Heard {
    gdal: &'static Gdal,
    messages: Vec<(CPLErr, String)>,
}

/// While one of these lives, GDAL's errors and warnings of this thread are collected here. Where
/// there is no GDAL there is nothing to hear.
pub struct Quiet {
    /// Its place among those of this thread.
    place: Option<usize>,
    _thread: PhantomData<*const ()>, // bound to its thread
}

impl Quiet {
    /// Starts collecting. The error state that the caller's thread had is cleared.
    #[allow(
        clippy::new_without_default,
        reason = "to start collecting is an act, nothing to do by default"
    )]
    pub fn new() -> Self {
        let place = find::get().ok().map(|gdal| {
            // SAFETY: the handler needs nothing but this thread's list.
            unsafe {
                (gdal.CPLErrorReset)();
                (gdal.CPLPushErrorHandler)(Some(collect));
            }
            HEARD.with_borrow_mut(|heard| {
                heard.push(Heard {
                    gdal,
                    messages: Vec::new(),
                });
                heard.len() - 1
            })
        });
        Self {
            place,
            _thread: PhantomData,
        }
    }

    fn look<T>(&self, at: impl FnOnce(&[(CPLErr, String)]) -> T) -> T {
        HEARD.with_borrow(|heard| {
            let heard = self.place.and_then(|place| heard.get(place));
            at(heard.map_or(&[], |h| &h.messages))
        })
    }

    /// Whether GDAL reported a failure since.
    pub fn failed(&self) -> bool {
        self.look(|messages| messages.iter().any(|(class, _)| *class >= CE_FAILURE))
    }

    /// What GDAL said of something that it passes by, such as an option's value.
    pub fn ignored(&self) -> Option<String> {
        self.look(|messages| {
            let mut texts = messages.iter().map(|(_, text)| text);
            texts.find(|text| text.contains("ignoring")).cloned()
        })
    }

    /// What GDAL said, most telling first: the first failure, else the last warning, else
    /// `otherwise`.
    pub fn explain(&self, otherwise: &str) -> String {
        self.look(|messages| {
            let failure = messages.iter().find(|(class, _)| *class >= CE_FAILURE);
            failure
                .or(messages.last())
                .map_or_else(|| otherwise.to_owned(), |(_, text)| text.clone())
        })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let Some(place) = self.place else {
            return;
        };
        let heard = HEARD.with_borrow_mut(|heard| {
            let own = (place < heard.len()).then(|| heard.remove(place));
            own.map(|own| own.gdal)
        });
        if let Some(gdal) = heard {
            // SAFETY: pops the handler that `new` pushed on this thread; the type is not Send.
            unsafe {
                (gdal.CPLPopErrorHandler)();
                (gdal.CPLErrorReset)();
            }
        }
    }
}

unsafe extern "C" fn collect(class: CPLErr, number: c_int, message: *const c_char) {
    let innermost = HEARD.with_borrow(|heard| heard.last().map(|h| h.gdal));
    let Some(gdal) = innermost else {
        return;
    };
    if class == CE_DEBUG {
        // SAFETY: hands on the very arguments that GDAL gave.
        unsafe { (gdal.CPLDefaultErrorHandler)(class, number, message) };
        return;
    }
    // SAFETY: GDAL's message is a C string.
    let said = unsafe { text(message) };
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    HEARD.with_borrow_mut(|heard| {
        if let Some(innermost) = heard.last_mut() {
            innermost.messages.push((class, line));
        }
    });
}
