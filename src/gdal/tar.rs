//! The insides of tar archives, under the names that GDAL gives them:
//! `/vsitar//data/x.tar/a/b.jp2`. GDAL's own reader cuts names longer than 100 letters, as those in
//! products are; here the archive is listed once, and each of its files is read as a part of it.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use super::listed::{self, Index, prefixed};
use super::rules::Rules;
use super::{Quiet, find, os_name, vsi};
use crate::error::{Error, Result};

/// A tar archive is made of blocks of so many bytes.
const BLOCK: u64 = 512;
/// No product has so many files.
const MOST: usize = 20_000;

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
    let mut end = 0;
    for entry in entries.map_err(unreadable)? {
        let entry = entry.map_err(|e| match packed && files.is_empty() {
            true => Error::input(
                archive,
                format!(
                    "it is one file packed with gzip, or a tar.gz archive that was cut short \
                     ({e}); unpack it with gunzip, and give what comes out"
                ),
            )
            .because(e),
            false => unreadable(e),
        })?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let (start, size) = (entry.raw_file_position(), entry.size());
        end = start.saturating_add(size);
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
    // Behind the last file there is a block of zeros.
    let is_whole = packed || length > end.saturating_add(BLOCK);
    if !is_whole && !files.is_empty() {
        return Err(bad(&"its end is not there"));
    }
    if quiet.failed() || files.is_empty() {
        return Err(bad(&quiet.explain("it lists no files")));
    }
    let root = prefixed("/vsitar/", archive);
    listed::add(root.clone(), Index { stream, files });
    Ok(root)
}
