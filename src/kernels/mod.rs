//! Operators of our own for ONNX Runtime, on the processor.
//!
//! A model file stays plain ONNX: what runs here stands in it as a function of the domain `s2sr`
//! with a standard body (`training/functions.py`). Where an operator of the function's name is
//! registered, ONNX Runtime calls that; elsewhere (CUDA, other programs) it runs the body. Both
//! give the same to 1e-4.
//!
//! The environment variable `S2SR_KERNELS` is for tests and measurements: `off` leaves all to ONNX
//! Runtime, `portable` keeps to the instructions that every processor has.

mod chain;
mod convolutions;
mod operator;
mod ring;
mod simd;
mod winograd;
mod work;

use ort::operator::OperatorDomain;

pub use self::work::Stop;
use self::operator::Host;
use self::simd::Level;

/// The domain of the functions.
pub const DOMAIN: &str = "s2sr";

/// The operators, for one session; `None` where they are switched off. `stop` ends them.
pub fn operators(stop: &Stop) -> ort::Result<Option<OperatorDomain>> {
    let level = match std::env::var("S2SR_KERNELS").as_deref() {
        Ok("off") => return Ok(None),
        Ok("portable") => Level::Portable,
        _ => Level::best(),
    };
    let host = Host { level, stop: stop.clone() };
    OperatorDomain::new(DOMAIN)?.add(chain::Convolutions(host)).map(Some)
}
