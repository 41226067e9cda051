//! The handles that C programs hold: numbers that stand for entries of a table, never addresses. A
//! handle that was freed, that is of another kind, or that never was one is refused instead of
//! touched; and what a call is using lives until that call ends, even if another thread frees its
//! handle meanwhile.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::error::{Error, Result};
use crate::fork::section;
use crate::locks::lock;

/// One counter for all kinds, so that no two handles are ever the same.
static NEXT: AtomicUsize = AtomicUsize::new(1);

/// The living objects of one kind.
pub struct Table<T> {
    kind: &'static str,
    entries: Mutex<BTreeMap<usize, Arc<T>>>,
}

impl<T> Table<T> {
    /// An empty table; `kind` is what messages call its objects.
    pub const fn new(kind: &'static str) -> Self {
        Self {
            kind,
            entries: Mutex::new(BTreeMap::new()),
        }
    }

    /// Takes `object` in and gives its handle.
    pub fn insert(&self, object: T) -> *mut T {
        // Multiples of 16 look like pointers to debuggers and stay far from 0.
        let _section = section();
        let handle = NEXT.fetch_add(1, Ordering::Relaxed) << 4;
        self.entries().insert(handle, Arc::new(object));
        std::ptr::without_provenance_mut(handle)
    }

    /// The object of a handle.
    pub fn get(&self, handle: *const T) -> Result<Arc<T>> {
        let _section = section();
        let found = self.entries().get(&handle.addr()).cloned();
        found.ok_or_else(|| self.refusal(handle.addr()))
    }

    /// Puts another object in the place of one.
    pub fn replace(&self, handle: *const T, object: T) -> Result<()> {
        let _section = section();
        match self.entries().get_mut(&handle.addr()) {
            Some(entry) => *entry = Arc::new(object),
            None => return Err(self.refusal(handle.addr())),
        }
        Ok(())
    }

    /// Forgets a handle; nothing happens if there is no such one. The object is dropped after the
    /// table is free again.
    pub fn remove(&self, handle: *mut T) {
        let section = section();
        let gone = self.entries().remove(&handle.addr());
        drop(section);
        drop(gone);
    }

    fn refusal(&self, handle: usize) -> Error {
        let what = if handle == 0 {
            "is NULL"
        } else {
            "was freed already, or is something else"
        };
        Error::argument(format!("the {} handle {what}", self.kind))
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<usize, Arc<T>>> {
        lock(&self.entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_works_until_it_is_freed_and_is_never_given_again() {
        static NUMBERS: Table<i32> = Table::new("number");
        static OTHERS: Table<i32> = Table::new("other");
        let first = NUMBERS.insert(7);
        assert_eq!(*NUMBERS.get(first).unwrap(), 7);
        assert!(OTHERS.get(first).is_err());
        NUMBERS.replace(first, 8).unwrap();
        let in_use = NUMBERS.get(first).unwrap();
        NUMBERS.remove(first);
        NUMBERS.remove(first);
        assert_eq!(*in_use, 8);
        assert!(
            NUMBERS
                .get(first)
                .unwrap_err()
                .to_string()
                .contains("freed")
        );
        assert!(NUMBERS.replace(first, 9).is_err());
        assert_ne!(NUMBERS.insert(9), first);
        assert!(
            NUMBERS
                .get(std::ptr::null())
                .unwrap_err()
                .to_string()
                .contains("NULL")
        );
    }
}
