//! The networks that a process keeps between tiles. Scenes share them: a mosaic of hundreds of
//! products needs no more than one.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::engine::Engine;
use crate::error::Result;
use crate::fork::PerProcess;
use crate::job::Job;
use crate::locks::lock;
use crate::model::Network;
use crate::options::{Device, Options, Precision, Quality};

/// Jobs of so many kinds keep their networks.
const KINDS: usize = 4;

static KEPT: PerProcess<Mutex<Vec<Kept>>> = PerProcess::new();

type Kept = (Kind, Vec<Arc<Network>>);

/// What networks are opened by: the files, by their sums, and the options that count.
#[derive(PartialEq)]
struct Kind {
    models: Vec<(PathBuf, String)>,
    device: Device,
    precision: Precision,
    quality: Quality,
    uncertainty: bool,
    threads: Option<usize>,
    onnxruntime: Option<PathBuf>,
}

/// A job with its networks, and whether they were opened just now.
pub fn engine(job: &Arc<Job>, options: &Options) -> Result<(Engine, bool)> {
    let models = job.models.iter();
    let kind = Kind {
        models: models.map(|m| (m.path.clone(), m.sum.clone())).collect(),
        device: options.device,
        precision: options.precision,
        quality: options.quality,
        uncertainty: options.uncertainty,
        threads: options.threads,
        onnxruntime: options.onnxruntime.clone(),
    };
    // Opened under the lock, so that nobody else opens the same.
    let mut kept = lock(KEPT.get());
    let found = kept.iter().position(|(of, _)| *of == kind);
    let (networks, gone) = match found {
        Some(at) => {
            let last = kept.remove(at);
            let networks = last.1.clone();
            kept.push(last);
            (networks, None)
        }
        None => {
            let networks = Network::open_all(&job.models, options)?;
            kept.push((kind, networks.clone()));
            let gone = (kept.len() > KINDS).then(|| kept.remove(0));
            (networks, gone)
        }
    };
    // Closing takes a while.
    drop(kept);
    drop(gone);
    let engine = Engine::with(job.clone(), networks, options);
    Ok((engine, found.is_none()))
}

/// Lets go of all. Who uses one keeps it.
pub fn forget() {
    let gone = std::mem::take(&mut *lock(KEPT.get()));
    drop(gone);
}
