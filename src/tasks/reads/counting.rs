//! A source in place of a file, that counts what is read of it.

use std::sync::{Arc, Mutex};

use ndarray::{Array2, s};

use crate::error::Result;
use crate::raster::grid::Rect;
use crate::raster::plane::{Opener, Plane, Source, invalid_pixels};
use crate::raster::radiometry::Radiometry;

/// Columns and rows of the blocks that a source is decoded in.
pub const BLOCK: (i64, i64) = (16, 8);
/// Pixels along one side of the scene, at 10 m.
pub const SIZE: i64 = 240;
pub const RADIOMETRY: Radiometry = Radiometry {
    quantification: 10000.0,
    add_offset: 0.0,
    nodata: Some(0.0),
};

/// A band in memory that counts how often each of its blocks, or pixels, is read.
#[derive(Clone)]
pub struct Counting {
    pub pixels: Arc<Array2<f32>>,
    pub block: (i64, i64),
    pub counts: Arc<Mutex<Array2<u32>>>,
    /// Whether several threads can read it, each through a source of its own.
    pub many: bool,
    pub far: bool,
    /// Where a block holds several bands: what is decoded, and how many bands there are.
    pub shared: Option<(Arc<Mutex<Array2<u32>>>, usize)>,
}

impl Counting {
    pub fn new(gsd: i64, block: (i64, i64), holes: bool, many: bool) -> Self {
        let n = (SIZE * 10 / gsd) as usize;
        let value = |(r, c): (usize, usize)| {
            let hole = holes && r * 3 / n == 1 && c * 5 / n == 2;
            if hole {
                0.0
            } else {
                (1000 + (r * 7 + c * 13) % 500) as f32
            }
        };
        let blocks = |length: i64| (n as i64 + length - 1).div_euclid(length) as usize;
        Self {
            pixels: Arc::new(Array2::from_shape_fn((n, n), value)),
            block,
            counts: Arc::new(Mutex::new(Array2::zeros((
                blocks(block.1),
                blocks(block.0),
            )))),
            many,
            far: false,
            shared: None,
        }
    }

    /// The same file, opened so that its bands share what is decoded.
    pub fn opened(&self, bands: usize) -> Self {
        let none = Array2::zeros(self.counts.lock().unwrap().dim());
        Self {
            shared: Some((Arc::new(Mutex::new(none)), bands)),
            ..self.clone()
        }
    }

    pub fn blocks_read(&self) -> u32 {
        self.counts
            .lock()
            .unwrap()
            .iter()
            .filter(|n| **n > 0)
            .count() as u32
    }

    /// The blocks that a rectangle touches, as a mask.
    pub fn touched(&self, rect: Rect) -> Array2<u32> {
        let mut touched = Array2::zeros(self.counts.lock().unwrap().dim());
        let ((w, h), r) = (self.block, rect);
        touched
            .slice_mut(s![
                (r.y / h) as usize..((r.y1() + h - 1) / h) as usize,
                (r.x / w) as usize..((r.x1() + w - 1) / w) as usize
            ])
            .fill(1);
        touched
    }
}

impl Source for Counting {
    fn size(&self) -> (i64, i64) {
        (self.pixels.ncols() as i64, self.pixels.nrows() as i64)
    }

    fn read(&mut self, r: Rect) -> Result<Plane> {
        let mut touched = self.touched(r);
        if let Some((decoded, _)) = &self.shared {
            let mut decoded = decoded.lock().unwrap();
            touched.zip_mut_with(&decoded, |new, there| *new *= 1 - there);
            *decoded += &touched;
        }
        *self.counts.lock().unwrap() += &touched;
        let part = s![r.y as usize..r.y1() as usize, r.x as usize..r.x1() as usize];
        let data = self.pixels.slice(part).to_owned();
        let invalid = invalid_pixels(&data, &RADIOMETRY)?;
        Ok(Plane { data, invalid })
    }

    fn pieces(&self) -> Option<((i64, i64), (i64, i64))> {
        (self.block != (1, 1)).then_some((self.block, (0, 0)))
    }

    fn is_far(&self) -> bool {
        self.far
    }

    fn forget(&mut self) {
        if let Some((decoded, _)) = &self.shared {
            decoded.lock().unwrap().fill(0);
        }
    }

    fn together(&self) -> Option<usize> {
        let (decoded, _) = self.shared.as_ref()?;
        Some(Arc::as_ptr(decoded).addr())
    }

    fn opener(&self) -> Option<Opener> {
        let again = self.clone();
        let open = move || {
            let bands = again.shared.as_ref().map_or(1, |(_, bands)| *bands);
            let opened = again.opened(bands);
            let boxed = |_| Box::new(opened.clone()) as Box<dyn Source>;
            Ok((0..bands).map(boxed).collect())
        };
        self.many.then(|| Box::new(open) as Opener)
    }
}
