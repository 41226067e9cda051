//! What belongs to one process. The child of a fork() has the memory of its parent, but neither its
//! threads nor file positions of its own, and locks that another thread held stay locked. So it
//! begins with everything empty, and leaves alone what its parent had.

use std::marker::PhantomData;
use std::process;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// One value for each process that comes by, made when it is first asked for.
pub struct PerProcess<T> {
    current: AtomicPtr<Of<T>>,
    _values: PhantomData<T>,
}

struct Of<T> {
    process: u32,
    value: T,
}

impl<T> PerProcess<T> {
    /// No value yet.
    pub const fn new() -> Self {
        Self {
            current: AtomicPtr::new(null_mut()),
            _values: PhantomData,
        }
    }
}

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Default> PerProcess<T> {
    /// The value of this process.
    pub fn get(&self) -> &T {
        let process = process::id();
        loop {
            let found = self.current.load(Ordering::Acquire);
            // SAFETY: null, or a value that lives as long as `self`: one that is replaced is never
            // freed.
            if let Some(of) = unsafe { found.as_ref() }.filter(|of| of.process == process) {
                return &of.value;
            }
            let new = Box::into_raw(Box::new(Of {
                process,
                value: T::default(),
            }));
            if self
                .current
                .compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire)
                .is_err()
            {
                // SAFETY: made above and seen by nobody: another thread was quicker.
                drop(unsafe { Box::from_raw(new) });
            }
        }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let current = *self.current.get_mut();
        // SAFETY: null, or a value that nobody refers to any more.
        if unsafe { current.as_ref() }.is_some_and(|of| of.process == process::id()) {
            // SAFETY: as above; it came from a box.
            drop(unsafe { Box::from_raw(current) });
        }
    }
}
