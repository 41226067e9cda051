//! What a scene was made from, so that a later request notices that the product or a network has changed since.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::args::absolute;
use crate::gdal::vsi;
use crate::job::Job;

/// Files and folders as they were.
pub struct Seen {
    files: Vec<(String, Stamp)>,
    folders: Vec<(String, Stamp, Vec<String>)>,
}

/// How a file shows that it was changed.
#[derive(Debug, PartialEq)]
enum Stamp {
    Missing,
    /// Size, time of the last change of its contents, and what else the system tells.
    Local(u64, Option<SystemTime>, (u64, i64, i64)),
    /// What GDAL knows of a file in an archive, in memory or on a server: size and seconds.
    Virtual(u64, i64),
}

impl Seen {
    /// What a plan rests on: the files that are read, and which files there are.
    pub fn of(job: &Job) -> Self {
        let given = absolute(job.product.path.to_string_lossy().trim_end_matches('/'));
        let mut files = vec![given.clone()];
        // A product may be named by its metadata file; what else there is lies around that.
        let folder = given.rsplit_once('/').filter(|_| given.ends_with(".xml"));
        let root = folder.map_or(given.as_str(), |(folder, _)| folder);
        files.extend(job.product.files.iter().map(|f| absolute(f)));
        for model in &job.models {
            files.push(absolute(&model.path.to_string_lossy()));
            files.extend(model.path.parent().map(|folder| absolute(&folder.join("index.json").to_string_lossy())));
        }
        files.extend(files.clone().iter().filter_map(|f| archive(f)));
        let mut folders: Vec<String> = ["R10m", "R20m", "R60m"].map(|name| format!("{root}/{name}")).into();
        // Every folder between the product and a file of it; an archive's are below /vsizip/.
        let inside = |folder: &&str| folder.contains(root.trim_start_matches('/')) && !folder.is_empty();
        for file in &files {
            let above = file.match_indices('/').map(|(i, _)| &file[..i]);
            folders.extend(above.filter(inside).map(str::to_owned));
        }
        for list in [&mut files, &mut folders] {
            list.sort();
            list.dedup();
        }
        let folders = folders.into_iter().filter(|f| !Path::new(f).is_file());
        Self {
            files: files.into_iter().filter(|f| !Path::new(f).is_dir()).map(|f| (stamp(&f), f)).map(|(s, f)| (f, s)).collect(),
            folders: folders.map(|f| (stamp(&f), vsi::list(&f), f)).map(|(s, names, f)| (f, s, names)).collect(),
        }
    }

    /// Whether all is as it was.
    pub fn still_holds(&self) -> bool {
        // A folder that was written to may still hold the same files.
        let same = |(folder, then, names): &(String, Stamp, Vec<String>)| {
            let now = stamp(folder);
            (now == *then && matches!(now, Stamp::Local(..))) || vsi::list(folder) == *names
        };
        self.files.iter().all(|(file, then)| stamp(file) == *then) && self.folders.iter().all(same)
    }
}

fn stamp(path: &str) -> Stamp {
    if path.starts_with("/vsi") {
        return vsi::stat(path).map_or(Stamp::Missing, |(size, time)| Stamp::Virtual(size, time));
    }
    fs::metadata(path).map_or(Stamp::Missing, |m| Stamp::Local(m.len(), m.modified().ok(), identity(&m)))
}

/// What else a file has that it would not have if it were another one: its number, and when anything about it changed.
#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> (u64, i64, i64) {
    (0, 0, 0)
}

/// The file on disk that a name inside an archive leads into: `/vsizip/{/a/b.zip}/c` -> `/a/b.zip`.
fn archive(path: &str) -> Option<String> {
    let mut rest = path;
    while let Some(inner) = rest.strip_prefix("/vsi") {
        rest = inner.split_once('/')?.1.trim_start_matches('{');
    }
    let ends = rest.match_indices(['/', '}']).map(|(i, _)| i).chain([rest.len()]);
    let file = ends.map(|end| &rest[..end]).find(|part| Path::new(part).is_file())?;
    path.starts_with("/vsi").then(|| absolute(file))
}
