//! The files of a run, whole or not at all, and all of them together.
//!
//! Each is written in a private folder beside the place where it is to be, put on the disk, and
//! then renamed. A lock file beside it says that a run is at work on it: a second run is refused,
//! and what a killed one left is tidied by the next. Links are followed to their target, never
//! replaced.

mod draft;
mod lock;
mod names;
mod private;
mod target;

use std::ffi::{OsStr, OsString};
use std::fs::{self, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use crate::error::{Error, Result};
use crate::fork::PARENTS;
pub use draft::Draft;
use lock::Lock;
use names::{LONG, SIDECARS, STEM, is_held, mark, parent, rename, sync_folder, with_suffix};
use private::{Private, remove_leftovers};
pub use target::Target;

/// What is said of a file that cannot be replaced just now.
const HELD: &str = "another program has it open; close it there, or give another name";

/// Everything that a run writes. Dropped before [`Outputs::commit`], it leaves nothing behind. It is
/// its process's: in a child of fork() it is nobody's.
pub struct Outputs {
    claims: Vec<Claim>,
    process: u32,
}

/// What keeps others from a target while its draft is written. Released in this order.
struct Claim {
    draft: Draft,
    _folder: Private,
    _lock: Option<Lock>,
}

impl Outputs {
    /// Prepares to write files, for this run alone.
    pub fn claim(targets: Vec<Target>) -> Result<Self> {
        Ok(Self {
            claims: targets.into_iter().map(Claim::new).collect::<Result<_>>()?,
            process: process::id(),
        })
    }

    /// The files to write, in the order of their targets.
    pub fn drafts(&self) -> Vec<Draft> {
        self.claims.iter().map(|c| c.draft.clone()).collect()
    }

    /// Gives the files their names, replacing what had them; if one cannot have its name, all is as
    /// it was.
    pub fn commit(self) -> Result<()> {
        if self.process != process::id() {
            return Err(Error::runtime(PARENTS));
        }
        let given = |draft: &Draft, e: io::Error| {
            if is_held(draft.target.path()) {
                return draft.error(HELD);
            }
            draft
                .error(format!(
                    "the finished file could not be given its name ({e})"
                ))
                .because(e)
        };
        let mut parts = Vec::new();
        // The first target is the one that counts, so its file comes last.
        for Claim { draft, .. } in self.claims.iter().rev() {
            parts.extend(
                draft
                    .parts()
                    .map_err(|e| given(draft, e))?
                    .into_iter()
                    .map(|(from, to)| (draft, from, to)),
            );
        }
        let mut renamed = Renamed(Vec::new());
        for (i, (draft, from, to)) in parts.iter().enumerate() {
            if fs::symlink_metadata(to).is_ok_and(|found| !found.is_file()) {
                return Err(draft.error(format!(
                    "{} became a link or a folder meanwhile; remove it or give another name",
                    to.display()
                )));
            }
            // Nothing comes after the last one that could fail.
            let earlier = (i + 1 < parts.len()).then(|| draft.folder.join(format!("earlier-{i}")));
            renamed
                .rename(from, to, earlier)
                .map_err(|e| given(draft, e))?;
        }
        renamed.0.clear();
        for Claim { draft, .. } in &self.claims {
            let path = draft.target.path();
            let stale = SIDECARS
                .iter()
                .map(|s| with_suffix(path, s))
                .filter(|s| !parts.iter().any(|(_, _, to)| to == s));
            stale.for_each(|s| drop(fs::remove_file(s)));
            sync_folder(&parent(path));
        }
        Ok(())
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        // The files and their locks are the parent's.
        if self.process != process::id() {
            std::mem::forget(std::mem::take(&mut self.claims));
        }
    }
}

/// What was renamed so far, with where the earlier file of that name is kept. Dropped while there
/// is something in it, all of that is undone.
struct Renamed(Vec<(PathBuf, Option<PathBuf>)>);

impl Renamed {
    fn rename(&mut self, from: &Path, to: &Path, earlier: Option<PathBuf>) -> io::Result<()> {
        let earlier = earlier.filter(|_| to.exists());
        if let Some(earlier) = &earlier {
            // A second name for it, where the file system knows such a thing, else a copy.
            fs::hard_link(to, earlier).or_else(|_| fs::copy(to, earlier).map(drop))?;
        }
        rename(from, to)?;
        self.0.push((to.into(), earlier));
        Ok(())
    }
}

impl Drop for Renamed {
    fn drop(&mut self) {
        for (to, earlier) in self.0.drain(..).rev() {
            // Nothing more can be done about what fails here.
            let _ = match earlier {
                Some(earlier) => rename(&earlier, &to),
                None => fs::remove_file(to),
            };
        }
    }
}

impl Claim {
    fn new(target: Target) -> Result<Self> {
        let denied = |e: io::Error| {
            let advice = match e.kind() {
                io::ErrorKind::PermissionDenied => "check the rights of its folder",
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room there",
                _ => "choose another folder",
            };
            target
                .error(format!("no file can be made in its folder; {advice} ({e})"))
                .because(e)
        };
        // Said before the work, not after it.
        if is_held(&target.path) {
            return Err(target.error(HELD));
        }
        let beside = parent(&target.path);
        let name = target.path.file_name().unwrap_or_default();
        let mark = mark(name);
        let path = beside.join(with_suffix(Path::new(&mark), "lock"));
        let lock = Lock::take(path.clone()).map_err(|e| match e {
            TryLockError::WouldBlock => {
                target.error("another run is writing it; wait for that one or give another name")
            }
            TryLockError::Error(e) if fs::symlink_metadata(&path).is_ok() => target
                .error(format!(
                    "{} is in the way; remove it, unless another user's run is at work ({e})",
                    path.display()
                ))
                .because(e),
            TryLockError::Error(e) => denied(e),
        })?;
        let folder = Private::new(&beside, &mark).map_err(denied)?;
        if lock.is_some() {
            remove_leftovers(&beside, &mark, &folder.0);
        }
        let mut inner = OsString::from(STEM);
        if let Some(extension) = target
            .path
            .extension()
            .and_then(OsStr::to_str)
            .filter(|e| e.len() < LONG)
        {
            inner.push(".");
            inner.push(extension);
        }
        let draft = Draft {
            target,
            folder: folder.0.clone(),
            inner,
        };
        Ok(Self {
            draft,
            _folder: folder,
            _lock: lock,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_one_run_s_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::find(&folder.path().join("out.tif")).unwrap();
        let outputs = Outputs::claim(vec![target.clone()]).unwrap();
        let refused = Outputs::claim(vec![target.clone()])
            .err()
            .unwrap()
            .to_string();
        assert!(refused.contains("another run"), "{refused}");
        let draft = outputs.drafts().remove(0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&draft.folder).unwrap().permissions().mode() & 0o777,
                0o700
            );
        }
        fs::write(draft.file(), "whole").unwrap();
        outputs.commit().unwrap();
        assert_eq!(fs::read_to_string(target.path()).unwrap(), "whole");
        drop(Outputs::claim(vec![target]).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn what_took_the_place_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("out.tif"), folder.path().join("other"));
        fs::write(&other, "other").unwrap();
        let outputs = Outputs::claim(vec![Target::find(&file).unwrap()]).unwrap();
        fs::write(outputs.drafts()[0].file(), "whole").unwrap();
        std::os::unix::fs::symlink(&other, &file).unwrap();
        let refused = outputs.commit().unwrap_err().to_string();
        assert!(refused.contains("became a link"), "{refused}");
        assert!(fs::symlink_metadata(&file).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&other).unwrap(), "other");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
