//! The one place where this crate starts threads. They take over what counts on the thread that starts them. That there are
//! none left to start is an error, not a panic.

use std::io;
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle};

use crate::core::error::{Error, Result};
use crate::gdal::threads::Context;

/// As large as the main thread's is, for the parsers and drivers that a product goes through.
const STACK: usize = 8 << 20;

/// Starts a thread that owns what it works on. It may be left to itself.
pub fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>> {
    let context = Context::of_caller();
    builder().stack_size(STACK).spawn(move || context.run(work)).map_err(refused)
}

/// Starts a thread that may borrow, and that the scope waits for.
pub fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    let context = Context::of_caller();
    builder().spawn_scoped(scope, move || context.run(work)).map_err(refused)
}

fn builder() -> Builder {
    Builder::new().name("s2sr".into())
}

fn refused(e: io::Error) -> Error {
    Error::Runtime(format!("the system starts no more threads ({e}); end other programs or allow more threads"))
}
