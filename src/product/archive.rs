//! Archives of products: zip and tar, told by their content. What a zip archive says of its members
//! is listed once, from its directory at the end; contents are read through GDAL.

use std::ffi::OsString;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::rationed::Rationed;
use super::{Product, inside};
use crate::error::{Cause, Error, Result};
use crate::gdal::vsi::{self, File};
use crate::gdal::{Quiet, os_name, tar};
use crate::options::Options;

/// No product has so many files; GDAL takes ever longer over each of more.
const MOST: usize = 20_000;
/// Nor does any have one deeper in folders, or with a longer name. GDAL keeps a list of the folders
/// above each file.
const DEEPEST: usize = 32;
const LONGEST: usize = 1024;
/// What is read of an archive to know its files and their checksums, in bytes.
const ABOUT_FILES: usize = 64 << 20;
/// Of each file so much is read at once for that.
const AT_ONCE: usize = 1 << 10;

/// Opens the product in a zip archive.
pub fn read_zip(path: &Path, options: &Options) -> Result<Product> {
    let root = inside_zip(path)?;
    inside::read(path, &root, None, options).map_err(|e| about(path, e))
}

/// What GDAL calls the inside of a zip archive, which is looked at.
pub fn inside_zip(path: &Path) -> Result<PathBuf> {
    Archive::open(path)?.check_open()?;
    Ok(inner(path, "/vsizip/", ".zip"))
}

/// Opens the product in a tar archive; `packed` with gzip.
pub fn read_tar(path: &Path, packed: bool, options: &Options) -> Result<Product> {
    let root = inside_tar(path, packed)?;
    let mut product = inside::read(path, &root, None, options).map_err(|e| about(path, e))?;
    product.files.push(path.to_owned());
    if packed {
        product.notes.push(
            "a tar.gz is unpacked anew for every look into it; unpack it to be quicker".into(),
        );
    }
    Ok(product)
}

/// What GDAL calls the inside of a tar archive.
pub fn inside_tar(path: &Path, packed: bool) -> Result<PathBuf> {
    tar::open(path, packed)
}

/// What GDAL calls the inside of an archive. A name without the usual ending stands in brackets, and
/// so does one that lies in another archive.
fn inner(path: &Path, prefix: &str, ending: &str) -> PathBuf {
    if ends_with(path, ending) && !path.starts_with("/vsizip") {
        virtual_path(prefix, path)
    } else {
        let mut name = OsString::from(prefix);
        name.push("{");
        name.push(path);
        name.push("}");
        PathBuf::from(name)
    }
}

fn virtual_path(prefix: &str, path: &Path) -> PathBuf {
    let mut name = OsString::from(prefix);
    name.push(path);
    PathBuf::from(name)
}

fn ends_with(path: &Path, ending: &str) -> bool {
    let name = path.as_os_str().as_encoded_bytes();
    name.len() >= ending.len()
        && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
}

/// An error about the inside of an archive is about the archive.
fn about(path: &Path, error: Error) -> Error {
    match error {
        Error::Input {
            path: inner,
            what,
            source,
        } if inner == virtual_path("/vsizip/", path) => Error::Input {
            path: path.into(),
            what,
            source,
        },
        error => error,
    }
}

/// An open archive.
pub struct Archive {
    path: PathBuf,
    zip: ZipArchive<BufReader<Rationed<File>>>,
}

impl Archive {
    /// Reads the directory of an archive.
    pub fn open(path: &Path) -> Result<Self> {
        let _quiet = Quiet::new();
        let bad = |cause: Cause| {
            let what = format!("it is no zip archive, or was cut short ({cause}); fetch it again");
            Error::input(path, what).because(cause)
        };
        let file = File::open(path).map_err(|e| bad(e.into()))?;
        let file = BufReader::with_capacity(AT_ONCE, Rationed::new(file, ABOUT_FILES));
        let zip = ZipArchive::new(file).map_err(|e| bad(e.into()))?;
        if zip.len() > MOST {
            return Err(Error::input(
                path,
                format!(
                    "it holds {} files, and no product has so many; unpack it and give the \
                     product's folder",
                    zip.len()
                ),
            ));
        }
        let is_strange = |name: &&[u8]| {
            let folders = name.iter().filter(|b| **b == b'/').count();
            folders > DEEPEST || name.len() > LONGEST
        };
        if let Some(name) = zip.file_names_raw().find(is_strange) {
            let name = String::from_utf8_lossy(name);
            return Err(Error::input(
                path,
                format!(
                    "no product has a file so deep in folders, or with so long a name, as one in \
                     it; unpack it and give the product's folder ({name})"
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
        let path = &self.path;
        let entry = self.zip.by_index_raw(index).map_err(|e| {
            let member = String::from_utf8_lossy(member);
            let what = format!("its member {member} cannot be read ({e}); fetch it again");
            Error::input(path, what).because(e)
        })?;
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
    if let Some(rest) = name.strip_prefix(b"{") {
        let end = rest.iter().position(|b| *b == b'}')?;
        let (archive, member) = (&rest[..end], rest[end + 1..].strip_prefix(b"/")?);
        let is_plain = !archive.starts_with(b"/vsi");
        return is_plain.then(|| (PathBuf::from(os_name(archive.to_vec())), member.to_vec()));
    }
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
        assert_eq!(
            parts("/vsizip/{/d/x.SAFE}/a/b.jp2"),
            found("/d/x.SAFE", "a/b.jp2")
        );
        assert_eq!(parts("/vsizip/{/vsizip/x.zip/y}/b.jp2"), None);
        let folder = tempfile::Builder::new().suffix(".zip").tempdir().unwrap();
        // As it stands in names of GDAL's own.
        let inside = format!("{}/x.zip", folder.path().display()).replace('\\', "/");
        assert_eq!(parts(&format!("/vsizip/{inside}/b")), found(&inside, "b"));
    }
}
