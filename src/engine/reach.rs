//! Which pixels of each band the engine reads for a window: what the networks see, and as far again
//! where invalid pixels are filled from. Arithmetic only.
//!
//! The second is not needed where all that the networks see is valid, as it mostly is.

use super::input::{native_rect, offset};
use crate::job::{Fusion, Job, Maker};
use crate::raster::grid::Rect;

/// What is read at most of each band in the job's `natives`, in the band's own pixels, to compute
/// its window; `None` where nothing is.
pub fn reads(job: &Job) -> Vec<Option<Rect>> {
    reads_of(job, job.window)
}

/// The same for a tile.
pub fn reads_of(job: &Job, tile: Rect) -> Vec<Option<Rect>> {
    within(job, tile, 2)
}

/// What is read of each band for a tile where no invalid pixels are filled.
pub fn seen_of(job: &Job, tile: Rect) -> Vec<Option<Rect>> {
    within(job, tile, 1)
}

/// What lies within so many margins of a tile.
fn within(job: &Job, tile: Rect, margins: i64) -> Vec<Option<Rect>> {
    let mut needs = Needs(job.natives.iter().map(|_| None).collect(), margins);
    for (f, fusion) in job.fusions.iter().enumerate() {
        needs.add_fusion(job, fusion, tile.grow(margins * margin(job, f)));
    }
    for output in &job.outputs {
        let (n, halo) = match output.maker {
            Maker::Copy(n) => (n, 0),
            Maker::Enlarged(n, s) => (n, single_halo(job, s)),
            Maker::Fused(..) | Maker::Error(..) | Maker::FusedEnlarged(..) => continue,
        };
        let extent = job.natives[n].placed.extent;
        let ratio = job.natives[n].placed.ratio;
        let bounds = Rect::new(0, 0, extent.w / ratio, extent.h / ratio);
        needs.add(n, native_rect(job, n, tile).grow(margins * halo), bounds);
    }
    needs.0
}

/// How far beyond a tile fusion `f` has to compute, in pixels of the finest grid, for the networks
/// that enlarge what it gives.
pub(super) fn margin(job: &Job, f: usize) -> i64 {
    let after = job.outputs.iter().filter_map(|o| match o.maker {
        Maker::FusedEnlarged(g, _, s) if g == f => Some(single_halo(job, s)),
        _ => None,
    });
    // The single-band network's margin is in pixels of the fusion's output.
    let pixels = after.max().unwrap_or(0);
    (pixels + job.fusions[f].scale - 1) / job.fusions[f].scale
}

fn single_halo(job: &Job, s: usize) -> i64 {
    job.singles[s].halo
}

/// What is needed of each band, and how many margins far.
struct Needs(Vec<Option<Rect>>, i64);

impl Needs {
    fn add(&mut self, n: usize, rect: Rect, bounds: Rect) {
        let rect = rect.intersect(&bounds);
        self.0[n] = Some(self.0[n].map_or(rect, |old| old.around(&rect)));
    }

    fn add_fusion(&mut self, job: &Job, fusion: &Fusion, near: Rect) {
        let domain = fusion.domain;
        let step = fusion.coarse * fusion.contract.multiple;
        let steps = near
            .intersect(&domain)
            .relative_to((domain.x, domain.y))
            .coarser(step);
        for (ratio, bands) in &fusion.inputs {
            let halo = fusion.contract.halo * fusion.coarse / ratio;
            // The last step may reach beyond the domain, and is mirrored back into it.
            let seen = steps.finer(step / ratio).grow(self.1 * halo + step / ratio);
            let part = Rect::new(0, 0, domain.w / ratio, domain.h / ratio);
            for &n in bands {
                let (x, y) = offset(job, n);
                let start = ((domain.x - x) / ratio, (domain.y - y) / ratio);
                self.add(n, seen.shift(start), part.shift(start));
            }
        }
    }
}
