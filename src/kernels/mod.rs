//! Operators of our own for ONNX Runtime, on the processor.
//!
//! A model file stays plain ONNX: what runs here stands in it as a function of the domain `s2sr`
//! with a standard body (`training/functions.py`). Where an operator of the function's name is
//! registered, ONNX Runtime calls that; elsewhere (CUDA, other programs) it runs the body. Both
//! give the same to 1e-4.
//!
//! The environment variable `S2SR_KERNELS` is for tests and measurements: `off` leaves all to ONNX
//! Runtime, `portable` keeps to the instructions that every processor has, `avx2` does without AVX-512.

mod assemble;
mod bands;
mod chain;
mod convolutions;
mod dense;
mod details;
mod doubt;
mod exponential;
mod filter;
mod filters;
mod local;
mod means;
mod numbers;
mod operator;
mod products;
mod regression;
mod reorder;
mod ring;
mod shuffle;
mod sigma;
mod simd;
#[cfg(test)]
mod tests;
mod windows;
mod winograd;
mod work;

use ort::operator::OperatorDomain;

use self::operator::Host;
use self::simd::Level;
pub use self::work::Stop;

/// The domain of the functions.
pub const DOMAIN: &str = "s2sr";

/// Which kernels are used.
#[derive(Clone, Copy)]
pub enum Kernels {
    /// None: ONNX Runtime runs the functions' bodies.
    Off,
    /// With what every processor has.
    Portable,
    /// With AVX2 and FMA, on processors that have it.
    Avx2,
    /// With the best instructions of this processor.
    Best,
}

impl Kernels {
    /// The best, unless the environment says otherwise.
    pub fn chosen() -> Self {
        match std::env::var("S2SR_KERNELS").as_deref() {
            Ok("off") => Kernels::Off,
            Ok("portable") => Kernels::Portable,
            Ok("avx2") => Kernels::Avx2,
            _ => Kernels::Best,
        }
    }
}

/// What an operator leaves out, as nobody uses it: pixels at each edge of what it gives, which are
/// zeros then.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spared {
    /// How many.
    pub edge: usize,
    /// The network's halo, in the same pixels. Of an image that is all halo nothing is left out.
    pub halo: usize,
}

impl Spared {
    /// Pixels to leave out at each edge of an image of so many rows and columns.
    pub fn margin(self, (rows, cols): (usize, usize)) -> usize {
        match 2 * self.halo < rows.min(cols) {
            true => self.edge.min(self.halo),
            false => 0,
        }
    }
}

/// The operators for a session on a model with these functions; `None` where there are none.
/// What `spared` says of a function is left out; `stop` ends the operators' work.
pub fn operators(
    kernels: Kernels,
    functions: &[String],
    spared: impl Fn(&str) -> Spared,
    stop: &Stop,
) -> ort::Result<Option<OperatorDomain>> {
    let level = match kernels {
        Kernels::Off => return Ok(None),
        _ if functions.is_empty() => return Ok(None),
        Kernels::Portable => Level::Portable,
        Kernels::Avx2 => Level::avx2().unwrap_or(Level::Portable),
        Kernels::Best => Level::best(),
    };
    let mut domain = OperatorDomain::new(DOMAIN)?;
    for name in functions {
        let host = Host {
            name: name.clone(),
            level,
            spared: spared(name),
            stop: stop.clone(),
        };
        domain = match kind(name) {
            "Convolutions" => domain.add(chain::Convolutions(host))?,
            name @ ("LocalRegression" | "LocalSlopes") => domain.add(local::LocalRegression {
                host,
                slopes: name == "LocalSlopes",
            })?,
            "Filters" => domain.add(filter::Filters(host))?,
            "Doubt" => domain.add(sigma::Doubt(host))?,
            "Products" => domain.add(assemble::Products(host))?,
            name @ ("Fold" | "Unfold") => domain.add(reorder::Reorder {
                host,
                unfolds: name == "Unfold",
            })?,
            _ => domain,
        };
    }
    Ok(Some(domain))
}

/// What a function is, which its name says up to the first underscore.
pub fn kind(name: &str) -> &str {
    name.split('_').next().unwrap_or(name)
}
