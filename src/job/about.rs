//! What is written about a result, in whatever file it ends.

use super::{Job, Output};
use crate::gdal::writer::{BandRecord, Record, Shows};

/// What is written about the result.
pub fn record(job: &Job) -> Record {
    let item = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    let product = &job.product;
    let mut metadata = vec![
        item("S2SR_VERSION", env!("CARGO_PKG_VERSION")),
        item("S2SR_MODEL", &job.models().join(", ")),
        item("S2SR_QUALITY", job.quality.name()),
        item("S2SR_PRODUCT", &product.name),
        item(
            "TIFFTAG_SOFTWARE",
            concat!("s2sr ", env!("CARGO_PKG_VERSION")),
        ),
        item(
            "TIFFTAG_COPYRIGHT",
            "contains modified Copernicus Sentinel data",
        ),
    ];
    let known = [
        ("PROCESSING_LEVEL", &product.level),
        ("PROCESSING_BASELINE", &product.baseline),
        ("SPACECRAFT_NAME", &product.spacecraft),
    ];
    metadata.extend(
        known
            .into_iter()
            .filter_map(|(k, v)| v.as_ref().map(|v| item(k, v))),
    );
    let band = |o: &Output| BandRecord {
        name: o.layer().name(),
        scale: 1.0 / o.radiometry.quantification,
        offset: o.radiometry.add_offset / o.radiometry.quantification,
        metadata: vec![
            item("WAVELENGTH", &format!("{}", o.wavelength)),
            item("WAVELENGTH_UNIT", "nm"),
            item("BANDNAME", &o.layer().name()),
        ],
        shows: Shows::Numbers,
    };
    Record {
        grid: job.grid(&job.window),
        crs: product.crs.clone(),
        dtype: job.dtype,
        nodata: job.nodata.unwrap_or_else(|| job.dtype.usual_nodata()),
        bands: job.outputs.iter().map(band).collect(),
        metadata,
        mask: false,
    }
}
