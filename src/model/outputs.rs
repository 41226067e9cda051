//! What a run gives, to be kept after it.

use ndarray::{ArrayD, ArrayViewD};

use crate::memory::copy;

/// A copy of an output, which lasts longer than the run.
pub fn kept(output: ArrayViewD<f32>) -> ort::Result<ArrayD<f32>> {
    copy(output).map_err(|e| ort::Error::new(e.to_string()))
}
