//! Operators whose weights, attributes and inputs do not fit each other.

use super::*;

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
