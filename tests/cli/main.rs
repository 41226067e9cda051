//! The command line on products made for the purpose, one module per promise. Networks are tiny
//! ones with the contract of the real ones (tests/data), except in `seamless`, which also runs
//! those that are shipped.

mod cancelling;
mod failures;
mod forms;
mod models;
mod numbers;
mod outputs;
mod pixels;
mod products;
mod scarcity;
mod scores;
mod seamless;
mod support;
mod writer;
