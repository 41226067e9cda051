//! One raster with several bands, whose descriptions, sources or the user name them; one with a
//! single band may be named by its file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::assemble::{Findings, assemble};
use super::choice::classes;
use super::text::{folder_of, path_stem};
use super::told::Told;
use super::vrt::{Source, parts_of, sources_of};
use super::{BandFile, Candidate, ClassFile, Product, Rasters, container, offsets};
use crate::error::{Error, Result};
use crate::gdal::dataset::Dataset;
use crate::options::Options;
use crate::raster::names::{self, Name, Place};
use crate::text::shown;

/// How deep virtual rasters of virtual rasters are looked into for names.
const DEEPEST: usize = 3;
/// So many of the files that a virtual raster is made of are looked into for names.
const MOST: usize = 64;

/// Opens one raster.
pub fn open(path: &Path, options: &Options) -> Result<Product> {
    let dataset = Dataset::open(path)?;
    let count = dataset.band_count();
    let inner = dataset.subdatasets();
    if count == 0 && !inner.is_empty() {
        return container::open(path, inner, None, options);
    }
    let folder = folder_of(path);
    let sources = sources_of(&dataset, &folder);
    let names = match &options.band_names {
        Some(names) if names.len() != count => {
            return Err(Error::input(
                path,
                format!(
                    "it has {count} bands, and band-names gives {} names; give one name for each, \
                     - for a band to leave out",
                    names.len()
                ),
            ));
        }
        Some(names) => names
            .iter()
            .map(|n| n.map_or(Name::Nothing, |band| Name::One(band, String::new())))
            .collect(),
        None => names_of(&dataset, &sources, path, 0)?,
    };
    let told = Told::beside(&folder);
    let rasters = Arc::new(Rasters::default());
    let mut candidates = Vec::new();
    for ((index, name), source) in (1..).zip(names).zip(&sources) {
        let Name::One(band, key) = name else {
            continue;
        };
        let facts = dataset.band_facts(index)?;
        // What is said of a source holds for the band that shows it, unless that says otherwise.
        let of_source = || {
            let is_bare =
                facts.scale.is_none_or(|s| s == 1.0) && facts.offset.unwrap_or(0.0) == 0.0;
            let source = source.as_ref().filter(|s| s.untouched && is_bare)?;
            told.of(&source.file)
        };
        let own = Candidate {
            named: true,
            index,
            key,
            numbers: told.of(path).or_else(of_source),
            ..Candidate::new(band, path.to_owned())
        };
        candidates.push(match source {
            Some(source) => source.candidate(own, &dataset, facts, &rasters)?,
            None => own,
        });
    }
    let through = candidates.iter().any(|c| c.file != path);
    if candidates.is_empty() {
        return Err(Error::input(path, nameless(count)));
    }
    let findings = Findings {
        candidates,
        beside: told
            .beside
            .clone()
            .map_or_else(|| offsets::beside(&folder), |b| Ok(Some(b)))?,
        rasters,
        ..Findings::new(path, path_stem(path))
    };
    let files = dataset.files();
    let descriptions = descriptions(&dataset)?;
    findings.rasters.keep(path, true, dataset);
    let mut product = assemble(findings, options)?;
    product.files.extend(files);
    product.notes.extend(told.note());
    product.files.extend(told.files);
    choose_classes(&mut product, &descriptions, path, options);
    if through {
        product.notes.insert(
            0,
            "its bands were read from the files that it is made of, at their own pixel sizes"
                .into(),
        );
    }
    Ok(product)
}

fn nameless(count: usize) -> String {
    match count {
        0 => "it holds no raster; give a SAFE product, a folder with one raster per band, or a \
             raster with named bands"
            .into(),
        1 => "neither its name nor its description says which band it is; name it with \
             --band-names, as in --band-names B5, or give the folder with all bands"
            .into(),
        _ => format!(
            "it has {count} bands, and nothing says which they are; name them in their order \
             with --band-names, as in --band-names B2,B3,B4,B8,… (- for one to leave out)"
        ),
    }
}

/// What each band is described by.
fn descriptions(dataset: &Dataset) -> Result<Vec<String>> {
    let indices = 1..=dataset.band_count();
    let facts = indices.map(|index| dataset.band_facts(index));
    facts.map(|f| Ok(f?.description)).collect()
}

/// Chooses among the scene classifications beside the bands in the raster `path`.
fn choose_classes(product: &mut Product, descriptions: &[String], path: &Path, options: &Options) {
    let found = (1..).zip(descriptions).filter_map(|(index, text)| {
        Some(classes::Found {
            key: names::key_of_classes(text)?,
            label: format!("band {index} '{}'", shown(text)),
            file: ClassFile {
                named: true,
                index,
                ..ClassFile::found(path.to_owned())
            },
        })
    });
    let texts: Vec<&str> = descriptions.iter().map(String::as_str).collect();
    let names = names::read(&texts, Place::Description);
    let of_band = |b: &BandFile| match names.get(b.index - 1).filter(|_| b.file == path) {
        Some(Name::One(_, key)) => Some(key.clone()),
        _ => None,
    };
    let keys: Vec<String> = product.bands.iter().filter_map(of_band).collect();
    classes::choose(product, found.collect(), &keys, options);
}

/// The names of the bands of the raster `path`; `depth` is how many others are made of it.
fn names_of(
    dataset: &Dataset,
    sources: &[Option<Source>],
    path: &Path,
    depth: usize,
) -> Result<Vec<Name>> {
    let count = dataset.band_count();
    let texts = descriptions(dataset)?;
    let read = |texts: &[String], place| {
        names::read(&texts.iter().map(String::as_str).collect::<Vec<_>>(), place)
    };
    let mut names = read(&texts, Place::Description);
    // The file's name says more than a number that counts its only band.
    if names::are_counted(&texts.iter().map(String::as_str).collect::<Vec<_>>()) && count == 1 {
        let own = read(&[path_stem(path)], Place::File);
        names = if own[0] == Name::Nothing { names } else { own };
    }
    if names.iter().all(|n| *n == Name::Nothing) {
        let stem = |s: &Option<Source>| s.as_ref().map_or(String::new(), |s| path_stem(&s.file));
        names = read(&sources.iter().map(stem).collect::<Vec<_>>(), Place::File);
    }
    if names.iter().all(|n| *n == Name::Nothing) {
        names = names_of_parts(&parts_of(dataset, &folder_of(path)), depth);
    }
    if count == 1 && names[0] == Name::Nothing {
        names = read(&[path_stem(path)], Place::File);
    }
    Ok(names)
}

/// The names that the parts of bands have in their own files: a virtual raster of rasters with named
/// bands has none. What the parts of one band do not agree on is no name.
fn names_of_parts(parts: &[Vec<(PathBuf, usize)>], depth: usize) -> Vec<Name> {
    let mut seen: HashMap<&Path, Vec<Name>> = HashMap::new();
    for (file, _) in parts.iter().flatten().filter(|_| depth < DEEPEST) {
        if seen.len() == MOST {
            break;
        }
        seen.entry(file).or_insert_with(|| {
            let names = Dataset::open(file).and_then(|inner| {
                let sources = sources_of(&inner, &folder_of(file));
                names_of(&inner, &sources, file, depth + 1)
            });
            names.unwrap_or_default()
        });
    }
    let name = |(file, index): &(PathBuf, usize)| {
        let names = seen.get(file.as_path())?;
        Some(names.get(index.checked_sub(1)?).unwrap_or(&Name::Nothing))
    };
    let band = |name: &Name| match name {
        Name::One(band, _) => Some(*band),
        _ => None,
    };
    let named = parts.iter().map(|parts| {
        let mut names = parts.iter().filter_map(name);
        let first = names.next().unwrap_or(&Name::Nothing);
        let agreed = names.all(|other| band(other) == band(first));
        if agreed { first.clone() } else { Name::Nothing }
    });
    named.collect()
}
