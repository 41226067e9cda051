//! Gives the shared library its soname, the number of the binary interface, read where it is
//! defined; and compiles the few lines that have to be C++.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    soname();
    progress_shim();
    gdal_shim();
}

/// The number of the binary interface, read where it is defined.
fn soname() {
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

/// Calls of progress functions, which may throw.
fn progress_shim() {
    println!("cargo:rerun-if-changed=src/capi/progress.cpp");
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .file("src/capi/progress.cpp")
        .compile("s2sr_progress");
}

/// Compiled against the GDAL that gdal-sys finds, by the same variables.
fn gdal_shim() {
    for file in ["shim.cpp", "shim.h"] {
        println!("cargo:rerun-if-changed=src/gdal_plugin/{file}");
    }
    for variable in ["GDAL_INCLUDE_DIR", "GDAL_HOME"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    let given = env::var_os("GDAL_INCLUDE_DIR").map(PathBuf::from);
    let home = env::var_os("GDAL_HOME").map(|h| PathBuf::from(h).join("include"));
    let system = || {
        pkg_config::Config::new()
            .cargo_metadata(false)
            .probe("gdal")
            .map(|g| g.include_paths)
            .unwrap_or_default()
    };
    let include = given.or(home).map_or_else(system, |folder| vec![folder]);
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .includes(include)
        .file("src/gdal_plugin/shim.cpp")
        .compile("s2sr_shim");
}
