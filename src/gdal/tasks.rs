//! What a thread is at work on, so that a raster that is made of itself is noticed. Reading a
//! raster may make GDAL open and read others, ours among them, on the same thread; threads that we
//! start work on what their starter does.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::path::PathBuf;

/// Rasters inside rasters, deeper than anybody nests them on purpose.
const DEEPEST: usize = 16;

/// Something that must not be needed for itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// A product is being opened.
    Opening(PathBuf),
    /// A tile is being read for: the number of its scene, its column and its row.
    Tile((u64, i64, i64)),
}

thread_local! {
    static TASKS: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
}

/// What this thread is at work on, the outermost first.
pub fn all() -> Vec<Task> {
    TASKS.with_borrow(Vec::clone)
}

/// Whether this thread is at work on anything.
pub fn any() -> bool {
    TASKS.with_borrow(|tasks| !tasks.is_empty())
}

/// Whether this thread is at work on something like this, or on so much that it must be going round
/// in circles.
pub fn circle(like: impl Fn(&Task) -> bool) -> bool {
    TASKS.with_borrow(|tasks| tasks.len() > DEEPEST || tasks.iter().any(like))
}

/// Puts `task` on top of what this thread is at work on, as long as the answer lives.
pub fn begin(task: Task) -> Begun {
    TASKS.with_borrow_mut(|tasks| tasks.push(task));
    Begun(PhantomData)
}

/// A task that is being worked on.
pub struct Begun(PhantomData<*const ()>); // bound to its thread

impl Drop for Begun {
    fn drop(&mut self) {
        TASKS.with_borrow_mut(Vec::pop);
    }
}

/// Exchanges all that this thread is at work on.
pub(super) fn exchange(tasks: Vec<Task>) -> Vec<Task> {
    TASKS.replace(tasks)
}
