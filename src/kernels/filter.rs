//! The operator `Filters`: (image, kernels, and what is added to the result, if anything) to an image
//! as large. The kernels are a convolution's; beyond the edges the image's edge pixels are repeated.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use ort::value::TensorElementType::Float32;

use super::filters;
use super::operator::{Call, Host, constant, count, wrong};
use crate::error::Result;

pub struct Filters(pub Host);

impl Operator for Filters {
    type Kernel<'a> = Ready;

    fn name(&self) -> &str {
        &self.0.name
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [OperatorInput::variadic(2).homogenous(Float32)]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(Float32)]
    }

    fn create_kernel<'a>(&self, context: &KernelContext<'a>) -> ort::Result<Ready> {
        open(context, &self.0).map_err(|e| ort::Error::new(e.to_string()))
    }
}

/// Filters in a session.
pub struct Ready {
    filters: filters::Filters,
    /// Whether something is added to the result.
    adds: bool,
    host: Host,
}

/// Reads and checks what the file says.
fn open(context: &KernelContext, host: &Host) -> Result<Ready> {
    let (shape, weights) = constant(context, 1)?;
    let shape: [usize; 4] = shape
        .try_into()
        .map_err(|_| wrong("has kernels that are no convolution's"))?;
    let [outputs, inputs, high, wide] = shape;
    if outputs * inputs == 0 || high != wide || high % 2 == 0 {
        return Err(wrong("has kernels that are not square and odd"));
    }
    Ok(Ready {
        filters: filters::Filters::new(host.level, &weights, shape),
        adds: count(context)? > 2,
        host: host.clone(),
    })
}

impl Kernel for Ready {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        Call::answer(context, &self.host, |call| {
            let image = call.input(0)?;
            let [images, channels, rows, cols] = image.shape;
            if channels != self.filters.inputs() {
                return Err(wrong("is given other channels than its kernels are for"));
            }
            let shape = [images, self.filters.outputs(), rows, cols];
            let base = self.adds.then(|| call.input(2)).transpose()?;
            if base.as_ref().is_some_and(|base| base.shape != shape) {
                return Err(wrong("is to add an image of another size"));
            }
            let mut made = call.output(0, shape)?;
            for i in 0..images * usize::from(rows * cols > 0) {
                let base = base.as_ref().map(|base| base.one(i)).transpose()?;
                let out = made.one(i, shape[1] * rows * cols)?;
                self.filters
                    .run(&call.threads(), image.one(i)?, base, out, (rows, cols))?;
            }
            Ok(())
        })
    }
}
