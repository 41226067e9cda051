//! Running a network on several inputs at once.

use std::sync::Arc;

use ndarray::{Array4, Axis, s};

use crate::error::{Error, Result};
use crate::memory::{copy, zeros};
use crate::model::{Cancel, Inputs, Network};

/// Runs a network on several inputs, as many at once as its device likes; inputs of one shape can
/// go together. Gives each one's outputs.
pub(super) fn run_batches(
    network: &Network,
    items: &[&Inputs],
    cancel: &Cancel,
) -> Result<Vec<Vec<Array4<f32>>>> {
    let mut outs = Vec::with_capacity(items.len());
    let shape = |item: &&Inputs| item.iter().map(|t| t.dim()).collect::<Vec<_>>();
    for alike in items.chunk_by(|a, b| shape(a) == shape(b)) {
        for batch in alike.chunks(network.batch) {
            let [single] = batch else {
                let stacked = (0..batch[0].len()).map(|port| {
                    let (_, bands, rows, cols) = batch[0][port].dim();
                    let mut stack: Array4<f32> = zeros((batch.len(), bands, rows, cols))?;
                    for (mut slot, item) in stack.axis_chunks_iter_mut(Axis(0), 1).zip(batch) {
                        slot.assign(&item[port]);
                    }
                    Ok(stack)
                });
                let stacked = Arc::new(stacked.collect::<Result<Vec<_>>>()?);
                let made = network.run(&stacked, cancel)?;
                for number in 0..batch.len() {
                    let one = s![number..=number, .., .., ..];
                    outs.push(
                        made.iter()
                            .map(|m| copy(m.slice(one)))
                            .collect::<Result<_>>()?,
                    );
                }
                continue;
            };
            outs.push(network.run(single, cancel)?);
        }
    }
    Ok(outs)
}

pub(super) fn check_shape(
    network: &Network,
    out: &Array4<f32>,
    bands: usize,
    rows: i64,
    cols: i64,
) -> Result<()> {
    if out.shape() == [1, bands, rows as usize, cols as usize] {
        return Ok(());
    }
    Err(Error::model(format!(
        "the network {} gives {:?} where its contract says [1, {bands}, {rows}, {cols}]; its \
         contract is wrong",
        network.contract.name,
        out.shape()
    )))
}
