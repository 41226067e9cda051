//! Runs that end in the middle of their work, killed or by a panic of who asked for them, and runs
//! that take so long that something can happen to them.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use s2sr::Options;

use crate::failures::ground;
use crate::support::{done, files, run, s2sr, text};

/// A run that takes a while, in many tiles.
pub fn long(models: &Path, input: &Path, output: &Path) -> Command {
    let mut command = s2sr(models);
    command
        .args(["run", text(input), text(output), "--to", "5", "--tile", "4"])
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

pub fn wait_for(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never came");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_run_leaves_no_output_and_the_next_one_tidies_up() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let mut child = long(&models, &input, &output).spawn().unwrap();
    wait_for(|| !files(&results).is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!output.exists());
    assert!(
        run(&models, &["run", text(&input), text(&output)])
            .status
            .success()
    );
    assert_eq!(files(&results), ["out.tif"]);
}

#[test]
fn killed_at_any_moment() {
    let (_folder, input, models, results) = ground();
    let (output, picture) = (results.join("out.tif"), results.join("look.png"));
    let arguments = [
        "run",
        text(&input),
        text(&output),
        "--preview",
        text(&picture),
        "--tile",
        "40",
        "--quiet",
    ];
    let start = Instant::now();
    done(&models, &arguments);
    let whole = start.elapsed();
    let earlier = [&output, &picture].map(|f| fs::read(f).unwrap());
    for moment in 1..=8 {
        let mut child = s2sr(&models)
            .args(arguments)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        sleep(whole * moment / 8);
        let _ = child.kill();
        child.wait().unwrap();
        // The same input gives the same files, so whole is whole, be it the earlier or a new one.
        assert!(
            [&output, &picture].map(|f| fs::read(f).unwrap()) == earlier,
            "killed after {moment}/8"
        );
    }
    done(&models, &arguments);
    assert_eq!(files(&results), ["look.png", "out.tif"]);
}

#[test]
fn a_panic_of_the_progress_function_ends_the_run() {
    let (_folder, input, models, results) = ground();
    let mut options = Options::default();
    for (key, value) in [("models", text(&models)), ("to", "5"), ("tile", "4")] {
        options.set(key, value).unwrap();
    }
    let mut calls_after = 0;
    let mut panicked = false;
    let progress = &mut |fraction: f64, _: Option<&str>| {
        calls_after += usize::from(panicked);
        if fraction > 0.02 {
            panicked = true;
            panic!("on purpose");
        }
        true
    };
    let run = catch_unwind(AssertUnwindSafe(|| {
        s2sr::run(&input, results.join("out.tif"), &options, progress)
    }));
    assert_eq!(run.unwrap_err().downcast_ref::<&str>(), Some(&"on purpose"));
    assert_eq!(calls_after, 0);
    assert!(files(&results).is_empty());
}
