//! The networks: what each one is (contract), which there are (registry), and how they are run (runtime, session).

pub mod contract;
pub mod onnx;
pub mod registry;
mod runtime;
pub mod session;
mod symmetry;

pub use contract::{Contract, Kind};
pub use registry::{ModelFile, Registry};
pub use session::{Cancel, Network};
