//! The shipped networks give what they gave in PyTorch (`python -m training.golden`); ONNX Runtime
//! from Python is held to the same numbers (training/tests/test_golden.py).

use std::path::Path;
use std::sync::Arc;

use ndarray::Array4;
use serde::Deserialize;

use super::Network;
use crate::model::{Cancel, ModelFile};
use crate::options::Options;

#[derive(Deserialize)]
struct Golden {
    networks: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// In pixels of the coarsest input.
    size: usize,
    /// Bands, rows, columns of the result.
    shape: [usize; 3],
    /// Band, row, column of each value.
    points: Vec<[usize; 3]>,
    values: Vec<f32>,
}

/// Inputs by a formula, in the network's units.
pub fn inputs(network: &Network, size: usize) -> Vec<Array4<f32>> {
    let contract = &network.contract;
    let coarsest = contract.inputs.iter().map(|p| p.gsd).max().unwrap();
    let ports = contract.inputs.iter().enumerate();
    let tensor = ports.map(|(i, port)| {
        let n = size * coarsest.checked_div(port.gsd).unwrap_or(1) as usize;
        Array4::from_shape_fn((1, port.bands.len().max(1), n, n), |(_, b, r, c)| {
            let step = (b * 131 + r * 37 + c * 11 + i * 17) % 701;
            (0.05 + step as f64 / 700.0) as f32
        })
    });
    tensor.collect()
}

#[test]
fn networks_give_what_they_gave_in_pytorch() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = include_str!("../../../tests/data/golden.json");
    let golden: Golden = serde_json::from_str(golden).unwrap();
    assert!(!golden.networks.is_empty());
    for case in golden.networks {
        let file = ModelFile::read(&root.join(format!("models/{}.onnx", case.name))).unwrap();
        let network = Network::open(&file, &Options::default()).unwrap();
        let inputs = Arc::new(inputs(&network, case.size));
        let result = &network.run(&inputs, &Cancel::default()).unwrap()[0];
        assert_eq!(result.shape()[1..], case.shape, "{}", case.name);
        for ([b, r, c], value) in case.points.into_iter().zip(case.values) {
            let got = result[(0, b, r, c)];
            assert!(
                (got - value).abs() < 1e-4,
                "{} at {b} {r} {c}: {got}, PyTorch gave {value}",
                case.name
            );
        }
    }
}
