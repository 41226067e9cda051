//! One network, ready to run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ndarray::Array4;
use ort::session::RunOptions;

use super::cancel::Cancel;
use super::contract::Contract;
use super::model_file::ModelFile;
use super::runtime::Runtime;
use super::session::{Opened, cause, gpu_is_there, lock, unusable};
use super::symmetry::Symmetry;
use super::{apart, bound};
use crate::error::{Error, Result};
use crate::fork::section;
use crate::kernels::Kernels;
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

/// Engine, or bands, that go to a GPU together.
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
        let runtime = &Runtime::get(options)?;
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
        let mut opened = Opened::open(runtime, model, &contract, options, cuda, kernels)?;
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
        bound::run(opened, &self.contract, &inputs, &RunOptions::new()?).map(|_| ())
    }

    /// Runs the network. Inputs in the contract's order, each (batch, bands, rows, columns); one
    /// output likewise, the expected errors of its bands after them if it was opened for those. Of
    /// several views both are means: a little better are the bands then than the errors say. Only what is farther than the halo from the edges is defined.
    pub fn run(&self, inputs: &[Array4<f32>], cancel: &Cancel) -> Result<Array4<f32>> {
        if cancel.is_stopped() {
            return Err(Error::Cancelled);
        }
        let Some(session) = self
            .session
            .as_ref()
            .filter(|_| self.process == std::process::id())
        else {
            return Err(Error::runtime(format!(
                "the network {} was opened before fork(), and its threads are not in this process; open it again",
                self.contract.name
            )));
        };
        let start = Instant::now();
        let mean = self.mean_of_views(inputs, |inputs| {
            if cancel.is_stopped() {
                return Err(Error::Cancelled);
            }
            let output = match self.bound {
                true => bound::run(&mut lock(session), &self.contract, inputs, cancel.options()?),
                false => apart::run(session, &self.contract, inputs, cancel)?,
            };
            let output = output.map_err(|e| match cancel.is_stopped() {
                true => Error::Cancelled,
                false => Error::runtime(format!(
                    "ONNX Runtime failed in the network {} on {} ({}); a smaller tile needs less memory",
                    self.contract.name,
                    self.device,
                    cause(&e.to_string())
                ))
                .because(e),
            })?;
            let shape = output.shape().to_vec();
            output
                .into_dimensionality()
                .map_err(|_| Error::model(format!("the network {} gives an output of shape {shape:?}, not (batch, bands, rows, columns)", self.contract.name)))
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

    /// Seconds spent inside ONNX Runtime so far.
    pub fn seconds(&self) -> f64 {
        self.nanoseconds.load(Ordering::Relaxed) as f64 * 1e-9
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
mod tests {
    use std::path::Path;

    use ndarray::s;

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

    #[test]
    fn operators_of_our_own_give_what_the_file_says() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let files = std::fs::read_dir(models)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut count = 0;
        for path in files.filter(|p| p.extension().is_some_and(|e| e == "onnx")) {
            let file = ModelFile::read(&path).unwrap();
            let inputs: Vec<Array4<f32>> = (file.contract.inputs.iter())
                .map(|port| {
                    let side = if port.gsd == 0 {
                        50
                    } else {
                        720 / port.gsd as usize
                    };
                    let bands = port.bands.len().max(1);
                    Array4::from_shape_fn((1, bands, side, side + side / 6), |(_, b, r, c)| {
                        let wave =
                            (0.3 * (r * side) as f32 / 72.0).sin() * (c as f32 + b as f32).cos();
                        0.5 + 0.2 * wave + ((r * 37 + c * 101 + b * 17) % 29) as f32 / 290.0
                    })
                })
                .collect();
            let [plain, portable, best] =
                [Kernels::Off, Kernels::Portable, Kernels::Best].map(|kernels| {
                    let network = Network::open_with(kernels, &file, &Options::default()).unwrap();
                    network.run(&inputs, &Cancel::default()).unwrap()
                });
            for ours in [portable, best] {
                let off = (&ours - &plain).fold(0.0, |m: f32, d| m.max(d.abs()));
                assert!(off < 1e-4, "{}: {off}", path.display());
                assert!(ours != plain, "{}: no operator of ours ran", path.display());
            }
            count += 1;
        }
        assert!(count > 0);
    }
}
