//! What is written about a result, in whatever file it ends.

use super::{Job, Output};
use crate::gdal::writer::{BandRecord, MADE_BY, Record, Shows};

/// The classes of ESA's scene classification by their numbers, with the colours of its user guide.
const CLASSES: [(&str, [u8; 3]); 12] = [
    ("no data", [0, 0, 0]),
    ("saturated or defective", [255, 0, 0]),
    ("dark area", [47, 47, 47]),
    ("cloud shadow", [100, 50, 0]),
    ("vegetation", [0, 160, 0]),
    ("not vegetated", [255, 230, 90]),
    ("water", [0, 0, 255]),
    ("unclassified", [128, 128, 128]),
    ("cloud, medium probability", [192, 192, 192]),
    ("cloud, high probability", [255, 255, 255]),
    ("thin cirrus", [100, 200, 255]),
    ("snow or ice", [255, 150, 255]),
];

/// What the imagery's terms ask everybody to say of what was made of it.
pub const CREDIT: &str = "contains modified Copernicus Sentinel data";

/// What the scene classification is called among the bands of a result.
pub const SCL: &str = "SCL";

/// What is written about the result.
pub fn record(job: &Job) -> Record {
    let item = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    let product = &job.product;
    let mut metadata = vec![
        item(MADE_BY, env!("CARGO_PKG_VERSION")),
        item("S2SR_MODEL", &job.models().join(", ")),
        item("S2SR_QUALITY", job.quality.name()),
        item("S2SR_PRODUCT", &product.name),
        item(
            "TIFFTAG_SOFTWARE",
            concat!("s2sr ", env!("CARGO_PKG_VERSION")),
        ),
        item("TIFFTAG_COPYRIGHT", CREDIT),
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
    let classes = || BandRecord {
        name: SCL.into(),
        scale: 1.0,
        offset: 0.0,
        metadata: vec![item("BANDNAME", SCL)],
        shows: Shows::Classes(&CLASSES),
    };
    let bands = job.outputs.iter().map(band);
    Record {
        grid: job.grid(&job.window),
        crs: product.crs.clone(),
        dtype: job.dtype,
        nodata: job.nodata.unwrap_or_else(|| job.dtype.usual_nodata()),
        bands: bands.chain(job.classes.then(classes)).collect(),
        metadata,
        mask: job.mask,
    }
}
