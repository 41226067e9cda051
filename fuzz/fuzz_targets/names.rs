//! What VRTs and dataset names say: the first line is the name of a dataset, the others are
//! KEY=VALUE, taken as arguments of the pixel function and as open options. They need not be UTF-8.
//! None may panic, none may choose the code that is loaded, and what a name says can be written down
//! and read again.
#![no_main]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use s2sr::Error;
use s2sr::internals::gdal_plugin::args::{Request, name, pairs};
use s2sr::internals::options::is_model_file;

fuzz_target!(|bytes: &[u8]| {
    // The process's own configuration is told through GDAL.
    let _ = s2sr::internals::gdal::find::get();
    // GDAL's strings end at the first NUL.
    let bytes = bytes.split(|b| *b == 0).next().unwrap_or_default();
    let mut lines = bytes.split(|b| *b == b'\n');
    let name = lines.next().unwrap_or_default();
    let pairs: Vec<(String, &OsStr)> = lines
        .filter_map(|line| {
            let at = line.iter().position(|b| *b == b'=')?;
            let key = String::from_utf8_lossy(&line[..at]).into_owned();
            Some((key, OsStr::from_bytes(&line[at + 1..])))
        })
        .collect();
    let lines = || pairs.iter().map(|(key, value)| (key.as_str(), *value));
    keep(Request::from_arguments(lines()));
    match Request::from_name(name) {
        Ok(mut request) => {
            harmless(&request);
            read_again(&request);
            for (key, value) in lines() {
                said(request.set_open_option(key, value));
            }
            harmless(&request);
        }
        Err(e) => said(Err(e)),
    }
});

fn keep(request: Result<Request, Error>) {
    match request {
        Ok(request) => {
            assert!(!request.product.as_os_str().is_empty() && request.plane.is_some());
            harmless(&request);
        }
        Err(e) => said(Err(e)),
    }
}

/// A file or a name never says which library is loaded, nor which networks are trusted: that is
/// what the process was told.
fn harmless(request: &Request) {
    let told = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    let (onnxruntime, models) = request.options.places();
    assert_eq!(onnxruntime, told("ORT_DYLIB_PATH").as_deref());
    assert_eq!(models, told("S2SR_MODELS").as_deref());
    assert!(!request.options.get("model").is_some_and(is_model_file));
}

fn read_again(request: &Request) {
    // Quotes around the product end at the next one, and of commas in a row one is left.
    let said = pairs(&request.options);
    let commas_in_a_row = |value: &OsStr| {
        let value = value.to_string_lossy();
        value.contains(',') && value.split(',').any(|part| part.trim().is_empty())
    };
    let product = request.product.as_os_str().as_bytes();
    if product.contains(&b'"') || said.iter().any(|(_, value)| commas_in_a_row(value)) {
        return;
    }
    let name = name(&request.product, &request.options);
    match Request::from_name(name.as_bytes()) {
        Ok(again) => assert!(
            again.product == request.product && pairs(&again.options) == said,
            "{name:?}"
        ),
        _ => panic!("{name:?} is not read again"),
    }
}

fn said(result: Result<(), Error>) {
    assert!(result.err().is_none_or(|e| !e.to_string().is_empty()));
}
