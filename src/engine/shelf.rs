//! Bands that are decoded ahead of the tiles that need them, by several threads, each piece of a
//! file once. A piece stays on the shelf, or what of it is still needed, until the last tile that
//! needs it was read.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::input::Readers;
use super::pieces::{Lattice, Piece, plan};
use crate::error::{Error, Result};
use crate::gdal::spawn::caught;
use crate::job::Job;
use crate::model::Cancel;
use crate::raster::grid::Rect;
use crate::raster::packed::{Packed, unpacked};
use crate::raster::plane::{Opener, Plane, Source};

/// Pixels that are decoded ahead of the tile that is read, for each thread: a few pieces.
const AHEAD: i64 = 8 << 20;
/// How long a thread sleeps before it looks whether the work was cancelled.
const LOOK: Duration = Duration::from_millis(50);

/// The shelf, for one series of tiles.
pub struct Shelf {
    pieces: Vec<Piece>,
    /// Open the file of each band once more, where several threads can read it at the same time.
    openers: Vec<Option<Opener>>,
    state: Mutex<State>,
    /// Pixels that are decoded ahead.
    ahead: i64,
    /// A piece was put on the shelf, or there is room for others.
    changed: Condvar,
    cancel: Cancel,
}

struct State {
    slots: Vec<Slot>,
    /// The pieces before this one were all begun, but for spare ones.
    next: usize,
    /// The tile that is being read.
    tile: usize,
    /// The open files of each band that no thread reads right now.
    idle: Vec<Vec<Box<dyn Source>>>,
}

enum Slot {
    Waiting,
    Begun,
    Ready(Arc<Packed>),
    Failed(Error),
    Gone,
}

/// A band on the shelf, as the thread that reads tiles sees it.
struct Shelved {
    shelf: Arc<Shelf>,
    size: (i64, i64),
    /// Its pieces.
    pieces: Vec<usize>,
}

impl Shelf {
    /// A shelf for these tiles and so many threads, and readers that take from it what is decoded
    /// in pieces.
    pub fn new(
        job: &Job,
        tiles: &[Rect],
        readers: Readers,
        threads: usize,
        cancel: &Cancel,
    ) -> (Arc<Self>, Readers) {
        let lattice = |source: &dyn Source| {
            let (size, origin) = source.pieces()?;
            Some(Lattice {
                size,
                origin,
                is_far: source.is_far(),
            })
        };
        let lattices: Vec<_> = readers.0.iter().map(|s| lattice(&**s)).collect();
        let pieces = plan(job, tiles, &lattices);
        let mut of_band: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, piece) in pieces.iter().enumerate() {
            of_band.entry(piece.band).or_default().push(at);
        }
        let openers = readers.0.iter().map(|s| s.opener()).collect();
        let (mut idle, mut direct, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for (source, lattice) in readers.0.into_iter().zip(&lattices) {
            sizes.push(source.size());
            // What is there at once is not shelved.
            let (shelved, kept) = match lattice {
                Some(_) => (vec![source], None),
                None => (Vec::new(), Some(source)),
            };
            idle.push(shelved);
            direct.push(kept);
        }
        let shelf = Arc::new(Self {
            state: Mutex::new(State {
                slots: pieces.iter().map(|_| Slot::Waiting).collect(),
                next: 0,
                tile: 0,
                idle,
            }),
            pieces,
            openers,
            ahead: AHEAD * threads as i64,
            changed: Condvar::new(),
            cancel: cancel.clone(),
        });
        let mut reader = |(band, direct): (usize, Option<Box<dyn Source>>)| {
            direct.unwrap_or_else(|| {
                Box::new(Shelved {
                    shelf: shelf.clone(),
                    size: sizes[band],
                    pieces: of_band.remove(&band).unwrap_or_default(),
                })
            })
        };
        let readers = direct.into_iter().enumerate().map(&mut reader).collect();
        (shelf, Readers(readers))
    }

    /// How many pieces there are.
    pub fn count(&self) -> usize {
        self.pieces.len()
    }

    /// Decodes piece after piece until all are begun or the work is cancelled.
    pub fn work(&self) -> Result<()> {
        loop {
            let mut state = self.lock();
            if self.cancel.is_stopped() || state.next == self.pieces.len() {
                return Ok(());
            }
            match self.take(&mut state, &[]) {
                Some((at, source)) => {
                    drop(state);
                    self.decode(at, source);
                }
                None => drop(self.changed.wait_timeout(state, LOOK)),
            }
        }
    }

    /// Notes that a tile was read, and lets go of what no later one needs.
    pub fn read(&self, tile: usize) -> Result<()> {
        let mut state = self.lock();
        state.tile = tile + 1;
        let used = |piece: &&Piece| piece.uses.iter().any(|u| u.0 == tile);
        let mut shrink = Vec::new();
        for (at, piece) in self.pieces.iter().enumerate().filter(|(_, p)| used(p)) {
            match (piece.after(tile), &state.slots[at]) {
                (None, _) => state.slots[at] = Slot::Gone,
                (Some(left), Slot::Ready(packed))
                    if left.w * left.h < packed.rect.w * packed.rect.h =>
                {
                    shrink.push((at, left, packed.clone()));
                }
                _ => {}
            }
        }
        // What was never begun is begun no more.
        self.advance(&mut state);
        drop(state);
        for (at, left, packed) in shrink {
            let part = Arc::new(packed.part(left)?);
            self.lock().slots[at] = Slot::Ready(part);
        }
        self.changed.notify_all();
        Ok(())
    }

    /// The next piece that is to be decoded, and an open file to read it from. It is the first one
    /// whose file nobody reads, and else one of a file that is opened once more. Of spare pieces
    /// only those are decoded that are `wanted`.
    fn take(
        &self,
        state: &mut State,
        wanted: &[usize],
    ) -> Option<(usize, Option<Box<dyn Source>>)> {
        let weight = |at: usize| self.pieces[at].rect.w * self.pieces[at].rect.h;
        let mut ahead: i64 = (state.slots.iter().enumerate())
            .filter(|(at, slot)| {
                matches!(slot, Slot::Begun | Slot::Ready(_))
                    && self.pieces[*at].first() > state.tile
            })
            .map(|(at, _)| weight(at))
            .sum();
        let mut found = None;
        let spare = wanted
            .iter()
            .copied()
            .filter(|at| self.pieces[*at].is_spare);
        let planned = (state.next..self.pieces.len()).filter(|at| !self.pieces[*at].is_spare);
        for at in spare.chain(planned) {
            if !matches!(state.slots[at], Slot::Waiting) {
                continue;
            }
            let band = self.pieces[at].band;
            if self.pieces[at].first() > state.tile {
                ahead += weight(at);
                if ahead > self.ahead {
                    break;
                }
            }
            if !state.idle[band].is_empty() {
                found = Some(at);
                break;
            }
            if self.openers[band].is_some() && found.is_none() {
                found = Some(at);
            }
        }
        let at = found?;
        state.slots[at] = Slot::Begun;
        self.advance(state);
        let source = state.idle[self.pieces[at].band].pop();
        Some((at, source))
    }

    /// Moves on to the first piece that is still to be begun.
    fn advance(&self, state: &mut State) {
        let is_done = |at: usize| {
            let slot = state.slots.get(at);
            slot.is_some_and(|s| self.pieces[at].is_spare || !matches!(s, Slot::Waiting))
        };
        state.next = (state.next..)
            .find(|at| !is_done(*at))
            .unwrap_or(state.next);
    }

    /// Reads a piece, and puts it on the shelf.
    fn decode(&self, at: usize, source: Option<Box<dyn Source>>) {
        let Piece { band, rect, .. } = self.pieces[at];
        let mut open = None;
        let packed = caught(|| {
            let source = match source {
                Some(source) => source,
                None => self.openers[band]
                    .as_ref()
                    .map_or_else(gone, |open| open())?,
            };
            Packed::new(rect, open.insert(source).read_once(rect)?)
        });
        let mut state = self.lock();
        // Meanwhile the last tile that may have needed it was read, perhaps.
        if matches!(state.slots[at], Slot::Begun) {
            state.slots[at] = packed.map_or_else(Slot::Failed, |p| Slot::Ready(Arc::new(p)));
        }
        state.idle[band].extend(open);
        drop(state);
        self.changed.notify_all();
    }

    /// The pieces with these numbers, once they are there. Until then this thread decodes, too.
    fn get(&self, wanted: &[usize]) -> Result<Vec<Arc<Packed>>> {
        loop {
            if self.cancel.is_stopped() {
                return Err(Error::Cancelled);
            }
            let mut state = self.lock();
            let mut there = Vec::with_capacity(wanted.len());
            for &at in wanted {
                match &state.slots[at] {
                    Slot::Ready(packed) => there.push(packed.clone()),
                    Slot::Waiting | Slot::Begun => {}
                    Slot::Failed(_) | Slot::Gone => {
                        return match std::mem::replace(&mut state.slots[at], Slot::Gone) {
                            Slot::Failed(error) => Err(error),
                            _ => gone(),
                        };
                    }
                }
            }
            if there.len() == wanted.len() {
                return Ok(there);
            }
            match self.take(&mut state, wanted) {
                Some((at, source)) => {
                    drop(state);
                    self.decode(at, source);
                }
                None => drop(self.changed.wait_timeout(state, LOOK)),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gone<T>() -> Result<T> {
    Err(Error::internal("a piece of a band is gone"))
}

impl Source for Shelved {
    fn size(&self) -> (i64, i64) {
        self.size
    }

    fn read(&mut self, rect: Rect) -> Result<Plane> {
        let pieces = &self.shelf.pieces;
        let touching = |is_spare: bool| {
            let touches = move |at: &usize| {
                let piece = &pieces[*at];
                piece.is_spare == is_spare && !piece.rect.intersect(&rect).is_empty()
            };
            self.pieces.iter().copied().filter(touches)
        };
        let covered = |wanted: &[usize]| -> i64 {
            let parts = wanted.iter().map(|at| pieces[*at].rect.intersect(&rect));
            parts.map(|part| part.w * part.h).sum()
        };
        let mut wanted: Vec<usize> = touching(false).collect();
        if covered(&wanted) < rect.w * rect.h {
            // A spare piece holds all that the one in its place does.
            let spare: Vec<usize> = touching(true).collect();
            let is_within = |at: &usize| {
                let own = pieces[*at].rect;
                spare.iter().any(|s| pieces[*s].rect.intersect(&own) == own)
            };
            wanted.retain(|at| !is_within(at));
            wanted.extend(spare);
        }
        let pieces = self.shelf.get(&wanted)?;
        unpacked(rect, pieces.iter().map(|p| &**p))
    }
}
