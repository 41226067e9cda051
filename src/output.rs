//! The files of a run, whole or not at all, and all of them together.
//!
//! Each is written in a private folder beside the place where it is to be, put on the disk, and
//! then renamed. A lock file beside it says that a run is at work on it: a second run is refused,
//! and what a killed one left is tidied by the next. Links are followed to their target, never
//! replaced.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{self, Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// What GDAL keeps beside a raster. It describes pixels that are gone once the raster is replaced.
const SIDECARS: [&str; 3] = [".aux.xml", ".ovr", ".msk"];

/// Longer names, in bytes, are shortened in those of our own, which must not become longer than a
/// name may be.
const LONG: usize = 100;

/// Random characters in the name of a private folder.
const RANDOM: usize = 12;

/// The name of a file while it is being written, without its extension.
const STEM: &str = "result";

/// A place where a file can be written: a file that may be replaced, or a new one in a folder that
/// exists.
#[derive(Clone, Debug)]
pub struct Target {
    /// As it was given.
    name: PathBuf,
    /// The file itself, links followed.
    path: PathBuf,
}

impl Target {
    /// Finds out where `name` leads.
    pub fn find(name: &Path) -> Result<Self> {
        let bad = |what: String| Err(Error::output(name, what));
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

    /// An error about it, under the name that was given.
    pub fn error(&self, what: impl Into<String>) -> Error {
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
        Ok(dunce::canonicalize(parent(file))?.join(file.file_name().unwrap_or_default()))
    })
}

#[cfg(unix)]
fn one_inode(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let inode = |p: &Path| fs::metadata(p).map(|m| (m.dev(), m.ino()));
    matches!((inode(a), inode(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(not(unix))]
fn one_inode(_: &Path, _: &Path) -> bool {
    false
}

/// A file that is being written.
#[derive(Clone, Debug)]
pub struct Draft {
    target: Target,
    /// The private folder.
    folder: PathBuf,
    /// Its name in there.
    inner: OsString,
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

    /// An error about it, under the name that the user knows.
    pub fn error(&self, what: impl Into<String>) -> Error {
        self.target.error(what)
    }

    /// Sees to it that what was written is on the disk.
    pub fn sync(&self) -> Result<()> {
        let failed = |e: io::Error| {
            self.error(format!(
                "it could not be put on the disk; check the free space ({e})"
            ))
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
    fn parts(&self) -> io::Result<Vec<(PathBuf, PathBuf)>> {
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

/// Everything that a run writes. Dropped before [`Outputs::commit`], it leaves nothing behind.
pub struct Outputs(Vec<Claim>);

/// What keeps others from a target while its draft is written. Released in this order.
struct Claim {
    draft: Draft,
    _folder: Private,
    _lock: Option<Lock>,
}

impl Outputs {
    /// Prepares to write files, for this run alone.
    pub fn claim(targets: Vec<Target>) -> Result<Self> {
        targets
            .into_iter()
            .map(Claim::new)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// The files to write, in the order of their targets.
    pub fn drafts(&self) -> Vec<Draft> {
        self.0.iter().map(|c| c.draft.clone()).collect()
    }

    /// Gives the files their names, replacing what had them; if one cannot have its name, all is as
    /// it was.
    pub fn commit(self) -> Result<()> {
        let given = |draft: &Draft, e: io::Error| {
            draft.error(format!(
                "the finished file could not be given its name ({e})"
            ))
        };
        let mut parts = Vec::new();
        // The first target is the one that counts, so its file comes last.
        for Claim { draft, .. } in self.0.iter().rev() {
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
        for Claim { draft, .. } in &self.0 {
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
        fs::rename(from, to)?;
        self.0.push((to.into(), earlier));
        Ok(())
    }
}

impl Drop for Renamed {
    fn drop(&mut self) {
        for (to, earlier) in self.0.drain(..).rev() {
            // Nothing more can be done about what fails here.
            let _ = match earlier {
                Some(earlier) => fs::rename(earlier, to),
                None => fs::remove_file(to),
            };
        }
    }
}

impl Claim {
    fn new(target: Target) -> Result<Self> {
        let denied = |e: io::Error| {
            target.error(format!(
                "nothing can be written beside it; check the rights of its folder ({e})"
            ))
        };
        let beside = parent(&target.path);
        let name = target.path.file_name().unwrap_or_default();
        let mark = mark(name);
        let lock =
            Lock::take(beside.join(with_suffix(Path::new(&mark), "lock"))).map_err(
                |e| match e {
                    TryLockError::WouldBlock => target
                        .error("another run is writing it; wait for that one or give another name"),
                    TryLockError::Error(e) => denied(e),
                },
            )?;
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

/// How the names of our own beside a file of this name begin.
fn mark(name: &OsStr) -> OsString {
    let mut mark = OsString::from(".");
    if name.len() <= LONG {
        mark.push(name);
    } else {
        let sum: String = Sha256::digest(name.as_encoded_bytes())
            .iter()
            .take(16)
            .map(|b| format!("{b:02x}"))
            .collect();
        mark.push(sum);
    }
    mark.push(".s2sr-");
    mark
}

/// A folder that only this user can look into, removed when dropped.
struct Private(PathBuf);

impl Private {
    /// Made under a name that nobody can know before, and never one that is there already.
    fn new(beside: &Path, mark: &OsStr) -> io::Result<Self> {
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

/// A lock on a file that is there for it alone. The system releases it when the process ends,
/// however that happens.
struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// `None` where the file system has no locks.
    fn take(path: PathBuf) -> std::result::Result<Option<Self>, TryLockError> {
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

/// Removes the folders that killed runs of the same user left of the same output, which is locked
/// by now.
fn remove_leftovers(beside: &Path, mark: &OsStr, ours: &Path) {
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

/// Not every file system can do this, and none loses a finished file for want of it.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|f| f.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}

fn parent(path: &Path) -> PathBuf {
    path.parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
        .into()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
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
}
