//! Bands that single-band networks enlarge: native ones, and those that a fusion made.

use std::sync::Arc;

use ndarray::{Array2, Array4, Axis, s};

use super::Engine;
use super::batch::{check_shape, run_batches};
use super::finish::{check_numbers, crop};
use super::input::{TileInput, native_rect, offset, slice, window};
use crate::error::{Error, Result};
use crate::job::Maker;
use crate::memory::{copy, map};
use crate::model::{Cancel, Inputs, Network};
use crate::raster::grid::Rect;
use crate::raster::plane::{Plane, Source, read_window};

/// A band of which only a piece was computed; the piece holds all that is asked of it.
struct Piece {
    plane: Plane,
    rect: Rect,
    size: (i64, i64),
}

impl Source for Piece {
    fn size(&self) -> (i64, i64) {
        self.size
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        let inner = rect
            .intersect(&self.rect)
            .relative_to((self.rect.x, self.rect.y));
        if (inner.w, inner.h) != (rect.w, rect.h) {
            return Err(Error::internal(format!(
                "{rect:?} was asked of a piece that holds {:?}",
                self.rect
            )));
        }
        self.plane.part(inner)
    }
}

/// One band that a network enlarges.
struct Task {
    /// Its place in the job's outputs.
    output: usize,
    /// Its window with the network's margin.
    tensors: Inputs,
    /// What of the enlarged window, without the margin, is the tile.
    tile: Rect,
}

impl Task {
    /// The tile, out of what the network made.
    fn cut(&self, network: &Network, outputs: &[Array4<f32>]) -> Result<Array2<f32>> {
        let (k, halo) = (network.contract.factor(), network.contract.halo);
        let (rows, cols) = (
            self.tensors[0].dim().2 as i64,
            self.tensors[0].dim().3 as i64,
        );
        // A single-band network has one output.
        let out = &outputs[0];
        check_shape(network, out, 1, rows * k, cols * k)?;
        crop(
            out.slice(s![0, 0, .., ..]),
            self.tile.shift((halo * k, halo * k)),
        )
    }
}

impl Engine {
    /// The outputs that single-band networks make, each at its place, cut to the tile.
    pub(super) fn enlarge_all(
        &self,
        input: &TileInput,
        fused: &[Vec<Array2<f32>>],
        cancel: &Cancel,
    ) -> Result<Vec<Option<Array2<f32>>>> {
        let mut made: Vec<Option<Array2<f32>>> = self.job.outputs.iter().map(|_| None).collect();
        for (s, network) in self.singles.iter().enumerate() {
            let tasks = self.tasks_of(s, network, input, fused)?;
            let tensors: Vec<&Inputs> = tasks.iter().map(|t| &t.tensors).collect();
            let outs = run_batches(network, &tensors, cancel)?;
            for (task, out) in tasks.iter().zip(outs) {
                made[task.output] = Some(task.cut(network, &out)?);
            }
        }
        Ok(made)
    }

    /// What one single-band network has to do for a tile.
    fn tasks_of(
        &self,
        s: usize,
        network: &Network,
        input: &TileInput,
        fused: &[Vec<Array2<f32>>],
    ) -> Result<Vec<Task>> {
        let mut tasks = Vec::new();
        for (o, output) in self.job.outputs.iter().enumerate() {
            let (band, tile) = match output.maker {
                Maker::Enlarged(n, single) if single == s => {
                    self.native_seen_by_single(network, (o, n), input)?
                }
                Maker::FusedEnlarged(f, c, single) if single == s => {
                    let (w, h) = (input.tile.w, input.tile.h);
                    let scale = self.job.scale;
                    let band = self.fused_seen_by_single(network, (f, c), &fused[f][c], input)?;
                    (band, Rect::new(0, 0, w * scale, h * scale))
                }
                _ => continue,
            };
            tasks.push(Task {
                output: o,
                tensors: Arc::new(vec![band.insert_axis(Axis(0)).insert_axis(Axis(0))]),
                tile,
            });
        }
        Ok(tasks)
    }

    /// A native band as the single-band network sees it, and where in what that makes of it the
    /// tile lies.
    fn native_seen_by_single(
        &self,
        network: &Network,
        (o, n): (usize, usize),
        input: &TileInput,
    ) -> Result<(Array2<f32>, Rect)> {
        let job = &self.job;
        let native = &job.natives[n];
        let mut data = copy(window(input, o)?.data.view())?;
        native
            .radiometry
            .to_network(network.contract.divisor, slice(&mut data)?);
        let covered = native_rect(job, n, input.tile)
            .finer(native.placed.ratio)
            .shift(offset(job, n));
        let tile = input.tile.relative_to((covered.x, covered.y));
        Ok((data, tile.finer(job.scale)))
    }

    /// A band of a fusion as the single-band network after it sees it: its own margin, invalid
    /// pixels filled.
    fn fused_seen_by_single(
        &self,
        network: &Network,
        (f, c): (usize, usize),
        band: &Array2<f32>,
        input: &TileInput,
    ) -> Result<Array2<f32>> {
        let fusion = &self.job.fusions[f];
        let rect = input.fused[f].rect.intersect(&fusion.domain);
        let change = (self.fusions[f].contract.divisor / network.contract.divisor) as f32;
        let invalid = input.fused[f]
            .invalid
            .as_ref()
            .map(|m| copy(m.view()))
            .transpose()?;
        let plane = Plane {
            data: map(band.view(), |v| v * change)?,
            invalid,
        };
        let origin = (fusion.domain.x, fusion.domain.y);
        let size = (
            fusion.domain.w * fusion.scale,
            fusion.domain.h * fusion.scale,
        );
        let mut piece = Piece {
            plane,
            rect: rect.relative_to(origin).finer(fusion.scale),
            size,
        };
        let wanted = input.tile.relative_to(origin).finer(fusion.scale);
        // Only what the result can show is looked at: whether it is refused must not depend on the
        // tiles.
        let seen = piece.read(
            wanted
                .grow(network.contract.halo)
                .intersect(&Rect::new(0, 0, size.0, size.1)),
        )?;
        check_numbers(
            &self.fusions[f],
            self.job.fusions[f].contract.outputs[0].bands[c],
            seen.data.view(),
            seen.invalid.as_ref(),
        )?;
        Ok(read_window(&mut piece, wanted, network.contract.halo)?.data)
    }
}
