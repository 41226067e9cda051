//! The operator `Products`: images of one size to sums of products and quotients of their channels.
//! The attributes hold a number for each term: the output that it belongs to (`sum`, ascending from
//! 0), its channels among those of all inputs (`first`, `second`), and what is done with them (`how`:
//! 0 the first alone, 1 their product, 2 their quotient).

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use ort::value::TensorElementType::Float32;

use super::operator::{Call, Host, count, wrong};
use super::products::{How, Term, run};
use crate::error::Result;

pub struct Products(pub Host);

impl Operator for Products {
    type Kernel<'a> = Ready;

    fn name(&self) -> &str {
        &self.0.name
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [OperatorInput::variadic(1).homogenous(Float32)]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(Float32)]
    }

    fn create_kernel<'a>(&self, context: &KernelContext<'a>) -> ort::Result<Ready> {
        open(context, &self.0).map_err(|e| ort::Error::new(e.to_string()))
    }
}

/// Sums in a session.
pub struct Ready {
    sums: Vec<Vec<Term>>,
    inputs: usize,
    /// One past the last channel that a term counts.
    channels: usize,
    host: Host,
}

/// Reads and checks what the file says.
fn open(context: &KernelContext, host: &Host) -> Result<Ready> {
    let list = |name: &str| context.get::<Vec<i64>>(name).unwrap_or_default();
    let (sum, first, second, how) = (list("sum"), list("first"), list("second"), list("how"));
    let mut sums: Vec<Vec<Term>> = Vec::new();
    let mut channels = 0;
    let terms = first.iter().zip(&second).zip(&how).zip(&sum);
    if [first.len(), second.len(), how.len()] != [sum.len(); 3] || sum.is_empty() {
        return Err(wrong("has terms that are not whole"));
    }
    for (((first, second), how), sum) in terms {
        let how = match how {
            0 => How::Copy,
            1 => How::Product,
            2 => How::Quotient,
            _ => return Err(wrong("has a term of no known kind")),
        };
        let channel =
            |number: &i64| usize::try_from(*number).map_err(|_| wrong("has a term of no channel"));
        let (first, second) = (channel(first)?, channel(second)?);
        channels = channels.max(first + 1).max(second + 1);
        if usize::try_from(*sum) == Ok(sums.len()) {
            sums.push(Vec::new());
        }
        match sums.len().checked_sub(1) {
            Some(last) if usize::try_from(*sum) == Ok(last) => {
                sums[last].push(Term { first, second, how })
            }
            _ => return Err(wrong("has terms out of order")),
        }
    }
    Ok(Ready {
        sums,
        inputs: count(context)?,
        channels,
        host: host.clone(),
    })
}

impl Kernel for Ready {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        Call::answer(context, &self.host, |call| {
            let inputs = (0..self.inputs).map(|i| call.input(i));
            let inputs: Vec<_> = inputs.collect::<Result<_>>()?;
            let [images, _, rows, cols] = inputs[0].shape;
            let alike = |[n, _, r, c]: [usize; 4]| (n, r, c) == (images, rows, cols);
            let there: usize = inputs.iter().map(|i| i.shape[1]).sum();
            if !inputs.iter().all(|i| alike(i.shape)) || there < self.channels {
                return Err(wrong("is given images that do not fit its terms"));
            }
            let outputs = self.sums.len();
            let mut made = call.output(0, [images, outputs, rows, cols])?;
            for i in 0..images * usize::from(rows * cols > 0) {
                let mut channels = Vec::new();
                for input in &inputs {
                    channels.extend(input.one(i)?.chunks(rows * cols));
                }
                let out = made.one(i, outputs * rows * cols)?;
                run(self.host.level, &call.threads(), &self.sums, &channels, out)?;
            }
            Ok(())
        })
    }
}
