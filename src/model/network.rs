//! One network, ready to run.

use std::sync::{Arc, Mutex};

use ndarray::{Array4, ArrayD};
use ort::session::RunOptions;

use super::arena::Arena;
use super::cancel::Cancel;
use super::contract::Contract;
use super::model_file::ModelFile;
use super::runtime::Runtime;
use super::session::{Opened, cause, gpu_is_there, is_scarcity, unusable};
use super::symmetry::Symmetry;
use super::{apart, bound};
use crate::error::{Error, Result};
use crate::fork::section;
use crate::kernels::Kernels;
use crate::locks::lock;
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
}

/// What a network is run on: an array (batch, bands, rows, columns) for each of its inputs. A run
/// that is left to itself may hold it longer than whoever started it.
pub type Inputs = Arc<Vec<Array4<f32>>>;

/// Tiles, or bands, that go to a GPU together.
const GPU_BATCH: usize = 4;

impl Network {
    /// Makes a model ready to run. This is where ONNX Runtime is loaded.
    pub fn open(model: &ModelFile, options: &Options) -> Result<Self> {
        Self::open_with(Kernels::chosen(), model, options)
    }

    /// The same with these kernels.
    pub fn open_with(kernels: Kernels, model: &ModelFile, options: &Options) -> Result<Self> {
        // ONNX Runtime has locks of its own for what all sessions share.
        let _section = section();
        let runtime = Runtime::get(options)?;
        let _arena = Arena::of(&runtime, model.installed)?;
        Self::open_in(&runtime, kernels, model, options)
    }

    /// Makes models ready that run one after the other: the memory that one has done with is the
    /// next one's.
    pub fn open_all(models: &[Arc<ModelFile>], options: &Options) -> Result<Vec<Arc<Self>>> {
        if models.is_empty() {
            return Ok(Vec::new());
        }
        let _section = section();
        let runtime = Runtime::get(options)?;
        let _arena = Arena::of(&runtime, models.iter().all(|m| m.installed))?;
        let open = |m: &Arc<ModelFile>| {
            Self::open_in(&runtime, Kernels::chosen(), m, options).map(Arc::new)
        };
        models.iter().map(open).collect()
    }

    /// In the arena that is there.
    fn open_in(
        runtime: &Runtime,
        kernels: Kernels,
        model: &ModelFile,
        options: &Options,
    ) -> Result<Self> {
        let open_on = |cuda| Self::open_on(cuda, kernels, runtime, model, options);
        match options.device {
            Device::Cpu => open_on(None),
            Device::Cuda(number) => open_on(Some(number)).map_err(|e| match e {
                Error::Runtime { what, source } => Error::Runtime {
                    what: format!("{what}; use device cpu, or see CUDA in docs/speed.md"),
                    source,
                },
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
        kernels: Kernels,
        runtime: &Runtime,
        model: &ModelFile,
        options: &Options,
    ) -> Result<Self> {
        let mut contract = model.contract.clone();
        // What nobody asks for is not computed.
        contract.sigma = contract.sigma.filter(|_| options.uncertainty);
        let opened = Opened::open(runtime, model, &contract, options, cuda, kernels)?;
        let note = opened.is_split.then(|| {
            let name = &contract.name;
            format!("parts of the network {name} run on the processor, not the GPU, for which ONNX Runtime lacks their operators: it is slower")
        });
        let session = Arc::new(Mutex::new(opened));
        let mut network = Self {
            contract,
            device: cuda.map_or("cpu".to_owned(), |number| format!("cuda:{number}")),
            batch: if cuda.is_some() { GPU_BATCH } else { 1 },
            views: match options.quality {
                Quality::Standard => &[],
                Quality::Best => &Symmetry::OTHERS[..],
            },
            bound: cuda.is_some(),
            note,
            session: None,
            process: std::process::id(),
        };
        if let Some(number) = cuda {
            network
                .try_out(&session)
                .map_err(|e| unusable(number, &e).because(e))?;
        }
        network.session = Some(session);
        Ok(network)
    }

    /// Runs it once on a small image: that parts of CUDA are missing (cuDNN, a kernel for this GPU)
    /// shows only then.
    fn try_out(&self, session: &Mutex<Opened>) -> ort::Result<()> {
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
        bound::run(session, &self.contract, &inputs, &RunOptions::new()?).map(|_| ())
    }

    /// Runs the network. Inputs in the contract's order, each (batch, bands, rows, columns); its
    /// output likewise, then the expected errors of that if it was opened for those. Of several
    /// views both are means, so that the bands are a little better than the errors say. Only what
    /// is farther than the halo from the edges is defined.
    pub fn run(&self, inputs: &Inputs, cancel: &Cancel) -> Result<Vec<Array4<f32>>> {
        if cancel.is_stopped() {
            return Err(Error::Cancelled);
        }
        let Some(session) = self
            .session
            .as_ref()
            .filter(|_| self.process == std::process::id())
        else {
            return Err(Error::runtime(format!(
                "the network {} was opened before fork(), and its threads are not in this \
                 process; open it again",
                self.contract.name
            )));
        };
        self.mean_of_views(inputs, |inputs| {
            if cancel.is_stopped() {
                return Err(Error::Cancelled);
            }
            let outputs = match self.bound {
                true => bound::run(session, &self.contract, inputs, cancel.options()?),
                false => apart::run(session, &self.contract, inputs, cancel)?,
            };
            let outputs = outputs.map_err(|e| match cancel.is_stopped() {
                true => Error::Cancelled,
                false => self.failed(&e.to_string()).because(e),
            })?;
            outputs.into_iter().map(|o| self.image(o)).collect()
        })
    }

    /// An output, which is an image.
    fn image(&self, output: ArrayD<f32>) -> Result<Array4<f32>> {
        let shape = output.shape().to_vec();
        output.into_dimensionality().map_err(|_| {
            Error::model(format!(
                "the network {} gives an output of shape \
                 {shape:?}, not (batch, bands, rows, columns)",
                self.contract.name
            ))
        })
    }

    /// The means of what `once` gives for the inputs as they are and in each of the views, turned
    /// back.
    fn mean_of_views(
        &self,
        inputs: &Inputs,
        mut once: impl FnMut(&Inputs) -> Result<Vec<Array4<f32>>>,
    ) -> Result<Vec<Array4<f32>>> {
        let mut sums = once(inputs)?;
        for view in self.views {
            let turned = inputs
                .iter()
                .map(|i| view.apply(i))
                .collect::<Result<Vec<_>>>()?;
            for (sum, made) in sums.iter_mut().zip(once(&Arc::new(turned))?) {
                let made = view.undo(&made)?;
                if made.dim() != sum.dim() {
                    return Err(Error::model(format!(
                        "the network {} gives an output of shape {:?} for an image, and of shape \
                         {:?} once that is turned; its contract is wrong",
                        self.contract.name,
                        sum.shape(),
                        made.shape()
                    )));
                }
                *sum += &made;
            }
        }
        if !self.views.is_empty() {
            let views = (1 + self.views.len()) as f32;
            sums.iter_mut().for_each(|sum| *sum /= views);
        }
        Ok(sums)
    }

    fn failed(&self, said: &str) -> Error {
        let hint = match is_scarcity(said) {
            true => "; a smaller tile needs less memory",
            false => "",
        };
        Error::runtime(format!(
            "ONNX Runtime failed in the network {} on {} ({}){hint}",
            self.contract.name,
            self.device,
            cause(said)
        ))
    }

    /// Several inputs at once, bound, as on a GPU.
    #[cfg(test)]
    pub fn run_as_on_a_gpu(&mut self) {
        (self.batch, self.bound) = (GPU_BATCH, true);
    }

    /// Seconds spent inside ONNX Runtime so far.
    pub fn seconds(&self) -> f64 {
        (self.session.as_ref()).map_or(0.0, |session| lock(session).spent.as_secs_f64())
    }
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

#[cfg(test)]
mod golden;

#[cfg(test)]
mod tests;
