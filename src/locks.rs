//! Locks. What a mutex of ours guards is whole between any two steps, so a panic of who held it,
//! which is an error of its own, keeps nobody else from going on.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, whatever became of who locked before.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
