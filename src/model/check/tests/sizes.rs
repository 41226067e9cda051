//! Sizes beyond a bound.

use super::*;

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
fn a_graph_beyond_a_bound() {
    let nodes = |n: usize| Model::of(vec![node("Identity", &["x"], "z", &[]); n]);
    check(&nodes(15_000).bytes()).unwrap();
    refused([("more than 20000 operators", nodes(20_001))]);
    let ifs = |n: usize| {
        let branch = body(&[], "z");
        let one = node("If", &["x"], "z", &[graph("then_branch", &branch)]);
        Model::of(vec![one; n])
    };
    check(&ifs(40).bytes()).unwrap();
    refused([("each If as 400", ifs(60))]);
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
