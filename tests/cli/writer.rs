//! Writes .onnx files field by field, also such as no decent program would write.
#![allow(dead_code)] // The unit tests of src/model and the tests of the program each use a part.

/// A message under way, or several fields of one.
pub type Bytes = Vec<u8>;

pub fn varint(mut n: u64) -> Bytes {
    let mut bytes = Vec::new();
    while n > 0x7f {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
    bytes
}

pub fn number(field: u64, n: i64) -> Bytes {
    [varint(field << 3), varint(n as u64)].concat()
}

pub fn bytes(field: u64, bytes: impl AsRef<[u8]>) -> Bytes {
    let bytes = bytes.as_ref();
    [
        varint(field << 3 | 2),
        varint(bytes.len() as u64),
        bytes.to_vec(),
    ]
    .concat()
}

/// AttributeProto with a whole number.
pub fn int(name: &str, n: i64) -> Bytes {
    [bytes(1, name), number(3, n), number(20, 2)].concat()
}

/// AttributeProto with whole numbers.
pub fn ints(name: &str, all: &[i64]) -> Bytes {
    let all = all.iter().flat_map(|&n| number(8, n)).collect();
    [bytes(1, name), all, number(20, 7)].concat()
}

/// AttributeProto with text.
pub fn string(name: &str, value: &str) -> Bytes {
    [bytes(1, name), bytes(4, value), number(20, 3)].concat()
}

/// AttributeProto with a tensor.
pub fn tensor(name: &str, tensor: &Bytes) -> Bytes {
    [bytes(1, name), bytes(5, tensor), number(20, 4)].concat()
}

/// AttributeProto with a graph.
pub fn graph(name: &str, graph: &Bytes) -> Bytes {
    [bytes(1, name), bytes(6, graph), number(20, 5)].concat()
}

/// NodeProto.
pub fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Bytes]) -> Bytes {
    let inputs = inputs.iter().flat_map(|name| bytes(1, name)).collect();
    let attributes = attributes.iter().flat_map(|a| bytes(5, a)).collect();
    [
        inputs,
        bytes(2, output),
        bytes(3, format!("{operator} of {output}")),
        bytes(4, operator),
        attributes,
    ]
    .concat()
}

/// NodeProto of another domain than ONNX's.
pub fn foreign(domain: &str, operator: &str, inputs: &[&str], output: &str) -> Bytes {
    [node(operator, inputs, output, &[]), bytes(7, domain)].concat()
}

/// TensorProto of 64-bit whole numbers.
pub fn longs(name: &str, values: &[i64]) -> Bytes {
    let raw: Bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    [
        number(1, values.len() as i64),
        number(2, 7),
        bytes(8, name),
        bytes(9, raw),
    ]
    .concat()
}

/// TensorProto of one 32-bit float.
pub fn float(name: &str, value: f32) -> Bytes {
    [number(2, 1), bytes(8, name), bytes(9, value.to_le_bytes())].concat()
}

/// TensorProto of 32-bit floats, all the same.
pub fn floats(name: &str, lengths: &[i64], value: f32) -> Bytes {
    let count = lengths.iter().product::<i64>() as usize;
    let lengths: Bytes = lengths.iter().flat_map(|n| number(1, *n)).collect();
    [
        lengths,
        number(2, 1),
        bytes(8, name),
        bytes(9, value.to_le_bytes().repeat(count)),
    ]
    .concat()
}

/// TensorProto of bytes that are at `location`.
pub fn external(name: &str, location: &str, offset: u64, length: u64) -> Bytes {
    let entry = |key: &str, value: &str| bytes(13, [bytes(1, key), bytes(2, value)].concat());
    let place = [
        entry("location", location),
        entry("offset", &offset.to_string()),
        entry("length", &length.to_string()),
    ]
    .concat();
    [
        number(1, length as i64),
        number(2, 2),
        bytes(8, name),
        place,
        number(14, 1),
    ]
    .concat()
}

/// ValueInfoProto of 32-bit floats with one band.
pub fn port(name: &str) -> Bytes {
    let sides = ["n", "1", "h", "w"].map(|d| {
        bytes(
            1,
            d.parse()
                .map_or_else(|_| bytes(2, format!("{name}{d}")), |n| number(1, n)),
        )
    });
    let kind = bytes(1, [number(1, 1), bytes(2, sides.concat())].concat());
    [bytes(1, name), bytes(2, kind)].concat()
}

/// GraphProto without inputs.
pub fn body(nodes: &[Bytes], output: &str) -> Bytes {
    let nodes = nodes.iter().flat_map(|n| bytes(1, n)).collect();
    [nodes, bytes(2, "a part"), bytes(12, bytes(1, output))].concat()
}

/// FunctionProto of the domain s2sr, from x to y.
pub fn function(name: &str, nodes: &[Bytes]) -> Bytes {
    let nodes = nodes.iter().flat_map(|n| bytes(7, n)).collect();
    let opsets = ["", "s2sr"]
        .iter()
        .flat_map(|d| bytes(9, opset(d)))
        .collect();
    [
        bytes(1, name),
        bytes(4, "x"),
        bytes(5, "y"),
        nodes,
        opsets,
        bytes(10, "s2sr"),
    ]
    .concat()
}

pub fn opset(domain: &str) -> Bytes {
    [
        bytes(1, domain),
        number(2, if domain.starts_with("s2sr") { 1 } else { 17 }),
    ]
    .concat()
}

/// A network that doubles the number of pixels along each side, with something done to it.
pub struct Model {
    /// These make `z` of the input `x`.
    pub nodes: Vec<Bytes>,
    pub initializers: Vec<Bytes>,
    pub functions: Vec<Bytes>,
    pub domains: Vec<&'static str>,
    pub metadata: Vec<(&'static str, String)>,
    /// More fields of the graph.
    pub graph: Bytes,
    /// More fields of the model.
    pub model: Bytes,
}

impl Default for Model {
    fn default() -> Self {
        let metadata = [
            ("s2sr.contract", "1"),
            ("s2sr.name", "written"),
            ("s2sr.version", "1.0.0"),
            ("s2sr.kind", "single-band"),
            ("s2sr.inputs", r#"[{"name":"x","bands":["*"]}]"#),
            ("s2sr.outputs", r#"[{"name":"y","bands":["*"],"factor":2}]"#),
            ("s2sr.divisor", "2000"),
            ("s2sr.halo", "1"),
            ("s2sr.multiple", "1"),
        ];
        Model {
            nodes: vec![node("Identity", &["x"], "z", &[])],
            initializers: Vec::new(),
            functions: Vec::new(),
            domains: vec![""],
            metadata: metadata.map(|(key, value)| (key, value.into())).to_vec(),
            graph: Vec::new(),
            model: Vec::new(),
        }
    }
}

impl Model {
    /// With these nodes, which make `z` of `x`.
    pub fn of(nodes: impl Into<Vec<Bytes>>) -> Self {
        Model {
            nodes: nodes.into(),
            ..Model::default()
        }
    }

    /// With an entry of the metadata changed.
    pub fn with(mut self, key: &'static str, value: &str) -> Self {
        self.metadata.retain(|(k, _)| *k != key);
        self.metadata.push((key, value.into()));
        self
    }

    pub fn bytes(&self) -> Bytes {
        let end = [
            node("Concat", &["z"; 4], "c", &[int("axis", 1)]),
            node(
                "DepthToSpace",
                &["c"],
                "y",
                &[int("blocksize", 2), string("mode", "CRD")],
            ),
        ];
        let nodes = self
            .nodes
            .iter()
            .chain(&end)
            .flat_map(|n| bytes(1, n))
            .collect();
        let initializers = self.initializers.iter().flat_map(|t| bytes(5, t)).collect();
        let ports = [bytes(11, port("x")), bytes(12, port("y"))].concat();
        let graph = [
            nodes,
            bytes(2, "g"),
            initializers,
            ports,
            self.graph.clone(),
        ]
        .concat();
        let functions = self.functions.iter().flat_map(|f| bytes(25, f)).collect();
        let opsets = self
            .domains
            .iter()
            .flat_map(|d| bytes(8, opset(d)))
            .collect();
        let entry =
            |(key, value): &(&str, String)| bytes(14, [bytes(1, key), bytes(2, value)].concat());
        let metadata = self.metadata.iter().flat_map(entry).collect();
        [
            number(1, 8),
            opsets,
            bytes(7, graph),
            metadata,
            functions,
            self.model.clone(),
        ]
        .concat()
    }
}
