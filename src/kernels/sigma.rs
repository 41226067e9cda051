//! The operator `Doubt`: (what a trunk sees, what it gives, the unit of each band's errors, then
//! kernels of 1 x 1: those for what is seen with a bias, those for what is given, and those for the
//! result with a bias) to the expected errors of the bands. Of what is seen, the first channels
//! count, as many as there are kernels for.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use ort::value::TensorElementType::Float32;

use super::doubt::{self, Layer};
use super::operator::{Call, Host, constant, wrong};
use crate::error::Result;

/// The inputs: three images, then weights.
const INPUTS: usize = 8;

pub struct Doubt(pub Host);

impl Operator for Doubt {
    type Kernel<'a> = Ready;

    fn name(&self) -> &str {
        &self.0.name
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [(); INPUTS].map(|()| OperatorInput::required(Float32))
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(Float32)]
    }

    fn create_kernel<'a>(&self, context: &KernelContext<'a>) -> ort::Result<Ready> {
        open(context, &self.0).map_err(|e| ort::Error::new(e.to_string()))
    }
}

/// The layers in a session.
pub struct Ready {
    doubt: doubt::Doubt,
    seen: usize,
    given: usize,
    bands: usize,
    host: Host,
}

/// Reads and checks what the file says.
fn open(context: &KernelContext, host: &Host) -> Result<Ready> {
    let kernels = |number: usize, into: Option<usize>| {
        let (shape, weights) = constant(context, number)?;
        match shape[..] {
            [out, channels, 1, 1] if out * channels > 0 && into.is_none_or(|n| n == out) => {
                Ok((out, channels, weights))
            }
            _ => Err(wrong("has kernels of 1 x 1 that do not fit each other")),
        }
    };
    let bias = |number: usize, length: usize| match constant(context, number)?.1 {
        bias if bias.len() == length => Ok(bias),
        _ => Err(wrong("has a bias that does not fit its kernels")),
    };
    let (hidden, seen, of_seen) = kernels(3, None)?;
    let of_seen_bias = bias(4, hidden)?;
    let (_, given, of_given) = kernels(5, Some(hidden))?;
    let (bands, into, of_result) = kernels(6, None)?;
    let of_result_bias = bias(7, bands)?;
    if into != hidden {
        return Err(wrong("has kernels of 1 x 1 that do not fit each other"));
    }
    // Both kernels as one.
    let both = of_seen.chunks(seen).zip(of_given.chunks(given));
    let weights: Vec<f32> = both.flat_map(|(a, b)| [a, b].concat()).collect();
    let first = Layer {
        weights: &weights,
        bias: &of_seen_bias,
    };
    let second = Layer {
        weights: &of_result,
        bias: &of_result_bias,
    };
    Ok(Ready {
        doubt: doubt::Doubt::new(host.level, first, second, host.spared)?,
        seen,
        given,
        bands,
        host: host.clone(),
    })
}

impl Kernel for Ready {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        Call::answer(context, &self.host, |call| {
            let (seen, given, unit) = (call.input(0)?, call.input(1)?, call.input(2)?);
            let [images, channels, rows, cols] = seen.shape;
            let alike = given.shape == [images, self.given, rows, cols]
                && unit.shape == [images, self.bands, rows, cols];
            if !alike || channels < self.seen {
                return Err(wrong("is given images that do not fit its kernels"));
            }
            let mut made = call.output(0, [images, self.bands, rows, cols])?;
            for i in 0..images * usize::from(rows * cols > 0) {
                let mut planes: Vec<&[f32]> = Vec::new();
                planes.extend(seen.one(i)?.chunks(rows * cols).take(self.seen));
                planes.extend(given.one(i)?.chunks(rows * cols));
                planes.extend(unit.one(i)?.chunks(rows * cols));
                let out = made.one(i, self.bands * rows * cols)?;
                self.doubt
                    .run(&call.threads(), &planes, out, (rows, cols))?;
            }
            Ok(())
        })
    }
}
