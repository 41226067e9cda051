//! Small files and folders through GDAL's virtual file system, which reads inside zip archives too.

use std::ffi::{OsString, c_int};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::api::{Gdal, VSILFILE, VSIStatBufL};
use super::rules::Rules;
use super::strings::{c_path, os_name, take_list};
use super::{Quiet, find, listed};
use crate::error::{Error, Result};
use crate::stamp::Stamp;

pub use super::strings::{is_virtual, name};

/// The prefixes of names on servers.
const REMOTE: [&str; 8] = [
    "/vsicurl/",
    "/vsicurl?",
    "/vsis3/",
    "/vsigs/",
    "/vsiaz/",
    "/vsiadls/",
    "/vsioss/",
    "/vsiswift/",
];

/// Whether a name leads to a server, be it through archives there. Folders and members of archives
/// on this machine may be called as a prefix is.
pub fn is_remote(path: &Path) -> bool {
    let name = name(path);
    let mut inner = std::iter::successors(Some(&*name), |&name| behind_prefix(name));
    inner.any(|name| REMOTE.iter().any(|r| name.starts_with(r.as_bytes())))
}

/// Whether a name is that of one file on a server, in which nothing of this machine can stand.
pub fn is_address(path: &Path) -> bool {
    let name = name(path);
    match name.strip_prefix(REMOTE[0].as_bytes()) {
        Some(address) => ["http://", "https://"].iter().any(|scheme| {
            let start = address.get(..scheme.len());
            start.is_some_and(|s| s.eq_ignore_ascii_case(scheme.as_bytes()))
        }),
        None => REMOTE[2..].iter().any(|r| name.starts_with(r.as_bytes())),
    }
}

/// What a name of GDAL's own leads into: `/vsizip/{/a/b.zip}/c` -> `/a/b.zip}/c`.
pub fn inside(name: &[u8]) -> &[u8] {
    let mut rest = name;
    while let Some(inner) = behind_prefix(rest) {
        rest = inner;
    }
    rest
}

/// What stands behind the first prefix of a name of GDAL's own.
fn behind_prefix(name: &[u8]) -> Option<&[u8]> {
    let inner = name.strip_prefix(b"/vsi")?;
    let at = inner.iter().position(|b| *b == b'/')?;
    let mut rest = &inner[at + 1..];
    while let Some(bare) = rest.strip_prefix(b"{") {
        rest = bare;
    }
    Some(rest)
}

/// A name as GDAL takes it: addresses (`http://`, `https://`, `s3://`, `gs://`) become names of its
/// virtual file system, `file://` a path; any other name stays.
pub fn resolved(name: &Path) -> PathBuf {
    let Some(text) = name.to_str() else {
        return name.to_owned();
    };
    let after = |scheme: &str| {
        let start = text.get(..scheme.len())?;
        start
            .eq_ignore_ascii_case(scheme)
            .then(|| &text[scheme.len()..])
    };
    if after("http://").or(after("https://")).is_some() {
        return PathBuf::from(format!("/vsicurl/{text}"));
    }
    for (scheme, prefix) in [("s3://", "/vsis3/"), ("gs://", "/vsigs/")] {
        if let Some(rest) = after(scheme) {
            return PathBuf::from(format!("{prefix}{rest}"));
        }
    }
    match after("file://") {
        // What stands before the path is the name of this machine.
        Some(rest) => PathBuf::from(unescaped(from_drive(&rest[rest.find('/').unwrap_or(0)..]))),
        None => name.to_owned(),
    }
}

/// The path of an address, `/C:/data/B02.tif`, as Windows has it; elsewhere it stays.
fn from_drive(path: &str) -> &str {
    match path.as_bytes() {
        [b'/', drive, b':', ..] if cfg!(windows) && drive.is_ascii_alphabetic() => &path[1..],
        _ => path,
    }
}

/// `%20` and the like as the bytes that they stand for.
fn unescaped(text: &str) -> OsString {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((16 * high + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    os_name(out)
}

/// The names in a folder; empty when it is none.
pub fn list(folder: &Path) -> Vec<OsString> {
    if let Some(names) = listed::list(folder) {
        return names;
    }
    let Ok(gdal) = find::get() else {
        return Vec::new();
    };
    let _quiet = Quiet::new();
    // SAFETY: VSIReadDir gives a list of its own.
    let mut names = unsafe { take_list(gdal, (gdal.VSIReadDir)(c_path(folder).as_ptr())) };
    names.retain(|n| n != "." && n != "..");
    names.sort();
    names
}

/// The size of a file in bytes; `None` when there is none.
pub fn size(path: &Path) -> Option<u64> {
    if !is_virtual(path) {
        let facts = std::fs::metadata(path).ok()?;
        return facts.is_file().then_some(facts.len());
    }
    let _quiet = Quiet::new();
    let mut file = File::open(path).ok()?;
    file.seek(SeekFrom::End(0)).ok()
}

/// Whether there is a folder of this name.
pub fn is_folder(path: &Path) -> bool {
    if is_virtual(path) {
        !list(path).is_empty()
    } else {
        path.is_dir()
    }
}

/// How a file or folder looks now; `None` when there is none.
pub fn stamp(path: &Path) -> Option<Stamp> {
    if !is_virtual(path) {
        return std::fs::metadata(path).ok().map(|facts| Stamp::of(&facts));
    }
    let gdal = find::get().ok()?;
    let (_quiet, _rules) = (Quiet::new(), Rules::enter(gdal));
    let name = c_path(&listed::real(path));
    // SAFETY: all zero is a valid value of the structure, which is GDAL's own and is filled in when
    // 0 is answered.
    unsafe {
        let mut stat: VSIStatBufL = std::mem::zeroed();
        let found = (gdal.VSIStatL)(name.as_ptr(), &raw mut stat) == 0;
        found.then(|| Stamp::told(stat.st_size as u64, stat.st_mtime))
    }
}

/// A whole text file of at most 16 MiB.
pub fn read_text(path: &Path) -> Result<String> {
    const LIMIT: u64 = 16 << 20;
    let quiet = Quiet::new();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes));
    if read.is_err() || quiet.failed() {
        let why = quiet.explain("no such file");
        let help = match why.contains("compression method") {
            true => "; unpack the archive, and give the folder",
            false => "",
        };
        let what = format!("it cannot be read ({why}){help}");
        return Err(Error::input(path, what).caused(read.err().map(Into::into)));
    }
    if bytes.len() as u64 > LIMIT {
        return Err(Error::input(
            path,
            "it is larger than 16 MiB, and no metadata are; fetch the product again",
        ));
    }
    String::from_utf8(bytes).map_err(|e| {
        Error::input(path, "it is not text in UTF-8; fetch the product again").because(e)
    })
}

/// A file that is open for reading.
pub struct File {
    handle: VSILFILE,
    gdal: &'static Gdal,
}

// SAFETY: such a file may move between threads as long as one at a time uses it, which `&mut self`
// sees to.
unsafe impl Send for File {}

impl File {
    /// Opens a file; folders are none.
    pub fn open(path: &Path) -> io::Result<Self> {
        let gdal = find::get().map_err(io::Error::other)?;
        let (name, _rules) = (c_path(&listed::real(path)), Rules::enter(gdal));
        // SAFETY: two C strings.
        let handle = unsafe { (gdal.VSIFOpenL)(name.as_ptr(), c"rb".as_ptr()) };
        if handle.is_null() {
            Err(io::ErrorKind::NotFound.into())
        } else {
            Ok(Self { handle, gdal })
        }
    }

    fn tell(&self) -> u64 {
        // SAFETY: the file is open.
        unsafe { (self.gdal.VSIFTellL)(self.handle) }
    }

    fn go(&mut self, offset: u64, whence: c_int) -> io::Result<u64> {
        // SAFETY: the file is open.
        match unsafe { (self.gdal.VSIFSeekL)(self.handle, offset, whence) } {
            0 => Ok(self.tell()),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (data, count) = (buffer.as_mut_ptr().cast(), buffer.len());
        // SAFETY: the file is open, the buffer holds as many bytes as are asked for.
        Ok(unsafe { (self.gdal.VSIFReadL)(data, 1, count, self.handle) })
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        /// SEEK_SET and SEEK_END, the same everywhere.
        const START: c_int = 0;
        const END: c_int = 2;
        let from = |place: u64, n: i64| place.saturating_add_signed(n);
        match to {
            SeekFrom::Start(n) => self.go(n, START),
            SeekFrom::End(0) => self.go(0, END),
            SeekFrom::End(n) => {
                let end = self.go(0, END)?;
                self.go(from(end, n), START)
            }
            SeekFrom::Current(n) => self.go(from(self.tell(), n), START),
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the file is open and nobody else has it.
        unsafe { (self.gdal.VSIFCloseL)(self.handle) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_names_of_gdal_s() {
        for (name, meant) in [
            (
                "https://x.org/a b.json?sig=1",
                "/vsicurl/https://x.org/a b.json?sig=1",
            ),
            ("HTTP://x/y", "/vsicurl/HTTP://x/y"),
            ("s3://eodata/a.jp2", "/vsis3/eodata/a.jp2"),
            ("file:///data/a%20b.zip", "/data/a b.zip"),
            ("file://localhost/data/100%", "/data/100%"),
            ("file:///data/5%+5.tif", "/data/5%+5.tif"),
            ("/data/x.SAFE", "/data/x.SAFE"),
            (
                "file:///C:/a%20b.zip",
                if cfg!(windows) {
                    "C:/a b.zip"
                } else {
                    "/C:/a b.zip"
                },
            ),
        ] {
            assert_eq!(resolved(Path::new(name)), Path::new(meant), "{name}");
        }
        assert!(is_remote(Path::new("/vsizip//vsicurl/http://x/a.zip/b")));
        assert!(!is_remote(Path::new("/vsizip//data/a.zip/b")));
        assert!(!is_remote(Path::new(
            "/vsizip//data/a.zip/vsicurl/http://x/b"
        )));
        for (name, is) in [
            ("/vsicurl/https://x/b.tif", true),
            ("/vsis3/bucket/b.tif", true),
            ("/vsicurl/file:///data/b.tif", false),
            ("/vsicurl?url=file:///data/b.tif", false),
            ("/vsitar//data/a.tar/vsicurl/../b.tif", false),
        ] {
            assert_eq!(is_address(Path::new(name)), is, "{name}");
        }
    }
}
