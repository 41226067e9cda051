//! A piece of one band in memory, and the window a network is given: margins mirrored at the
//! raster's edge, invalid pixels filled.

use ndarray::{Array2, Zip, s};

use super::fill::fill_invalid;
use super::grid::Rect;
use super::radiometry::Radiometry;
use super::tiling::mirror;
use crate::error::Result;
use crate::memory::{copy, map, zeros};

/// Pixels of one band with the mask of those that are invalid (`None`: all are valid). Both have
/// shape (rows, columns); the mask may be finer than the pixels by a whole factor, where the band
/// was read from a finer raster.
#[derive(Clone, Debug)]
pub struct Plane {
    /// Values; invalid pixels hold anything.
    pub data: Array2<f32>,
    /// The invalid pixels.
    pub invalid: Option<Array2<bool>>,
}

/// A band that can be read piece by piece, in pixels of its own grid.
pub trait Source: Send {
    /// Columns and rows.
    fn size(&self) -> (i64, i64);
    /// Reads a rectangle that lies inside.
    fn read(&mut self, rect: Rect) -> Result<Plane>;

    /// Columns and rows of the pieces in which it is decoded, and where one of them begins; `None`
    /// where any part is there at once.
    fn pieces(&self) -> Option<((i64, i64), (i64, i64))> {
        None
    }

    /// Whether it comes from a server, which is asked for no more than is needed.
    fn is_far(&self) -> bool {
        false
    }

    /// Lets go of what was decoded to read it: none of it is asked for again.
    fn forget(&mut self) {}

    /// A number that sources have in common where what is decoded for one of them is there for the
    /// others: bands of a file that keeps them pixel by pixel together. Their pieces lie alike.
    fn together(&self) -> Option<usize> {
        None
    }

    /// What opens it once more, and all that are decoded together with it, in their order, to be
    /// read by another thread at the same time; `None` where that would not be quicker.
    fn opener(&self) -> Option<Opener> {
        None
    }
}

/// Opens sources once more.
pub type Opener = Box<dyn Fn() -> Result<Vec<Box<dyn Source>>> + Send + Sync>;

/// A window as a network gets it, and which of the pixels asked for are invalid.
pub struct Window {
    /// Values of the rectangle asked for, margin included.
    pub data: Array2<f32>,
    /// Invalid pixels of the rectangle without its margin, as fine as the source's mask is.
    pub invalid: Option<Array2<bool>>,
}

/// Reads `rect` grown by `margin` from a source. Outside the source it is continued by reflection;
/// invalid pixels are filled from their neighbours within `margin`. The values that a network of
/// receptive radius `margin` can see from a valid pixel depend on the source alone, never on
/// `rect`.
pub fn read_window(source: &mut dyn Source, rect: Rect, margin: i64) -> Result<Window> {
    let (cols, rows) = source.size();
    let bounds = Rect::new(0, 0, cols, rows);
    let wanted = rect.grow(margin);
    let mut inside = reflected_extent(wanted, cols, rows);
    let mut plane = source.read(inside)?;
    if plane.invalid.is_some() && margin > 0 {
        let near = inside.grow(margin).intersect(&bounds);
        if near != inside {
            inside = near;
            plane = source.read(inside)?;
        }
    }
    let mut invalid = None;
    if let Some(mask) = &plane.invalid {
        let k = mask.ncols() as i64 / inside.w;
        let core = rect.finer(k);
        let cut = picked(
            mask,
            core,
            (inside.x * k, inside.y * k),
            (cols * k, rows * k),
        )?;
        invalid = cut.iter().any(|&b| b).then_some(cut);
        if k == 1 {
            fill_invalid(&mut plane.data, mask, margin)?;
        } else {
            fill_invalid(&mut plane.data, &all_of_block(mask, k as usize)?, margin)?;
        }
    }
    let from = (inside.x, inside.y);
    let data = if inside == wanted {
        plane.data
    } else {
        picked(&plane.data, wanted, from, (cols, rows))?
    };
    Ok(Window { data, invalid })
}

/// What a rectangle shows of a raster of so many columns and rows that is continued by reflection;
/// `values` holds all that is seen of it, and starts at its pixel `from`.
fn picked<T: Copy + Default>(
    values: &Array2<T>,
    rect: Rect,
    from: (i64, i64),
    (cols, rows): (i64, i64),
) -> Result<Array2<T>> {
    let xs: Vec<usize> = (rect.x..rect.x1())
        .map(|x| (mirror(x, cols) - from.0) as usize)
        .collect();
    let mut out = zeros((rect.h as usize, rect.w as usize))?;
    for (y, mut row) in (rect.y..).zip(out.rows_mut()) {
        let seen = values.row((mirror(y, rows) - from.1) as usize);
        row.iter_mut().zip(&xs).for_each(|(to, &x)| *to = seen[x]);
    }
    Ok(out)
}

/// The part of `0 .. cols` x `0 .. rows` that a rectangle shows once the raster is continued by
/// reflection.
fn reflected_extent(wanted: Rect, cols: i64, rows: i64) -> Rect {
    let span = |from: i64, to: i64, n: i64| {
        let seen = || (from..to).map(|i| mirror(i, n));
        (seen().min().unwrap_or(0), seen().max().unwrap_or(0) + 1)
    };
    let ((x0, x1), (y0, y1)) = (
        span(wanted.x, wanted.x1(), cols),
        span(wanted.y, wanted.y1(), rows),
    );
    Rect::between((x0, y0), (x1, y1))
}

/// The invalid pixels at the resolution of the values, which are `k` times larger: those of which
/// no part is valid.
fn all_of_block(mask: &Array2<bool>, k: usize) -> Result<Array2<bool>> {
    let mut out = zeros((mask.nrows() / k, mask.ncols() / k))?;
    for ((r, c), all) in out.indexed_iter_mut() {
        *all = mask
            .slice(s![r * k..(r + 1) * k, c * k..(c + 1) * k])
            .iter()
            .all(|&b| b);
    }
    Ok(out)
}

/// Marks in `target` what `mask` marks. `mask` covers `mask_rect` and `target` covers
/// `target_rect`, which lies inside; both rectangles are in the same units, of which `target` has
/// `scale` pixels per unit along one axis.
pub fn mark(
    target: &mut Array2<bool>,
    target_rect: Rect,
    scale: i64,
    mask: &Array2<bool>,
    mask_rect: Rect,
) {
    let (rows, cols) = mask.dim();
    // The mask pixels that a target pixel touches: one if the mask is coarser, a block if it is
    // finer.
    let touched = |i: usize, from_mask_edge: i64, mask_units: i64, n: usize| {
        let (pixel, unit) = (from_mask_edge * scale + i as i64, mask_units * scale);
        let first = (pixel * n as i64).div_euclid(unit).max(0);
        let last = ((pixel + 1) * n as i64 - 1).div_euclid(unit);
        (first as usize, ((last + 1).max(0) as usize).min(n))
    };
    let columns = |c| touched(c, target_rect.x - mask_rect.x, mask_rect.w, cols);
    let spans: Vec<_> = (0..target.ncols()).map(columns).collect();
    for (r, mut row) in target.rows_mut().into_iter().enumerate() {
        let (r0, r1) = touched(r, target_rect.y - mask_rect.y, mask_rect.h, rows);
        for (t, &(c0, c1)) in row.iter_mut().zip(&spans) {
            *t = *t || (r0..r1).any(|y| (c0..c1).any(|x| mask[(y, x)]));
        }
    }
}

/// Means of the valid pixels of each `k` x `k` block, and the mask at the resolution of the input.
pub fn block_means(fine: &Plane, k: usize) -> Result<Plane> {
    let (rows, cols) = (fine.data.nrows() / k, fine.data.ncols() / k);
    let mut data = zeros((rows, cols))?;
    for ((r, c), mean) in data.indexed_iter_mut() {
        let block = s![r * k..(r + 1) * k, c * k..(c + 1) * k];
        let values = fine.data.slice(block);
        let (mut sum, mut n) = (0.0f64, 0u32);
        match &fine.invalid {
            None => (sum, n) = (values.iter().map(|&v| f64::from(v)).sum(), (k * k) as u32),
            Some(mask) => Zip::from(values)
                .and(mask.slice(block))
                .for_each(|&v, &bad| {
                    if !bad {
                        sum += f64::from(v);
                        n += 1;
                    }
                }),
        }
        *mean = (sum / f64::from(n.max(1))) as f32;
    }
    let invalid = fine.invalid.as_ref().map(|m| copy(m.view())).transpose()?;
    Ok(Plane { data, invalid })
}

impl Plane {
    /// A rectangle of it, where the mask is as fine as the pixels.
    pub fn part(&self, r: Rect) -> Result<Plane> {
        let cut = s![r.y as usize..r.y1() as usize, r.x as usize..r.x1() as usize];
        let mask = self
            .invalid
            .as_ref()
            .map(|m| m.slice(cut))
            .filter(|m| m.iter().any(|&b| b));
        Ok(Plane {
            data: copy(self.data.slice(cut))?,
            invalid: mask.map(copy).transpose()?,
        })
    }
}

/// The mask of the pixels without data; `None` when every pixel has some.
pub fn invalid_pixels(data: &Array2<f32>, radiometry: &Radiometry) -> Result<Option<Array2<bool>>> {
    let any = data.iter().any(|&v| radiometry.is_invalid(v));
    any.then(|| map(data.view(), |&v| radiometry.is_invalid(v)))
        .transpose()
}

/// A band that is in memory already.
pub struct InMemory(pub Plane);

impl Source for InMemory {
    fn size(&self) -> (i64, i64) {
        (self.0.data.ncols() as i64, self.0.data.nrows() as i64)
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        self.0.part(rect)
    }
}

#[cfg(test)]
mod tests;
