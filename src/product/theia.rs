//! Theia's L2A products, made by MAJA: a folder with `…_MTD_ALL.xml` and one GeoTIFF per band,
//! twice each: flat reflectance (FRE), corrected for slopes, and surface reflectance (SRE).

use std::ffi::OsString;
use std::path::Path;

use super::assemble::{Findings, assemble};
use super::bounds::Bounds;
use super::text::stem;
use super::xml::Xml;
use super::{Candidate, Product};
use crate::error::{Error, Fault, Result};
use crate::gdal::vsi;
use crate::options::Options;
use crate::raster::names;
use crate::raster::radiometry::{Radiometry, declared_nodata};

/// The kinds of images, the preferred first: flat reflectance, that of a synthesis, surface
/// reflectance.
const KINDS: [&str; 3] = ["_FRE_", "_FRC_", "_SRE_"];

/// The metadata file among the names in a folder.
pub fn metadata(names: &[OsString]) -> Option<&OsString> {
    names
        .iter()
        .find(|n| n.to_string_lossy().ends_with("_MTD_ALL.xml"))
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

/// Opens the product in the folder `root`, which has the metadata file `xml`; `path` is what was
/// given.
pub fn open(path: &Path, root: &Path, xml: &Path, options: &Options) -> Result<Product> {
    options.refuse_band_names(path, "a Theia product")?;
    let bounds = Bounds::of(root);
    if let Some(why) = bounds.refusal(xml) {
        return Err(Error::input(xml, why));
    }
    let metadata = parse(&vsi::read_text(xml)?).map_err(|what| Error::input(xml, what))?;
    let names = vsi::list(root);
    let of_kind = |kind: &str| -> Vec<Candidate> {
        let fits = |name: &&OsString| {
            let name = name.to_string_lossy();
            name.contains(kind) && name.to_lowercase().ends_with(".tif")
        };
        names
            .iter()
            .filter(fits)
            .filter_map(|name| {
                let band = names::of_file(stem(&name.to_string_lossy()))?;
                Some(Candidate {
                    radiometry: Some(metadata.radiometry),
                    ..Candidate::new(band, root.join(name))
                })
            })
            .collect()
    };
    let Some((kind, candidates)) = KINDS
        .iter()
        .map(|kind| (kind, of_kind(kind)))
        .find(|(_, candidates)| !candidates.is_empty())
    else {
        return Err(Error::input(
            path,
            "it is a Theia product without images (…_FRE_B2.tif); unpack the whole product",
        ));
    };
    for c in &candidates {
        if let Some(why) = bounds.refusal(&c.file) {
            return Err(Error::input(&c.file, why));
        }
    }
    let findings = Findings {
        candidates,
        listed: true,
        ..Findings::new(path, metadata.name)
    };
    let mut product = assemble(findings, options)?;
    let kind = kind.trim_matches('_');
    product.notes.push(match kind {
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
