//! What the constants of a model ask its operators to make.

use super::Check;
use crate::model::shown;
use crate::model::wire::{self, floats, magnitudes, messages, number, text};

/// How many numbers a constant may tell an operator to make.
const MADE: u64 = 1 << 27;
/// How many times larger a constant may tell an operator to make its input.
const LARGER: u64 = 1 << 12;
/// A margin.
const SIDE: u64 = 1024;

/// The whole numbers in a constant: their product and the largest of them, signs left aside.
#[derive(Clone, Copy, Default)]
pub(super) struct Numbers {
    product: u64,
    largest: u64,
}

impl<'a> Check<'a> {
    /// Remembers what a small tensor holds, as that may be the size of something.
    pub(super) fn constant(&mut self, name: &'a [u8], tensor: &'a [u8]) {
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

    /// Remembers what the node Constant gives.
    pub(super) fn constant_node(&mut self, node: &'a [u8]) {
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
    pub(super) fn sizes(&self) -> Result<(), String> {
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
}

/// What the numbers of an operator's input say.
#[derive(Clone, Copy)]
pub(super) enum Maker {
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
    pub(super) fn of(operator: &[u8]) -> Option<(Maker, usize)> {
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
