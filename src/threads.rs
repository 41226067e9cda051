//! Threads of ours: to start one may fail, and what panics in one becomes an error that nobody has to read on standard error.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::{Once, mpsc};
use std::thread::{self, Scope, ScopedJoinHandle};

use crate::core::error::{Error, Result};

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
    done.unwrap_or_else(|panic| Err(Error::Internal(format!("{} at {}", text(&*panic), PLACE.with(RefCell::take)))))
}

/// Puts a hook before the one that is there, once. It keeps quiet about the panics that `caught` catches, and collects no
/// backtrace of them: that takes memory and a lock, of which the first may be what is missing. All others it hands on.
fn listen() {
    static ONCE: Once = Once::new();
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
fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}

/// Starts a thread that does some work, and keeps its error or panic for who joins it.
pub fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> Result<T> + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, Result<T>>> {
    thread::Builder::new().spawn_scoped(scope, move || caught(work)).map_err(|e| none_left(&e.to_string()))
}

/// What a thread of `start` ended with.
pub fn join<T>(thread: ScopedJoinHandle<Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| Err(Error::Internal(text(&*panic).to_owned())))
}

/// Fails unless so many threads can be started at this moment.
pub fn require(count: usize) -> Result<()> {
    if spare(count) < count { Err(none_left(&format!("it needs {count}"))) } else { Ok(()) }
}

fn none_left(why: &str) -> Error {
    Error::Runtime(format!(
        "the system allows this process no more threads, or has no memory left for them ({why}); end other programs, or raise the limit (ulimit -u, a container's pids)"
    ))
}

/// How many threads can be started at this moment, up to `wanted`. Libraries that start threads of their own wait for ever,
/// or worse, where they get none; so they are told to start no more than these. It is tried out, for no system tells.
pub fn spare(wanted: usize) -> usize {
    // As large as the threads of C and C++ are by default.
    const STACK: usize = 8 << 20;
    thread::scope(|scope| {
        // All wait until the last one was started.
        let mut waiting = Vec::new();
        for _ in 0..wanted {
            let (go, gate) = mpsc::channel::<()>();
            let started = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
                let _ = gate.recv();
            });
            if started.is_err() {
                break;
            }
            waiting.push(go);
        }
        waiting.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_says_where() {
        let error = caught::<()>(|| panic!("on {}", "purpose")).unwrap_err().to_string();
        assert!(error.contains("on purpose") && error.contains("threads.rs"), "{error}");
        let ended = thread::scope(|scope| join(start(scope, || -> Result<()> { panic!("there") }).unwrap()));
        assert!(ended.unwrap_err().to_string().contains("there"));
    }

    #[test]
    fn as_many_threads_as_are_asked_for_can_be_had_here() {
        assert_eq!(spare(3), 3);
    }
}
