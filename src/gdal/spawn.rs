//! Threads of ours are started here. They take over what counts on the thread that starts them; to
//! start one may fail; and what panics in one becomes an error that nobody has to read on standard
//! error.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::thread::{self, Builder, JoinHandle, Scope, ScopedJoinHandle};

use crate::error::{Error, Result};
use crate::fork::section;
use crate::gdal::context::Context;
use crate::memory::{self, headroom};

thread_local! {
    /// How many calls of `caught` this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Where the last panic of this thread was.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Does some work; a panic in it is an error, and is not printed.
pub fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    listen();
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    let done = catch_unwind(AssertUnwindSafe(work));
    DEPTH.with(|depth| depth.set(depth.get() - 1));
    done.unwrap_or_else(|panic| {
        Err(Error::internal(format!(
            "{} at {}",
            panic_text(&*panic),
            PLACE.with(RefCell::take)
        )))
    })
}

/// Puts a hook before the one that is there, once. It keeps quiet about the panics that `caught`
/// catches, and collects no backtrace of them: that takes memory and a lock, of which the first may
/// be what is missing. All others it hands on.
fn listen() {
    static ONCE: Once = Once::new();
    let _section = section();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info: &PanicHookInfo| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) == 0 {
                return before(info);
            }
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let _ = PLACE.try_with(|p| p.replace(place));
        }));
    });
}

/// What a panic said.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words")
}

/// As large as the main thread's is, for the parsers and drivers that a product goes through.
const STACK: usize = 8 << 20;

/// Memory that a thread takes to start, stack included. The allocator of glibc sets 64 MiB of
/// addresses apart for each, which it looks for in twice as many; where it does not find them it
/// looks anew at each allocation, and all becomes slow.
const TO_START: usize = 136 << 20;

/// Starts a thread that owns what it works on, and may be left to itself.
pub fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<JoinHandle<Result<T>>> {
    memory::require(TO_START)?;
    let context = Context::of_caller();
    builder()
        .stack_size(STACK)
        .spawn(move || context.run(|| caught(work)))
        .map_err(|e| none_left(&e.to_string()).because(e))
}

/// Starts a thread that may borrow, and that the scope waits for.
pub fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> Result<T> + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, Result<T>>> {
    memory::require(TO_START)?;
    let context = Context::of_caller();
    builder()
        .spawn_scoped(scope, move || context.run(|| caught(work)))
        .map_err(|e| none_left(&e.to_string()).because(e))
}

fn builder() -> Builder {
    Builder::new().name("s2sr".into())
}

/// What a thread of ours ended with, as joining it tells.
pub fn ended<T>(end: thread::Result<Result<T>>) -> Result<T> {
    end.unwrap_or_else(|panic| Err(Error::internal(panic_text(&*panic).to_owned())))
}

/// Threads that a job needs besides those of libraries: for reading, inferring and writing.
pub const OURS: usize = 3;

/// Fails unless so many threads, and ours, can be started at this moment.
pub fn require(count: usize) -> Result<()> {
    let needed = count + OURS;
    if spare(needed) < needed {
        Err(none_left(&format!("{needed} are needed")))
    } else {
        Ok(())
    }
}

/// That no thread can be started.
pub fn none_left(why: &str) -> Error {
    Error::runtime(format!(
        "the system allows this process no more threads, or has no memory left for them ({why}); \
         end other programs, or raise the limit (ulimit -u, a container's pids)"
    ))
}

/// How many threads can be started at this moment, up to `wanted`. Libraries that start threads of
/// their own wait for ever, or worse, where they get none; so they are told to start no more than
/// these. It is tried out, for no system tells.
pub fn spare(wanted: usize) -> usize {
    // What threads allocate while they start has to be left as well.
    if headroom().is_err() {
        0
    } else {
        tried(wanted)
    }
}

/// As many threads as can be had are started; they wait for the last one, and end.
#[cfg(target_os = "linux")]
// Threads of std panic where memory ends while they start; these do nothing that could fail.
fn tried(wanted: usize) -> usize {
    use std::ffi::c_void;
    use std::ptr::null;

    extern "C" fn wait(gate: *mut c_void) -> *mut c_void {
        // SAFETY: the semaphore lives until this thread was joined.
        unsafe { while libc::sem_wait(gate.cast()) != 0 {} }
        gate
    }

    let mut threads: Vec<libc::pthread_t> = Vec::with_capacity(wanted);
    // SAFETY: all zero is a valid semaphore to initialise; it and the list outlive the threads,
    // which are joined below.
    unsafe {
        let mut gate: libc::sem_t = std::mem::zeroed();
        if libc::sem_init(&raw mut gate, 0, 0) != 0 {
            return 0;
        }
        for _ in 0..wanted {
            let mut thread = std::mem::zeroed();
            if libc::pthread_create(&raw mut thread, null(), wait, (&raw mut gate).cast()) != 0 {
                break;
            }
            threads.push(thread);
        }
        let left = headroom();
        for _ in &threads {
            libc::sem_post(&raw mut gate);
        }
        for &thread in &threads {
            libc::pthread_join(thread, std::ptr::null_mut());
        }
        libc::sem_destroy(&raw mut gate);
        if left.is_err() { 0 } else { threads.len() }
    }
}

/// Elsewhere libraries get the threads that they ask for, or fail.
#[cfg(not(target_os = "linux"))]
fn tried(wanted: usize) -> usize {
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_says_where() {
        let error = caught::<()>(|| panic!("on {}", "purpose"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("on purpose") && error.contains("spawn.rs"),
            "{error}"
        );
        let end = thread::scope(|scope| {
            ended(
                spawn_scoped(scope, || -> Result<()> { panic!("there") })
                    .unwrap()
                    .join(),
            )
        });
        assert!(end.unwrap_err().to_string().contains("there"));
    }

    #[test]
    fn as_many_threads_as_are_asked_for_can_be_had_here() {
        assert_eq!(spare(3), 3);
    }
}
