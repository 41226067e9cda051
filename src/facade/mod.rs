//! The Rust door: the few names that programs in Rust use.

mod model;
mod product;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use self::model::Model;
pub use self::product::Product;
use crate::error::Result;
use crate::options::Options;
use crate::tasks;
pub use crate::tasks::report::Report;
pub use crate::tasks::watch::Progress;

/// Super-resolves the product `input` into the GeoTIFF `output`.
///
/// `input` is anything that [`Product::open`] takes. `output` appears whole or not at all, and is
/// never a file that is read. `progress` is called on the calling thread; cancelling counts until
/// the finished files get their names.
///
/// # Errors
/// [`Error::Input`](crate::Error::Input) where the product cannot be read or lacks what the work
/// needs, [`Error::Output`](crate::Error::Output) where the result cannot be written,
/// [`Error::Model`](crate::Error::Model) and [`Error::Runtime`](crate::Error::Runtime) about
/// networks and ONNX Runtime, [`Error::Option`](crate::Error::Option) for an option that a run does
/// not use, [`Error::Cancelled`](crate::Error::Cancelled).
///
/// ```no_run
/// let options = s2sr::Options::builder().to(5).preview("sharper.png").build()?;
/// let report = s2sr::run("S2A_MSIL2A_20230101.SAFE", "sharper.tif", &options, &mut |done, note| {
///     note.iter().for_each(|note| eprintln!("{note}"));
///     println!("{:.0} %", done * 100.0);
///     true
/// })?;
/// println!("{} x {} pixels of {} m", report.cols, report.rows, report.gsd);
/// # Ok::<(), s2sr::Error>(())
/// ```
pub fn run(
    input: impl AsRef<Path>,
    output: impl AsRef<Path>,
    options: &Options,
    progress: Progress,
) -> Result<Report> {
    tasks::run::run(input.as_ref(), output.as_ref(), options, progress)
}
