//! The metadata of an .onnx file, read straight from the file, so that what a model makes is known before ONNX Runtime
//! is loaded. An .onnx file is a protocol buffer, `ModelProto`; its field 14 holds key-value pairs (onnx.proto3).

/// The value of a metadata entry, `None` where there is no such entry or the bytes are no protocol buffer.
pub fn metadata(model: &[u8], key: &str) -> Option<String> {
    const METADATA_PROPS: u64 = 14;
    fields(model)
        .filter(|(number, _)| *number == METADATA_PROPS)
        .filter_map(|(_, entry)| Some((field(entry, 1)?, field(entry, 2)?)))
        .find(|(k, _)| *k == key.as_bytes())
        .map(|(_, v)| String::from_utf8_lossy(v).into_owned())
}

fn field(message: &[u8], wanted: u64) -> Option<&[u8]> {
    fields(message).find(|(number, _)| *number == wanted).map(|(_, bytes)| bytes)
}

/// The length-delimited fields of a message; it ends early where the bytes make no sense.
fn fields(message: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = message;
    std::iter::from_fn(move || {
        loop {
            let tag = varint(&mut rest)?;
            let (number, wire) = (tag >> 3, tag & 7);
            let length = match wire {
                0 => {
                    varint(&mut rest)?;
                    continue;
                }
                1 => 8,
                2 => varint(&mut rest)?,
                5 => 4,
                _ => return None,
            };
            let (bytes, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            rest = after;
            if wire == 2 {
                return Some((number, bytes));
            }
        }
    })
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_among_other_fields() {
        // ir_version = 8; a skipped length-delimited field 7; then { key: "k", value: "vv" } as field 14.
        let model = [0x08, 8, 0x3a, 2, 1, 2, 0x72, 7, 0x0a, 1, b'k', 0x12, 2, b'v', b'v'];
        assert_eq!(metadata(&model, "k").as_deref(), Some("vv"));
        assert_eq!(metadata(&model, "x"), None);
        assert_eq!(metadata(&model[..13], "k"), None);
        assert_eq!(metadata(b"not a model at all", "k"), None);
    }
}
