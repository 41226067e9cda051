//! A network's file: what its contract says, and its bytes until a session has them. A file that
//! stays as it is, is read once.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest, Sha256};

use super::contract::Contract;
use super::file;
use crate::error::{Error, Fault, Result};
use crate::fork::section;
use crate::locks::lock;
use crate::stamp::Stamp;

/// A model file is not larger, in bytes. The largest network of ours has 7 MB.
const LARGEST: u64 = 512 << 20;

/// A model file that was found harmless. ONNX Runtime is not needed for that.
pub struct ModelFile {
    /// Where it came from.
    pub path: PathBuf,
    /// What it is.
    pub contract: Contract,
    /// The sha256 of its bytes, in hexadecimal.
    pub sum: String,
    /// Whether it is one of those that came with the library, and so is what it is said to be.
    pub installed: bool,
    /// What was read, until somebody takes it.
    bytes: Mutex<Option<Vec<u8>>>,
}

/// What is remembered of a file.
struct Known {
    path: PathBuf,
    stamp: Stamp,
    contract: Contract,
    sum: String,
}

/// So many files are remembered, those that were read last.
const REMEMBERED: usize = 64;

static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());

impl ModelFile {
    /// Reads any model file that has a contract.
    pub fn read(path: &Path) -> Result<Self> {
        // Taken before the file is read: what changes meanwhile is noticed the next time.
        let stamp = file::stamp(path);
        if let Some(known) = stamp.as_ref().and_then(|stamp| recall(path, stamp)) {
            return Ok(known);
        }
        let bytes = bytes_of(path)?;
        let bad = |fault: Fault| Error::model(fault.about(path));
        let contract = Contract::read(|key| super::onnx::metadata(&bytes, key)).map_err(bad)?;
        super::check(&bytes).map_err(|what| bad(what.into()))?;
        let sum = sum_of(&bytes);
        if let Some(stamp) = stamp {
            remember(Known {
                path: path.into(),
                stamp,
                contract: contract.clone(),
                sum: sum.clone(),
            });
        }
        Ok(Self {
            path: path.into(),
            contract,
            sum,
            installed: false,
            bytes: Mutex::new(Some(bytes)),
        })
    }

    /// Its bytes, for a session. They are given once, and read again when they are asked for again.
    pub(super) fn take_bytes(&self) -> Result<Vec<u8>> {
        let read = lock(&self.bytes).take();
        if let Some(bytes) = read {
            return Ok(bytes);
        }
        let bytes = bytes_of(&self.path)?;
        if sum_of(&bytes) != self.sum {
            return Err(Error::model(format!(
                "{}: it was changed since it was looked at; start again",
                self.path.display()
            )));
        }
        Ok(bytes)
    }

    /// A file of which only the contract matters.
    #[cfg(test)]
    pub fn nowhere(contract: Contract) -> Self {
        Self {
            path: PathBuf::new(),
            contract,
            sum: String::new(),
            installed: false,
            bytes: Mutex::new(None),
        }
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    file::read(path, LARGEST).map_err(|e| {
        Error::model(format!(
            "{}: the model cannot be read ({e})",
            path.display()
        ))
        .because(e)
    })
}

fn sum_of(bytes: &[u8]) -> String {
    let sum = Sha256::digest(bytes);
    sum.iter().map(|b| format!("{b:02x}")).collect()
}

fn recall(path: &Path, stamp: &Stamp) -> Option<ModelFile> {
    let _section = section();
    let known = lock(&KNOWN);
    let found = known.iter().find(|k| k.path == path && k.stamp == *stamp)?;
    Some(ModelFile {
        path: path.into(),
        contract: found.contract.clone(),
        sum: found.sum.clone(),
        installed: false,
        bytes: Mutex::new(None),
    })
}

fn remember(new: Known) {
    let _section = section();
    let mut known = lock(&KNOWN);
    known.retain(|k| k.path != new.path);
    if known.len() == REMEMBERED {
        known.remove(0);
    }
    known.push(new);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_read_again_when_it_was_changed_and_its_bytes_are_what_was_checked() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.onnx");
        let put = |name: &str| fs::copy(data.join(name), &path).unwrap();
        put("dummy-x2.onnx");
        let first = ModelFile::read(&path).unwrap();
        let again = ModelFile::read(&path).unwrap();
        assert!(again.bytes.lock().unwrap().is_none(), "it was read twice");
        assert_eq!(first.take_bytes().unwrap(), again.take_bytes().unwrap());
        put("dummy-t2x.onnx");
        let changed = again.take_bytes().unwrap_err().to_string();
        assert!(changed.contains("start again"), "{changed}");
        let other = ModelFile::read(&path).unwrap();
        assert_ne!(other.contract.name, first.contract.name);
    }
}
