//! The operator `Convolutions`: (image, then a kernel and a bias for each layer) to an image as
//! large. `relu` and `add` say for each layer whether a ReLU follows, and whether the input of the
//! layer before is added ahead of that.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use ort::value::TensorElementType::Float32;

use super::convolutions::{After, Chain, Weighted};
use super::operator::{Call, Host, constant, wrong};
use crate::error::Result;

pub struct Convolutions(pub Host);

impl Operator for Convolutions {
    type Kernel<'a> = Ready;

    fn name(&self) -> &str {
        &self.0.name
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [OperatorInput::variadic(3).homogenous(Float32)]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(Float32)]
    }

    fn create_kernel<'a>(&self, context: &KernelContext<'a>) -> ort::Result<Ready> {
        let chain = open(context, &self.0).map_err(|e| ort::Error::new(e.to_string()))?;
        Ok(Ready {
            chain,
            host: self.0.clone(),
        })
    }
}

/// A chain in a session.
pub struct Ready {
    chain: Chain,
    host: Host,
}

/// Reads and checks what the file says.
fn open(context: &KernelContext, host: &Host) -> Result<Chain> {
    let flags = |name: &str| context.get::<Vec<i64>>(name).unwrap_or_default();
    let (relu, add) = (flags("relu"), flags("add"));
    let inputs = context.inputs().map_err(|e| wrong(&e.to_string()))?.len();
    if inputs != 1 + 2 * relu.len() || relu.len() != add.len() || relu.is_empty() {
        return Err(wrong("has other weights than layers"));
    }
    let mut layers: Vec<(Weighted, After)> = Vec::new();
    // The channels before each layer.
    let mut channels: Vec<usize> = Vec::new();
    for (layer, (&relu, &add)) in relu.iter().zip(&add).enumerate() {
        let (shape, weights) = constant(context, 1 + 2 * layer)?;
        let (_, bias) = constant(context, 2 + 2 * layer)?;
        let [out, into, 3, 3] = shape[..] else {
            return Err(wrong("has a kernel that is not one of 3 x 3"));
        };
        let after = After {
            relu: relu != 0,
            add: add != 0,
        };
        let follows = channels.is_empty() || into == layers[layer - 1].0.bias.len();
        let adds = !after.add || layer > 0 && channels[layer - 1] == out;
        if out == 0 || into == 0 || bias.len() != out || !follows || !adds {
            return Err(wrong("has weights that do not fit each other"));
        }
        channels.push(into);
        layers.push((Weighted { weights, bias }, after));
    }
    Chain::new(host.level, channels[0], &layers).map(|chain| chain.sparing(host.spared))
}

impl Kernel for Ready {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        Call::answer(context, &self.host, |call| {
            let image = call.input(0)?;
            let [images, channels, rows, cols] = image.shape;
            if channels != self.chain.inputs() {
                return Err(wrong("is given other channels than its weights are for"));
            }
            let outputs = self.chain.outputs();
            let mut made = call.output(0, [images, outputs, rows, cols])?;
            for i in 0..images {
                let out = made.one(i, outputs * rows * cols)?;
                self.chain
                    .run(&call.threads(), image.one(i)?, out, (rows, cols))?;
            }
            Ok(())
        })
    }
}
