//! What the pixels of a raster were made of, as a short text. It is kept with the statistics and
//! overviews that programs make, which are true only as long as that text is the same: a file may
//! have come, another network may be the default, and nobody may have looked meanwhile.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::seen::{root, sources};
use crate::gdal::name;
use crate::gdal::vsi::stamp;
use crate::job::{Job, record};

/// So many digits tell two apart.
const DIGITS: usize = 32;

/// See the module. A product that was moved or copied with the times of its files gives the same.
pub fn made_of(job: &Job, outline: Option<&Path>) -> String {
    let mut sum = Sha256::new();
    let mut add = |part: &[u8]| {
        sum.update(part.len().to_le_bytes());
        sum.update(part);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    let record = record(job);
    add(format!("{:?} {:?} {}", record.grid, record.dtype, record.nodata).as_bytes());
    record.bands.iter().for_each(|b| add(b.name.as_bytes()));
    job.models.iter().for_each(|m| add(m.sum.as_bytes()));
    let root = root(job);
    for file in sources(job, outline) {
        let inside = file.strip_prefix(&root).ok();
        let short = inside.or(file.file_name().map(Path::new));
        add(&name(short.unwrap_or(&file)));
        // Folders change with what is put beside the product's files, such as the statistics.
        let facts = stamp(&file).filter(|_| !file.is_dir());
        add(format!("{:?}", facts.map(|s| s.lasting())).as_bytes());
    }
    let digits = sum
        .finalize()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect::<String>();
    digits[..DIGITS].to_owned()
}
