//! ESA's SAFE format, L1C and L2A, as folder, zip archive, or by its main metadata file. The bands are opened one by
//! one from the files that the metadata lists, so that names, offsets and grids are the product's own.

use std::collections::BTreeMap;
use std::path::Path;

use roxmltree::{Document, Node};

use super::{Candidate, Product, text::stem};
use crate::core::band::Band;
use crate::core::error::{Error, Result};
use crate::core::radiometry::Radiometry;
use crate::gdal::vsi;

/// What the main metadata file says.
#[derive(Debug, Default, PartialEq)]
pub struct MainMetadata {
    /// Identifier.
    pub uri: String,
    /// `L1C` or `L2A`.
    pub level: String,
    /// Processing baseline.
    pub baseline: String,
    /// Spacecraft.
    pub spacecraft: String,
    /// Paths of the images in the product, without extension.
    pub images: Vec<String>,
    /// DN per unit of reflectance.
    pub quantification: f64,
    /// The DN that means nodata.
    pub nodata: f64,
    /// Additive offset of each band that has one.
    pub offsets: BTreeMap<Band, f64>,
    /// Central wavelength of each band in nm.
    pub wavelengths: BTreeMap<Band, f64>,
}

const FILES: [&str; 2] = ["MTD_MSIL1C.xml", "MTD_MSIL2A.xml"];

/// The main metadata file of what was given, if that is a SAFE product in any form.
pub fn find_metadata(path: &Path) -> Option<String> {
    let given = path.to_string_lossy().trim_end_matches('/').to_owned();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if FILES.contains(&&*name) {
        return Some(given);
    }
    let zipped = name.to_ascii_lowercase().ends_with(".zip") && !given.starts_with("/vsi");
    let root = if zipped { format!("/vsizip/{given}") } else { given };
    let names = vsi::list(&root);
    // An archive, or a folder around it, holds the .SAFE folder one level down.
    let folders = names.iter().filter(|n| n.ends_with(".SAFE")).map(|n| format!("{root}/{n}"));
    std::iter::once(root.clone()).chain(folders).find_map(|folder| {
        let there = vsi::list(&folder);
        FILES.iter().find(|f| there.iter().any(|n| n == **f)).map(|f| format!("{folder}/{f}"))
    })
}

/// Opens the product that `xml` is the main metadata file of.
pub fn open(path: &Path, xml: &str) -> Result<Product> {
    let metadata = parse(&vsi::read_text(xml)?).map_err(|what| Error::input(xml, what))?;
    let root = xml.rsplit_once('/').map_or(".", |(folder, _)| folder);
    let mut candidates = Vec::new();
    let mut missing = Vec::new();
    for image in &metadata.images {
        let Some(band) = Band::in_text(stem_without_gsd(stem(image))) else { continue };
        let file = format!("{root}/{image}.jp2");
        match vsi::size(&file) {
            None => missing.push((band, file)),
            Some(0) => return Err(Error::input(file, "the file is empty; fetch the product again")),
            Some(_) => candidates.push(Candidate {
                band,
                file,
                index: 1,
                radiometry: Some(Radiometry {
                    quantification: metadata.quantification,
                    add_offset: metadata.offsets.get(&band).copied().unwrap_or(0.0),
                    nodata: Some(metadata.nodata),
                }),
                wavelength: metadata.wavelengths.get(&band).copied(),
            }),
        }
    }
    if candidates.is_empty() {
        let first = missing.first().map_or("", |(_, f)| f);
        return Err(Error::input(path, format!("none of the images that its metadata lists is there ({first} …); unpack the whole product")));
    }
    let mut product = Product::assemble(path, metadata.uri, candidates)?;
    product.files.push(xml.to_owned());
    missing.retain(|(band, _)| product.band(*band).is_none() && *band != Band::B10);
    missing.dedup_by_key(|(band, _)| *band);
    for (band, file) in missing {
        product.notes.push(format!("{band} is listed in the metadata but its file is not there ({file})"));
    }
    product.level = Some(metadata.level);
    product.baseline = Some(metadata.baseline);
    product.spacecraft = Some(metadata.spacecraft);
    Ok(product)
}

fn stem_without_gsd(stem: &str) -> &str {
    ["_10m", "_20m", "_60m"].iter().find_map(|s| stem.strip_suffix(s)).unwrap_or(stem)
}

/// Reads a main metadata file (MTD_MSIL1C.xml or MTD_MSIL2A.xml).
pub fn parse(xml: &str) -> std::result::Result<MainMetadata, String> {
    let document = Document::parse(xml).map_err(|e| format!("it is not well-formed XML ({e}); fetch the product again"))?;
    let root = document.root_element();
    let all = |tag: &'static str| root.descendants().filter(move |n: &Node| n.tag_name().name() == tag);
    let text = |tag: &'static str| all(tag).find_map(|n| n.text()).map(|t| t.trim().to_owned());
    let number = |n: &Node| n.text().and_then(|t| t.trim().parse::<f64>().ok()).filter(|v| v.is_finite());

    let processing = text("PROCESSING_LEVEL").unwrap_or_default();
    let level = match processing.as_str() {
        "Level-1C" => "L1C",
        "Level-2A" | "Level-2Ap" => "L2A",
        _ => return Err(format!("the processing level '{processing}' is neither Level-1C nor Level-2A")),
    };
    let granules = all("Granule").count() + all("Granules").count();
    let images: Vec<String> = all("IMAGE_FILE").filter_map(|n| n.text()).map(|t| t.trim().to_owned()).collect();
    if granules > 1 {
        return Err(format!("it holds {granules} tiles, as products did before December 2016; use one of its tiles, as a folder of bands"));
    }
    if images.is_empty() {
        return Err("it lists no images (IMAGE_FILE)".into());
    }
    if images.iter().any(|i| i.starts_with('/') || i.split('/').any(|part| part == "..")) {
        return Err("it lists images outside the product".into());
    }

    let mut ids = BTreeMap::new();
    let mut wavelengths = BTreeMap::new();
    for n in all("Spectral_Information") {
        let Some(band) = n.attribute("physicalBand").and_then(Band::parse) else { continue };
        if let Some(id) = n.attribute("bandId") {
            ids.insert(id.to_owned(), band);
        }
        if let Some(w) = n.descendants().find(|c| c.tag_name().name() == "CENTRAL").and_then(|c| number(&c)) {
            wavelengths.insert(band, w);
        }
    }
    let mut offsets = BTreeMap::new();
    for n in all(if level == "L1C" { "RADIO_ADD_OFFSET" } else { "BOA_ADD_OFFSET" }) {
        let band = n.attribute("band_id").and_then(|id| ids.get(id));
        let (Some(band), Some(offset)) = (band, number(&n)) else {
            return Err("an additive offset names no band of its spectral information, or is no number".into());
        };
        offsets.insert(*band, offset);
    }
    let quantification = all("BOA_QUANTIFICATION_VALUE")
        .chain(all("QUANTIFICATION_VALUE"))
        .chain(all("L1C_TOA_QUANTIFICATION_VALUE"))
        .chain(all("L2A_BOA_QUANTIFICATION_VALUE"));
    let quantification = quantification.filter_map(|n| number(&n)).find(|q| *q > 0.0).ok_or("it gives no quantification value")?;
    let special = |name: &str| {
        let item =
            all("Special_Values").find(|n| n.descendants().any(|c| c.tag_name().name() == "SPECIAL_VALUE_TEXT" && c.text().map(str::trim) == Some(name)))?;
        item.descendants().find(|c| c.tag_name().name() == "SPECIAL_VALUE_INDEX").and_then(|c| number(&c))
    };
    Ok(MainMetadata {
        uri: text("PRODUCT_URI").unwrap_or_default(),
        level: level.to_owned(),
        baseline: text("PROCESSING_BASELINE").unwrap_or_default(),
        spacecraft: text("SPACECRAFT_NAME").unwrap_or_default(),
        images,
        quantification,
        nodata: special("NODATA").unwrap_or(0.0),
        offsets,
        wavelengths,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(level: &str, offsets: &str) -> String {
        format!(
            "<p><PRODUCT_URI> S2X.SAFE </PRODUCT_URI><PROCESSING_LEVEL>{level}</PROCESSING_LEVEL><PROCESSING_BASELINE>05.09</PROCESSING_BASELINE>
            <Granule><IMAGE_FILE>GRANULE/T/IMG_DATA/T_B8A</IMAGE_FILE></Granule><QUANTIFICATION_VALUE>10000</QUANTIFICATION_VALUE>
            <Special_Values><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX></Special_Values>
            <Spectral_Information bandId=\"8\" physicalBand=\"B8A\"><CENTRAL>864.7</CENTRAL></Spectral_Information>{offsets}</p>"
        )
    }

    #[test]
    fn offsets_belong_to_the_band_their_id_names() {
        let m = parse(&xml("Level-1C", "<RADIO_ADD_OFFSET band_id=\"8\">-1000</RADIO_ADD_OFFSET>")).unwrap();
        let b8a = Band::parse("B8A").unwrap();
        assert_eq!((m.offsets.get(&b8a), m.wavelengths.get(&b8a)), (Some(&-1000.0), Some(&864.7)));
        assert_eq!((m.level.as_str(), m.uri.as_str(), m.nodata), ("L1C", "S2X.SAFE", 0.0));
        assert!(parse(&xml("Level-1C", "<RADIO_ADD_OFFSET band_id=\"77\">-1000</RADIO_ADD_OFFSET>")).is_err());
        // L1C's offsets mean nothing for L2A.
        assert!(parse(&xml("Level-2A", "<RADIO_ADD_OFFSET band_id=\"8\">-1000</RADIO_ADD_OFFSET>")).unwrap().offsets.is_empty());
    }

    #[test]
    fn metadata_that_cannot_be_trusted_is_refused() {
        assert!(parse("<p>").unwrap_err().contains("well-formed"));
        assert!(parse("<p/>").unwrap_err().contains("processing level"));
        assert!(parse(&xml("Level-1C", "").replace("GRANULE/", "../")).unwrap_err().contains("outside"));
    }
}
