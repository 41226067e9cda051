//! Protocol-buffer bytes, field by field, and strictly: what a writer would never make is refused,
//! so that no other reader can see something else in the same bytes.

use crate::memory::room;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A whole number.
    Number(u64),
    /// Four bytes.
    Four(&'a [u8]),
    /// Eight bytes.
    Eight(&'a [u8]),
    /// Text, a message, or numbers packed together.
    Bytes(&'a [u8]),
}

/// The bytes are no protocol buffer.
#[derive(Debug, PartialEq)]
pub struct Broken;

/// The fields of a message in the order in which they stand. It ends after the first that is
/// broken.
pub struct Fields<'a> {
    rest: &'a [u8],
}

/// The fields of a message.
pub fn fields(message: &[u8]) -> Fields<'_> {
    Fields { rest: message }
}

/// The first field of this number that holds bytes.
pub fn bytes(message: &[u8], wanted: u32) -> Option<&[u8]> {
    fields(message)
        .map_while(Result::ok)
        .find_map(|field| match field {
            (number, Value::Bytes(bytes)) if number == wanted => Some(bytes),
            _ => None,
        })
}

/// The numbers that are packed together in a field.
pub fn packed(mut rest: &[u8]) -> impl Iterator<Item = Result<u64, Broken>> {
    std::iter::from_fn(move || {
        let number = (!rest.is_empty()).then(|| varint(&mut rest))?;
        if number.is_none() {
            rest = &[];
        }
        Some(number.ok_or(Broken))
    })
}

/// The bytes in a field; none are what a field means that is not there.
pub fn text(message: &[u8], field: u32) -> &[u8] {
    bytes(message, field).unwrap_or_default()
}

/// All fields of this number that hold bytes.
pub fn messages(message: &[u8], wanted: u32) -> impl Iterator<Item = &[u8]> {
    fields(message)
        .map_while(Result::ok)
        .filter_map(move |field| match field {
            (number, Value::Bytes(bytes)) if number == wanted => Some(bytes),
            _ => None,
        })
}

/// The whole number in a field; 0 is what a field means that is not there.
pub fn number(message: &[u8], field: u32) -> u64 {
    numbers(message, field).next().unwrap_or_default()
}

/// The whole numbers in a field, packed or not.
pub fn numbers(message: &[u8], wanted: u32) -> impl Iterator<Item = u64> {
    let fields = fields(message)
        .map_while(Result::ok)
        .filter(move |(number, _)| *number == wanted);
    fields.flat_map(|(_, value)| {
        let (one, many) = match value {
            Value::Number(number) => (Some(number), &[][..]),
            Value::Bytes(bytes) => (None, bytes),
            _ => (None, &[][..]),
        };
        one.into_iter().chain(packed(many).map_while(Result::ok))
    })
}

/// Signed whole numbers without their signs.
pub fn magnitudes(message: &[u8], field: u32) -> impl Iterator<Item = u64> {
    numbers(message, field).map(|n| n.cast_signed().unsigned_abs())
}

/// The numbers of four bytes in a field, packed or not.
pub fn floats(message: &[u8], wanted: u32) -> impl Iterator<Item = [u8; 4]> {
    let fields = fields(message)
        .map_while(Result::ok)
        .filter(move |(number, _)| *number == wanted);
    fields.flat_map(|(_, value)| match value {
        Value::Four(bytes) | Value::Bytes(bytes) => bytes.as_chunks().0.iter().copied(),
        _ => [].iter().copied(),
    })
}

/// A copy of a message. What becomes of each field that holds bytes is written by `change`.
pub fn copied<'a>(
    message: &'a [u8],
    mut change: impl FnMut(u32, &'a [u8], &mut Vec<u8>),
) -> crate::error::Result<Vec<u8>> {
    let mut out = room(message.len())?;
    for (field, value) in fields(message).map_while(Result::ok) {
        match value {
            Value::Number(number) => put_number(&mut out, field, number),
            Value::Eight(bytes) => tagged(&mut out, field, 1, bytes),
            Value::Four(bytes) => tagged(&mut out, field, 5, bytes),
            Value::Bytes(bytes) => change(field, bytes, &mut out),
        }
    }
    Ok(out)
}

/// Writes a field that holds bytes.
pub fn put(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_varint(out, u64::from(field) << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend(bytes);
}

/// Writes a field that holds a whole number.
pub fn put_number(out: &mut Vec<u8>, field: u32, number: u64) {
    put_varint(out, u64::from(field) << 3);
    put_varint(out, number);
}

fn tagged(out: &mut Vec<u8>, field: u32, form: u64, bytes: &[u8]) {
    put_varint(out, u64::from(field) << 3 | form);
    out.extend(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field.ok_or(Broken))
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u32, Value<'a>)> {
        let tag = u32::try_from(varint(&mut self.rest)?).ok()?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut self.rest)?),
            1 => Value::Eight(self.take(8)?),
            2 => {
                let length = varint(&mut self.rest)?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Four(self.take(4)?),
            _ => return None,
        };
        let number = tag >> 3;
        (number > 0).then_some((number, value))
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (bytes, after) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = after;
        Some(bytes)
    }
}

/// A number of up to 64 bits in its shortest form. Readers differ in what they make of any other.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        value |= bits << shift;
        if byte < 0x80 {
            let shortest = byte > 0 || shift == 0;
            return (shortest && value >> shift == bits).then_some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(message: &[u8]) -> Result<Vec<(u32, Value<'_>)>, Broken> {
        fields(message).collect()
    }

    #[test]
    fn fields_of_every_form_are_read() {
        let message = [
            0x08, 0x96, 0x01, 0x12, 2, b'a', b'b', 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8,
        ];
        let wanted = [
            (1, Value::Number(150)),
            (2, Value::Bytes(b"ab")),
            (3, Value::Four(&[1, 2, 3, 4])),
            (4, Value::Eight(&[1, 2, 3, 4, 5, 6, 7, 8])),
        ];
        assert_eq!(all(&message).unwrap(), wanted);
        assert_eq!(bytes(&message, 2), Some(&b"ab"[..]));
        assert_eq!(packed(&[1, 0x96, 1]).collect::<Vec<_>>(), [Ok(1), Ok(150)]);
        let minus_one = [0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert_eq!(all(&minus_one).unwrap(), [(1, Value::Number(u64::MAX))]);
    }

    #[test]
    fn what_readers_could_see_differently_is_broken() {
        let broken: [(&str, &[u8]); 9] = [
            ("cut short", &[0x12, 3, 1, 2]),
            ("a number without an end", &[0x08, 0x80]),
            ("a number in a longer form", &[0x08, 0x81, 0]),
            (
                "a number of more than 64 bits",
                &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 3],
            ),
            ("a tag in a longer form", &[0x88, 0, 1]),
            (
                "a tag of more than 32 bits",
                &[0x88, 0x80, 0x80, 0x80, 0x10, 1],
            ),
            ("field 0", &[0x02, 0]),
            ("a group", &[0x0b, 0x0c]),
            ("a wire type that there is not", &[0x0f]),
        ];
        for (what, message) in broken {
            assert_eq!(all(message), Err(Broken), "{what}");
        }
    }
}
