//! Which networks there are: a folder with an index that names each file and its sha256.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::model_file::ModelFile;
use super::{file, is_name, shown};
use crate::error::{Error, Result};
use crate::options::Options;
use crate::places;

/// An index is not larger, in bytes.
const LARGEST_INDEX: u64 = 4 << 20;

/// One network of the index.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Entry {
    /// Its name, `fast-t2x`.
    pub name: String,
    /// The family it belongs to, `fast`.
    pub family: String,
    /// File name inside the folder.
    pub file: String,
    /// The sha256 of the file, in hexadecimal.
    pub sha256: String,
    /// Whether it gives expected errors, too.
    #[serde(default)]
    pub uncertainty: bool,
    /// What else the index says: task, version, cost, scores of the card.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

/// The index of a folder of networks.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Registry {
    /// The folder.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Whether it came with the library.
    #[serde(skip)]
    pub installed: bool,
    /// The family that is used when none is named.
    pub default: String,
    /// The networks.
    pub models: Vec<Entry>,
}

impl Registry {
    /// Finds and reads the index.
    pub fn find(options: &Options) -> Result<Self> {
        let places = places::model_folders(options.models.as_deref());
        let Some(folder) = places.iter().find(|p| p.join("index.json").exists()) else {
            let looked: Vec<_> = places.iter().map(|p| p.display().to_string()).collect();
            return Err(Error::model(format!(
                "no index.json of networks was found; looked in {}; set the option models or \
                 S2SR_MODELS",
                looked.join(", ")
            )));
        };
        let file = folder.join("index.json");
        let bad = |e: &dyn std::fmt::Display| {
            Error::model(format!(
                "{}: the index of the networks cannot be read ({e}); install the networks again",
                file.display()
            ))
        };
        let text = file::read(&file, LARGEST_INDEX).map_err(|e| bad(&e).because(e))?;
        let mut registry: Registry =
            serde_json::from_slice(&text).map_err(|e| bad(&e).because(e))?;
        registry.check().map_err(|what| bad(&what))?;
        registry.folder = folder.clone();
        registry.installed = places::installed_models().contains(folder);
        Ok(registry)
    }

    /// The index is data too: it names networks, and files that lie beside it.
    fn check(&self) -> std::result::Result<(), String> {
        let names = self.models.iter().flat_map(|m| [&m.name, &m.family]);
        if let Some(name) = names.chain([&self.default]).find(|name| !is_name(name)) {
            return Err(format!("'{}' is no name", shown(name.as_bytes())));
        }
        match self.models.iter().find(|m| !is_plain(&m.file)) {
            Some(entry) => Err(format!(
                "the file of {} is '{}', not a file in the folder of the index",
                entry.name,
                shown(entry.file.as_bytes())
            )),
            None => Ok(()),
        }
    }

    /// The network of this name.
    pub fn named(&self, name: &OsStr) -> Option<&Entry> {
        self.models.iter().find(|m| name == m.name.as_str())
    }

    /// The networks of a family.
    pub fn family(&self, family: &str) -> Vec<&Entry> {
        self.models.iter().filter(|m| m.family == family).collect()
    }

    /// The families, in the index's order, and the names of all networks: what a user may ask for.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self
            .models
            .iter()
            .map(|m| m.family.as_str())
            .chain(self.models.iter().map(|m| m.name.as_str()))
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The error for a model that is not in the index.
    pub fn unknown(&self, model: &OsStr) -> Error {
        Error::model(format!(
            "there is no model '{}' in {}; there are {}",
            model.display(),
            self.folder.display(),
            self.names().join(", ")
        ))
    }

    /// The error for what is not the name of one network in the index.
    pub fn unknown_one(&self, model: &OsStr) -> Error {
        let named = |entries: &mut dyn Iterator<Item = &Entry>| {
            entries
                .map(|e| e.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let family = model.to_str().map(|m| self.family(m)).unwrap_or_default();
        Error::model(if family.is_empty() {
            format!(
                "there is no network '{}' in {}; there are {}",
                model.display(),
                self.folder.display(),
                named(&mut self.models.iter())
            )
        } else {
            format!(
                "'{}' is a family of networks, of which one can be opened: {}",
                model.display(),
                named(&mut family.into_iter())
            )
        })
    }

    /// Reads the file of a network and checks it against the index.
    pub fn load(&self, entry: &Entry) -> Result<ModelFile> {
        let path = self.folder.join(&entry.file);
        // A link may lead to another file of the folder, not out of it.
        let folder = |path: &Path| Some(path.canonicalize().ok()?.parent()?.to_owned());
        if folder(&path).is_some_and(|real| Some(real) != self.folder.canonicalize().ok()) {
            return Err(Error::model(format!(
                "{}: it is a link out of the folder of the index; put the file itself there",
                path.display()
            )));
        }
        let mut file = ModelFile::read(&path)?;
        file.installed = self.installed;
        let sum = &file.sum;
        if !sum.eq_ignore_ascii_case(&entry.sha256) {
            return Err(Error::model(format!(
                "{}: its sha256 is {sum}, not the {} that index.json gives: the file is damaged \
                 or was exchanged; install the networks again",
                file.path.display(),
                shown(entry.sha256.as_bytes())
            )));
        }
        Ok(file)
    }
}

/// Whether this is a file's name and nothing more, on every system.
fn is_plain(file: &str) -> bool {
    let mut parts = Path::new(file).components();
    let one = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    );
    one && is_name(file) && !file.contains(['/', '\\', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_plain_files() {
        for file in ["a.onnx", "a b.onnx", "größer-x2.onnx", "..onnx"] {
            assert!(is_plain(file), "{file}");
        }
        for file in [
            "",
            ".",
            "..",
            "../a.onnx",
            "/a.onnx",
            "b/a.onnx",
            "a.onnx/",
            "./a.onnx",
            "..\\a.onnx",
            "c:a.onnx",
            "a\n.onnx",
            "a\0.onnx",
        ] {
            assert!(!is_plain(file), "{file:?}");
        }
    }
}
