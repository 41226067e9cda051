//! The insides of tar archives, under the names that GDAL gives them:
//! `/vsitar//data/x.tar/a/b.jp2`. GDAL's own reader cuts names longer than 100 letters, as those in
//! products are; here the archive is listed once, and each of its files is read as a part of it.

use std::collections::HashMap;
use std::fmt::Display;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tar::{EntryType, PaxExtensions};

use super::listed::{self, Index, prefixed};
use super::rules::Rules;
use super::{Quiet, find, os_name, vsi};
use crate::error::{Error, Result};

/// A tar archive is made of blocks of so many bytes.
const BLOCK: u64 = 512;
/// No product has so many files.
const MOST: usize = 20_000;
/// No file has a longer name.
const LONGEST: usize = 4096;
/// What is said of a file before it, its name among it, is no longer. A few bytes that were packed
/// may say that there is any length of it.
const MOST_SAID: u64 = 1 << 20;

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
    let unreadable = |e: io::Error| bad(&e).because(e);
    let length = vsi::size(archive).unwrap_or(0);
    let quiet = Quiet::new();
    let _rules = Rules::enter(find::get()?);
    let file = vsi::File::open(&stream).map_err(unreadable)?;
    let mut tar = tar::Archive::new(io::BufReader::new(file));
    let mut files = HashMap::new();
    let entries = if packed {
        tar.entries()
    } else {
        tar.entries_with_seek()
    };
    // Where the last file ends; the name of the next one where its own place is too short for it.
    let (mut end, mut long) = (0, None);
    for entry in entries.map_err(unreadable)?.raw(true) {
        let mut entry = entry.map_err(|e| match packed && files.is_empty() {
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
        match entry.header().entry_type() {
            EntryType::GNULongName => {
                let mut name = said(&mut entry).map_err(unreadable)?;
                name.retain(|b| *b != 0);
                long = Some(name);
                continue;
            }
            EntryType::XHeader => {
                long = path_in(&said(&mut entry).map_err(unreadable)?).or(long);
                continue;
            }
            // What is said of a link, or of all files.
            EntryType::GNULongLink | EntryType::XGlobalHeader => continue,
            EntryType::Regular => {}
            _ => {
                long = None;
                continue;
            }
        }
        let (start, size) = (entry.raw_file_position(), entry.size());
        end = start.saturating_add(size);
        if !packed && end > length {
            return Err(bad(&"its last file ends too early"));
        }
        let name = long.take().unwrap_or_else(|| entry.path_bytes().into());
        if name.len() > LONGEST {
            return Err(bad(&"a name in it is longer than names can be"));
        }
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

/// What an entry says of the file behind it.
fn said(entry: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    entry.take(MOST_SAID + 1).read_to_end(&mut said)?;
    if said.len() as u64 > MOST_SAID {
        return Err(io::Error::other("a name in it is longer than names can be"));
    }
    Ok(said)
}

/// The name among what is said in the newer way.
fn path_in(said: &[u8]) -> Option<Vec<u8>> {
    let mut told = PaxExtensions::new(said).filter_map(|t| t.ok());
    let path = told.find(|t| t.key_bytes() == b"path")?;
    Some(path.value_bytes().to_vec())
}
