//! The private folder of a run, and what killed runs left of theirs.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Random characters in the name of a private folder.
const RANDOM: usize = 12;

/// A folder that only this user can look into, removed when dropped.
pub(super) struct Private(pub(super) PathBuf);

impl Private {
    /// Made under a name that nobody can know before, and never one that is there already.
    pub(super) fn new(beside: &Path, mark: &OsStr) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(mark).rand_bytes(RANDOM);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        builder.tempdir_in(beside).map(|folder| Self(folder.keep()))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // Work that was left behind may add a file just now.
        for _ in 0..10 {
            if fs::remove_dir_all(&self.0).is_ok() || !self.0.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Removes the folders that killed runs of the same user left of the same output, which is locked
/// by now.
pub(super) fn remove_leftovers(beside: &Path, mark: &OsStr, ours: &Path) {
    let wanted = |name: &OsStr| {
        let random = name
            .as_encoded_bytes()
            .strip_prefix(mark.as_encoded_bytes());
        random.is_some_and(|r| r.len() == RANDOM && r.iter().all(u8::is_ascii_alphanumeric))
    };
    for entry in fs::read_dir(beside).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
        if is_folder && path != ours && wanted(&entry.file_name()) && one_owner(&path, ours) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

#[cfg(unix)]
fn one_owner(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = |p: &Path| fs::symlink_metadata(p).map(|m| m.uid());
    matches!((owner(a), owner(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(not(unix))]
fn one_owner(_: &Path, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_runs_leave_is_a_leftover() {
        let beside = tempfile::tempdir().unwrap();
        let mark = OsStr::new(".out.tif.s2sr-");
        let ours = Private::new(beside.path(), mark).unwrap();
        let there = [
            ".out.tif.s2sr-backup",
            ".out.tif.s2sr-backup of May",
            ".out.tif.s2sr-abcdefghijklm",
            ".other.tif.s2sr-abcdefghijkl",
        ];
        let left = [".out.tif.s2sr-abcdefghijkl", ".out.tif.s2sr-0123456789AB"];
        for name in there.iter().chain(&left) {
            fs::create_dir(beside.path().join(name)).unwrap();
            fs::write(beside.path().join(name).join("result.tif"), "part").unwrap();
        }
        remove_leftovers(beside.path(), mark, &ours.0);
        assert!(there.iter().all(|name| beside.path().join(name).exists()));
        assert!(left.iter().all(|name| !beside.path().join(name).exists()));
        assert!(ours.0.exists());
    }
}
