//! What a zip archive says of its members. They are listed once, from its directory at the end;
//! their contents are read through GDAL.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use crate::error::{Error, Result};
use crate::gdal::vsi::{self, File};
use crate::gdal::{Quiet, os_name};

/// No product has so many files; GDAL takes ever longer over each of more.
const MOST: usize = 20_000;

/// An open archive.
pub struct Archive {
    path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
}

impl Archive {
    /// Reads the directory of an archive.
    pub fn open(path: &Path) -> Result<Self> {
        let _quiet = Quiet::new();
        let bad = |e: String| {
            Error::input(
                path,
                format!("it is no zip archive, or was cut short ({e}); fetch it again"),
            )
        };
        let file = File::open(path).map_err(|e| bad(e.to_string()))?;
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|e| bad(e.to_string()))?;
        if zip.len() > MOST {
            return Err(Error::input(
                path,
                format!(
                    "it holds {} files, and no product has so many; unpack it and give the product's folder",
                    zip.len()
                ),
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            zip,
        })
    }

    /// The names of its members.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.zip.file_names_raw()
    }

    /// The checksum of a member; `None` if there is no such one. What is locked is an error.
    pub fn crc(&mut self, member: &[u8]) -> Result<Option<u32>> {
        let Some(index) = self.zip.index_for_name_raw(member) else {
            return Ok(None);
        };
        let _quiet = Quiet::new();
        let what = |e: String| {
            Error::input(
                &self.path,
                format!(
                    "its member {} cannot be read ({e}); fetch it again",
                    String::from_utf8_lossy(member)
                ),
            )
        };
        let entry = self
            .zip
            .by_index_raw(index)
            .map_err(|e| what(e.to_string()))?;
        if entry.encrypted() {
            return Err(Error::input(
                &self.path,
                "it is locked with a password; unpack it and give the folder",
            ));
        }
        Ok(Some(entry.crc32()))
    }

    /// Refuses an archive whose first file is locked.
    pub fn check_open(&mut self) -> Result<()> {
        let first = self
            .names()
            .find(|n| !n.ends_with(b"/"))
            .map(<[u8]>::to_vec);
        first.map_or(Ok(()), |first| self.crc(&first).map(|_| ()))
    }
}

/// The archive and the member that GDAL's name of a file stands for: `/vsizip//data/x.zip/a/b.jp2`.
/// `None` for anything else, archives in archives among it.
pub fn split(file: &Path) -> Option<(PathBuf, Vec<u8>)> {
    let whole = vsi::name(file);
    let name = whole.strip_prefix(b"/vsizip/")?;
    let dots = name
        .windows(5)
        .enumerate()
        .filter(|(_, w)| w.eq_ignore_ascii_case(b".zip/"));
    let mut places = dots.map(|(at, _)| {
        (
            PathBuf::from(os_name(name[..at + 4].to_vec())),
            name[at + 5..].to_vec(),
        )
    });
    places
        .find(|(archive, _)| !archive.is_dir())
        .filter(|_| !name.starts_with(b"/vsizip/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_inside_archives() {
        let parts = |name: &str| {
            split(Path::new(name))
                .map(|(a, m)| (a.display().to_string(), String::from_utf8(m).unwrap()))
        };
        let found = |archive: &str, member: &str| Some((archive.to_owned(), member.to_owned()));
        assert_eq!(
            parts("/vsizip//data/x.ZIP/a/b.jp2"),
            found("/data/x.ZIP", "a/b.jp2")
        );
        assert_eq!(parts("/vsizip/x.zip/b.zip/c"), found("x.zip", "b.zip/c"));
        assert_eq!(parts("/vsizip//vsizip/a.zip/b.zip/c.jp2"), None);
        assert_eq!(parts("/data/x.zip/b.jp2"), None);
        let folder = tempfile::Builder::new().suffix(".zip").tempdir().unwrap();
        // As it stands in names of GDAL's own.
        let inside = format!("{}/x.zip", folder.path().display()).replace('\\', "/");
        assert_eq!(parts(&format!("/vsizip/{inside}/b")), found(&inside, "b"));
    }
}
