//! Cutting a window into tiles, and the mirrored edge around a raster.

use super::grid::Rect;

/// The tiles of `window`, row by row: squares of `tile` pixels counted from its first pixel, cut
/// off at its far edges.
pub fn tiles(window: Rect, tile: i64) -> impl Iterator<Item = Rect> {
    let across = (window.w + tile - 1) / tile;
    let down = (window.h + tile - 1) / tile;
    (0..down * across).map(move |i| {
        let (x, y) = (window.x + i % across * tile, window.y + i / across * tile);
        Rect::new(x, y, tile, tile).intersect(&window)
    })
}

/// The pixel of `0 .. n` that stands at position `i` when the raster is continued by reflection,
/// its edge pixels repeated. Blocks of pixels reflect onto blocks, so grids that nest still nest
/// beyond the edge.
pub fn mirror(i: i64, n: i64) -> i64 {
    let m = i.rem_euclid(2 * n);
    m.min(2 * n - 1 - m)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_window_exactly_once() {
        for (w, h, tile) in [
            (1, 1, 7),
            (13, 29, 5),
            (60, 60, 60),
            (61, 59, 60),
            (100, 1, 6),
        ] {
            let window = Rect::new(-3, 11, w, h);
            let mut seen = vec![0; (w * h) as usize];
            for t in tiles(window, tile) {
                assert!(window.contains(&t) && !t.is_empty());
                for y in t.y..t.y1() {
                    for x in t.x..t.x1() {
                        seen[((y - window.y) * w + x - window.x) as usize] += 1;
                    }
                }
            }
            assert!(seen.iter().all(|&n| n == 1), "{w} x {h} by {tile}");
        }
    }

    #[test]
    fn mirrored_blocks_stay_blocks() {
        // A 6-pixel block beyond the edge shows the pixels of one block of the raster, however far
        // out.
        for n in [6, 12, 18] {
            for block in -9..9 {
                let inside: Vec<i64> = (0..6).map(|i| mirror(block * 6 + i, n) / 6).collect();
                assert!(inside.iter().all(|&b| b == mirror(block, n / 6)));
            }
        }
    }
}
