//! Whether the attributes of an operator fit images, values of the shape (batch, bands, rows,
//! columns). Some that do not make ONNX Runtime end the process.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::shown;
use super::wire::{messages, number, numbers, text};

/// Attributes of an operator; ONNX's own have up to some ten.
const MOST: usize = 64;
/// The side of a kernel; a margin.
const SIDE: i64 = 1024;
/// The step of a kernel; the side of a block.
const STEP: i64 = 64;
/// The side of an image.
const LARGEST: i64 = 1 << 16;
/// Dimensions that may be counted from the front or, below 0, from the end.
const AXES: RangeInclusive<i64> = -8..=7;

/// What an attribute may hold.
enum Rule {
    One(RangeInclusive<i64>),
    /// So many numbers.
    List(usize, RangeInclusive<i64>),
    /// Dimensions, each once.
    Axes,
    /// All dimensions in some order.
    Order,
    Word(&'static [&'static [u8]]),
}

/// Says which attribute of an operator of ONNX's is wrong, or nothing.
pub fn check(node: &[u8]) -> Result<(), String> {
    let operator = shown(text(node, 4));
    let mut seen = HashSet::new();
    for attribute in messages(node, 5) {
        let name = text(attribute, 1);
        if !seen.insert(name) {
            return Err(format!(
                "its operator '{operator}' has the attribute {} twice",
                shown(name)
            ));
        }
        if seen.len() > MOST {
            return Err(format!(
                "its operator '{operator}' has more than {MOST} attributes"
            ));
        }
        if !text(attribute, 21).is_empty() {
            return Err(format!(
                "its operator '{operator}' gets {} from the caller of a function, which s2sr \
                 does not take",
                shown(name)
            ));
        }
        if let Some(rule) = rule(name).filter(|rule| !rule.holds(attribute)) {
            return Err(format!(
                "its operator '{operator}' has {} that is not {}",
                shown(name),
                rule.wanted()
            ));
        }
    }
    Ok(())
}

/// The numbers of an attribute that the operator has.
pub fn list(node: &[u8], name: &[u8]) -> Option<Vec<u64>> {
    messages(node, 5)
        .find(|a| text(a, 1) == name)
        .map(|a| numbers(a, 8).collect())
}

/// The number of an attribute that the operator has.
pub fn one(node: &[u8], name: &[u8]) -> Option<u64> {
    messages(node, 5)
        .find(|a| text(a, 1) == name)
        .map(|a| number(a, 3))
}

fn rule(name: &[u8]) -> Option<Rule> {
    Some(match name {
        b"kernel_shape" => Rule::List(2, 1..=SIDE),
        b"strides" => Rule::List(2, 1..=STEP),
        b"dilations" => Rule::List(2, 1..=SIDE),
        b"pads" => Rule::List(4, 0..=SIDE),
        b"output_padding" => Rule::List(2, 0..=STEP),
        b"output_shape" => Rule::List(2, 1..=LARGEST),
        b"group" | b"num_outputs" => Rule::One(1..=LARGEST),
        b"blocksize" => Rule::One(1..=STEP),
        b"p" => Rule::One(1..=8),
        b"axis" | b"batch_dims" => Rule::One(AXES),
        b"axes" => Rule::Axes,
        b"perm" => Rule::Order,
        b"auto_pad" => Rule::Word(&[b"NOTSET", b"VALID", b"SAME_UPPER", b"SAME_LOWER"]),
        _ => return None,
    })
}

impl Rule {
    /// Whether an attribute is of the right type and holds what the rule wants.
    fn holds(&self, attribute: &[u8]) -> bool {
        const INT: u64 = 2;
        const STRING: u64 = 3;
        const INTS: u64 = 7;
        let kind = number(attribute, 20);
        let most = AXES.count();
        // One more than any rule allows is enough to see that there are too many.
        let list: Vec<i64> = numbers(attribute, 8)
            .take(most + 1)
            .map(u64::cast_signed)
            .collect();
        let once = || list.iter().collect::<HashSet<_>>().len() == list.len();
        match self {
            Rule::One(range) => kind == INT && range.contains(&number(attribute, 3).cast_signed()),
            Rule::List(length, range) => {
                kind == INTS && list.len() == *length && list.iter().all(|n| range.contains(n))
            }
            Rule::Axes => kind == INTS && once() && list.iter().all(|n| AXES.contains(n)),
            Rule::Order => {
                kind == INTS
                    && once()
                    && list
                        .iter()
                        .all(|n| (0..list.len().min(most / 2) as i64).contains(n))
            }
            Rule::Word(words) => kind == STRING && words.contains(&text(attribute, 4)),
        }
    }

    fn wanted(&self) -> String {
        match self {
            Rule::One(range) => format!("a number from {} to {}", range.start(), range.end()),
            Rule::List(length, range) => {
                format!("{length} numbers from {} to {}", range.start(), range.end())
            }
            Rule::Axes => "a list of dimensions, each once".into(),
            Rule::Order => "an order of all dimensions".into(),
            Rule::Word(words) => words
                .iter()
                .map(|w| String::from_utf8_lossy(w))
                .collect::<Vec<_>>()
                .join(", ")
                .replace(", SAME_LOWER", " or SAME_LOWER"),
        }
    }
}
