//! A Zarr store's metadata, V2 or V3, and which of its files are there.

use std::path::{Component, Path};

use serde_json::{Map, Value};

use super::attributes::Attributes;
use crate::error::{Error, Result};
use crate::gdal::vsi;

/// So many files of an array are looked at for links.
const MOST_CHUNKS: usize = 100_000;

/// A store's metadata.
pub struct Store<'a> {
    root: &'a Path,
    /// What is said of every group and array in one file, if there is such a one.
    whole: Map<String, Value>,
}

/// What a store says of an array.
pub struct Array {
    pub rows: i64,
    pub cols: i64,
    /// How many dimensions, each of one layer, stand before these.
    pub around: usize,
    /// Into how many files it is divided.
    pub chunks: u64,
    pub attributes: Attributes,
    /// Its coordinate reference system as well-known text, where an array beside it says that.
    pub crs: Option<String>,
}

/// How much of an array is there.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// So many of its files.
    Chunks(u64),
    /// It is on a server or in an archive, and not counted.
    Uncounted,
    Nothing,
}

impl<'a> Store<'a> {
    pub fn new(root: &'a Path) -> Result<Self> {
        let second = json(&root.join(".zmetadata"))?;
        let second = second.and_then(|v| v.get("metadata")?.as_object().cloned());
        let whole = match second {
            Some(whole) => Some(whole),
            None => json(&root.join("zarr.json"))?
                .and_then(|v| v["consolidated_metadata"]["metadata"].as_object().cloned()),
        };
        Ok(Self {
            root,
            whole: whole.unwrap_or_default(),
        })
    }

    /// The names in a group; that without a name is the root.
    pub fn children(&self, group: &str) -> Vec<String> {
        let below = self.whole.keys().filter_map(|key| {
            let rest = match group {
                "" => key.as_str(),
                group => key.strip_prefix(group)?.strip_prefix('/')?,
            };
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

    /// What is said of an array; `None` for what is none, or has several layers.
    pub fn array(&self, name: &str) -> Result<Option<Array>> {
        let Some((array, attributes)) = self.read(name)? else {
            return Ok(None);
        };
        let numbers = |value: &Value| -> Option<Vec<i64>> {
            value.as_array()?.iter().map(Value::as_i64).collect()
        };
        let Some(shape) = numbers(&array["shape"]) else {
            return Ok(None);
        };
        let [layers @ .., rows, cols] = shape.as_slice() else {
            return Ok(None);
        };
        if layers.iter().any(|n| *n != 1) || *rows < 1 || *cols < 1 {
            return Ok(None);
        }
        let third = &array["chunk_grid"]["configuration"]["chunk_shape"];
        let chunk = numbers(&array["chunks"]).or_else(|| numbers(third));
        let along = |(n, chunk): (&i64, &i64)| n.unsigned_abs().div_ceil((*chunk).max(1) as u64);
        let chunk = chunk.unwrap_or_default();
        let chunks = shape.iter().zip(&chunk).map(along);
        // What xarray writes with an encoding of the user's names none; rioxarray's is called so.
        let mapping = attributes["grid_mapping"].as_str();
        let crs = self.crs(name, mapping.unwrap_or("spatial_ref"))?;
        let mut attributes = Attributes::of(&attributes);
        attributes.fill = attributes.fill.or_else(|| array["fill_value"].as_f64());
        Ok(Some(Array {
            rows: *rows,
            cols: *cols,
            around: layers.len(),
            chunks: chunks.fold(1, u64::saturating_mul),
            attributes,
            crs,
        }))
    }

    /// What the array that a grid mapping names, beside the array `name`, says.
    fn crs(&self, name: &str, mapping: &str) -> Result<Option<String>> {
        let is_plain = |part: Component| matches!(part, Component::Normal(_));
        if !Path::new(mapping).components().all(is_plain) {
            return Ok(None);
        }
        let beside = match name.rsplit_once('/') {
            Some((group, _)) => format!("{group}/{mapping}"),
            None => mapping.to_owned(),
        };
        let Some((_, attributes)) = self.read(&beside)? else {
            return Ok(None);
        };
        let text = |key: &str| attributes[key].as_str().map(str::to_owned);
        Ok(text("crs_wkt").or_else(|| text("spatial_ref")))
    }

    /// The description of an array, and its attributes.
    fn read(&self, name: &str) -> Result<Option<(Value, Value)>> {
        let get = |file: &str| match self.whole.get(&format!("{name}/{file}")) {
            Some(value) => Ok(Some(value.clone())),
            None => json(&self.root.join(name).join(file)),
        };
        if let Some(array) = get(".zarray")? {
            return Ok(Some((array, get(".zattrs")?.unwrap_or_default())));
        }
        let array = match self.whole.get(name) {
            Some(array) => Some(array.clone()),
            None => json(&self.root.join(name).join("zarr.json"))?,
        };
        Ok(array.map(|array| (array.clone(), array["attributes"].clone())))
    }

    pub fn root_attributes(&self) -> Result<Value> {
        if let Some(whole) = self.whole.get(".zattrs") {
            return Ok(whole.clone());
        }
        let second = json(&self.root.join(".zattrs"))?;
        let third = || json(&self.root.join("zarr.json"));
        Ok(match second {
            Some(second) => second,
            None => third()?.map_or(Value::Null, |v| v["attributes"].clone()),
        })
    }

    /// Which files of an array are there. One with a link among them is refused: it could lead out
    /// of the product.
    pub fn found(&self, array: &str) -> Result<Found> {
        let root = self.root.join(array);
        if vsi::is_virtual(&root) {
            let is_there = vsi::is_remote(&root) || !vsi::list(&root).is_empty();
            return Ok(match is_there {
                true => Found::Uncounted,
                false => Found::Nothing,
            });
        }
        if !root.is_dir() {
            return Ok(Found::Nothing);
        }
        let mut folders = vec![root];
        let (mut seen, mut chunks) = (0, 0);
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder).map_err(|e| {
                Error::input(&folder, format!("it cannot be listed ({e})")).because(e)
            })?;
            for entry in entries.flatten() {
                seen += 1;
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && seen < MOST_CHUNKS => folders.push(entry.path()),
                    Ok(kind) if kind.is_file() => {
                        let name = entry.file_name();
                        let about = name.to_string_lossy();
                        chunks += u64::from(!about.starts_with('.') && about != "zarr.json");
                    }
                    _ => {
                        return Err(Error::input(
                            entry.path(),
                            "it is no plain file, as those in a Zarr store are; put the file \
                             itself there",
                        ));
                    }
                }
            }
        }
        Ok(match chunks {
            0 => Found::Nothing,
            some => Found::Chunks(some),
        })
    }
}

/// What a file holds; `None` where there is none.
fn json(file: &Path) -> Result<Option<Value>> {
    let Ok(text) = vsi::read_text(file) else {
        return Ok(None);
    };
    let value = serde_json::from_str(&text).map_err(|e| {
        let what = format!("it is no JSON ({e}), or was cut short; fetch the product again");
        Error::input(file, what).because(e)
    })?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Store, Value};

    #[test]
    fn a_grid_mapping_lies_in_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let put = |file: &str, value: Value| {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, value.to_string()).unwrap();
        };
        let root = folder.path().join("x.zarr");
        for array in ["x.zarr/B05", "x.zarr/grid", "elsewhere"] {
            put(
                &format!("{array}/.zarray"),
                json!({"shape": [3, 3], "chunks": [3, 3]}),
            );
            put(&format!("{array}/.zattrs"), json!({"crs_wkt": array}));
        }
        let elsewhere = folder.path().join("elsewhere");
        for (mapping, is_there) in [
            ("grid", true),
            ("../elsewhere", false),
            (elsewhere.to_str().unwrap(), false),
        ] {
            put("x.zarr/B05/.zattrs", json!({"grid_mapping": mapping}));
            let array = Store::new(&root).unwrap().array("B05").unwrap();
            assert_eq!(array.unwrap().crs.is_some(), is_there, "{mapping}");
        }
    }
}
