//! What no network needs.

use super::*;

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
fn more_inputs_or_outputs_than_a_function_has() {
    let call = |inputs: &[&str]| foreign("s2sr", "F", inputs, "z");
    let of = |functions: Vec<Bytes>, calls: Vec<Bytes>| Model {
        functions,
        domains: vec!["", "s2sr"],
        ..Model::of(calls)
    };
    let one = || function("F", &[node("Add", &["x", "x"], "y", &[])]);
    check(&of(vec![one()], vec![call(&["x"])]).bytes()).unwrap();
    let none = [bytes(1, "F"), bytes(5, "y"), bytes(10, "s2sr")].concat();
    let two_outputs = [call(&["x"]), bytes(2, "more")].concat();
    let within = function("G", &[foreign("s2sr", "F", &["x", "x"], "y")]);
    let word = "more inputs or outputs";
    refused([
        (word, of(vec![one()], vec![call(&["x", "x"])])),
        (word, of(vec![none], vec![call(&["x"])])),
        (word, of(vec![one()], vec![two_outputs])),
        (word, of(vec![one(), within], vec![call(&["x"])])),
    ]);
}
