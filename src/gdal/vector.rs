//! Polygons from vector files.

mod layer;
mod named;
mod opened;
mod sequence;
mod wrong;

use std::path::{Path, PathBuf};

use super::transform::{Goal, MOST_CORNERS, Way};
use super::{Quiet, find, register, rules::Rules};
use crate::error::{Error, Result};
use crate::memory::push;
use crate::raster::polygon::Area;
use layer::layers;
use opened::Opened;
use wrong::too_many;

/// The polygons of all layers of a vector file, each layer brought from its own coordinate
/// reference system to the goal, and the files that it is made of, as GDAL calls them. `plain`: only
/// a file on this machine, in a format that leads nowhere else.
pub fn polygons(path: &Path, goal: &Goal, plain: bool) -> Result<(Area, Vec<PathBuf>)> {
    let gdal = find::get()?;
    register(gdal);
    let (_quiet, _rules) = (Quiet::new(), Rules::enter(gdal));
    let file = Opened::new(gdal, path, plain)?;
    let (mut area, mut corners) = (Area::default(), 0);
    for layer in layers(&file) {
        let found = layer?.polygons(corners)?;
        if found.polygons.is_empty() {
            continue;
        }
        let system = found.system.ok_or_else(|| {
            Error::input(
                path,
                "it does not say its coordinate reference system; set one, or give it as GeoJSON",
            )
        })?;
        if file.format == "GeoJSON" {
            named::refuse_unknown(path, &system)?;
        }
        let way = Way::new(&system, goal)?;
        for mut polygon in found.polygons {
            for line in &mut polygon {
                *line = way.bring(line)?;
                corners += line.len();
                if corners > MOST_CORNERS {
                    return Err(too_many(path));
                }
            }
            push(&mut area.0, polygon)?;
        }
    }
    if corners == 0 {
        return Err(file.is_empty());
    }
    Ok((area, file.files()))
}
