//! Damage is noticed: while a product is worked on, a thread of its own reads the files once more
//! and holds them against the checksums that came with them: those of the zip archive, and those of
//! a SAFE product's manifest.

use std::collections::HashMap;
use std::fmt::Display;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use serde::Serialize;

use super::archive::{Archive, split};
use super::manifest::{Entry, Manifest};
use super::{BandFile, Product};
use crate::error::{Error, Result};
use crate::gdal::spawn::spawn;
use crate::gdal::{Quiet, vsi};
use crate::raster::band::Band;

/// Reading a file of this size costs nothing that anybody would notice.
const SMALL: u64 = 4 << 20;
/// Reading so many bytes for each pixel of the window costs about 3 % of the work on it. A whole
/// product has about six.
const WORTH: u64 = 24;

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verified {
    /// How many files were held against their checksums, and found whole.
    pub files: usize,
    /// Why none were, or not all.
    pub skipped: Option<String>,
}

/// A check under way; dropping it ends it.
pub struct Verify {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<Verified>>>,
    done: Verified,
}

impl Verify {
    /// Starts to check the files of these bands, unless `wanted` is false or a window of so many
    /// pixels is not worth it.
    pub fn start(
        product: &Product,
        bands: impl Iterator<Item = Band>,
        pixels: i64,
        wanted: bool,
    ) -> Result<Self> {
        let skipped = |why: &str| Self {
            stop: Arc::default(),
            thread: None,
            done: Verified {
                files: 0,
                skipped: Some(why.into()),
            },
        };
        if !wanted {
            return Ok(skipped("no-verify was set"));
        }
        let used: Vec<BandFile> = bands
            .filter_map(|band| product.band(band))
            .cloned()
            .collect();
        let list = List {
            product: product.clone(),
            used,
        };
        if !list.has_checksums() {
            return Ok(skipped("its files come without checksums"));
        }
        let bytes: u64 = list.used.iter().filter_map(|b| vsi::size(&b.file)).sum();
        if bytes > SMALL && bytes / WORTH > pixels.unsigned_abs() {
            return Ok(skipped(
                "the window is too small to be worth reading whole files",
            ));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let flag = stop.clone();
        let thread = spawn(move || list.check(&flag))?;
        Ok(Self {
            stop,
            thread: Some(thread),
            done: Verified::default(),
        })
    }

    /// Whether damage was found so far.
    pub fn look(&mut self) -> Result<()> {
        if self.thread.as_ref().is_some_and(JoinHandle::is_finished) {
            self.finish().map(|_| ())
        } else {
            Ok(())
        }
    }

    /// Waits for the end and says what came of it.
    pub fn finish(&mut self) -> Result<Verified> {
        if let Some(thread) = self.thread.take() {
            self.done = thread
                .join()
                .unwrap_or_else(|_| Err(Error::internal("the check of the product panicked")))?;
        }
        Ok(self.done.clone())
    }
}

impl Drop for Verify {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.finish();
    }
}

/// What is to be checked.
struct List {
    product: Product,
    used: Vec<BandFile>,
}

impl List {
    fn has_checksums(&self) -> bool {
        self.product.metadata.is_some() || self.used.iter().any(|b| split(&b.file).is_some())
    }

    fn check(&self, stop: &AtomicBool) -> Result<Verified> {
        let _quiet = Quiet::new();
        let root = self.product.metadata.as_deref().and_then(Path::parent);
        let manifest = root.map_or(Ok(None), Manifest::read)?;
        let entry = |file: &Path| manifest.as_ref().and_then(|m| m.entry(file));
        let fits = |file: &Path| {
            entry(file).is_some_and(|e| e.size.is_none_or(|s| vsi::size(file) == Some(s)))
        };
        // Where no image has the size that the manifest gives, they were all made anew, as cuts of
        // a product are.
        let about = self.product.bands.iter().any(|b| fits(&b.file));
        let mut archives = Archives::default();
        let (mut files, mut strange) = (0, Vec::new());
        if let Some(xml) = &self.product.metadata {
            // People correct metadata by hand; a file of another size was not damaged on its way.
            let crc = archives.crc(xml)?;
            let sums = sums(xml, entry(xml).filter(|_| fits(xml)), crc.is_some(), stop)?;
            sums.against(xml, crc)?;
            if sums.manifest == Some(false) {
                return Err(differs(xml));
            }
        }
        let mut images: Vec<&PathBuf> = self.used.iter().map(|b| &b.file).collect();
        images.dedup();
        for file in images {
            let crc = archives.crc(file)?;
            let sums = sums(file, entry(file), crc.is_some(), stop)?;
            sums.against(file, crc)?;
            match sums.manifest {
                Some(false) if about || files > 0 => return Err(differs(file)),
                Some(false) => strange.push(file),
                _ => {}
            }
            files += usize::from(crc.is_some() || sums.manifest == Some(true));
        }
        let skipped = match (strange.first(), files) {
            (None, 0) => Some("its files come without checksums".to_owned()),
            (Some(_), 0) => Some(
                "manifest.safe is about other images than these: they were made anew since"
                    .to_owned(),
            ),
            _ => None,
        };
        Ok(Verified { files, skipped })
    }
}

fn differs(file: &Path) -> Error {
    Error::input(
        file,
        "its checksum is not the one in manifest.safe: it was damaged or changed; fetch the \
         product again, or set no-verify to use it as it is",
    )
}

/// The archives that files lie in, each opened once.
#[derive(Default)]
struct Archives(HashMap<PathBuf, Archive>);

impl Archives {
    fn crc(&mut self, file: &Path) -> Result<Option<u32>> {
        let Some((path, member)) = split(file) else {
            return Ok(None);
        };
        if !self.0.contains_key(&path) {
            self.0.insert(path.clone(), Archive::open(&path)?);
        }
        self.0
            .get_mut(&path)
            .map_or(Ok(None), |archive| archive.crc(&member))
    }
}

/// What a file came to.
struct Sums {
    crc: Option<u32>,
    /// Whether it is what the manifest says, if that says something.
    manifest: Option<bool>,
}

impl Sums {
    fn against(&self, file: &Path, crc: Option<u32>) -> Result<()> {
        match (self.crc, crc) {
            (Some(is), Some(wanted)) if is != wanted => Err(Error::input(
                file,
                "its checksum is not the one in the zip archive: the archive is damaged; fetch \
                 it again, or set no-verify to use it as it is",
            )),
            _ => Ok(()),
        }
    }
}

/// Reads a file and sums it up.
fn sums(file: &Path, entry: Option<&Entry>, with_crc: bool, stop: &AtomicBool) -> Result<Sums> {
    let mut digest = entry.and_then(Entry::digest);
    if !with_crc && digest.is_none() {
        return Ok(Sums {
            crc: None,
            manifest: None,
        });
    }
    let quiet = Quiet::new();
    let unreadable = |why: &dyn Display| {
        Error::input(
            file,
            format!("it cannot be read to the end, it may be damaged or cut short ({why})"),
        )
    };
    let broken = |e: std::io::Error| unreadable(&e).because(e);
    let mut reader = vsi::File::open(file).map_err(broken)?;
    let mut crc = crc32fast::Hasher::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        let n = reader.read(&mut buffer).map_err(broken)?;
        if n == 0 {
            break;
        }
        if with_crc {
            crc.update(&buffer[..n]);
        }
        if let Some(digest) = &mut digest {
            digest.update(&buffer[..n]);
        }
    }
    if quiet.failed() {
        return Err(unreadable(&quiet.explain("no reason given")));
    }
    let manifest = entry
        .zip(digest)
        .map(|(entry, digest)| entry.holds(&digest.finalize()));
    Ok(Sums {
        crc: with_crc.then(|| crc.finalize()),
        manifest,
    })
}
