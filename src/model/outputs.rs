//! What a run gives, as one array.

use ndarray::{ArrayD, ArrayViewD, Axis};

use super::contract::Contract;
use crate::memory::{copy, zeros};

/// The outputs of a run as one: the bands, then their expected errors if there are any.
pub fn together<'a>(
    contract: &'a Contract,
    output: impl Fn(&'a str) -> ort::Result<ArrayViewD<'a, f32>>,
) -> ort::Result<ArrayD<f32>> {
    let parts = contract
        .run_outputs()
        .map(output)
        .collect::<ort::Result<Vec<_>>>()?;
    match &parts[..] {
        [one] => kept(one.view()),
        [bands, errors] if bands.shape() == errors.shape() && bands.ndim() == 4 => {
            let mut shape = bands.raw_dim();
            shape[1] *= 2;
            let mut both = zeros(shape).map_err(|e| ort::Error::new(e.to_string()))?;
            for (to, from) in both
                .axis_chunks_iter_mut(Axis(1), bands.len_of(Axis(1)))
                .zip(&parts)
            {
                let mut to = to;
                to.assign(from);
            }
            Ok(both)
        }
        _ => Err(ort::Error::new(
            "its expected errors have another shape than its bands",
        )),
    }
}

/// A copy of an output, which lasts longer than the run.
pub fn kept(output: ArrayViewD<f32>) -> ort::Result<ArrayD<f32>> {
    copy(output).map_err(|e| ort::Error::new(e.to_string()))
}
