//! What all operators have in common: how they meet ONNX Runtime.

use ort::operator::{ComputeContext, KernelContext};
use ort::value::{DynTensorValueType, ValueRef, ValueRefMut};

use super::Spared;
use super::simd::Level;
use super::work::{Pool, Stop};
use crate::error::{Error, Result};
use crate::gdal::spawn::caught;

/// What an operator knows of the session that it is in.
#[derive(Clone)]
pub struct Host {
    /// The name of the function.
    pub name: String,
    /// The instructions that its kernels are written in.
    pub level: Level,
    /// What it leaves out.
    pub spared: Spared,
    /// Ends its work.
    pub stop: Stop,
}

/// The threads of a session, during a call of an operator.
pub struct Threads<'a> {
    context: &'a ComputeContext,
    stop: &'a Stop,
}

impl Pool for Threads<'_> {
    fn spread(&self, count: usize, piece: &(dyn Fn(usize) + Sync)) -> Result<()> {
        // As many batches as ONNX Runtime likes.
        self.context
            .par_for(count, 0, piece)
            .map_err(|e| refused(&e))
    }

    fn stop(&self) -> &Stop {
        self.stop
    }
}

/// An image that an operator is given: images, channels, rows, columns.
pub struct Image<'a> {
    pub shape: [usize; 4],
    value: ValueRef<'a>,
}

/// The number of inputs that an operator is given.
pub fn count(context: &KernelContext) -> Result<usize> {
    Ok(context.inputs().map_err(|e| wrong(&e.to_string()))?.len())
}

/// An image that an operator makes.
pub struct Made<'a>(ValueRefMut<'a>);

impl Image<'_> {
    /// The numbers of one of the images.
    pub fn one(&self, image: usize) -> Result<&[f32]> {
        let [_, channels, rows, cols] = self.shape;
        let values = self
            .value
            .try_extract_tensor::<f32>()
            .map_err(|e| refused(&e))?
            .1;
        part(values.len(), image, channels * rows * cols).map(|at| &values[at])
    }
}

impl Made<'_> {
    /// The numbers of one of the images, each so long.
    pub fn one(&mut self, image: usize, length: usize) -> Result<&mut [f32]> {
        let values = self
            .0
            .try_extract_tensor_mut::<f32>()
            .map_err(|e| refused(&e))?
            .1;
        part(values.len(), image, length).map(|at| &mut values[at])
    }
}

fn part(all: usize, image: usize, length: usize) -> Result<std::ops::Range<usize>> {
    let at = image * length..(image + 1) * length;
    match at.end <= all {
        true => Ok(at),
        false => Err(wrong("is given less than it was promised")),
    }
}

/// A call of an operator.
pub struct Call<'a> {
    context: &'a ComputeContext,
    stop: &'a Stop,
}

impl<'a> Call<'a> {
    /// Does the work of a call; no panic crosses to ONNX Runtime.
    pub fn answer(
        context: &'a ComputeContext,
        host: &'a Host,
        work: impl FnOnce(&Self) -> Result<()>,
    ) -> ort::Result<()> {
        let call = Self {
            context,
            stop: &host.stop,
        };
        caught(|| work(&call)).map_err(|e| ort::Error::new(e.to_string()))
    }

    /// The threads to work with.
    pub fn threads(&self) -> Threads<'a> {
        Threads {
            context: self.context,
            stop: self.stop,
        }
    }

    /// The input of this number.
    pub fn input(&self, number: usize) -> Result<Image<'a>> {
        let value = self.context.input(number).map_err(|e| refused(&e))?;
        let value = value.ok_or_else(|| wrong("lacks an input"))?;
        let shape = value
            .shape()
            .iter()
            .map(|&n| n as usize)
            .collect::<Vec<_>>();
        let shape = shape
            .try_into()
            .map_err(|_| wrong("takes images of four dimensions"))?;
        Ok(Image { shape, value })
    }

    /// Makes the output of this number.
    pub fn output(&self, number: usize, shape: [usize; 4]) -> Result<Made<'a>> {
        let shape = shape.map(|n| n as i64);
        let value = self
            .context
            .output(number, shape)
            .map_err(|e| refused(&e))?;
        value.map(Made).ok_or_else(|| wrong("lacks an output"))
    }
}

/// The shape and the numbers of a constant that an operator is given when the model is opened.
pub fn constant(context: &KernelContext, number: usize) -> Result<(Vec<usize>, Vec<f32>)> {
    let value = context
        .constant_input::<DynTensorValueType>(number)
        .map_err(|_| wrong("has weights that are not constants"))?;
    let (shape, values) = value.try_extract_tensor::<f32>().map_err(|e| refused(&e))?;
    Ok((shape.iter().map(|&n| n as usize).collect(), values.to_vec()))
}

/// A call that does not fit the operator.
pub fn wrong(what: &str) -> Error {
    Error::model(format!("an operator of s2sr's {what}"))
}

fn refused(error: &ort::Error) -> Error {
    Error::runtime(error.to_string())
}
