//! Little of anything: memory, threads, room in a file. An error in one sentence or a result, never
//! an abort, a hang or half a file; and whatever thread something goes wrong on, its reason is told
//! and nothing else.
// Limits that only the shell of a Unix sets.
#![cfg(unix)]

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use crate::failures;
use crate::support::{LOSSLESS, Scene, ended, failed, files, s2sr, text, tiny_models, translate};

/// A scene, the tiny networks, and a folder for results, where every user may read and write.
fn ground() -> (tempfile::TempDir, PathBuf, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let input = Scene {
        size: 360,
        ..Scene::default()
    }
    .make(folder.path());
    let models = tiny_models(folder.path());
    let results = folder.path().join("results");
    fs::create_dir(&results).unwrap();
    for open in [folder.path(), &results] {
        fs::set_permissions(open, fs::Permissions::from_mode(0o777)).unwrap();
    }
    (folder, input, models, results)
}

/// A run in which `limit` holds; whether it succeeded. Else it failed in one sentence and left
/// nothing.
fn survives(
    models: &Path,
    input: &Path,
    results: &Path,
    extra: &[&str],
    limit: impl FnMut() -> io::Result<()> + Send + Sync + 'static,
) -> bool {
    let output = results.join("out.tif");
    let mut command = s2sr(models);
    command
        .args(["run", text(input), text(&output), "--quiet"])
        .args(extra)
        .env("RUST_BACKTRACE", "1");
    // SAFETY: the limits are set by calls that are async-signal-safe.
    unsafe { command.pre_exec(limit) };
    let out = ended(command);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    if out.status.success() {
        assert_eq!(files(results), ["out.tif"]);
        fs::remove_file(&output).unwrap();
        return true;
    }
    // The system's loader says 127 where the program does not even start.
    if out.status.code() != Some(127) {
        failed(&out, 1, &[]);
        assert!(
            !said.contains("internal error") && !said.contains("Ctrl-C"),
            "{said}"
        );
    }
    assert!(files(results).is_empty(), "{said}");
    false
}

#[test]
fn little_memory() {
    let (_folder, input, models, results) = ground();
    let mut succeeded = false;
    // One thread: those of ONNX Runtime end the process where the last memory ends while they work.
    for megabytes in (150..600).step_by(15).chain([900, 1500, 4000]) {
        succeeded = survives(&models, &input, &results, &["--threads", "1"], move || {
            let limit = libc::rlimit {
                rlim_cur: megabytes << 20,
                rlim_max: megabytes << 20,
            };
            // SAFETY: a plain call.
            unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) };
            Ok(())
        });
    }
    assert!(succeeded, "4 GB have to be enough");
}

#[test]
fn few_threads() {
    // Only other users than root are counted, and only root can become one.
    // SAFETY: plain calls.
    if unsafe { libc::geteuid() } != 0 {
        return;
    }
    let (_folder, input, models, results) = ground();
    let mut outcomes = Vec::new();
    for threads in (1..=10).chain([200]) {
        outcomes.push(survives(&models, &input, &results, &[], move || {
            let limit = libc::rlimit {
                rlim_cur: threads,
                rlim_max: threads,
            };
            // SAFETY: plain calls.
            let set = unsafe {
                libc::setgid(54321)
                    | libc::setuid(54321)
                    | libc::setrlimit(libc::RLIMIT_NPROC, &limit)
            };
            if set == 0 {
                Ok(())
            } else {
                Err(io::Error::last_os_error())
            }
        }));
    }
    assert!(!outcomes[0] && outcomes[outcomes.len() - 1], "{outcomes:?}");
}

#[test]
fn few_descriptors() {
    let (_folder, input, models, results) = ground();
    for files in (7..24).step_by(2) {
        let limit = libc::rlimit {
            rlim_cur: files,
            rlim_max: files,
        };
        let mut command = s2sr(&models);
        command.args([
            "run",
            text(&input),
            text(&results.join("out.tif")),
            "--quiet",
        ]);
        // SAFETY: the call is async-signal-safe.
        unsafe {
            command.pre_exec(move || {
                if libc::setrlimit(libc::RLIMIT_NOFILE, &limit) == 0 {
                    Ok(())
                } else {
                    Err(io::Error::last_os_error())
                }
            })
        };
        let out = ended(command);
        // What cannot be opened is not called something else.
        if !out.status.success() {
            failed(&out, 1, &[]);
            assert!(
                !String::from_utf8_lossy(&out.stderr).contains("GeoTIFF"),
                "{files}: {out:?}"
            );
        }
    }
}

#[test]
fn what_a_thread_of_the_decoder_finds_is_told_in_one_sentence() {
    let (_folder, input, models, results) = ground();
    let (band, jp2) = (input.join("T33_B8.tif"), input.join("T33_B8.jp2"));
    let blocks = ["-co", "BLOCKXSIZE=64", "-co", "BLOCKYSIZE=64"];
    translate(&band, &jp2, &[&LOSSLESS[..], &blocks].concat());
    fs::remove_file(&band).unwrap();
    let bytes = fs::read(&jp2).unwrap();
    fs::write(&jp2, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let mut command = s2sr(&models);
    command.args(["run", text(&input), text(&results.join("out.tif"))]);
    let out = ended(command);
    failed(&out, 1, &["T33_B8.jp2", "cut short"]);
    assert!(!String::from_utf8_lossy(&out.stderr).contains("no reason given"));
    assert!(files(&results).is_empty());
}

#[test]
fn a_full_disk_leaves_the_earlier_result() {
    let (_folder, input, models, results) = failures::ground();
    let output = results.join("out.tif");
    fs::write(&output, "the earlier result").unwrap();
    let mut command = s2sr(&models);
    command.args([
        "run",
        text(&input),
        text(&output),
        "--to",
        "5",
        "--co",
        "COMPRESS=NONE",
    ]);
    // SAFETY: the call is async-signal-safe. Past 64 KiB every write fails, as on a full disk, if
    // the signal is ignored.
    unsafe {
        command.pre_exec(|| {
            let limit = libc::rlimit {
                rlim_cur: 64 << 10,
                rlim_max: 64 << 10,
            };
            libc::setrlimit(libc::RLIMIT_FSIZE, &limit);
            Ok(())
        });
    }
    let mut out = command.output().unwrap();
    // Newer libtiffs say it too, past GDAL's own messages.
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    let ours: Vec<&str> = said.lines().filter(|l| l.starts_with("s2sr:")).collect();
    out.stderr = ours.join("\n").into_bytes();
    failed(&out, 1, &["out.tif", "free space"]);
    assert_eq!(fs::read_to_string(&output).unwrap(), "the earlier result");
    assert_eq!(files(&results), ["out.tif"]);
}

#[test]
fn an_answer_that_nobody_gets_is_a_failure() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let calls: [&[&str]; 5] = [
        &["run", text(&input), text(&output)],
        &["run", text(&input), text(&output), "--json"],
        &["info", text(&input)],
        &["models"],
        &["--help"],
    ];
    for call in calls {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let out = s2sr(&models).args(call).stdout(full).output().unwrap();
        failed(&out, 1, &["standard output", "No space left"]);
    }
    assert_eq!(files(&results), ["out.tif"]);
    // Who has seen enough is no reason to complain.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let out = s2sr(&models).args(["models"]).stdout(writer).output();
    assert!(out.unwrap().status.success());
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_takes_no_files() {
    let (_folder, input, models, _results) = ground();
    let out = s2sr(&models)
        .args(["run", text(&input), "/proc/out.tif"])
        .output();
    failed(
        &out.unwrap(),
        1,
        &["/proc/out.tif", "choose another folder"],
    );
}
