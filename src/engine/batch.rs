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
                if let Some(wrong) = made.iter().find(|m| m.dim().0 != batch.len()) {
                    return Err(Error::model(format!(
                        "the network {} gives {} images for {}",
                        network.contract.name,
                        wrong.dim().0,
                        batch.len()
                    )));
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelFile;
    use crate::model::writer::{Model, ints, node};
    use crate::options::Options;

    #[test]
    fn fewer_images_than_were_given_are_an_error() {
        let mean = node("ReduceMean", &["x"], "z", &[ints("axes", &[0])]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mean.onnx");
        std::fs::write(&path, Model::of([mean]).bytes()).unwrap();
        let file = ModelFile::read(&path).unwrap();
        let mut network = Network::open(&file, &Options::default()).unwrap();
        network.run_as_on_a_gpu();
        let input: Inputs = Arc::new(vec![Array4::zeros((1, 1, 8, 8))]);
        let run = |items: &[&Inputs]| run_batches(&network, items, &Cancel::default());
        assert_eq!(run(&[&input]).unwrap().len(), 1);
        let error = run(&[&input, &input]).unwrap_err().to_string();
        assert!(error.contains("1 images for 2"), "{error}");
    }
}
