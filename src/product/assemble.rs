//! From what a reader found to a product: each raster is opened once, what belongs together is
//! chosen, and every band gets its grid and its radiometry.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::offsets::Beside;
use super::opened::{self, Opened};
use super::pattern::Pattern;
use super::{BandFile, Candidate, Passed, Product, Rasters, choice, units};
use crate::error::{Error, Result};
use crate::gdal::crs::{crs_name, is_utm, same_crs};
use crate::options::Options;
use crate::raster::band::{self, Band};
use crate::raster::native::native_grid;
use crate::text::shown_path;

/// What a reader found.
pub(super) struct Findings<'a> {
    /// What was given.
    pub path: &'a Path,
    /// What the product is called.
    pub name: String,
    /// Rasters that name bands.
    pub candidates: Vec<Candidate>,
    /// Files that name bands and are none.
    pub passed: Vec<Passed>,
    /// Whether metadata list the rasters, so that they belong together.
    pub listed: bool,
    /// Whether a raster that cannot be read is a fault only where it is needed.
    pub forgiving: bool,
    /// Metadata that lie beside the rasters and tell their offset.
    pub beside: Option<Beside>,
    /// The folder whose files were taken by their names, or the file whose rasters were.
    pub folder: Option<PathBuf>,
    /// What the reader opened already.
    pub rasters: Arc<Rasters>,
}

impl<'a> Findings<'a> {
    pub fn new(path: &'a Path, name: String) -> Self {
        Self {
            path,
            name,
            candidates: Vec::new(),
            passed: Vec::new(),
            listed: false,
            forgiving: false,
            beside: None,
            folder: None,
            rasters: Arc::default(),
        }
    }
}

/// Assembles a product: opens each candidate, keeps one copy of each band, and checks that they fit
/// together.
pub(super) fn assemble(findings: Findings, options: &Options) -> Result<Product> {
    let mut product = Product {
        path: findings.path.into(),
        name: findings.name,
        rasters: findings.rasters,
        ..Product::nameless()
    };
    let mut opened: Vec<Opened> = Vec::new();
    let mut unfit: Vec<(Band, PathBuf, Error)> = Vec::new();
    for candidate in findings.candidates {
        let (band, file) = (candidate.band, candidate.file.clone());
        match opened::open(candidate, &product.rasters) {
            Ok(o) => opened.push(o),
            Err(e) => unfit.push((band, file, e)),
        }
    }
    for (band, file, error) in unfit {
        match error {
            // Nothing is made of B10, and of several copies one will do.
            Error::Input { what, .. }
                if band == Band::B10
                    || !findings.listed && opened.iter().any(|o| o.candidate.band == band) =>
            {
                product.pass_by(&file, &what);
            }
            Error::Input { what, .. } if findings.forgiving && !opened.is_empty() => {
                let why = format!("{}: {what}", shown_path(&file));
                product.notes.push(format!("passed by {why}"));
                product.lacking.push((band, why));
            }
            error => return Err(error),
        }
    }
    if !findings.listed {
        let how =
            |this: &Opened, other: &Opened| how_to_name(findings.folder.as_deref(), this, other);
        let choice = choice::choose(findings.path, &opened, &how)?;
        product.notes.extend(choice.notes);
        let mut place = 0..;
        opened.retain(|_| {
            place
                .next()
                .is_some_and(|i: usize| choice.taken.contains(&i))
        });
    }
    for p in findings.passed {
        let is_lost =
            p.is_raster && p.band != Band::B10 && opened.iter().all(|o| o.candidate.band != p.band);
        match &options.bands {
            None if is_lost => return Err(Error::input(p.file, p.why)),
            Some(_) if is_lost => product
                .lacking
                .push((p.band, format!("{}: {}", shown_path(&p.file), p.why))),
            _ => {}
        }
        product.pass_by(&p.file, &p.why);
    }
    if opened.is_empty() {
        return Err(product.explained(Error::input(
            findings.path,
            "no band of Sentinel-2 was found in it; give a SAFE product, a folder with one \
             raster per band (…_B02.tif), or a raster whose band descriptions name the bands",
        )));
    }
    opened.sort_by_key(|o| o.candidate.band);
    product.notes.extend(opened::about_alternates(&opened));
    check_crs(&opened)?;
    product.crs.clone_from(&opened[0].crs);
    let own_metadata = findings.listed && !findings.forgiving;
    let (radiometry, notes) = units::settle(&mut opened, findings.beside.as_ref(), options)?;
    for (o, radiometry) in opened.into_iter().zip(radiometry) {
        let bad = |what: String| Error::input(&o.candidate.file, what);
        let (block, grid, first) =
            native_grid(o.candidate.band, &o.grid, o.equator).map_err(bad)?;
        product.files.extend(o.dataset.files());
        let c = o.candidate;
        // ESA's images have none; to ask is to look for files beside each.
        let masked = !own_metadata && o.dataset.has_mask(c.index)?;
        product.rasters.keep(&c.file, c.named, o.dataset);
        product.bands.push(BandFile {
            band: c.band,
            masked,
            file: c.file,
            named: c.named,
            index: c.index,
            grid,
            block,
            first,
            radiometry,
            documented: c.radiometry.is_some(),
            dtype: o.dtype,
            wavelength: c.wavelength.unwrap_or_else(|| c.band.wavelength()),
            rasters: product.rasters.clone(),
        });
    }
    if let Some(beside) = findings.beside {
        product.files.push(beside.file);
        product.baseline = beside.baseline;
    }
    product.tell_passed();
    tell_averaged(&mut product);
    product.notes.extend(notes);
    Ok(product)
}

/// All bands have one coordinate reference system.
fn check_crs(opened: &[Opened]) -> Result<()> {
    let first = &opened[0];
    match opened.iter().find(|o| !same_crs(&first.crs, &o.crs)) {
        Some(other) => Err(Error::input(
            &other.candidate.file,
            format!(
                "the coordinate reference system of {} is {}, and that of {} ({}) is {}; give \
                 the bands of one tile, in its own UTM zone",
                other.candidate.band,
                crs_name(&other.crs),
                first.candidate.band,
                first.shown(),
                crs_name(&first.crs)
            ),
        )),
        None => Ok(()),
    }
}

/// How the user can say that the set of `this` is meant, not that of `other`.
fn how_to_name(folder: Option<&Path>, this: &Opened, other: &Opened) -> String {
    let Some(folder) = folder else {
        return "name those to use with --band-names, one name for each band of the raster and - \
             for those to leave out"
            .into();
    };
    let pattern = telling(this, other).or_else(|| telling(other, this));
    let named = pattern.map_or_else(
        || "leave only those to use in it".into(),
        |pattern| {
            format!(
                "name those to use by a part of their names, as in '{}'",
                shown_path(&folder.join(pattern))
            )
        },
    );
    let file = &this.candidate.file;
    let is_stack = this.dataset.band_count() > 1 && file.parent() == Some(folder);
    if is_stack && *file != other.candidate.file {
        return format!(
            "{named}, or, where they are parts of one picture, give what gdalbuildvrt makes of them"
        );
    }
    named
}

/// A pattern that fits the name of `this` and not that of `other`: a word that only the first has,
/// or its ending.
fn telling(this: &Opened, other: &Opened) -> Option<String> {
    let (name, second) = (this.shown(), other.shown());
    let stem = super::text::stem(&name);
    let words = |o: &Opened| -> Vec<String> {
        let words = o.candidate.key.split('_');
        words.filter(|w| *w != "*").map(str::to_owned).collect()
    };
    let others = words(other);
    let own = words(this).into_iter().filter(|w| !others.contains(w));
    let written = own.filter_map(|w| {
        let at = stem.to_lowercase().find(&w)?;
        Some(format!("*{}*", stem.get(at..at + w.len())?))
    });
    let ending = name.rsplit_once('.').map(|(_, e)| format!("*.{e}"));
    let fits = |pattern: &String, name: &str| {
        Pattern::new(OsStr::new(pattern)).is_some_and(|p| p.fits(name))
    };
    let mut patterns = written.chain(ending);
    patterns.find(|p| fits(p, &name) && !fits(p, &second))
}

/// Says which bands came finer than their own grids.
fn tell_averaged(product: &mut Product) {
    let averaged = product.bands.iter().filter(|b| b.block > 1);
    let mut kinds: BTreeMap<(u32, i64), Vec<Band>> = BTreeMap::new();
    for band in averaged {
        let kind = (band.band.gsd(), band.block);
        kinds.entry(kind).or_default().push(band.band);
    }
    let in_utm = is_utm(&product.crs);
    for ((gsd, k), bands) in kinds {
        let doubt = if in_utm {
            ""
        } else {
            "; in this coordinate reference system, which is none of UTM's, these blocks are not \
             Sentinel-2's pixels: better give the product as it was before it was warped"
        };
        product.notes.push(format!(
            "{} came on a grid {k} times finer than their own and were brought back to {gsd} m by \
             block means{doubt}",
            band::list(bands)
        ));
    }
}
