//! What people ask for: a product or arrays super-resolved, scores, what a product is.

pub mod arrays;
pub mod bands;
mod busiest;
pub mod endings;
pub mod evaluate;
mod inference;
pub mod info;
pub mod many;
mod map;
pub mod pipeline;
mod preview;
#[cfg(test)]
mod reads;
pub mod report;
pub mod run;
#[cfg(test)]
mod schemas;
pub mod sources;
pub mod watch;
