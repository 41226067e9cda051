//! Fields, domains and versions that are not taken.

use super::super::onnx::Message;
use super::super::wire::{Value, number, text};
use crate::model::shown;

/// The oldest version of ONNX's operators, of 2019.
const OLDEST: u64 = 11;

/// Fields that ONNX has and s2sr does not take.
pub(super) fn refused(kind: Message, field: u32, value: &Value) -> Result<(), String> {
    let why = match (kind, field) {
        // What was read in from elsewhere and saved as one file may say that it is here.
        (Message::Tensor, 14) if *value == Value::Number(0) => return Ok(()),
        (Message::Tensor, 13 | 14) => {
            "a tensor of it has its numbers elsewhere (external data), which s2sr never reads; \
             save it as one file"
        }
        (Message::Graph, 15) | (Message::Attribute, 22 | 23) | (Message::Type, 8) => {
            "it has sparse tensors; save them as plain ones"
        }
        (Message::Attribute, 11) => {
            "an operator of it holds several graphs, which s2sr does not take"
        }
        (Message::Model, 20) => "it has training information; export the network for use",
        _ => return Ok(()),
    };
    Err(why.into())
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Domain {
    Onnx,
    Ours,
}

/// ONNX Runtime trusts what old operators say, and ends the process where it is wrong.
pub(super) fn operator_set(set: &[u8]) -> Result<(), String> {
    match domain(text(set, 1)).map_err(|what| format!("it uses operators of others: {what}"))? {
        Domain::Onnx if number(set, 2) < OLDEST => Err(format!(
            "it uses ONNX's operators of a version before {OLDEST}; export the network anew"
        )),
        _ => Ok(()),
    }
}

pub(super) fn domain(name: &[u8]) -> Result<Domain, String> {
    match name {
        b"" | b"ai.onnx" => Ok(Domain::Onnx),
        b"s2sr" => Ok(Domain::Ours),
        _ if name.starts_with(b"s2sr.") => Ok(Domain::Ours),
        _ => Err(format!(
            "the domain '{}' is neither ONNX's own nor s2sr's",
            shown(name)
        )),
    }
}
