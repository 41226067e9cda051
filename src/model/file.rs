//! Reading the files of the networks: plain files only, and none without an end.

use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use crate::stamp::Stamp;

/// The bytes of a plain file of at most `limit` bytes. A pipe, a device or a folder is refused
/// without waiting for it.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // Looked at before it is opened, as opening some devices does something, and after it, as it
    // may have been exchanged.
    plain(&fs::metadata(path)?)?;
    let file = open(path)?;
    let facts = file.metadata()?;
    plain(&facts)?;
    // Its size is not believed: what /proc holds, or what grows meanwhile, is longer than it says.
    let mut bytes = Vec::new();
    if facts.len() <= limit {
        bytes.try_reserve_exact(facts.len() as usize + 1)?;
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= limit {
            return Ok(bytes);
        }
    }
    Err(io::Error::other(format!(
        "it is larger than {} MiB",
        limit >> 20
    )))
}

/// The stamp of a plain file.
pub fn stamp(path: &Path) -> Option<Stamp> {
    let facts = fs::metadata(path).ok().filter(Metadata::is_file)?;
    Some(Stamp::of(&facts))
}

fn plain(facts: &Metadata) -> io::Result<()> {
    if facts.is_file() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "it is {}, not a plain file",
        kind(&facts.file_type())
    )))
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    // Without O_NONBLOCK opening a pipe waits for a writer.
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn kind(of: &FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match of {
        _ if of.is_dir() => "a folder",
        _ if of.is_fifo() => "a named pipe",
        _ if of.is_char_device() || of.is_block_device() => "a device",
        _ => "something else",
    }
}

#[cfg(not(unix))]
fn kind(of: &FileType) -> &'static str {
    if of.is_dir() {
        "a folder"
    } else {
        "something else"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        fs::write(&file, vec![7; 2 << 20]).unwrap();
        assert_eq!(read(&file, 2 << 20).unwrap().len(), 2 << 20);
        assert_eq!(
            read(&file, (2 << 20) - 1).unwrap_err().to_string(),
            "it is larger than 1 MiB"
        );
        assert!(
            read(folder.path(), 99)
                .unwrap_err()
                .to_string()
                .contains("a folder")
        );
        assert_eq!(
            read(&folder.path().join("none"), 9).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_has_no_end_is_refused_at_once() {
        assert!(
            read(Path::new("/dev/zero"), 9)
                .unwrap_err()
                .to_string()
                .contains("a device")
        );
        // It says that it has no bytes at all.
        assert!(
            read(Path::new("/proc/self/maps"), 9)
                .unwrap_err()
                .to_string()
                .contains("larger")
        );
    }
}
