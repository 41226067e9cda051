//! The command line on products made for the purpose, one module per promise. Networks are tiny
//! ones with the contract of the real ones (tests/data), except in `seamless`, which also runs
//! those that are shipped.
// The helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

// Signals; the consoles of Windows have theirs in `windows`.
#[cfg(unix)]
mod archives;
mod cancelling;
mod failures;
mod forms;
mod inputs;
mod killed;
// Symbolic links, pipes and devices; on Windows nobody makes such a thing without special rights.
#[cfg(unix)]
mod links;
mod many;
mod models;
mod numbers;
mod outputs;
mod pixels;
mod products;
// Limits that only the shell of a Unix sets.
#[cfg(unix)]
mod scarcity;
mod scores;
mod seamless;
mod server;
mod stac;
mod strangers;
mod support;
mod uncertainty;
#[cfg(windows)]
mod windows;
mod writer;
