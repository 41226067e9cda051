//! From what the networks gave to the DN of a tile: cut, checked, scaled, holes in place.

use ndarray::{Array2, Array4, ArrayView2, Axis, s};

use super::batch::check_shape;
use super::input::{TileInput, slice, window};
use super::{Engine, TileBand};
use crate::error::{Error, Result};
use crate::job::Maker;
use crate::memory::{copy, filled};
use crate::model::{Cancel, Network};
use crate::raster::band::Band;
use crate::raster::grid::Rect;

impl Engine {
    /// What is left to do for a tile once its fusions are done.
    pub(super) fn finish(
        &self,
        input: &TileInput,
        fused: &mut [Vec<Array2<f32>>],
        cancel: &Cancel,
    ) -> Result<Vec<TileBand>> {
        let job = &self.job;
        let shape = (
            (input.tile.h * job.scale) as usize,
            (input.tile.w * job.scale) as usize,
        );
        let storage = job.storage();
        if input.empty {
            return (0..job.outputs.len())
                .map(|_| filled(shape, storage.hole()))
                .collect();
        }
        let mut enlarged = self.enlarge_all(input, fused, cancel)?;
        let mut bands = Vec::with_capacity(job.outputs.len());
        for (o, output) in job.outputs.iter().enumerate() {
            let mask = self.invalid(input, o)?;
            let in_dn = |network: &Network, mut data: Array2<f32>| {
                check_numbers(network, output.band, data.view(), mask.as_ref())?;
                let divisor = network.contract.divisor;
                output.radiometry.to_dn(divisor, storage, slice(&mut data)?);
                Ok::<_, Error>(data)
            };
            let mut data = match output.maker {
                Maker::Copy(_) => {
                    let mut data = copy(window(input, o)?.data.view())?;
                    let own = job.own_radiometry(output);
                    let dn = |v| own.convert(&output.radiometry, f64::from(v));
                    data.mapv_inplace(|v| storage.store(dn(v)));
                    data
                }
                Maker::Fused(f, c) => {
                    let rect = input.fused[f].rect.intersect(&job.fusions[f].domain);
                    let at = input.tile.relative_to((rect.x, rect.y)).finer(job.scale);
                    let made = &mut fused[f][c];
                    let data = match (at.x, at.y, made.dim()) == (0, 0, shape) {
                        // No other output is this one.
                        true => std::mem::take(made),
                        false => crop(made.view(), at)?,
                    };
                    in_dn(&self.fusions[f], data)?
                }
                Maker::Error(f, c) => {
                    // They come after the bands.
                    let bands = job.fusions[f].contract.outputs[0].bands.len();
                    self.expected_error(output, f, &fused[f][bands + c], input, mask.as_ref())?
                }
                Maker::Enlarged(_, s) | Maker::FusedEnlarged(_, _, s) => {
                    let data = enlarged[o]
                        .take()
                        .ok_or_else(|| Error::internal("a band was not enlarged"))?;
                    in_dn(&self.singles[s], data)?
                }
            };
            if let Some(mask) = mask {
                data.zip_mut_with(&mask, |v, &bad| {
                    if bad {
                        *v = storage.hole();
                    }
                });
            }
            bands.push(data);
        }
        Ok(bands)
    }

    /// The bands that a fusion gave for the part of its rectangle inside its domain, then their
    /// expected errors, if it gives those.
    pub(super) fn cut_fusion(
        &self,
        f: usize,
        rect: Rect,
        outputs: &[Array4<f32>],
    ) -> Result<Vec<Array2<f32>>> {
        let (fusion, network) = (&self.job.fusions[f], &self.fusions[f]);
        let margin = network.contract.halo * fusion.coarse * fusion.scale;
        let (rows, cols) = (rect.h * fusion.scale, rect.w * fusion.scale);
        let inside = rect
            .intersect(&fusion.domain)
            .relative_to((rect.x, rect.y))
            .finer(fusion.scale)
            .shift((margin, margin));
        let mut cut = Vec::new();
        for (output, (_, side)) in outputs.iter().zip(network.contract.run_outputs()) {
            check_shape(
                network,
                output,
                network.contract.outputs[0].bands.len(),
                (rows + 2 * margin) / side,
                (cols + 2 * margin) / side,
            )?;
            let inside = inside.coarser(side);
            for band in output.index_axis(Axis(0), 0).outer_iter() {
                cut.push(crop(band, inside)?);
            }
        }
        Ok(cut)
    }
}

/// Refuses what a network gave for a valid pixel and is not a number. What it gave for an invalid
/// one does not matter.
pub(super) fn check_numbers(
    network: &Network,
    band: Band,
    data: ArrayView2<f32>,
    invalid: Option<&Array2<bool>>,
) -> Result<()> {
    if data.iter().all(|v| v.is_finite()) {
        return Ok(());
    }
    let valid = |at: &(usize, usize)| invalid.is_none_or(|mask| !mask[*at]);
    match data
        .indexed_iter()
        .find(|(at, v)| !v.is_finite() && valid(at))
    {
        Some((_, v)) => Err(Error::model(format!(
            "the network {} gives {band} values that are not numbers ({v}); use another model, \
             or check that the scale and offset of the input are right",
            network.contract.name
        ))),
        None => Ok(()),
    }
}

pub(super) fn crop(a: ArrayView2<f32>, r: Rect) -> Result<Array2<f32>> {
    copy(a.slice(s![
        r.y as usize..r.y1() as usize,
        r.x as usize..r.x1() as usize
    ]))
}
