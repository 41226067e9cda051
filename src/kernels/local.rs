//! The operators `LocalRegression`: (guides, targets) to the deviations of the guides' and of the
//! targets' detail, that detail, and per target and guide the correlation and the slope; and
//! `LocalSlopes`: to the slopes alone. A third input, as the targets, is what is known of their
//! detail: it is taken off. What the attributes `mean`, `window`, `passes`, `noise` and
//! `ridge` are, `bands.rs` says.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use ort::value::TensorElementType::Float32;

use super::bands::{Bands, Settings};
use super::operator::{Call, Host, count, wrong};
use super::regression::run;
use crate::error::{Error, Result};

/// The longest side of a window.
const LONGEST: i64 = 63;
/// The most means over a window, one after the other.
const PASSES: i64 = 8;
/// The most bands of a kind.
const BANDS: usize = 64;

pub struct LocalRegression {
    pub host: Host,
    /// Whether it gives the slopes alone.
    pub slopes: bool,
}

impl Operator for LocalRegression {
    type Kernel<'a> = Ready;

    fn name(&self) -> &str {
        &self.host.name
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [OperatorInput::variadic(2).homogenous(Float32)]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        let count = if self.slopes { 1 } else { 5 };
        (0..count).map(|_| OperatorOutput::required(Float32))
    }

    fn create_kernel<'a>(&self, context: &KernelContext<'a>) -> ort::Result<Ready> {
        let open = || {
            Ok(Ready {
                settings: settings(context)?,
                knows: count(context)? > 2,
                slopes: self.slopes,
                host: self.host.clone(),
            })
        };
        open().map_err(|e: Error| ort::Error::new(e.to_string()))
    }
}

/// A regression in a session.
pub struct Ready {
    settings: Settings,
    /// Whether part of the targets' detail is known.
    knows: bool,
    slopes: bool,
    host: Host,
}

fn settings(context: &KernelContext) -> Result<Settings> {
    let side = |name: &str| match context.get::<i64>(name) {
        Some(side @ 1..=LONGEST) if side % 2 == 1 => Ok(side as usize),
        _ => Err(wrong(
            "has a window that is not an odd number of pixels up to 63",
        )),
    };
    let passes = match context.get::<i64>("passes") {
        None => 1,
        Some(passes @ 1..=PASSES) => passes as usize,
        _ => return Err(wrong("takes means one after the other that are not 1 to 8")),
    };
    let number = |name: &str| match context.get::<f32>(name) {
        Some(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err(wrong("lacks a noise or a ridge above 0")),
    };
    Ok(Settings {
        mean: side("mean")?,
        window: side("window")?,
        passes,
        noise: number("noise")?,
        ridge: number("ridge")?,
    })
}

impl Kernel for Ready {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        Call::answer(context, &self.host, |call| {
            let (guide, target) = (call.input(0)?, call.input(1)?);
            let [images, guides, rows, cols] = guide.shape;
            let targets = target.shape[1];
            let known = self.knows.then(|| call.input(2)).transpose()?;
            let alike = target.shape == [images, targets, rows, cols]
                && known.as_ref().is_none_or(|k| k.shape == target.shape);
            if !alike || !(1..=BANDS).contains(&guides) || !(1..=BANDS).contains(&targets) {
                return Err(wrong(
                    "is given guides and targets that do not fit each other",
                ));
            }
            let mut outputs = Vec::new();
            let pairs = guides * targets;
            let all = [guides, targets, targets, pairs, pairs];
            let wanted = if self.slopes { &all[4..] } else { &all[..] };
            for (number, &planes) in wanted.iter().enumerate() {
                outputs.push((call.output(number, [images, planes, rows, cols])?, planes));
            }
            if images * rows * cols == 0 {
                return Ok(());
            }
            for i in 0..images {
                let size = (rows, cols);
                let bands = Bands {
                    guide: guide.one(i)?,
                    target: target.one(i)?,
                    known: known.as_ref().map(|known| known.one(i)).transpose()?,
                    guides,
                    targets,
                    size,
                };
                let mut planes = Vec::new();
                for (output, count) in &mut outputs {
                    planes.extend(output.one(i, *count * rows * cols)?.chunks_mut(rows * cols));
                }
                run(
                    self.host.level,
                    &call.threads(),
                    self.settings,
                    bands,
                    planes,
                )?;
            }
            Ok(())
        })
    }
}
