//! Options as text: lines of KEY VALUE. None may panic, and one that is refused says why, whoever
//! sets it. No data chooses the code that is loaded, the networks that are trusted, or a file that
//! is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::Error;
use s2sr::internals::options::{Call, Options, is_model_file};

const CALLS: [Call; 7] = [
    Call::RUN,
    Call::INFO,
    Call::EVALUATE,
    Call::MODELS,
    Call::VRT,
    Call::MODEL_OPEN,
    Call::MODEL_RUN,
];

fuzz_target!(|text: &str| {
    let (mut program, mut data) = (Options::default(), Options::default());
    for line in text.lines() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        said(program.set(key, value));
        said(data.set_from_data(key, value.as_ref(), false));
    }
    assert!(data.places() == (None, None) && data.get("preview").is_none());
    assert!(!data.get("model").is_some_and(is_model_file));
    for options in [program, data] {
        CALLS.into_iter().for_each(|call| said(options.check(call)));
    }
});

fn said(result: Result<(), Error>) {
    assert!(result.err().is_none_or(|e| !e.to_string().is_empty()));
}
