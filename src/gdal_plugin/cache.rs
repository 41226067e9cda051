//! Inferred tiles of the whole process: shared by bands, datasets and threads. Whoever needs a tile first computes it;
//! the others wait for that one. What was not used for longest goes when the tiles outgrow the limit.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::pixels::Pixels;
use crate::core::error::Result;

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
    /// The tile, computed by `make` if nobody has or is about to. After an error the next one who asks tries again.
    pub fn get(&self, key: Key, limit: usize, make: impl FnOnce() -> Result<Tile>) -> Result<Arc<Tile>> {
        let mut state = self.lock();
        loop {
            state.clock += 1;
            let now = state.clock;
            match state.tiles.get_mut(&key) {
                Some(Slot::Ready { tile, used, .. }) => {
                    *used = now;
                    return Ok(tile.clone());
                }
                Some(Slot::Underway) => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Puts a tile in and lets others go. The newest stays even where it alone is over the limit: its other bands are
    /// asked for next.
    fn keep(&mut self, key: Key, tile: Arc<Tile>, limit: usize) {
        let bytes = tile.iter().map(Pixels::bytes).sum();
        self.bytes += bytes;
        self.clock += 1;
        self.tiles.insert(key, Slot::Ready { tile, bytes, used: self.clock });
        while self.bytes > limit {
            let ready = self.tiles.iter().filter_map(|(k, slot)| match slot {
                Slot::Ready { bytes, used, .. } if *k != key => Some((*used, *k, *bytes)),
                _ => None,
            });
            let Some((_, oldest, bytes)) = ready.min() else { break };
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
    use crate::core::error::Error;
    use crate::core::radiometry::DataType;

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
                        .get((1, 0, 0), 1 << 20, || {
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
                .get((1, x, 0), 250, || {
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
    fn an_error_or_a_panic_leaves_the_tile_to_the_next_one() {
        let cache = Cache::default();
        assert!(cache.get((1, 0, 0), 100, || Err(Error::Cancelled)).is_err());
        let panicked = thread::scope(|s| s.spawn(|| cache.get((1, 0, 0), 100, || panic!("on purpose"))).join().is_err());
        assert!(panicked);
        assert_eq!(cache.get((1, 0, 0), 100, || Ok(tile())).unwrap().len(), 1);
    }
}
