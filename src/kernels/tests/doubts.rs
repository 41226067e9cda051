//! The layers of the expected errors, and what they are made of.

use pulp::{Simd, WithSimd};

use super::{Alone, largest, noise};
use crate::kernels::Spared;
use crate::kernels::doubt::{Doubt, Layer};
use crate::kernels::exponential::exponential;
use crate::kernels::simd::Level;

/// What the function's body says, in double precision.
fn doubted(planes: &[&[f32]], first: &Layer, second: &Layer) -> Vec<f32> {
    let layer = |layer: &Layer, values: &[f64]| -> Vec<f64> {
        let rows = layer.weights.chunks(values.len()).zip(layer.bias);
        rows.map(|(weights, bias)| {
            let products = weights.iter().zip(values);
            f64::from(*bias) + products.map(|(w, v)| f64::from(*w) * v).sum::<f64>()
        })
        .collect()
    };
    let bands = second.bias.len();
    let (sizes, units) = planes.split_at(planes.len() - bands);
    let pixels = units[0].len();
    let mut out = vec![0.0; bands * pixels];
    for p in 0..pixels {
        let seen: Vec<f64> = sizes
            .iter()
            .map(|plane| f64::from(plane[p].abs()))
            .collect();
        let hidden: Vec<f64> = layer(first, &seen).iter().map(|v| v.max(0.0)).collect();
        for (band, error) in layer(second, &hidden).iter().enumerate() {
            out[band * pixels + p] = (error.exp() * f64::from(units[band][p])) as f32;
        }
    }
    out
}

#[test]
fn expected_errors_are_what_their_layers_give() {
    for (seen, hidden, bands, (rows, cols)) in [
        (9, 24, 6, (19, 210)),
        (5, 3, 2, (1, 1)),
        (7, 8, 1, (9, 33)),
        (94, 24, 2, (3, 64)),
    ] {
        let scale = 2.0 / seen as f32;
        let weights: Vec<f32> = noise(hidden * seen, 1).iter().map(|w| w * scale).collect();
        let (bias, other) = (noise(hidden, 2), noise(bands * hidden, 3));
        let last = noise(bands, 4);
        let first = || Layer {
            weights: &weights,
            bias: &bias,
        };
        let second = || Layer {
            weights: &other,
            bias: &last,
        };
        let image = noise((seen + bands) * rows * cols, 5);
        let planes: Vec<&[f32]> = image.chunks(rows * cols).collect();
        let wanted = doubted(&planes, &first(), &second());
        let range = largest(wanted.iter().copied());
        for level in Level::all() {
            for edge in [0, 4] {
                let spared = Spared { edge, halo: edge };
                let doubt = Doubt::new(level, first(), second(), spared).unwrap();
                let mut out = vec![f32::NAN; wanted.len()];
                (doubt.run(&Alone::default(), &planes, &mut out, (rows, cols))).unwrap();
                let margin = spared.margin((rows, cols));
                for (place, (a, b)) in out.iter().zip(&wanted).enumerate() {
                    let (y, x) = (place / cols % rows, place % cols);
                    let near = |at: usize, n: usize| at < margin || at >= n - margin;
                    match near(y, rows) || near(x, cols) {
                        true => assert_eq!(*a, 0.0, "{y} {x}"),
                        false => assert!((a - b).abs() < 1e-5 * range, "{y} {x}: {a}, not {b}"),
                    }
                }
            }
        }
    }
}

#[test]
fn the_exponential_function_is_exact_to_a_few_bits() {
    struct Of<'a>(&'a mut [f32]);
    impl WithSimd for Of<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            for value in S::as_mut_simd_f32s(self.0).0 {
                *value = exponential(simd, *value);
            }
        }
    }
    let numbers: Vec<f32> = (-8700..=8800).map(|i| i as f32 / 100.0).collect();
    let numbers = [&numbers[..], &[1e30, -1e30, 0.0]].concat();
    for level in Level::all() {
        let length = numbers.len() / 16 * 16;
        let mut made = numbers[numbers.len() - length..].to_vec();
        let given = made.clone();
        level.run(Of(&mut made));
        for (x, made) in given.iter().zip(&made) {
            let wanted = f64::from(x.clamp(-87.0, 88.0)).exp();
            let off = (f64::from(*made) / wanted - 1.0).abs();
            assert!(off < 3e-7, "{x}: {made}, not {wanted}");
        }
    }
}
