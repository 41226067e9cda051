//! Which networks there are: a folder with an index that names each file and its sha256.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::contract::Contract;
use crate::core::error::{Error, Result};
use crate::core::options::{Options, is_model_file};
use crate::places;

/// One network of the index.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Entry {
    /// Its name, `fast-t2x`.
    pub name: String,
    /// The family it belongs to, `fast`.
    pub family: String,
    /// File name inside the folder.
    pub file: String,
    /// The sha256 of the file, in hexadecimal.
    pub sha256: String,
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
    /// The family that is used when none is named.
    pub default: String,
    /// The networks.
    pub models: Vec<Entry>,
}

impl Registry {
    /// Finds and reads the index.
    pub fn find(options: &Options) -> Result<Self> {
        let places = places::model_folders(options.models.as_deref());
        let Some(folder) = places.iter().find(|p| p.join("index.json").is_file()) else {
            let looked: Vec<_> = places.iter().map(|p| p.display().to_string()).collect();
            return Err(Error::Model(format!("no index.json of networks was found; looked in {}; set the option models or S2SR_MODELS", looked.join(", "))));
        };
        let file = folder.join("index.json");
        let bad =
            |e: &dyn std::fmt::Display| Error::Model(format!("{}: the index of the networks cannot be read ({e}); install the networks again", file.display()));
        let text = fs::read_to_string(&file).map_err(|e| bad(&e))?;
        let mut registry: Registry = serde_json::from_str(&text).map_err(|e| bad(&e))?;
        registry.folder = folder.clone();
        Ok(registry)
    }

    /// The networks of a family.
    pub fn family(&self, family: &str) -> Vec<&Entry> {
        self.models.iter().filter(|m| m.family == family).collect()
    }

    /// The families, in the index's order, and the names of all networks: what a user may ask for.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.models.iter().map(|m| m.family.as_str()).chain(self.models.iter().map(|m| m.name.as_str())) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The error for a model that is not in the index.
    pub fn unknown(&self, model: &str) -> Error {
        Error::Model(format!("there is no model '{model}' in {}; there are {}", self.folder.display(), self.names().join(", ")))
    }

    /// Reads the file of a network and checks it against the index.
    pub fn load(&self, entry: &Entry) -> Result<ModelFile> {
        let file = ModelFile::read(&self.folder.join(&entry.file))?;
        let sum: String = Sha256::digest(&file.bytes).iter().map(|b| format!("{b:02x}")).collect();
        if !sum.eq_ignore_ascii_case(&entry.sha256) {
            return Err(Error::Model(format!(
                "{}: its sha256 is {sum}, not the {} that index.json gives: the file is damaged or was exchanged; install the networks again",
                file.path.display(),
                entry.sha256
            )));
        }
        Ok(file)
    }
}

/// A model file in memory, its contract read. ONNX Runtime is not needed for that.
pub struct ModelFile {
    /// Where it came from.
    pub path: PathBuf,
    /// What it is.
    pub contract: Contract,
    pub(super) bytes: Vec<u8>,
}

impl ModelFile {
    /// Reads any model file that has a contract.
    pub fn read(path: &Path) -> Result<Self> {
        let bad = |what: String| Error::Model(format!("{}: {what}", path.display()));
        let bytes = fs::read(path).map_err(|e| bad(format!("the model cannot be read ({e})")))?;
        let contract = Contract::read(|key| super::onnx::metadata(&bytes, key)).map_err(bad)?;
        Ok(Self { path: path.into(), contract, bytes })
    }

    /// One model, by its name in the index or by its file.
    pub fn find(model: &str, options: &Options) -> Result<Self> {
        if is_model_file(model) {
            return Self::read(Path::new(model));
        }
        let registry = Registry::find(options)?;
        match registry.models.iter().find(|m| m.name == model) {
            Some(entry) => registry.load(entry),
            None => Err(registry.unknown(model)),
        }
    }
}

/// A contract as JSON, for `s2sr models` and the programming interfaces.
pub fn describe(contract: &Contract) -> serde_json::Value {
    let ports = |ports: &[super::contract::Port]| -> serde_json::Value {
        let port = |p: &super::contract::Port| {
            let bands: Vec<&str> = if p.bands.is_empty() { vec!["*"] } else { p.bands.iter().map(|b| b.name()).collect() };
            serde_json::json!({"name": p.name, "bands": bands, "gsd": (p.gsd > 0).then_some(p.gsd), "factor": p.factor})
        };
        ports.iter().map(port).collect()
    };
    serde_json::json!({
        "name": contract.name, "version": contract.version, "kind": contract.kind,
        "inputs": ports(&contract.inputs), "outputs": ports(&contract.outputs),
        "divisor": contract.divisor, "halo": contract.halo, "multiple": contract.multiple,
    })
}
