//! A model file of any bytes. What our check accepts has a contract that the engine can trust, and
//! is then opened and run by ONNX Runtime on a tiny image. Mutations keep to the structure of the
//! file most of the time, or few would get that far.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use ndarray::Array4;
use s2sr::internals::model::{Cancel, Contract, Kind, Inputs, ModelFile, Network};
use s2sr::Options;
use s2sr_fuzz::protobuf;

/// What a run is allowed before it is cancelled.
const PATIENCE: Duration = Duration::from_secs(2);
/// The largest input, in pixels of all its bands.
const LARGEST: i64 = 1 << 18;

/// Where the bytes are put: the check reads files.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("s2sr-fuzz-{}.onnx", std::process::id())));

static OPTIONS: LazyLock<Options> = LazyLock::new(|| {
    let mut options = Options::default();
    for (key, value) in [("device", "cpu"), ("threads", "1")] {
        options.set(key, value).expect("these are options");
    }
    options
});

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(&*FILE, bytes).expect("the temporary folder takes a file");
    let Ok(file) = ModelFile::read(Path::new(&*FILE)) else {
        return;
    };
    trusted(&file.contract);
    let Some(inputs) = inputs(&file.contract) else {
        return;
    };
    let Ok(network) = Network::open(&file, &OPTIONS) else {
        return;
    };
    run(&network, &inputs);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mutated = if seed & 7 == 0 {
        None
    } else {
        protobuf::mutate(&data[..size], seed, fuzzer_mutate)
    };
    match mutated.filter(|m| m.len() <= max_size) {
        Some(bytes) => {
            data[..bytes.len()].copy_from_slice(&bytes);
            bytes.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});

fn trusted(contract: &Contract) {
    assert!(contract.divisor > 0.0 && contract.divisor.is_finite());
    assert!(contract.halo >= 0 && contract.multiple >= 1);
    assert_eq!(contract.outputs.len(), 1);
    match contract.kind {
        Kind::SingleBand => assert!((2..=8).contains(&contract.factor())),
        Kind::Fusion => assert!(contract.coarsest() > 0 && contract.input_bands().count() > 0),
    }
}

/// Zeros, one pixel more than the halo on each side; `None` where that is no longer a tiny image.
fn inputs(contract: &Contract) -> Option<Inputs> {
    let side = u64::try_from(2 * contract.halo + 1)
        .ok()?
        .next_multiple_of(contract.multiple as u64) as i64;
    let ports = contract.inputs.iter().map(|port| {
        let side = side * i64::from(contract.coarsest().checked_div(port.gsd).unwrap_or(1));
        let bands = port.bands.len().max(1) as i64;
        let small = bands.checked_mul(side)?.checked_mul(side)? <= LARGEST;
        small.then(|| Array4::zeros((1, bands as usize, side as usize, side as usize)))
    });
    ports.collect::<Option<_>>().map(Arc::new)
}

/// Whatever the network does, it ends soon after it is told to.
fn run(network: &Network, inputs: &Inputs) {
    let cancel = Cancel::default();
    let (done, wait) = channel::<()>();
    thread::scope(|scope| {
        let cancel = &cancel;
        let watch = scope.spawn(move || {
            if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                cancel.stop();
            }
        });
        let _ = network.run(inputs, cancel);
        drop(done);
        // Until all of it has gone, not only its work: else its last memory looks lost.
        let _ = watch.join();
    });
}
