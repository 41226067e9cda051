//! A model without one of its outputs, nor what only that one needs: ONNX Runtime computes every
//! operator of a graph, whether or not anybody takes what it gives.

use std::collections::HashSet;

use super::wire::{copied, messages, put, text};
use crate::error::Result;

// Fields of ONNX's messages (onnx-ml.proto).
const GRAPH: u32 = 7;
const NODE: u32 = 1;
const INITIALIZER: u32 = 5;
const OUTPUT: u32 = 12;

/// The model (`ModelProto`, which was checked) without an output of its graph.
pub fn without_output(model: &[u8], unwanted: &str) -> Result<Vec<u8>> {
    let graph = text(model, GRAPH);
    let outputs = messages(graph, OUTPUT).map(|output| text(output, 1));
    let mut needed: HashSet<&[u8]> = outputs.filter(|n| *n != unwanted.as_bytes()).collect();
    // Operators stand in an order in which each comes after those that it needs.
    let nodes: Vec<&[u8]> = messages(graph, NODE).collect();
    for node in nodes.into_iter().rev() {
        if gives(node, &needed) {
            uses(node, &mut needed);
        }
    }
    let kept = |field: u32, bytes: &[u8]| match field {
        NODE => gives(bytes, &needed),
        INITIALIZER => needed.contains(text(bytes, 8)),
        OUTPUT => text(bytes, 1) != unwanted.as_bytes(),
        _ => true,
    };
    let graph = copied(graph, |field, bytes, out| {
        if kept(field, bytes) {
            put(out, field, bytes);
        }
    })?;
    copied(model, |field, bytes, out| {
        put(out, field, if field == GRAPH { &graph } else { bytes });
    })
}

/// Whether an operator gives something that is needed.
fn gives(node: &[u8], needed: &HashSet<&[u8]>) -> bool {
    messages(node, 2).any(|name| needed.contains(name))
}

/// Adds what an operator uses, in the graphs inside it too.
fn uses<'a>(node: &'a [u8], needed: &mut HashSet<&'a [u8]>) {
    needed.extend(messages(node, 1));
    for graph in messages(node, 5).flat_map(|attribute| messages(attribute, 6)) {
        needed.extend(messages(graph, OUTPUT).map(|output| text(output, 1)));
        messages(graph, NODE).for_each(|inner| uses(inner, needed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::check;

    /// The operators of a model.
    fn operators(model: &[u8]) -> Vec<&[u8]> {
        messages(text(model, GRAPH), NODE)
            .map(|node| text(node, 4))
            .collect()
    }

    fn dummy(name: &str) -> Vec<u8> {
        let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        std::fs::read(data.join(name)).unwrap()
    }

    #[test]
    fn what_only_the_output_needs_goes_with_it() {
        let (sure, plain) = (dummy("sure-t2x.onnx"), dummy("dummy-t2x.onnx"));
        assert!(operators(&sure).contains(&&b"AveragePool"[..]));
        let pruned = without_output(&sure, "sigma").unwrap();
        check(&pruned).unwrap();
        assert_eq!(operators(&pruned), operators(&plain));
        let constants = |model| messages(text(model, GRAPH), INITIALIZER).count();
        assert_eq!(constants(&pruned), constants(&plain));
    }

    #[test]
    fn a_copy_is_the_same_to_the_byte() {
        for name in ["sure-t2x.onnx", "dummy-s6x.onnx"] {
            let model = dummy(name);
            assert_eq!(without_output(&model, "none").unwrap(), model);
        }
    }

    #[test]
    fn what_a_branch_of_an_if_uses_stays() {
        use crate::model::writer::{Model, body, graph, node};
        let branch = |from| body(&[node("Neg", &[from], "b", &[])], "b");
        let choice = node(
            "If",
            &["flag"],
            "z",
            &[
                graph("then_branch", &branch("kept")),
                graph("else_branch", &branch("x")),
            ],
        );
        let model = Model::of([
            node("Abs", &["x"], "kept", &[]),
            node("Exp", &["x"], "gone", &[]),
            choice,
        ]);
        let pruned = without_output(&model.bytes(), "none").unwrap();
        assert_eq!(operators(&pruned)[..2], [&b"Abs"[..], b"If"]);
    }
}
