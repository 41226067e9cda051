//! Archives that were listed, and what GDAL reads each of their files as: a part of the archive.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::strings::{name, os_name};
use crate::fork::section;
use crate::locks::lock;

/// An archive that was listed.
pub struct Index {
    /// What GDAL reads the archive as a stream from.
    pub stream: PathBuf,
    /// Where each file starts in the stream, and its size.
    pub files: HashMap<PathBuf, (u64, u64)>,
}

static LISTED: Mutex<Option<HashMap<PathBuf, Index>>> = Mutex::new(None);

fn with<T>(work: impl FnOnce(&mut HashMap<PathBuf, Index>) -> T) -> T {
    let _section = section();
    let mut listed = lock(&LISTED);
    work(listed.get_or_insert_default())
}

/// Keeps the list of an archive.
pub fn add(root: PathBuf, index: Index) {
    with(|listed| listed.insert(root, index));
}

/// What GDAL reads a file as: a part of the archive, where the name is one of an archive that was
/// listed; any other name stays.
pub fn real(path: &Path) -> PathBuf {
    let found = inside(path, |index, member| {
        let (start, size) = index.files.get(member)?;
        let part = format!("/vsisubfile/{start}_{size},");
        Some(prefixed(&part, &index.stream))
    });
    found.flatten().unwrap_or_else(|| path.to_owned())
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

fn inside<T>(path: &Path, work: impl FnOnce(&Index, &Path) -> T) -> Option<T> {
    if !name(path).starts_with(b"/vsitar/") {
        return None;
    }
    with(|listed| {
        let (root, index) = listed.iter().find(|(root, _)| path.starts_with(root))?;
        Some(work(index, path.strip_prefix(root).ok()?))
    })
}

/// The name of a file behind one of GDAL's prefixes.
pub fn prefixed(prefix: &str, path: &Path) -> PathBuf {
    let mut full = prefix.as_bytes().to_vec();
    full.extend(name(path).iter());
    PathBuf::from(os_name(full))
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_fork_waits_for_who_is_at_the_list() {
        let (enter, entered) = channel();
        let reader = thread::spawn(move || {
            with(|_| {
                enter.send(()).unwrap();
                thread::sleep(Duration::from_millis(300));
            });
        });
        entered.recv().unwrap();
        // SAFETY: the child looks at the list, and ends without anything of the test's; if it waits
        // for the reader, which it has not, the system ends it.
        let status = unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::alarm(20);
                let none = list(Path::new("/vsitar//none.tar"));
                libc::_exit(i32::from(none.is_some()));
            }
            let mut status = -1;
            libc::waitpid(child, &raw mut status, 0);
            status
        };
        assert_eq!(status, 0);
        reader.join().unwrap();
    }
}
