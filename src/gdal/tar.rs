//! The insides of tar archives, under the names that GDAL gives them:
//! `/vsitar//data/x.tar/a/b.jp2`. GDAL's own reader cuts names longer than 100 letters, as those in
//! products are; here the archive is listed once, and each of its files is read as a part of it.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::rules::Rules;
use super::{Quiet, find, os_name, vsi};
use crate::error::{Error, Result};

/// No product has so many files.
const MOST: usize = 20_000;

/// An archive that was listed.
struct Index {
    /// What GDAL reads the archive as a stream from.
    stream: PathBuf,
    /// Where each file starts in the stream, and its size.
    files: HashMap<PathBuf, (u64, u64)>,
}

static LISTED: Mutex<Option<HashMap<PathBuf, Index>>> = Mutex::new(None);

fn with<T>(work: impl FnOnce(&mut HashMap<PathBuf, Index>) -> T) -> T {
    let mut listed = LISTED.lock().unwrap_or_else(PoisonError::into_inner);
    work(listed.get_or_insert_default())
}

/// Lists an archive, `packed` with gzip or not, and gives the name of its inside.
pub fn open(archive: &Path, packed: bool) -> Result<PathBuf> {
    let stream = if packed {
        prefixed("/vsigzip/", archive)
    } else {
        archive.to_owned()
    };
    let what = if packed { "tar.gz" } else { "tar" };
    let bad = |why: &dyn Display| {
        Error::input(
            archive,
            format!("it is no {what} archive, or was cut short ({why}); fetch it again"),
        )
    };
    let unreadable = |e: std::io::Error| bad(&e).because(e);
    let length = vsi::size(archive).unwrap_or(0);
    let quiet = Quiet::new();
    let _rules = Rules::enter(find::get()?);
    let file = vsi::File::open(&stream).map_err(unreadable)?;
    let mut tar = tar::Archive::new(std::io::BufReader::new(file));
    let mut files = HashMap::new();
    let entries = if packed {
        tar.entries()
    } else {
        tar.entries_with_seek()
    };
    for entry in entries.map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let (start, size) = (entry.raw_file_position(), entry.size());
        if !packed && start + size > length {
            return Err(bad(&"its last file ends too early"));
        }
        let name = entry.path_bytes();
        let name = name.strip_prefix(b"./").unwrap_or(&name);
        files.insert(PathBuf::from(os_name(name.to_vec())), (start, size));
        if files.len() > MOST {
            return Err(Error::input(
                archive,
                format!(
                    "it holds more than {MOST} files, and no product has so many; unpack it and \
                     give the product's folder"
                ),
            ));
        }
    }
    if quiet.failed() || files.is_empty() {
        return Err(bad(&quiet.explain("it lists no files")));
    }
    let root = prefixed("/vsitar/", archive);
    with(|listed| listed.insert(root.clone(), Index { stream, files }));
    Ok(root)
}

/// What GDAL reads a file as: a part of the archive, where the name is one of an archive that was
/// listed; any other name stays.
pub fn real(name: &Path) -> PathBuf {
    let found = inside(name, |index, member| {
        let (start, size) = index.files.get(member)?;
        let part = format!("/vsisubfile/{start}_{size},");
        Some(prefixed(&part, &index.stream))
    });
    found.flatten().unwrap_or_else(|| name.to_owned())
}

/// The names in a folder of an archive that was listed.
pub fn list(folder: &Path) -> Option<Vec<OsString>> {
    inside(folder, |index, member| {
        let below = index
            .files
            .keys()
            .filter_map(|f| f.strip_prefix(member).ok());
        let names: BTreeSet<&OsStr> = below
            .filter_map(|rest| rest.components().next())
            .map(|first| first.as_os_str())
            .collect();
        names.into_iter().map(OsStr::to_owned).collect()
    })
}

fn inside<T>(name: &Path, work: impl FnOnce(&Index, &Path) -> T) -> Option<T> {
    if !vsi::name(name).starts_with(b"/vsitar/") {
        return None;
    }
    with(|listed| {
        let (root, index) = listed.iter().find(|(root, _)| name.starts_with(root))?;
        Some(work(index, name.strip_prefix(root).ok()?))
    })
}

fn prefixed(prefix: &str, path: &Path) -> PathBuf {
    let mut name = prefix.as_bytes().to_vec();
    name.extend(vsi::name(path).iter());
    PathBuf::from(os_name(name))
}
