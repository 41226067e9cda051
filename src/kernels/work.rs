//! How the work of a kernel is spread over threads, and how it ends before its time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::error::{Error, Result};
use crate::gdal::spawn::caught;
use crate::locks::lock;

/// Tells the kernels of a session whether to leave their work.
#[derive(Clone, Default)]
pub struct Stop(Arc<Mutex<Option<Arc<AtomicBool>>>>);

impl Stop {
    /// From now on this says it.
    pub fn listen_to(&self, flag: &Arc<AtomicBool>) {
        *lock(&self.0) = Some(flag.clone());
    }

    fn is_set(&self) -> bool {
        lock(&self.0)
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::SeqCst))
    }
}

/// Threads that do pieces of work.
pub trait Pool {
    /// Calls `piece` once for each number below `count`, in any order, and returns when all are
    /// done.
    fn spread(&self, count: usize, piece: &(dyn Fn(usize) + Sync)) -> Result<()>;

    /// Tells whether the work is to be left.
    fn stop(&self) -> &Stop;
}

/// Does the pieces of work in the pool's threads; the first that fails, or a cancelled run, ends
/// them all.
pub fn each<T: Send>(
    pool: &dyn Pool,
    pieces: Vec<T>,
    work: impl Fn(usize, T) -> Result<()> + Sync,
) -> Result<()> {
    let count = pieces.len();
    let pieces: Vec<Mutex<Option<T>>> = pieces.into_iter().map(|p| Mutex::new(Some(p))).collect();
    let failed = Mutex::new(None);
    let stop = pool.stop();
    pool.spread(count, &|i| {
        if stop.is_set() || lock(&failed).is_some() {
            return;
        }
        let Some(piece) = lock(&pieces[i]).take() else {
            return;
        };
        // No panic crosses to the threads' owner.
        if let Err(error) = caught(|| work(i, piece)) {
            *lock(&failed) = Some(error);
        }
    })?;
    if stop.is_set() {
        return Err(Error::Cancelled);
    }
    lock(&failed).take().map_or(Ok(()), Err)
}

/// The strips of an image: of each channel so many rows.
pub fn strips(
    image: &mut [f32],
    (rows, cols): (usize, usize),
    high: usize,
) -> Vec<Vec<&mut [f32]>> {
    strips_of(image.chunks_mut((rows * cols).max(1)), (rows, cols), high)
}

/// The same where each channel is a slice of its own.
pub fn strips_of<'a>(
    planes: impl Iterator<Item = &'a mut [f32]>,
    (rows, cols): (usize, usize),
    high: usize,
) -> Vec<Vec<&'a mut [f32]>> {
    let mut strips: Vec<Vec<&mut [f32]>> = Vec::new();
    strips.resize_with(rows.div_ceil(high), Vec::new);
    for plane in planes {
        for (strip, part) in strips.iter_mut().zip(plane.chunks_mut(high * cols)) {
            strip.push(part);
        }
    }
    strips
}
