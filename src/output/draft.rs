//! A file while it is being written.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::names::{STEM, parent, sync_folder, with_suffix};
use super::target::Target;
use crate::error::{Error, Fault, Result};

/// A file that is being written.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) target: Target,
    /// The private folder.
    pub(super) folder: PathBuf,
    /// Its name in there.
    pub(super) inner: OsString,
}

impl Draft {
    /// Where to write it. What is written beside it under a name that starts with its own goes with
    /// it.
    pub fn file(&self) -> PathBuf {
        self.folder.join(&self.inner)
    }

    /// A file that is only needed meanwhile.
    pub fn scratch(&self) -> PathBuf {
        self.folder.join("scratch")
    }

    /// The file that it will be, as it was given.
    pub fn name(&self) -> &Path {
        &self.target.name
    }

    /// The folder in which it will be, as it was given.
    pub fn destination(&self) -> PathBuf {
        parent(&self.target.name)
    }

    /// What GDAL said of it, under the name that the user knows. Newer versions leave out the folder.
    pub fn told(&self, said: &str) -> String {
        let name = self.target.name.to_string_lossy();
        let own = [self.file(), self.scratch()].map(|file| file.to_string_lossy().into_owned());
        let last = self.inner.to_string_lossy();
        let said_name = own
            .iter()
            .map(String::as_str)
            .find(|own| said.contains(own));
        said.replace(said_name.unwrap_or(&last), &name)
    }

    /// An error about it, under the name that the user knows.
    pub fn error(&self, what: impl Into<Fault>) -> Error {
        self.target.error(what)
    }

    /// Sees to it that what was written is on the disk.
    pub fn sync(&self) -> Result<()> {
        let failed = |e: io::Error| {
            self.error(format!(
                "it could not be put on the disk; check the free space ({e})"
            ))
            .because(e)
        };
        for (file, _) in self.parts().map_err(failed)? {
            // Windows asks for the right to write, others for none.
            OpenOptions::new()
                .read(true)
                .write(cfg!(windows))
                .open(file)
                .and_then(|f| f.sync_all())
                .map_err(failed)?;
        }
        sync_folder(&self.folder);
        Ok(())
    }

    /// The files that belong to it, from where to where, the one that it is named after last.
    pub(super) fn parts(&self) -> io::Result<Vec<(PathBuf, PathBuf)>> {
        let path = &self.target.path;
        let stem = path.with_extension("");
        let mut parts = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let after = |start: &OsStr| {
                name.to_str()?
                    .strip_prefix(start.to_str()?)
                    .map(str::to_owned)
            };
            let to = match after(&self.inner) {
                Some(suffix) => with_suffix(path, &suffix),
                // result.tif comes with result.tfw.
                None => match after(OsStr::new(STEM)) {
                    Some(suffix) => with_suffix(&stem, &suffix),
                    None => continue,
                },
            };
            parts.push((self.folder.join(name), to));
        }
        parts.sort_by_key(|(_, to)| to == path);
        Ok(parts)
    }
}
