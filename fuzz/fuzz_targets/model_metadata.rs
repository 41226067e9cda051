//! A model file, as bytes: its metadata is read, and if it holds a contract, the contract is one the engine can trust.
#![no_main]

use libfuzzer_sys::fuzz_target;
use s2sr::model::{Contract, Kind, onnx};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(contract) = Contract::read(|key| onnx::metadata(bytes, key)) {
        assert!(contract.divisor > 0.0 && contract.divisor.is_finite());
        assert!(contract.halo >= 0 && contract.multiple >= 1);
        assert_eq!(contract.outputs.len(), 1);
        match contract.kind {
            Kind::SingleBand => assert!((2..=8).contains(&contract.factor())),
            Kind::Fusion => assert!(contract.coarsest() > 0 && contract.input_bands().count() > 0),
        }
    }
});
