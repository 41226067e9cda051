//! Bands that are decoded ahead of the tiles that need them, by several threads, each piece of a
//! file once. A piece stays on the shelf, or what of it is still needed, until the last tile that
//! needs it was read.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::input::Readers;
use super::pieces::{Lattice, Piece, covering, plan};
use crate::error::{Error, Result};
use crate::gdal::spawn::caught;
use crate::job::Job;
use crate::locks::lock;
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
    /// The bands that are decoded together, and which of these sets each band is in.
    sets: Vec<Vec<usize>>,
    set_of: Vec<usize>,
    /// Open the file of each set once more, where several threads can read it at the same time.
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
    /// The open files of each set that no thread reads right now.
    idle: Vec<Vec<Opened>>,
}

/// The bands of a set, open.
type Opened = Vec<Box<dyn Source>>;

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
        let sets = readers.sets();
        let mut set_of = vec![0; readers.0.len()];
        for (number, set) in sets.iter().enumerate() {
            set.iter().for_each(|band| set_of[*band] = number);
        }
        let openers = sets.iter().map(|set| readers.0[set[0]].opener()).collect();
        let sizes: Vec<_> = readers.0.iter().map(|s| s.size()).collect();
        let (mut idle, mut direct) = (Vec::new(), Vec::new());
        idle.resize_with(sets.len(), Vec::new);
        for ((source, lattice), set) in readers.0.into_iter().zip(&lattices).zip(&set_of) {
            // What is there at once is not shelved.
            let (shelved, kept) = match lattice {
                Some(_) => (Some(source), None),
                None => (None, Some(source)),
            };
            idle[*set].extend(shelved);
            direct.push(kept);
        }
        let open = |set: Opened| Vec::from_iter((!set.is_empty()).then_some(set));
        let idle = idle.into_iter().map(open).collect();
        let shelf = Arc::new(Self {
            state: Mutex::new(State {
                slots: pieces.iter().map(|_| Slot::Waiting).collect(),
                next: 0,
                tile: 0,
                idle,
            }),
            pieces,
            sets,
            set_of,
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
                Some((batch, opened)) => {
                    drop(state);
                    self.decode(&batch, opened);
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

    /// The next piece that is to be decoded, with those that are decoded together with it, and an
    /// open file to read them from. It is the first one whose file nobody reads, and else one of a
    /// file that is opened once more. Of spare pieces only those are decoded that are `wanted`.
    fn take(&self, state: &mut State, wanted: &[usize]) -> Option<(Vec<usize>, Option<Opened>)> {
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
            let set = self.set_of[self.pieces[at].band];
            if self.pieces[at].first() > state.tile {
                ahead += weight(at);
                if ahead > self.ahead {
                    break;
                }
            }
            if !state.idle[set].is_empty() {
                found = Some(at);
                break;
            }
            if self.openers[set].is_some() && found.is_none() {
                found = Some(at);
            }
        }
        let found = &self.pieces[found?];
        let set = self.set_of[found.band];
        let is_beside = |piece: &Piece| {
            self.set_of[piece.band] == set
                && (piece.place, piece.is_spare) == (found.place, found.is_spare)
        };
        let batch: Vec<usize> = (0..self.pieces.len())
            .filter(|at| matches!(state.slots[*at], Slot::Waiting) && is_beside(&self.pieces[*at]))
            .collect();
        batch.iter().for_each(|at| state.slots[*at] = Slot::Begun);
        self.advance(state);
        Some((batch, state.idle[set].pop()))
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

    /// Reads pieces of one set, and puts them on the shelf.
    fn decode(&self, batch: &[usize], mut opened: Option<Opened>) {
        let Some(set) = batch.first().map(|at| self.set_of[self.pieces[*at].band]) else {
            return;
        };
        for &at in batch {
            let Piece { band, rect, .. } = self.pieces[at];
            let packed = caught(|| {
                let sources = match &mut opened {
                    Some(sources) => sources,
                    none => none.insert(self.openers[set].as_ref().map_or_else(gone, |o| o())?),
                };
                let own = self.sets[set].iter().position(|b| *b == band);
                match own.and_then(|own| sources.get_mut(own)) {
                    Some(source) => Packed::new(rect, source.read(rect)?),
                    None => gone(),
                }
            });
            let mut state = self.lock();
            // Meanwhile the last tile that may have needed it was read, perhaps.
            if matches!(state.slots[at], Slot::Begun) {
                state.slots[at] = packed.map_or_else(Slot::Failed, |p| Slot::Ready(Arc::new(p)));
            }
            drop(state);
            self.changed.notify_all();
        }
        let sources = opened.iter_mut().flatten();
        sources.for_each(|source| source.forget());
        self.lock().idle[set].extend(opened);
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
                Some((batch, opened)) => {
                    drop(state);
                    self.decode(&batch, opened);
                }
                None => drop(self.changed.wait_timeout(state, LOOK)),
            }
        }
    }

    /// How many pixels lie on it.
    #[cfg(test)]
    pub fn pixels(&self) -> i64 {
        let slot = |slot: &Slot| match slot {
            Slot::Ready(packed) => packed.rect.w * packed.rect.h,
            _ => 0,
        };
        self.lock().slots.iter().map(slot).sum()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
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
        let wanted = covering(&self.shelf.pieces, &self.pieces, rect);
        let pieces = self.shelf.get(&wanted)?;
        unpacked(rect, pieces.iter().map(|p| &**p))
    }
}
