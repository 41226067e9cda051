//! What VRTs and dataset names say: the first line is the name of a dataset, the others are KEY=VALUE, taken as arguments
//! of the pixel function and as open options. None may panic, none may choose the code that is loaded, and what a name
//! says can be written down and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::core::error::Error;
use s2sr::gdal_plugin::args::{Name, Request};

fuzz_target!(|text: &str| {
    let (name, rest) = text.split_once('\n').unwrap_or((text, ""));
    let pairs = || rest.lines().filter_map(|line| line.split_once('='));
    keep(Request::from_arguments(pairs()));
    match Name::parse(name) {
        Ok(Name::Product(mut request)) => {
            harmless(&request);
            read_again(&request);
            for (key, value) in pairs() {
                said(request.set_open_option(key, value));
            }
            harmless(&request);
        }
        Ok(Name::Index(cols, rows)) => assert!(cols > 0 && rows > 0),
        Err(e) => said(Err(e)),
    }
});

fn keep(request: Result<Request, Error>) {
    match request {
        Ok(request) => {
            assert!(!request.product.is_empty() && request.band.is_some());
            harmless(&request);
        }
        Err(e) => said(Err(e)),
    }
}

/// A file or a name never says which library is loaded, nor which networks are trusted.
fn harmless(request: &Request) {
    assert!(request.options.onnxruntime.is_none() && request.options.models.is_none());
}

fn read_again(request: &Request) {
    // Quotes around the product end at the next one, and of commas in a row one is left.
    let commas_in_a_row = |value: &str| value.contains(',') && value.split(',').any(|part| part.trim().is_empty());
    if request.product.contains('"') || request.pairs().iter().any(|(_, value)| commas_in_a_row(value)) {
        return;
    }
    let options: String = request.pairs().iter().map(|(key, value)| format!(",{key}={value}")).collect();
    let name = format!("S2SR:\"{}\"{options}", request.product);
    match Name::parse(&name) {
        Ok(Name::Product(again)) => assert!(again.product == request.product && again.pairs() == request.pairs(), "{name}"),
        _ => panic!("{name} is not read again"),
    }
}

fn said(result: Result<(), Error>) {
    assert!(result.err().is_none_or(|e| !e.to_string().is_empty()));
}
