//! The form of an .onnx file: a protocol buffer, `ModelProto` (onnx-ml.proto). What a model makes
//! is read straight from it, so that it is known before ONNX Runtime is loaded.

use super::wire::{self, Value};

/// The messages of which a model consists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Message {
    Model,
    OperatorSet,
    Entry,
    Graph,
    Node,
    Attribute,
    Tensor,
    Segment,
    ValueInfo,
    Type,
    TensorType,
    SequenceType,
    MapType,
    OptionalType,
    OpaqueType,
    Shape,
    Dimension,
    Annotation,
    Function,
}

/// What a field may hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    /// One whole number.
    Number,
    /// One number of four bytes.
    Float,
    /// Text or raw bytes.
    Bytes,
    /// Whole numbers, packed or one by one.
    Numbers,
    /// Numbers of four bytes, packed or one by one.
    Floats,
    /// Numbers of eight bytes, packed or one by one.
    Doubles,
    /// A message.
    In(Message),
}

impl Form {
    /// Whether the value is written as this form says.
    pub fn holds(self, value: &Value) -> bool {
        match (self, value) {
            (Form::Number | Form::Numbers, Value::Number(_)) => true,
            (Form::Float | Form::Floats, Value::Four(_)) => true,
            (Form::Doubles, Value::Eight(_)) => true,
            (Form::Bytes | Form::In(_), Value::Bytes(_)) => true,
            (Form::Numbers, Value::Bytes(bytes)) => wire::packed(bytes).all(|n| n.is_ok()),
            (Form::Floats, Value::Bytes(bytes)) => bytes.len().is_multiple_of(4),
            (Form::Doubles, Value::Bytes(bytes)) => bytes.len().is_multiple_of(8),
            _ => false,
        }
    }
}

/// What the field of this number may hold, and whether it may stand there more than once. `None`
/// for fields that ONNX does not have, and for those that no network which is only run needs:
/// sparse tensors, training, spreading over devices.
pub(super) fn form(message: Message, field: u32) -> Option<(Form, bool)> {
    use Form::*;
    use Message::*;
    let one = |form| Some((form, false));
    let many = |form| Some((form, true));
    match (message, field) {
        (Model, 1 | 5) => one(Number),
        (Model, 2..=4 | 6) => one(Bytes),
        (Model, 7) => one(In(Graph)),
        (Model, 8) => many(In(OperatorSet)),
        (Model, 14) => many(In(Entry)),
        (Model, 25) => many(In(Function)),
        (OperatorSet, 1) => one(Bytes),
        (OperatorSet, 2) => one(Number),
        (Entry, 1 | 2) => one(Bytes),
        (Graph, 1) => many(In(Node)),
        (Graph, 2 | 10) => one(Bytes),
        (Graph, 5) => many(In(Tensor)),
        (Graph, 11..=13) => many(In(ValueInfo)),
        (Graph, 14) => many(In(Annotation)),
        (Graph, 16) => many(In(Entry)),
        (Node, 1 | 2) => many(Bytes),
        (Node, 3 | 4 | 6..=8) => one(Bytes),
        (Node, 5) => many(In(Attribute)),
        (Node, 9) => many(In(Entry)),
        (Attribute, 1 | 4 | 13 | 21) => one(Bytes),
        (Attribute, 2) => one(Float),
        (Attribute, 3 | 20) => one(Number),
        (Attribute, 5) => one(In(Tensor)),
        (Attribute, 6) => one(In(Graph)),
        (Attribute, 7) => many(Floats),
        (Attribute, 8) => many(Numbers),
        (Attribute, 9) => many(Bytes),
        (Attribute, 10) => many(In(Tensor)),
        (Attribute, 14) => one(In(Type)),
        (Tensor, 1 | 5 | 7 | 11) => many(Numbers),
        (Tensor, 2 | 14) => one(Number),
        (Tensor, 3) => one(In(Segment)),
        (Tensor, 4) => many(Floats),
        (Tensor, 6) => many(Bytes),
        (Tensor, 8 | 9 | 12) => one(Bytes),
        (Tensor, 10) => many(Doubles),
        (Tensor, 13 | 16) => many(In(Entry)),
        (Segment, 1 | 2) => one(Number),
        (ValueInfo, 1 | 3) => one(Bytes),
        (ValueInfo, 2) => one(In(Type)),
        (ValueInfo, 4) => many(In(Entry)),
        (Type, 1) => one(In(TensorType)),
        (Type, 4) => one(In(SequenceType)),
        (Type, 5) => one(In(MapType)),
        (Type, 6) => one(Bytes),
        (Type, 7) => one(In(OpaqueType)),
        (Type, 9) => one(In(OptionalType)),
        (TensorType, 1) => one(Number),
        (TensorType, 2) => one(In(Shape)),
        (SequenceType | OptionalType, 1) => one(In(Type)),
        (MapType, 1) => one(Number),
        (MapType, 2) => one(In(Type)),
        (OpaqueType, 1 | 2) => one(Bytes),
        (Shape, 1) => many(In(Dimension)),
        (Dimension, 1) => one(Number),
        (Dimension, 2 | 3) => one(Bytes),
        (Annotation, 1) => one(Bytes),
        (Annotation, 2) => many(In(Entry)),
        (Function, 1 | 8 | 10 | 13) => one(Bytes),
        (Function, 4..=6) => many(Bytes),
        (Function, 7) => many(In(Node)),
        (Function, 9) => many(In(OperatorSet)),
        (Function, 11) => many(In(Attribute)),
        (Function, 12) => many(In(ValueInfo)),
        (Function, 14) => many(In(Entry)),
        _ => None,
    }
}

/// The value of a metadata entry, `None` where there is no such entry or the bytes are no protocol
/// buffer.
pub fn metadata(model: &[u8], key: &str) -> Option<String> {
    const METADATA_PROPS: u32 = 14;
    let entries = wire::fields(model)
        .map_while(Result::ok)
        .filter_map(|field| match field {
            (METADATA_PROPS, Value::Bytes(entry)) => {
                Some((wire::bytes(entry, 1)?, wire::bytes(entry, 2)?))
            }
            _ => None,
        });
    let mut values = entries
        .filter(|(k, _)| *k == key.as_bytes())
        .map(|(_, v)| v);
    values
        .next()
        .map(|v| String::from_utf8_lossy(v).into_owned())
}

/// The names of the functions of this domain that a model brings along.
pub fn functions(model: &[u8], domain: &str) -> Vec<String> {
    const FUNCTIONS: u32 = 25;
    wire::messages(model, FUNCTIONS)
        .filter(|function| wire::text(function, 10) == domain.as_bytes())
        .map(|function| String::from_utf8_lossy(wire::text(function, 1)).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_among_other_fields() {
        // ir_version = 8; a skipped length-delimited field 7; then { key: "k", value: "vv" } as
        // field 14.
        let model = [
            0x08, 8, 0x3a, 2, 1, 2, 0x72, 7, 0x0a, 1, b'k', 0x12, 2, b'v', b'v',
        ];
        assert_eq!(metadata(&model, "k").as_deref(), Some("vv"));
        assert_eq!(metadata(&model, "x"), None);
        assert_eq!(metadata(&model[..13], "k"), None);
        assert_eq!(metadata(b"not a model at all", "k"), None);
    }
}
