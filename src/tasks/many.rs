//! Many products into a folder: one that fails does not stop the others, and what is there already
//! can stay. A result appears whole or not at all, so one that is there is whole.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::report::Report;
use super::run::run;
use super::watch::Progress;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::product::is_product;

/// Endings that say what form a product has; they are no part of its name.
const FORMS: [&str; 12] = [
    "safe", "zip", "tar", "gz", "tgz", "zarr", "tif", "tiff", "jp2", "vrt", "xml", "json",
];

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

/// Where the result of a product goes in a folder: its name, and what tells results of different
/// options apart, as in `S2B_…_10m.tif`.
pub fn output_in(input: &Path, folder: &Path, options: &Options) -> Result<PathBuf> {
    let made = match (options.to, &options.model) {
        (Some(to), _) => format!("{to}m").into(),
        (None, None) => "10m".into(),
        (None, Some(model)) => stem(Path::new(model)).unwrap_or_default(),
    };
    let whole = input.canonicalize();
    // A SAFE's metadata stands for the folder that it lies in.
    let named = |path: &Path| {
        let file = stem(path)?;
        let own = !file.as_encoded_bytes().starts_with(b"MTD_");
        if own {
            Some(file)
        } else {
            stem(path.parent()?)
        }
    };
    let mut name = named(input)
        .or_else(|| named(whole.as_deref().unwrap_or(input)))
        .ok_or_else(|| Error::input(input, "it has no name to call the result by; give a file"))?;
    for part in ["_".as_ref(), made.as_os_str(), ".tif".as_ref()] {
        name.push(part);
    }
    Ok(folder.join(name))
}

/// The last part of a path without the endings that say a form.
fn stem(path: &Path) -> Option<OsString> {
    let mut name = Path::new(path.file_name()?);
    let known = |ending: &OsStr| {
        let mut endings = FORMS.iter().chain(&["onnx"]);
        endings.any(|f| ending.eq_ignore_ascii_case(f))
    };
    while let Some(rest) = name
        .file_stem()
        .filter(|_| name.extension().is_some_and(known))
    {
        name = Path::new(rest);
    }
    Some(name.into())
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
    let outputs = outputs(inputs, folder, options)?;
    let n = inputs.len() as f64;
    let mut products = Vec::new();
    for (i, (input, output)) in inputs.iter().zip(outputs).enumerate() {
        let mut part = |f: f64, note: Option<&str>| progress((i as f64 + f) / n, note);
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

/// The results' files; an error where two products would have one.
fn outputs(inputs: &[PathBuf], folder: &Path, options: &Options) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Err(Error::output(
            folder,
            "the results of several products go into a folder, and there is none of this name; \
             create it first",
        ));
    }
    if is_product(folder) {
        return Err(Error::output(
            folder,
            "it is a product, which results do not go into; end the command with the file or the \
             folder for the results",
        ));
    }
    if options.preview.is_some() {
        return Err(Error::option(
            "preview names one file; leave it out where the results go into a folder",
        ));
    }
    let mut outputs: Vec<PathBuf> = Vec::new();
    for input in inputs {
        let output = output_in(input, folder, options)?;
        if let Some(same) = outputs.iter().position(|o| *o == output) {
            return Err(Error::argument(format!(
                "{} and {} would both become {}; give each product once, or use two folders",
                inputs[same].display(),
                input.display(),
                output.display()
            )));
        }
        outputs.push(output);
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_called_after_their_products() {
        let name = |input: &str, set: &[(&str, &str)]| {
            let mut options = Options::default();
            set.iter().for_each(|(k, v)| options.set(k, v).unwrap());
            let path = output_in(Path::new(input), Path::new("out"), &options).unwrap();
            path.to_string_lossy().replace('\\', "/")
        };
        assert_eq!(name("a/S2B_X.SAFE", &[]), "out/S2B_X_10m.tif");
        assert_eq!(name("a/S2B_X.SAFE/", &[("to", "5")]), "out/S2B_X_5m.tif");
        assert_eq!(name("S2B_X.SAFE/MTD_MSIL2A.xml", &[]), "out/S2B_X_10m.tif");
        assert_eq!(name("S2B_X.SAFE.zip", &[]), "out/S2B_X_10m.tif");
        assert_eq!(
            name("v1.2.tar.gz", &[("model", "vdsr-x2")]),
            "out/v1.2_vdsr-x2.tif"
        );
        assert_eq!(name("b.tif", &[("model", "a/my.onnx")]), "out/b_my.tif");
    }
}
