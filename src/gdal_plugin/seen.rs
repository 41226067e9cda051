//! What a scene was made from, so that a later request notices that the product or a network has
//! changed since.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::args::absolute;
use crate::gdal;
use crate::gdal::vsi::{self, stamp};
use crate::job::Job;
use crate::product::text::INNER;
use crate::stamp::Stamp;

/// Files and folders as they were.
pub struct Seen {
    files: Vec<(PathBuf, Option<Stamp>)>,
    folders: Vec<(PathBuf, Option<Stamp>, Vec<OsString>)>,
}

impl Seen {
    /// What a plan rests on: the files that are read, and which files there are. `outline`: the
    /// file with that of the result.
    pub fn of(job: &Job, outline: Option<&Path>) -> Self {
        let root = &root(job);
        let mut files = sources(job, outline);
        for model in &job.models {
            files.push(absolute(&model.path));
            files.extend(
                model
                    .path
                    .parent()
                    .map(|folder| absolute(&folder.join("index.json"))),
            );
        }
        files.extend(files.clone().iter().filter_map(|f| archive(f)));
        let mut folders: Vec<PathBuf> = INNER.map(|name| root.join(name)).into();
        // Every folder between the product and a file of it; an archive's are below /vsizip/.
        let below = gdal::name(root.strip_prefix("/").unwrap_or(root));
        let inside = |folder: &&Path| {
            let name = gdal::name(folder);
            below.is_empty() || name.windows(below.len()).any(|part| part == &*below)
        };
        for file in &files {
            folders.extend(file.ancestors().skip(1).filter(inside).map(Path::to_owned));
        }
        for list in [&mut files, &mut folders] {
            list.sort();
            list.dedup();
        }
        // To look at a folder of a server is a request, and often answered with nothing.
        let folders = folders
            .into_iter()
            .filter(|f| !f.is_file() && !vsi::is_remote(f));
        Self {
            files: files
                .into_iter()
                .filter(|f| !f.is_dir())
                .map(|f| (stamp(&f), f))
                .map(|(s, f)| (f, s))
                .collect(),
            folders: folders
                .map(|f| (stamp(&f), vsi::list(&f), f))
                .map(|(s, names, f)| (f, s, names))
                .collect(),
        }
    }

    /// Whether all is as it was.
    pub fn still_holds(&self) -> bool {
        // A folder that was written to may still hold the same files.
        let same = |(folder, then, names): &(PathBuf, Option<Stamp>, Vec<OsString>)| {
            let untouched = !vsi::is_virtual(folder) && then.is_some() && stamp(folder) == *then;
            untouched || vsi::list(folder) == *names
        };
        self.files.iter().all(|(file, then)| stamp(file) == *then) && self.folders.iter().all(same)
    }
}

/// What a product is made of: its own name, and the files that are read, from the root.
pub fn sources(job: &Job, outline: Option<&Path>) -> Vec<PathBuf> {
    let product = &job.product;
    let classes = product.classes.iter().filter(|_| job.classes);
    let files = [&product.path].into_iter().chain(&product.files);
    files
        .map(PathBuf::as_path)
        .chain(classes.map(|c| c.file.as_path()))
        .chain(outline)
        .map(absolute)
        .collect()
}

/// The folder, archive or file that a product lies in, from the root. It may be named by its
/// metadata file; what else there is lies around that.
pub fn root(job: &Job) -> PathBuf {
    let given = absolute(&job.product.path);
    match given.parent() {
        Some(folder) if given.extension().is_some_and(|e| e == "xml") => folder.to_owned(),
        _ => given,
    }
}

/// The file on disk that a name inside an archive leads into: `/vsizip/{/a/b.zip}/c` -> `/a/b.zip`.
fn archive(path: &Path) -> Option<PathBuf> {
    if !vsi::is_virtual(path) {
        return None;
    }
    let name = gdal::name(path);
    let rest = vsi::inside(&name);
    let ends = (0..rest.len()).filter(|at| matches!(rest[*at], b'/' | b'}'));
    ends.chain([rest.len()])
        .map(|end| PathBuf::from(gdal::os_name(rest[..end].to_vec())))
        .find(|part| part.is_file())
        .map(|part| absolute(&part))
}
