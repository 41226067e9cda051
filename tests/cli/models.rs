//! Models are data: a file of one, or an index of several, can do nothing but be a network.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Scene, done, ended, failed, files, read, s2sr, text, tiny_models};
use crate::writer::{
    Bytes, Model, body, bytes, external, foreign, function, graph, int, node, number, tensor,
};

pub struct Ground {
    pub folder: tempfile::TempDir,
    input: PathBuf,
    results: PathBuf,
}

impl Ground {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let input = Scene {
            size: 24,
            bands: vec!["B4"],
            ..Scene::default()
        }
        .make(folder.path());
        let results = folder.path().join("results");
        fs::create_dir(&results).unwrap();
        Ground {
            folder,
            input,
            results,
        }
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs a model on B4 to 5 m; ended when it hangs.
    pub fn run(&self, models: &Path, model: &str) -> std::process::Output {
        let output = self.results.join("out.tif");
        let arguments = [
            "run",
            text(&self.input),
            text(&output),
            "--to",
            "5",
            "--bands",
            "B4",
            "--model",
            model,
            "--quiet",
        ];
        let mut command = s2sr(models);
        command.args(arguments);
        ended(command)
    }

    pub fn refused(&self, models: &Path, model: &str, words: &[&str]) {
        failed(&self.run(models, model), 1, words);
        assert!(files(&self.results).is_empty());
    }
}

pub fn nowhere() -> &'static Path {
    Path::new("/no/such/folder")
}

#[test]
fn a_written_model_runs() {
    let ground = Ground::new();
    // The second would be taken for ONNX Runtime's own format by whoever looks at bytes 4 to 8.
    let function = function("Same", &[node("Identity", &["x"], "y", &[])]);
    let own = Model {
        functions: vec![function],
        domains: vec!["", "s2sr"],
        ..Model::of([foreign("s2sr", "Same", &["x"], "z")])
    };
    let two_faced = [bytes(2, "..ORTM"), Model::default().bytes()].concat();
    for model in [Model::default().bytes(), two_faced, own.bytes()] {
        let file = ground.file("a.onnx", model);
        let out = ground.run(nowhere(), text(&file));
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        fs::remove_file(ground.results.join("out.tif")).unwrap();
    }
}

#[test]
fn a_model_is_no_way_to_files_or_memory() {
    let ground = Ground::new();
    let secret = ground.file("secret", "sixteen bytes 16");
    // Every pixel gets the sum of the bytes, which are in `w`.
    let sum = |weights: Bytes| {
        let floats = node("Cast", &["w"], "f", &[int("to", 1)]);
        let sum = node("ReduceSum", &["f"], "s", &[int("keepdims", 0)]);
        [weights, floats, sum, node("Add", &["x", "s"], "z", &[])]
    };
    for location in [
        text(&secret),
        "../../../../../../etc/passwd",
        "*/_ORT_MEM_ADDR_/*",
    ] {
        let weights = external("w", location, 0, 16);
        let constant = node("Constant", &[], "w", &[tensor("value", &weights)]);
        let in_initializer = Model {
            initializers: vec![weights.clone()],
            ..Model::of(sum(node("Identity", &["x"], "unused", &[])))
        };
        let in_constant = Model::of(sum(constant.clone()));
        let branch = body(std::slice::from_ref(&constant), "w");
        let flag = [number(2, 9), bytes(8, "flag"), bytes(9, [1])].concat();
        let choice = node(
            "If",
            &["flag"],
            "w",
            &[graph("then_branch", &branch), graph("else_branch", &branch)],
        );
        let in_branch = Model {
            initializers: vec![flag],
            ..Model::of(sum(choice))
        };
        let in_function = Model {
            functions: vec![function(
                "F",
                &[constant, node("Cast", &["w"], "y", &[int("to", 1)])],
            )],
            domains: vec!["", "s2sr"],
            ..Model::of([
                foreign("s2sr", "F", &["x"], "f"),
                node("ReduceSum", &["f"], "s", &[]),
                node("Add", &["x", "s"], "z", &[]),
            ])
        };
        for model in [in_initializer, in_constant, in_branch, in_function] {
            let file = ground.file("a.onnx", model.bytes());
            ground.refused(nowhere(), text(&file), &["a.onnx", "external data"]);
        }
    }
}

#[test]
fn a_model_has_no_operators_of_strangers_and_ends() {
    let ground = Ground::new();
    let endless = node(
        "Loop",
        &["", "", "x"],
        "z",
        &[graph("body", &body(&[], "z"))],
    );
    let models = [
        (
            Model::of([foreign("com.microsoft", "EPContext", &["x"], "z")]),
            "com.microsoft",
        ),
        (Model::of([foreign("evil", "Op", &["x"], "z")]), "'evil'"),
        (Model::of([endless]), "never end"),
        (
            Model::of([node("RandomNormalLike", &["x"], "z", &[])]),
            "RandomNormalLike",
        ),
    ];
    for (model, word) in models {
        let file = ground.file("a.onnx", model.bytes());
        ground.refused(nowhere(), text(&file), &["a.onnx", word]);
    }
}

#[test]
fn a_contract_has_sensible_numbers() {
    let ground = Ground::new();
    let entries = [
        ("s2sr.divisor", "1e-320"),
        ("s2sr.divisor", "1e300"),
        ("s2sr.divisor", "nan"),
        ("s2sr.halo", "4096"),
        ("s2sr.multiple", "4096"),
        ("s2sr.version", "1\u{1b}[2J"),
        ("s2sr.name", "a\nb"),
    ];
    for (key, value) in entries {
        let file = ground.file("a.onnx", Model::default().with(key, value).bytes());
        ground.refused(nowhere(), text(&file), &["a.onnx", key]);
    }
}

#[test]
fn an_index_names_files_of_its_own_folder() {
    let ground = Ground::new();
    let models = tiny_models(ground.folder.path());
    let index = models.join("index.json");
    let good = fs::read_to_string(&index).unwrap();
    fs::copy(
        models.join("dummy-x2.onnx"),
        ground.folder.path().join("outside.onnx"),
    )
    .unwrap();
    let outside = ground.folder.path().join("outside.onnx");
    for named in [
        "../outside.onnx",
        text(&outside),
        "sub/../dummy-x2.onnx",
        "/dev/zero",
        "..",
        "",
    ] {
        let named = named.replace('\\', "\\\\");
        fs::write(&index, good.replace("dummy-x2.onnx", &named)).unwrap();
        ground.refused(
            &models,
            "tiny-x2",
            &["index.json", "not a file in the folder"],
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_network_that_asks_for_all_memory_is_refused_it() {
    use crate::writer::longs;
    let ground = Ground::new();
    let told = fs::read_to_string("/proc/meminfo").unwrap();
    let line = told.lines().find(|l| l.starts_with("MemAvailable"));
    let free = line.unwrap().split_whitespace().nth(1).unwrap();
    // Nine tenths of what is free, in floats.
    let floats = free.parse::<i64>().unwrap() * 1024 * 9 / 10 / 4;
    let model = Model {
        initializers: vec![longs("many", &[floats / 1024]), longs("row", &[1024])],
        ..Model::of([
            node("Concat", &["many", "row"], "shape", &[int("axis", 0)]),
            node("ReduceMax", &["x"], "one", &[int("keepdims", 0)]),
            node("Expand", &["one", "shape"], "all", &[]),
            node("ReduceMax", &["all"], "least", &[int("keepdims", 0)]),
            node("Add", &["x", "least"], "z", &[]),
        ])
    };
    let file = ground.file("a.onnx", model.bytes());
    ground.refused(nowhere(), text(&file), &["ONNX Runtime failed", "memory"]);
}

/// The metadata say what DN are divided by; networks in a row may each have a divisor of their own.
#[test]
fn networks_in_a_row_may_count_in_different_units() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene::default().make(folder.path());
    let output = folder.path().join("out.tif");
    let run = || {
        done(
            &models,
            &[
                "run",
                text(&input),
                text(&output),
                "--to",
                "5",
                "--bands",
                "B2,B5",
            ],
        );
        read(&output)
    };
    let before = run();
    // It is as good for halves: no layer of it adds a constant.
    let file = models.join("dummy-x2.onnx");
    let mut network = fs::read(&file).unwrap();
    let sum = |bytes: &[u8]| -> String {
        let sum = <sha2::Sha256 as sha2::Digest>::digest(bytes);
        sum.iter().map(|b| format!("{b:02x}")).collect()
    };
    let (key, old) = (b"s2sr.divisor\x12\x042000", sum(&network));
    let at = network.windows(key.len()).position(|w| w == key).unwrap();
    network[at..][..key.len()].copy_from_slice(b"s2sr.divisor\x12\x044000");
    fs::write(&file, &network).unwrap();
    let index = fs::read_to_string(models.join("index.json")).unwrap();
    fs::write(
        models.join("index.json"),
        index.replace(&old, &sum(&network)),
    )
    .unwrap();
    assert!(before.difference(&run()) <= 1.0);
}
