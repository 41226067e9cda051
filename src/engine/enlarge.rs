//! Bands that single-band networks enlarge: native ones, and those that a fusion made.

use std::sync::Arc;

use ndarray::{Array2, Axis, s};

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

impl Engine {
    /// The outputs that single-band networks make, each at its place, cut to the tile.
    pub(super) fn enlarge_all(
        &self,
        input: &TileInput,
        fused: &[Vec<Array2<f32>>],
        cancel: &Cancel,
    ) -> Result<Vec<Option<Array2<f32>>>> {
        let job = &self.job;
        let mut made: Vec<Option<Array2<f32>>> = job.outputs.iter().map(|_| None).collect();
        for (s, network) in self.singles.iter().enumerate() {
            // (output, its window with the margin, what of the enlarged window is the tile)
            let mut work: Vec<(usize, Inputs, Rect)> = Vec::new();
            for (o, output) in job.outputs.iter().enumerate() {
                let (data, tile) = match output.maker {
                    Maker::Enlarged(n, single) if single == s => {
                        let mut data = copy(window(input, o)?.data.view())?;
                        job.natives[n]
                            .radiometry
                            .to_network(network.contract.divisor, slice(&mut data)?);
                        let covered = native_rect(job, n, input.tile)
                            .finer(job.natives[n].placed.ratio)
                            .shift(offset(job, n));
                        (
                            data,
                            input
                                .tile
                                .relative_to((covered.x, covered.y))
                                .finer(job.scale),
                        )
                    }
                    Maker::FusedEnlarged(f, c, single) if single == s => {
                        let data = self.seen_by_single(network, (f, c), &fused[f][c], input)?;
                        (
                            data,
                            Rect::new(0, 0, input.tile.w * job.scale, input.tile.h * job.scale),
                        )
                    }
                    _ => continue,
                };
                work.push((
                    o,
                    Arc::new(vec![data.insert_axis(Axis(0)).insert_axis(Axis(0))]),
                    tile,
                ));
            }
            let tensors: Vec<&Inputs> = work.iter().map(|w| &w.1).collect();
            let outs = run_batches(network, &tensors, cancel)?;
            let (k, halo) = (network.contract.factor(), network.contract.halo);
            for ((o, tensor, tile), out) in work.iter().zip(outs) {
                let (rows, cols) = (tensor[0].dim().2 as i64, tensor[0].dim().3 as i64);
                check_shape(network, &out, 1, rows * k, cols * k)?;
                made[*o] = Some(crop(
                    out.slice(s![0, 0, .., ..]),
                    tile.shift((halo * k, halo * k)),
                )?);
            }
        }
        Ok(made)
    }

    /// A band of a fusion as the single-band network after it sees it: its own margin, invalid
    /// pixels filled.
    fn seen_by_single(
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
