//! Kernels against the plain way to compute the same.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

mod doubts;
mod fixed;
mod phases;
mod pieces;
mod regressions;

use super::Spared;
use super::convolutions::{After, Chain, Planes, Weighted};
use super::simd::Level;
use super::work::{Pool, Stop};
use crate::error::Result;

/// This thread alone, from the last piece to the first.
#[derive(Default)]
struct Alone(Stop);

impl Pool for Alone {
    fn spread(&self, count: usize, piece: &(dyn Fn(usize) + Sync)) -> Result<()> {
        (0..count).rev().for_each(piece);
        Ok(())
    }

    fn stop(&self) -> &Stop {
        &self.0
    }
}

/// Numbers from -1 to 1 that look like chance.
fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn convolved(image: &[f32], layer: &Weighted, (rows, cols): (usize, usize)) -> Vec<f32> {
    let inputs = image.len() / (rows * cols);
    let mut out = Vec::new();
    for (o, bias) in layer.bias.iter().enumerate() {
        for (y, x) in (0..rows).flat_map(|y| (0..cols).map(move |x| (y, x))) {
            let mut sum = f64::from(*bias);
            for (i, k) in (0..inputs).flat_map(|i| (0..9).map(move |k| (i, k))) {
                let (r, c) = (y + k / 3, x + k % 3);
                if (1..=rows).contains(&r) && (1..=cols).contains(&c) {
                    let pixel = image[(i * rows + r - 1) * cols + c - 1];
                    sum += f64::from(layer.weights[(o * inputs + i) * 9 + k]) * f64::from(pixel);
                }
            }
            out.push(sum as f32);
        }
    }
    out
}

fn largest(values: impl Iterator<Item = f32>) -> f32 {
    values.fold(0.0, |most, v| most.max(v.abs()))
}

#[test]
fn what_a_chain_is_to_spare_is_zeros_and_the_rest_the_same() {
    let layers = |(inputs, outputs): (usize, usize), seed| {
        let weights = noise(inputs * outputs * 9, seed);
        let scale = (2.0 / (9 * inputs) as f32).sqrt();
        Weighted {
            weights: weights.iter().map(|w| w * scale).collect(),
            bias: noise(outputs, seed),
        }
    };
    let (none, sum) = (
        After::default(),
        After {
            relu: false,
            add: true,
        },
    );
    let kernels = [
        (layers((3, 9), 1), none),
        (layers((9, 9), 2), none),
        (layers((9, 9), 3), sum),
        (layers((9, 2), 4), none),
    ];
    for (size, edge, halo, spares) in [
        ((70, 61), 7, 9, true),
        ((150, 40), 3, 19, true),
        ((18, 61), 7, 9, false),
    ] {
        let image = noise(3 * size.0 * size.1, 5);
        let run = |spared| {
            let chain = Chain::new(Level::best(), 3, &kernels).unwrap();
            let mut out = vec![f32::NAN; 2 * size.0 * size.1];
            let chain = chain.sparing(spared);
            chain
                .run(
                    &Alone::default(),
                    &[Planes {
                        values: &image,
                        side: 1,
                    }],
                    &mut out,
                    size,
                )
                .unwrap();
            out
        };
        let (whole, part) = (run(Spared::default()), run(Spared { edge, halo }));
        for (place, (a, b)) in whole.iter().zip(&part).enumerate() {
            let (y, x) = (place / size.1 % size.0, place % size.1);
            let beside = |at: usize, n: usize| at < edge || at >= n - edge;
            match spares && (beside(y, size.0) || beside(x, size.1)) {
                true => assert_eq!(*b, 0.0, "{y} {x}"),
                false => assert!((a - b).abs() < 1e-4, "{y} {x}: {a}, {b}"),
            }
        }
    }
}

#[test]
fn a_chain_gives_what_its_convolutions_give() {
    let none = After::default();
    let (relu, add) = (
        After {
            relu: true,
            add: false,
        },
        After {
            relu: false,
            add: true,
        },
    );
    let trunk = [
        (5, 21, none),
        (21, 21, relu),
        (21, 21, add),
        (21, 21, relu),
        (21, 21, add),
        (21, 3, none),
    ];
    let plain = [
        (1, 8, relu),
        (8, 33, relu),
        (
            33,
            33,
            After {
                relu: true,
                add: false,
            },
        ),
        (33, 2, none),
    ];
    for shapes in [&trunk[..], &plain[..], &trunk[..1]] {
        let layers: Vec<(Weighted, After)> = shapes
            .iter()
            .enumerate()
            .map(|(l, &(i, o, after))| {
                let scale = (2.0 / (9 * i) as f32).sqrt();
                let weights = noise(i * o * 9, l as u32)
                    .iter()
                    .map(|w| w * scale)
                    .collect();
                (
                    Weighted {
                        weights,
                        bias: noise(o, 77),
                    },
                    after,
                )
            })
            .collect();
        // Smaller than a tile, and of several strips and blocks with rests.
        for size in [(1, 1), (3, 10), (70, 141)] {
            let mut values = vec![noise(shapes[0].0 * size.0 * size.1, 5)];
            for (layer, after) in &layers {
                let mut next = convolved(&values[values.len() - 1], layer, size);
                if after.add {
                    let earlier = &values[values.len() - 2];
                    next.iter_mut().zip(earlier).for_each(|(v, e)| *v += e);
                }
                if after.relu {
                    next.iter_mut().for_each(|v| *v = v.max(0.0));
                }
                values.push(next);
            }
            let wanted = &values[values.len() - 1];
            for level in Level::all() {
                let chain = Chain::new(level, shapes[0].0, &layers).unwrap();
                // The second run works with what the first one left.
                for _ in 0..2 {
                    let mut out = vec![f32::NAN; wanted.len()];
                    chain
                        .run(
                            &Alone::default(),
                            &[Planes {
                                values: &values[0],
                                side: 1,
                            }],
                            &mut out,
                            size,
                        )
                        .unwrap();
                    let off = largest(out.iter().zip(wanted).map(|(a, b)| a - b));
                    let range = largest(wanted.iter().copied());
                    assert!(off < 2e-5 * range, "{size:?}: {off} of {range}");
                }
            }
        }
    }
}
