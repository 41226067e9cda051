//! The folder to put into GDAL_DRIVER_PATH. It holds `gdal_S2SR.so`, a link to the library.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::places;

const PLUGIN: &str = "gdal_S2SR.so";
const LIBRARY: &str = "libs2sr.so";

/// The folder in this code's own layout: an installed prefix, or the build tree, where the link is
/// made if only it is missing.
pub fn plugin_folder() -> Result<PathBuf> {
    let Some(folder) = places::plugin_folder() else {
        return Err(Error::Runtime(format!(
            "{PLUGIN} was not found: this s2sr lies neither in the lib or bin of an installed prefix nor where cargo builds it; install it again"
        )));
    };
    if folder.join(PLUGIN).exists() {
        return Ok(folder);
    }
    if !folder
        .parent()
        .is_some_and(|build| build.join(LIBRARY).exists())
    {
        return Err(Error::Runtime(format!(
            "{PLUGIN} was not found; looked in {}; install s2sr again, or make a link of that name to {LIBRARY}",
            folder.display()
        )));
    }
    link(&folder).map_err(|e| {
        Error::output(
            folder.join(PLUGIN),
            format!("the link to {LIBRARY} cannot be made ({e})"),
        )
    })?;
    Ok(folder)
}

fn link(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let (target, name) = (Path::new("..").join(LIBRARY), folder.join(PLUGIN));
    // A link that leads nowhere is what is left of an older build.
    let _ = std::fs::remove_file(&name);
    std::os::unix::fs::symlink(target, name)
}
