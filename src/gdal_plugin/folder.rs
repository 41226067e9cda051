//! The folder to put into GDAL_DRIVER_PATH. It holds `gdal_S2SR.so`, a link to the library.

use std::path::{Path, PathBuf};

use crate::core::error::{Error, Result};
use crate::places;

const PLUGIN: &str = "gdal_S2SR.so";
const LIBRARY: &str = "libs2sr.so";

/// Finds the folder around this code's own file: an installed prefix, or the build tree, where the link is made if only
/// it is missing.
pub fn plugin_folder() -> Result<PathBuf> {
    let places = places::plugin_folders();
    if let Some(folder) = places.iter().find(|p| p.join(PLUGIN).exists()) {
        return Ok(folder.clone());
    }
    let beside = places::own_file().and_then(|f| f.parent().map(Path::to_path_buf)).filter(|p| p.join(LIBRARY).exists());
    let Some(build) = beside else {
        let looked: Vec<_> = places.iter().map(|p| p.display().to_string()).collect();
        return Err(Error::Runtime(format!(
            "{PLUGIN} was not found; looked in {}; install s2sr again, or make a link of that name to {LIBRARY}",
            looked.join(", ")
        )));
    };
    let folder = build.join("gdalplugins");
    link(&folder).map_err(|e| Error::output(folder.join(PLUGIN), format!("the link to {LIBRARY} cannot be made ({e})")))?;
    Ok(folder)
}

fn link(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let (target, name) = (Path::new("..").join(LIBRARY), folder.join(PLUGIN));
    // A link that leads nowhere is what is left of an older build.
    let _ = std::fs::remove_file(&name);
    std::os::unix::fs::symlink(target, name)
}
