//! Kernels against the plain way to compute the same.

use super::convolutions::{After, Chain, Weighted};
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
            for level in [Level::best(), Level::Portable] {
                let chain = Chain::new(level, shapes[0].0, &layers).unwrap();
                // The second run works with what the first one left.
                for _ in 0..2 {
                    let mut out = vec![f32::NAN; wanted.len()];
                    chain
                        .run(&Alone::default(), &values[0], &mut out, size)
                        .unwrap();
                    let off = largest(out.iter().zip(wanted).map(|(a, b)| a - b));
                    let range = largest(wanted.iter().copied());
                    assert!(off < 2e-5 * range, "{size:?}: {off} of {range}");
                }
            }
        }
    }
}
