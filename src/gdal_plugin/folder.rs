//! The folder to put into GDAL_DRIVER_PATH. It holds the library under the name that GDAL looks
//! for: a link to it, or on Windows a copy.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::places;

/// The folder in this code's own layout: an installed prefix, or the build tree, where the link is
/// made if only it is missing.
pub fn plugin_folder() -> Result<PathBuf> {
    let (plugin, library) = (places::plugin(), places::library("s2sr"));
    let Some(folder) = places::plugin_folder() else {
        return Err(Error::runtime(format!(
            "{plugin} was not found: this s2sr lies neither in the lib or bin of an installed \
             prefix nor where cargo builds it; install it again"
        )));
    };
    let link = folder.join(&plugin);
    let built = folder.parent().unwrap_or(&folder).join(&library);
    if link.exists() && !is_older(&link, &built) {
        return Ok(folder);
    }
    if !built.exists() {
        return Err(Error::runtime(format!(
            "{plugin} was not found; looked in {}; install s2sr again, or make a link of that \
             name to {library}",
            folder.display()
        )));
    }
    make(&link, &library).map_err(|e| {
        Error::output(&link, format!("the link to {library} cannot be made ({e})")).because(e)
    })?;
    Ok(folder)
}

/// Makes the link to the library in the folder above.
fn make(link: &Path, library: &str) -> std::io::Result<()> {
    let folder = link.parent().unwrap_or(link);
    std::fs::create_dir_all(folder)?;
    // A link that leads nowhere is what is left of an older build.
    let _ = std::fs::remove_file(link);
    #[cfg(unix)]
    return std::os::unix::fs::symlink(Path::new("..").join(library), link);
    // Links take rights there that few users have.
    #[cfg(not(unix))]
    std::fs::copy(folder.with_file_name(library), link).map(drop)
}

/// Whether a copy was made from an earlier build.
fn is_older(copy: &Path, built: &Path) -> bool {
    let changed = |file: &Path| file.metadata().and_then(|m| m.modified());
    matches!((changed(copy), changed(built)), (Ok(copy), Ok(built)) if copy < built)
}
