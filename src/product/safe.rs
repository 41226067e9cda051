//! ESA's SAFE format, L1C and L2A, by its main metadata file. The bands are opened one by one from
//! the files that the metadata lists, so that names, offsets and grids are the product's own.

mod images;

use std::ffi::{OsStr, OsString};
use std::path::Path;

pub use self::images::OTHERS;
use self::images::{Images, gsd};
use super::assemble::{Findings, assemble};
use super::bounds::Bounds;
use super::choice::{Offer, finest_copies};
use super::safe_metadata::{MainMetadata, Tile, parse};
use super::text::{folder_of, path_stem, stem};
use super::{Candidate, ClassFile, Passed, Product};
use crate::error::{Error, Result};
use crate::gdal::vsi;
use crate::options::Options;
use crate::raster::band::Band;
use crate::raster::names;
use crate::text::shown_path;

/// The names of main metadata files.
pub const FILES: [&str; 2] = ["MTD_MSIL1C.xml", "MTD_MSIL2A.xml"];
/// So many tiles are listed.
const LISTED: usize = 12;

/// Whether a name is that of a main metadata file.
fn is_main(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let before_2016 = name.starts_with("S2")
        && (name.contains("_MTD_SAFL1C_") || name.contains("_MTD_SAFL2A_"))
        && name.ends_with(".xml");
    FILES.iter().any(|f| name.eq_ignore_ascii_case(f)) || before_2016
}

/// Whether a path is that of a main metadata file.
pub fn is_metadata(path: &Path) -> bool {
    path.file_name().is_some_and(is_main)
}

/// The main metadata file among the names in a folder.
pub fn main_metadata(names: &[OsString]) -> Option<&OsString> {
    names.iter().find(|n| is_main(n))
}

/// Opens the product that `xml` is the main metadata file of. `path` is what was given, and what is
/// found must lie in `within`; `tile` names the one to take where there are several.
pub fn open(
    path: &Path,
    xml: &Path,
    within: &Path,
    tile: Option<String>,
    options: &Options,
) -> Result<Product> {
    options.refuse_band_names(path, "a SAFE product")?;
    let root = folder_of(xml);
    let bounds = Bounds::of(if vsi::is_virtual(&root) {
        &root
    } else {
        within
    });
    if let Some(why) = bounds.refusal(xml).filter(|_| xml != path) {
        return Err(Error::input(xml, why));
    }
    let metadata = parse(&vsi::read_text(xml)?).map_err(|what| Error::input(xml, what))?;
    let tile = choose_tile(path, &root, &metadata, tile.as_deref())?;
    // Of one tile alone the name is no folder's.
    let several = metadata.tiles.len() > 1;
    let mut images = Images::new(&root, if several { &tile.name } else { "" });
    let (mut offers, mut passed, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for image in &tile.images {
        let Some(band) = names::of_file(stem(image)) else {
            continue;
        };
        let Some(file) = images.find(image, band) else {
            missing.push((band, root.join(format!("{image}.jp2"))));
            continue;
        };
        if let Some(why) = bounds.refusal(&file) {
            if band != Band::B10 {
                return Err(Error::input(file, why));
            }
            passed.push(Passed {
                band,
                file,
                why: why.into(),
                is_raster: false,
            });
            continue;
        }
        match vsi::size(&file) {
            None => missing.push((band, file)),
            Some(0) => {
                return Err(Error::input(
                    file,
                    "the file is empty; fetch the product again",
                ));
            }
            Some(_) => offers.push(Offer {
                candidate: Candidate {
                    radiometry: Some(metadata.radiometry(band)),
                    wavelength: metadata.wavelengths.get(&band).copied(),
                    ..Candidate::new(band, file)
                },
                gsd: gsd(image).unwrap_or(band.gsd()),
                spare: false,
            }),
        }
    }
    if offers.is_empty() {
        let first = missing
            .first()
            .map_or_else(String::new, |(_, f)| shown_path(f));
        return Err(Error::input(
            path,
            format!(
                "none of the images that its metadata lists is there ({first} …); unpack the \
                 whole product"
            ),
        ));
    }
    let candidates = finest_copies(path, offers)?;
    // A copy that is coarser than the band's own pixels does not stand in for it.
    let stands_in = |c: &Candidate| gsd(&path_stem(&c.file)).is_none_or(|g| g <= c.band.gsd());
    let there = |band: Band| candidates.iter().any(|c| c.band == band && stands_in(c));
    missing.retain(|(band, _)| !there(*band) && *band != Band::B10);
    missing.dedup_by_key(|(band, _)| *band);
    let unknown_offset =
        metadata.offsets.is_empty() && super::offsets::is_since_0400(&metadata.baseline);
    let mut product = assemble(
        Findings {
            candidates,
            passed,
            listed: true,
            ..Findings::new(path, metadata.uri.clone())
        },
        options,
    )?;
    product.files.push(xml.into());
    product.classes = tile
        .images
        .iter()
        .filter(|i| stem(i).ends_with("_SCL_20m"))
        .filter_map(|i| images.find_named(i))
        .find(|file| bounds.refusal(file).is_none())
        .map(ClassFile::found);
    product.notes.extend(images.notes());
    for (band, file) in missing {
        product.notes.push(format!(
            "{band} is listed in the metadata but its file is not there ({})",
            shown_path(&file)
        ));
        product
            .lacking
            .push((band, format!("{} is missing", shown_path(&file))));
    }
    if unknown_offset && options.offset.is_none() {
        product.notes.push(format!(
            "its metadata give no additive offset, which products of processing baseline {} \
             have; 0 was assumed, --offset -1000 sets ESA's",
            metadata.baseline
        ));
    }
    product.metadata = Some(xml.into());
    product.level = Some(metadata.level);
    product.baseline = Some(metadata.baseline);
    product.spacecraft = Some(metadata.spacecraft);
    Ok(product)
}

fn choose_tile<'a>(
    path: &Path,
    root: &Path,
    metadata: &'a MainMetadata,
    wanted: Option<&str>,
) -> Result<&'a Tile> {
    let tiles = &metadata.tiles;
    let there = || {
        tiles
            .iter()
            .filter(|t| vsi::is_folder(&root.join("GRANULE").join(&t.name)))
    };
    match (wanted, tiles.as_slice()) {
        (Some(wanted), _) => tiles.iter().find(|t| t.name == wanted),
        (None, [only]) => Some(only),
        // Often one tile was fetched of a product of many.
        (None, _) if there().count() == 1 => there().next(),
        (None, _) => None,
    }
    .ok_or_else(|| {
        let folders: Vec<String> = tiles
            .iter()
            .take(LISTED)
            .map(|t| shown_path(&root.join("GRANULE").join(&t.name)))
            .collect();
        Error::input(
            path,
            format!(
                "it holds {} tiles, as products did before December 2016; give one of them: {}",
                tiles.len(),
                folders.join(", ")
            ),
        )
    })
}
