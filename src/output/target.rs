//! Where a file is to be, and what stands in its way.

use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};

use super::names::{ENDINGS, SIDECARS, parent, with_suffix};
use crate::error::{Error, Fault, Result};

/// A place where a file can be written: a file that may be replaced, or a new one in a folder that
/// exists.
#[derive(Clone, Debug)]
pub struct Target {
    /// As it was given.
    pub(super) name: PathBuf,
    /// The file itself, links followed.
    pub(super) path: PathBuf,
}

impl Target {
    /// Finds out where `name` leads.
    pub fn find(name: &Path) -> Result<Self> {
        let bad = |what: String| Err(Error::output(name, what));
        if name == Path::new("-") {
            return bad(
                "results are not written to standard output; give the name of a file".into(),
            );
        }
        let folder = parent(name);
        if !folder.is_dir() {
            return bad(format!(
                "it cannot be written: the folder {} does not exist; create it first",
                folder.display()
            ));
        }
        let is_link = fs::symlink_metadata(name).is_ok_and(|found| found.is_symlink());
        let path = match if is_link {
            dunce::canonicalize(name)
        } else {
            path::absolute(name)
        } {
            Ok(path) => path,
            Err(e) if is_link => {
                return bad(format!(
                    "it is a link that leads nowhere ({e}); remove it or give another name"
                ));
            }
            Err(e) => return bad(format!("it is no name of a file ({e})")),
        };
        let for_a_folder = name.to_string_lossy().ends_with(path::is_separator);
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => bad("it is a folder; give the name of a file".into()),
            Ok(found) if !found.is_file() => {
                bad("it is a device, a pipe or a socket; give the name of a file".into())
            }
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                bad(format!("it cannot be looked at ({e})"))
            }
            _ if for_a_folder => bad("it is the name of a folder; give the name of a file".into()),
            _ => Ok(Self {
                name: name.into(),
                path,
            }),
        }
    }

    /// The file itself, links followed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether writing it would replace or remove this file.
    pub fn replaces(&self, file: &Path) -> bool {
        same(&self.path, file)
            || SIDECARS
                .iter()
                .any(|s| same(&with_suffix(&self.path, s), file))
    }

    /// Whether GDAL would read it along with this file: as its mask, its overviews, its place.
    pub fn belongs_to(&self, file: &Path) -> bool {
        SIDECARS
            .iter()
            .map(|s| with_suffix(file, s))
            .chain(ENDINGS.iter().map(|e| file.with_extension(e)))
            .any(|name| same(&self.path, &name))
    }

    /// An error about it, under the name that was given.
    pub fn error(&self, what: impl Into<Fault>) -> Error {
        Error::output(&self.name, what)
    }
}

/// Whether two names lead to one file, be it by another path, a link or a hard link.
fn same(a: &Path, b: &Path) -> bool {
    let (Ok(whole_a), Ok(whole_b)) = (canonical(a), canonical(b)) else {
        return false;
    };
    whole_a == whole_b || one_inode(&whole_a, &whole_b)
}

/// The path of a file that is there, or could be.
fn canonical(file: &Path) -> io::Result<PathBuf> {
    dunce::canonicalize(file).or_else(|_| {
        Ok(parent(file)
            .canonicalize()?
            .join(file.file_name().unwrap_or_default()))
    })
}

#[cfg(unix)]
fn one_inode(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let inode = |p: &Path| fs::metadata(p).map(|m| (m.dev(), m.ino()));
    matches!((inode(a), inode(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(windows)]
fn one_inode(a: &Path, b: &Path) -> bool {
    same_file::is_same_file(a, b).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_tells_what_it_would_replace_and_what_it_would_belong_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let target = |name: &str| Target::find(&path(name)).unwrap();
        let names = [
            "out.tif",
            "out.tif.msk",
            "out.tif.msk.ovr",
            "out.tfw",
            "b.tif",
        ];
        for name in names {
            fs::write(path(name), "").unwrap();
        }
        fs::hard_link(path("out.tif"), path("same.tif")).unwrap();
        // What describes the earlier file goes with it.
        for (name, replaced) in [
            ("out.tif", true),
            ("out.tif.msk", true),
            ("out.tif.msk.ovr", true),
            ("same.tif", true),
            ("out.tfw", false),
            ("b.tif", false),
        ] {
            assert_eq!(target("out.tif").replaces(&path(name)), replaced, "{name}");
        }
        for (name, belongs) in [
            ("b.tif.aux.xml", true),
            ("b.tif.ovr", true),
            ("b.tfw", true),
            ("b.prj", true),
            ("b.jpg", false),
            ("b2.tfw", false),
        ] {
            assert_eq!(target(name).belongs_to(&path("b.tif")), belongs, "{name}");
        }
    }
}
