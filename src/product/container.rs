//! Files that hold several rasters, one per band: netCDF, HDF5 and others that GDAL shows as
//! sub-datasets. Each raster may have a layer for each of several dates.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::assemble::{Findings, assemble};
use super::choice::listed;
use super::layers::words;
use super::pattern::Pattern;
use super::text::path_stem;
use super::{Candidate, ClassFile, Product, Rasters, offsets};
use crate::error::{Error, Result};
use crate::gdal::Dataset;
use crate::options::Options;
use crate::raster::band::Band;
use crate::raster::names::{self, Name, Place};
use crate::text::shown_path;

/// How the names of such files end; they are told by what is in them.
pub const ENDINGS: [&str; 7] = ["nc", "nc4", "cdf", "h5", "he5", "hdf5", "hdf"];

/// Opens those of the rasters in a file whose names and dates fit the pattern.
pub fn open_some(path: &Path, pattern: &Pattern, options: &Options) -> Result<Product> {
    let inner = Dataset::open(path)?.subdatasets();
    if inner.is_empty() {
        return Err(Error::input(
            path,
            "it is one raster, which has no names to choose from by a pattern; give the file",
        ));
    }
    open(path, inner, Some(pattern), options)
}

/// Opens the sub-datasets of a file that are bands.
pub fn open(
    path: &Path,
    inner: Vec<OsString>,
    pattern: Option<&Pattern>,
    options: &Options,
) -> Result<Product> {
    options.refuse_band_names(path, "a file with a raster for each band")?;
    let shown: Vec<_> = inner.iter().map(|name| name.to_string_lossy()).collect();
    let variables: Vec<&str> = shown.iter().map(|name| place(name).1).collect();
    let names = names::read(&variables, Place::Description);
    let rasters = Arc::<Rasters>::default();
    let mut found = Vec::new();
    for (file, name) in inner.iter().zip(names) {
        if let Name::One(band, key) = name {
            found.extend(layers(path, file, band, &key, &rasters)?);
        }
    }
    if found.is_empty() {
        return Err(nameless(path, &variables));
    }
    let fits = |layer: &Layer| pattern.is_none_or(|p| p.fits(layer.label()));
    let (fit, others): (Vec<Layer>, Vec<Layer>) = found.into_iter().partition(fits);
    if fit.is_empty() {
        let labels: Vec<String> = others.iter().map(|l| l.label().to_owned()).collect();
        let there = listed(&labels);
        let what = format!("none of the rasters in it fits the pattern; there are {there}");
        return Err(Error::input(path, what));
    }
    one_time(path, &fit)?;
    let candidates = fit.into_iter().map(|layer| layer.candidate).collect();
    let findings = Findings {
        candidates,
        beside: offsets::beside(&super::text::folder_of(path))?,
        folder: Some(path.to_owned()),
        rasters,
        ..Findings::new(path, path_stem(path))
    };
    let mut product = assemble(findings, options)?;
    product.classes = classes(&inner, &product);
    Ok(product)
}

/// The scene classification beside the bands, of their date.
fn classes(inner: &[OsString], product: &Product) -> Option<ClassFile> {
    let first = product.bands.first()?;
    let first_name = first.file.to_string_lossy();
    let (group, _) = place(&first_name);
    let is_scl = |name: &&OsString| {
        let name = name.to_string_lossy();
        let (of, variable) = place(&name);
        of == group && variable.eq_ignore_ascii_case("SCL")
    };
    let file = inner.iter().find(is_scl)?;
    Some(ClassFile {
        named: true,
        index: first.index,
        ..ClassFile::found(PathBuf::from(file))
    })
}

/// A raster, and the word for its time where the variable has several.
struct Layer {
    candidate: Candidate,
    time: String,
}

impl Layer {
    fn label(&self) -> &str {
        self.candidate.label.as_deref().unwrap_or_default()
    }
}

/// Refuses layers of several times; there may be thousands, which are not all opened for that.
fn one_time(path: &Path, layers: &[Layer]) -> Result<()> {
    let times: BTreeSet<&str> = layers.iter().map(|l| l.time.as_str()).collect();
    let times: Vec<&str> = times.into_iter().filter(|t| !t.is_empty()).collect();
    if times.len() < 2 {
        return Ok(());
    }
    let dates: Vec<String> = times.iter().map(|t| (*t).to_owned()).collect();
    Err(Error::input(
        path,
        format!(
            "its bands have {} dates, which are not mixed: {}; name the one to use, as in '{}'",
            times.len(),
            listed(&dates),
            shown_path(&path.join(format!("*{}*", times[0])))
        ),
    ))
}

/// The rasters that a variable holds: one, or one for each time.
fn layers(
    path: &Path,
    file: &OsStr,
    band: Band,
    key: &str,
    rasters: &Rasters,
) -> Result<Vec<Layer>> {
    let name = file.to_string_lossy();
    let (group, variable) = place(&name);
    let dataset = Dataset::open(Path::new(file))?;
    let times = match dataset.band_count() {
        0 | 1 => vec![String::new()],
        count => words(&dataset).ok_or_else(|| {
            Error::input(
                path,
                format!(
                    "its {band} has {count} layers, and nothing says of which dates; give one date \
                     by itself, as in xarray with .isel(t=0), or with ncks -d t,0"
                ),
            )
        })?,
    };
    rasters.keep(Path::new(file), true, dataset);
    let layer = |(index, time): (usize, String)| Layer {
        candidate: Candidate {
            named: true,
            index,
            key: joined([&dated(group), key, &time]),
            label: Some(joined([group, variable, &time])),
            ..Candidate::new(band, PathBuf::from(file))
        },
        time,
    };
    Ok((1..).zip(times).map(layer).collect())
}

fn joined(words: [&str; 3]) -> String {
    let there: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
    there.join("_")
}

/// The words of a group's name, so that a date in it is seen as such: `t20200111` -> `20200111`.
fn dated(group: &str) -> String {
    let words = group.split(|c: char| !c.is_ascii_alphanumeric());
    let word = |w: &str| {
        let number = w.trim_start_matches(|c: char| !c.is_ascii_digit());
        if number.len() >= 8 { number } else { w }.to_ascii_lowercase()
    };
    words.map(word).collect::<Vec<_>>().join("_")
}

fn nameless(path: &Path, variables: &[&str]) -> Error {
    let names: Vec<String> = variables.iter().map(|v| (*v).to_owned()).collect();
    Error::input(
        path,
        format!(
            "it holds {} rasters, and none bears the name of a band ({}); give a file whose \
             variables are called B02, B03, …",
            names.len(),
            listed(&names)
        ),
    )
}

/// `NETCDF:"/a/b.nc":/t1/B02` -> the group `t1` and the variable `B02`.
fn place(name: &str) -> (&str, &str) {
    let inner = match name.rsplit_once("\":") {
        Some((_, inner)) => inner,
        None => name.rsplit(':').next().unwrap_or(name),
    };
    let inner = inner.trim_matches(['"', '/']);
    inner.rsplit_once('/').unwrap_or(("", inner))
}
