//! The layers of expected errors that a result gets when it is asked for its uncertainty.

use super::{Job, Maker};
use crate::error::{Error, Result};
use crate::job::Output;
use crate::model::{Contract, with_sigma};
use crate::options::Options;
use crate::raster::radiometry::Radiometry;

/// Adds, after the bands of a job, the expected error of each that is super-resolved.
pub fn add(job: &mut Job, options: &Options) -> Result<()> {
    let mut added = Vec::new();
    for output in &job.outputs {
        let (f, c) = match output.maker {
            Maker::Copy(_) => continue,
            Maker::Fused(f, c) if job.fusions[f].contract.sigma.is_some() => (f, c),
            Maker::Fused(f, _) => return Err(without(&job.fusions[f].contract, options)),
            Maker::Enlarged(_, s) | Maker::FusedEnlarged(_, _, s) => {
                return Err(without(&job.singles[s], options));
            }
            Maker::Error(..) => return Err(Error::internal("an error of an error")),
        };
        added.push(Output {
            maker: Maker::Error(f, c),
            // It is a difference of DN, which has no offset.
            radiometry: Radiometry {
                add_offset: 0.0,
                ..output.radiometry
            },
            ..output.clone()
        });
    }
    if added.is_empty() {
        return Err(Error::input(
            &job.product.path,
            "no band of the result is super-resolved, so it has no uncertainty; leave out \
             uncertainty",
        ));
    }
    job.outputs.extend(added);
    Ok(())
}

/// Why a network cannot be used, and which can.
fn without(contract: &Contract, options: &Options) -> Error {
    let able = with_sigma(options);
    let advice = match able.is_empty() {
        true => "leave out uncertainty".to_owned(),
        false => format!(
            "choose one that does, at 10 m ({}), or leave out uncertainty",
            able.join(", ")
        ),
    };
    Error::option(format!(
        "uncertainty: the network {} gives no expected errors; {advice}",
        contract.name
    ))
}
