//! fork() while another thread is at work. A child has its parent's memory but none of its threads,
//! so a lock that one of them held would stay locked in it for ever. What takes a lock of the whole
//! process is therefore a [`section`], and fork() waits until no other thread is in one.

mod process;

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use self::process::PerProcess;

/// What a child is told that comes back from a progress function which called fork().
pub const PARENTS: &str = "this work was begun before fork(), and its threads are not in this \
                           process; begin it anew, or end the child where it was made";

/// Sections are its readers, fork() is its writer.
static GATE: RwLock<()> = RwLock::new(());

thread_local! {
    /// How many sections this thread is in. The inner ones pass: whoever waits for the outer one to
    /// end must not be waited for.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// What fork() holds from before until after.
    static FORKING: RefCell<Option<RwLockWriteGuard<'static, ()>>> = const { RefCell::new(None) };
}

/// While one lives, fork() in another thread waits.
pub struct Section {
    _gate: Option<RwLockReadGuard<'static, ()>>,
    _thread: PhantomData<*const ()>, // bound to its thread
}

/// Enters a section. It should be short, or rare.
pub fn section() -> Section {
    listen();
    let outer = DEPTH.with(|depth| depth.replace(depth.get() + 1)) == 0;
    Section {
        _gate: outer.then(|| GATE.read().unwrap_or_else(PoisonError::into_inner)),
        _thread: PhantomData,
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
    }
}

/// [`LISTENING`] once fork() tells; before, the process that is about to ask for that.
static STATE: AtomicU32 = AtomicU32::new(0);
const LISTENING: u32 = u32::MAX;

/// Asks the system, once, to be told of fork().
fn listen() {
    loop {
        let state = STATE.load(Ordering::Acquire);
        if state == LISTENING {
            return;
        }
        // A child in which this is half done does it itself: it was not told of its own fork().
        let process = std::process::id();
        if state == process {
            std::thread::yield_now();
        } else if STATE
            .compare_exchange(state, process, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
        {
            ask();
            STATE.store(LISTENING, Ordering::Release);
        }
    }
}

#[cfg(unix)]
fn ask() {
    // SAFETY: the functions take nothing and do not unwind; this library is never unloaded. Where
    // there is no memory for it, a child may hang as if this had not been asked for.
    unsafe { libc::pthread_atfork(Some(before), Some(after), Some(after)) };
}

#[cfg(not(unix))]
fn ask() {}

#[cfg(unix)]
extern "C" fn before() {
    // A thread that forks inside a section of its own cannot wait for itself.
    if DEPTH.try_with(Cell::get).unwrap_or(1) == 0 {
        let gate = GATE.write().unwrap_or_else(PoisonError::into_inner);
        let _ = FORKING.try_with(|forking| forking.replace(Some(gate)));
    }
}

#[cfg(unix)]
extern "C" fn after() {
    STATE.store(LISTENING, Ordering::Release);
    drop(FORKING.try_with(RefCell::take));
}
