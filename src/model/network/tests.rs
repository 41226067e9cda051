//! Networks that are run.

use std::path::Path;

use ndarray::s;

use super::*;
use crate::model::contract::Port;
use crate::model::writer::{Model, ints, node};

#[test]
fn the_best_quality_does_not_depend_on_how_the_image_lies() {
    let file =
        ModelFile::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dummy-t2x.onnx"))
            .unwrap();
    let inputs = [(4, 24), (6, 12)].map(|(bands, n)| {
        Array4::from_shape_fn((1, bands, n, n + n / 3), |(_, b, r, c)| {
            ((3 * b + 5 * r * c + 7 * c) % 11) as f32
        })
    });
    let mut results = Vec::new();
    let mut difference = |quality: &str| {
        let mut options = Options::default();
        options.set("quality", quality).unwrap();
        let network = Network::open(&file, &options).unwrap();
        let run = |inputs: &[Array4<f32>]| {
            let inputs = Arc::new(inputs.to_vec());
            network.run(&inputs, &Cancel::default()).unwrap().remove(0)
        };
        let upright = run(&inputs);
        results.push(upright.clone());
        let turned = |s: &Symmetry| {
            s.undo(&run(&inputs.clone().map(|i| s.apply(&i).unwrap())))
                .unwrap()
        };
        Symmetry::OTHERS
            .iter()
            .map(|s| (turned(s) - &upright).fold(0.0, |m: f32, d| m.max(d.abs())))
            .fold(0.0, f32::max)
    };
    assert!(difference("best") < 1e-4 && difference("standard") > 1e-2);
    // A mean of views is as large as one.
    let [best, standard] = [0, 1].map(|i| f64::from(results[i].mean().unwrap()));
    assert!((best / standard - 1.0).abs() < 0.02, "{best} {standard}");
}

#[test]
fn an_output_whose_shape_changes_once_its_input_is_turned_is_an_error() {
    let strides = [ints("kernel_shape", &[1, 1]), ints("strides", &[2, 1])];
    let every_second_row = node("MaxPool", &["x"], "z", &strides);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.onnx");
    std::fs::write(&path, Model::of([every_second_row]).bytes()).unwrap();
    let mut options = Options::default();
    options.set("quality", "best").unwrap();
    let network = Network::open(&ModelFile::read(&path).unwrap(), &options).unwrap();
    let input = Arc::new(vec![Array4::zeros((1, 1, 8, 8))]);
    let error = network.run(&input, &Cancel::default()).unwrap_err();
    assert!(error.to_string().contains("once that is turned"), "{error}");
}

#[test]
fn every_kind_of_network_can_be_tried_out() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for name in ["dummy-t2x.onnx", "dummy-s6x.onnx", "dummy-x2.onnx"] {
        let network = Network::open(
            &ModelFile::read(&data.join(name)).unwrap(),
            &Options::default(),
        )
        .unwrap();
        network.try_out(network.session.as_ref().unwrap()).unwrap();
    }
}

#[test]
fn bound_and_plain_runs_give_the_same() {
    let file =
        ModelFile::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sure-t2x.onnx"))
            .unwrap();
    // With expected errors of larger pixels.
    let mut options = Options::default();
    options.set("uncertainty", "yes").unwrap();
    let mut network = Network::open(&file, &options).unwrap();
    let inputs = [(4, 96), (6, 48)].map(|(bands, n)| {
        Array4::from_shape_fn((2, bands, n, n), |(i, b, r, c)| {
            ((i + 3 * b + 5 * r + 7 * c) % 11) as f32
        })
    });
    let runs = [false, true].map(|bound| {
        network.bound = bound;
        let inputs = Arc::new(inputs.to_vec());
        network.run(&inputs, &Cancel::default()).unwrap()
    });
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0].len(), 2);
    assert_eq!(runs[0][0].shape()[0], 2);
    // Smaller inputs are filled up to the shape of those before, which nothing inside the halo
    // shows.
    let corner = inputs.map(|i| {
        i.slice(s![..1, .., ..i.dim().2 / 2, ..i.dim().3 * 3 / 4])
            .to_owned()
    });
    let [plain, bound] = [false, true].map(|bound| {
        network.bound = bound;
        let corner = Arc::new(corner.to_vec());
        network.run(&corner, &Cancel::default()).unwrap()
    });
    let sides = network.contract.run_outputs().map(|(_, side)| side);
    for (side, (plain, bound)) in sides.zip(plain.iter().zip(&bound)) {
        assert_eq!(plain.shape(), bound.shape());
        let inside = |a: &Array4<f32>| inside(a, (2 * network.contract.halo / side) as usize);
        assert!(inside(plain).dim().2 > 0);
        assert_eq!(inside(plain), inside(bound));
    }
}

/// What is farther from the edges than so many pixels.
fn inside(image: &Array4<f32>, margin: usize) -> Array4<f32> {
    let (_, _, rows, cols) = image.dim();
    let (rows, cols) = (margin..rows - margin, margin..cols - margin);
    image.slice(s![.., .., rows, cols]).to_owned()
}

#[test]
fn operators_of_our_own_give_what_the_file_says() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let files = std::fs::read_dir(models)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    // With expected errors, where a network has any.
    let mut options = Options::default();
    options.set("uncertainty", "yes").unwrap();
    let mut count = 0;
    for path in files.filter(|p| p.extension().is_some_and(|e| e == "onnx")) {
        let file = ModelFile::read(&path).unwrap();
        let contract = &file.contract;
        let gsd = contract.inputs.iter().map(|port| port.gsd).max().unwrap();
        let halo = contract.halo as usize;
        let finer = |port: &Port| gsd.checked_div(port.gsd).unwrap_or(1) as usize;
        let inputs: Vec<Array4<f32>> = (contract.inputs.iter())
            .map(|port| {
                let bands = port.bands.len().max(1);
                let (high, wide) = (2 * halo + 10, 2 * halo + 15);
                let shape = (1, bands, high * finer(port), wide * finer(port));
                Array4::from_shape_fn(shape, |(_, b, r, c)| {
                    let wave = (0.3 * (r * finer(port)) as f32).sin() * (c as f32 + b as f32).cos();
                    0.5 + 0.2 * wave + ((r * 37 + c * 101 + b * 17) % 29) as f32 / 290.0
                })
            })
            .collect();
        let inputs = Arc::new(inputs);
        let [plain, portable, avx2, best] = [
            Kernels::Off,
            Kernels::Portable,
            Kernels::Avx2,
            Kernels::Best,
        ]
        .map(|kernels| {
            let network = Network::open_with(kernels, &file, &options).unwrap();
            let results = network.run(&inputs, &Cancel::default()).unwrap();
            let inner = |result: &Array4<f32>| {
                let margin = result.dim().2 / (2 * halo + 10) * halo;
                inside(result, margin)
            };
            results.iter().map(inner).collect::<Vec<_>>()
        });
        for ours in [portable, avx2, best] {
            for (ours, plain) in ours.iter().zip(&plain) {
                // Of such an image the expected errors are large, and exact in the same digits.
                let off = (ours - plain) / plain.mapv(|v| v.abs().max(1.0));
                let off = off.fold(0.0, |m: f32, d| m.max(d.abs()));
                assert!(off < 1e-4, "{}: {off}", path.display());
                assert!(ours != plain, "{}: no operator of ours ran", path.display());
            }
        }
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn networks_run_with_changes_of_type_in_them() {
    for name in ["fast-t2x", "fast-s6x", "vdsr-x2"] {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let file = ModelFile::read(&models.join(format!("{name}.onnx"))).unwrap();
        let [exact, fast] = ["exact", "fast"].map(|precision| {
            let mut options = Options::default();
            options.set("precision", precision).unwrap();
            // As on a GPU: by ONNX Runtime alone.
            let network = Network::open_with(Kernels::Off, &file, &options).unwrap();
            let inputs = super::golden::inputs(&network, 16);
            let outputs = network.run(&Arc::new(inputs), &Cancel::default());
            outputs.unwrap().remove(0)
        });
        let most =
            (exact - fast).fold(0.0, |m: f32, d| m.max(d.abs())) * file.contract.divisor as f32;
        // ONNX Runtime may leave the changes out on a processor, which computes with 32 bits.
        assert!(most < 1.0, "{name}: {most} DN");
    }
}
