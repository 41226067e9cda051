//! Signals: cancelling counts until the end.
// The consoles of Windows have theirs in `windows`.
#![cfg(unix)]

use std::cell::RefCell;
use std::fs;
use std::io::{PipeReader, PipeWriter, Write};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::failures::ground;
use crate::killed::{long, wait_for};
use crate::outputs::wait_for_work;
use crate::support::{Scene, failed, files, s2sr, text, tiny_models};

/// Far more than a cancelled run may take, far less than the work that it was cancelled in.
const SOON: Duration = Duration::from_secs(10);

fn signal(child: &Child, signal: i32) {
    // SAFETY: a signal to a child of ours.
    unsafe { libc::kill(child.id() as i32, signal) };
}

/// The end of a child that was told to end.
fn ended_soon(mut child: Child) -> Output {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > SOON {
            child.kill().unwrap();
            panic!("it did not end");
        }
        sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

#[test]
fn ctrl_c_leaves_nothing_and_harms_nothing() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    fs::write(&output, "the earlier result").unwrap();
    let child = long(&models, &input, &output).spawn().unwrap();
    wait_for(|| files(&results).len() > 1);
    signal(&child, libc::SIGINT);
    failed(&child.wait_with_output().unwrap(), 130, &["cancelled"]);
    assert_eq!(files(&results), ["out.tif"]);
    assert_eq!(fs::read_to_string(&output).unwrap(), "the earlier result");
}

#[test]
fn cancelled_while_the_cog_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let input = Scene {
        size: 480,
        bands: vec!["B2", "B3", "B4", "B8"],
        ..Scene::default()
    }
    .make(folder.path());
    let results = folder.path().join("results");
    fs::create_dir(&results).unwrap();
    let output = results.join("out.tif");
    fs::write(&output, "the earlier result").unwrap();
    let mut command = s2sr(&models);
    command.args([
        "run",
        text(&input),
        text(&output),
        "--to",
        "5",
        "--format",
        "COG",
        "--co",
        "COMPRESS=LZMA",
    ]);
    command
        .args(["--co", "NUM_THREADS=1", "--co", "OVERVIEWS=NONE", "--quiet"])
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    // The pixels are in a scratch file by then; the result is the second.
    wait_for(|| files_in_work(&results) > 1);
    signal(&child, libc::SIGTERM);
    failed(&ended_soon(child), 130, &["cancelled"]);
    assert_eq!(fs::read_to_string(&output).unwrap(), "the earlier result");
    assert_eq!(files(&results), ["out.tif"]);
}

/// How many files of unfinished work there are in private folders.
fn files_in_work(results: &Path) -> usize {
    let folders = fs::read_dir(results)
        .unwrap()
        .flatten()
        .filter(|e| e.path().is_dir());
    folders
        .map(|f| fs::read_dir(f.path()).map_or(0, |list| list.count()))
        .sum()
}

#[test]
fn signals_are_heard_while_a_product_is_being_opened() {
    let (_folder, _input, models, results) = ground();
    // A server that takes calls and never answers.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let address = format!("/vsicurl/http://{}/B5.tif", server.local_addr().unwrap());
    let out = results.join("out.tif");
    for arguments in [
        vec!["run", &address, text(&out)],
        vec!["evaluate", &address],
        vec!["info", &address],
        vec!["vrt", &address, text(&out)],
    ] {
        for number in [libc::SIGINT, libc::SIGTERM] {
            let child = s2sr(&models)
                .args(&arguments)
                .stderr(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            // It is stuck once it has called.
            let calls = RefCell::new(Vec::new());
            wait_for(|| {
                server
                    .accept()
                    .map(|call| calls.borrow_mut().push(call))
                    .is_ok()
            });
            signal(&child, number);
            assert_eq!(ended_soon(child).status.code(), Some(130), "{arguments:?}");
        }
    }
    assert!(files(&results).is_empty());
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let (_folder, input, models, results) = ground();
    let (_reader, writer) = stuffed_pipe();
    // Standard error takes nothing more, so that the program is stuck when it says that it was
    // cancelled, and at no note before.
    let child = long(&models, &input, &results.join("out.tif"))
        .arg("--quiet")
        .stderr(writer)
        .spawn()
        .unwrap();
    wait_for_work(&results);
    signal(&child, libc::SIGINT);
    wait_for(|| files(&results).is_empty());
    sleep(Duration::from_millis(300));
    signal(&child, libc::SIGTERM);
    assert_eq!(ended_soon(child).status.code(), Some(130));
}

#[test]
fn signals_at_once_are_one_wish() {
    let (_folder, input, models, results) = ground();
    for _ in 0..5 {
        let child = long(&models, &input, &results.join("out.tif"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for_work(&results);
        // As timeout(1) does it.
        signal(&child, libc::SIGTERM);
        sleep(Duration::from_millis(5));
        signal(&child, libc::SIGTERM);
        failed(&ended_soon(child), 130, &["cancelled"]);
        assert!(files(&results).is_empty(), "{:?}", files(&results));
    }
}

#[test]
fn a_signal_after_the_output_is_there_does_not_deny_it() {
    let (_folder, input, models, results) = ground();
    let (mut reader, writer) = stuffed_pipe();
    let out = results.join("out.tif");
    // Standard output takes nothing more, so that the program is stuck when it tells of the result.
    let child = s2sr(&models)
        .arg("run")
        .args([&input, &out])
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_for(|| files(&results) == ["out.tif"]);
    sleep(Duration::from_millis(300));
    signal(&child, libc::SIGINT);
    sleep(Duration::from_millis(100));
    std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    assert_eq!(ended_soon(child).status.code(), Some(0));
}

#[test]
fn a_second_signal_after_the_output_is_there_does_not_deny_it() {
    let (_folder, input, models, results) = ground();
    let (_reader, writer) = stuffed_pipe();
    let out = results.join("out.tif");
    let child = s2sr(&models)
        .arg("run")
        .args([&input, &out])
        .stdout(writer)
        .spawn()
        .unwrap();
    wait_for(|| files(&results) == ["out.tif"]);
    sleep(Duration::from_millis(300));
    signal(&child, libc::SIGINT);
    sleep(Duration::from_millis(300));
    signal(&child, libc::SIGINT);
    // Nobody got the answer, which is a failure, but nothing was cancelled.
    assert_eq!(ended_soon(child).status.code(), Some(1));
    assert_eq!(files(&results), ["out.tif"]);
}

/// A pipe that takes nothing more until it is read.
fn stuffed_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    // SAFETY: flags of a pipe of ours.
    let blocking = |flag: i32| {
        assert_eq!(
            unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, flag) },
            0
        )
    };
    blocking(libc::O_NONBLOCK);
    while (&writer).write(&[b'.'; 4096]).is_ok() {}
    while (&writer).write(b".").is_ok() {}
    blocking(0);
    (reader, writer)
}

#[test]
fn under_nohup_a_run_outlives_its_terminal() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let run = long(&models, &input, &output);
    let mut command = Command::new("nohup");
    command.arg(run.get_program()).args(run.get_args());
    for (name, value) in run.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_for_work(&results);
    signal(&child, libc::SIGHUP);
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{out:?}");
    assert_eq!(files(&results), ["out.tif"]);
}
