//! What Windows alone has: files that others keep open, consoles and their signals, programs without
//! one, names of drives and of more than 260 characters.
#![cfg(windows)]

use std::fs::{self, OpenOptions};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::process::CommandExt;
use std::path::Path;
use std::process::Stdio;

use windows_sys::Win32::Storage::FileSystem::{FILE_SHARE_READ, FILE_SHARE_WRITE};
use windows_sys::Win32::System::Threading::{CREATE_NEW_CONSOLE, DETACHED_PROCESS};

use crate::failures::ground;
use crate::inputs::python;
use crate::killed::{long, wait_for};
use crate::support::{done, failed, files, read, refused, s2sr, text};

#[test]
fn an_output_that_is_open_elsewhere() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    done(&models, &["run", text(&input), text(&output)]);
    let before = fs::read(&output).unwrap();
    // As GDAL opens a file to read it.
    let open = || {
        OpenOptions::new()
            .read(true)
            .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE)
            .open(&output)
            .unwrap()
    };
    let held = open();
    let again = ["run", text(&input), text(&output), "--to", "5"];
    refused(&models, &again, 1, &["out.tif", "another program"]);
    drop(held);
    // Opened while the run is at work.
    let child = long(&models, &input, &output)
        .arg("--quiet")
        .spawn()
        .unwrap();
    wait_for(|| files(&results).len() > 1);
    let held = open();
    failed(
        &child.wait_with_output().unwrap(),
        1,
        &["out.tif", "another program"],
    );
    drop(held);
    assert!(fs::read(&output).unwrap() == before);
    assert_eq!(files(&results), ["out.tif"]);
    done(&models, &again);
    assert_eq!(read(&output).grid.gsd, 5.0);
}

#[test]
fn ctrl_c_leaves_nothing_and_harms_nothing() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    fs::write(&output, "the earlier result").unwrap();
    // All programs of a console hear of it, so the run has one of its own. Who presses the keys is in
    // it for the time.
    let child = long(&models, &input, &output)
        .creation_flags(CREATE_NEW_CONSOLE)
        .spawn()
        .unwrap();
    wait_for(|| files(&results).len() > 1);
    let press = "import ctypes, sys
console = ctypes.windll.kernel32
console.FreeConsole()
assert console.AttachConsole(int(sys.argv[1]))
assert console.SetConsoleCtrlHandler(None, True)
assert console.GenerateConsoleCtrlEvent(0, 0)";
    python(press, &[Path::new(&child.id().to_string())]);
    failed(&child.wait_with_output().unwrap(), 130, &["cancelled"]);
    assert_eq!(files(&results), ["out.tif"]);
    assert_eq!(fs::read_to_string(&output).unwrap(), "the earlier result");
}

#[test]
fn without_a_console() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let status = s2sr(&models)
        .args(["run", text(&input), text(&output)])
        .creation_flags(DETACHED_PROCESS)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    assert_eq!(read(&output).grid.gsd, 10.0);
}

#[test]
fn drives_and_both_slashes() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let whole = std::path::absolute(&output).unwrap();
    assert!(text(&whole).as_bytes()[1] == b':');
    for name in [
        text(&whole).replace('/', "\\"),
        text(&whole).replace('\\', "/"),
        format!(r"\\?\{}", text(&whole)),
    ] {
        let scene = text(&input).replace('\\', "/");
        done(&models, &["run", &scene, &name]);
        assert_eq!(read(&output).bands.len(), 8, "{name}");
        fs::remove_file(&output).unwrap();
        assert!(files(&results).is_empty());
    }
    assert!(!Path::new("out.tif").exists());
}
