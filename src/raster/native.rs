//! The native grid of a band that comes with finer pixels than its own.

use super::band::Band;
use super::grid::{CLOSE, Grid};

/// What helps where a grid is none of Sentinel-2's.
pub const UNWARPED: &str = "give the product as it was before it was warped, resampled or cut off \
                            its grid, and do that to the result";

/// The block-mean factor that brings a band of ground sample distance `file_gsd` back to its native
/// grid, and that grid: complete blocks on multiples of the native ground sample distance, counted
/// from the equator, where Sentinel-2's pixels lie in UTM. Also the first pixel of the file that
/// belongs to it. `equator` is its northing: 10,000,000 in southern zones, no multiple of 60.
pub fn native_grid(
    band: Band,
    file: &Grid,
    equator: f64,
) -> Result<(i64, Grid, (i64, i64)), String> {
    let native = f64::from(band.gsd());
    let k = (native / file.gsd).round();
    if k <= 1.0 {
        return Ok((1, *file, (0, 0)));
    }
    if (native / file.gsd - k).abs() > 1e-6 {
        return Err(format!(
            "its pixels of {} m do not divide {band}'s native {native} m; {UNWARPED}",
            file.gsd
        ));
    }
    let close = CLOSE * file.gsd;
    let west = ((file.west - close) / native).ceil() * native;
    let north = equator + ((file.north + close - equator) / native).floor() * native;
    let (x, y) = (
        (west - file.west) / file.gsd,
        (file.north - north) / file.gsd,
    );
    if (x - x.round()).abs() > CLOSE || (y - y.round()).abs() > CLOSE {
        return Err(format!(
            "its pixels do not line up with {band}'s native {native} m grid, multiples of \
             {native} m in UTM; {UNWARPED}"
        ));
    }
    let (x, y, k) = (x.round() as i64, y.round() as i64, k as i64);
    let grid = Grid {
        west,
        north,
        gsd: native,
        cols: (file.cols - x) / k,
        rows: (file.rows - y) / k,
    };
    if grid.cols < 1 || grid.rows < 1 {
        return Err(format!(
            "it is smaller than one native pixel of {band} ({native} m)"
        ));
    }
    Ok((k, grid, (x, y)))
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
    fn a_stack_at_10_m_finds_the_native_grid() {
        let b1 = Band::parse("B1").unwrap();
        let (k, g, off) = native_grid(b1, &grid(300010.0, 6000030.0, 10.0, 130, 131), 0.0).unwrap();
        assert_eq!((k, off), (6, (5, 3)));
        assert_eq!(
            (g.west, g.north, g.cols, g.rows),
            (300060.0, 6000000.0, 20, 21)
        );
    }

    #[test]
    fn what_holds_no_whole_native_pixel_is_refused() {
        let b1 = Band::parse("B1").unwrap();
        for (cols, rows) in [(11, 6), (6, 11), (5, 5)] {
            let file = grid(300010.0, 5999990.0, 10.0, cols, rows);
            let why = native_grid(b1, &file, 0.0).unwrap_err();
            assert!(why.contains("smaller than one native pixel"), "{why}");
        }
        let (_, whole, _) = native_grid(b1, &grid(300010.0, 5999990.0, 10.0, 11, 11), 0.0).unwrap();
        assert_eq!((whole.cols, whole.rows), (1, 1));
    }

    #[test]
    fn a_corner_that_is_off_by_millimetres_keeps_its_pixels() {
        let b5 = Band::parse("B5").unwrap();
        for off in [0.0, 0.0005, 0.009, -0.009] {
            let file = grid(300000.0 + off, 6000000.0 - off, 10.0, 120, 120);
            let (_, g, first) = native_grid(b5, &file, 0.0).unwrap();
            assert_eq!((g.cols, g.rows, first), (60, 60, (0, 0)), "{off}");
        }
        let file = grid(300000.02, 6000000.0, 10.0, 120, 120);
        assert!(native_grid(b5, &file, 0.0).is_err());
    }

    #[test]
    fn south_of_the_equator_the_native_grid_counts_from_there() {
        let b1 = Band::parse("B1").unwrap();
        // The corner of a tile in zone 22 south, as ESA cuts it.
        let tile = grid(300000.0, 5900020.0, 10.0, 600, 600);
        let (k, g, off) = native_grid(b1, &tile, 1e7).unwrap();
        assert_eq!((k, off, g.north, g.rows), (6, (0, 0), 5900020.0, 100));
    }
}
