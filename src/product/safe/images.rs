//! The images of a SAFE product: where the metadata say, under another ending, under another name
//! in that folder, or elsewhere in the product.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::gdal::vsi;
use crate::product::text::{folder_of, name_of, path_stem, stem};
use crate::raster::band::Band;
use crate::raster::names;

/// Endings of images, the usual one first.
const ENDINGS: [&str; 6] = ["jp2", "tif", "tiff", "j2k", "img", "png"];
/// Folders of a product that hold no bands, but masks that bear their names.
pub const OTHERS: [&str; 6] = [
    "QI_DATA",
    "AUX_DATA",
    "AUXDATA",
    "DATASTRIP",
    "HTML",
    "rep_info",
];
/// How many folders deep images are looked for, and into how many folders.
const DEEPEST: usize = 6;
const MOST_FOLDERS: usize = 200;

/// The ground sample distance that an image's name ends with.
pub fn gsd(image: &str) -> Option<u32> {
    [10, 20, 60]
        .into_iter()
        .find(|gsd| image.ends_with(&format!("_{gsd}m")))
}

/// The place of a name's ending among those of images.
fn ending(name: &OsString) -> Option<usize> {
    let name = name.to_string_lossy();
    let ending = name.rsplit_once('.')?.1.to_lowercase();
    ENDINGS.iter().position(|e| *e == ending)
}

/// The images of a product, as they are asked for.
pub struct Images<'a> {
    root: &'a Path,
    folders: HashMap<PathBuf, Vec<OsString>>,
    /// The folder that all images of the tile lie below.
    below: PathBuf,
    /// All images below it, once one was missed.
    all: Option<Vec<PathBuf>>,
    renamed: Vec<String>,
    moved: Vec<String>,
}

impl<'a> Images<'a> {
    /// Those of a tile of the product in `root`; of the only one where the name is empty.
    pub fn new(root: &'a Path, tile: &str) -> Self {
        let below = match tile {
            "" => root.to_owned(),
            tile => root.join("GRANULE").join(tile),
        };
        Self {
            root,
            folders: HashMap::new(),
            below,
            all: None,
            renamed: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// The image of a band.
    pub fn find(&mut self, image: &str, band: Band) -> Option<PathBuf> {
        if let Some(own) = self.in_place(image) {
            return Some(own);
        }
        if let Some(alike) = self.alike(image, band) {
            let name = name_of(&alike);
            self.renamed.push(format!("{name} for {}", stem(image)));
            return Some(alike);
        }
        let moved = self.elsewhere(image)?;
        let place = moved.strip_prefix(self.root).unwrap_or(&moved);
        self.moved.push(place.display().to_string());
        Some(moved)
    }

    /// The image under its own name, wherever it is.
    pub fn find_named(&mut self, image: &str) -> Option<PathBuf> {
        self.in_place(image).or_else(|| self.elsewhere(image))
    }

    /// The image under its own name, where the metadata say.
    fn in_place(&mut self, image: &str) -> Option<PathBuf> {
        let usual = self.root.join(format!("{image}.{}", ENDINGS[0]));
        let is_there = if vsi::is_virtual(&usual) {
            vsi::size(&usual).is_some()
        } else {
            usual.symlink_metadata().is_ok()
        };
        if is_there {
            return Some(usual);
        }
        let folder = folder_of(&usual);
        let wanted = path_stem(&usual);
        let own = self
            .names(&folder)
            .iter()
            .filter(|n| path_stem(Path::new(n)) == wanted && ending(n).is_some())
            .min_by_key(|n| ending(n))?;
        Some(folder.join(own))
    }

    /// The only image of that band and ground sample distance in its folder, or of that band where
    /// its name tells none.
    fn alike(&mut self, image: &str, band: Band) -> Option<PathBuf> {
        let folder = folder_of(&self.root.join(image));
        let mut alike = self.names(&folder).iter().filter(|n| {
            let stem = path_stem(Path::new(n));
            let is_as_fine = gsd(&stem).is_none_or(|own| Some(own) == gsd(image));
            ending(n).is_some() && names::of_file(&stem) == Some(band) && is_as_fine
        });
        match (alike.next(), alike.next()) {
            (Some(only), None) => Some(folder.join(only)),
            _ => None,
        }
    }

    /// The image under its own name in another folder of the product.
    fn elsewhere(&mut self, image: &str) -> Option<PathBuf> {
        // A server would be asked for each folder.
        if vsi::is_remote(self.root) {
            return None;
        }
        let wanted = path_stem(Path::new(image));
        let below = &self.below;
        let all = self.all.get_or_insert_with(|| all_below(below));
        let same = all.iter().filter(|file| path_stem(file) == wanted);
        let place = |file: &&PathBuf| ending(&file.as_os_str().to_owned());
        same.min_by_key(place).cloned()
    }

    fn names(&mut self, folder: &Path) -> &[OsString] {
        self.folders
            .entry(folder.to_owned())
            .or_insert_with(|| vsi::list(folder))
    }

    /// What is to be said of where images were found.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let told = |list: &[String], what: &str| {
            let more = if list.len() > 1 { " …" } else { "" };
            let first = list.first()?;
            Some(format!(
                "{} of its images {what}; taken: {first}{more}",
                list.len()
            ))
        };
        [
            told(&self.renamed, "bear other names than its metadata give"),
            told(&self.moved, "lie elsewhere in it than its metadata say"),
        ]
        .into_iter()
        .flatten()
    }
}

/// All images in a folder and those in it; links to folders are not followed.
fn all_below(folder: &Path) -> Vec<PathBuf> {
    let (mut images, mut folders) = (Vec::new(), vec![(folder.to_owned(), 0)]);
    let mut looked = 0;
    while let Some((folder, depth)) = folders.pop() {
        looked += 1;
        if looked > MOST_FOLDERS {
            break;
        }
        for name in vsi::list(&folder) {
            let path = folder.join(&name);
            if ending(&name).is_some() {
                images.push(path);
            } else if depth < DEEPEST
                && OTHERS.iter().all(|other| name != *other)
                && !path.is_symlink()
                && vsi::is_folder(&path)
            {
                folders.push((path, depth + 1));
            }
        }
    }
    images
}
