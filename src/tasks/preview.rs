//! A picture of what was gained: the source enlarged on the left, the result on the right, in false
//! colour, where the scene has most detail.

use ndarray::{Array2, Array3, s};

use crate::error::{Error, Result};
use crate::gdal::png::write_png;
use crate::options::Options;
use crate::output::Draft;
use crate::product::Product;
use crate::raster::band::Band;
use crate::raster::grid::{Placed, Rect};
use crate::raster::plane::Source;
use crate::raster::resample::bicubic;
use crate::tasks::busiest::busiest;
use crate::tasks::watch::Progress;

/// Pixels of the result that are shown, along one side, and how large each is drawn.
const SHOWN: i64 = 144;
const ZOOM: usize = 5;
/// What is shown as red, green and blue, the first choice that the result has.
const COLOURS: [[&str; 3]; 4] = [
    ["B12", "B8A", "B5"],
    ["B11", "B8A", "B5"],
    ["B4", "B3", "B2"],
    ["B9", "B9", "B1"],
];

/// The bands that are shown as red, green and blue: the first choice of those that a result and
/// `also` have.
pub fn shown_bands(made: &Product, also: impl Fn(Band) -> bool) -> Vec<Band> {
    let colours = |names: &[&str; 3]| {
        names.map(|n| Band::parse(n).filter(|b| made.band(*b).is_some() && also(*b)))
    };
    let chosen = COLOURS
        .iter()
        .map(colours)
        .find(|c| c.iter().all(Option::is_some));
    let first = made.bands.first().map(|b| b.band);
    chosen.unwrap_or([first; 3]).into_iter().flatten().collect()
}

/// Draws the result, which was made from `product`, into `picture`.
pub fn draw(product: &Product, result: &Draft, picture: &Draft, progress: Progress) -> Result<()> {
    let made = Product::open(&result.file(), &Options::default())?;
    let bands = shown_bands(&made, |b| product.band(b).is_some());
    let source = product
        .band(bands[0])
        .ok_or_else(|| Error::input(&product.path, "it lost its bands"))?;
    let target = made
        .band(bands[0])
        .ok_or_else(|| result.error("it has no bands"))?;
    let k = Placed::on(&target.grid, &source.grid).map_err(|e| result.error(e))?;
    let whole = Rect::new(0, 0, target.grid.cols, target.grid.rows)
        .intersect(&k.extent)
        .relative_to((k.extent.x, k.extent.y));
    let inside = Rect::new(
        -(-whole.x).div_euclid(k.ratio),
        -(-whole.y).div_euclid(k.ratio),
        0,
        0,
    );
    let inside = Rect::between(
        (inside.x, inside.y),
        (whole.x1() / k.ratio, whole.y1() / k.ratio),
    );
    let part = busiest(source, inside, (SHOWN / k.ratio).max(1), 1)?;

    let mut left = Vec::new();
    let mut right = Vec::new();
    let count = bands.len() as f64;
    for (i, band) in bands.into_iter().enumerate() {
        if !progress(i as f64 / count, None) {
            return Err(Error::Cancelled);
        }
        let file = product
            .band(band)
            .ok_or_else(|| Error::input(&product.path, format!("it has no {band}")))?;
        // The same area in this band's own pixels, then enlarged as a viewer would.
        let area = part.finer(k.ratio).shift((k.extent.x, k.extent.y));
        let own =
            Placed::on(&target.grid, &file.grid).map_err(|e| Error::input(&product.path, e))?;
        let rect = area
            .relative_to((own.extent.x, own.extent.y))
            .coarser(own.ratio)
            .intersect(&Rect::new(0, 0, file.grid.cols, file.grid.rows));
        let pixels = product.source(band)?.read(rect)?.data;
        let big = bicubic(&pixels, own.ratio as usize)?;
        let cut = area.relative_to((
            own.extent.x + rect.x * own.ratio,
            own.extent.y + rect.y * own.ratio,
        ));
        let cut = cut.intersect(&Rect::new(0, 0, big.ncols() as i64, big.nrows() as i64));
        left.push(
            big.slice(s![
                cut.y as usize..cut.y1() as usize,
                cut.x as usize..cut.x1() as usize
            ])
            .to_owned(),
        );
        right.push(
            made.source(band)?
                .read(area.intersect(&Rect::new(0, 0, target.grid.cols, target.grid.rows)))?
                .data,
        );
    }
    write_png(picture, &compose(&left, &right))
}

/// Both pictures side by side, with one stretch: from the 1st to the 99th percentile of the result.
fn compose(left: &[Array2<f32>], right: &[Array2<f32>]) -> Array3<u8> {
    let (rows, cols) = right[0].dim();
    let gap = 4;
    let mut out = Array3::from_elem((3, rows * ZOOM, 2 * cols * ZOOM + gap), 255u8);
    for (channel, (l, r)) in left.iter().zip(right).enumerate() {
        let mut sorted: Vec<f32> = r.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f32::total_cmp);
        let percentile = |p: usize| sorted.get(sorted.len() * p / 100).copied().unwrap_or(0.0);
        let (low, high) = (percentile(1), percentile(99));
        let grey = |v: f32| ((v - low) / (high - low).max(1.0) * 255.0).clamp(0.0, 255.0) as u8;
        for y in 0..rows * ZOOM {
            for x in 0..cols * ZOOM {
                let at = (y / ZOOM, x / ZOOM);
                if let Some(&v) = l.get(at) {
                    out[(channel, y, x)] = grey(v);
                }
                out[(channel, y, cols * ZOOM + gap + x)] = grey(r[at]);
            }
        }
    }
    out
}
