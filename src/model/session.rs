//! A session of ONNX Runtime: its settings, and what it says where it fails.

use std::fmt::Display;
use std::num::NonZero;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use super::contract::Contract;
use super::model_file::ModelFile;
use super::runtime::Runtime;
use super::{halved, onnx, pruned, spared};
use crate::error::{Error, Result};
use crate::gdal::spawn::require;
use crate::kernels::{self, Kernels, Stop};
use crate::memory;
use crate::options::{Options, Precision};

/// Memory that opening a network takes besides its file, generously.
const TO_OPEN: usize = 48 << 20;

/// A session, and the shapes of the inputs that a GPU has planned its convolutions for.
pub struct Opened {
    pub session: Session,
    /// Ends our operators in it.
    pub stop: Stop,
    pub planned: Vec<[usize; 4]>,
    /// How long it ran so far.
    pub spent: Duration,
    /// Whether the processor computes some of its operators in a GPU's place.
    pub is_split: bool,
}

impl Opened {
    /// Opens a model, for what this contract of it names, on a CUDA device, or on the processor,
    /// there with these operators of ours.
    pub fn open(
        runtime: &Runtime,
        model: &ModelFile,
        contract: &Contract,
        options: &Options,
        cuda: Option<i32>,
        kernels: Kernels,
    ) -> Result<Self> {
        let (stop, mut bytes) = (Stop::default(), model.take_bytes()?);
        if let Some(unwanted) = model
            .contract
            .sigma
            .as_ref()
            .filter(|_| contract.sigma.is_none())
        {
            bytes = pruned::without_output(&bytes, &unwanted.name)?;
        }
        // Our operators work with 32-bit floats, and a processor does so as fast.
        let plain = cuda.is_some() || matches!(kernels, Kernels::Off);
        if plain && options.precision == Precision::Fast {
            bytes = halved::halved(&bytes)?;
        }
        let builder = || builder(runtime, options, bytes.len());
        let (session, is_split) = match cuda {
            Some(number) => on_cuda(&builder, number, model, &bytes)?,
            None => {
                let builder = with_kernels(builder()?, &bytes, contract, kernels, &stop)?;
                (commit(builder, model, &bytes)?, false)
            }
        };
        check_ports(&session, contract)
            .map_err(|what| Error::model(format!("{}: {what}", model.path.display())))?;
        Ok(Self {
            session,
            stop,
            planned: Vec::new(),
            spent: Duration::ZERO,
            is_split,
        })
    }

    /// Runs it, on the clock.
    pub fn run<T>(&mut self, run: impl FnOnce(&mut Session) -> T) -> T {
        let start = Instant::now();
        let output = run(&mut self.session);
        self.spent += start.elapsed();
        output
    }
}

fn refused(e: ort::Error<SessionBuilder>) -> Error {
    let what = format!("ONNX Runtime refused its settings ({e})");
    Error::runtime(what).because(ort::Error::<()>::from(e))
}

/// The settings for a model of so many bytes.
fn builder(runtime: &Runtime, options: &Options, bytes: usize) -> Result<SessionBuilder> {
    let builder = SessionBuilder::new(&runtime.0).map_err(|e| {
        Error::runtime(format!("ONNX Runtime does not start a session ({e})")).because(e)
    })?;
    let mut builder = match builder.with_optimization_level(GraphOptimizationLevel::Level3) {
        Ok(builder) => builder,
        // Before 1.22 there was no such level; all of that time is the same.
        Err(e) => e
            .recover()
            .with_optimization_level(GraphOptimizationLevel::All)
            .map_err(refused)?,
    };
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
    // Threads that spin while they wait take the processor from those that read and write.
    builder = builder
        .with_config_entry("session.intra_op.allow_spinning", "0")
        .map_err(refused)?;
    // Reusing memory by pattern would keep a copy for every tile shape that ever came by.
    builder = builder.with_memory_pattern(false).map_err(refused)?;
    // The arena that is there while networks are opened.
    builder = builder.with_env_allocators().map_err(refused)?;
    memory::require(TO_OPEN + 4 * bytes)?;
    // ONNX Runtime starts its threads while it opens the model, one less than it works with.
    let threads = options
        .threads
        .unwrap_or_else(|| available_parallelism().map_or(1, NonZero::get));
    require(threads.saturating_sub(1))?;
    if options.threads.is_some() {
        builder = builder.with_intra_threads(threads).map_err(refused)?;
    }
    Ok(builder)
}

/// On a GPU: all operators, or as many as there are for it.
fn on_cuda(
    builder: &impl Fn() -> Result<SessionBuilder>,
    number: i32,
    model: &ModelFile,
    bytes: &[u8],
) -> Result<(Session, bool)> {
    let alone = with_cuda(builder()?, number)?
        .with_config_entry("session.disable_cpu_ep_fallback", "1")
        .map_err(refused)?;
    match commit(alone, model, bytes) {
        Ok(session) => Ok((session, false)),
        Err(_) => Ok((commit(with_cuda(builder()?, number)?, model, bytes)?, true)),
    }
}

/// The settings for a GPU.
#[cfg(feature = "cuda")]
fn with_cuda(builder: SessionBuilder, number: i32) -> Result<SessionBuilder> {
    use ort::ep::cuda::ConvAlgorithmSearch;
    use ort::ep::{CUDA, ExecutionProvider};

    // TF32 has ten bits of mantissa; the same pixel has to come out on every device.
    // To try every way to convolve takes hundreds of milliseconds for each new shape; what is
    // known of them ahead chooses as well.
    let provider = CUDA::default()
        .with_device_id(number)
        .with_tf32(false)
        .with_conv_algorithm_search(ConvAlgorithmSearch::Heuristic);
    if !CUDA::is_available().unwrap_or(false) {
        return Err(unusable(number, "this ONNX Runtime is built without CUDA"));
    }
    builder
        .with_execution_providers([provider.build().error_on_failure()])
        .map_err(|e| unusable(number, &e).because(ort::Error::<()>::from(e)))
}

#[cfg(not(feature = "cuda"))]
fn with_cuda(_: SessionBuilder, number: i32) -> Result<SessionBuilder> {
    Err(unusable(number, "this s2sr is built without CUDA"))
}

/// On the processor, with operators of our own.
fn with_kernels(
    builder: SessionBuilder,
    bytes: &[u8],
    contract: &Contract,
    kernels: Kernels,
    stop: &Stop,
) -> Result<SessionBuilder> {
    let functions = onnx::functions(bytes, kernels::DOMAIN);
    let spared = |name: &str| spared::around(bytes, contract, name);
    let ours = kernels::operators(kernels, &functions, spared, stop).map_err(|e| {
        Error::runtime(format!("ONNX Runtime refused s2sr's operators ({e})")).because(e)
    })?;
    match ours {
        Some(domain) => builder.with_operators(domain).map_err(refused),
        None => Ok(builder),
    }
}

fn commit(mut builder: SessionBuilder, model: &ModelFile, bytes: &[u8]) -> Result<Session> {
    let path = model.path.display();
    builder.commit_from_memory(bytes).map_err(|e| {
        let said = e.to_string();
        let error = if is_scarcity(&said) {
            Error::runtime(format!(
                "{path}: the system has too little memory left, or too few threads, to open it \
                 ({})",
                cause(&said)
            ))
        } else {
            Error::model(format!(
                "{path}: it is no model that ONNX Runtime can load ({})",
                cause(&said)
            ))
        };
        error.because(e)
    })
}

/// Whether ONNX Runtime's message is about memory or threads that are not there.
pub fn is_scarcity(said: &str) -> bool {
    let words = [
        "bad_alloc",
        "allocate memory",
        "smaller than requested",
        "pthread_create",
    ];
    words.iter().any(|word| said.contains(word))
}

pub fn unusable(number: i32, why: impl Display) -> Error {
    Error::runtime(format!(
        "CUDA device {number} cannot be used ({})",
        cause(&why.to_string())
    ))
}

/// What ONNX Runtime's message says, in one line: without the place in its source before it and the
/// variables after it.
pub fn cause(message: &str) -> String {
    let what = message
        .split_once("[ONNXRuntimeError] : ")
        .and_then(|(_, rest)| rest.splitn(3, " : ").nth(2))
        .unwrap_or(message);
    let what = what.split(" ; ").next().unwrap_or_default();
    what.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether it is worth asking for CUDA at all; spares machines without a GPU the attempt and its
/// message.
pub fn gpu_is_there() -> bool {
    cfg!(feature = "cuda")
        && ["/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"]
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
    for (output, _) in contract.run_outputs() {
        if !session.outputs().iter().any(|p| p.name() == output) {
            return Err(format!(
                "its contract names the output '{output}', which the graph does not have"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
