//! Gives the shared library its soname, the number of the binary interface, read where it is
//! defined.

use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=src/capi/mod.rs");
    let source = fs::read_to_string("src/capi/mod.rs").unwrap_or_default();
    let number = source
        .split("S2SR_ABI_VERSION: u32 = ")
        .nth(1)
        .and_then(|rest| rest.split(';').next());
    let number =
        number.unwrap_or_else(|| panic!("src/capi/mod.rs does not define S2SR_ABI_VERSION"));
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libs2sr.so.{number}");
        // dlclose() must not unmap it: GDAL and ONNX Runtime keep pointers to its functions.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
