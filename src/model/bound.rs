//! Runs on a GPU.

use std::collections::HashMap;
use std::sync::Mutex;

use ndarray::{Array4, ArrayD, s};
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::RunOptions;
use ort::value::Tensor;

use super::contract::Contract;
use super::outputs::kept;
use super::session::Opened;
use crate::locks::lock;
use crate::memory::zeros;

/// With inputs and outputs bound: ONNX Runtime copies to and from the device once, on the
/// device's own stream. The session is taken for the run alone, so that the inputs of another run
/// go to the device meanwhile.
///
/// It plans each convolution anew for a GPU whenever the shape is not that of the run before,
/// which takes longer than the run. So what is smaller than the shape planned for (edge tiles,
/// the last few of a batch) is filled up to it.
pub fn run(
    session: &Mutex<Opened>,
    contract: &Contract,
    inputs: &[Array4<f32>],
    options: &RunOptions,
) -> ort::Result<Vec<ArrayD<f32>>> {
    let fits = |(planned, input): (&[usize; 4], &Array4<f32>)| {
        planned.iter().zip(input.shape()).all(|(p, n)| n <= p)
    };
    let (planned, mut binding) = {
        let mut opened = lock(session);
        if opened.planned.is_empty() || !opened.planned.iter().zip(inputs).all(fits) {
            opened.planned = inputs.iter().map(|i| i.dim().into()).collect();
        }
        (opened.planned.clone(), opened.session.create_binding()?)
    };
    for ((port, input), planned) in contract.inputs.iter().zip(inputs).zip(&planned) {
        binding.bind_input(
            port.name.as_str(),
            &Tensor::from_array(filled_up(input, *planned)?)?,
        )?;
    }
    let host = MemoryInfo::new(
        AllocationDevice::CPU,
        0,
        AllocatorType::Device,
        MemoryType::CPUOutput,
    )?;
    for (output, _) in contract.run_outputs() {
        binding.bind_output_to_device(output, &host)?;
    }
    binding.synchronize_inputs()?;
    let outputs = lock(session).run(|session| {
        let outputs = session.run_binding_with_options(&binding, options)?;
        binding.synchronize_outputs()?;
        let named = outputs.into_iter();
        ort::Result::<HashMap<_, _>>::Ok(
            named
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    })?;
    let (input, [_, _, rows, cols]) = (inputs[0].dim(), planned[0]);
    let used = |(name, _)| {
        let output = outputs[name].try_extract_array::<f32>()?;
        if output.ndim() != 4 {
            return kept(output); // which the caller refuses
        }
        // An output shrinks as the input does.
        let part = [
            input.0,
            usize::MAX,
            output.shape()[2] * input.2 / rows,
            output.shape()[3] * input.3 / cols,
        ];
        kept(output.slice_each_axis(|axis| (..part[axis.axis.index()].min(axis.len)).into()))
    };
    contract.run_outputs().map(used).collect()
}

/// The array in the corner of one of this shape, with zeros beside it.
fn filled_up(array: &Array4<f32>, shape: [usize; 4]) -> ort::Result<Array4<f32>> {
    let mut whole: Array4<f32> = zeros(shape).map_err(|e| ort::Error::new(e.to_string()))?;
    let (images, bands, rows, cols) = array.dim();
    whole
        .slice_mut(s![..images, ..bands, ..rows, ..cols])
        .assign(array);
    Ok(whole)
}
