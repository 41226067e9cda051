//! EOPF Zarr, ESA's successor of SAFE: a store with one array per band under
//! `/measurements/reflectance/r10m`, `r20m` and `r60m`. Pixels are read through GDAL; where they
//! lie and what they mean is read from the attributes, which GDAL does not all know.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::assemble::{Findings, assemble};
use super::choice::finest_copies;
use super::text::name_of;
use super::{Candidate, ClassFile, Product};
use crate::error::{Error, Result};
use crate::gdal::crs::crs_of_epsg;
use crate::gdal::{has_driver, vsi};
use crate::options::Options;
use crate::raster::grid::Grid;
use crate::raster::names;
use crate::raster::radiometry::{Radiometry, declared_nodata};

/// Where the bands are, and the ground sample distance there in m.
const FOLDERS: [(&str, u32); 3] = [
    ("measurements/reflectance/r10m", 10),
    ("measurements/reflectance/r20m", 20),
    ("measurements/reflectance/r60m", 60),
];
/// The scene classification of an L2A product.
const CLASSES: &str = "conditions/mask/l2a_classification/r20m/scl";
/// So many files of an array are looked at for links.
const MOST_CHUNKS: usize = 100_000;

/// Whether a folder with these names is a store.
pub fn is_store(names: &[std::ffi::OsString]) -> bool {
    let has = |name: &str| names.iter().any(|n| n == name);
    has("measurements")
        && [".zgroup", ".zattrs", ".zmetadata", "zarr.json"]
            .iter()
            .any(|n| has(n))
}

/// Whether an address is that of a store, which a server does not list.
pub fn is_remote_store(root: &Path) -> bool {
    vsi::is_remote(root)
        && [".zmetadata", "zarr.json"]
            .iter()
            .any(|n| vsi::size(&root.join(n)).is_some())
}

/// What an array says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes {
    /// Slope and intercept from DN to reflectance.
    pub scale: Option<f64>,
    /// The intercept.
    pub offset: Option<f64>,
    /// The DN of pixels without data.
    pub fill: Option<f64>,
    /// Code of the coordinate reference system.
    pub epsg: Option<u32>,
    /// West edge, north edge and pixel size in m.
    pub place: Option<[f64; 3]>,
}

impl Attributes {
    /// Reads the attributes of an array from JSON.
    pub fn of(value: &Value) -> Self {
        let inner = &value["_eopf_attrs"];
        let get = |key: &str| {
            [&value[key], &inner[key]]
                .into_iter()
                .find(|v| !v.is_null())
        };
        let number = |key: &str| get(key).and_then(Value::as_f64).filter(|v| v.is_finite());
        let epsg = get("proj:epsg")
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
            .or_else(|| {
                let code = get("proj:code")?.as_str()?;
                code.rsplit(':').next()?.parse().ok()
            });
        let place = get("proj:transform")
            .and_then(Value::as_array)
            .and_then(|t| {
                let t: Vec<f64> = t.iter().map(Value::as_f64).collect::<Option<_>>()?;
                let straight =
                    t.len() >= 6 && t[1] == 0.0 && t[3] == 0.0 && t[0] > 0.0 && t[4] == -t[0];
                (straight && t.iter().all(|v| v.is_finite())).then(|| [t[2], t[5], t[0]])
            });
        Self {
            scale: number("scale_factor"),
            offset: number("add_offset"),
            fill: number("fill_value").or_else(|| number("_FillValue")),
            epsg,
            place,
        }
    }

    /// Where an array of so many rows and columns lies; `epsg` is what the product says.
    fn grid(&self, rows: i64, cols: i64, epsg: Option<u32>) -> Option<(Grid, String)> {
        let [west, north, gsd] = self.place?;
        let crs = crs_of_epsg(self.epsg.or(epsg)?)?;
        let grid = Grid {
            west,
            north,
            gsd,
            cols,
            rows,
        };
        Some((grid, crs))
    }

    /// DN to reflectance, if the array says its scale.
    pub fn radiometry(&self) -> Option<Radiometry> {
        let scale = self.scale.filter(|s| *s > 0.0)?;
        Some(Radiometry {
            quantification: 1.0 / scale,
            add_offset: self.offset.unwrap_or(0.0) / scale,
            nodata: self.fill.and_then(declared_nodata),
        })
    }
}

/// A store's metadata.
struct Store<'a> {
    root: &'a Path,
    /// What is said of every group and array in one file, if there is such a one.
    whole: Map<String, Value>,
}

impl<'a> Store<'a> {
    fn new(root: &'a Path) -> Self {
        let read = |name: &str| json(&root.join(name));
        let second = |v: Value| v.get("metadata")?.as_object().cloned();
        let third = |v: Value| v["consolidated_metadata"]["metadata"].as_object().cloned();
        let whole = read(".zmetadata")
            .and_then(second)
            .or_else(|| read("zarr.json").and_then(third));
        Self {
            root,
            whole: whole.unwrap_or_default(),
        }
    }

    /// The names in a group.
    fn children(&self, group: &str) -> Vec<String> {
        let below = self.whole.keys().filter_map(|key| {
            let rest = key.strip_prefix(group)?.strip_prefix('/')?;
            let mut parts = rest.split('/').filter(|p| !p.starts_with(".z"));
            parts.next().map(str::to_owned)
        });
        let mut names: Vec<String> = below.collect();
        if self.whole.is_empty() {
            let listed = vsi::list(&self.root.join(group));
            names.extend(listed.iter().map(|n| n.to_string_lossy().into_owned()));
        }
        names.sort();
        names.dedup();
        names
    }

    /// The shape and the attributes of an array: rows, columns.
    fn array(&self, name: &str) -> Option<((i64, i64), Attributes)> {
        let path = self.root.join(name);
        let get = |file: &str| {
            let key = format!("{name}/{file}");
            self.whole
                .get(&key)
                .cloned()
                .or_else(|| json(&path.join(file)))
        };
        let (array, attributes) = match get(".zarray") {
            Some(array) => (array, get(".zattrs").unwrap_or_default()),
            None => {
                let array = self.whole.get(name).cloned();
                let array = array.or_else(|| json(&path.join("zarr.json")))?;
                let attributes = array["attributes"].clone();
                (array, attributes)
            }
        };
        let shape: Vec<i64> = array["shape"]
            .as_array()?
            .iter()
            .map(Value::as_i64)
            .collect::<Option<_>>()?;
        let [rows, cols] = shape[..] else { return None };
        let mut attributes = Attributes::of(&attributes);
        attributes.fill = attributes.fill.or_else(|| array["fill_value"].as_f64());
        Some(((rows, cols), attributes))
    }

    fn root_attributes(&self) -> Value {
        let whole = self.whole.get(".zattrs").cloned();
        let third = || json(&self.root.join("zarr.json")).map(|v| v["attributes"].clone());
        whole
            .or_else(|| json(&self.root.join(".zattrs")))
            .or_else(third)
            .unwrap_or_default()
    }
}

fn json(file: &Path) -> Option<Value> {
    serde_json::from_str(&vsi::read_text(file).ok()?).ok()
}

/// Opens the store `root`; `path` is what was given.
pub fn open(path: &Path, root: &Path, options: &Options) -> Result<Product> {
    options.refuse_band_names(path, "an EOPF Zarr product")?;
    if !has_driver("Zarr") {
        return Err(Error::input(
            path,
            "it is an EOPF Zarr product, and this GDAL was built without Zarr; use GDAL 3.4 or \
             later with it, or give the SAFE product",
        ));
    }
    let store = Store::new(root);
    let about = store.root_attributes();
    let properties = &about["stac_discovery"]["properties"];
    let of_product = Attributes::of(properties);
    let mut candidates = Vec::new();
    for (folder, gsd) in FOLDERS {
        for name in store.children(folder) {
            let Some(band) = names::parse(&name) else {
                continue;
            };
            let array = format!("{folder}/{name}");
            let Some(((rows, cols), attributes)) = store.array(&array) else {
                continue;
            };
            no_links(&root.join(&array))?;
            let place = attributes.grid(rows, cols, of_product.epsg);
            let radiometry = attributes.radiometry();
            if let Some(what) = radiometry.as_ref().and_then(Radiometry::implausible) {
                return Err(Error::input(
                    root.join(&array),
                    format!("{what} in its attributes; fetch the product again"),
                ));
            }
            candidates.push((
                gsd,
                Candidate {
                    named: true,
                    radiometry,
                    place,
                    crs: attributes.epsg.or(of_product.epsg).and_then(crs_of_epsg),
                    ..Candidate::new(band, array_name(root, &array))
                },
            ));
        }
    }
    let findings = Findings {
        candidates: finest_copies(candidates),
        listed: true,
        ..Findings::new(path, name_of(root))
    };
    let mut product = assemble(findings, options).map_err(|e| unreadable(e, path))?;
    product.classes = store.array(CLASSES).map(|((rows, cols), a)| ClassFile {
        named: true,
        place: a.grid(rows, cols, of_product.epsg),
        ..ClassFile::found(array_name(root, CLASSES))
    });
    let text = |key: &str| properties[key].as_str().map(str::to_owned);
    product.level = text("product:type").and_then(|t| {
        ["L1C", "L2A"]
            .into_iter()
            .find(|l| t.ends_with(l))
            .map(str::to_owned)
    });
    product.baseline = text("eopf:baseline").or_else(|| text("processing:version"));
    product.spacecraft = text("platform");
    product.metadata = [".zmetadata", "zarr.json", ".zattrs", ".zgroup"]
        .iter()
        .map(|n| root.join(n))
        .find(|f| vsi::size(f).is_some());
    product.files.extend(product.metadata.clone());
    Ok(product)
}

/// What GDAL calls an array of a store.
fn array_name(root: &Path, array: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from("ZARR:\"");
    name.push(root);
    name.push(format!("\":/{array}"));
    PathBuf::from(name)
}

/// Refuses an array with a link among its files: it could lead out of the product.
fn no_links(array: &Path) -> Result<()> {
    if vsi::is_virtual(array) {
        return Ok(());
    }
    let mut folders = vec![array.to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .map_err(|e| Error::input(&folder, format!("it cannot be listed ({e})")).because(e))?;
        for entry in entries.flatten() {
            seen += 1;
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && seen < MOST_CHUNKS => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => {}
                _ => {
                    return Err(Error::input(
                        entry.path(),
                        "it is no plain file, as those in a Zarr store are; put the file itself \
                         there",
                    ));
                }
            }
        }
    }
    Ok(())
}

/// What to do where GDAL cannot read an array.
fn unreadable(error: Error, path: &Path) -> Error {
    match error {
        Error::Input {
            path: file, what, ..
        } if file.to_string_lossy().starts_with("ZARR:") => Error::input(
            path,
            format!(
                "it is an EOPF Zarr product, and this GDAL cannot read it: {what}; use a \
                     newer GDAL, built with blosc and zstd, or give the SAFE product"
            ),
        ),
        error => error,
    }
}

#[cfg(test)]
mod tests;
