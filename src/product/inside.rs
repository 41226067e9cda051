//! Products inside a folder or an archive, a few folders deep: found, counted, and read where one
//! is plainly meant.

use std::path::{Path, PathBuf};

use super::bounds::Bounds;
use super::pattern::Pattern;
use super::text::folder_of;
use super::{Product, endings, folder, safe, stack, theia, zarr};
use crate::error::{Error, Result};
use crate::gdal::writer::MADE_BY;
use crate::gdal::{Dataset, vsi};
use crate::options::Options;
use crate::raster::band::Band;
use crate::text::shown_path;

/// How many folders deep products are looked for, and into how many folders.
const DEEPEST: usize = 3;
const MOST_FOLDERS: usize = 200;
/// So many of several products are listed.
const LISTED: usize = 6;
/// Endings of archives that are read.
pub const ARCHIVES: [&str; 4] = [".zip", ".tar", ".tar.gz", ".tgz"];

/// Endings of folders that are products.
pub const FOLDERS: [&str; 2] = [".SAFE", ".zarr"];

/// A product that was found.
#[derive(Debug)]
enum Found {
    /// By its main metadata file.
    Safe(PathBuf),
    /// An EOPF Zarr store.
    Zarr(PathBuf),
    /// A Theia product, by its metadata file.
    Theia(PathBuf),
    /// A folder of bands.
    Bands(PathBuf),
}

impl Found {
    fn place(&self) -> PathBuf {
        match self {
            Found::Safe(xml) | Found::Theia(xml) => folder_of(xml),
            Found::Zarr(folder) | Found::Bands(folder) => folder.clone(),
        }
    }

    /// What it is called among these: several may lie in one folder.
    fn told(&self, all: &[Found]) -> PathBuf {
        let beside = all.iter().filter(|f| f.place() == self.place());
        match self {
            Found::Theia(xml) if beside.count() > 1 => xml.clone(),
            _ => self.place(),
        }
    }

    fn open(&self, path: &Path, pattern: Option<&Pattern>, options: &Options) -> Result<Product> {
        match self {
            Found::Safe(xml) => safe::open(path, xml, path, None, options),
            Found::Zarr(root) => zarr::open(path, root, options),
            Found::Theia(xml) => theia::open(path, xml, None, options),
            Found::Bands(root) => folder::open(path, root, pattern, options),
        }
    }
}

/// Opens the product that lies in `root`, which is what was given, or the inside of an archive.
pub fn read(
    path: &Path,
    root: &Path,
    pattern: Option<&Pattern>,
    options: &Options,
) -> Result<Product> {
    let mut search = Search {
        pattern,
        found: Vec::new(),
        folders: 0,
    };
    search.look(root, 0);
    let all_seen = search.folders <= MOST_FOLDERS;
    // What brings metadata along says more than bands that lie beside it.
    let (metadata, bands): (Vec<_>, Vec<_>) = search
        .found
        .into_iter()
        .partition(|f| !matches!(f, Found::Bands(_)));
    let (meant, others) = if metadata.is_empty() {
        (bands, Vec::new())
    } else {
        (metadata, bands)
    };
    match meant.as_slice() {
        [] => match archives(root, pattern).as_slice() {
            [] => match only_raster(root, pattern) {
                Some(raster) => {
                    let mut product = stack::open(&raster, options)?;
                    product.path = path.to_owned();
                    Ok(product)
                }
                None => folder::open(path, root, pattern, options),
            },
            [archive] if is_deep(archive) => Err(Error::input(
                path,
                format!(
                    "it holds an archive, {}, that is not looked into where it is; unpack that, \
                     and give it",
                    shown_path(archive)
                ),
            )),
            [archive] => {
                let mut product = Product::open(archive, options)?;
                product.notes.insert(
                    0,
                    format!("{} was taken, which lies in it", shown_path(archive)),
                );
                Ok(product)
            }
            several => Err(several_of(path, several, true)),
        },
        [one] => {
            // The pattern chose among what lies in `root`, be it a folder of bands.
            let pattern = pattern.filter(|_| one.place() == root);
            let mut product = one.open(path, pattern, options)?;
            if let Some(other) = others.first() {
                product.notes.insert(
                    0,
                    format!(
                        "{} was taken; bands that lie beside it, as in {}, were not",
                        shown_path(&one.place()),
                        shown_path(&other.place())
                    ),
                );
            }
            Ok(product)
        }
        several => {
            let places: Vec<PathBuf> = several.iter().map(|f| f.told(several)).collect();
            Err(several_of(path, &places, all_seen))
        }
    }
}

/// Whether a folder is a product itself, be there others inside or not: by its metadata, or by two
/// bands. Results of s2sr count as none, whose names tell a band where their sources' do, nor does
/// one band: a folder for results often holds the file that one was made from.
pub fn is_product(folder: &Path) -> bool {
    let names = vsi::list(folder);
    if safe::main_metadata(&names).is_some()
        || zarr::is_store(&names)
        || theia::metadata(&names).next().is_some()
    {
        return true;
    }
    let rasters: Vec<_> = folder::rasters_of_bands(folder, &names, None).collect();
    are_several(rasters.iter()) && are_several(rasters.iter().filter(|(_, file)| !is_result(file)))
}

/// Whether rasters are of two bands or more.
fn are_several<'a>(mut rasters: impl Iterator<Item = &'a (Band, PathBuf)>) -> bool {
    let first = rasters.next();
    first.is_some_and(|(first, _)| rasters.any(|(band, _)| band != first))
}

/// Whether a raster is what s2sr wrote.
fn is_result(file: &Path) -> bool {
    Dataset::open_found(file).is_ok_and(|raster| raster.metadata(MADE_BY).is_some())
}

fn several_of(path: &Path, places: &[PathBuf], all_seen: bool) -> Error {
    let listed: Vec<String> = places.iter().take(LISTED).map(|p| shown_path(p)).collect();
    let more = places.len().saturating_sub(LISTED);
    let more = if more > 0 {
        format!(", and {more} more")
    } else {
        String::new()
    };
    Error::input(
        path,
        format!(
            "it holds {}{} products; give one of them: {}{more}",
            if all_seen { "" } else { "at least " },
            places.len(),
            listed.join(", ")
        ),
    )
}

/// Whether an archive lies where it is not looked into: on a server, in a tar archive, or in an
/// archive that lies in one.
fn is_deep(archive: &Path) -> bool {
    let name = vsi::name(archive);
    let in_zip = name
        .strip_prefix(b"/vsizip/")
        .is_some_and(|rest| !rest.starts_with(b"{/vsi"));
    vsi::is_virtual(archive) && (!in_zip || vsi::is_remote(archive))
}

/// Archives in a folder that holds nothing else, itself or one folder deeper.
fn archives(root: &Path, pattern: Option<&Pattern>) -> Vec<PathBuf> {
    let fits = |name: &str| {
        let name = name.to_ascii_lowercase();
        ARCHIVES.iter().any(|end| name.ends_with(end))
    };
    let all = vsi::list(root);
    let deeper = match all.as_slice() {
        [only] if vsi::is_virtual(root) && pattern.is_none() => {
            Some(root.join(only)).filter(|folder| vsi::is_folder(folder))
        }
        _ => None,
    };
    let root = deeper.as_deref().unwrap_or(root);
    let all = deeper.as_deref().map_or(all, vsi::list);
    let names = all.into_iter().filter(|n| {
        let name = n.to_string_lossy();
        fits(&name) && pattern.is_none_or(|p| p.fits(&name))
    });
    names
        .map(|n| root.join(n))
        .filter(|file| vsi::size(file).is_some())
        .collect()
}

/// The one raster in a folder that holds no other, itself or one folder deeper.
fn only_raster(root: &Path, pattern: Option<&Pattern>) -> Option<PathBuf> {
    let names = vsi::list(root);
    let fits = |name: &&std::ffi::OsString| {
        let name = name.to_string_lossy();
        endings::is_raster(&name) && pattern.is_none_or(|p| p.fits(&name))
    };
    let mut rasters = names.iter().filter(fits);
    match (rasters.next(), rasters.next()) {
        (Some(only), None) => {
            let file = root.join(only);
            (Bounds::of(root).refusal(&file).is_none()).then_some(file)
        }
        (None, _) => match names.as_slice() {
            [only] if vsi::is_folder(&root.join(only)) => only_raster(&root.join(only), pattern),
            _ => None,
        },
        _ => None,
    }
}

struct Search<'a> {
    pattern: Option<&'a Pattern>,
    found: Vec<Found>,
    folders: usize,
}

impl Search<'_> {
    fn look(&mut self, folder: &Path, depth: usize) {
        self.folders += 1;
        if self.folders > MOST_FOLDERS {
            return;
        }
        let names = vsi::list(folder);
        let pattern = self.pattern.filter(|_| depth == 0);
        if pattern.is_none() {
            if let Some(xml) = safe::main_metadata(&names) {
                self.found.push(Found::Safe(folder.join(xml)));
                return;
            }
            if zarr::is_store(&names) {
                self.found.push(Found::Zarr(folder.to_owned()));
                return;
            }
        }
        let fits =
            |name: &&std::ffi::OsString| pattern.is_none_or(|p| p.fits(&name.to_string_lossy()));
        let theia = theia::metadata(&names).filter(fits);
        let theia: Vec<Found> = theia.map(|xml| Found::Theia(folder.join(xml))).collect();
        if !theia.is_empty() {
            self.found.extend(theia);
            return;
        }
        let before = self.found.len();
        let (products, others): (Vec<_>, Vec<_>) = names.iter().filter(fits).partition(|n| {
            let name = n.as_encoded_bytes();
            FOLDERS.iter().any(|end| name.ends_with(end.as_bytes()))
        });
        if depth < DEEPEST {
            for name in products {
                self.look(&folder.join(name), depth + 1);
            }
        }
        if self.found.len() > before {
            return;
        }
        let mut bands = folder::rasters_of_bands(folder, &names, pattern);
        if bands.next().is_some() {
            self.found.push(Found::Bands(folder.to_owned()));
            return;
        }
        if depth < DEEPEST {
            for name in others {
                let inner = folder.join(name);
                if vsi::is_folder(&inner) {
                    self.look(&inner, depth + 1);
                }
            }
        }
    }
}
