use std::path::{Path, PathBuf};

use super::super::writer::{self, *};
use super::check;

fn said(model: Model) -> String {
    check(&model.bytes()).expect_err("it was to be refused")
}

/// Each model is refused, with this word in the sentence.
fn refused(models: impl IntoIterator<Item = (&'static str, Model)>) {
    for (word, model) in models {
        let said = said(model);
        assert!(said.contains(word), "'{word}' is not in: {said}");
        assert!(!said.contains(char::is_control), "{said:?}");
    }
}

fn initializer(tensor: Bytes) -> Model {
    Model {
        initializers: vec![tensor],
        ..Model::default()
    }
}

fn onnx_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path());
    files
        .filter(|f| f.extension().is_some_and(|e| e == "onnx"))
        .collect()
}

#[test]
fn every_network_of_ours_passes() {
    let files = [onnx_files("models"), onnx_files("tests/data")].concat();
    assert!(files.len() >= 14);
    for file in files {
        check(&std::fs::read(&file).unwrap())
            .unwrap_or_else(|what| panic!("{}: {what}", file.display()));
    }
}

#[test]
fn what_networks_are_made_of_passes() {
    let half = tensor("value", &float("", 0.5));
    let branch = |value: f32| {
        body(
            &[node(
                "Constant",
                &[],
                "b",
                &[tensor("value", &float("", value))],
            )],
            "b",
        )
    };
    let flag = [number(2, 9), bytes(8, "flag"), bytes(9, [1])].concat();
    let choice = node(
        "If",
        &["flag"],
        "k",
        &[
            graph("then_branch", &branch(1.0)),
            graph("else_branch", &branch(2.0)),
        ],
    );
    let product = |k: &str| node("Mul", &["x", k], "z", &[]);
    let harmless = [
        Model::default(),
        Model::of([node("Constant", &[], "k", &[half]), product("k")]),
        Model {
            initializers: vec![flag],
            ..Model::of([choice, product("k")])
        },
        Model {
            initializers: vec![longs("shape", &[1, 1, 512, 512])],
            ..Model::of([node("ConstantOfShape", &["shape"], "k", &[]), product("k")])
        },
        Model {
            functions: vec![
                function("Twice", &[node("Add", &["x", "x"], "y", &[])]),
                function(
                    "FourTimes",
                    &[
                        foreign("s2sr", "Twice", &["x"], "t"),
                        foreign("s2sr", "Twice", &["t"], "y"),
                    ],
                ),
            ],
            domains: vec!["", "ai.onnx", "s2sr", "s2sr.net"],
            ..Model::of([foreign("s2sr", "FourTimes", &["x"], "z")])
        },
        initializer([float("w", 1.0), number(14, 0)].concat()),
        Model {
            model: [bytes(2, "someone"), bytes(6, "words")].concat(),
            ..Model::default()
        },
    ];
    for (i, model) in harmless.into_iter().enumerate() {
        check(&model.bytes()).unwrap_or_else(|what| panic!("{i}: {what}"));
    }
}

#[test]
fn numbers_that_are_elsewhere() {
    let word = "external data";
    let elsewhere = || external("w", "/etc/passwd", 0, 16);
    let memory = external("w", "*/_ORT_MEM_ADDR_/*", 0x5555_5555_4000, 4);
    let constant = |t: Bytes| node("Constant", &[], "z", &[tensor("value", &t)]);
    let branch = graph("then_branch", &body(&[constant(elsewhere())], "z"));
    let list = [bytes(1, "values"), bytes(10, elsewhere()), number(20, 9)].concat();
    let in_function = Model {
        functions: vec![function("F", &[constant(elsewhere())])],
        ..Model::default()
    };
    let by_default = [function("F", &[]), bytes(11, tensor("value", &elsewhere()))].concat();
    refused([
        (word, initializer(elsewhere())),
        (word, initializer(memory)),
        (word, Model::of([constant(elsewhere())])),
        (word, Model::of([node("Constant", &[], "z", &[list])])),
        (word, Model::of([node("If", &["x"], "z", &[branch])])),
        (word, in_function),
        (
            word,
            Model {
                functions: vec![by_default],
                ..Model::default()
            },
        ),
        // Only the flag, only the place; the flag in the numbers that a reader of 32 bits takes for
        // it; first one, then the other.
        (word, initializer([float("w", 1.0), number(14, 1)].concat())),
        (
            word,
            initializer([float("w", 1.0), bytes(13, bytes(1, "location"))].concat()),
        ),
        (
            word,
            initializer([float("w", 1.0), number(14, (1 << 32) + 1)].concat()),
        ),
        (word, initializer([elsewhere(), number(14, 0)].concat())),
        // A type that is not the tensor's does not hide it.
        (
            word,
            Model::of([node(
                "Relu",
                &["x"],
                "z",
                &[[bytes(1, "alpha"), bytes(5, elsewhere()), number(20, 1)].concat()],
            )]),
        ),
    ]);
}

#[test]
fn what_no_network_needs() {
    let sparse = bytes(1, external("w", "/etc/passwd", 0, 16));
    let sparse_constant = node(
        "Constant",
        &[],
        "z",
        &[[bytes(1, "sparse_value"), bytes(22, &sparse), number(20, 11)].concat()],
    );
    refused([
        (
            "sparse",
            Model {
                graph: bytes(15, &sparse),
                ..Model::default()
            },
        ),
        ("sparse", Model::of([sparse_constant])),
        (
            "training",
            Model {
                model: bytes(20, bytes(1, "")),
                ..Model::default()
            },
        ),
        ("ort_config", Model::default().with("ort_config", "{}")),
    ]);
}

#[test]
fn operators_of_strangers() {
    let hidden = Model {
        functions: vec![function("F", &[foreign("evil", "Op", &["x"], "y")])],
        ..Model::default()
    };
    let own_add = [bytes(1, "Add"), bytes(10, "")].concat();
    let strange = [bytes(1, "F"), bytes(10, "else")].concat();
    refused([
        (
            "com.microsoft",
            Model::of([foreign("com.microsoft", "EPContext", &["x"], "z")]),
        ),
        ("'evil'", Model::of([foreign("evil", "Op", &["x"], "z")])),
        ("'s2srx'", Model::of([foreign("s2srx", "Op", &["x"], "z")])),
        ("'evil'", hidden),
        (
            "'evil'",
            Model {
                domains: vec!["", "evil"],
                ..Model::default()
            },
        ),
        (
            "not defined",
            Model::of([foreign("s2sr", "Missing", &["x"], "z")]),
        ),
        (
            "anew",
            Model {
                functions: vec![own_add],
                ..Model::default()
            },
        ),
        (
            "'else'",
            Model {
                functions: vec![strange],
                ..Model::default()
            },
        ),
        (
            "MemcpyToHost",
            Model::of([node("MemcpyToHost", &["x"], "z", &[])]),
        ),
        (
            "RandomNormalLike",
            Model::of([node("RandomNormalLike", &["x"], "z", &[])]),
        ),
        (
            "\u{fffd}[2J",
            Model::of([node("\x1b[2J\n", &["x"], "z", &[])]),
        ),
    ]);
}

#[test]
fn what_may_never_end() {
    let endless = graph("body", &body(&[node("Identity", &["x"], "z", &[])], "z"));
    let in_branch = body(&[node("Loop", &["", "", "x"], "z", &[])], "z");
    let calls = |name: &str| foreign("s2sr", name, &["x"], "y");
    let functions = |all: Vec<Bytes>| Model {
        functions: all,
        ..Model::of([foreign("s2sr", "F", &["x"], "z")])
    };
    let several = [bytes(1, "branches"), bytes(11, &in_branch), number(20, 10)].concat();
    refused([
        (
            "'Loop' may never end",
            Model::of([node(
                "Loop",
                &["", "", "x"],
                "z",
                std::slice::from_ref(&endless),
            )]),
        ),
        (
            "'Scan' may never end",
            Model::of([node("Scan", &["x"], "z", std::slice::from_ref(&endless))]),
        ),
        (
            "'SequenceMap' may never end",
            Model::of([node(
                "SequenceMap",
                &["x"],
                "z",
                std::slice::from_ref(&endless),
            )]),
        ),
        (
            "'Loop' may never end",
            Model::of([node("If", &["x"], "z", &[graph("else_branch", &in_branch)])]),
        ),
        (
            "only If",
            Model::of([node("Relu", &["x"], "z", &[endless])]),
        ),
        (
            "several graphs",
            Model::of([node("If", &["x"], "z", &[several])]),
        ),
        (
            "'Loop'",
            functions(vec![function("F", &[node("Loop", &["x"], "y", &[])])]),
        ),
        (
            "calls itself",
            functions(vec![function("F", &[calls("F")])]),
        ),
        (
            "calls itself",
            functions(vec![
                function("F", &[calls("G")]),
                function("G", &[calls("F")]),
            ]),
        ),
        (
            "twice",
            functions(vec![function("F", &[]), function("F", &[])]),
        ),
    ]);
}

#[test]
fn sizes_beyond_a_bound() {
    let huge = [number(1, 1 << 40), number(2, 1), bytes(8, "w")].concat();
    let overflowing = [
        number(1, 1 << 32),
        number(1, 1 << 32),
        number(2, 1),
        bytes(8, "w"),
    ]
    .concat();
    let negative = [number(1, -1), number(2, 1), bytes(8, "w")].concat();
    let packed = [
        bytes(1, [varint(1 << 20), varint(1 << 20)].concat()),
        number(2, 1),
        bytes(8, "w"),
    ]
    .concat();
    let wide = bytes(
        13,
        [
            bytes(1, "v"),
            bytes(
                2,
                bytes(
                    1,
                    [number(1, 1), bytes(2, bytes(1, number(1, 1 << 40)))].concat(),
                ),
            ),
        ]
        .concat(),
    );
    let made = |operator: &str, shape: &[i64]| Model {
        initializers: vec![longs("size", shape)],
        ..Model::of([node(
            operator,
            if operator == "ConstantOfShape" {
                &["size"]
            } else {
                &["x", "size"]
            },
            "z",
            &[],
        )])
    };
    let constant = node(
        "Constant",
        &[],
        "size",
        &[ints("value_ints", &[1 << 20, 1 << 20])],
    );
    let conv = |name: &str, sides: &[i64]| {
        Model::of([node("AveragePool", &["x"], "z", &[ints(name, sides)])])
    };
    let word = "size beyond";
    refused([
        ("more numbers than the file", initializer(huge)),
        ("more numbers than the file", initializer(overflowing)),
        ("more numbers than the file", initializer(negative)),
        ("more numbers than the file", initializer(packed)),
        (
            "longer than",
            Model {
                graph: wide,
                ..Model::default()
            },
        ),
        (word, made("ConstantOfShape", &[1 << 38])),
        (word, made("Expand", &[1, 2_000_000, 512, 512])),
        (word, made("Tile", &[1, 1, 1000, 1000])),
        (word, made("Pad", &[0, 0, 0, 0, 0, 0, 0, 1 << 20])),
        (
            word,
            Model::of([constant, node("ConstantOfShape", &["size"], "z", &[])]),
        ),
        ("kernel_shape", conv("kernel_shape", &[100_000, 100_000])),
        ("pads", conv("pads", &[0, 0, 0, 100_000])),
        ("strides", conv("strides", &[1 << 30, 1])),
    ]);
}

#[test]
fn convolutions_that_do_not_fit() {
    let conv = |lengths: &[i64], attributes: &[Bytes]| Model {
        initializers: vec![floats("w", lengths, 0.1)],
        ..Model::of([node("Conv", &["x", "w"], "z", attributes)])
    };
    let pads = || ints("pads", &[1, 1, 1, 1]);
    check(
        &conv(
            &[1, 1, 3, 3],
            &[
                pads(),
                ints("kernel_shape", &[3, 3]),
                string("auto_pad", "NOTSET"),
            ],
        )
        .bytes(),
    )
    .unwrap();
    check(&conv(&[1, 1, 3, 3], &[pads()]).bytes()).unwrap();
    let biased = |bias: Bytes| Model {
        initializers: vec![floats("w", &[1, 1, 1, 1], 1.0), bias],
        ..Model::of([node("Conv", &["x", "w", "b"], "z", &[])])
    };
    check(&biased(floats("b", &[1], 1.0)).bytes()).unwrap();
    let computed = |operator: &str, attributes: &[Bytes]| Model {
        initializers: vec![floats("v", &[1, 1, 3, 3], 0.1)],
        ..Model::of([
            node("Relu", &["v"], "w", &[]),
            node(operator, &["x", "w"], "z", attributes),
        ])
    };
    check(&computed("Conv", &[pads(), ints("kernel_shape", &[3, 3])]).bytes()).unwrap();
    // What another operator made of the image may have any number of dimensions.
    let of_flat = |attributes: &[Bytes]| Model {
        initializers: vec![floats("w", &[1, 1, 3, 3], 0.1)],
        ..Model::of([
            node("Squeeze", &["x"], "s", &[]),
            node("Conv", &["s", "w"], "z", attributes),
        ])
    };
    let reshaped = Model {
        initializers: vec![floats("w", &[1, 1, 3, 3], 0.1), longs("to", &[1, 1, -1])],
        ..Model::of([
            node("Reshape", &["x", "to"], "s", &[]),
            node("Conv", &["s", "w"], "z", &[ints("kernel_shape", &[3, 3])]),
        ])
    };
    let turned = Model {
        initializers: vec![floats("w", &[1, 1, 3, 3], 0.1)],
        ..Model::of([
            node("Transpose", &["x"], "t", &[ints("perm", &[2, 0, 1])]),
            node("Conv", &["t", "w"], "z", &[]),
        ])
    };
    let in_branches = {
        let of = |operator: &str| {
            body(
                &[
                    node(operator, &["x"], "t", &[]),
                    node("Conv", &["t", "w"], "k", &[]),
                ],
                "k",
            )
        };
        let choice = node(
            "If",
            &["x"],
            "z",
            &[
                graph("then_branch", &of("Relu")),
                graph("else_branch", &of("Squeeze")),
            ],
        );
        Model {
            initializers: vec![floats("w", &[1, 1, 1, 1], 0.1)],
            ..Model::of([choice])
        }
    };
    let word = "four dimensions";
    refused([
        (word, conv(&[4, 1, 3, 3, 3], &[pads()])),
        (word, conv(&[4, 1, 3], &[])),
        (word, conv(&[4], &[ints("kernel_shape", &[3, 3])])),
        (word, biased(floats("b", &[1, 1], 1.0))),
        (word, reshaped),
        ("orders 3 of 4", turned),
        ("no kernel_shape", computed("ConvTranspose", &[pads()])),
        ("no kernel_shape", of_flat(&[pads()])),
        (
            "another kernel_shape",
            conv(&[1, 1, 3, 3], &[ints("kernel_shape", &[5, 5])]),
        ),
        ("fit its group", conv(&[4, 1, 3, 3], &[int("group", 3)])),
        ("name 't'", in_branches),
    ]);
}

#[test]
fn attributes_that_do_not_fit_an_image() {
    let with =
        |operator: &str, attribute: Bytes| Model::of([node(operator, &["x"], "z", &[attribute])]);
    let pool = |attribute: Bytes| with("AveragePool", attribute);
    let of_caller = [bytes(1, "axis"), number(20, 2), bytes(21, "a")].concat();
    let of_float = [
        bytes(1, "axis"),
        [varint(2 << 3 | 5), vec![0; 4]].concat(),
        number(20, 1),
    ]
    .concat();
    refused([
        ("kernel_shape", pool(ints("kernel_shape", &[3, 3, 3]))),
        ("kernel_shape", pool(ints("kernel_shape", &[3, 0]))),
        ("kernel_shape", pool(int("kernel_shape", 3))),
        ("strides", pool(ints("strides", &[1, 0]))),
        ("strides", pool(ints("strides", &[-1, 1]))),
        ("strides", pool(ints("strides", &[]))),
        ("dilations", pool(ints("dilations", &[1]))),
        ("pads", pool(ints("pads", &[1, 1]))),
        ("pads", pool(ints("pads", &[1, 1, 1, -1]))),
        (
            "output_padding",
            with("ConvTranspose", ints("output_padding", &[0])),
        ),
        (
            "output_shape",
            with("ConvTranspose", ints("output_shape", &[8, 8, 0])),
        ),
        ("auto_pad", pool(string("auto_pad", "SAME"))),
        ("group", with("Conv", int("group", 0))),
        ("blocksize", with("DepthToSpace", int("blocksize", 0))),
        ("blocksize", with("SpaceToDepth", int("blocksize", -2))),
        ("perm", with("Transpose", ints("perm", &[0, 1, 1, 2]))),
        ("perm", with("Transpose", ints("perm", &[0, 1, 2, 4]))),
        ("perm", with("Transpose", ints("perm", &[0, -1]))),
        ("axis", with("Concat", int("axis", 64))),
        ("axis", with("Softmax", int("axis", i64::MIN))),
        ("axis", with("Softmax", of_float)),
        ("axes", with("ReduceMean", ints("axes", &[2, 2]))),
        ("axes", with("ReduceMean", ints("axes", &[2, 9]))),
        ("caller", with("Softmax", of_caller)),
        (
            "axis twice",
            Model::of([node(
                "Softmax",
                &["x"],
                "z",
                &[int("axis", 1), int("axis", 2)],
            )]),
        ),
        (
            "before 11",
            Model {
                model: bytes(8, [bytes(1, ""), number(2, 7)].concat()),
                ..Model::default()
            },
        ),
    ]);
}

#[test]
fn inputs_that_end_the_process() {
    let half = || floats("k", &[], 0.5);
    let two = || longs("k", &[2]);
    let of = |operator: &str, cast: &[Bytes], k: Bytes| {
        let nodes = [
            node("Cast", &["x"], "c", cast),
            node(operator, &["c", "k"], "z", &[]),
        ];
        Model {
            initializers: vec![k],
            ..Model::of(nodes)
        }
    };
    let (to_float, to_long) = ([int("to", 1)], [int("to", 7)]);
    check(
        &Model {
            initializers: vec![floats("k", &[4], 1.0)],
            ..Model::of([node("Resize", &["x", "", "k"], "z", &[])])
        }
        .bytes(),
    )
    .unwrap();
    check(&of("PRelu", &to_float, floats("k", &[1, 1, 1], 0.5)).bytes()).unwrap();
    check(&of("Div", &to_float, half()).bytes()).unwrap();
    check(&of("Div", &to_long, two()).bytes()).unwrap();
    check(&Model::of([node("Div", &["x", "x"], "z", &[])]).bytes()).unwrap();
    check(&Model::of([node("Clip", &["x", "", ""], "z", &[])]).bytes()).unwrap();
    let by_pixels = [
        node("Cast", &["x"], "c", &to_long),
        node("Div", &["c", "c"], "z", &[]),
    ];
    refused([
        ("divide", of("Div", &to_long, longs("k", &[2, 0]))),
        ("divide", of("Mod", &to_long, longs("k", &[-1]))),
        ("divide", Model::of(by_pixels)),
        (
            "without a name",
            Model::of([node("LayerNormalization", &["x", "x", ""], "z", &[])]),
        ),
        (
            "scales",
            Model::of([node("Resize", &["x", "", "x"], "z", &[])]),
        ),
        (
            "scales",
            Model {
                initializers: vec![floats("k", &[5], 2.0)],
                ..Model::of([node("Resize", &["x", "", "k"], "z", &[])])
            },
        ),
        (
            "scales",
            Model {
                initializers: vec![longs("k", &[1, 1, 8])],
                ..Model::of([node("Resize", &["x", "", "", "k"], "z", &[])])
            },
        ),
        (
            "may not be an image",
            Model {
                initializers: vec![floats("k", &[4], 2.0)],
                ..Model::of([
                    node("Squeeze", &["x"], "s", &[]),
                    node("Resize", &["s", "", "k"], "z", &[]),
                ])
            },
        ),
        ("slope", of("PRelu", &to_float, floats("k", &[1; 5], 0.5))),
        (
            "without numbers",
            of("Clip", &to_float, floats("k", &[0], 0.0)),
        ),
        (
            "without a name",
            Model::of([node("ReduceSum", &["x", ""], "z", &[])]),
        ),
    ]);
}

#[test]
fn tensors_that_are_not_what_they_say() {
    let short = [number(1, 2), number(2, 1), bytes(8, "w"), bytes(9, [0; 4])].concat();
    let long = [number(1, 1), number(2, 1), bytes(8, "w"), bytes(9, [0; 8])].concat();
    let torn = [number(1, 1), number(2, 1), bytes(8, "w"), bytes(9, [0; 5])].concat();
    let text = [number(1, 1), number(2, 8), bytes(8, "w"), bytes(6, "a")].concat();
    let other = [number(1, 1), number(2, 7), bytes(8, "w"), number(5, 1)].concat();
    let twice = [longs("w", &[1]), number(7, 1)].concat();
    check(&initializer(floats("roi", &[0], 0.0)).bytes()).unwrap();
    let small = [number(1, 3), number(2, 22), bytes(8, "w"), bytes(9, [0; 2])].concat();
    check(&initializer(small).bytes()).unwrap();
    refused([
        ("more numbers than the file", initializer(short)),
        ("more numbers than its shape", initializer(long)),
        ("part of a number", initializer(torn)),
        ("text", initializer(text)),
        ("another type", initializer(other)),
        ("twice", initializer(twice)),
        ("length 0", initializer(floats("w", &[4, 0], 0.0))),
        ("more than 6", initializer(floats("w", &[1; 7], 0.0))),
    ]);
}

#[test]
fn a_graph_beyond_a_bound() {
    let nodes = |n: usize| Model::of(vec![node("Identity", &["x"], "z", &[]); n]);
    check(&nodes(15_000).bytes()).unwrap();
    refused([("more than 20000 operators", nodes(20_001))]);
    // Thirty functions that each call the next one twice are a billion operators.
    let name = |i: usize| format!("F{i}");
    let mut all: Vec<Bytes> = (0..30)
        .map(|i| {
            function(
                &name(i),
                &[
                    foreign("s2sr", &name(i + 1), &["x"], "t"),
                    foreign("s2sr", &name(i + 1), &["t"], "y"),
                ],
            )
        })
        .collect();
    all.push(function("F30", &[node("Identity", &["x"], "y", &[])]));
    refused([(
        "more than 20000 operators",
        Model {
            functions: all,
            ..Model::of([foreign("s2sr", "F0", &["x"], "z")])
        },
    )]);
    let deep = (0..100).fold(body(&[], "z"), |inner, _| {
        body(
            &[node("If", &["x"], "z", &[graph("then_branch", &inner)])],
            "z",
        )
    });
    refused([(
        "too deep",
        Model::of([node("If", &["x"], "z", &[graph("then_branch", &deep)])]),
    )]);
}

#[test]
fn bytes_in_which_another_reader_could_see_something_else() {
    let model = |more: Bytes| Model {
        model: more,
        ..Model::default()
    };
    let other = bytes(7, body(&[node("Loop", &["x"], "z", &[])], "z"));
    let node_of_two = [node("Relu", &["x"], "z", &[]), bytes(4, "Loop")].concat();
    let domain_twice = [foreign("", "Relu", &["x"], "z"), bytes(7, "evil")].concat();
    refused([
        ("twice", model(bytes(7, body(&[], "y")))),
        ("twice", model(other)),
        ("twice", Model::of([node_of_two])),
        ("twice", Model::of([domain_twice])),
        ("field 99", model(bytes(99, "x"))),
        (
            "field 31 of Tensor",
            initializer([float("w", 1.0), bytes(31, "x")].concat()),
        ),
        // The right field in the wrong form, which protocol buffers skip.
        ("field 1 of Model", model(bytes(1, "x"))),
        ("field 2 of Model", model(number(2, 1))),
        ("no ONNX model", model(vec![0x0b, 0x0c])),
        ("no ONNX model", model(vec![0xff; 12])),
        (
            "no ONNX model",
            model([varint(14 << 3 | 2), varint(1 << 40)].concat()),
        ),
        (
            "field 1 of Tensor",
            initializer([bytes(1, [0x80]), number(2, 1)].concat()),
        ),
    ]);
    // Every cut leaves something broken, or too little; and none makes it panic.
    let whole = Model::default().bytes();
    (0..whole.len()).for_each(|n| drop(check(&whole[..n])));
    assert!(check(&whole[..whole.len() - 1]).is_err());
    assert!(check(b"nothing at all").is_err());
}

#[test]
fn many_small_parts_take_no_time() {
    // Small tensors, one behind the other: the worst there is for whoever remembers them all.
    let one = bytes(5, longs("a", &[1]));
    let graph = one.repeat((8 << 20) / one.len());
    refused([(
        "more than 100000 tensors",
        Model {
            graph,
            ..Model::default()
        },
    )]);
    let many = writer::bytes(14, [bytes(1, "k"), bytes(2, "v")].concat());
    check(
        &Model {
            model: many.repeat((8 << 20) / many.len()),
            ..Model::default()
        }
        .bytes(),
    )
    .unwrap();
}
