//! A lock that tells whether a run is alive.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A lock on a file that is there for it alone. The system releases it when the process ends,
/// however that happens.
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// `None` where the file system has no locks.
    pub(super) fn take(path: PathBuf) -> std::result::Result<Option<Self>, TryLockError> {
        loop {
            let file = open_lock(&path).map_err(TryLockError::Error)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::Error(e)) if without_locks(&e) => {
                    let _ = fs::remove_file(&path);
                    return Ok(None);
                }
                Err(e) => return Err(e),
            }
            // Who had it before may have removed the file between our opening and locking it.
            if is_still(&file, &path) {
                return Ok(Some(Self { path, file }));
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        // A process forked meanwhile has the file, too, but must not keep the lock.
        let _ = self.file.unlock();
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other(format!("{} is no file", path.display())))
    }
}

fn without_locks(e: &io::Error) -> bool {
    #[cfg(unix)]
    if e.raw_os_error() == Some(libc::ENOLCK) {
        return true;
    }
    e.kind() == io::ErrorKind::Unsupported
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let inode = |m: io::Result<fs::Metadata>| m.map(|m| (m.dev(), m.ino()));
    matches!((inode(file.metadata()), inode(fs::symlink_metadata(path))), (Ok(a), Ok(b)) if a == b)
}

#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}
