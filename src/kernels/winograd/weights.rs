//! The weights of a convolution in the transformed domain.

use pulp::Simd;

use super::sizes::{COEFFICIENTS, SIDE, registers};
use crate::error::Result;
use crate::kernels::numbers::Numbers;

/// The weights of a convolution, transformed and in the order in which they are used.
pub struct Weights {
    /// (coefficient, panel, channel in, channels out of the panel)
    pub values: Numbers,
    pub bias: Numbers,
    pub inputs: usize,
    /// Registers of results.
    pub outputs: usize,
}

impl Weights {
    /// Of a kernel (channels out, channels in, 3, 3) and a bias.
    pub fn new<S: Simd>(kernel: &[f32], bias: &[f32], inputs: usize) -> Result<Self> {
        let (lanes, count) = (S::F32_LANES, bias.len());
        let outputs = registers::<S>(count);
        let mut values = Numbers::zeros(COEFFICIENTS * inputs * outputs * lanes)?;
        let mut places = values.iter_mut();
        for e in 0..COEFFICIENTS {
            let mut first = 0;
            for panel in panels::<S>(outputs) {
                for i in 0..inputs {
                    for o in first..first + panel * lanes {
                        let place = places.next();
                        if let Some(place) = place.filter(|_| o < count) {
                            *place = transformed(&kernel[(o * inputs + i) * 9..][..9], e);
                        }
                    }
                }
                first += panel * lanes;
            }
        }
        let mut filled_up = Numbers::zeros(outputs * lanes)?;
        filled_up[..count].copy_from_slice(bias);
        Ok(Self {
            values,
            bias: filled_up,
            inputs,
            outputs,
        })
    }
}

/// Coefficient `e` of a kernel of 3 x 3: G k G', in double precision.
fn transformed(kernel: &[f32], e: usize) -> f32 {
    const G: [[f64; 3]; SIDE] = [
        [1.0, 0.0, 0.0],
        [-2.0 / 9.0, -2.0 / 9.0, -2.0 / 9.0],
        [-2.0 / 9.0, 2.0 / 9.0, -2.0 / 9.0],
        [1.0 / 90.0, 1.0 / 45.0, 2.0 / 45.0],
        [1.0 / 90.0, -1.0 / 45.0, 2.0 / 45.0],
        [32.0 / 45.0, 16.0 / 45.0, 8.0 / 45.0],
        [32.0 / 45.0, -16.0 / 45.0, 8.0 / 45.0],
        [0.0, 0.0, 1.0],
    ];
    let (down, across) = (G[e / SIDE], G[e % SIDE]);
    let product = |y: usize, x: usize| down[y] * across[x] * f64::from(kernel[3 * y + x]);
    (0..9).map(|k| product(k / 3, k % 3)).sum::<f64>() as f32
}

/// How registers of results are computed together: so many that with the tiles of a block they
/// just find room.
pub fn panels<S: Simd>(outputs: usize) -> impl Iterator<Item = usize> {
    let wide = S::REGISTER_COUNT >= 32;
    let most = match () {
        () if wide && outputs.is_multiple_of(4) => 4,
        () if wide || outputs == 3 => 3,
        () => 2,
    };
    (0..outputs.div_ceil(most)).map(move |p| most.min(outputs - p * most))
}
