//! Work in pieces: how it ends early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::Alone;
use crate::error::Error;
use crate::kernels::work::each;

#[test]
fn a_piece_that_fails_and_a_cancelled_run_end_the_work() {
    let done = AtomicUsize::new(0);
    let work = |pool: &Alone| {
        done.store(0, Ordering::SeqCst);
        each(pool, vec![(); 6], |number, ()| {
            done.fetch_add(1, Ordering::SeqCst);
            match number {
                3 => Err(Error::internal("the third")),
                _ => Ok(()),
            }
        })
    };
    let failed = work(&Alone::default()).unwrap_err().to_string();
    assert!(failed.contains("the third"), "{failed}");
    assert_eq!(done.load(Ordering::SeqCst), 3, "from the last to the third");
    let cancelled = Alone::default();
    cancelled.0.listen_to(&Arc::new(AtomicBool::new(true)));
    assert!(matches!(work(&cancelled), Err(Error::Cancelled)));
    assert_eq!(done.load(Ordering::SeqCst), 0);
}
