mod fitting;
mod foreign;
mod forms;

mod sizes;

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
