//! ONNX Runtime, found and loaded when the first network is opened.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use ort::environment::Environment;

use crate::error::{Cause, Error, Result};
use crate::fork::section;
use crate::locks::lock;
use crate::memory;
use crate::options::Options;
use crate::places;

/// The loaded runtime. There is one per process.
#[derive(Clone)]
pub struct Runtime(pub Environment);

/// It, and the file that it came from.
static LOADED: OnceLock<(Runtime, PathBuf)> = OnceLock::new();
/// Held while it is being loaded.
static LOADING: Mutex<()> = Mutex::new(());

/// Memory that loading it takes, generously. Where it gets less it ends the process.
const TO_LOAD: usize = 160 << 20;

impl Runtime {
    /// The runtime, loaded at the first call. An attempt that failed is made anew at the next call.
    pub fn get(options: &Options) -> Result<Runtime> {
        let _section = section();
        if let Some(loaded) = LOADED.get() {
            return accepted(loaded, options);
        }
        let _loading = lock(&LOADING);
        if let Some(loaded) = LOADED.get() {
            return accepted(loaded, options);
        }
        memory::require(TO_LOAD)?;
        let (mut tried, mut cause) = (Vec::new(), None::<Cause>);
        for place in places::onnxruntime_files(options.onnxruntime.as_deref()) {
            // A path that does not exist is passed by; a bare name is the system loader's to find.
            if place.components().count() > 1 && !place.exists() {
                tried.push(place.display().to_string());
                continue;
            }
            match ort::init_from(&place) {
                Ok(builder) => {
                    let environment = builder
                        .with_name("s2sr")
                        .with_telemetry(false)
                        .with_logger(std::sync::Arc::new(|_, _, _, _, _| {}))
                        .build();
                    let environment = environment.map_err(|e| {
                        Error::runtime(format!(
                            "ONNX Runtime from {} does not start ({e})",
                            place.display()
                        ))
                        .because(e)
                    })?;
                    return Ok(LOADED
                        .get_or_init(|| (Runtime(environment), place))
                        .0
                        .clone());
                }
                Err(e) => {
                    let why = first_line(&e.to_string()).to_owned();
                    tried.push(format!("{} ({why})", place.display()));
                    cause = Some(e.into());
                }
            }
        }
        Err(Error::runtime(format!(
            "ONNX Runtime was not found; looked for {}; install it (scripts/setup.sh does) or \
             set ORT_DYLIB_PATH to {}",
            tried.join(", "),
            places::library("onnxruntime")
        ))
        .caused(cause))
    }
}

/// The runtime of the process, unless another one was asked for.
fn accepted((runtime, file): &(Runtime, PathBuf), options: &Options) -> Result<Runtime> {
    match options
        .onnxruntime
        .as_deref()
        .filter(|wanted| !same(wanted, file))
    {
        None => Ok(runtime.clone()),
        Some(wanted) => Err(Error::runtime(format!(
            "{} cannot be loaded beside the ONNX Runtime of this process, {}; leave the option \
             out or start a new process",
            wanted.display(),
            file.display()
        ))),
    }
}

fn same(a: &Path, b: &Path) -> bool {
    a == b
        || a.canonicalize()
            .is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
