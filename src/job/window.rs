//! The part of a product that was asked for: pixels, coordinates in any reference system, or an
//! area with an outline of its own.

use super::Job;
use crate::error::{Error, Result};
use crate::gdal::transform::{self, Goal};
use crate::gdal::vector;
use crate::options::{Options, WindowOption};
use crate::raster::grid::{CLOSE, Rect};
use crate::raster::polygon::Area;

impl Job {
    /// Sets what was asked for.
    pub(super) fn set_window(&mut self, options: &Options) -> Result<()> {
        let is_projected = matches!(options.window, Some(WindowOption::Projected(_)));
        if options.projwin_srs.is_some() && !is_projected {
            return Err(Error::option(
                "option projwin-srs says what the coordinates of projwin are in, which is not \
                 given; give both",
            ));
        }
        if let Some(file) = &options.cutline {
            let (area, files) = vector::polygons(file, &self.goal(), options.cutline_from_data)?;
            self.area_files = files;
            if let Some(bounds) = area.bounds() {
                self.window = self.projected(bounds, &format!("cutline {}", file.display()))?;
            }
            self.area = Some(area);
        }
        if let Some(window) = &options.window {
            let window = self.asked(window, options)?;
            self.window = window.intersect(&self.window);
            if self.window.is_empty() {
                return Err(self.misses(
                    "the window and the cutline do not touch each other; leave one of them out",
                ));
            }
        }
        match (&self.area, &options.cutline) {
            (Some(area), Some(file)) if !self.meets(area)? => Err(self.misses(format!(
                "cutline {} holds the middle of no pixel; {}",
                file.display(),
                self.shape()
            ))),
            _ => Ok(()),
        }
    }

    /// The pixels of a window.
    fn asked(&self, window: &WindowOption, options: &Options) -> Result<Rect> {
        match *window {
            WindowOption::Pixels(r) => self.pixels(r),
            WindowOption::Projected(given) => {
                let [ulx, uly, lrx, lry] = given;
                let crs = options.projwin_srs.as_deref();
                let degrees = crs.is_none() && given.iter().all(|v| v.abs() <= 360.0);
                let asked = format!(
                    "projwin {ulx} {uly} {lrx} {lry} (west north east south{})",
                    if degrees {
                        "; for degrees give projwin-srs EPSG:4326, too"
                    } else {
                        ""
                    }
                );
                let given = in_order(given, crs, &asked)?;
                let bounds = match crs {
                    Some(crs) => transform::window(given, crs, &self.goal())?,
                    None => given,
                };
                self.projected(bounds, &asked)
            }
        }
    }

    /// Whether the middle of any pixel of the result lies in an area: polygons may lie around a
    /// product, or between the middles.
    fn meets(&self, area: &Area) -> Result<bool> {
        const ROWS: usize = 256;
        let (xs, ys) = self.grid(&self.window).middles();
        for ys in ys.chunks(ROWS) {
            if area.inside(&xs, ys)?.iter().any(|inside| *inside) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The product's coordinates.
    fn goal(&self) -> Goal<'_> {
        Goal {
            product: &self.product.path,
            crs: &self.product.crs,
            pixel: self.finest.gsd,
        }
    }

    /// What was asked for is nowhere in this product; it may well be in another.
    fn misses(&self, what: impl Into<String>) -> Error {
        Error::input(&self.product.path, what.into())
    }

    fn shape(&self) -> String {
        let (whole, g) = (self.whole, self.grid(&self.whole));
        let (east, south) = (
            g.west + g.cols as f64 * g.gsd,
            g.north - g.rows as f64 * g.gsd,
        );
        format!(
            "the whole is {} x {} pixels of {} m, from {} {} to {east} {south}",
            whole.w, whole.h, self.finest.gsd, g.west, g.north
        )
    }

    fn pixels(&self, r: Rect) -> Result<Rect> {
        let moved = r.shift((self.whole.x, self.whole.y));
        if r.is_empty() || !self.whole.contains(&moved) {
            return Err(self.misses(format!(
                "srcwin {} {} {} {} is empty or reaches outside the product; {}",
                r.x,
                r.y,
                r.w,
                r.h,
                self.shape()
            )));
        }
        Ok(moved)
    }

    /// Every pixel that a window touches; a thousandth of a pixel forgives decimals.
    fn projected(&self, [ulx, uly, lrx, lry]: [f64; 4], what: &str) -> Result<Rect> {
        // Coordinates of outlines may be beyond all integers. What lies outside of the product is
        // as far outside as one pixel.
        let near = self.whole.grow(1);
        let column = |x: f64| {
            let at = (x - self.finest.west) / self.finest.gsd;
            at.clamp(near.x as f64, near.x1() as f64)
        };
        let row = |y: f64| {
            let at = (self.finest.north - y) / self.finest.gsd;
            at.clamp(near.y as f64, near.y1() as f64)
        };
        let low = |v: f64| (v + CLOSE).floor() as i64;
        let high = |v: f64| (v - CLOSE).ceil() as i64;
        let asked = Rect::between(
            (low(column(ulx)), low(row(uly))),
            (high(column(lrx)), high(row(lry))),
        );
        let part = asked.intersect(&self.whole);
        if asked.is_empty() || part.is_empty() {
            return Err(self.misses(format!(
                "{what} does not touch the product; {}",
                self.shape()
            )));
        }
        Ok(part)
    }
}

/// A window with west before east and north before south: where longitudes go on at 180 degrees,
/// so does the window.
fn in_order(
    [west, north, mut east, south]: [f64; 4],
    crs: Option<&str>,
    asked: &str,
) -> Result<[f64; 4]> {
    if east < west
        && let Some(turn) = crs.map(transform::around).transpose()?.flatten()
    {
        east += turn;
    }
    if east < west || north < south {
        return Err(Error::option(format!(
            "{asked} has two sides exchanged; give the smaller x first, and the larger y"
        )));
    }
    Ok([west, north, east, south])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_in_order_and_longitudes_go_on() {
        let plain = [300_000.0, 600.0, 300_600.0, 0.0];
        assert_eq!(in_order(plain, None, "w").unwrap(), plain);
        let [west, _, east, _] =
            in_order([179.9, 1.0, -179.9, 0.0], Some("EPSG:4326"), "w").unwrap();
        assert!(
            west == 179.9 && (east - 180.1).abs() < 1e-9,
            "{west} {east}"
        );
        for (turned, crs) in [
            ([600.0, 600.0, 0.0, 0.0], None),
            ([0.0, 0.0, 600.0, 600.0], None),
            ([600.0, 600.0, 0.0, 0.0], Some("EPSG:32633")),
            ([179.9, 0.0, -179.9, 1.0], Some("EPSG:4326")),
        ] {
            let why = in_order(turned, crs, "w").unwrap_err().to_string();
            assert!(
                why.contains("two sides exchanged"),
                "{turned:?} {crs:?}: {why}"
            );
        }
    }
}
