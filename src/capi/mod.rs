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

mod answer;
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
pub use image::{S2SR_FLOAT32, S2SR_INT16, S2SR_UINT8, S2SR_UINT16, s2sr_image};
pub use model::*;
pub use options::*;

/// The version of the library that this header belongs to: major, minor, patch.
pub const S2SR_VERSION_MAJOR: u32 = 0;
/// See S2SR_VERSION_MAJOR.
pub const S2SR_VERSION_MINOR: u32 = 1;
/// See S2SR_VERSION_MAJOR.
pub const S2SR_VERSION_PATCH: u32 = 0;

/// Number of this binary interface. It rises when a program built against an older header could
/// misbehave: a function or constant removed or changed in meaning, a struct's layout changed. New
/// functions and new option keys do not raise it. It is also the soname's number: libs2sr.so.1.
pub const S2SR_ABI_VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_the_version_of_the_package() {
        let header = [S2SR_VERSION_MAJOR, S2SR_VERSION_MINOR, S2SR_VERSION_PATCH];
        let package = env!("CARGO_PKG_VERSION").split('.');
        assert!(header.map(|n| n.to_string()).iter().eq(package));
    }
}
