//! Whether a model file is data and nothing else. ONNX Runtime sees only what was found harmless
//! here.
//!
//! Refused are:
//! - bytes that are not, down to the last one, the protocol buffer that ONNX describes; also a
//!   field twice where one is allowed, and numbers in unusual forms, as readers differ in what they
//!   make of those;
//! - tensors whose numbers are elsewhere ("external data"): in files, at addresses of the memory,
//!   anywhere;
//! - sparse tensors, training information and settings for ONNX Runtime, which no network that is
//!   only run needs;
//! - operators that are not on the list in `operators.rs`, or of a domain other than ONNX's and
//!   `s2sr`;
//! - parts of a graph inside any operator but If, and functions of any domain but `s2sr`, or that
//!   call themselves;
//! - operators whose attributes, weights or inputs do not fit each other, as far as this can be
//!   seen;
//! - sizes beyond a bound: of tensors, of kernels, of what a constant asks to be made, of the graph
//!   with its functions written out.
//!
//! It takes time in proportion to the file, and little memory.

mod constants;
mod refused;
mod size;

use std::collections::HashMap;

use super::onnx::{self, Form, Message};
use super::values::Values;
use super::wire::{self, Value, messages, number, text};
use super::{attributes, operators, shown, tensors};
use constants::{Maker, Numbers};
use refused::{Domain, domain, operator_set, refused};
use size::{Body, GRAPH, too_many};

/// How deep messages may stand in one another; that is about ten Ifs inside one another.
const DEPTH: u32 = 40;
/// Operators, those of functions counted wherever they are called. Large networks have some
/// thousands.
const OPERATORS: u64 = 20_000;
/// As so many operators an If counts: the time that ONNX Runtime takes to open them grows with the
/// square of their number, to half a minute for 500.
const IF: u64 = 400;
const TENSORS: u64 = 100_000;
const FUNCTIONS: usize = 500;
/// The length of a dimension.
const LENGTH: u64 = 1 << 31;

/// Says why a model is not to be run, or nothing.
pub fn check(model: &[u8]) -> Result<(), String> {
    let mut check = Check {
        functions: functions(model)?,
        ..Check::default()
    };
    check
        .bodies
        .resize_with(1 + check.functions.len(), Body::default);
    check.message(Message::Model, model, 0, GRAPH)?;
    check.sizes()?;
    check.written_out()?;
    check.values.check()
}

/// By what a function is called: domain, name, overload.
type Name<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// What is known of a function where it is called.
struct Function {
    /// Functions are numbered from one in the order in which they stand.
    number: usize,
    inputs: usize,
    outputs: usize,
}

/// The functions of a model.
fn functions(model: &[u8]) -> Result<HashMap<Name<'_>, Function>, String> {
    let mut functions = HashMap::new();
    for function in messages(model, 25) {
        let name = text(function, 1);
        let number = functions.len() + 1;
        let about = Function {
            number,
            inputs: messages(function, 4).count(),
            outputs: messages(function, 5).count(),
        };
        if functions
            .insert((text(function, 10), name, text(function, 13)), about)
            .is_some()
        {
            return Err(format!("it has the function '{}' twice", shown(name)));
        }
        if number > FUNCTIONS {
            return Err(format!("it has more than {FUNCTIONS} functions"));
        }
    }
    Ok(functions)
}

#[derive(Default)]
struct Check<'a> {
    functions: HashMap<Name<'a>, Function>,
    bodies: Vec<Body>,
    tensors: u64,
    /// What constants of a name hold; where several have it, the most.
    constants: HashMap<&'a [u8], Numbers>,
    /// The operators that make as much as one of their inputs says, and that input's name.
    makers: Vec<(Maker, &'a [u8])>,
    values: Values<'a>,
}

impl<'a> Check<'a> {
    /// A message and everything in it.
    fn message(
        &mut self,
        kind: Message,
        message: &'a [u8],
        depth: u32,
        body: usize,
    ) -> Result<(), String> {
        if depth > DEPTH {
            return Err("its parts stand too deep in one another".into());
        }
        let mut seen = 0u64;
        let mut functions = GRAPH;
        for field in wire::fields(message) {
            let (number, value) = field
                .map_err(|_| format!("it is no ONNX model, or a damaged one (in {kind:?})"))?;
            refused(kind, number, &value)?;
            let Some((form, many)) =
                onnx::form(kind, number).filter(|(form, _)| form.holds(&value))
            else {
                return Err(format!(
                    "it is no ONNX model that s2sr can read (field {number} of {kind:?})"
                ));
            };
            if !many && seen >> number & 1 == 1 {
                return Err(format!(
                    "it has field {number} of {kind:?} twice, where ONNX allows one"
                ));
            }
            seen |= 1 << number;
            if let (Form::In(part), Value::Bytes(bytes)) = (form, value) {
                functions += usize::from(part == Message::Function);
                let body = if part == Message::Function {
                    functions
                } else {
                    body
                };
                self.message(part, bytes, depth + 1, body)?;
            }
        }
        match kind {
            Message::OperatorSet => operator_set(message),
            Message::Graph => self.values.graph(body, message),
            Message::Entry if text(message, 1) == b"ort_config" => {
                Err("it holds settings for ONNX Runtime (ort_config)".into())
            }
            Message::Function if domain(text(message, 10))? == Domain::Onnx => {
                Err("it defines an operator of ONNX's anew".into())
            }
            Message::Function => self.values.function(body, message),
            Message::Tensor => self.tensor(message),
            Message::Node => self.node(message, body),
            Message::Dimension if number(message, 1) > LENGTH => {
                Err(format!("a tensor of it is longer than {LENGTH}"))
            }
            _ => Ok(()),
        }
    }

    fn tensor(&mut self, tensor: &'a [u8]) -> Result<(), String> {
        self.tensors += 1;
        if self.tensors > TENSORS {
            return Err(format!("it has more than {TENSORS} tensors"));
        }
        let name = text(tensor, 8);
        tensors::check(tensor).map_err(|what| format!("its tensor '{}' {what}", shown(name)))?;
        self.constant(name, tensor);
        Ok(())
    }

    fn node(&mut self, node: &'a [u8], number: usize) -> Result<(), String> {
        let operator = text(node, 4);
        let name = shown(operator);
        let of = domain(text(node, 7)).map_err(|what| {
            format!("its operator '{name}' is not taken, as {what}; export the network without it")
        })?;
        let body = &mut self.bodies[number];
        body.count += if operator == b"If" { IF } else { 1 };
        if body.count > OPERATORS {
            return Err(too_many());
        }
        if of == Domain::Ours {
            match self
                .functions
                .get(&(text(node, 7), operator, text(node, 8)))
            {
                // ONNX Runtime counts on it, and ends the process where it is not so.
                Some(function)
                    if messages(node, 1).count() > function.inputs
                        || messages(node, 2).count() > function.outputs =>
                {
                    return Err(format!(
                        "its operator '{name}' of the domain s2sr has more inputs or outputs than \
                         the function of that name"
                    ));
                }
                Some(function) => body.calls.push(function.number),
                None => {
                    return Err(format!(
                        "its operator '{name}' of the domain s2sr is not defined in it"
                    ));
                }
            }
        } else if !operators::is_known(operator) {
            return Err(match operator {
                b"Loop" | b"Scan" | b"SequenceMap" => format!(
                    "its operator '{name}' may never end, so it is not taken; export the network \
                     without it"
                ),
                _ => format!(
                    "its operator '{name}' is none that s2sr takes; export the network without it"
                ),
            });
        }
        if (of == Domain::Ours || operator != b"If")
            && messages(node, 5).any(|a| wire::bytes(a, 6).is_some())
        {
            return Err(format!(
                "its operator '{name}' holds a graph, which only If may"
            ));
        }
        if of == Domain::Onnx && operator == b"Constant" {
            self.constant_node(node);
        }
        if of == Domain::Onnx {
            attributes::check(node)?;
        }
        self.values.node(number, node);
        if let Some((maker, input)) = Maker::of(operator).filter(|_| of == Domain::Onnx) {
            self.makers
                .extend(messages(node, 1).nth(input).map(|name| (maker, name)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
