//! Where pixels lie. Grids of different ground sample distances are related by their geotransforms,
//! through a common lattice of the finest pixels; nothing here assumes that two grids share an
//! origin.

/// A rectangle of pixels: columns `x .. x + w`, rows `y .. y + h`. Which grid's pixels is said
/// where it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// First column.
    pub x: i64,
    /// First row.
    pub y: i64,
    /// Columns.
    pub w: i64,
    /// Rows.
    pub h: i64,
}

impl Rect {
    /// The rectangle of the given first pixel and size.
    pub fn new(x: i64, y: i64, w: i64, h: i64) -> Self {
        Self { x, y, w, h }
    }

    /// The rectangle between two corners, the second one excluded.
    pub fn between((x0, y0): (i64, i64), (x1, y1): (i64, i64)) -> Self {
        Self::new(x0, y0, x1 - x0, y1 - y0)
    }

    /// One past the last column.
    pub fn x1(&self) -> i64 {
        self.x + self.w
    }

    /// One past the last row.
    pub fn y1(&self) -> i64 {
        self.y + self.h
    }

    /// No pixel inside.
    pub fn is_empty(&self) -> bool {
        self.w <= 0 || self.h <= 0
    }

    /// Grown by `margin` pixels on each side.
    pub fn grow(&self, margin: i64) -> Self {
        Self::new(
            self.x - margin,
            self.y - margin,
            self.w + 2 * margin,
            self.h + 2 * margin,
        )
    }

    /// What two rectangles share (empty when nothing).
    pub fn intersect(&self, o: &Rect) -> Self {
        let (x, y) = (self.x.max(o.x), self.y.max(o.y));
        Self::new(x, y, self.x1().min(o.x1()) - x, self.y1().min(o.y1()) - y)
    }

    /// The smallest rectangle around two.
    pub fn around(&self, o: &Rect) -> Self {
        Self::between(
            (self.x.min(o.x), self.y.min(o.y)),
            (self.x1().max(o.x1()), self.y1().max(o.y1())),
        )
    }

    /// Whether `o` lies inside.
    pub fn contains(&self, o: &Rect) -> bool {
        self.intersect(o) == *o
    }

    /// The same area counted in pixels `k` times smaller.
    pub fn finer(&self, k: i64) -> Self {
        Self::new(self.x * k, self.y * k, self.w * k, self.h * k)
    }

    /// The smallest rectangle of pixels `k` times larger that covers this one.
    pub fn coarser(&self, k: i64) -> Self {
        Self::between(
            (self.x.div_euclid(k), self.y.div_euclid(k)),
            (-(-self.x1()).div_euclid(k), -(-self.y1()).div_euclid(k)),
        )
    }

    /// Moved so that `(ox, oy)` becomes `(0, 0)`.
    pub fn relative_to(&self, (ox, oy): (i64, i64)) -> Self {
        Self::new(self.x - ox, self.y - oy, self.w, self.h)
    }

    /// Moved by `(dx, dy)`.
    pub fn shift(&self, (dx, dy): (i64, i64)) -> Self {
        Self::new(self.x + dx, self.y + dy, self.w, self.h)
    }
}

/// How many pixels something may be from where it should be: that forgives how geotransforms are
/// written down, and real shifts are far larger.
pub const CLOSE: f64 = 1e-3;

/// The ground sample distance that is meant by `step`: whole metres, where that leaves the last of
/// so many pixels close to where it was. Programs that divide an extent by its pixels write
/// 10.000000000000002.
pub fn meant_gsd(step: f64, pixels: i64) -> f64 {
    let whole = step.round();
    if (step - whole).abs() * pixels as f64 <= CLOSE * step {
        whole
    } else {
        step
    }
}

/// A north-up raster of square pixels in a projected coordinate system, in m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// West edge of the first column.
    pub west: f64,
    /// North edge of the first row.
    pub north: f64,
    /// Ground sample distance in m.
    pub gsd: f64,
    /// Columns.
    pub cols: i64,
    /// Rows.
    pub rows: i64,
}

impl Grid {
    /// The grid that an affine geotransform of GDAL means; `None` where it is not north-up or its
    /// pixels are no squares.
    pub fn of_geotransform(t: [f64; 6], cols: i64, rows: i64) -> Option<Self> {
        let gsd = meant_gsd(t[1], cols);
        let is_turned =
            t[2].abs() * rows as f64 > CLOSE * gsd || t[4].abs() * cols as f64 > CLOSE * gsd;
        let is_square = gsd > 0.0 && (gsd - meant_gsd(-t[5], rows)).abs() <= 1e-9 * gsd;
        (is_square && !is_turned).then_some(Self {
            west: t[0],
            north: t[3],
            gsd,
            cols,
            rows,
        })
    }

    /// GDAL's affine geotransform of this grid.
    pub fn geotransform(&self) -> [f64; 6] {
        [self.west, self.gsd, 0.0, self.north, 0.0, -self.gsd]
    }

    /// The grid of the window `r` of this one with pixels `k` times smaller.
    pub fn window(&self, r: &Rect, k: i64) -> Grid {
        Grid {
            west: self.west + r.x as f64 * self.gsd,
            north: self.north - r.y as f64 * self.gsd,
            gsd: self.gsd / k as f64,
            cols: r.w * k,
            rows: r.h * k,
        }
    }

    /// The coordinates of the middles of its columns, from west to east, and of its rows, from
    /// north to south.
    pub fn middles(&self) -> (Vec<f64>, Vec<f64>) {
        self.middles_of((0.0, 1.0, self.cols), (0.0, 1.0, self.rows))
    }

    /// The same of other columns and rows. Along each axis: where they start, in pixels of this
    /// grid, how many of these go into one, and how many there are.
    pub fn middles_of(&self, x: (f64, f64, i64), y: (f64, f64, i64)) -> (Vec<f64>, Vec<f64>) {
        let along = |(from, step, n): (f64, f64, i64)| {
            (0..n).map(move |i| (from + (i as f64 + 0.5) * step) * self.gsd)
        };
        (
            along(x).map(|x| self.west + x).collect(),
            along(y).map(|y| self.north - y).collect(),
        )
    }
}

/// A grid's place on the lattice of the finest pixels (the lattice is the finest grid, extended
/// without end).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Lattice pixels per pixel of the grid, along one axis.
    pub ratio: i64,
    /// The area of the grid, in lattice pixels.
    pub extent: Rect,
}

impl Placed {
    /// Puts `grid` on the lattice that `finest` spans, or says by how many m it is off.
    pub fn on(finest: &Grid, grid: &Grid) -> Result<Self, String> {
        let whole = |v: f64, what: &str| {
            let n = v.round();
            ((v - n).abs() < CLOSE)
                .then_some(n as i64)
                .ok_or_else(|| format!("{what} {:.3} m apart", v * finest.gsd))
        };
        let ratio = whole(
            grid.gsd / finest.gsd,
            "the pixel sizes do not divide, they are",
        )?;
        let x = whole((grid.west - finest.west) / finest.gsd, "the west edges are")?;
        let y = whole(
            (finest.north - grid.north) / finest.gsd,
            "the north edges are",
        )?;
        Ok(Self {
            ratio,
            extent: Rect::new(x, y, grid.cols * ratio, grid.rows * ratio),
        })
    }
}

/// The largest window, in lattice pixels, that every grid covers and whose edges lie on pixel edges
/// of every grid. `None` when there is none: no overlap, or grids that never line up.
pub fn common_window(grids: &[Placed]) -> Option<Rect> {
    let overlap = grids
        .iter()
        .map(|g| g.extent)
        .reduce(|a, b| a.intersect(&b))
        .filter(|r| !r.is_empty())?;
    let period = grids.iter().map(|g| g.ratio).fold(1, lcm);
    let on_all = |v: i64, edge: fn(&Rect) -> i64| {
        grids
            .iter()
            .all(|g| (v - edge(&g.extent)).rem_euclid(g.ratio) == 0)
    };
    let first =
        |from: i64, edge: fn(&Rect) -> i64| (from..from + period).find(|&v| on_all(v, edge));
    let last = |from: i64, edge: fn(&Rect) -> i64| {
        (from - period + 1..=from).rev().find(|&v| on_all(v, edge))
    };
    let window = Rect::between(
        (first(overlap.x, |r| r.x)?, first(overlap.y, |r| r.y)?),
        (last(overlap.x1(), |r| r.x)?, last(overlap.y1(), |r| r.y)?),
    );
    (!window.is_empty()).then_some(window)
}

/// Least common multiple of positive numbers.
pub fn lcm(a: i64, b: i64) -> i64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(west: f64, north: f64, gsd: f64, cols: i64, rows: i64) -> Grid {
        Grid {
            west,
            north,
            gsd,
            cols,
            rows,
        }
    }

    #[test]
    fn a_geotransform_means_whole_metres() {
        let of = |east: f64, south: f64, turn: f64| {
            Grid::of_geotransform([300.0, east, turn, 900.0, -turn, -south], 300, 200)
        };
        let ten = Some(grid(300.0, 900.0, 10.0, 300, 200));
        for (east, south, turn) in [
            (10.0, 10.0, 0.0),
            (10.000000000000002, 9.999999999999998, 1e-15),
            (10.00001, 10.0, 0.0),
            (10.0, 9.99996, 0.0),
        ] {
            assert_eq!(of(east, south, turn), ten, "{east} {south} {turn}");
        }
        // What moves the last pixel is meant as it is written.
        assert_eq!(of(10.0004, 10.0004, 0.0).unwrap().gsd, 10.0004);
        assert_eq!(of(0.3, 0.3, 0.0).unwrap().gsd, 0.3);
        for (east, south, turn) in [
            (10.0, 10.0001, 0.0),
            (10.0, 10.0, 0.001),
            (10.0, -10.0, 0.0),
            (-10.0, 10.0, 0.0),
            (f64::NAN, f64::NAN, 0.0),
        ] {
            assert_eq!(of(east, south, turn), None, "{east} {south} {turn}");
        }
    }

    #[test]
    fn grids_that_do_not_nest_give_the_largest_window_that_does() {
        // The 10 m grid starts 10 m east of the 20 m grid, the 60 m grid 20 m north of it, as in a
        // real crop.
        let ten = grid(1010.0, 9000.0, 10.0, 1933, 1947);
        let twenty = grid(1000.0, 9000.0, 20.0, 967, 973);
        let sixty = grid(1000.0, 9020.0, 60.0, 322, 324);
        let placed: Vec<_> = [ten, twenty, sixty]
            .iter()
            .map(|g| Placed::on(&ten, g).unwrap())
            .collect();
        let w = common_window(&placed).unwrap();
        assert_eq!((w.x, w.y), (5, 4));
        assert_eq!((w.w % 6, w.h % 6), (0, 0));
        for p in &placed {
            assert!(p.extent.contains(&w));
            assert_eq!((w.x - p.extent.x) % p.ratio, 0);
            assert_eq!((w.y1() - p.extent.y) % p.ratio, 0);
        }
        // One block more on any side would leave some grid.
        assert!(placed.iter().any(|p| p.extent.x1() < w.x1() + 6));
        assert!(placed.iter().any(|p| p.extent.y > w.y - 6));
    }

    #[test]
    fn shifts_that_are_no_whole_pixels_are_refused() {
        let ten = grid(0.0, 0.0, 10.0, 60, 60);
        assert!(
            Placed::on(&ten, &grid(5.0, 0.0, 20.0, 30, 30))
                .unwrap_err()
                .contains("5.000 m")
        );
        let (a, b) = (
            Placed::on(&ten, &grid(0.0, 0.0, 20.0, 30, 30)).unwrap(),
            Placed::on(&ten, &grid(10.0, 0.0, 60.0, 9, 9)).unwrap(),
        );
        assert_eq!(common_window(&[a, b]), None);
    }

    #[test]
    fn middles_are_half_a_pixel_inside() {
        let ten = grid(1000.0, 9000.0, 10.0, 3, 2);
        assert_eq!(
            ten.middles(),
            (vec![1005.0, 1015.0, 1025.0], vec![8995.0, 8985.0])
        );
        // Two columns of 15 m from the second pixel on, and a row of 5 m.
        let other = ten.middles_of((1.0, 1.5, 2), (0.0, 0.5, 1));
        assert_eq!(other, (vec![1017.5, 1032.5], vec![8997.5]));
    }

    #[test]
    fn rectangles_round_outwards() {
        let r = Rect::new(-7, 5, 10, 1);
        assert_eq!(r.coarser(6), Rect::between((-2, 0), (1, 1)));
        assert!(r.coarser(6).finer(6).contains(&r));
    }
}
