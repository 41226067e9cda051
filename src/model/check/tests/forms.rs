//! Bytes that readers could differ on.

use super::*;

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
