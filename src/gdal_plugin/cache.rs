//! Inferred tiles of the whole process: shared by bands, datasets and threads. Whoever needs a tile
//! first computes it; the others wait for that one, unless it waits for them. What was not used for
//! longest goes when the tiles outgrow the limit.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::pixels::Pixels;
use crate::error::{Error, Result};
use crate::gdal::tasks::{self, Task};
use crate::locks::lock;

/// A tile: one entry per band.
pub type Tile = Vec<Pixels>;

/// The scene's number, and the tile's column and row in it.
pub type Key = (u64, i64, i64);

/// The tiles.
#[derive(Default)]
pub struct Cache {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    tiles: HashMap<Key, Slot>,
    clock: u64,
    bytes: usize,
    /// Threads that wait for a tile, each with what it is at work on.
    waits: Vec<Wait>,
}

#[derive(Clone, PartialEq)]
struct Wait {
    tasks: Vec<Task>,
    key: Key,
}

enum Slot {
    /// A thread is computing it.
    Underway,
    Ready {
        tile: Arc<Tile>,
        bytes: usize,
        used: u64,
    },
}

/// Takes the mark of a computation away, however it ends, and wakes those who wait.
struct Underway<'a>(&'a Cache, Key);

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if let Some(Slot::Underway) = state.tiles.get(&self.1) {
            state.tiles.remove(&self.1);
        }
        drop(state);
        self.0.changed.notify_all();
    }
}

impl Cache {
    /// The tile, computed by `make` if nobody has or is about to. After an error the next one who
    /// asks tries again. Where whoever computes it waits, in the end, for what this thread is at
    /// work on, `circle` says so.
    pub fn get(
        &self,
        key: Key,
        limit: usize,
        circle: impl FnOnce() -> Error,
        make: impl FnOnce() -> Result<Tile>,
    ) -> Result<Arc<Tile>> {
        let mut state = self.lock();
        loop {
            state.clock += 1;
            let now = state.clock;
            match state.tiles.get_mut(&key) {
                Some(Slot::Ready { tile, used, .. }) => {
                    *used = now;
                    return Ok(tile.clone());
                }
                Some(Slot::Underway) => {
                    let wait = Wait {
                        tasks: tasks::all(),
                        key,
                    };
                    if state.leads_back(&wait) {
                        return Err(circle());
                    }
                    state.waits.push(wait.clone());
                    state = self
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                    if let Some(at) = state.waits.iter().position(|w| *w == wait) {
                        state.waits.swap_remove(at);
                    }
                }
                None => break,
            }
        }
        state.tiles.insert(key, Slot::Underway);
        drop(state);
        let _underway = Underway(self, key);
        let tile = Arc::new(make()?);
        self.lock().keep(key, tile.clone(), limit);
        Ok(tile)
    }

    /// Whether somebody has the tile or is about to.
    pub fn holds(&self, key: Key) -> bool {
        self.lock().tiles.contains_key(&key)
    }

    /// Lets go of the tiles of the scenes that `of` says yes to. Those that are being computed are
    /// not there yet.
    pub fn forget(&self, of: impl Fn(u64) -> bool) {
        let mut state = self.lock();
        let state = &mut *state;
        state.tiles.retain(|key, slot| match slot {
            Slot::Ready { bytes, .. } if of(key.0) => {
                state.bytes -= *bytes;
                false
            }
            _ => true,
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Whether the tile of a wait is not finished before something that the waiting thread is at
    /// work on.
    fn leads_back(&self, wait: &Wait) -> bool {
        let (mut next, mut known) = (vec![wait.key], HashSet::new());
        while let Some(key) = next.pop() {
            let task = Task::Tile(key);
            if wait.tasks.contains(&task) {
                return true;
            }
            if known.insert(key) {
                next.extend(
                    self.waits
                        .iter()
                        .filter(|w| w.tasks.contains(&task))
                        .map(|w| w.key),
                );
            }
        }
        false
    }

    /// Puts a tile in and lets others go. The newest stays even where it alone is over the limit:
    /// its other bands are asked for next.
    fn keep(&mut self, key: Key, tile: Arc<Tile>, limit: usize) {
        let bytes = tile.iter().map(Pixels::bytes).sum();
        self.bytes += bytes;
        self.clock += 1;
        self.tiles.insert(
            key,
            Slot::Ready {
                tile,
                bytes,
                used: self.clock,
            },
        );
        while self.bytes > limit {
            let ready = self.tiles.iter().filter_map(|(k, slot)| match slot {
                Slot::Ready { bytes, used, .. } if *k != key => Some((*used, *k, *bytes)),
                _ => None,
            });
            let Some((_, oldest, bytes)) = ready.min() else {
                break;
            };
            self.tiles.remove(&oldest);
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::raster::radiometry::DataType;

    fn circle() -> Error {
        Error::internal("a circle")
    }

    fn tile() -> Tile {
        vec![Pixels::zeros((10, 10), DataType::UInt8).unwrap()]
    }

    #[test]
    fn one_thread_computes_and_the_others_wait() {
        let (cache, runs) = (Cache::default(), AtomicUsize::new(0));
        thread::scope(|s| {
            for _ in 0..8 {
                s.spawn(|| {
                    cache
                        .get((1, 0, 0), 1 << 20, circle, || {
                            runs.fetch_add(1, Ordering::SeqCst);
                            thread::sleep(Duration::from_millis(20));
                            Ok(tile())
                        })
                        .unwrap()
                });
            }
        });
        assert_eq!(runs.into_inner(), 1);
    }

    #[test]
    fn what_was_used_last_stays() {
        let cache = Cache::default();
        let get = |x: i64| {
            let mut made = false;
            cache
                .get((1, x, 0), 250, circle, || {
                    made = true;
                    Ok(tile())
                })
                .unwrap();
            made
        };
        assert!(get(0) && get(1) && !get(0) && get(2));
        assert!(!get(0) && get(1));
    }

    #[test]
    fn two_that_need_each_other_do_not_wait_for_ever() {
        let (cache, meet) = (Cache::default(), std::sync::Barrier::new(2));
        let needs = |one: Key, other: Key| {
            cache.get(one, 1 << 20, circle, || {
                let _task = tasks::begin(Task::Tile(one));
                meet.wait();
                cache.get(other, 1 << 20, circle, || Ok(tile()))?;
                Ok(tile())
            })
        };
        let made = thread::scope(|s| {
            let (a, b) = (
                s.spawn(|| needs((1, 0, 0), (2, 0, 0)).is_ok()),
                s.spawn(|| needs((2, 0, 0), (1, 0, 0)).is_ok()),
            );
            [a.join().unwrap(), b.join().unwrap()]
        });
        // The one that would have closed the circle fails, and the other one helps itself.
        assert_eq!(made.iter().filter(|ok| **ok).count(), 1);
        assert!(cache.lock().waits.is_empty());
    }

    #[test]
    fn a_scene_takes_its_tiles_along() {
        let cache = Cache::default();
        for scene in [1, 2] {
            cache
                .get((scene, 0, 0), 1 << 20, circle, || Ok(tile()))
                .unwrap();
        }
        cache.forget(|scene| scene == 1);
        assert!(!cache.holds((1, 0, 0)) && cache.holds((2, 0, 0)));
        assert_eq!(cache.lock().bytes, 100);
    }

    #[test]
    fn an_error_or_a_panic_leaves_the_tile_to_the_next_one() {
        let cache = Cache::default();
        assert!(
            cache
                .get((1, 0, 0), 100, circle, || Err(Error::Cancelled))
                .is_err()
        );
        let panicked = thread::scope(|s| {
            s.spawn(|| cache.get((1, 0, 0), 100, circle, || panic!("on purpose")))
                .join()
                .is_err()
        });
        assert!(panicked);
        assert_eq!(
            cache
                .get((1, 0, 0), 100, circle, || Ok(tile()))
                .unwrap()
                .len(),
            1
        );
    }
}
