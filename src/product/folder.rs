//! Products without metadata of their own: a folder with one raster per band.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::assemble::{Findings, assemble};
use super::bounds::Bounds;
use super::choice::classes;
use super::endings::{is_companion, is_raster, may_be_raster, says_raster};
use super::pattern::Pattern;
use super::text::{INNER, name_of, path_stem, stem};
use super::told::Told;
use super::{
    BandFile, Candidate, ClassFile, Passed, Product, Rasters, container, offsets, safe, stacks,
};
use crate::error::{Error, Result};
use crate::gdal::open::no_raster;
use crate::gdal::vsi;
use crate::options::Options;
use crate::raster::band::{self, Band};
use crate::raster::names::{self, Name, Place};
use crate::text::{shown, shown_path};

/// No folder of one product's bands has more of them; each is opened.
const MOST: usize = 500;

/// The band that a file of this name is taken for, in a folder of bands.
pub fn band_of(name: &str) -> Option<Band> {
    may_be_raster(name)
        .then(|| names::of_file(stem(name)))
        .flatten()
}

/// The rasters of bands, by their names, in a folder with these names, itself or in R10m and the
/// like.
pub fn rasters_of_bands<'a>(
    folder: &'a Path,
    names: &'a [OsString],
    pattern: Option<&'a Pattern>,
) -> impl Iterator<Item = (Band, PathBuf)> + 'a {
    let inner = names.iter().filter(|n| INNER.iter().any(|i| n == i));
    let inner = inner.flat_map(|inner| {
        let names = vsi::list(&folder.join(inner)).into_iter();
        names.map(|name| Path::new(inner).join(name))
    });
    let files = names.iter().map(PathBuf::from).chain(inner);
    files.filter_map(move |file| {
        let name = name_of(&file);
        let fits = is_raster(&name) && pattern.is_none_or(|p| p.fits(&name));
        Some((band_of(&name).filter(|_| fits)?, folder.join(file)))
    })
}

/// Opens the folder `root` with one raster per band; `path` is what was given, `pattern` what the
/// names of its files must fit. The folders that L2A products have inside IMG_DATA (R10m, R20m,
/// R60m) are looked into.
pub fn open(
    path: &Path,
    root: &Path,
    pattern: Option<&Pattern>,
    options: &Options,
) -> Result<Product> {
    options.refuse_band_names(path, "a folder of bands")?;
    let rasters = Arc::default();
    let (mut candidates, passed) = find(path, root, pattern, &rasters)?;
    if candidates.is_empty() && passed.is_empty() {
        refuse_empty(path, root)?;
        candidates = stacks::find(path, root, pattern, &rasters)?;
        if candidates.is_empty() {
            refuse_containers(path, root)?;
        }
    }
    let told = Told::beside(root);
    for candidate in &mut candidates {
        candidate.numbers = told.of(&candidate.file);
    }
    let beside = told
        .beside
        .clone()
        .map_or_else(|| offsets::beside(root), |b| Ok(Some(b)))?;
    let findings = Findings {
        candidates,
        passed,
        beside,
        folder: Some(root.to_owned()),
        rasters,
        ..Findings::new(path, name_of(path))
    };
    let mut product = assemble(findings, options)?;
    let keys = keys(&product.bands);
    let found = scene_classifications(root, pattern);
    classes::choose(&mut product, found, &keys, options);
    product.notes.extend(told.note());
    product.files.extend(told.files);
    Ok(product)
}

/// Says what a folder without any file of a band is.
fn refuse_empty(path: &Path, root: &Path) -> Result<()> {
    let names = vsi::list(root);
    let packed = names.iter().map(|n| n.to_string_lossy()).find(|name| {
        let inner = name.strip_suffix(".gz").filter(|inner| is_raster(inner));
        inner.and_then(band_of).is_some()
    });
    let what = match packed {
        Some(name) => format!(
            "its files are packed with gzip, as {}; unpack them with gunzip",
            shown(&name)
        ),
        None if names.is_empty() => "it is empty; fetch the product again".into(),
        None if name_of(root).ends_with(".SAFE") => format!(
            "neither {} nor images of bands are in it, as in a SAFE product; fetch it again",
            safe::FILES.join(" or ")
        ),
        None => return Ok(()),
    };
    Err(Error::input(path, what))
}

/// Names the file in a folder without rasters of bands that may hold them, and has to be given
/// itself.
fn refuse_containers(path: &Path, root: &Path) -> Result<()> {
    let may_hold = |name: &OsString| {
        let ending = Path::new(name).extension().unwrap_or_default();
        let ending = ending.to_string_lossy().to_ascii_lowercase();
        container::ENDINGS.contains(&ending.as_str()) || ending == "vrt"
    };
    match vsi::list(root).into_iter().find(may_hold) {
        Some(name) => Err(Error::input(
            path,
            format!(
                "no raster of a band was found in it; give {} itself, if that holds them",
                shown_path(&root.join(name))
            ),
        )),
        None => Ok(()),
    }
}

/// Whether a name is that of the files of Landsat or VENµS, whose bands have other meanings.
fn is_of_another(name: &str) -> bool {
    let b = name.as_bytes();
    let own = b.len() > 5 && b[0] == b'L' && b"COTEM".contains(&b[1]) && b[4] == b'_';
    let others = ["HLS.L30.", "LANDSAT", "VENUS"];
    own && b[2..4].iter().all(u8::is_ascii_digit) || others.iter().any(|o| name.starts_with(o))
}

/// The keys of the files of bands.
fn keys(bands: &[BandFile]) -> Vec<String> {
    let stems: Vec<String> = bands.iter().map(|b| path_stem(&b.file)).collect();
    let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
    let names = names::read(&stems, Place::File).into_iter();
    let key = |name| match name {
        Name::One(_, key) => Some(key),
        _ => None,
    };
    names.filter_map(key).collect()
}

/// The rasters in a folder that are scene classifications by their names; where the pattern stands
/// for some of several, these.
fn scene_classifications(root: &Path, pattern: Option<&Pattern>) -> Vec<classes::Found> {
    let bounds = Bounds::of(root);
    let folders = INNER.iter().map(|f| root.join(f));
    let files = [root.to_owned()].into_iter().chain(folders);
    let files = files.flat_map(|f| vsi::list(&f).into_iter().map(move |n| f.join(n)));
    let found = files.filter_map(|file| {
        let name = name_of(&file);
        let is_raster = says_raster(&name);
        let key = names::key_of_classes(stem(&name)).filter(|_| is_raster)?;
        bounds.refusal(&file).is_none().then(|| classes::Found {
            key,
            label: shown(&name),
            file: ClassFile::found(file),
        })
    });
    let found: Vec<classes::Found> = found.collect();
    let fits = |f: &&classes::Found| pattern.is_none_or(|p| p.fits(&name_of(&f.file.file)));
    match found.iter().any(|f| fits(&f)) {
        true => found.into_iter().filter(|f| fits(&f)).collect(),
        false => found,
    }
}

fn find(
    path: &Path,
    root: &Path,
    pattern: Option<&Pattern>,
    rasters: &Rasters,
) -> Result<(Vec<Candidate>, Vec<Passed>)> {
    let bounds = Bounds::of(root);
    let folders = [root.to_owned()]
        .into_iter()
        .chain(INNER.map(|f| root.join(f)));
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for folder in folders {
        for name in vsi::list(&folder) {
            let text = name.to_string_lossy().into_owned();
            if may_be_raster(&text) && pattern.is_none_or(|p| p.fits(&text)) {
                files.push((folder.join(name), text));
            }
        }
    }
    let stems: Vec<&str> = files.iter().map(|(_, name)| stem(name)).collect();
    let found = names::read(&stems, Place::File);
    let flat = files.iter().any(|(_, name)| name.contains("_FRE_"));
    let (mut candidates, mut passed) = (Vec::new(), Vec::new());
    for ((file, name), found) in files.iter().zip(found) {
        if found == Name::Nothing || (file.is_dir() && !file.is_symlink()) {
            continue;
        }
        let mut pass = |band: Band, why: String, is_raster: bool| {
            passed.push(Passed {
                band,
                file: file.clone(),
                why,
                is_raster,
            });
        };
        match found {
            Name::One(band, _) if flat && name.contains("_SRE_") => pass(
                band,
                "surface reflectance; flat reflectance (FRE) was taken".into(),
                false,
            ),
            Name::One(band, _) if is_of_another(name) => pass(
                band,
                "it is of Landsat or VENµS, whose bands are not Sentinel-2's".into(),
                false,
            ),
            Name::One(band, key) => match unfit(&bounds, file, rasters)? {
                None => candidates.push(Candidate {
                    key,
                    ..Candidate::new(band, file.clone())
                }),
                Some(why) => pass(band, why, says_raster(name)),
            },
            Name::Several(bands) => {
                let first = bands[0];
                let why = format!(
                    "its name says that it is no band but belongs to {}, as a mask or an index does; \
                     rename it if it is one",
                    band::list(bands)
                );
                pass(first, why, false);
            }
            Name::Nothing => {}
        }
        if candidates.len() + passed.len() > MOST {
            return Err(Error::input(
                path,
                format!(
                    "more than {MOST} of its files name a band; give a folder with the bands of \
                     one product, or some of the files as 'FOLDER/*20200131*'"
                ),
            ));
        }
    }
    Ok((candidates, passed))
}

/// Why a file is no band. One that may be is open after that. An error is no fault of the file's.
fn unfit(bounds: &Bounds, file: &Path, rasters: &Rasters) -> Result<Option<String>> {
    let name = name_of(file);
    if is_companion(&name) {
        return Ok(Some("it is no raster but lies beside one".into()));
    }
    let refused = bounds.refusal(file).map(str::to_owned);
    if refused.is_some() {
        return Ok(refused);
    }
    if vsi::size(file) == Some(0) {
        return Ok(Some("the file is empty; fetch it again".into()));
    }
    match rasters.open(file, false) {
        Ok(dataset) => {
            rasters.keep(file, false, dataset);
            Ok(None)
        }
        Err(e @ Error::Runtime { .. }) => Err(e),
        Err(_) => Ok(no_raster(file).map(|why| why.what)),
    }
}
