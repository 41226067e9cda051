//! What a band of a virtual raster shows: the one raster that it is made of, and whether that can
//! be read in its place. A virtual raster brings files of several pixel sizes to one that is none of
//! theirs; what it says of them otherwise is kept.

use std::path::{Path, PathBuf};

use super::xml::{Element, Xml};
use super::{Candidate, Rasters};
use crate::error::Result;
use crate::gdal::dataset::{BandFacts, Dataset};
use crate::raster::grid::Grid;

/// What a source does to the numbers that it passes on.
const CHANGES: [&str; 8] = [
    "ScaleRatio",
    "ScaleOffset",
    "LUT",
    "Exponent",
    "Kernel",
    "ColorTableComponent",
    "UseMaskBand",
    // It would be opened in another way.
    "OpenOptions",
];

/// The one raster that a band of a virtual raster shows.
pub(super) struct Source {
    pub file: PathBuf,
    pub index: usize,
    /// Whether its numbers are passed on as they are.
    pub untouched: bool,
    /// The DN that are not passed on.
    nodata: Option<f64>,
    /// Columns and rows that are shown, from its first pixel on, and those that show them.
    shown: Option<((f64, f64), (f64, f64))>,
}

/// That of each band of a raster that lies in `folder`; `None` for several of them, and for bands
/// of other rasters.
pub(super) fn sources_of(dataset: &Dataset, folder: &Path) -> Vec<Option<Source>> {
    let derived = derived(dataset);
    let indices = 1..=dataset.band_count();
    let source = |index| {
        let mut source = source(dataset, index, folder)?;
        source.untouched &= !derived.contains(&index);
        Some(source)
    };
    indices.map(source).collect()
}

/// The rasters that each band of a virtual raster is made of, as the tiles of a mosaic, each with
/// the number of its band.
pub(super) fn parts_of(dataset: &Dataset, folder: &Path) -> Vec<Vec<(PathBuf, usize)>> {
    let part = |text: String| raster_of(&Xml::parse(&text).ok()?, folder);
    let indices = 1..=dataset.band_count();
    let parts = indices.map(|index| dataset.vrt_sources(index).into_iter());
    parts
        .map(|texts| texts.filter_map(part).collect())
        .collect()
}

/// The raster that a source shows, and the number of its band.
fn raster_of(source: &Xml, folder: &Path) -> Option<(PathBuf, usize)> {
    let name = source.all("SourceFilename").next()?;
    let file = match name.attribute("relativeToVRT") {
        Some("1") => folder.join(&name.text),
        _ => PathBuf::from(&name.text),
    };
    // `mask,1` is no band.
    let index = source.text("SourceBand");
    Some((file, index.map_or(Some(1), |t| t.parse().ok())?))
}

/// The bands that functions make of their sources.
fn derived(dataset: &Dataset) -> Vec<usize> {
    let xml = dataset.vrt_xml().and_then(|text| Xml::parse(&text).ok());
    // A mask is a band inside another one.
    let is_band = |e: &&Element| e.name == "VRTRasterBand" && e.parent == Some(0);
    let elements = xml.iter().flat_map(|xml| &xml.elements);
    let is_derived = |band: &Element| {
        let class = band.attribute("subClass");
        class.is_some_and(|c| c != "VRTSourcedRasterBand")
    };
    let bands = elements.filter(is_band).zip(1..);
    bands
        .filter(|(band, _)| is_derived(band))
        .map(|(_, index)| index)
        .collect()
}

fn source(dataset: &Dataset, index: usize, folder: &Path) -> Option<Source> {
    let sources = dataset.vrt_sources(index);
    let [text] = sources.as_slice() else {
        return None;
    };
    let xml = Xml::parse(text).ok()?;
    let (file, index) = raster_of(&xml, folder)?;
    let size = |element: &str| {
        let rect = xml.all(element).next()?;
        let number = |key| rect.attribute(key)?.parse::<f64>().ok();
        let starts = (number("xOff")?, number("yOff")?) == (0.0, 0.0);
        Some((number("xSize")?, number("ySize")?)).filter(|_| starts)
    };
    let nodata = xml.all("NODATA").next();
    Some(Source {
        file,
        index,
        untouched: CHANGES.iter().all(|e| xml.all(e).next().is_none()),
        nodata: nodata.map(|n| n.text.parse().unwrap_or(f64::NAN)),
        shown: size("SrcRect").zip(size("DstRect")),
    })
}

impl Source {
    /// What is read for the band `own` of the virtual raster `dataset`: this source at its own
    /// pixel size, with what the band says of it; the band itself where it shows something else.
    pub fn candidate(
        &self,
        own: Candidate,
        dataset: &Dataset,
        facts: BandFacts,
        rasters: &Rasters,
    ) -> Result<Candidate> {
        let Some((from, to)) = self.shown.filter(|(from, to)| from != to) else {
            return Ok(own);
        };
        if !self.untouched || !is_nodata(self.nodata, facts.nodata) || !near(to, dataset.size()) {
            return Ok(own);
        }
        let crs = dataset.crs();
        let through = Candidate {
            index: self.index,
            file: self.file.clone(),
            facts: Some(facts.clone()),
            ..own.clone()
        };
        // What cannot be opened is told as any other file.
        let Ok(source) = rasters.open(&self.file, true) else {
            return Ok(through);
        };
        let masks = [(dataset, own.index), (&source, self.index)];
        let place = self
            .place(from, to, dataset, &source)
            .filter(|_| {
                source
                    .band_facts(self.index)
                    .is_ok_and(|f| f.dtype == facts.dtype)
            })
            .filter(|_| {
                masks
                    .iter()
                    .all(|(d, index)| matches!(d.has_mask(*index), Ok(false)))
            });
        let crs = if crs.is_empty() { source.crs() } else { crs };
        rasters.keep(&self.file, true, source);
        Ok(match place {
            Some(grid) => Candidate {
                place: Some((grid, crs)),
                ..through
            },
            None => own,
        })
    }

    /// The grid of the source, if it lies where the virtual raster shows it, whole.
    fn place(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        dataset: &Dataset,
        source: &Dataset,
    ) -> Option<Grid> {
        let (cols, rows) = source.size();
        let (shown, own) = (dataset.grid().ok()?, source.grid().ok()?);
        let close = |a: f64, b: f64| (a - b).abs() < 0.01 * shown.gsd;
        let fits = from == (cols as f64, rows as f64)
            && close(shown.west, own.west)
            && close(shown.north, own.north)
            && close(to.0 * shown.gsd, from.0 * own.gsd)
            && close(to.1 * shown.gsd, from.1 * own.gsd);
        fits.then_some(own)
    }
}

/// Whether what is not passed on of a source is what the band declares as carrying no data.
fn is_nodata(of_source: Option<f64>, declared: Option<f64>) -> bool {
    of_source.is_none_or(|n| declared.is_some_and(|d| n == d || n.is_nan() && d.is_nan()))
}

fn near(size: (f64, f64), whole: (i64, i64)) -> bool {
    (size.0 - whole.0 as f64).abs() < 1.0 && (size.1 - whole.1 as f64).abs() < 1.0
}
