//! The kernels that nothing was learnt for.

use super::{Alone, largest, noise};
use crate::kernels::filters::Filters;
use crate::kernels::products::{self, How, Term};
use crate::kernels::shuffle::{SIDES, fold, unfold};
use crate::kernels::simd::Level;

#[test]
fn filters_give_what_a_convolution_with_repeated_edges_gives() {
    for (outputs, inputs, side) in [(5, 3, 5), (2, 4, 1), (3, 2, 3)] {
        for (rows, cols) in [(1, 1), (3, 5), (19, 83), (8, 64)] {
            let mut weights = noise(outputs * inputs * side * side, 5);
            (weights.iter_mut().step_by(3)).for_each(|w| *w = 0.0);
            let image = noise(inputs * rows * cols, 6);
            let base = noise(outputs * rows * cols, 7);
            let mut plain = base.clone();
            for (o, y, x) in places(outputs, rows, cols) {
                let sum: f64 = places(inputs, side, side)
                    .map(|(i, dy, dx)| {
                        let near = |at: usize, d: usize, most: usize| {
                            (at + d).saturating_sub(side / 2).min(most - 1)
                        };
                        let (r, c) = (near(y, dy, rows), near(x, dx, cols));
                        let weight = weights[((o * inputs + i) * side + dy) * side + dx];
                        f64::from(weight) * f64::from(image[(i * rows + r) * cols + c])
                    })
                    .sum();
                plain[(o * rows + y) * cols + x] += sum as f32;
            }
            for level in Level::all() {
                let filters = Filters::new(level, &weights, [outputs, inputs, side, side]);
                let run = |base: Option<&[f32]>| {
                    let mut out = vec![f32::NAN; outputs * rows * cols];
                    let size = (rows, cols);
                    (filters.run(&Alone::default(), &image, base, &mut out, size)).unwrap();
                    out
                };
                let off = run(Some(&base)).into_iter().zip(&plain).map(|(a, b)| a - b);
                assert!(
                    largest(off) < 1e-5,
                    "{outputs} {inputs} {side} {rows} {cols}"
                );
                let added = run(None).into_iter().zip(&base).map(|(a, b)| a + b);
                let off = added.zip(&plain).map(|(a, b)| a - b);
                assert!(largest(off) < 1e-5, "without what is added");
            }
        }
    }
}

fn places(planes: usize, rows: usize, cols: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    let pixels = move |plane| (0..rows * cols).map(move |p| (plane, p / cols, p % cols));
    (0..planes).flat_map(pixels)
}

#[test]
fn terms_are_added_up_pixel_by_pixel() {
    let term = |first, how, second| Term { first, second, how };
    let sums = [
        vec![term(2, How::Copy, 2)],
        vec![
            term(0, How::Product, 1),
            term(2, How::Product, 2),
            term(1, How::Copy, 1),
        ],
        vec![term(0, How::Quotient, 2)],
    ];
    for pixels in [1, 15, 16, 1024, 2500] {
        let image: Vec<f32> = noise(3 * pixels, 8).iter().map(|v| v + 2.0).collect();
        let channels: Vec<&[f32]> = image.chunks(pixels).collect();
        for level in Level::all() {
            let mut out = vec![f32::NAN; 3 * pixels];
            products::run(level, &Alone::default(), &sums, &channels, &mut out).unwrap();
            for p in 0..pixels {
                let [a, b, c] = [0, 1, 2].map(|i| image[i * pixels + p]);
                let plain = [c, a * b + c * c + b, a / c];
                let off = (0..3).map(|i| out[i * pixels + p] - plain[i]);
                assert!(largest(off) < 1e-5, "{pixels} {p}");
            }
        }
    }
}

#[test]
fn what_is_folded_is_unfolded_to_the_same() {
    for s in SIDES {
        let (channels, rows, cols) = (3, 2 * s, 5 * s);
        let image = noise(channels * rows * cols, 9);
        let mut folded = vec![f32::NAN; image.len()];
        fold(
            &Alone::default(),
            &image,
            &mut folded,
            (channels, rows, cols),
            s,
        )
        .unwrap();
        // Folding puts the phase before the channel, unfolding takes it after.
        let plane = 2 * 5;
        let from = |at: usize| {
            let (channel, phase) = (at / (s * s), at % (s * s));
            &folded[(phase * channels + channel) * plane..][..plane]
        };
        let turned: Vec<f32> = (0..channels * s * s).flat_map(from).copied().collect();
        let base = noise(image.len(), 10);
        let mut out = vec![f32::NAN; image.len()];
        unfold(&Alone::default(), &turned, Some(&base), &mut out, (2, 5), s).unwrap();
        let plain: Vec<f32> = image.iter().zip(&base).map(|(a, b)| a + b).collect();
        assert_eq!(out, plain, "{s}");
    }
}
