//! Whether a tensor of a model file holds as many numbers as its shape says, of a type that
//! networks compute with.

use std::ops::RangeInclusive;

use super::wire::{self, Value, floats, number, numbers, text};

/// Dimensions of a tensor. Images have four; what is cut into windows has six.
const RANK: usize = 6;

/// Says what is wrong with a tensor, or nothing.
pub fn check(tensor: &[u8]) -> Result<(), String> {
    let Some((bits, field)) = form(number(tensor, 2)) else {
        return Err("holds text, complex numbers or numbers of an unknown type".into());
    };
    let dims: Vec<u64> = numbers(tensor, 1).take(RANK + 1).collect();
    if dims.len() > RANK {
        return Err(format!("has more than {RANK} dimensions"));
    }
    // An empty list is how exporters leave an input out; anything else without numbers is a
    // mistake.
    if dims.contains(&0) && dims.len() > 1 {
        return Err("has a dimension of length 0".into());
    }
    let held = held(tensor, bits, field)?;
    match dims
        .iter()
        .try_fold(1u64, |count, length| count.checked_mul(*length))
    {
        Some(count) if held.contains(&count) => Ok(()),
        Some(count) if count < *held.start() => {
            Err("holds more numbers than its shape says".into())
        }
        _ => Err("claims more numbers than the file holds".into()),
    }
}

/// Bits of a number of ONNX's type, and the field that lists such numbers where they are not raw
/// bytes.
fn form(kind: u64) -> Option<(u64, u32)> {
    Some(match kind {
        1 => (32, 4),
        6 => (32, 5),
        4 | 5 | 10 | 16 => (16, 5),
        2 | 3 | 9 | 17..=20 | 24 => (8, 5),
        21..=23 => (4, 5),
        7 => (64, 7),
        11 => (64, 10),
        12 => (32, 11),
        13 => (64, 11),
        _ => return None,
    })
}

/// How many numbers there are; of small ones that share a byte, the least and the most.
fn held(tensor: &[u8], bits: u64, field: u32) -> Result<RangeInclusive<u64>, String> {
    if let Some(other) = [4, 5, 7, 10, 11]
        .into_iter()
        .find(|other| *other != field && listed(tensor, *other) > 0)
    {
        return Err(format!(
            "holds numbers of another type than its own (field {other})"
        ));
    }
    let (listed, raw) = (listed(tensor, field), text(tensor, 9).len() as u64);
    if listed > 0 && raw > 0 {
        return Err("holds its numbers twice".into());
    }
    if !(raw * 8).is_multiple_of(bits) {
        return Err("holds a part of a number".into());
    }
    // Two numbers of four bits are in a byte, raw or listed.
    let shared = if bits == 4 { 2 } else { 1 };
    let most = listed * shared + raw * 8 / bits;
    Ok(most.saturating_sub(shared - 1)..=most)
}

/// How many numbers a field lists.
fn listed(tensor: &[u8], field: u32) -> u64 {
    let count = match field {
        4 => floats(tensor, field).count(),
        10 => wire::fields(tensor)
            .map_while(Result::ok)
            .map(doubles)
            .sum(),
        _ => numbers(tensor, field).count(),
    };
    count as u64
}

/// The numbers of eight bytes in a field.
fn doubles((field, value): (u32, Value)) -> usize {
    match value {
        Value::Eight(_) if field == 10 => 1,
        Value::Bytes(bytes) if field == 10 => bytes.len() / 8,
        _ => 0,
    }
}
