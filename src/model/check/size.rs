//! How large the graph of a model is with its functions written out.

use super::{Check, IF, OPERATORS};

/// The operators of the graph, or of a function.
#[derive(Clone, Default)]
pub(super) struct Body {
    pub(super) count: u64,
    /// The functions that are called, by number.
    pub(super) calls: Vec<usize>,
}

/// The body that is the graph; the functions' come after it.
pub(super) const GRAPH: usize = 0;

impl Check<'_> {
    /// How large the graph is with its functions written out, as ONNX Runtime does it; and that
    /// this ends at all.
    pub(super) fn written_out(&self) -> Result<(), String> {
        match self.size(GRAPH, &mut vec![Size::Unknown; self.bodies.len()])? {
            0..=OPERATORS => Ok(()),
            _ => Err(too_many()),
        }
    }

    fn size(&self, body: usize, sizes: &mut [Size]) -> Result<u64, String> {
        match sizes[body] {
            Size::Known(size) => return Ok(size),
            Size::UnderWay => {
                return Err("a function of it calls itself, so it may never end".into());
            }
            Size::Unknown => sizes[body] = Size::UnderWay,
        }
        let mut size = self.bodies[body].count;
        for &called in &self.bodies[body].calls {
            size = size.saturating_add(self.size(called, sizes)?);
        }
        sizes[body] = Size::Known(size);
        Ok(size)
    }
}

/// The size of a body with the functions that it calls.
#[derive(Clone)]
enum Size {
    Unknown,
    UnderWay,
    Known(u64),
}

pub(super) fn too_many() -> String {
    format!(
        "it has more than {OPERATORS} operators, those of its functions counted, and each If as \
         {IF} of them"
    )
}
