//! One raster with several bands, whose descriptions, sources or the user name them; one with a
//! single band may be named by its file.

use std::path::Path;

use super::assemble::{Findings, assemble};
use super::text::path_stem;
use super::xml::Xml;
use super::{Candidate, Product, container, offsets};
use crate::error::{Error, Result};
use crate::gdal::dataset::Dataset;
use crate::options::Options;
use crate::raster::names::{self, Name, Place};

/// Opens one raster.
pub fn open(path: &Path, options: &Options) -> Result<Product> {
    let dataset = Dataset::open(path)?;
    let count = dataset.band_count();
    let inner = dataset.subdatasets();
    if count == 0 && !inner.is_empty() {
        return container::open(path, inner, options);
    }
    let names = match &options.band_names {
        Some(names) if names.len() != count => {
            return Err(Error::Option(format!(
                "band-names gives {} names, and {} has {count} bands; give one name for each, - for a band to leave out",
                names.len(),
                path.display()
            )));
        }
        Some(names) => names
            .iter()
            .map(|n| n.map_or(Name::Nothing, |band| Name::One(band, String::new())))
            .collect(),
        None => names_of(&dataset, path)?,
    };
    let candidates: Vec<Candidate> = (1..)
        .zip(names)
        .filter_map(|(index, name)| match name {
            Name::One(band, key) => Some(Candidate {
                named: true,
                index,
                key,
                ..Candidate::new(band, path.to_owned())
            }),
            _ => None,
        })
        .collect();
    if candidates.is_empty() {
        return Err(Error::input(path, nameless(count)));
    }
    let findings = Findings {
        candidates,
        beside: offsets::beside(&super::given::folder_of(path))?,
        ..Findings::new(path, path_stem(path))
    };
    assemble(findings, options)
}

fn nameless(count: usize) -> String {
    match count {
        0 => "it holds no raster; give a SAFE product, a folder with one raster per band, or a raster with named bands".into(),
        1 => "neither its name nor its description says which band it is; name it with --band-names, as in --band-names B5, or give the folder with all bands".into(),
        _ => format!(
            "it has {count} bands, and nothing says which they are; name them in their order with --band-names, as in --band-names B2,B3,B4,B8,… (- for one to leave out)"
        ),
    }
}

fn names_of(dataset: &Dataset, path: &Path) -> Result<Vec<Name>> {
    let count = dataset.band_count();
    let mut texts = Vec::with_capacity(count);
    for index in 1..=count {
        texts.push(dataset.band_facts(index)?.description);
    }
    let read = |texts: &[String], place| {
        names::read(&texts.iter().map(String::as_str).collect::<Vec<_>>(), place)
    };
    let mut names = read(&texts, Place::Description);
    if names.iter().all(|n| *n == Name::Nothing) {
        let sources: Vec<String> = (1..=count).map(|i| source(dataset, i)).collect();
        names = read(&sources, Place::File);
    }
    if count == 1 && names[0] == Name::Nothing {
        names = read(&[path_stem(path)], Place::File);
    }
    Ok(names)
}

/// The name of the file that a band of a virtual raster is made of; empty for several files, and
/// for other rasters.
fn source(dataset: &Dataset, index: usize) -> String {
    let files: Vec<String> = dataset
        .vrt_sources(index)
        .iter()
        .filter_map(|text| Some(Xml::parse(text).ok()?.text("SourceFilename")?.to_owned()))
        .map(|file| path_stem(Path::new(&file)))
        .collect();
    let mut different = files.clone();
    different.sort();
    different.dedup();
    match different.as_slice() {
        [one] => one.clone(),
        _ => String::new(),
    }
}
