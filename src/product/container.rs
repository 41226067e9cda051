//! Files that hold several rasters, one per band: netCDF, HDF5 and others that GDAL shows as
//! sub-datasets.

use std::path::{Path, PathBuf};

use super::assemble::{Findings, assemble};
use super::text::path_stem;
use super::{Candidate, Product, offsets};
use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::options::Options;
use crate::raster::names::{self, Name, Place};

/// Opens the sub-datasets of a file that are bands.
pub fn open(path: &Path, inner: Vec<String>, options: &Options) -> Result<Product> {
    options.refuse_band_names(path, "a file with a raster for each band")?;
    let variables: Vec<&str> = inner.iter().map(|name| variable(name)).collect();
    let names = names::read(&variables, Place::Description);
    let candidates: Vec<Candidate> = inner
        .iter()
        .zip(names)
        .filter_map(|(file, name)| match name {
            Name::One(band, key) => Some(Candidate {
                named: true,
                key,
                ..Candidate::new(band, PathBuf::from(file))
            }),
            _ => None,
        })
        .collect();
    if candidates.is_empty() {
        return Err(Error::input(
            path,
            format!(
                "it holds {} rasters, and none bears the name of a band ({}); give a file whose \
                 variables are called B02, B03, …",
                inner.len(),
                variables
                    .iter()
                    .take(6)
                    .copied()
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        ));
    }
    let layers = Dataset::open(&candidates[0].file)?.band_count();
    if layers > 1 {
        return Err(Error::input(
            path,
            format!(
                "its {} has {layers} layers, as several dates make them; give one date by \
                 itself, as in xarray with .isel(t=0), or with ncks -d t,0",
                candidates[0].band
            ),
        ));
    }
    let findings = Findings {
        candidates,
        beside: offsets::beside(&super::given::folder_of(path))?,
        ..Findings::new(path, path_stem(path))
    };
    assemble(findings, options)
}

/// `NETCDF:"/a/b.nc":B02` -> `B02`.
fn variable(name: &str) -> &str {
    name.rsplit([':', '/'])
        .next()
        .unwrap_or(name)
        .trim_matches('"')
}
