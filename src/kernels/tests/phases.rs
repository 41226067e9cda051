//! Chains between images whose channels are phases of finer ones.

use super::{Alone, largest, noise};
use crate::kernels::convolutions::{After, Chain, Planes, Weighted};
use crate::kernels::shuffle::{fold, unfold};
use crate::kernels::simd::Level;

#[test]
fn a_chain_that_reads_and_gives_phases_gives_what_unfolding_before_and_folding_after_it_does() {
    // Channels of an image as it is, and of two that are folded.
    let (plain, folded, outputs) = (3, [5, 2], 6);
    let inputs = plain + folded[0] + folded[1];
    let layer = |into: usize, out: usize, seed: u32| {
        let scale = (2.0 / (9 * into) as f32).sqrt();
        let weights = noise(into * out * 9, seed);
        let weights = weights.iter().map(|w| w * scale).collect();
        let bias = noise(out, seed);
        (Weighted { weights, bias }, After::default())
    };
    let layers = [layer(inputs, 9, 1), layer(9, outputs, 2)];
    // A pixel of a phase, and of several strips and parts with rests.
    for size in [(2, 2), (6, 18), (74, 142)] {
        let pixels = size.0 * size.1;
        let mut given = vec![noise(plain * pixels, 3)];
        let mut whole = given[0].clone();
        for channels in folded {
            let phases = noise(channels * pixels, 4);
            let mut fine = vec![f32::NAN; channels * pixels];
            let coarse = (size.0 / 2, size.1 / 2);
            unfold(&Alone::default(), &phases, None, &mut fine, coarse, 2).unwrap();
            given.push(phases);
            whole.extend(fine);
        }
        for level in Level::all() {
            let run = |images: &[Planes], fold: usize| {
                let mut out = vec![f32::NAN; outputs * pixels];
                let chain = Chain::new(level, inputs, &layers).unwrap().folding(fold);
                (chain.run(&Alone::default(), images, &mut out, size)).unwrap();
                out
            };
            let side = |i: usize| if i == 0 { 1 } else { 2 };
            let images = given.iter().enumerate();
            let images = images.map(|(i, values)| Planes {
                values,
                side: side(i),
            });
            let phases = run(&images.collect::<Vec<_>>(), 2);
            let (values, side) = (&whole[..], 1);
            let unfolded = run(&[Planes { values, side }], 1);
            let mut wanted = vec![f32::NAN; unfolded.len()];
            let shape = (outputs, size.0, size.1);
            fold(&Alone::default(), &unfolded, &mut wanted, shape, 2).unwrap();
            let off = phases.iter().zip(&wanted).map(|(a, b)| a - b);
            assert!(largest(off) < 1e-5, "{size:?}");
            assert!(phases.iter().all(|v| v.is_finite()), "{size:?}");
        }
    }
}
