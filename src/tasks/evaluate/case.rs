//! What one network is scored on: bands on a window of theirs.

use super::counted::Counted;
use crate::error::{Error, Result};
use crate::memory::map;
use crate::model::{Contract, Kind};
use crate::product::{BandFile, Product};
use crate::raster::band::Band;
use crate::raster::fill::fill_invalid;
use crate::raster::grid::{Grid, Placed, Rect, common_window, lcm};
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
    /// Which of their pixels count.
    pub(super) counted: Counted,
    /// Ground sample distance of what is compared.
    pub(super) gsd: f64,
    /// West, north, east, south.
    pub(super) window: [f64; 4],
}

/// Reads what a network is scored on; an error about the product where it cannot be scored.
pub(super) fn prepare(product: &Product, contract: &Contract) -> Result<Case> {
    let lacks = |what: &str| Error::input(&product.path, what);
    let ports = ports(product, contract);
    let files = files(product, contract, &ports)?;
    let finest = files
        .iter()
        .map(|f| f.grid)
        .min_by(|a, b| a.gsd.total_cmp(&b.gsd))
        .ok_or_else(|| lacks("it has no bands"))?;
    let placed = files
        .iter()
        .map(|f| Placed::on(&finest, &f.grid))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|how| lacks(&how))?;
    let (factor, gsd) = match contract.kind {
        Kind::SingleBand => (contract.factor(), finest.gsd),
        Kind::Fusion => (
            i64::from(contract.coarsest() / contract.outputs[0].gsd),
            f64::from(contract.coarsest()),
        ),
    };
    let window = window(product, &files, &placed, &finest, factor)?;

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
    let targets = compared(contract, &ports);
    let size = targets
        .first()
        .map(|&(_, i, j)| inputs[i][j].data.dim())
        .ok_or_else(|| lacks("it has no band that the network makes"))?;
    let factor = factor as usize;
    let counted = Counted::of(&inputs, size, factor)?;
    if counted.pixels == 0 {
        return Err(lacks(
            "no pixel is left that could be scored, away from the border and from pixels that are \
             invalid or saturated",
        ));
    }
    let grid = finest.window(&window, 1);
    Ok(Case {
        factor,
        inputs,
        targets,
        counted,
        gsd,
        window: [
            grid.west,
            grid.north,
            grid.west + grid.cols as f64 * grid.gsd,
            grid.north - grid.rows as f64 * grid.gsd,
        ],
    })
}

/// The bands of each input of the network: what its contract names, or all of the finest grid.
fn ports(product: &Product, contract: &Contract) -> Vec<Vec<Band>> {
    if contract.kind == Kind::Fusion {
        return contract.inputs.iter().map(|p| p.bands.clone()).collect();
    }
    let gsds = product.bands.iter().map(|b| b.grid.gsd);
    let finest = gsds.fold(f64::INFINITY, f64::min);
    let of_it = product.bands.iter().filter(|b| b.grid.gsd == finest);
    vec![of_it.map(|b| b.band).collect()]
}

/// The files of these bands, one after the other.
fn files<'a>(
    product: &'a Product,
    contract: &Contract,
    ports: &[Vec<Band>],
) -> Result<Vec<&'a BandFile>> {
    let lacks = |what: String| Error::input(&product.path, what);
    let mut files = Vec::new();
    for (port, bands) in contract.inputs.iter().zip(ports) {
        for band in bands {
            let file = product.band(*band).ok_or_else(|| {
                lacks(format!("it needs {band}, which the product does not have"))
            })?;
            if contract.kind == Kind::Fusion && file.grid.gsd != f64::from(port.gsd) {
                return Err(lacks(format!("it needs {band} at {} m", port.gsd)));
            }
            files.push(file);
        }
    }
    Ok(files)
}

/// The window that is scored, in pixels of the finest grid: that with most to show.
fn window(
    product: &Product,
    files: &[&BandFile],
    placed: &[Placed],
    finest: &Grid,
    factor: i64,
) -> Result<Rect> {
    let common = common_window(placed)
        .ok_or_else(|| Error::input(&product.path, "its grids never line up"))?;
    // After degrading, every grid still has to nest in the coarsest one.
    let step = placed.iter().map(|p| p.ratio).fold(1, lcm) * factor;
    let guide = files.iter().position(|f| f.grid == *finest).unwrap_or(0);
    let corner = (placed[guide].extent.x, placed[guide].extent.y);
    let largest = (LARGEST / finest.gsd) as i64;
    let mut source = product.source(files[guide].band)?;
    let own = busiest(&mut source, common.relative_to(corner), largest, step)?;
    Ok(own.shift(corner))
}

/// The bands of which there is a result, each with its input and its place there.
fn compared(contract: &Contract, ports: &[Vec<Band>]) -> Vec<(Band, usize, usize)> {
    let made = |band: &Band| match contract.kind {
        Kind::Fusion => contract.outputs[0].bands.contains(band),
        Kind::SingleBand => true,
    };
    let mut compared = Vec::new();
    for (i, bands) in ports.iter().enumerate() {
        for (j, band) in bands.iter().enumerate().filter(|(_, b)| made(b)) {
            compared.push((*band, i, j));
        }
    }
    compared
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
