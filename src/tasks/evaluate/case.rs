//! What one network is scored on: bands on a window of theirs.

use crate::error::{Error, Result};
use crate::memory::map;
use crate::model::{Kind, ModelFile};
use crate::product::{BandFile, Product};
use crate::raster::band::Band;
use crate::raster::fill::fill_invalid;
use crate::raster::grid::{Placed, Rect, common_window, lcm};
use crate::raster::plane::{Plane, Source, mark};
use crate::tasks::busiest::busiest;

/// The largest window that is scored, in m along one side. What is in memory grows with its square.
const LARGEST: f64 = 24_000.0;

/// One network's work: bands on a window of theirs, offset removed.
pub(super) struct Case {
    pub(super) factor: usize,
    /// For each input of the network: its bands on the window, each with the pixels that were
    /// filled.
    pub(super) inputs: Vec<Vec<Plane>>,
    /// The bands that are compared: (band, input, place in the input).
    pub(super) targets: Vec<(Band, usize, usize)>,
    /// Ground sample distance of what is compared.
    pub(super) gsd: f64,
    pub(super) window: [f64; 4],
}

pub(super) fn prepare(product: &Product, model: &ModelFile) -> Result<Case> {
    let contract = &model.contract;
    let lacks = |what: String| Error::input(&product.path, what);
    let finest_gsd = product
        .bands
        .iter()
        .map(|b| b.grid.gsd)
        .fold(f64::INFINITY, f64::min);
    let ports: Vec<Vec<Band>> = match contract.kind {
        Kind::Fusion => contract.inputs.iter().map(|p| p.bands.clone()).collect(),
        Kind::SingleBand => vec![
            product
                .bands
                .iter()
                .filter(|b| b.grid.gsd == finest_gsd)
                .map(|b| b.band)
                .collect(),
        ],
    };
    let mut files = Vec::new();
    for (i, bands) in ports.iter().enumerate() {
        for band in bands {
            let file = product.band(*band).ok_or_else(|| {
                lacks(format!("it needs {band}, which the product does not have"))
            })?;
            if contract.kind == Kind::Fusion && file.grid.gsd != f64::from(contract.inputs[i].gsd) {
                return Err(lacks(format!(
                    "it needs {band} at {} m",
                    contract.inputs[i].gsd
                )));
            }
            files.push(file);
        }
    }
    let finest = files
        .iter()
        .map(|f| f.grid)
        .min_by(|a, b| a.gsd.total_cmp(&b.gsd))
        .ok_or_else(|| lacks("it has no bands".into()))?;
    let placed = files
        .iter()
        .map(|f| Placed::on(&finest, &f.grid))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(lacks)?;
    let common = common_window(&placed).ok_or_else(|| lacks("its grids never line up".into()))?;
    let (factor, gsd) = match contract.kind {
        Kind::SingleBand => (contract.factor(), finest.gsd),
        Kind::Fusion => (
            i64::from(contract.coarsest() / contract.outputs[0].gsd),
            f64::from(contract.coarsest()),
        ),
    };
    // After degrading, every grid still has to nest in the coarsest one.
    let step = placed.iter().map(|p| p.ratio).fold(1, lcm) * factor;
    let guide = files.iter().position(|f| f.grid == finest).unwrap_or(0);
    let within = common.relative_to((placed[guide].extent.x, placed[guide].extent.y));
    let own = busiest(files[guide], within, (LARGEST / finest.gsd) as i64, step)?;
    let window = own.shift((placed[guide].extent.x, placed[guide].extent.y));

    let mut next = files.iter().zip(&placed);
    let mut inputs = Vec::new();
    for bands in &ports {
        let mut planes = Vec::new();
        for (file, place) in next.by_ref().take(bands.len()) {
            let rect = window
                .relative_to((place.extent.x, place.extent.y))
                .coarser(place.ratio);
            planes.push(usable(product.source(file.band)?.read(rect)?, file)?);
        }
        inputs.push(planes);
    }
    let compared = |b: &Band| match contract.kind {
        Kind::Fusion => contract.outputs[0].bands.contains(b),
        Kind::SingleBand => true,
    };
    let targets = ports
        .iter()
        .enumerate()
        .flat_map(|(i, bands)| {
            bands
                .iter()
                .enumerate()
                .filter(|(_, b)| compared(b))
                .map(move |(j, b)| (*b, i, j))
        })
        .collect();
    let grid = finest.window(&window, 1);
    let edges = [
        grid.west,
        grid.north,
        grid.west + grid.cols as f64 * grid.gsd,
        grid.north - grid.rows as f64 * grid.gsd,
    ];
    Ok(Case {
        factor: factor as usize,
        inputs,
        targets,
        gsd,
        window: edges,
    })
}

/// A band in ten-thousandths of reflectance, with its invalid and saturated pixels filled, and
/// marked.
fn usable(plane: Plane, file: &BandFile) -> Result<Plane> {
    let (r, mut data) = (&file.radiometry, plane.data);
    let mut filled = map(data.view(), |v| r.is_saturated(*v, file.dtype))?;
    if let Some(mask) = &plane.invalid {
        let area = Rect::new(0, 0, data.ncols() as i64, data.nrows() as i64);
        mark(&mut filled, area, 1, mask, area);
    }
    data.mapv_inplace(|v| ((f64::from(v) + r.add_offset) * 10000.0 / r.quantification) as f32);
    let any = filled.iter().any(|&b| b);
    if any {
        fill_invalid(&mut data, &filled, i64::MAX)?;
    }
    Ok(Plane {
        data,
        invalid: any.then_some(filled),
    })
}
