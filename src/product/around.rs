//! The product around a part of it that was given: a GRANULE, IMG_DATA or R10m folder,
//! manifest.safe, MTD_TL.xml, one image, or a group or array of a Zarr store.

use std::path::{Component, Path, PathBuf};

use super::text::{INNER, folder_of, name_of, path_stem};
use super::{Product, safe, safe_metadata, theia, zarr};
use crate::error::Result;
use crate::gdal::vsi;
use crate::options::Options;
use crate::text::shown_path;

/// Folders between a product and a part of it, at most: GRANULE, the tile, IMG_DATA, R10m, a file.
const HIGHEST: usize = 5;

/// Opens the SAFE product that `path` is a part of; `None` where it is of none.
pub fn safe(path: &Path, options: &Options) -> Result<Option<Product>> {
    let Ok(whole) = absolute(path) else {
        return Ok(None);
    };
    let is_folder = vsi::is_folder(path);
    if is_folder && safe::main_metadata(&vsi::list(path)).is_some() {
        return Ok(None);
    }
    for root in whole.ancestors().skip(1).take(HIGHEST) {
        let names = vsi::list(root);
        let Some(xml) = safe::main_metadata(&names) else {
            continue;
        };
        let xml = root.join(xml);
        let part = whole.strip_prefix(root).unwrap_or(&whole);
        let Some(tile) = part_of(&xml, part, is_folder) else {
            return Ok(None);
        };
        let product = safe::open(path, &xml, root, tile, options)?;
        return Ok(Some(told(product, root)));
    }
    Ok(None)
}

/// Opens the Zarr store that `path` is a part of; `None` where it is of none.
pub fn store(path: &Path, options: &Options) -> Result<Option<Product>> {
    let Ok(whole) = absolute(path) else {
        return Ok(None);
    };
    let own = vsi::list(path);
    if zarr::is_eopf(&own) {
        return Ok(None);
    }
    let above = || whole.ancestors().skip(1).take(HIGHEST);
    // A group with bands in it looks like a cube.
    let eopf = above().find(|root| zarr::is_eopf(&vsi::list(root)));
    let cube = || above().find(|root| zarr::is_store(&vsi::list(root)));
    let root = match eopf {
        None if zarr::is_store(&own) => None,
        found => found.or_else(cube),
    };
    let Some(root) = root else { return Ok(None) };
    Ok(Some(told(zarr::open(path, root, options)?, root)))
}

/// Opens the Theia product that the image `path` is of; `None` where it is of none.
pub fn theia(path: &Path, options: &Options) -> Result<Option<Product>> {
    let name = name_of(path);
    let (Some(kind), folder) = (theia::kind_of(&name), folder_of(path)) else {
        return Ok(None);
    };
    let names = vsi::list(&folder);
    let mut metadata = theia::metadata(&names);
    let Some(xml) = metadata.find(|xml| theia::is_of(&xml.to_string_lossy(), &name)) else {
        return Ok(None);
    };
    let xml = folder.join(xml);
    Ok(Some(told(
        theia::open(path, &xml, Some(kind), options)?,
        &folder,
    )))
}

/// The product, which says that it was taken for a part of it.
fn told(mut product: Product, root: &Path) -> Product {
    let note = format!(
        "{} was taken, the product around what was given",
        shown_path(root)
    );
    product.notes.insert(0, note);
    product
}

/// The folder around one of R10m, R20m and R60m that holds another of them, too.
pub fn folder(path: &Path) -> Option<PathBuf> {
    let whole = dunce::canonicalize(path).ok()?;
    let name = name_of(&whole);
    let around = whole.parent()?;
    let mut others = INNER.iter().filter(|i| **i != name);
    (INNER.contains(&name.as_str()) && others.any(|i| around.join(i).is_dir()))
        .then(|| around.to_owned())
}

/// The path without links in its last part's way: a link to an image is not a part of the product.
/// On Windows in the form that GDAL's drivers understand, too.
fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    if vsi::is_virtual(path) {
        return Ok(path.to_owned());
    }
    let folder = dunce::canonicalize(folder_of(path))?;
    match path.components().next_back() {
        Some(Component::Normal(name)) => Ok(folder.join(name)),
        _ => dunce::canonicalize(path),
    }
}

/// Whether what lies at `part` of a product belongs to the images that its metadata list, and of
/// which tile, where it has several: `None` where it does not.
fn part_of(xml: &Path, part: &Path, is_folder: bool) -> Option<Option<String>> {
    let metadata = safe_metadata::parse(&vsi::read_text(xml).ok()?).ok()?;
    let tile = metadata
        .tiles
        .iter()
        .find(|t| part.starts_with(Path::new("GRANULE").join(&t.name)));
    let tile = tile
        .filter(|_| metadata.tiles.len() > 1)
        .map(|t| t.name.clone());
    let mut images = metadata.tiles.iter().flat_map(|t| &t.images);
    let is_other = part
        .components()
        .any(|c| safe::OTHERS.iter().any(|o| c.as_os_str() == *o));
    let belongs = if is_other {
        true
    } else if is_folder {
        images.any(|i| Path::new(i).starts_with(part))
    } else {
        let describes = part.extension().is_some_and(|e| e == "xml" || e == "safe");
        let folder = part.parent().unwrap_or(Path::new(""));
        let stem = path_stem(part);
        describes
            || images.any(|i| {
                let listed = Path::new(i);
                listed.parent() == Some(folder) || path_stem(listed) == stem
            })
    };
    belongs.then_some(tile)
}
