//! One network, ready to run.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use ndarray::Array4;
use ort::ep::{self, ExecutionProvider};
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{RunOptions, Session, SessionInputValue};
use ort::value::TensorRef;

use super::contract::Contract;
use super::registry::ModelFile;
use super::runtime::Runtime;
use crate::core::error::{Error, Result};
use crate::core::options::{Device, Options};

/// A network and the session that runs it. May be used from several threads, which then take turns.
pub struct Network {
    /// What goes in and what comes out.
    pub contract: Contract,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// What the user should know about how it was opened.
    pub note: Option<String>,
    /// Always there; only a drop after fork() takes it.
    session: Option<Mutex<Session>>,
    /// The process it was opened in, whose threads it runs on.
    process: u32,
    nanoseconds: AtomicU64,
}

/// Stops a run of a network from another thread, in the middle of a tile.
#[derive(Clone, Default)]
pub struct Cancel {
    /// Made at the first run, because ONNX Runtime is loaded by then; `None` where it refused.
    options: Arc<OnceLock<Option<RunOptions>>>,
    stopped: Arc<AtomicBool>,
}

impl Cancel {
    /// Ends the runs under way, and all later ones, with [`Error::Cancelled`].
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        // A refusal only means that the tile under way ends by itself.
        if let Some(Some(options)) = self.options.get() {
            let _ = options.terminate();
        }
    }

    /// Whether `stop` was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

impl Network {
    /// Makes a model ready to run. This is where ONNX Runtime is loaded.
    pub fn open(model: &ModelFile, options: &Options) -> Result<Self> {
        let runtime = &Runtime::get(options)?;
        let (path, bytes) = (model.path.as_path(), model.bytes.as_slice());
        let mut note = None;
        let cpu = || commit(runtime, options, None, path, bytes);
        let (session, device) = match options.device {
            Device::Cpu => (cpu()?, "cpu".to_owned()),
            Device::Cuda(n) => (commit(runtime, options, Some(n), path, bytes)?, format!("cuda:{n}")),
            Device::Auto if !gpu_is_likely() => (cpu()?, "cpu".to_owned()),
            Device::Auto => match commit(runtime, options, Some(0), path, bytes) {
                Ok(session) => (session, "cuda:0".to_owned()),
                Err(e) => {
                    note = Some(format!("the GPU cannot be used, so the processor is ({e})"));
                    (cpu()?, "cpu".to_owned())
                }
            },
        };
        let contract = model.contract.clone();
        check_ports(&session, &contract).map_err(|what| Error::Model(format!("{}: {what}", path.display())))?;
        Ok(Self { contract, device, note, session: Some(Mutex::new(session)), process: std::process::id(), nanoseconds: AtomicU64::new(0) })
    }

    /// Runs the network. Inputs in the contract's order, each (batch, bands, rows, columns); one output likewise.
    pub fn run(&self, inputs: &[Array4<f32>], cancel: &Cancel) -> Result<Array4<f32>> {
        let run_options = cancel.options.get_or_init(|| RunOptions::new().ok()).as_ref();
        let run_options = run_options.ok_or_else(|| Error::Runtime("ONNX Runtime refused its run options".into()))?;
        if cancel.is_stopped() {
            return Err(Error::Cancelled);
        }
        let Some(session) = self.session.as_ref().filter(|_| self.process == std::process::id()) else {
            return Err(Error::Runtime(format!(
                "the network {} was opened before fork(), and its threads are not in this process; open it again",
                self.contract.name
            )));
        };
        let failed = |e: ort::Error| {
            if cancel.is_stopped() {
                return Error::Cancelled;
            }
            Error::Runtime(format!("ONNX Runtime failed in the network {} on {} ({e}); a smaller tile needs less memory", self.contract.name, self.device))
        };
        let mut values: Vec<(String, SessionInputValue)> = Vec::with_capacity(inputs.len());
        for (port, input) in self.contract.inputs.iter().zip(inputs) {
            values.push((port.name.clone(), TensorRef::from_array_view(input.view()).map_err(failed)?.into()));
        }
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now();
        let outputs = session.run_with_options(values, run_options).map_err(failed)?;
        self.nanoseconds.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        let output = &outputs[self.contract.outputs[0].name.as_str()];
        let array = output.try_extract_array::<f32>().map_err(failed)?;
        let shape = array.shape().to_vec();
        array
            .to_owned()
            .into_dimensionality()
            .map_err(|_| Error::Model(format!("the network {} gives an output of shape {shape:?}, not (batch, bands, rows, columns)", self.contract.name)))
    }

    /// Seconds spent inside ONNX Runtime so far.
    pub fn seconds(&self) -> f64 {
        self.nanoseconds.load(Ordering::Relaxed) as f64 * 1e-9
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // In the child of a fork() the session would wait forever for threads that only the parent has.
        if self.process != std::process::id() {
            std::mem::forget(self.session.take());
        }
    }
}

fn commit(runtime: &Runtime, options: &Options, cuda: Option<i32>, path: &Path, bytes: &[u8]) -> Result<Session> {
    let refused = |e: ort::Error<SessionBuilder>| Error::Runtime(format!("ONNX Runtime refused its settings ({e})"));
    let builder = SessionBuilder::new(&runtime.0).map_err(|e| Error::Runtime(format!("ONNX Runtime does not start a session ({e})")))?;
    let mut builder = builder.with_optimization_level(GraphOptimizationLevel::Level3).map_err(refused)?;
    // Reusing memory by pattern would keep a copy for every tile shape that ever came by.
    builder = builder.with_memory_pattern(false).map_err(refused)?;
    if let Some(threads) = options.threads {
        builder = builder.with_intra_threads(threads).map_err(refused)?;
    }
    if let Some(number) = cuda {
        // TF32 has ten bits of mantissa; the same pixel has to come out on every device.
        let provider = ep::CUDA::default().with_device_id(number).with_tf32(false);
        if !ep::CUDA::is_available().unwrap_or(false) {
            return Err(Error::Runtime(
                "this ONNX Runtime is built without CUDA; use device cpu, or install the CUDA build (onnxruntime-gpu) and set ORT_DYLIB_PATH".into(),
            ));
        }
        let registered = builder.with_execution_providers([provider.build().error_on_failure()]);
        builder = registered.map_err(|e| Error::Runtime(format!("CUDA device {number} cannot be used ({e}); use device cpu")))?;
    }
    builder.commit_from_memory(bytes).map_err(|e| Error::Model(format!("{}: it is no model that ONNX Runtime can load ({e})", path.display())))
}

/// Whether it is worth asking for CUDA at all; spares machines without a GPU the attempt and its message.
fn gpu_is_likely() -> bool {
    ["/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"].iter().any(|p| Path::new(p).exists()) && ep::CUDA::is_available().unwrap_or(false)
}

fn check_ports(session: &Session, contract: &Contract) -> std::result::Result<(), String> {
    let inputs: Vec<&str> = session.inputs().iter().map(|p| p.name()).collect();
    if let Some(port) = contract.inputs.iter().find(|p| !inputs.contains(&p.name.as_str())) {
        return Err(format!("its contract names the input '{}', but the graph has {}", port.name, inputs.join(", ")));
    }
    if inputs.len() != contract.inputs.len() {
        return Err(format!("its graph has the inputs {}, its contract names fewer", inputs.join(", ")));
    }
    let output = &contract.outputs[0].name;
    if !session.outputs().iter().any(|p| p.name() == output) {
        return Err(format!("its contract names the output '{output}', which the graph does not have"));
    }
    Ok(())
}
