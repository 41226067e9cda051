//! How a band gets to the ground sample distance that is asked for.

use std::sync::Arc;

use crate::model::{Choice, ModelFile};
use crate::options::Options;
use crate::product::Product;
use crate::raster::band::{self, Band};
use crate::raster::native::UNWARPED;

/// What helps where bands are not there.
const WHOLE: &str = "give it with all its bands";

/// A way to make a band, by model rather than by place in a list.
pub(super) enum Way {
    Copy,
    Fused(Arc<ModelFile>),
    Enlarged(Arc<ModelFile>),
    FusedEnlarged(Arc<ModelFile>, Arc<ModelFile>),
}

/// How `band` gets to `target` m: `Ok(None)` if it is not asked for, an error if it is and can't
/// be.
pub(super) fn way(
    product: &Product,
    band: Band,
    target: f64,
    choice: &Choice,
    options: &Options,
) -> std::result::Result<Option<Way>, String> {
    let gsd = product.band(band).map_or(0.0, |b| b.grid.gsd);
    let named = options.bands.as_ref().is_some_and(|b| b.contains(&band));
    if options.bands.is_some() && !named && !options.with_native {
        return Ok(None);
    }
    if gsd <= target {
        return Ok((gsd == target && (named || options.with_native)).then_some(Way::Copy));
    }
    if options.bands.is_some() && !named {
        return Ok(None);
    }
    let single_to = |from: f64| {
        choice
            .singles
            .iter()
            .find(|m| (from / target - m.contract.factor() as f64).abs() < 1e-9)
            .cloned()
    };
    let fusion = choice
        .fusions
        .iter()
        .find(|m| m.contract.outputs[0].bands.contains(&band));
    if let Some(fusion) = fusion {
        let fused = f64::from(fusion.contract.outputs[0].gsd);
        if fused == target {
            return missing_inputs(product, fusion)
                .map_or(Ok(Some(Way::Fused(fusion.clone()))), Err);
        }
        if let Some(single) = single_to(fused).filter(|_| fused < gsd) {
            return missing_inputs(product, fusion)
                .map_or(Ok(Some(Way::FusedEnlarged(fusion.clone(), single))), Err);
        }
    }
    // Fused families enlarge only what is as fine as their fusions make it: a 60 m band is not
    // blown up alone.
    let alone_is_fine = choice.fusions.is_empty()
        || choice
            .fusions
            .iter()
            .all(|m| f64::from(m.contract.outputs[0].gsd) == gsd);
    if choice.one && !choice.fusions.is_empty() && !named {
        return Ok(None);
    }
    Ok(single_to(gsd).filter(|_| alone_is_fine).map(Way::Enlarged))
}

/// What a fusing network would need and the product does not have.
fn missing_inputs(product: &Product, model: &ModelFile) -> Option<String> {
    for port in &model.contract.inputs {
        let lacking: Vec<Band> = port
            .bands
            .iter()
            .copied()
            .filter(|b| product.band(*b).is_none())
            .collect();
        if !lacking.is_empty() {
            return Some(format!(
                "{} needs {}, which the product does not have; {WHOLE}",
                model.contract.name,
                band::list(lacking)
            ));
        }
        let coarse = port
            .bands
            .iter()
            .filter_map(|b| product.band(*b))
            .find(|b| b.grid.gsd != f64::from(port.gsd));
        if let Some(b) = coarse {
            let is_lacking = product.lacking.iter().any(|(band, _)| *band == b.band);
            return Some(format!(
                "{} needs {} at {} m, the product has it at {} m; {}",
                model.contract.name,
                b.band,
                port.gsd,
                b.grid.gsd,
                if is_lacking { WHOLE } else { UNWARPED }
            ));
        }
    }
    None
}
