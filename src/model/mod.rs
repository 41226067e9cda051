//! The networks: what each one is (contract), which there are (registry), whether a file is
//! harmless (check), and how they are run (runtime, session, network).

mod apart;
#[allow(unsafe_code)]
mod arena;
mod attributes;
mod bound;
mod cancel;
pub mod check;
mod choice;
pub mod contract;
mod file;
mod halved;
mod model_file;
mod network;
pub mod onnx;
mod operators;
mod outputs;
mod pruned;
pub mod registry;
mod runtime;
mod session;
mod spared;
mod symmetry;
mod tensors;
mod values;
mod wire;
#[cfg(test)]
#[path = "../../tests/cli/writer.rs"]
pub(crate) mod writer;

pub use cancel::Cancel;
pub use check::check;
pub use choice::{Choice, choose, one, with_sigma};
pub use contract::{Contract, Kind};
pub use model_file::ModelFile;
pub use network::{Inputs, Network};
pub use registry::Registry;

/// A stranger's text as it may stand in a message: short, and without what a terminal would act on.
fn shown(text: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * LONGEST)]);
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if printable(c) { c } else { '\u{fffd}' })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// Letters, digits, ASCII's signs and the blank: nothing invisible, nothing that turns the
/// direction of writing.
fn printable(c: char) -> bool {
    c.is_alphanumeric() || c.is_ascii_graphic() || c == ' '
}

/// Whether this may be the name of a network, a version, or the name of a file.
fn is_name(text: &str) -> bool {
    const LONGEST: usize = 100;
    !text.trim().is_empty() && text.chars().count() <= LONGEST && text.chars().all(printable)
}
