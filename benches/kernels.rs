//! What our operators bring: each network on one input, with them and without, in turn.
//!
//!   cargo bench --bench kernels -- [FOLDER OF MODELS] [NAME...]
//!
//! Prints processor seconds on one thread (the least of five turns), their ratio, by how much the
//! results differ inside the halo, in DN, and what it costs to have expected errors, too.
//! `S2SR_KERNELS=avx2` does without AVX-512, `portable` without AVX2. Inputs are 816 x 816 pixels at
//! 10 m, 408 x 408 of a single band.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Array4, s};
use s2sr::Options;
use s2sr::internals::kernels::Kernels;
use s2sr::internals::model::{Cancel, ModelFile, Network};

const SIDE: usize = 816;
const TURNS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1).filter(|w| !w.starts_with("--"));
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models");
    let folder = words.next().map_or(own, PathBuf::from);
    let mut names: Vec<String> = words.collect();
    if names.is_empty() {
        names = ["fast-t2x", "fast-s6x", "fast-x2", "dsen2-t2x", "vdsr-x2"]
            .map(String::from)
            .into();
    }
    println!("network        plain s    ours s   ratio  differs by (DN)   with errors s");
    for name in names {
        measure(&folder.join(format!("{name}.onnx")), &name)?;
    }
    Ok(())
}

fn measure(file: &Path, name: &str) -> Result<(), Box<dyn std::error::Error>> {
    let file = ModelFile::read(file)?;
    let mut options = Options::default();
    options.set("threads", "1")?;
    let inputs: Vec<Array4<f32>> = file
        .contract
        .inputs
        .iter()
        .map(|port| {
            let side = if port.gsd == 0 {
                SIDE / 2
            } else {
                SIDE * 10 / port.gsd as usize
            };
            let scale = 120.0 * side as f32 / SIDE as f32;
            Array4::from_shape_fn((1, port.bands.len().max(1), side, side), |(_, b, r, c)| {
                let (y, x) = (r as f32 / scale, c as f32 / scale);
                let noise = ((r * 7919 + c * 104_729 + b * 31) % 997) as f32 / 997.0;
                0.4 + 0.1 * (3.0 * y + b as f32).sin() * (5.0 * x).cos() + 0.05 * noise
            })
        })
        .collect();
    let inputs = Arc::new(inputs);
    let mut sure = options.clone();
    sure.set("uncertainty", "yes")?;
    let plain = Network::open_with(Kernels::Off, &file, &options)?;
    let mut networks = vec![plain, Network::open(&file, &options)?];
    if file.contract.sigma.is_some() {
        networks.push(Network::open(&file, &sure)?);
    }
    let mut best = [f64::INFINITY; 3];
    let mut results = vec![None; networks.len()];
    for _ in 0..TURNS {
        for (i, network) in networks.iter().enumerate() {
            let start = processor_seconds();
            results[i] = Some(network.run(&inputs, &Cancel::default())?);
            best[i] = best[i].min(processor_seconds() - start);
        }
    }
    let [Some(a), Some(b), ..] = &results[..] else {
        return Ok(());
    };
    let (a, b) = (&a[0], &b[0]);
    // In the halo nothing is defined.
    let halo = file.contract.halo as usize;
    let cut = halo * a.dim().2 / inputs.iter().map(|i| i.dim().2).min().unwrap_or(1);
    let place = s![.., .., cut..a.dim().2 - cut, cut..a.dim().3 - cut];
    let differences = (&a.slice(place) - &b.slice(place)).mapv(f32::abs);
    let worst = differences.fold(0.0f32, |m, d| m.max(*d));
    let errors = match best[2].is_finite() {
        true => format!(
            "{:9.3} (+{:.1} %)",
            best[2],
            100.0 * (best[2] / best[1] - 1.0)
        ),
        false => String::new(),
    };
    println!(
        "{name:12} {:9.3} {:9.3} {:7.2} {:12.4} {errors}",
        best[0],
        best[1],
        best[0] / best[1],
        worst * file.contract.divisor as f32
    );
    Ok(())
}

/// Of this process, all threads together.
fn processor_seconds() -> f64 {
    // SAFETY: the structure is plain numbers, and the call fills it in.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
