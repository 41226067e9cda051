//! Theia's L2A products, made by MAJA: a folder with `…_MTD_ALL.xml` and one GeoTIFF per band,
//! twice each: flat reflectance (FRE), corrected for slopes, and surface reflectance (SRE).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::assemble::{Findings, assemble};
use super::bounds::Bounds;
use super::text::{folder_of, name_of, stem};
use super::xml::Xml;
use super::{Candidate, Product};
use crate::error::{Error, Fault, Result};
use crate::gdal::vsi;
use crate::options::Options;
use crate::raster::band::Band;
use crate::raster::names;
use crate::raster::radiometry::{Radiometry, declared_nodata};
use crate::text::shown;

/// The kinds of images, the preferred first: flat reflectance, that of a synthesis, surface
/// reflectance.
const KINDS: [&str; 3] = ["_FRE_", "_FRC_", "_SRE_"];

/// What the name of a metadata file has after that of the product.
const METADATA: &str = "_MTD_ALL.xml";

/// The metadata files among the names in a folder.
pub fn metadata(names: &[OsString]) -> impl Iterator<Item = &OsString> {
    let is_metadata = |name: &&OsString| product_of(&name.to_string_lossy()).is_some();
    names.iter().filter(is_metadata)
}

/// The kind of image that a file is by its name.
pub fn kind_of(name: &str) -> Option<&'static str> {
    let is_image = is_tiff(name) && names::of_file(stem(name)).is_some();
    KINDS.into_iter().find(|k| is_image && name.contains(k))
}

/// The name of the product that a file of this name describes; `None` where it is no metadata file.
pub fn product_of(metadata: &str) -> Option<&str> {
    let product = metadata.strip_suffix(METADATA)?;
    (!product.starts_with('.')).then_some(product)
}

/// Whether an image is of the product that a metadata file describes, by their names.
pub fn is_of(metadata: &str, image: &str) -> bool {
    product_of(metadata).is_some_and(|product| image.starts_with(product))
}

/// Whether a file has the name of one of Theia's images. Their DN have no additive offset.
pub fn is_image(name: &str) -> bool {
    name.starts_with("SENTINEL2") && kind_of(name).is_some()
}

fn is_tiff(name: &str) -> bool {
    name.to_lowercase().ends_with(".tif")
}

/// What the metadata file says.
#[derive(Debug, PartialEq)]
pub struct Metadata {
    /// Identifier.
    pub name: String,
    /// `L2A` or `L3A`.
    pub level: String,
    /// Spacecraft.
    pub spacecraft: String,
    /// DN per unit of reflectance, nodata; there is no offset.
    pub radiometry: Radiometry,
}

/// Reads a metadata file.
pub fn parse(text: &str) -> std::result::Result<Metadata, Fault> {
    let xml = Xml::parse(text)?;
    let text = |name: &str| xml.text(name).unwrap_or_default().to_owned();
    let nodata = xml
        .all("SPECIAL_VALUE")
        .find(|e| e.attribute("name") == Some("nodata"))
        .and_then(|e| e.number());
    let quantification = xml
        .all("REFLECTANCE_QUANTIFICATION_VALUE")
        .find_map(|e| e.number());
    let radiometry = Radiometry {
        quantification: quantification.unwrap_or(10000.0),
        add_offset: 0.0,
        nodata: nodata.or(Some(-10000.0)).and_then(declared_nodata),
    };
    if let Some(what) = radiometry.implausible() {
        return Err(format!("{what} in its metadata; fetch the product again").into());
    }
    Ok(Metadata {
        name: text("PRODUCT_ID"),
        level: text("PRODUCT_LEVEL"),
        spacecraft: text("PLATFORM"),
        radiometry,
    })
}

/// Opens the product that the metadata file `xml` describes, which lies beside its images; `path`
/// is what was given, `kind` the kind of images that is wanted.
pub fn open(path: &Path, xml: &Path, kind: Option<&str>, options: &Options) -> Result<Product> {
    options.refuse_band_names(path, "a Theia product")?;
    let root = &folder_of(xml);
    let bounds = Bounds::of(root);
    if let Some(why) = bounds.refusal(xml).filter(|_| xml != path) {
        return Err(Error::input(xml, why));
    }
    let metadata = parse(&vsi::read_text(xml)?).map_err(|what| Error::input(xml, what))?;
    let is_own = |c: &char| c.is_ascii_alphanumeric();
    let platform: String = metadata.spacecraft.chars().filter(is_own).collect();
    if !platform.is_empty() && !platform.to_uppercase().starts_with("SENTINEL2") {
        let what = format!(
            "it is a product of {}, whose bands are not Sentinel-2's; give one of SENTINEL2A, \
             SENTINEL2B or SENTINEL2C",
            shown(&metadata.spacecraft)
        );
        return Err(Error::input(path, what));
    }
    let images = images(root, &name_of(xml));
    let of_kind = |kind: &str| -> Vec<(Band, PathBuf)> {
        let all = images.iter().filter(|(_, name)| name.contains(kind));
        all.map(|(band, name)| (*band, root.join(name))).collect()
    };
    let mut kinds = KINDS.iter().filter(|k| kind.is_none_or(|kind| **k == kind));
    let Some((taken, files)) =
        kinds.find_map(|k| Some((k, of_kind(k))).filter(|(_, files)| !files.is_empty()))
    else {
        return Err(Error::input(
            path,
            "it is a Theia product without images (…_FRE_B2.tif); unpack the whole product",
        ));
    };
    let twice = |(i, (band, _)): (usize, &(Band, PathBuf))| {
        let other = files[..i].iter().find(|(b, _)| b == band)?;
        Some((*band, other.1.clone(), files[i].1.clone()))
    };
    if let Some((band, first, second)) = files.iter().enumerate().find_map(twice) {
        let what = format!(
            "it has {band} more than once: {} and {}; leave the images of one product in the \
             folder",
            name_of(&first),
            name_of(&second)
        );
        return Err(Error::input(path, what));
    }
    let candidates = files.into_iter().map(|(band, file)| Candidate {
        radiometry: Some(metadata.radiometry),
        ..Candidate::new(band, file)
    });
    let candidates: Vec<Candidate> = candidates.collect();
    for c in &candidates {
        if let Some(why) = bounds.refusal(&c.file) {
            return Err(Error::input(&c.file, why));
        }
    }
    let kind_given = kind.is_some();
    let findings = Findings {
        candidates,
        listed: true,
        ..Findings::new(path, metadata.name)
    };
    let mut product = assemble(findings, options)?;
    product.lacking = lacking(&product, taken, &images);
    product.notes.push(match taken.trim_matches('_') {
        kind if kind_given => format!("the {kind} images were taken, as that given is one of them"),
        "FRE" => {
            "flat reflectance (FRE, corrected for slopes) was taken, not surface reflectance (SRE)"
                .into()
        }
        "SRE" => {
            "surface reflectance (SRE) was taken, as there is no flat reflectance (FRE)".into()
        }
        kind => format!("the {kind} images were taken"),
    });
    let told = |text: String| (!text.is_empty()).then_some(text);
    product.level = told(metadata.level);
    product.spacecraft = told(metadata.spacecraft);
    product.metadata = Some(xml.into());
    product.files.push(xml.into());
    Ok(product)
}

/// The images in a folder, each with its band: those named like the metadata file, or all where
/// none is.
fn images(root: &Path, metadata: &str) -> Vec<(Band, String)> {
    let names = vsi::list(root).into_iter();
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let band = |name: String| Some((names::of_file(stem(&name))?, name));
    let names = names.filter(|name| is_tiff(name) && !name.starts_with('.'));
    let all: Vec<(Band, String)> = names.filter_map(band).collect();
    match all.iter().any(|(_, name)| is_of(metadata, name)) {
        true => all.into_iter().filter(|i| is_of(metadata, &i.1)).collect(),
        false => all,
    }
}

/// The bands that products have and this one has not, each with the reason.
fn lacking(product: &Product, taken: &str, images: &[(Band, String)]) -> Vec<(Band, String)> {
    let taken = taken.trim_matches('_');
    let missing = Band::all();
    let missing = missing.filter(|b| b.gsd() < 60 && product.band(*b).is_none());
    let why = |band: Band| match images.iter().find(|(b, _)| *b == band) {
        Some((_, other)) => {
            let kinds = KINDS.iter().filter(|k| other.contains(**k));
            let kinds: Vec<&str> = kinds.map(|k| k.trim_matches('_')).collect();
            format!("only its {} image is there", kinds.join(", "))
        }
        None => format!("its {taken} image is not there"),
    };
    missing.map(|band| (band, why(band))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodata_and_scale_are_read() {
        let text = r#"<Muscate_Metadata_Document><PRODUCT_ID>S</PRODUCT_ID><PRODUCT_LEVEL>L2A</PRODUCT_LEVEL><PLATFORM>SENTINEL2A</PLATFORM>
            <SPECIAL_VALUE name="nodata">-9999</SPECIAL_VALUE><REFLECTANCE_QUANTIFICATION_VALUE>10000</REFLECTANCE_QUANTIFICATION_VALUE></Muscate_Metadata_Document>"#;
        let m = parse(text).unwrap();
        assert_eq!(
            (m.radiometry.nodata, m.level.as_str()),
            (Some(-9999.0), "L2A")
        );
        assert_eq!(parse("<a/>").unwrap().radiometry.nodata, Some(-10000.0));
        assert!(parse(&text.replace(">10000<", ">1e300<")).is_err());
    }
}
