//! The checksums that ESA gives in a product's manifest.safe.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use digest::DynDigest;

use super::bounds::Bounds;
use super::xml::Xml;
use crate::error::{Error, Fault, Result};
use crate::gdal::vsi;

/// What the manifest says of a file.
pub struct Entry {
    /// Its size in bytes.
    pub size: Option<u64>,
    name: String,
    sum: String,
}

impl Entry {
    /// What computes the checksum; `None` for a kind that is not known.
    pub fn digest(&self) -> Option<Box<dyn DynDigest + Send>> {
        match self.name.as_str() {
            "MD5" => Some(Box::new(md5::Md5::default())),
            "SHA3-256" => Some(Box::new(sha3::Sha3_256::default())),
            _ => None,
        }
    }

    /// Whether that came to what the manifest says.
    pub fn holds(&self, digest: &[u8]) -> bool {
        let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        self.sum.eq_ignore_ascii_case(&hex)
    }
}

/// A manifest: the files of the product with their checksums.
pub struct Manifest {
    root: PathBuf,
    entries: HashMap<PathBuf, Entry>,
}

impl Manifest {
    /// Reads the manifest of the SAFE folder `root`; `None` if it has none.
    pub fn read(root: &Path) -> Result<Option<Self>> {
        let file = root.join("manifest.safe");
        if vsi::is_virtual(root) {
            if vsi::size(&file).is_none() {
                return Ok(None);
            }
        } else if file.symlink_metadata().is_err() {
            return Ok(None);
        }
        if let Some(why) = Bounds::of(root).refusal(&file) {
            return Err(Error::input(file, why));
        }
        let entries = parse(&vsi::read_text(&file)?).map_err(|what| Error::input(&file, what))?;
        Ok(Some(Self {
            root: root.to_owned(),
            entries,
        }))
    }

    /// What it says of a file.
    pub fn entry(&self, file: &Path) -> Option<&Entry> {
        self.entries.get(file.strip_prefix(&self.root).ok()?)
    }
}

fn parse(text: &str) -> std::result::Result<HashMap<PathBuf, Entry>, Fault> {
    let xml = Xml::parse(text)?;
    let sums: HashMap<usize, _> = xml.within("byteStream", "checksum").collect();
    let entry = |(place, location): (usize, &super::xml::Element)| {
        let href = location.attribute("href")?;
        let sum = sums.get(&place)?;
        let size = xml.elements[place]
            .attribute("size")
            .and_then(|s| s.parse().ok());
        let name = sum.attribute("checksumName")?.to_ascii_uppercase();
        Some((
            PathBuf::from(href.trim_start_matches("./")),
            Entry {
                size,
                name,
                sum: sum.text.clone(),
            },
        ))
    };
    Ok(xml
        .within("byteStream", "fileLocation")
        .filter_map(entry)
        .collect())
}
