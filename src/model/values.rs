//! What can be known of the values in a graph without running it: how many dimensions they have,
//! whether they are floats, what constants hold. With it come the rules on inputs, where ONNX
//! Runtime ends the process instead of refusing: convolutions whose weights do not fit, whole
//! numbers divided by 0, inputs that are left out.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::attributes::{list, one};
use super::wire::{self, Value, messages, number, numbers, text};
use super::{operators, shown};

/// What is known of a value.
#[derive(Clone, Default, PartialEq)]
struct Known {
    float: bool,
    rank: Option<usize>,
    /// The lengths of a constant.
    lengths: Option<Vec<u64>>,
    /// Whether it is a constant of whole numbers from 1 on.
    positive: bool,
}

/// The values of the graph and of functions: each has names of its own, told apart by a number.
#[derive(Default)]
pub struct Values<'a> {
    known: HashMap<(usize, &'a [u8]), Known>,
    nodes: Vec<(usize, &'a [u8])>,
}

impl<'a> Values<'a> {
    /// Adds the inputs and the constants of a graph.
    pub fn graph(&mut self, body: usize, graph: &'a [u8]) -> Result<(), String> {
        let constants: HashSet<&[u8]> = messages(graph, 5).map(|tensor| text(tensor, 8)).collect();
        messages(graph, 5)
            .try_for_each(|tensor| self.add(body, text(tensor, 8), constant(tensor)))?;
        // A constant may be named as an input, too.
        let mut inputs = messages(graph, 11).filter(|input| !constants.contains(text(input, 1)));
        inputs.try_for_each(|input| self.add(body, text(input, 1), port(input)))
    }

    /// Adds the inputs of a function, of which nothing is known.
    pub fn function(&mut self, body: usize, function: &'a [u8]) -> Result<(), String> {
        messages(function, 4).try_for_each(|name| self.add(body, name, Known::default()))
    }

    /// Adds an operator of ONNX's or of the file's own.
    pub fn node(&mut self, body: usize, node: &'a [u8]) {
        self.nodes.push((body, node));
    }

    /// Says what is wrong with the inputs of an operator, or nothing. To be called when everything
    /// was added.
    pub fn check(mut self) -> Result<(), String> {
        for (body, node) in std::mem::take(&mut self.nodes) {
            let own = !matches!(text(node, 7), b"" | b"ai.onnx");
            let operator = if own { &[][..] } else { text(node, 4) };
            let inputs: Vec<&[u8]> = messages(node, 1).collect();
            if !own {
                self.inputs(body, operator, node, &inputs)
                    .map_err(|what| format!("its operator '{}' {what}", shown(operator)))?;
            }
            let made = self.made(body, operator, node, &inputs);
            for (i, name) in messages(node, 2)
                .enumerate()
                .filter(|(_, name)| !name.is_empty())
            {
                let known = if i == 0 || operator == b"Split" {
                    made.clone()
                } else {
                    Known::default()
                };
                self.add(body, name, known)?;
            }
        }
        Ok(())
    }

    /// Where a name stands for several values (in the branches of an If), the same is known of
    /// them.
    fn add(&mut self, body: usize, name: &'a [u8], known: Known) -> Result<(), String> {
        match self.known.entry((body, name)) {
            Entry::Occupied(other) if *other.get() != known => Err(format!(
                "it has different values of the name '{}'",
                shown(name)
            )),
            Entry::Occupied(_) => Ok(()),
            Entry::Vacant(place) => {
                place.insert(known);
                Ok(())
            }
        }
    }

    fn of(&self, body: usize, inputs: &[&'a [u8]], at: usize) -> Known {
        inputs
            .get(at)
            .and_then(|name| self.known.get(&(body, *name)))
            .cloned()
            .unwrap_or_default()
    }

    /// The rules on an operator's inputs.
    fn inputs(
        &self,
        body: usize,
        operator: &[u8],
        node: &[u8],
        inputs: &[&'a [u8]],
    ) -> Result<(), String> {
        if inputs.iter().any(|name| name.is_empty()) && !operators::has_gaps(operator) {
            return Err("has an input without a name; leave the last ones out instead".into());
        }
        let empty = |i| {
            self.of(body, inputs, i)
                .lengths
                .is_some_and(|lengths| lengths.contains(&0))
        };
        if !operators::takes_empty(operator) && (0..inputs.len()).any(empty) {
            return Err("has a constant without numbers as an input; leave it out".into());
        }
        match operator {
            b"Conv" | b"ConvTranspose" | b"ConvInteger" => {
                self.convolution(body, node, inputs, 1, 2)
            }
            b"QLinearConv" => self.convolution(body, node, inputs, 3, 8),
            b"Div" | b"Mod" => {
                let (value, by) = (self.of(body, inputs, 0), self.of(body, inputs, 1));
                if value.float || by.float || by.positive {
                    Ok(())
                } else {
                    Err(
                        "may divide a whole number by 0; divide floats, or by constants from 1 \
                         on"
                        .into(),
                    )
                }
            }
            b"Resize" => self.resize(body, node, inputs),
            b"PRelu" => match (self.of(body, inputs, 0).rank, self.of(body, inputs, 1).rank) {
                (Some(image), Some(slope)) if slope <= image => Ok(()),
                _ => Err(
                    "has a slope that may have more dimensions than its image; export the \
                     network with LeakyRelu"
                        .into(),
                ),
            },
            b"Transpose" => match (self.of(body, inputs, 0).rank, list(node, b"perm")) {
                (Some(rank), Some(order)) if order.len() != rank => Err(format!(
                    "orders {} of \
                     {rank} dimensions",
                    order.len()
                )),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// ONNX Runtime writes as many scales as there are to where as many as the image has dimensions
    /// find room.
    fn resize(&self, body: usize, node: &[u8], inputs: &[&'a [u8]]) -> Result<(), String> {
        let Some(rank) = self.of(body, inputs, 0).rank else {
            return Err("resizes what may not be an image".into());
        };
        let count = list(node, b"axes").map_or(rank, |axes| axes.len()) as u64;
        // The region, the scales and the sizes. Sizes may be computed: those are counted when it
        // runs.
        for (i, wanted) in [(1, 2 * count), (2, count), (3, count)] {
            let given = inputs.get(i).is_some_and(|name| !name.is_empty());
            match self.of(body, inputs, i).lengths {
                Some(lengths) if lengths == [wanted] || lengths == [0] => {}
                None if !given || i == 3 => {}
                _ => {
                    return Err(
                        "has a region, scales or sizes that are not as many constants as \
                     its image has dimensions"
                            .into(),
                    );
                }
            }
        }
        Ok(())
    }

    /// Weights and bias are the inputs of these numbers.
    fn convolution(
        &self,
        body: usize,
        node: &[u8],
        inputs: &[&'a [u8]],
        weights: usize,
        bias: usize,
    ) -> Result<(), String> {
        let (image, weights, bias) = (
            self.of(body, inputs, 0),
            self.of(body, inputs, weights),
            self.of(body, inputs, bias),
        );
        let side = list(node, b"kernel_shape");
        if [image.rank, weights.rank]
            .into_iter()
            .flatten()
            .any(|rank| rank != 4)
            || bias.rank.is_some_and(|rank| rank != 1)
        {
            return Err(
                "is not one of images: those and the weights have four dimensions, the \
                 bias has one"
                    .into(),
            );
        }
        let Some(lengths) = weights.lengths else {
            return if side.is_some() {
                Ok(())
            } else {
                Err("has no kernel_shape; export the network with it".into())
            };
        };
        if side.is_none() && image.rank.is_none() {
            return Err("has no kernel_shape; export the network with it".into());
        }
        if side.is_some_and(|side| side != lengths[2..]) {
            return Err("has another kernel_shape than its weights".into());
        }
        let group = one(node, b"group").unwrap_or(1);
        if lengths.contains(&0) || !lengths[0].is_multiple_of(group.max(1)) {
            return Err("has weights that do not fit its group".into());
        }
        Ok(())
    }

    /// What is known of an operator's first output.
    fn made(&self, body: usize, operator: &[u8], node: &[u8], inputs: &[&'a [u8]]) -> Known {
        if operator == b"Constant" {
            return messages(node, 5)
                .find_map(|a| wire::bytes(a, 5))
                .map(constant)
                .unwrap_or_default();
        }
        let first = self.of(body, inputs, 0);
        let float = match operator {
            b"Cast" => one(node, b"to").is_some_and(is_float),
            b"DequantizeLinear" => true,
            _ => operators::keeps_type(operator) && first.float,
        };
        let rank = match operator {
            b"Reshape" => self
                .of(body, inputs, 1)
                .lengths
                .filter(|l| l.len() == 1)
                .map(|l| l[0] as usize),
            b"Transpose" => list(node, b"perm").map_or(first.rank, |order| Some(order.len())),
            b"Gather" => first
                .rank
                .zip(self.of(body, inputs, 1).rank)
                .map(|(data, places)| (data + places).saturating_sub(1)),
            _ if operators::keeps_rank(operator) => first.rank,
            _ if operators::spreads(operator) => {
                let ranks: Option<Vec<usize>> = (0..inputs.len())
                    .map(|i| self.of(body, inputs, i).rank)
                    .collect();
                ranks.and_then(|ranks| ranks.into_iter().max())
            }
            _ => None,
        };
        Known {
            float,
            rank,
            ..Known::default()
        }
    }
}

/// Whether a type of ONNX's is of floats.
fn is_float(kind: u64) -> bool {
    matches!(kind, 1 | 10 | 11 | 16)
}

fn constant(tensor: &[u8]) -> Known {
    let lengths: Vec<u64> = numbers(tensor, 1).collect();
    let raw = text(tensor, 9);
    let positive = match number(tensor, 2) {
        6 => raw.as_chunks().0.iter().all(|b| i32::from_le_bytes(*b) > 0) && listed(tensor, 5),
        7 => raw.as_chunks().0.iter().all(|b| i64::from_le_bytes(*b) > 0) && listed(tensor, 7),
        _ => false,
    };
    Known {
        float: is_float(number(tensor, 2)),
        rank: Some(lengths.len()),
        lengths: Some(lengths),
        positive,
    }
}

/// Whether the numbers in a field are all from 1 on.
fn listed(tensor: &[u8], field: u32) -> bool {
    numbers(tensor, field).all(|n| n.cast_signed() > 0)
}

/// What the description of a graph's input says.
fn port(input: &[u8]) -> Known {
    let tensor = wire::bytes(input, 2).and_then(|kind| wire::bytes(kind, 1));
    let shape = tensor.and_then(|tensor| wire::bytes(tensor, 2));
    let float = tensor.is_some_and(|tensor| is_float(number(tensor, 1)));
    let rank = shape.map(|shape| {
        wire::fields(shape)
            .filter(|f| matches!(f, Ok((1, Value::Bytes(_)))))
            .count()
    });
    Known {
        float,
        rank,
        ..Known::default()
    }
}
