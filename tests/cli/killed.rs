//! A run that is killed, and runs that take so long that something can happen to them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::failures::ground;
use crate::support::{files, run, s2sr, text};

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
