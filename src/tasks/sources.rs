//! What is read is never what is written: the product, whatever form it has, the networks and ONNX
//! Runtime.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::gdal::{self, vsi};
use crate::job::Job;
use crate::options::Options;
use crate::output::Target;
use crate::places;
use crate::product::{Product, folder as bands, text};

/// Refuses targets that are the input itself. The rest is known once it was opened.
pub fn keep_input(targets: &[Target], input: &Path) -> Result<()> {
    match targets.iter().find(|t| t.replaces(input)) {
        Some(target) => Err(target.error("it is the input; give the result another name")),
        None => Ok(()),
    }
}

/// Refuses targets that are read for this job, or that would become part of its product.
pub fn keep(targets: &[Target], job: &Job, options: &Options) -> Result<()> {
    keep_files(targets, &own_files(job, options))?;
    keep_product(targets, &job.product)
}

/// Refuses targets that are files of the product, or that would become part of it.
pub fn keep_product(targets: &[Target], product: &Product) -> Result<()> {
    keep_files(targets, &product_files(product))?;
    targets.iter().try_for_each(|t| inside(t, product))
}

fn keep_files(targets: &[Target], read: &[PathBuf]) -> Result<()> {
    for target in targets {
        if let Some(file) = read.iter().find(|f| target.replaces(f)) {
            return Err(target.error(format!(
                "it would replace {}, which is read; give the result another name",
                file.display()
            )));
        }
        if let Some(file) = read.iter().find(|f| target.belongs_to(f)) {
            return Err(target.error(format!(
                "GDAL would read it as a part of {}; give the result another name",
                file.display()
            )));
        }
    }
    Ok(())
}

/// The files that the product's pixels come from.
fn product_files(product: &Product) -> Vec<PathBuf> {
    [&product.path]
        .into_iter()
        .chain(&product.files)
        .chain(product.classes.iter().map(|c| &c.file))
        .filter_map(|f| real_file(f))
        .collect()
}

/// The files of the networks, their indexes, and ONNX Runtime.
fn own_files(job: &Job, options: &Options) -> Vec<PathBuf> {
    let mut read = places::onnxruntime_files(options.onnxruntime.as_deref());
    read.extend(options.cutline.clone());
    for model in &job.models {
        read.push(model.path.with_file_name("index.json"));
        read.push(model.path.clone());
    }
    read.retain(|f| f.components().count() > 1 || f.exists());
    read
}

/// Refuses a target that lies in the product: anywhere in a SAFE folder, or under a band's name
/// among bands.
fn inside(target: &Target, product: &Product) -> Result<()> {
    let Some(folder) = target.path().parent().and_then(|p| p.canonicalize().ok()) else {
        return Ok(());
    };
    if let Some(xml) = &product.metadata {
        let root = xml.parent().and_then(|p| {
            if p.as_os_str().is_empty() {
                Path::new(".")
            } else {
                p
            }
            .canonicalize()
            .ok()
        });
        return match root {
            Some(root) if folder.starts_with(&root) => {
                Err(target.error("it lies inside the product; give it a place outside"))
            }
            _ => Ok(()),
        };
    }
    let Ok(root) = product.path.canonicalize() else {
        return Ok(());
    };
    let among_bands = folder == root
        || text::INNER
            .iter()
            .any(|f| root.join(f).canonicalize().is_ok_and(|f| f == folder));
    let name = target
        .path()
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    match bands::band_of(&name) {
        Some(band) if among_bands => Err(target.error(format!(
            "it would be taken for band {band} of the product; give it another name or place"
        ))),
        _ => Ok(()),
    }
}

/// The file on disk that a name of GDAL's leads to: the archive for what is in one.
fn real_file(name: &Path) -> Option<PathBuf> {
    let file = |name: &Path| name.ancestors().find(|p| p.is_file()).map(PathBuf::from);
    if !vsi::is_virtual(name) {
        return file(name);
    }
    let bytes = gdal::name(name);
    let rest = vsi::inside(&bytes);
    let bare = rest.iter().copied().filter(|b| !matches!(b, b'{' | b'}'));
    let named = |bytes: Vec<u8>| file(Path::new(&gdal::os_name(bytes)));
    named(rest.to_vec()).or_else(|| named(bare.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_found_around_what_is_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let zip = folder.path().join("a.zip");
        std::fs::write(&zip, "").unwrap();
        let text = zip.to_str().unwrap();
        for name in [
            text.to_owned(),
            format!("/vsizip/{text}/B5.tif"),
            format!("/vsizip/{{{text}}}/x/B5.tif"),
            format!("/vsigzip/{text}"),
        ] {
            assert_eq!(
                real_file(Path::new(&name)).as_deref(),
                Some(zip.as_path()),
                "{name}"
            );
        }
        assert_eq!(
            real_file(Path::new("/vsicurl/http://127.0.0.1/a.tif")),
            None
        );
    }
}
