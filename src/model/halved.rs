//! A model whose trained convolutions work with 16-bit floats, which a GPU does several times faster.
//! They give what is added to interpolation and local regression, which stay as exact as they are.

use super::spared::operator;
use super::wire::{copied, messages, put, put_number, text};
use crate::error::Result;

// Fields and numbers of ONNX's messages (onnx-ml.proto).
const GRAPH: u32 = 7;
const NODE: u32 = 1;
const INPUT: u32 = 1;
const OUTPUT: u32 = 2;
const ATTRIBUTE: u32 = 5;
const FLOAT: u64 = 1;
const FLOAT16: u64 = 10;
const INT: u64 = 2;

/// The model (`ModelProto`, which was checked) with each call of `Convolutions` between changes of
/// type. The function's body takes either.
pub fn halved(model: &[u8]) -> Result<Vec<u8>> {
    let mut calls = 0;
    let graph = copied(text(model, GRAPH), |field, node, out| {
        if field == NODE && operator(node) == "Convolutions" {
            calls += 1;
            between_casts(node, calls, out);
        } else {
            put(out, field, node);
        }
    })?;
    copied(model, |field, bytes, out| {
        put(out, field, if field == GRAPH { &graph } else { bytes });
    })
}

/// Writes a node that takes and gives 16-bit floats, and what changes them before and after it.
fn between_casts(node: &[u8], number: usize, out: &mut Vec<u8>) {
    let half = |name: &[u8]| [format!("half_{number}/").as_bytes(), name].concat();
    for name in messages(node, INPUT) {
        put(out, NODE, &cast(name, &half(name), FLOAT16));
    }
    let mut inner = Vec::with_capacity(2 * node.len());
    for (field, bytes) in [INPUT, OUTPUT].map(|field| (field, messages(node, field))) {
        bytes.for_each(|name| put(&mut inner, field, &half(name)));
    }
    for field in 3..=7 {
        messages(node, field).for_each(|bytes| put(&mut inner, field, bytes));
    }
    put(out, NODE, &inner);
    for name in messages(node, OUTPUT) {
        put(out, NODE, &cast(&half(name), name, FLOAT));
    }
}

/// A node of ONNX's operator Cast.
fn cast(from: &[u8], to: &[u8], kind: u64) -> Vec<u8> {
    let (mut node, mut attribute) = (Vec::new(), Vec::new());
    put(&mut attribute, 1, b"to");
    put_number(&mut attribute, 3, kind);
    put_number(&mut attribute, 20, INT);
    put(&mut node, INPUT, from);
    put(&mut node, OUTPUT, to);
    put(&mut node, 4, b"Cast");
    put(&mut node, ATTRIBUTE, &attribute);
    node
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::wire::number;
    use crate::model::{ModelFile, check};

    #[test]
    fn only_the_trained_convolutions_take_16_bits() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let file = ModelFile::read(&models.join("fast-x2.onnx")).unwrap();
        let before = file.take_bytes().unwrap();
        let after = halved(&before).unwrap();
        check(&after).unwrap();
        let operators = |model: &[u8]| -> Vec<String> {
            messages(text(model, GRAPH), NODE)
                .map(|node| String::from_utf8_lossy(text(node, 4)).into())
                .collect()
        };
        let mut wanted = operators(&before);
        let place = wanted.iter().position(|o| o == "Convolutions").unwrap();
        let node = messages(text(&before, GRAPH), NODE).nth(place).unwrap();
        let taken = messages(node, INPUT).count();
        wanted.insert(place + 1, "Cast".into());
        wanted.splice(place..place, vec!["Cast".into(); taken]);
        assert_eq!(operators(&after), wanted);
        let kinds = messages(text(&after, GRAPH), NODE)
            .filter(|node| operator(node) == "Cast")
            .map(|node| number(text(node, ATTRIBUTE), 3));
        let kinds: Vec<u64> = kinds.collect();
        assert_eq!(kinds.iter().filter(|k| **k == FLOAT16).count(), taken);
        assert_eq!(kinds.last(), Some(&FLOAT));
    }
}
