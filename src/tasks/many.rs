//! Many products into a folder: one that fails does not stop the others, and what is there already
//! can stay. A result appears whole or not at all, so one that is there is whole.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::report::Report;
use super::run::run;
use super::watch::Progress;
use crate::error::{Error, Result};
use crate::gdal::find;
use crate::options::{Call, Options, is_model_file};
use crate::product::{called, is_product};
use crate::text::{as_given, shown_path};

/// What became of a product.
#[derive(Debug)]
pub enum Outcome {
    /// It was super-resolved.
    Done(Box<Report>),
    /// Its result is there already.
    Skipped,
    /// It could not be.
    Failed(Error),
}

/// A product and what became of it.
#[derive(Debug)]
pub struct Product {
    /// The product.
    pub input: PathBuf,
    /// Its result.
    pub output: PathBuf,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a product, as it is told.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Told {
    /// The product, as it was given.
    pub input: String,
    /// Its result.
    pub output: String,
    /// done, skipped or failed.
    pub state: &'static str,
    /// The report of the run, of one that is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// What went wrong, of one that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Product {
    /// What became of it, as it is told.
    pub fn told(self) -> Told {
        let (state, report, error) = match self.outcome {
            Outcome::Done(report) => ("done", Some(*report), None),
            Outcome::Skipped => ("skipped", None, None),
            Outcome::Failed(e) => ("failed", None, Some(e.to_string())),
        };
        Told {
            input: as_given(&self.input.to_string_lossy()).into_owned(),
            output: self.output.to_string_lossy().into_owned(),
            state,
            report,
            error,
        }
    }
}

/// Super-resolves products into a folder, one after the other; `each` hears of every one as it
/// ends. Cancelling ends it all, and so does a wrong option; what an option asks of a product that
/// has it not is an error of the product.
pub fn run_many(
    inputs: &[PathBuf],
    folder: &Path,
    options: &Options,
    skip_existing: bool,
    progress: Progress,
    each: &mut dyn FnMut(&Product),
) -> Result<Vec<Product>> {
    let outputs = outputs_in(inputs, folder, options)?;
    let n = inputs.len() as f64;
    let mut products = Vec::new();
    for (i, (input, output)) in inputs.iter().zip(outputs).enumerate() {
        // Of which product a note is nobody could tell else.
        let mut part = |f: f64, note: Option<&str>| {
            let note = note.map(|note| match inputs {
                [_] => note.to_owned(),
                _ => format!("{}: {note}", shown_path(input)),
            });
            progress((i as f64 + f) / n, note.as_deref())
        };
        let outcome = if skip_existing && output.exists() {
            Outcome::Skipped
        } else {
            match run(input, &output, options, &mut part) {
                Ok(report) => Outcome::Done(Box::new(report)),
                Err(e @ (Error::Cancelled | Error::Option { .. })) => return Err(e),
                Err(e) => Outcome::Failed(e),
            }
        };
        let input = input.clone();
        products.push(Product {
            input,
            output,
            outcome,
        });
        products.last().into_iter().for_each(&mut *each);
    }
    Ok(products)
}

/// The files that products become in a folder, each called after its product and what tells results
/// of different options apart, as in `S2B_…_10m.tif`. What would be wrong for all of them is an
/// error: a folder that is none, or a product, and two products of one result.
pub fn outputs_in(inputs: &[PathBuf], folder: &Path, options: &Options) -> Result<Vec<PathBuf>> {
    options.check(Call::RUN)?;
    if !folder.is_dir() {
        return Err(Error::output(
            folder,
            "the results of several products go into a folder, and there is none of this name; \
             create it first",
        ));
    }
    // Who has no GDAL only names results that others make, and they look, too.
    let can_look = find::choose(options.gdal.as_deref()).is_ok();
    if can_look && is_product(folder) {
        return Err(Error::output(
            folder,
            "it is a product, which results do not go into; give the file or the folder for the \
             results",
        ));
    }
    if options.preview.is_some() {
        return Err(Error::option(
            "preview names one file; leave it out where the results go into a folder",
        ));
    }
    let mut sources: HashMap<PathBuf, &Path> = HashMap::new();
    let output = |input| {
        let output = folder.join(name(input, options)?);
        match sources.insert(output.clone(), input) {
            None => Ok(output),
            Some(other) => Err(Error::argument(format!(
                "{} and {} would both become {}; give each product once, or use two folders",
                other.display(),
                input.display(),
                output.display()
            ))),
        }
    };
    inputs.iter().map(PathBuf::as_path).map(output).collect()
}

/// What the result of a product is called.
fn name(input: &Path, options: &Options) -> Result<OsString> {
    let network = |model: &OsStr| {
        let path = Path::new(model);
        let name = match is_model_file(model) {
            true => path.file_stem(),
            false => path.file_name(),
        };
        name.unwrap_or_default().to_owned()
    };
    let made = match (options.to, &options.model) {
        (Some(to), _) => format!("{to}m").into(),
        (None, None) => "10m".into(),
        (None, Some(model)) => network(model),
    };
    let mut name = called(input)
        .ok_or_else(|| Error::input(input, "it has no name to call the result by; give a file"))?;
    for part in ["_".as_ref(), made.as_os_str(), ".tif".as_ref()] {
        name.push(part);
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_tell_their_products_and_what_was_made() {
        let folder = tempfile::tempdir().unwrap();
        let called = |input: &str, set: &[(&str, &str)]| {
            let mut options = Options::default();
            set.iter().for_each(|(k, v)| options.set(k, v).unwrap());
            let outputs = outputs_in(&[input.into()], folder.path(), &options).unwrap();
            let name = outputs[0].strip_prefix(folder.path()).unwrap();
            name.to_str().unwrap().to_owned()
        };
        assert_eq!(called("a/X.SAFE", &[]), "X_10m.tif");
        assert_eq!(called("a/X.SAFE", &[("to", "5")]), "X_5m.tif");
        assert_eq!(called("b.tif", &[("model", "vdsr-x2")]), "b_vdsr-x2.tif");
        assert_eq!(called("b.tif", &[("model", "a/my.onnx")]), "b_my.tif");
    }
}
