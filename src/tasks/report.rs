//! What a run did and what it took.

use std::path::Path;

use serde::Serialize;

use crate::engine::Engine;
use crate::product::verify::Verified;

/// The report of a run.
///
/// ```no_run
/// let options = s2sr::Options::default();
/// let report = s2sr::run("a.SAFE", "sharper.tif", &options, &mut |_, _| true)?;
/// println!("{:.1} megapixels in {:.0} s", report.megapixels, report.seconds);
/// # Ok::<(), s2sr::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(description = "The report of a run."))]
pub struct Report {
    /// The file that was written.
    pub output: Option<String>,
    /// Columns of the result.
    pub cols: i64,
    /// Rows of the result.
    pub rows: i64,
    /// Its ground sample distance in m.
    pub gsd: f64,
    /// West edge.
    pub west: f64,
    /// North edge.
    pub north: f64,
    /// Its bands.
    pub bands: Vec<String>,
    /// The networks with their versions.
    pub models: Vec<String>,
    /// Where they ran.
    pub device: String,
    /// Pixels of the result, in millions, bands not counted.
    pub megapixels: f64,
    /// Wall time of the run.
    pub seconds: f64,
    /// Wall time inside ONNX Runtime.
    pub onnxruntime_seconds: f64,
    /// Whether the files of the product were held against their checksums.
    pub verified: Verified,
    /// What the user was told.
    pub notes: Vec<String>,
}

impl Report {
    /// Sums a run up, but for the time that it took.
    pub(crate) fn new(engine: &Engine, output: Option<&Path>) -> Self {
        let job = &engine.job;
        let grid = job.grid(&job.window);
        Report {
            output: output.map(|p| p.to_string_lossy().into_owned()),
            cols: grid.cols,
            rows: grid.rows,
            gsd: grid.gsd,
            west: grid.west,
            north: grid.north,
            bands: job.names(),
            models: job.models(),
            device: engine
                .networks()
                .next()
                .map_or_else(|| "none".into(), |n| n.device.clone()),
            megapixels: (grid.cols * grid.rows) as f64 * 1e-6,
            seconds: 0.0,
            // The sum of none is -0.
            onnxruntime_seconds: engine.networks().fold(0.0, |sum, n| sum + n.seconds()),
            verified: Verified::default(),
            notes: engine.notes.clone(),
        }
    }
}
