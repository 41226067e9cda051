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

use std::collections::HashMap;

use super::onnx::{self, Form, Message};
use super::values::Values;
use super::wire::{self, Value, floats, magnitudes, messages, number, text};
use super::{attributes, operators, shown, tensors};

/// How deep messages may stand in one another; that is about ten Ifs inside one another.
const DEPTH: u32 = 40;
/// Operators, those of functions counted wherever they are called. Large networks have some
/// thousands.
const OPERATORS: u64 = 20_000;
const TENSORS: u64 = 100_000;
const FUNCTIONS: usize = 500;
/// The oldest version of ONNX's operators, of 2019.
const OLDEST: u64 = 11;
/// The length of a dimension.
const LENGTH: u64 = 1 << 31;
/// How many numbers a constant may tell an operator to make.
const MADE: u64 = 1 << 27;
/// How many times larger a constant may tell an operator to make its input.
const LARGER: u64 = 1 << 12;
/// A margin.
const SIDE: u64 = 1024;

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

/// The functions of a model, numbered from one in the order in which they stand.
fn functions(model: &[u8]) -> Result<HashMap<Name<'_>, usize>, String> {
    let mut functions = HashMap::new();
    for function in messages(model, 25) {
        let name = text(function, 1);
        let number = functions.len() + 1;
        if functions
            .insert((text(function, 10), name, text(function, 13)), number)
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

/// The operators of the graph, or of a function.
#[derive(Clone, Default)]
struct Body {
    count: u64,
    /// The functions that are called, by number.
    calls: Vec<usize>,
}

/// The body that is the graph; the functions' come after it.
const GRAPH: usize = 0;

/// The whole numbers in a constant: their product and the largest of them, signs left aside.
#[derive(Clone, Copy, Default)]
struct Numbers {
    product: u64,
    largest: u64,
}

#[derive(Default)]
struct Check<'a> {
    functions: HashMap<Name<'a>, usize>,
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

    /// Remembers what a small tensor holds, as that may be the size of something.
    fn constant(&mut self, name: &'a [u8], tensor: &'a [u8]) {
        const SMALL: usize = 1024;
        let raw = text(tensor, 9);
        if tensor.len() > SMALL {
            return;
        }
        let float = |b: [u8; 4]| f32::from_le_bytes(b).abs().ceil() as u64;
        let values: Vec<u64> = match number(tensor, 2) {
            1 => raw
                .as_chunks()
                .0
                .iter()
                .copied()
                .map(float)
                .chain(floats(tensor, 4).map(float))
                .collect(),
            6 => raw
                .as_chunks()
                .0
                .iter()
                .map(|b| i32::from_le_bytes(*b).unsigned_abs().into())
                .chain(magnitudes(tensor, 5))
                .collect(),
            7 => raw
                .as_chunks()
                .0
                .iter()
                .map(|b| i64::from_le_bytes(*b).unsigned_abs())
                .chain(magnitudes(tensor, 7))
                .collect(),
            _ => return,
        };
        self.remember(name, values.into_iter());
    }

    fn remember(&mut self, name: &'a [u8], values: impl Iterator<Item = u64>) {
        let none = Numbers {
            product: 1,
            largest: 0,
        };
        let found = values.fold(none, |known, value| Numbers {
            product: known.product.saturating_mul(value.max(1)),
            largest: known.largest.max(value),
        });
        let known = self.constants.entry(name).or_default();
        known.product = known.product.max(found.product);
        known.largest = known.largest.max(found.largest);
    }

    fn node(&mut self, node: &'a [u8], number: usize) -> Result<(), String> {
        let operator = text(node, 4);
        let name = shown(operator);
        let of = domain(text(node, 7)).map_err(|what| {
            format!("its operator '{name}' is not taken, as {what}; export the network without it")
        })?;
        let body = &mut self.bodies[number];
        body.count += 1;
        if body.count > OPERATORS {
            return Err(too_many());
        }
        if of == Domain::Ours {
            match self
                .functions
                .get(&(text(node, 7), operator, text(node, 8)))
            {
                Some(&function) => body.calls.push(function),
                None => {
                    return Err(format!(
                        "its operator '{name}' of the domain s2sr is not defined in it"
                    ));
                }
            }
        } else if !operators::is_known(operator) {
            return Err(match operator {
                b"Loop" | b"Scan" | b"SequenceMap" => format!(
                    "its operator '{name}' may never end, so it is not taken; export the network without it"
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

    /// Remembers what the node Constant gives.
    fn constant_node(&mut self, node: &'a [u8]) {
        let name = text(node, 2);
        for attribute in messages(node, 5) {
            if let Some(tensor) = wire::bytes(attribute, 5) {
                self.constant(name, tensor);
            }
            self.remember(
                name,
                magnitudes(attribute, 8).chain(magnitudes(attribute, 3)),
            );
        }
    }

    /// What constants ask operators to make.
    fn sizes(&self) -> Result<(), String> {
        let told = |(maker, input): &&(Maker, &[u8])| {
            self.constants
                .get(input)
                .is_some_and(|numbers| maker.is_absurd(numbers))
        };
        match self.makers.iter().find(told) {
            Some((_, input)) => Err(format!(
                "the constant '{}' asks for a size beyond what s2sr takes",
                shown(input)
            )),
            None => Ok(()),
        }
    }

    /// How large the graph is with its functions written out, as ONNX Runtime does it; and that
    /// this ends at all.
    fn written_out(&self) -> Result<(), String> {
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

fn too_many() -> String {
    format!("it has more than {OPERATORS} operators, those of its functions counted")
}

/// What the numbers of an operator's input say.
#[derive(Clone, Copy)]
enum Maker {
    /// How much is made.
    Shape,
    /// How many times larger the input gets.
    Times,
    /// How wide a margin is.
    Margin,
}

impl Maker {
    /// For the operators that make as much as one of their inputs says, with the place of that
    /// input.
    fn of(operator: &[u8]) -> Option<(Maker, usize)> {
        match operator {
            b"ConstantOfShape" => Some((Maker::Shape, 0)),
            b"Expand" | b"Range" => Some((Maker::Shape, 1)),
            b"Tile" => Some((Maker::Times, 1)),
            b"Pad" => Some((Maker::Margin, 1)),
            b"Resize" => Some((Maker::Times, 2)),
            _ => None,
        }
    }

    fn is_absurd(self, numbers: &Numbers) -> bool {
        match self {
            Maker::Shape => numbers.product > MADE,
            Maker::Times => numbers.product > LARGER,
            Maker::Margin => numbers.largest > SIDE,
        }
    }
}

/// Fields that ONNX has and s2sr does not take.
fn refused(kind: Message, field: u32, value: &Value) -> Result<(), String> {
    let why = match (kind, field) {
        // What was read in from elsewhere and saved as one file may say that it is here.
        (Message::Tensor, 14) if *value == Value::Number(0) => return Ok(()),
        (Message::Tensor, 13 | 14) => {
            "a tensor of it has its numbers elsewhere (external data), which s2sr never reads; save it as one file"
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
enum Domain {
    Onnx,
    Ours,
}

/// ONNX Runtime trusts what old operators say, and ends the process where it is wrong.
fn operator_set(set: &[u8]) -> Result<(), String> {
    match domain(text(set, 1)).map_err(|what| format!("it uses operators of others: {what}"))? {
        Domain::Onnx if number(set, 2) < OLDEST => Err(format!(
            "it uses ONNX's operators of a version before {OLDEST}; export the network anew"
        )),
        _ => Ok(()),
    }
}

fn domain(name: &[u8]) -> Result<Domain, String> {
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

#[cfg(test)]
mod tests;
