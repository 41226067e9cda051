//! The operator `Convolutions`: (images whose channels are taken together, then a kernel and a bias
//! for each layer) to an image as large. `sides` says for each image whether its channels are
//! phases of others that are so many times finer; without it there is one image, as it is. `fold`
//! says how many phases of the result are channels, as in ONNX's SpaceToDepth; without it, one. `relu`
//! and `add` say for each layer whether a ReLU follows, and whether the input of the layer before
//! is added ahead of that.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use ort::value::TensorElementType::Float32;

use super::convolutions::{After, Chain, Planes, Weighted};
use super::operator::{Call, Host, Image, constant, count, wrong};
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
        let (chain, sides) = open(context, &self.0).map_err(|e| ort::Error::new(e.to_string()))?;
        Ok(Ready {
            chain,
            sides,
            host: self.0.clone(),
        })
    }
}

/// A chain in a session.
pub struct Ready {
    chain: Chain,
    /// Of each image.
    sides: Vec<usize>,
    host: Host,
}

/// Reads and checks what the file says.
fn open(context: &KernelContext, host: &Host) -> Result<(Chain, Vec<usize>)> {
    let numbers = |name: &str| context.get::<Vec<i64>>(name);
    let flags = |name: &str| numbers(name).unwrap_or_default();
    let (relu, add) = (flags("relu"), flags("add"));
    let sides = numbers("sides").unwrap_or_else(|| vec![1]);
    let sides: Vec<usize> = sides.iter().map(|&side| side as usize).collect();
    let fold = context.get::<i64>("fold").unwrap_or(1) as usize;
    if sides.is_empty()
        || sides
            .iter()
            .chain([&fold])
            .any(|side| !(1..=2).contains(side))
    {
        return Err(wrong("folds blocks of a size that it does not know"));
    }
    let fits = count(context)? == sides.len() + 2 * relu.len();
    if !fits || relu.len() != add.len() || relu.is_empty() {
        return Err(wrong("has other weights than layers"));
    }
    let mut layers: Vec<(Weighted, After)> = Vec::new();
    // The channels before each layer.
    let mut channels: Vec<usize> = Vec::new();
    for (layer, (&relu, &add)) in relu.iter().zip(&add).enumerate() {
        let (shape, weights) = constant(context, sides.len() + 2 * layer)?;
        let (_, bias) = constant(context, sides.len() + 2 * layer + 1)?;
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
    let chain = Chain::new(host.level, channels[0], &layers)?;
    Ok((chain.folding(fold).sparing(host.spared), sides))
}

impl Kernel for Ready {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        Call::answer(context, &self.host, |call| {
            let given = (0..self.sides.len()).map(|i| call.input(i));
            let given = given.collect::<Result<Vec<_>>>()?;
            let finer = |image: &Image, s: usize| [image.shape[2] * s, image.shape[3] * s];
            let (count, [rows, cols]) = (given[0].shape[0], finer(&given[0], self.sides[0]));
            let mut channels = 0;
            for (image, &side) in given.iter().zip(&self.sides) {
                channels += image.shape[1] / (side * side);
                let whole = image.shape[1].is_multiple_of(side * side);
                if !whole || image.shape[0] != count || finer(image, side) != [rows, cols] {
                    return Err(wrong("is given images that do not fit each other"));
                }
            }
            if channels != self.chain.inputs() {
                return Err(wrong("is given other channels than its weights are for"));
            }
            let (fold, outputs) = (self.chain.fold(), self.chain.outputs());
            if !rows.is_multiple_of(fold) || !cols.is_multiple_of(fold) {
                return Err(wrong("is given an image that does not fit"));
            }
            let shape = [count, outputs * fold * fold, rows / fold, cols / fold];
            let mut made = call.output(0, shape)?;
            for i in 0..count {
                let mut images = Vec::with_capacity(given.len());
                for (image, &side) in given.iter().zip(&self.sides) {
                    let values = image.one(i)?;
                    images.push(Planes { values, side });
                }
                let out = made.one(i, outputs * rows * cols)?;
                self.chain
                    .run(&call.threads(), &images, out, (rows, cols))?;
            }
            Ok(())
        })
    }
}
