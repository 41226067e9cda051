//! Mutations of a protocol buffer that leave it one: a field is taken out, doubled, put elsewhere,
//! or its value changed, and the lengths around it are written anew.

/// The value of a field. Bytes that can be read as a message are taken for one: writing gives the
/// same bytes again.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Varint(u64),
    Fixed(Vec<u8>),
    Bytes(Vec<u8>),
    Message(Vec<Field>),
}

#[derive(Clone, Debug, PartialEq)]
struct Field {
    number: u64,
    value: Value,
}

/// How deep messages may stand in each other.
const DEEPEST: usize = 12;
/// Numbers at which things tend to break.
const NUMBERS: [u64; 10] = [
    0,
    1,
    2,
    7,
    127,
    4096,
    1 << 31,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
];

/// `bytes` with one field changed; `None` where they are no protocol buffer. `change` mutates plain
/// bytes: a buffer, how much of it is used, how much may be.
pub fn mutate(
    bytes: &[u8],
    seed: u32,
    change: impl FnOnce(&mut [u8], usize, usize) -> usize,
) -> Option<Vec<u8>> {
    let mut fields = read(bytes, DEEPEST).filter(|f| !f.is_empty())?;
    let mut random = Random(u64::from(seed) | 1 << 40);
    let fields_in_all = count(&fields);
    let (siblings, i) = find(&mut fields, random.below(fields_in_all))?;
    let other = siblings[i].clone();
    let (siblings, i) = find(&mut fields, random.below(fields_in_all))?;
    match random.below(12) {
        0 => drop(siblings.remove(i)),
        1 => siblings.insert(i, siblings[i].clone()),
        2 => siblings.insert(i, other),
        3 => siblings[i].value = other.value,
        4 => {
            let j = random.below(siblings.len());
            siblings.swap(i, j);
        }
        5 => siblings[i].number = 1 + random.below(30) as u64,
        _ => siblings[i].value.change(&mut random, change),
    }
    let mut out = Vec::new();
    write(&fields, &mut out);
    Some(out)
}

impl Value {
    fn change(
        &mut self,
        random: &mut Random,
        change: impl FnOnce(&mut [u8], usize, usize) -> usize,
    ) {
        match self {
            Value::Varint(n) if random.below(2) == 0 => {
                *n = n.wrapping_add(random.below(5) as u64).wrapping_sub(2)
            }
            Value::Varint(n) => *n = NUMBERS[random.below(NUMBERS.len())],
            Value::Message(fields) => fields.reverse(),
            Value::Fixed(bytes) => {
                let used = bytes.len();
                change(bytes, used, used);
            }
            Value::Bytes(bytes) => {
                let used = bytes.len();
                let room = used + 16;
                bytes.resize(room, 0);
                let used = change(bytes, used, room);
                bytes.truncate(used);
            }
        }
    }
}

/// How many fields there are, with those inside others.
fn count(fields: &[Field]) -> usize {
    fields
        .iter()
        .map(|f| {
            1 + if let Value::Message(inner) = &f.value {
                count(inner)
            } else {
                0
            }
        })
        .sum()
}

/// The field of this number in reading order: the list that it stands in and its place there.
fn find(fields: &mut Vec<Field>, mut wanted: usize) -> Option<(&mut Vec<Field>, usize)> {
    let mut place = 0;
    while place < fields.len() {
        if wanted == 0 {
            return Some((fields, place));
        }
        wanted -= 1;
        let inside = if let Value::Message(inner) = &fields[place].value {
            count(inner)
        } else {
            0
        };
        if wanted < inside {
            let Value::Message(inner) = &mut fields[place].value else {
                return None;
            };
            return find(inner, wanted);
        }
        wanted -= inside;
        place += 1;
    }
    None
}

fn read(mut bytes: &[u8], deepest: usize) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = read_varint(&mut bytes)?;
        let (number, wire) = (tag >> 3, tag & 7);
        let mut take = |n: usize| {
            let (part, rest) = bytes.split_at_checked(n)?;
            bytes = rest;
            Some(part)
        };
        let value = match wire {
            0 => Value::Varint(read_varint(&mut bytes)?),
            1 => Value::Fixed(take(8)?.to_vec()),
            5 => Value::Fixed(take(4)?.to_vec()),
            2 => {
                let length = usize::try_from(read_varint(&mut bytes)?).ok()?;
                let (part, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                let message = if deepest > 0 {
                    read(part, deepest - 1).filter(|m| !m.is_empty())
                } else {
                    None
                };
                message.map_or_else(|| Value::Bytes(part.to_vec()), Value::Message)
            }
            _ => return None,
        };
        fields.push(Field { number, value });
    }
    Some(fields)
}

fn write(fields: &[Field], out: &mut Vec<u8>) {
    for field in fields {
        let mut inner = Vec::new();
        let (wire, bytes) = match &field.value {
            Value::Varint(n) => {
                write_varint(field.number << 3, out);
                write_varint(*n, out);
                continue;
            }
            Value::Fixed(bytes) => (if bytes.len() == 8 { 1 } else { 5 }, bytes),
            Value::Bytes(bytes) => (2, bytes),
            Value::Message(fields) => {
                write(fields, &mut inner);
                (2, &inner)
            }
        };
        write_varint(field.number << 3 | wire, out);
        if wire == 2 {
            write_varint(bytes.len() as u64, out);
        }
        out.extend_from_slice(bytes);
    }
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn write_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Numbers that look random (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_read_and_written_byte_for_byte_and_stays_readable() {
        let model = include_bytes!("../../tests/data/dummy-x2.onnx");
        let fields = read(model, DEEPEST).unwrap();
        let mut again = Vec::new();
        write(&fields, &mut again);
        assert_eq!(again, model);
        for seed in 0..2000 {
            let mutated = mutate(model, seed, |bytes, used, room| {
                bytes[..room].fill(7);
                used.min(room)
            });
            assert!(read(&mutated.unwrap(), DEEPEST).is_some(), "{seed}");
        }
        assert!(mutate(b"\xff\xff", 1, |_, used, _| used).is_none());
    }
}
