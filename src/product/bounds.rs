//! What belongs to a product. Names that were found in it, not given by the user, are opened only
//! where they are files inside it.

use std::path::{Component, Path, PathBuf};

use crate::gdal::vsi;

const OUTSIDE: &str =
    "it leads out of the product, by a link or by its name; put the file itself there";

/// The folder that a product's files lie in.
pub struct Bounds {
    /// `None`: inside an archive or on a server, where there are neither links nor devices.
    root: Option<PathBuf>,
    /// As it was named.
    folder: PathBuf,
}

impl Bounds {
    /// The bounds of a product that lies in `folder`.
    pub fn of(folder: &Path) -> Self {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let root = (!vsi::is_virtual(folder))
            .then(|| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
        Self {
            root,
            folder: folder.to_owned(),
        }
    }

    /// Why a file that was found must not be opened; `None` where nothing speaks against it.
    pub fn refusal(&self, file: &Path) -> Option<&'static str> {
        let Some(root) = &self.root else {
            return (climbs(file) || !file.starts_with(&self.folder)).then_some(OUTSIDE);
        };
        let (root, target) = match file.canonicalize() {
            Ok(target) => (root, target),
            Err(_) if is_plain(file) => (&self.folder, file.to_owned()),
            Err(_) if file.is_symlink() => return Some("it is a link that leads nowhere"),
            Err(_) => return Some("there is no such file"),
        };
        if !target.starts_with(root) {
            return Some(OUTSIDE);
        }
        match target.metadata() {
            Ok(m) if m.is_file() => None,
            Ok(m) if m.is_dir() => Some("it is a folder, not a file"),
            _ => Some("it is a pipe, a device or a socket, not a file"),
        }
    }
}

/// Whether a file is there under its name as it stands. Windows cannot tell where a name leads on
/// some drives, such as those in memory, nor does Wine for long names.
fn is_plain(file: &Path) -> bool {
    cfg!(windows) && !climbs(file) && file.exists() && !file.ancestors().any(Path::is_symlink)
}

fn climbs(file: &Path) -> bool {
    file.components().any(|part| part == Component::ParentDir)
}
