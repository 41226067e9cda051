//! The operators `Fold`, which is ONNX's SpaceToDepth, and `Unfold`, which is its DepthToSpace in the
//! mode CRD, and adds a second input, if there is one. The attribute `side` is their blocksize.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use ort::value::TensorElementType::Float32;

use super::operator::{Call, Host, count, wrong};
use super::shuffle::{SIDES, fold, unfold};
use crate::error::Result;

/// `Fold`, or `Unfold`.
pub struct Reorder {
    pub host: Host,
    pub unfolds: bool,
}

impl Operator for Reorder {
    type Kernel<'a> = Ready;

    fn name(&self) -> &str {
        &self.host.name
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [OperatorInput::variadic(1).homogenous(Float32)]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(Float32)]
    }

    fn create_kernel<'a>(&self, context: &KernelContext<'a>) -> ort::Result<Ready> {
        open(context, &self.host, self.unfolds).map_err(|e| ort::Error::new(e.to_string()))
    }
}

/// Either of them in a session.
pub struct Ready {
    side: usize,
    unfolds: bool,
    adds: bool,
    host: Host,
}

fn open(context: &KernelContext, host: &Host, unfolds: bool) -> Result<Ready> {
    let side = context.get::<i64>("side").unwrap_or_default();
    let side = usize::try_from(side).ok().filter(|s| SIDES.contains(s));
    Ok(Ready {
        side: side.ok_or_else(|| wrong("folds blocks of a size that it does not know"))?,
        unfolds,
        adds: unfolds && count(context)? > 1,
        host: host.clone(),
    })
}

impl Kernel for Ready {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        Call::answer(context, &self.host, |call| {
            let (image, s) = (call.input(0)?, self.side);
            let [images, channels, rows, cols] = image.shape;
            let length = channels * rows * cols;
            let (fits, shape) = match self.unfolds {
                true => (
                    channels % (s * s) == 0,
                    [images, channels / (s * s), rows * s, cols * s],
                ),
                false => (
                    rows % s == 0 && cols % s == 0,
                    [images, channels * s * s, rows / s, cols / s],
                ),
            };
            let base = self.adds.then(|| call.input(1)).transpose()?;
            if !fits || base.as_ref().is_some_and(|base| base.shape != shape) {
                return Err(wrong("is given an image that does not fit"));
            }
            let mut made = call.output(0, shape)?;
            for i in 0..images * usize::from(length > 0) {
                let (threads, image) = (call.threads(), image.one(i)?);
                let base = base.as_ref().map(|base| base.one(i)).transpose()?;
                let out = made.one(i, length)?;
                match self.unfolds {
                    true => unfold(&threads, image, base, out, (rows, cols), s)?,
                    false => fold(&threads, image, out, (channels, rows, cols), s)?,
                }
            }
            Ok(())
        })
    }
}
