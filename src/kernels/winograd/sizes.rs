//! Sizes of tiles, and of what they are stored in.

use pulp::Simd;

/// Pixels that a tile gives, to each side.
pub const STEP: usize = 6;
/// Pixels that a tile sees, to each side.
pub const SIDE: usize = 8;
/// Of a transformed tile.
pub const COEFFICIENTS: usize = SIDE * SIDE;

/// The number of registers for so many channels.
pub fn registers<S: Simd>(channels: usize) -> usize {
    channels.div_ceil(S::F32_LANES)
}
