//! 3x3 convolutions by Winograd's F(4x4, 3x3) (Lavin and Gray 2016, arXiv 1509.09308): 36 products
//! for each 16 results, where the direct way takes 144.
//!
//! A tile of 6 x 6 pixels gives 4 x 4 results. In the transformed domain a convolution is a product
//! of matrices, (tiles, channels in) x (channels in, channels out), for each of 36 coefficients.
//! Images are (row, column, channel) here; channels are filled up with zeros to whole registers.

#![allow(clippy::needless_range_loop)] // the same number stands for a place in several arrays

use pulp::{Simd, WithSimd};

use super::simd::{less_product, mul_add};
use super::work::grow;
use crate::error::Result;
use crate::memory::{room, zeros};

/// Pixels that a tile gives, to each side.
pub const STEP: usize = 4;
/// Pixels that a tile sees, to each side.
pub const SIDE: usize = 6;
const COEFFICIENTS: usize = SIDE * SIDE;
/// Tiles in the largest block that stays in registers.
const MOST: usize = 8;

/// The number of registers for so many channels.
pub fn registers<S: Simd>(channels: usize) -> usize {
    channels.div_ceil(S::F32_LANES)
}

/// The weights of a convolution, transformed and in the order in which they are used.
pub struct Weights {
    /// (coefficient, panel, channel in, channels out of the panel)
    values: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    /// Registers of results.
    outputs: usize,
}

impl Weights {
    /// Of a kernel (channels out, channels in, 3, 3) and a bias.
    pub fn new<S: Simd>(kernel: &[f32], bias: &[f32], inputs: usize) -> Result<Self> {
        let (lanes, count) = (S::F32_LANES, bias.len());
        let outputs = registers::<S>(count);
        let mut values = room(COEFFICIENTS * inputs * outputs * lanes)?;
        for e in 0..COEFFICIENTS {
            let mut first = 0;
            for panel in panels::<S>(outputs) {
                for i in 0..inputs {
                    for o in first..first + panel * lanes {
                        let value = match o < count {
                            true => transformed(&kernel[(o * inputs + i) * 9..][..9], e),
                            false => 0.0,
                        };
                        values.push(value);
                    }
                }
                first += panel * lanes;
            }
        }
        let mut filled_up = zeros::<f32, _>(outputs * lanes)?
            .into_raw_vec_and_offset()
            .0;
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
        [1.0 / 4.0, 0.0, 0.0],
        [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
        [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
        [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
        [0.0, 0.0, 1.0],
    ];
    let (down, across) = (G[e / SIDE], G[e % SIDE]);
    let product = |y: usize, x: usize| down[y] * across[x] * f64::from(kernel[3 * y + x]);
    (0..9).map(|k| product(k / 3, k % 3)).sum::<f64>() as f32
}

/// How registers of results are computed together: so many that with the tiles of a block they
/// just find room.
fn panels<S: Simd>(outputs: usize) -> impl Iterator<Item = usize> {
    let wide = S::REGISTER_COUNT >= 32;
    let most = match () {
        () if wide && outputs.is_multiple_of(4) => 4,
        () if wide || outputs == 3 => 3,
        () => 2,
    };
    (0..outputs.div_ceil(most)).map(move |p| most.min(outputs - p * most))
}

/// Room for the transformed tiles of a row, and for their products.
#[derive(Default)]
pub struct Scratch {
    tiles: Vec<f32>,
    products: Vec<f32>,
}

/// One row of tiles of one convolution.
pub struct TileRow<'a> {
    pub weights: &'a Weights,
    /// Six rows of the input, from the pixel before the first of the result on.
    pub rows: [&'a [f32]; SIDE],
    /// What is added to the result, in rows as long.
    pub add: Option<[&'a [f32]; STEP]>,
    /// Four rows of the result; the last may be empty.
    pub out: [&'a mut [f32]; STEP],
    /// Pixels in a row of the result.
    pub width: usize,
    pub relu: bool,
    pub scratch: &'a mut Scratch,
}

impl WithSimd for TileRow<'_> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<()> {
        let (count, weights) = (self.width.div_ceil(STEP), self.weights);
        let inner = registers::<S>(weights.inputs);
        // One register more keeps the 36 places of a tile off the same lines of the cache.
        let (step_in, step_out) = (count * inner + 1, count * weights.outputs + 1);
        grow(
            &mut self.scratch.tiles,
            COEFFICIENTS * step_in * S::F32_LANES,
        )?;
        grow(
            &mut self.scratch.products,
            COEFFICIENTS * step_out * S::F32_LANES,
        )?;
        let tiles = S::as_mut_simd_f32s(&mut self.scratch.tiles).0;
        let products = S::as_mut_simd_f32s(&mut self.scratch.products).0;
        let mut rows = [S::as_simd_f32s(&[]).0; SIDE];
        for (row, values) in rows.iter_mut().zip(self.rows) {
            *row = S::as_simd_f32s(values).0;
        }
        simd.vectorize(Inward::<S> {
            simd,
            rows,
            tiles,
            count,
            registers: inner,
            step: step_in,
        });
        simd.vectorize(Products::<S> {
            simd,
            weights,
            tiles,
            products,
            count,
            steps: (step_in, step_out),
        });
        simd.vectorize(Outward::<S> {
            simd,
            products,
            bias: S::as_simd_f32s(&weights.bias).0,
            out: self.out.map(|row| S::as_mut_simd_f32s(row).0),
            add: self.add.map(|rows| rows.map(|row| S::as_simd_f32s(row).0)),
            count,
            step: step_out,
            width: self.width,
            relu: self.relu,
        });
        Ok(())
    }
}

/// Tiles of 6 x 6 pixels, transformed.
struct Inward<'a, S: Simd> {
    simd: S,
    rows: [&'a [S::f32s]; SIDE],
    tiles: &'a mut [S::f32s],
    count: usize,
    registers: usize,
    step: usize,
}

// Here and below loops fill arrays, where closures would do but for the compiler: what it does not
// inline it compiles without the level's instructions.
impl<S: Simd> pulp::NullaryFnOnce for Inward<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            simd,
            rows,
            tiles,
            count,
            registers,
            step,
        } = self;
        let zero = simd.splat_f32s(0.0);
        for t in 0..count {
            let mut seen = rows;
            for row in &mut seen {
                *row = &row[t * STEP * registers..][..SIDE * registers];
            }
            for c in 0..registers {
                let mut across = [[zero; SIDE]; SIDE];
                for y in 0..SIDE {
                    let mut line = [zero; SIDE];
                    for x in 0..SIDE {
                        line[x] = seen[y][x * registers + c];
                    }
                    across[y] = to_six(simd, line);
                }
                for x in 0..SIDE {
                    let mut line = [zero; SIDE];
                    for y in 0..SIDE {
                        line[y] = across[y][x];
                    }
                    let column = to_six(simd, line);
                    for y in 0..SIDE {
                        tiles[(y * SIDE + x) * step + t * registers + c] = column[y];
                    }
                }
            }
        }
    }
}

/// B' of Lavin and Gray 2016, section 4.3.
#[inline(always)]
fn to_six<S: Simd>(simd: S, a: [S::f32s; SIDE]) -> [S::f32s; SIDE] {
    let (two, four, five) = (
        simd.splat_f32s(2.0),
        simd.splat_f32s(4.0),
        simd.splat_f32s(5.0),
    );
    let even = less_product(simd, four, a[2], a[4]);
    let odd = less_product(simd, four, a[1], a[3]);
    let (even2, odd2) = (simd.sub_f32s(a[4], a[2]), simd.sub_f32s(a[3], a[1]));
    let first = less_product(simd, five, a[2], a[4]);
    let last = less_product(simd, five, a[3], a[5]);
    [
        mul_add(simd, four, a[0], first),
        simd.add_f32s(even, odd),
        simd.sub_f32s(even, odd),
        mul_add(simd, two, odd2, even2),
        less_product(simd, two, odd2, even2),
        mul_add(simd, four, a[1], last),
    ]
}

/// The products of matrices.
struct Products<'a, S: Simd> {
    simd: S,
    weights: &'a Weights,
    tiles: &'a [S::f32s],
    products: &'a mut [S::f32s],
    count: usize,
    steps: (usize, usize),
}

impl<S: Simd> pulp::NullaryFnOnce for Products<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let inputs = self.weights.inputs;
        let inner = registers::<S>(inputs) * S::F32_LANES;
        let mut weights = S::as_simd_f32s(&self.weights.values).0;
        for e in 0..COEFFICIENTS {
            let tiles = &self.tiles[e * self.steps.0..][..self.steps.0];
            let tiles: &[f32] = pulp::bytemuck::cast_slice(tiles);
            let products = &mut self.products[e * self.steps.1..][..self.steps.1];
            let mut first = 0;
            for panel in panels::<S>(self.weights.outputs) {
                let (values, rest) = weights.split_at(inputs * panel);
                weights = rest;
                let mut block = Block::<S> {
                    simd: self.simd,
                    tiles,
                    inner,
                    inputs,
                    values,
                    products,
                    outputs: self.weights.outputs,
                    first,
                };
                match panel {
                    4 => block.all::<6, 4>(self.count),
                    3 if S::REGISTER_COUNT >= 32 => block.all::<8, 3>(self.count),
                    3 => block.all::<4, 3>(self.count),
                    2 if S::REGISTER_COUNT >= 32 => block.all::<8, 2>(self.count),
                    2 => block.all::<6, 2>(self.count),
                    _ => block.all::<8, 1>(self.count),
                }
                first += panel;
            }
        }
    }
}

/// A panel of one coefficient.
struct Block<'a, S: Simd> {
    simd: S,
    tiles: &'a [f32],
    inner: usize,
    inputs: usize,
    values: &'a [S::f32s],
    products: &'a mut [S::f32s],
    outputs: usize,
    first: usize,
}

impl<S: Simd> Block<'_, S> {
    #[inline(always)]
    fn all<const M: usize, const N: usize>(&mut self, count: usize) {
        let mut t = 0;
        while count - t >= M {
            self.some::<M, N>(t);
            t += M;
        }
        if M > 4 && count - t >= 4 {
            self.some::<4, N>(t);
            t += 4;
        }
        if count - t >= 2 {
            self.some::<2, N>(t);
            t += 2;
        }
        if count - t == 1 {
            self.some::<1, N>(t);
        }
    }

    /// M tiles times N registers of results.
    #[inline(always)]
    fn some<const M: usize, const N: usize>(&mut self, t: usize) {
        const { assert!(M <= MOST) };
        let simd = self.simd;
        let weights = &self.values.as_chunks::<N>().0[..self.inputs];
        let mut rows = [&self.tiles[..0]; M];
        for m in 0..M {
            rows[m] = &self.tiles[(t + m) * self.inner..][..weights.len()];
        }
        let mut sums = [[simd.splat_f32s(0.0); N]; M];
        for (i, weight) in weights.iter().enumerate() {
            for m in 0..M {
                let value = simd.splat_f32s(rows[m][i]);
                for n in 0..N {
                    sums[m][n] = mul_add(simd, value, weight[n], sums[m][n]);
                }
            }
        }
        for m in 0..M {
            let place = (t + m) * self.outputs + self.first;
            self.products[place..place + N].copy_from_slice(&sums[m]);
        }
    }
}

/// Products back to 4 x 4 pixels each.
struct Outward<'a, S: Simd> {
    simd: S,
    products: &'a [S::f32s],
    bias: &'a [S::f32s],
    out: [&'a mut [S::f32s]; STEP],
    add: Option<[&'a [S::f32s]; STEP]>,
    count: usize,
    step: usize,
    width: usize,
    relu: bool,
}

impl<S: Simd> pulp::NullaryFnOnce for Outward<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            simd,
            products,
            bias,
            out,
            add,
            count,
            step,
            width,
            relu,
        } = self;
        let (registers, zero) = (bias.len(), simd.splat_f32s(0.0));
        let lowest = if relu {
            zero
        } else {
            simd.splat_f32s(f32::NEG_INFINITY)
        };
        for t in 0..count {
            let columns = STEP.min(width - t * STEP);
            for c in 0..registers {
                let place = t * registers + c;
                let mut across = [[zero; STEP]; SIDE];
                for y in 0..SIDE {
                    let mut line = [zero; SIDE];
                    for x in 0..SIDE {
                        line[x] = products[(y * SIDE + x) * step + place];
                    }
                    across[y] = to_four(simd, line);
                }
                for x in 0..columns {
                    let mut line = [zero; SIDE];
                    for y in 0..SIDE {
                        line[y] = across[y][x];
                    }
                    let column = to_four(simd, line);
                    let at = (t * STEP + x) * registers + c;
                    for y in 0..STEP {
                        if out[y].is_empty() {
                            break;
                        }
                        let mut value = simd.add_f32s(column[y], bias[c]);
                        if let Some(add) = &add {
                            value = simd.add_f32s(value, add[y][at]);
                        }
                        out[y][at] = simd.max_f32s(value, lowest);
                    }
                }
            }
        }
    }
}

/// A' of Lavin and Gray 2016, section 4.3.
#[inline(always)]
fn to_four<S: Simd>(simd: S, a: [S::f32s; SIDE]) -> [S::f32s; STEP] {
    let (two, four) = (simd.splat_f32s(2.0), simd.splat_f32s(4.0));
    let (p, m) = (simd.add_f32s(a[1], a[2]), simd.sub_f32s(a[1], a[2]));
    let (q, n) = (
        simd.add_f32s(a[3], a[4]),
        simd.mul_f32s(two, simd.sub_f32s(a[3], a[4])),
    );
    [
        simd.add_f32s(a[0], simd.add_f32s(p, q)),
        simd.add_f32s(m, n),
        mul_add(simd, four, q, p),
        simd.add_f32s(mul_add(simd, four, n, m), a[5]),
    ]
}
