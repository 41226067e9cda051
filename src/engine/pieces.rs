//! The pieces in which the bands of a job are decoded, in the order of the tiles that need them.
//! Arithmetic only.

use std::collections::HashMap;

use super::reach::{reads, reads_of, seen_of};
use crate::job::Job;
use crate::raster::grid::Rect;

/// A part of a band that is decoded at once.
pub struct Piece {
    /// The band's place in the job's `natives`.
    pub band: usize,
    /// Its column and row among the pieces of the band.
    pub place: (i64, i64),
    /// What of the band, in its own pixels.
    pub rect: Rect,
    /// Whether only the filling of invalid pixels may need it: it is decoded when it is asked for.
    pub is_spare: bool,
    /// The tiles that need it, in order, and what they need of it.
    pub uses: Vec<(usize, Rect)>,
}

impl Piece {
    /// The first tile that needs it.
    pub fn first(&self) -> usize {
        self.uses.first().map_or(0, |u| u.0)
    }

    /// What is needed of it after a tile.
    pub fn after(&self, tile: usize) -> Option<Rect> {
        let later = self.uses.iter().filter(|u| u.0 > tile).map(|u| u.1);
        later.reduce(|a, b| a.around(&b))
    }
}

/// How a band is cut into pieces.
#[derive(Clone, Copy, Debug)]
pub struct Lattice {
    /// Columns and rows of a piece.
    pub size: (i64, i64),
    /// Where one of them begins.
    pub origin: (i64, i64),
    /// Whether the file is on a server.
    pub is_far: bool,
}

impl Lattice {
    /// The pieces that touch a rectangle: their numbers along the axes, and where each lies.
    fn touching(&self, rect: Rect) -> impl Iterator<Item = ((i64, i64), Rect)> + use<> {
        let (w, h) = self.size;
        let at = rect.relative_to(self.origin);
        let columns = at.x.div_euclid(w)..(at.x1() + w - 1).div_euclid(w);
        let rows = at.y.div_euclid(h)..(at.y1() + h - 1).div_euclid(h);
        let origin = self.origin;
        rows.flat_map(move |row| columns.clone().map(move |column| (column, row)))
            .map(move |(column, row)| {
                let place = Rect::new(column * w, row * h, w, h);
                ((column, row), place.shift(origin))
            })
    }
}

/// The pieces that tiles of a job need of the bands that are read in pieces, in the order in which
/// they are needed; none is larger than what all the tiles need of it. Where the filling of invalid
/// pixels may need more of one that is far, a spare piece holds both. `lattices` are in the order of
/// the job's `natives`.
pub fn plan(job: &Job, tiles: &[Rect], lattices: &[Option<Lattice>]) -> Vec<Piece> {
    let (all, seen) = (reads(job), seen_of(job, job.window));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut places: HashMap<(usize, (i64, i64), bool), usize> = HashMap::new();
    for (t, tile) in tiles.iter().enumerate() {
        for (band, need) in reads_of(job, *tile).into_iter().enumerate() {
            let (Some(need), Some(lattice), Some(all)) = (need, lattices[band], all[band]) else {
                continue;
            };
            for (place, cell) in lattice.touching(need) {
                let whole = cell.intersect(&all);
                let own = match seen[band].filter(|_| lattice.is_far) {
                    Some(seen) => cell.intersect(&seen),
                    None => whole,
                };
                for (rect, is_spare) in [(own, false), (whole, true)] {
                    let part = need.intersect(&rect);
                    if part.is_empty() || (is_spare && own == whole) {
                        continue;
                    }
                    let at = *places.entry((band, place, is_spare)).or_insert_with(|| {
                        pieces.push(Piece {
                            band,
                            place,
                            rect,
                            is_spare,
                            uses: Vec::new(),
                        });
                        pieces.len() - 1
                    });
                    pieces[at].uses.push((t, part));
                }
            }
        }
    }
    pieces
}

/// Which of the pieces of a band, given by their numbers, hold a rectangle: spare ones only where
/// the others do not hold it all.
pub fn covering(pieces: &[Piece], of_band: &[usize], rect: Rect) -> Vec<usize> {
    let touching = |is_spare: bool| {
        let touches = move |at: &usize| {
            let piece = &pieces[*at];
            piece.is_spare == is_spare && !piece.rect.intersect(&rect).is_empty()
        };
        of_band.iter().copied().filter(touches)
    };
    let mut wanted: Vec<usize> = touching(false).collect();
    let parts = wanted.iter().map(|at| pieces[*at].rect.intersect(&rect));
    let covered: i64 = parts.map(|part| part.w * part.h).sum();
    if covered < rect.w * rect.h {
        // A spare piece holds all that the one in its place does.
        let spare: Vec<usize> = touching(true).collect();
        let is_within = |at: &usize| {
            let own = pieces[*at].rect;
            spare.iter().any(|s| pieces[*s].rect.intersect(&own) == own)
        };
        wanted.retain(|at| !is_within(at));
        wanted.extend(spare);
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spare_pieces_are_taken_where_the_others_do_not_hold_it_all() {
        let piece = |column, rect, is_spare| Piece {
            band: 0,
            place: (column, 0),
            rect,
            is_spare,
            uses: Vec::new(),
        };
        // Two blocks of 16 pixels, of which the networks see 26.
        let pieces = [
            piece(0, Rect::new(0, 0, 16, 8), false),
            piece(1, Rect::new(16, 0, 10, 8), false),
            piece(1, Rect::new(16, 0, 16, 8), true),
        ];
        for (rect, wanted) in [
            (Rect::new(3, 0, 5, 8), &[0][..]),
            (Rect::new(3, 0, 23, 8), &[0, 1]),
            (Rect::new(3, 0, 24, 8), &[0, 2]),
            (Rect::new(17, 0, 15, 8), &[2]),
        ] {
            assert_eq!(covering(&pieces, &[0, 1, 2], rect), wanted, "{rect:?}");
        }
    }
}
