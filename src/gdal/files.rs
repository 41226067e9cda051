//! Which files a raster is made of.

use std::collections::HashSet;
use std::path::PathBuf;

use super::dataset::Dataset;
use super::strings::{take_list, text};
use super::{Quiet, vsi};

/// Files of one raster, more than anybody watches.
const MANY_FILES: usize = 10_000;

impl Dataset {
    /// The files that it is made of, as far as GDAL knows: sidecars, what a VRT names, and what
    /// VRTs in it name.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = vec![self.path.clone()];
        let (gdal, mut asked) = (self.raster.gdal, 0);
        // SAFETY: the handle is open; GDAL keeps its driver's name.
        let is_vrt = unsafe {
            text((gdal.GDALGetDescription)((gdal.GDALGetDatasetDriver)(
                self.raster.handle(),
            )))
        } == "VRT";
        // To ask for sidecars may cost a request for each on a server; a VRT knows what it names.
        if is_vrt || !vsi::is_virtual(&self.path) {
            files.extend(self.own_files());
        }
        while is_vrt && asked < files.len() && files.len() < MANY_FILES {
            if asked > 0 && files[asked].extension().is_some_and(|e| e == "vrt") {
                let inner = Self::open(&files[asked])
                    .map(|d| d.own_files())
                    .unwrap_or_default();
                files.extend(inner);
            }
            asked += 1;
            let mut known = HashSet::new();
            files.retain(|f| known.insert(f.clone()));
        }
        files
    }

    fn own_files(&self) -> Vec<PathBuf> {
        let (gdal, _quiet) = (self.raster.gdal, Quiet::new());
        // SAFETY: the handle is open; GDAL gives a list of its own, which is freed.
        let names = unsafe { take_list(gdal, (gdal.GDALGetFileList)(self.raster.handle())) };
        names.into_iter().map(PathBuf::from).collect()
    }
}
