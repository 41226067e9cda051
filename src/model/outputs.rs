//! What a run gives, to be kept after it.

use ndarray::{ArrayD, ArrayViewD};

use super::contract::Contract;
use crate::memory::copy;

/// Copies of the outputs of a run: the bands, then their expected errors if there are any.
pub fn all_kept<'a>(
    contract: &'a Contract,
    output: impl Fn(&'a str) -> ort::Result<ArrayViewD<'a, f32>>,
) -> ort::Result<Vec<ArrayD<f32>>> {
    let names = contract.run_outputs().map(|(name, _)| name);
    names.map(|name| kept(output(name)?)).collect()
}

/// A copy of an output, which lasts longer than the run.
pub fn kept(output: ArrayViewD<f32>) -> ort::Result<ArrayD<f32>> {
    copy(output).map_err(|e| ort::Error::new(e.to_string()))
}
