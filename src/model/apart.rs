//! Runs on the processor, each on a thread of its own, so that whoever cancels need not wait for an
//! operator that takes long.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ndarray::{Array4, ArrayD};
use ort::session::{RunOptions, Session, SessionInputValue};
use ort::value::TensorRef;

use super::Inputs;
use super::cancel::Cancel;
use super::contract::Contract;
use super::outputs::kept;
use super::session::Opened;
use crate::error::{Error, Result};
use crate::gdal::spawn::{ended, spawn};
use crate::locks::lock;

/// How often a run looks whether it was cancelled meanwhile.
const LOOK: Duration = Duration::from_millis(100);
/// How long a cancelled run is waited for: longer than any operator of a sensible network takes for
/// a tile.
const PATIENCE: Duration = Duration::from_secs(5);

/// On a thread of its own. ONNX Runtime hears of a cancelled run between two operators only,
/// and how long one takes is up to the model. A run that does not hear of it in time is left to
/// itself: it ends when that operator does.
pub fn run(
    session: &Arc<Mutex<Opened>>,
    contract: &Contract,
    inputs: &Inputs,
    cancel: &Cancel,
) -> Result<ort::Result<Vec<ArrayD<f32>>>> {
    run_for(PATIENCE, session, contract, inputs, cancel)
}

/// Waits so long for a cancelled run.
fn run_for(
    patience: Duration,
    session: &Arc<Mutex<Opened>>,
    contract: &Contract,
    inputs: &Inputs,
    cancel: &Cancel,
) -> Result<ort::Result<Vec<ArrayD<f32>>>> {
    let (send, receive) = mpsc::channel();
    let (session, of, inputs) = (session.clone(), contract.clone(), inputs.clone());
    let for_run = cancel.clone();
    let run = move || {
        let output = for_run.options().map(|options| {
            let mut opened = lock(&session);
            opened.stop.listen_to(for_run.flag());
            opened.run(|session| plain(session, &of, &inputs, options))
        });
        // The session ends where the network does, not in this thread. Nobody listens any more
        // where the run was left.
        drop((session, inputs));
        let _ = send.send(output);
        Ok(())
    };
    let thread = spawn(run)?;
    let mut left = patience;
    loop {
        match receive.recv_timeout(LOOK) {
            Ok(output) => {
                let _ = thread.join();
                return output;
            }
            Err(RecvTimeoutError::Timeout) if !cancel.is_stopped() => {}
            Err(RecvTimeoutError::Timeout) => match left.checked_sub(LOOK) {
                Some(time) => left = time,
                None => return Err(Error::Cancelled),
            },
            Err(RecvTimeoutError::Disconnected) => {
                let why = || {
                    Error::internal(format!("the run of {} ended without a word", contract.name))
                };
                return Err(ended(thread.join()).err().unwrap_or_else(why));
            }
        }
    }
}

fn plain(
    session: &mut Session,
    contract: &Contract,
    inputs: &[Array4<f32>],
    options: &RunOptions,
) -> ort::Result<Vec<ArrayD<f32>>> {
    let mut values: Vec<(String, SessionInputValue)> = Vec::with_capacity(inputs.len());
    for (port, input) in contract.inputs.iter().zip(inputs) {
        values.push((
            port.name.clone(),
            TensorRef::from_array_view(input.view())?.into(),
        ));
    }
    let outputs = session.run_with_options(values, options)?;
    let names = contract.run_outputs().map(|(name, _)| name);
    names
        .map(|name| kept(outputs[name].try_extract_array()?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Kernels;
    use crate::model::ModelFile;
    use crate::model::runtime::Runtime;
    use crate::model::writer::{Model, ints, node};
    use crate::options::Options;

    #[test]
    fn a_run_is_cancelled_in_the_middle_of_an_operator() {
        // A mean over 511 x 511 pixels around each pixel: seconds, and nothing to be heard
        // meanwhile.
        let mean = node(
            "AveragePool",
            &["x"],
            "z",
            &[ints("kernel_shape", &[511; 2]), ints("pads", &[255; 4])],
        );
        let model = Model::of([mean]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slow.onnx");
        std::fs::write(&path, model.bytes()).unwrap();
        let mut options = Options::default();
        options.set("threads", "1").unwrap();
        let file = ModelFile::read(&path).unwrap();
        let runtime = Runtime::get(&options).unwrap();
        let kernels = Kernels::chosen();
        let opened = Opened::open(&runtime, &file, &file.contract, &options, None, kernels);
        let session = Arc::new(Mutex::new(opened.unwrap()));
        let cancel = Cancel::default();
        let inputs = Arc::new(vec![Array4::zeros((1, 1, 400, 400))]);
        let result = std::thread::scope(|scope| {
            scope.spawn(|| {
                // The run has its session as long as it works; soon after, it is in the operator.
                while session.try_lock().is_ok() {
                    std::thread::yield_now();
                }
                std::thread::sleep(3 * LOOK);
                cancel.stop();
            });
            run_for(2 * LOOK, &session, &file.contract, &inputs, &cancel)
        });
        assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
        assert!(session.try_lock().is_err(), "the operator had ended before");
        // What was left to itself ends: nothing of it is there when the next test starts.
        drop(lock(&session));
    }
}
