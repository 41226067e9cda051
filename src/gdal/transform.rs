//! Coordinates from other reference systems to a product's.

use std::f64::consts::TAU;
use std::path::Path;
use std::ptr::null_mut;

use super::api::{Gdal, OGRCoordinateTransformationH};
use super::crs::{Reference, crs_name};
use super::{Quiet, find};
use crate::error::{Error, Result};
use crate::memory::push;
use crate::raster::polygon::Area;

/// How far a line may be off where it was straight in its own system, in pixels.
const EXACT: f64 = 0.02;

/// How often a side is cut in three at most.
const MOST_CUTS: u32 = 9;

/// No area that anybody draws has more corners.
pub const MOST_CORNERS: usize = 1_000_000;

type Point = (f64, f64);

/// The coordinates that others are brought to.
pub struct Goal<'a> {
    /// The product that has them.
    pub product: &'a Path,
    /// Their reference system as well-known text.
    pub crs: &'a str,
    /// The side of the product's finest pixels in them.
    pub pixel: f64,
}

/// From anything that GDAL's programs take.
fn reference(crs: &str) -> Result<Reference> {
    let (gdal, quiet) = (find::get()?, Quiet::new());
    Reference::from_user_input(gdal, crs).ok_or_else(|| leads_nowhere(crs, &quiet))
}

fn leads_nowhere(crs: &str, quiet: &Quiet) -> Error {
    Error::option(format!(
        "the coordinate reference system '{crs}' is none that leads to the product's ({}); give \
         one as EPSG:4326",
        quiet.explain("no reason given")
    ))
}

/// How far it is once around the Earth along x, in a system of longitudes; `None` in others. `crs`
/// is anything that GDAL's programs take.
pub fn around(crs: &str) -> Result<Option<f64>> {
    let crs = reference(crs)?;
    // SAFETY: the reference lives; the name of its units is not asked for.
    unsafe {
        let longitudes = (crs.gdal.OSRIsGeographic)(crs.handle) != 0;
        let unit = (crs.gdal.OSRGetAngularUnits)(crs.handle, null_mut());
        Ok((longitudes && unit > 0.0).then(|| TAU / unit))
    }
}

/// The window (west, north, east, south) at the goal that covers one in another reference system.
pub fn window([west, north, east, south]: [f64; 4], from: &str, goal: &Goal) -> Result<[f64; 4]> {
    let corners = [(west, north), (east, north), (east, south), (west, south)];
    let line = Way::new(from, goal)?.bring(&corners)?;
    let bounds = Area(vec![vec![line]]).bounds();
    bounds.ok_or_else(|| Error::internal("a window without corners"))
}

/// The way from a reference system to a goal.
pub struct Way<'a> {
    handle: OGRCoordinateTransformationH,
    gdal: &'static Gdal,
    from: &'a str,
    goal: &'a Goal<'a>,
}

impl<'a> Way<'a> {
    /// From anything that GDAL's programs take.
    pub fn new(from: &'a str, goal: &'a Goal<'a>) -> Result<Self> {
        let (source, target) = (reference(from)?, reference(goal.crs)?);
        let (gdal, quiet) = (source.gdal, Quiet::new());
        // SAFETY: both references live through the call, which copies them.
        let handle = unsafe { (gdal.OCTNewCoordinateTransformation)(source.handle, target.handle) };
        if handle.is_null() {
            return Err(leads_nowhere(from, &quiet));
        }
        Ok(Self {
            handle,
            gdal,
            from,
            goal,
        })
    }

    /// A closed line with corners enough that it lies where the straight sides of the given one do,
    /// which are bent at the goal.
    pub fn bring(&self, line: &[Point]) -> Result<Vec<Point>> {
        let mut brought = Vec::new();
        let mut last = None;
        for &corner in line.iter().chain(line.first()) {
            let here = (corner, self.point(corner)?);
            if let Some(last) = last {
                self.side(last, here, MOST_CUTS, &mut brought)?;
            }
            push(&mut brought, here.1)?;
            last = Some(here);
        }
        Ok(brought)
    }

    /// Adds what a side needs between its ends. Each point is given here and at the goal.
    fn side(
        &self,
        from: (Point, Point),
        to: (Point, Point),
        cuts: u32,
        brought: &mut Vec<Point>,
    ) -> Result<()> {
        if cuts == 0 || from.0 == to.0 || brought.len() > MOST_CORNERS {
            return Ok(());
        }
        let mut straight = true;
        // Not the middle: a side that is bent to both sides may be right there.
        let mut cut = |share: f64| -> Result<_> {
            let here = between(from.0, to.0, share);
            let (there, drawn) = (self.point(here)?, between(from.1, to.1, share));
            let off = (there.0 - drawn.0).hypot(there.1 - drawn.1);
            straight &= off <= EXACT * self.goal.pixel;
            Ok((here, there))
        };
        let (a, b) = (cut(1.0 / 3.0)?, cut(2.0 / 3.0)?);
        if straight {
            return Ok(());
        }
        self.side(from, a, cuts - 1, brought)?;
        push(brought, a.1)?;
        self.side(a, b, cuts - 1, brought)?;
        push(brought, b.1)?;
        self.side(b, to, cuts - 1, brought)
    }

    fn point(&self, given: Point) -> Result<Point> {
        let (mut x, mut y) = given;
        let quiet = Quiet::new();
        // SAFETY: one coordinate each.
        let done = unsafe { (self.gdal.OCTTransform)(self.handle, 1, &mut x, &mut y, null_mut()) };
        if done != 0 && x.is_finite() && y.is_finite() {
            return Ok((x, y));
        }
        let name = Some(crs_name(self.from)).filter(|name| !name.is_empty());
        Err(Error::input(
            self.goal.product,
            format!(
                "{} {} in {} cannot be brought to the product's coordinates ({}); give an area \
                 near the product, in the coordinate reference system that is told with it",
                given.0,
                given.1,
                name.as_deref().unwrap_or(self.from),
                quiet.explain("no reason given")
            ),
        ))
    }
}

impl Drop for Way<'_> {
    fn drop(&mut self) {
        // SAFETY: made by `new` and nobody else's.
        unsafe { (self.gdal.OCTDestroyCoordinateTransformation)(self.handle) };
    }
}

fn between(a: Point, b: Point, share: f64) -> Point {
    (a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1))
}

#[cfg(test)]
mod tests {
    use super::super::crs::crs_of_epsg;
    use super::*;

    fn utm(code: u32) -> String {
        crs_of_epsg(code).unwrap()
    }

    fn goal(crs: &str) -> Goal<'_> {
        Goal {
            product: Path::new("p"),
            crs,
            pixel: 10.0,
        }
    }

    #[test]
    fn long_sides_lie_where_they_do_in_their_own_system() {
        let crs = utm(32633);
        let goal = goal(&crs);
        let way = Way::new("EPSG:4326", &goal).unwrap();
        let line = [(13.6, 52.6), (15.0, 52.6), (15.0, 53.0), (13.6, 53.0)];
        let brought = way.bring(&line).unwrap();
        assert!((50..2000).contains(&brought.len()), "{}", brought.len());
        let area = Area(vec![vec![brought]]);
        // On both sides of the northern side's middle, a fifth of a pixel away.
        let (x, y) = way.point((14.3, 53.0)).unwrap();
        let inside = area.inside(&[x], &[y + 2.0, y - 2.0]).unwrap();
        assert!(!inside[(0, 0)] && inside[(1, 0)]);
        let short = [(13.6, 52.6), (13.6005, 52.6), (13.6, 52.6005)];
        assert_eq!(way.bring(&short).unwrap().len(), 4);
        let same = Way::new("EPSG:32633", &goal).unwrap();
        let triangle = [(0.0, 0.0), (9e5, 0.0), (0.0, 9e6)];
        assert_eq!(same.bring(&triangle).unwrap().len(), 4);
    }

    #[test]
    fn longitudes_go_around_the_earth() {
        let turn = around("EPSG:4326").unwrap().unwrap();
        assert!((turn - 360.0).abs() < 1e-9);
        assert_eq!(around("EPSG:32633").unwrap(), None);
        // In the first zone, beyond 180 degrees.
        let crs = utm(32701);
        let there = [179.995, -17.995, -179.995 + turn, -18.005];
        let [west, north, east, south] = window(there, "EPSG:4326", &goal(&crs)).unwrap();
        assert!((1050.0..1090.0).contains(&(east - west)), "{west} {east}");
        assert!((1100.0..1150.0).contains(&(north - south)));
    }
}
