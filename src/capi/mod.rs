//! The C ABI of `include/s2sr.h`. Each function guards, converts, calls the library, and converts
//! back.

#![allow(non_camel_case_types)]

mod callback;
mod handles;
mod image;

// The header shows the parts in this order.
mod error;

mod options;

mod calls;

mod gdal;

mod model;

mod arrays;

mod bands;

mod guard;

pub use arrays::*;
pub use bands::*;
pub use callback::s2sr_progress;
pub use calls::*;
pub use error::*;
pub use gdal::*;
pub use guard::s2sr_string_free;
pub use model::*;
pub use options::*;

/// Number of this binary interface. It rises when a program built against an older header could
/// misbehave: a function or constant removed or changed in meaning, a struct's layout changed. New
/// functions and new option keys do not raise it. It is also the soname's number: libs2sr.so.1.
pub const S2SR_ABI_VERSION: u32 = 1;
