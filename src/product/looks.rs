//! A few looks at the numbers of a raster of floats: enough to tell their unit, wherever in it there
//! are pixels with data.

use std::collections::HashSet;

use super::floats::tells;
use crate::error::Result;
use crate::gdal::Dataset;
use crate::raster::grid::Rect;

/// Looks along one side of a raster, and rows and columns of each; finer ones follow while too few
/// numbers were seen.
const LOOKS: [(i64, i64); 4] = [(3, 128), (9, 64), (27, 32), (81, 16)];
/// So many of them fetch little of a raster on a server.
const FAR: usize = 2;
/// Rasters of up to so many pixels are looked at whole in the end.
const SMALL: i64 = 1 << 24;
const WHOLE: i64 = 512;
/// So many different numbers tell the unit.
const ENOUGH: usize = 64;

/// Looks at the bands of one product, which mostly have data at the same places.
#[derive(Default)]
pub(super) struct Looks {
    /// Where data were found that the first looks missed, in parts of the columns and rows.
    found: Option<(f64, f64)>,
    /// The least share of exact zeros among the pixels of a band.
    zeros: Option<f64>,
}

impl Looks {
    /// The different numbers above 0 of band `index`, in order, as far as they were seen; not
    /// those that stand for no data. Each counts once, so that a fill value is none of many.
    pub fn numbers(
        &mut self,
        dataset: &mut Dataset,
        index: usize,
        nodata: Option<f64>,
        is_far: bool,
    ) -> Result<Vec<f32>> {
        let (cols, rows) = dataset.size();
        let mut seen: HashSet<u32> = HashSet::new();
        let (mut pixels_seen, mut zeros) = (0, 0);
        let mut look = |dataset: &mut Dataset, rect: Rect| -> Result<usize> {
            let pixels = dataset.read(index, rect)?;
            pixels_seen += pixels.len();
            zeros += pixels.iter().filter(|v| **v == 0.0).count();
            let telling = pixels.iter().filter(|v| tells(**v, nodata));
            seen.extend(telling.map(|v| v.to_bits()));
            Ok(seen.len())
        };
        let mut known = 0;
        for rect in lattice((cols, rows), LOOKS[0]) {
            known = look(dataset, rect)?;
        }
        if let Some((x, y)) = self.found.filter(|_| known < ENOUGH) {
            known = look(dataset, around((cols, rows), (x, y), LOOKS[0].1))?;
        }
        let levels = if is_far { FAR } else { LOOKS.len() };
        let finer = LOOKS[1..levels]
            .iter()
            .flat_map(|level| lattice((cols, rows), *level));
        let whole = (!is_far && cols * rows <= SMALL).then(|| pieces((cols, rows)));
        let mut rest = finer.chain(whole.into_iter().flatten());
        while known < ENOUGH && !is_covered((cols, rows)) {
            let Some(rect) = rest.next() else { break };
            let before = known;
            known = look(dataset, rect)?;
            if known > before {
                let middle = |start: i64, n: i64, all: i64| (start + n / 2) as f64 / all as f64;
                let place = (middle(rect.x, rect.w, cols), middle(rect.y, rect.h, rows));
                self.found = Some(place);
                // What lies around tells more than the next look.
                known = look(dataset, around((cols, rows), place, LOOKS[0].1))?;
            }
        }
        let mut numbers: Vec<f32> = seen.into_iter().map(f32::from_bits).collect();
        numbers.sort_by(f32::total_cmp);
        let share = if nodata == Some(0.0) {
            0.0
        } else {
            zeros as f64 / pixels_seen.max(1) as f64
        };
        self.zeros = Some(self.zeros.map_or(share, |z| z.min(share)));
        Ok(numbers)
    }

    /// The share of pixels that are exactly 0 in every band that was looked at, where 0 counts as
    /// data.
    pub fn zeros(&self) -> f64 {
        self.zeros.unwrap_or(0.0)
    }
}

/// Whether the first looks show all of a raster.
fn is_covered((cols, rows): (i64, i64)) -> bool {
    let (along, side) = LOOKS[0];
    cols.max(rows) <= along * side
}

/// So many looks along each side of a raster, spread over all of it, from north to south.
fn lattice((cols, rows): (i64, i64), (along, side): (i64, i64)) -> impl Iterator<Item = Rect> {
    let starts = move |n: i64| {
        let size = side.min(n);
        let mut starts: Vec<i64> = (0..along).map(|i| (n - size) * i / (along - 1)).collect();
        starts.dedup();
        (starts, size)
    };
    let ((xs, w), (ys, h)) = (starts(cols), starts(rows));
    ys.into_iter()
        .flat_map(move |y| xs.clone().into_iter().map(move |x| Rect::new(x, y, w, h)))
}

/// The look around a place.
fn around((cols, rows): (i64, i64), (x, y): (f64, f64), side: i64) -> Rect {
    let (w, h) = (side.min(cols), side.min(rows));
    let start = |at: f64, n: i64, size: i64| ((at * n as f64) as i64 - size / 2).clamp(0, n - size);
    Rect::new(start(x, cols, w), start(y, rows, h), w, h)
}

/// All of a raster, piece by piece.
fn pieces((cols, rows): (i64, i64)) -> impl Iterator<Item = Rect> {
    let starts = move |n: i64| (0..n).step_by(WHOLE as usize);
    starts(rows).flat_map(move |y| {
        starts(cols).map(move |x| Rect::new(x, y, WHOLE.min(cols - x), WHOLE.min(rows - y)))
    })
}
