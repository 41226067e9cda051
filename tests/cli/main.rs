//! The command line on products made for the purpose, one module per promise. Networks are tiny
//! ones with the contract of the real ones (tests/data), except in `seamless`, which also runs
//! those that are shipped.
// The helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

// What a system does not have is left out within the module.
mod archives;
mod cancelling;
mod failures;
mod forms;
mod inputs;
mod killed;
mod links;
mod many;
mod models;
mod numbers;
mod outputs;
mod pixels;
mod products;
mod promises;
mod scarcity;
mod scores;
mod seamless;
mod server;
mod stac;
mod strangers;
mod support;
mod uncertainty;
mod windows;
mod writer;
