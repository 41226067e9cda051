//! One network, ready to run.

use std::fmt::Display;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use ndarray::{Array4, ArrayD, ArrayViewD, s};
use ort::ep::{self, ExecutionProvider};
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{RunOptions, Session, SessionInputValue};
use ort::value::{Tensor, TensorRef};

use super::contract::Contract;
use super::model_file::ModelFile;
use super::runtime::Runtime;
use super::symmetry::Symmetry;
use crate::error::{Error, Result};
use crate::fork::section;
use crate::gdal::spawn::{ended, require, spawn};
use crate::memory::{self, copy, zeros};
use crate::options::{Device, Options, Quality};

/// A network and the session that runs it. May be used from several threads, which then take turns.
pub struct Network {
    /// What goes in and what comes out.
    pub contract: Contract,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// How many inputs it is given at once. A GPU is not filled by one tile; on the processor one
    /// tile is enough, and more would only take memory.
    pub batch: usize,
    /// What the user should know about how it was opened.
    pub note: Option<String>,
    /// How its input is turned and mirrored besides lying as it is; the results are averaged.
    views: &'static [Symmetry],
    /// Whether inputs and outputs are bound for a run, as is best on a GPU.
    bound: bool,
    /// Always there once it is open; only a drop after fork() takes it.
    session: Option<Arc<Mutex<Opened>>>,
    /// The process it was opened in, whose threads it runs on.
    process: u32,
    nanoseconds: AtomicU64,
}

/// A session, and the shapes of the inputs that a GPU has planned its convolutions for.
struct Opened {
    session: Session,
    planned: Vec<[usize; 4]>,
}

/// Memory that opening a network takes besides its file, generously.
const TO_OPEN: usize = 48 << 20;

/// Engine, or bands, that go to a GPU together.
const GPU_BATCH: usize = 4;

/// How often a run looks whether it was cancelled meanwhile.
const LOOK: Duration = Duration::from_millis(100);
/// How long a cancelled run is waited for: longer than any operator of a sensible network takes for
/// a tile.
const PATIENCE: Duration = Duration::from_secs(5);

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

    fn options(&self) -> Result<&RunOptions> {
        let options = self.options.get_or_init(|| RunOptions::new().ok()).as_ref();
        options.ok_or_else(|| Error::Runtime("ONNX Runtime refused its run options".into()))
    }

    /// Whether `stop` was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

impl Network {
    /// Makes a model ready to run. This is where ONNX Runtime is loaded.
    pub fn open(model: &ModelFile, options: &Options) -> Result<Self> {
        // ONNX Runtime has locks of its own for what all sessions share.
        let _section = section();
        let runtime = &Runtime::get(options)?;
        let open_on = |cuda| Self::open_on(cuda, runtime, model, options);
        match options.device {
            Device::Cpu => open_on(None),
            Device::Cuda(number) => open_on(Some(number)).map_err(|e| match e {
                Error::Runtime(what) => Error::Runtime(format!(
                    "{what}; use device cpu, or see CUDA in s2sr's README"
                )),
                other => other,
            }),
            Device::Auto if !gpu_is_there() => open_on(None),
            Device::Auto => open_on(Some(0)).or_else(|e| {
                let mut network = open_on(None)?;
                network.note = Some(format!("the processor is used, not the GPU: {e}"));
                Ok(network)
            }),
        }
    }

    /// On a CUDA device, or on the processor.
    fn open_on(
        cuda: Option<i32>,
        runtime: &Runtime,
        model: &ModelFile,
        options: &Options,
    ) -> Result<Self> {
        let mut opened = Opened {
            session: commit(runtime, options, cuda, &model.path, &model.take_bytes()?)?,
            planned: Vec::new(),
        };
        let contract = model.contract.clone();
        check_ports(&opened.session, &contract)
            .map_err(|what| Error::Model(format!("{}: {what}", model.path.display())))?;
        let mut network = Self {
            contract,
            device: cuda.map_or("cpu".to_owned(), |number| format!("cuda:{number}")),
            batch: if cuda.is_some() { GPU_BATCH } else { 1 },
            views: match options.quality {
                Quality::Standard => &[],
                Quality::Best => &Symmetry::OTHERS[..],
            },
            bound: cuda.is_some(),
            note: None,
            session: None,
            process: std::process::id(),
            nanoseconds: AtomicU64::new(0),
        };
        if let Some(number) = cuda {
            network
                .try_out(&mut opened)
                .map_err(|e| unusable(number, &e))?;
        }
        network.session = Some(Arc::new(Mutex::new(opened)));
        Ok(network)
    }

    /// Runs it once on a small image: that parts of CUDA are missing (cuDNN, a kernel for this GPU)
    /// shows only then.
    fn try_out(&self, opened: &mut Opened) -> ort::Result<()> {
        let side = ((2 * self.contract.halo + 1) as usize)
            .next_multiple_of(self.contract.multiple as usize);
        let coarsest = self
            .contract
            .inputs
            .iter()
            .map(|port| port.gsd)
            .max()
            .unwrap_or_default();
        let inputs: Vec<_> = (self.contract.inputs.iter())
            .map(|port| {
                let side = side * coarsest.checked_div(port.gsd).unwrap_or(1) as usize;
                Array4::zeros((1, port.bands.len().max(1), side, side))
            })
            .collect();
        self.run_bound(opened, &inputs, &RunOptions::new()?)
            .map(|_| ())
    }

    /// Runs the network. Inputs in the contract's order, each (batch, bands, rows, columns); one
    /// output likewise. Only what is farther than the halo from the edges is defined.
    pub fn run(&self, inputs: &[Array4<f32>], cancel: &Cancel) -> Result<Array4<f32>> {
        if cancel.is_stopped() {
            return Err(Error::Cancelled);
        }
        let Some(session) = self
            .session
            .as_ref()
            .filter(|_| self.process == std::process::id())
        else {
            return Err(Error::Runtime(format!(
                "the network {} was opened before fork(), and its threads are not in this process; open it again",
                self.contract.name
            )));
        };
        let start = Instant::now();
        let mean = self.mean_of_views(inputs, |inputs| {
            if cancel.is_stopped() {
                return Err(Error::Cancelled);
            }
            let output = if self.bound { self.run_bound(&mut lock(session), inputs, cancel.options()?) } else { self.run_apart(session, inputs, cancel)? };
            let output = output.map_err(|e| match cancel.is_stopped() {
                true => Error::Cancelled,
                false => Error::Runtime(format!(
                    "ONNX Runtime failed in the network {} on {} ({}); a smaller tile needs less memory",
                    self.contract.name,
                    self.device,
                    cause(&e.to_string())
                )),
            })?;
            let shape = output.shape().to_vec();
            output
                .into_dimensionality()
                .map_err(|_| Error::Model(format!("the network {} gives an output of shape {shape:?}, not (batch, bands, rows, columns)", self.contract.name)))
        });
        self.nanoseconds
            .fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        mean
    }

    /// The mean of what `once` gives for the inputs as they are and in each of the views, turned
    /// back.
    fn mean_of_views(
        &self,
        inputs: &[Array4<f32>],
        mut once: impl FnMut(&[Array4<f32>]) -> Result<Array4<f32>>,
    ) -> Result<Array4<f32>> {
        let mut sum = once(inputs)?;
        for view in self.views {
            let turned = inputs
                .iter()
                .map(|i| view.apply(i))
                .collect::<Result<Vec<_>>>()?;
            sum += &view.undo(&once(&turned)?)?;
        }
        if !self.views.is_empty() {
            sum /= (1 + self.views.len()) as f32;
        }
        Ok(sum)
    }

    fn output_name(&self) -> &str {
        &self.contract.outputs[0].name
    }

    /// On a thread of its own. ONNX Runtime hears of a cancelled run between two operators only,
    /// and how long one takes is up to the model. A run that does not hear of it in time is left to
    /// itself: it ends when that operator does.
    fn run_apart(
        &self,
        session: &Arc<Mutex<Opened>>,
        inputs: &[Array4<f32>],
        cancel: &Cancel,
    ) -> Result<ort::Result<ArrayD<f32>>> {
        let (send, receive) = mpsc::channel();
        let (session, contract, inputs) = (
            session.clone(),
            self.contract.clone(),
            inputs
                .iter()
                .map(|i| copy(i.view()))
                .collect::<Result<Vec<_>>>()?,
        );
        let for_run = cancel.clone();
        let run = move || {
            let output = for_run
                .options()
                .map(|options| run_plain(&mut lock(&session).session, &contract, &inputs, options));
            // The session ends where the network does, not in this thread. Nobody listens any more
            // where the run was left.
            drop((session, inputs));
            let _ = send.send(output);
            Ok(())
        };
        let thread = spawn(run)?;
        let mut left = PATIENCE;
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
                        Error::Internal(format!(
                            "the run of {} ended without a word",
                            self.contract.name
                        ))
                    };
                    return Err(ended(thread.join()).err().unwrap_or_else(why));
                }
            }
        }
    }

    /// With inputs and outputs bound: ONNX Runtime copies to and from the device once, on the
    /// device's own stream.
    ///
    /// It plans each convolution anew for a GPU whenever the shape is not that of the run before,
    /// which takes longer than the run. So what is smaller than the shape planned for (edge tiles,
    /// the last few of a batch) is filled up to it.
    fn run_bound(
        &self,
        opened: &mut Opened,
        inputs: &[Array4<f32>],
        options: &RunOptions,
    ) -> ort::Result<ArrayD<f32>> {
        let fits = |(planned, input): (&[usize; 4], &Array4<f32>)| {
            planned.iter().zip(input.shape()).all(|(p, n)| n <= p)
        };
        if opened.planned.is_empty() || !opened.planned.iter().zip(inputs).all(fits) {
            opened.planned = inputs.iter().map(|i| i.dim().into()).collect();
        }
        let mut binding = opened.session.create_binding()?;
        for ((port, input), planned) in self.contract.inputs.iter().zip(inputs).zip(&opened.planned)
        {
            binding.bind_input(
                port.name.as_str(),
                &Tensor::from_array(filled_up(input, *planned)?)?,
            )?;
        }
        let host = MemoryInfo::new(
            AllocationDevice::CPU,
            0,
            AllocatorType::Device,
            MemoryType::CPUOutput,
        )?;
        binding.bind_output_to_device(self.output_name(), &host)?;
        binding.synchronize_inputs()?;
        let outputs = opened.session.run_binding_with_options(&binding, options)?;
        binding.synchronize_outputs()?;
        let output = outputs[self.output_name()].try_extract_array::<f32>()?;
        if output.ndim() != 4 {
            return kept(output); // which the caller refuses
        }
        // The output is a whole number of times as large as any input.
        let (input, [_, _, rows, cols]) = (inputs[0].dim(), opened.planned[0]);
        let part = [
            input.0,
            usize::MAX,
            output.shape()[2] / rows * input.2,
            output.shape()[3] / cols * input.3,
        ];
        kept(output.slice_each_axis(|axis| (..part[axis.axis.index()].min(axis.len)).into()))
    }

    /// Seconds spent inside ONNX Runtime so far.
    pub fn seconds(&self) -> f64 {
        self.nanoseconds.load(Ordering::Relaxed) as f64 * 1e-9
    }
}

fn run_plain(
    session: &mut Session,
    contract: &Contract,
    inputs: &[Array4<f32>],
    options: &RunOptions,
) -> ort::Result<ArrayD<f32>> {
    let mut values: Vec<(String, SessionInputValue)> = Vec::with_capacity(inputs.len());
    for (port, input) in contract.inputs.iter().zip(inputs) {
        values.push((
            port.name.clone(),
            TensorRef::from_array_view(input.view())?.into(),
        ));
    }
    let outputs = session.run_with_options(values, options)?;
    kept(outputs[contract.outputs[0].name.as_str()].try_extract_array::<f32>()?)
}

fn lock(session: &Mutex<Opened>) -> MutexGuard<'_, Opened> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Network {
    fn drop(&mut self) {
        // In the child of a fork() the session would wait forever for threads that only the parent
        // has.
        if self.process != std::process::id() {
            std::mem::forget(self.session.take());
        }
    }
}

/// The array in the corner of one of this shape, with zeros beside it.
fn filled_up(array: &Array4<f32>, shape: [usize; 4]) -> ort::Result<Array4<f32>> {
    let mut whole: Array4<f32> = zeros(shape).map_err(|e| ort::Error::new(e.to_string()))?;
    let (images, bands, rows, cols) = array.dim();
    whole
        .slice_mut(s![..images, ..bands, ..rows, ..cols])
        .assign(array);
    Ok(whole)
}

/// A copy of an output, which lasts longer than the run.
fn kept(output: ArrayViewD<f32>) -> ort::Result<ArrayD<f32>> {
    copy(output).map_err(|e| ort::Error::new(e.to_string()))
}

fn commit(
    runtime: &Runtime,
    options: &Options,
    cuda: Option<i32>,
    path: &Path,
    bytes: &[u8],
) -> Result<Session> {
    let refused = |e: ort::Error<SessionBuilder>| {
        Error::Runtime(format!("ONNX Runtime refused its settings ({e})"))
    };
    let builder = SessionBuilder::new(&runtime.0)
        .map_err(|e| Error::Runtime(format!("ONNX Runtime does not start a session ({e})")))?;
    let mut builder = builder
        .with_optimization_level(GraphOptimizationLevel::Level3)
        // Before 1.22 there was no such level; all of that time is the same.
        .or_else(|e| {
            e.recover()
                .with_optimization_level(GraphOptimizationLevel::All)
        })
        .map_err(refused)?;
    // Bytes that say so would be read as ONNX Runtime's own format, which `check` has not looked
    // at.
    builder = builder
        .with_config_entry("session.load_model_format", "ONNX")
        .map_err(refused)?;
    // Computing with constants ahead takes as long as a file says, and nothing could end it. Models
    // that are exported well have nothing to compute ahead.
    builder = builder
        .with_disabled_optimizers("ConstantFolding")
        .map_err(refused)?;
    // Reusing memory by pattern would keep a copy for every tile shape that ever came by.
    builder = builder.with_memory_pattern(false).map_err(refused)?;
    memory::require(TO_OPEN + 4 * bytes.len())?;
    // ONNX Runtime starts its threads while it opens the model, one less than it works with.
    let threads = options
        .threads
        .unwrap_or_else(|| available_parallelism().map_or(1, NonZero::get));
    require(threads.saturating_sub(1))?;
    if options.threads.is_some() {
        builder = builder.with_intra_threads(threads).map_err(refused)?;
    }
    if let Some(number) = cuda {
        // TF32 has ten bits of mantissa; the same pixel has to come out on every device.
        let provider = ep::CUDA::default().with_device_id(number).with_tf32(false);
        if !ep::CUDA::is_available().unwrap_or(false) {
            return Err(unusable(number, "this ONNX Runtime is built without CUDA"));
        }
        let registered = builder.with_execution_providers([provider.build().error_on_failure()]);
        builder = registered.map_err(|e| unusable(number, e))?;
    }
    builder.commit_from_memory(bytes).map_err(|e| match e.to_string() {
        e if e.contains("bad_alloc") || e.contains("allocate memory") || e.contains("pthread_create") => {
            Error::Runtime(format!("{}: the system has too little memory left, or too few threads, to open it ({})", path.display(), cause(&e)))
        }
        e => Error::Model(format!("{}: it is no model that ONNX Runtime can load ({})", path.display(), cause(&e))),
    })
}

fn unusable(number: i32, why: impl Display) -> Error {
    Error::Runtime(format!(
        "CUDA device {number} cannot be used ({})",
        cause(&why.to_string())
    ))
}

/// What ONNX Runtime's message says, in one line: without the place in its source before it and the
/// variables after it.
fn cause(message: &str) -> String {
    let what = message
        .split_once("[ONNXRuntimeError] : ")
        .and_then(|(_, rest)| rest.splitn(3, " : ").nth(2))
        .unwrap_or(message);
    let what = what.split(" ; ").next().unwrap_or_default();
    what.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether it is worth asking for CUDA at all; spares machines without a GPU the attempt and its
/// message.
fn gpu_is_there() -> bool {
    ["/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"]
        .iter()
        .any(|p| Path::new(p).exists())
}

fn check_ports(session: &Session, contract: &Contract) -> std::result::Result<(), String> {
    let inputs: Vec<&str> = session.inputs().iter().map(|p| p.name()).collect();
    if let Some(port) = contract
        .inputs
        .iter()
        .find(|p| !inputs.contains(&p.name.as_str()))
    {
        return Err(format!(
            "its contract names the input '{}', but the graph has {}",
            port.name,
            inputs.join(", ")
        ));
    }
    if inputs.len() != contract.inputs.len() {
        return Err(format!(
            "its graph has the inputs {}, its contract names fewer",
            inputs.join(", ")
        ));
    }
    let output = &contract.outputs[0].name;
    if !session.outputs().iter().any(|p| p.name() == output) {
        return Err(format!(
            "its contract names the output '{output}', which the graph does not have"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_quality_does_not_depend_on_how_the_image_lies() {
        let file = ModelFile::read(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dummy-t2x.onnx"),
        )
        .unwrap();
        let inputs = [(4, 24), (6, 12)].map(|(bands, n)| {
            Array4::from_shape_fn((1, bands, n, n + n / 3), |(_, b, r, c)| {
                ((3 * b + 5 * r * c + 7 * c) % 11) as f32
            })
        });
        let difference = |quality: &str| {
            let mut options = Options::default();
            options.set("quality", quality).unwrap();
            let network = Network::open(&file, &options).unwrap();
            let run = |inputs: &[Array4<f32>]| network.run(inputs, &Cancel::default()).unwrap();
            let upright = run(&inputs);
            let turned = |s: &Symmetry| {
                s.undo(&run(&inputs.clone().map(|i| s.apply(&i).unwrap())))
                    .unwrap()
            };
            Symmetry::OTHERS
                .iter()
                .map(|s| (turned(s) - &upright).fold(0.0, |m: f32, d| m.max(d.abs())))
                .fold(0.0, f32::max)
        };
        assert!(difference("best") < 1e-4 && difference("standard") > 1e-2);
    }

    #[test]
    fn what_cuda_says_becomes_one_short_line() {
        let missing = "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:2043 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() \
            [ONNXRuntimeError] : 1 : FAIL : Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared \
            object file: No such file or directory\n";
        let hidden = "/onnxruntime_src/a.cc:63 static X X::FromProviderOptions(const onnxruntime::ProviderOptions&) [ONNXRuntimeError] : 1 : FAIL : CUDA failure \
            100: no CUDA-capable device is detected ; GPU=-1 ; hostname=vm ; file=/onnxruntime_src/a.cc ; line=70 ; expr=cudaGetDeviceCount(&num_devices); \n";
        assert_eq!(
            cause(missing),
            "Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory"
        );
        assert_eq!(
            cause(hidden),
            "CUDA failure 100: no CUDA-capable device is detected"
        );
        assert_eq!(cause("out of memory"), "out of memory");
    }

    #[test]
    fn every_kind_of_network_can_be_tried_out() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        for name in ["dummy-t2x.onnx", "dummy-s6x.onnx", "dummy-x2.onnx"] {
            let network = Network::open(
                &ModelFile::read(&data.join(name)).unwrap(),
                &Options::default(),
            )
            .unwrap();
            network
                .try_out(&mut network.session.as_ref().unwrap().lock().unwrap())
                .unwrap();
        }
    }

    #[test]
    fn a_run_is_cancelled_in_the_middle_of_an_operator() {
        use crate::model::writer::{Model, ints, node};
        // A mean over 511 x 511 pixels around each pixel: minutes, and nothing to be heard
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
        let network = Network::open(&ModelFile::read(&path).unwrap(), &options).unwrap();
        let cancel = Cancel::default();
        let stop = {
            let cancel = cancel.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(3));
                cancel.stop();
                Instant::now()
            })
        };
        let result = network.run(&[Array4::zeros((1, 1, 1500, 1500))], &cancel);
        assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
        assert!(stop.join().unwrap().elapsed() < 4 * PATIENCE);
    }

    #[test]
    fn bound_and_plain_runs_give_the_same() {
        let file = ModelFile::read(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dummy-t2x.onnx"),
        )
        .unwrap();
        let mut network = Network::open(&file, &Options::default()).unwrap();
        let inputs = [(4, 96), (6, 48)].map(|(bands, n)| {
            Array4::from_shape_fn((2, bands, n, n), |(i, b, r, c)| {
                ((i + 3 * b + 5 * r + 7 * c) % 11) as f32
            })
        });
        let runs = [false, true].map(|bound| {
            network.bound = bound;
            network.run(&inputs, &Cancel::default()).unwrap()
        });
        assert_eq!(runs[0], runs[1]);
        assert_eq!(runs[0].shape()[0], 2);
        // Smaller inputs are filled up to the shape of those before, which nothing inside the halo
        // shows.
        let corner = inputs.map(|i| {
            i.slice(s![..1, .., ..i.dim().2 / 2, ..i.dim().3 * 3 / 4])
                .to_owned()
        });
        let [plain, bound] = [false, true].map(|bound| {
            network.bound = bound;
            network.run(&corner, &Cancel::default()).unwrap()
        });
        assert_eq!(plain.shape(), bound.shape());
        let margin = 2 * network.contract.halo as usize;
        let inside = |a: &Array4<f32>| {
            a.slice(s![
                ..,
                ..,
                margin..a.dim().2 - margin,
                margin..a.dim().3 - margin
            ])
            .to_owned()
        };
        assert!(inside(&plain).dim().2 > 0);
        assert_eq!(inside(&plain), inside(&bound));
    }
}
