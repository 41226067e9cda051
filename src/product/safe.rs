//! ESA's SAFE format, L1C and L2A, as folder, zip archive, or by its main metadata file. The bands
//! are opened one by one from the files that the metadata lists, so that names, offsets and grids
//! are the product's own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::bounds::Bounds;
use super::xml::{Element, Xml};
use super::{Candidate, Passed, Product, text::stem};
use crate::error::{Error, Result};
use crate::gdal::{os_name, vsi};
use crate::raster::band::Band;
use crate::raster::radiometry::Radiometry;
use crate::text::shown_path;

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

/// So many folders inside what was given are looked into, and so many images are listed at most.
const MOST_FOLDERS: usize = 100;
const MOST_IMAGES: usize = 1000;
/// The wavelengths that a band may have in nm.
const WAVELENGTHS: std::ops::RangeInclusive<f64> = 300.0..=3000.0;

/// Whether a name is that of a main metadata file.
pub fn is_metadata(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| FILES.iter().any(|f| name == *f))
}

/// The main metadata file of a SAFE folder, or of one inside the folder that was given.
pub fn in_folder(path: &Path) -> Option<PathBuf> {
    let names = vsi::list(path);
    let main = |names: &[std::ffi::OsString], folder: &Path| {
        FILES
            .iter()
            .find(|f| names.iter().any(|n| n == **f))
            .map(|f| folder.join(f))
    };
    let mut folders = names
        .iter()
        .filter(|n| n.as_encoded_bytes().ends_with(b".SAFE"))
        .map(|n| path.join(n))
        .take(MOST_FOLDERS);
    main(&names, path).or_else(|| folders.find_map(|folder| main(&vsi::list(&folder), &folder)))
}

/// The main metadata file of an archive, as the name of its member: at the top, or in a .SAFE
/// folder there.
pub fn in_archive(archive: &mut Archive) -> Result<Option<PathBuf>> {
    let fits = |name: &&[u8]| {
        let mut parts = name.rsplitn(2, |b| *b == b'/');
        let (file, folder) = (parts.next().unwrap_or_default(), parts.next());
        let top = folder.is_none_or(|f| f.ends_with(b".SAFE") && !f.contains(&b'/'));
        top && FILES.iter().any(|f| f.as_bytes() == file)
    };
    let Some(member) = archive.names().filter(fits).min().map(<[u8]>::to_vec) else {
        return Ok(None);
    };
    archive.crc(&member)?;
    Ok(Some(os_name(member).into()))
}

/// Opens the product that `xml` is the main metadata file of; `named` if the user named that very
/// file.
pub fn open(path: &Path, xml: &Path, named: bool) -> Result<Product> {
    let root = xml
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let bounds = Bounds::of(if named || vsi::is_virtual(root) {
        root
    } else {
        path
    });
    if let Some(why) = bounds.refusal(xml).filter(|_| !named) {
        return Err(Error::input(xml, why));
    }
    let metadata = parse(&vsi::read_text(xml)?).map_err(|what| Error::input(xml, what))?;
    let (mut candidates, mut passed, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for image in &metadata.images {
        let Some(band) = Band::in_text(stem_without_gsd(stem(image))) else {
            continue;
        };
        let file = root.join(format!("{image}.jp2"));
        if !vsi::is_virtual(&file) && file.symlink_metadata().is_err() {
            missing.push((band, file));
            continue;
        }
        if let Some(why) = bounds.refusal(&file) {
            if band != Band::B10 {
                return Err(Error::input(file, why));
            }
            passed.push(Passed {
                band,
                file,
                why: why.into(),
                is_raster: false,
            });
            continue;
        }
        match vsi::size(&file) {
            None => missing.push((band, file)),
            Some(0) => {
                return Err(Error::input(
                    file,
                    "the file is empty; fetch the product again",
                ));
            }
            Some(_) => candidates.push(Candidate {
                band,
                file,
                named: false,
                index: 1,
                radiometry: Some(metadata.radiometry(band)),
                wavelength: metadata.wavelengths.get(&band).copied(),
            }),
        }
    }
    if candidates.is_empty() {
        let first = missing
            .first()
            .map_or_else(String::new, |(_, f)| shown_path(f));
        return Err(Error::input(
            path,
            format!(
                "none of the images that its metadata lists is there ({first} …); unpack the whole product"
            ),
        ));
    }
    let mut product = Product::assemble(path, metadata.uri, candidates, passed)?;
    product.files.push(xml.into());
    missing.retain(|(band, _)| product.band(*band).is_none() && *band != Band::B10);
    missing.dedup_by_key(|(band, _)| *band);
    for (band, file) in missing {
        product.notes.push(format!(
            "{band} is listed in the metadata but its file is not there ({})",
            shown_path(&file)
        ));
    }
    product.metadata = Some(xml.into());
    product.level = Some(metadata.level);
    product.baseline = Some(metadata.baseline);
    product.spacecraft = Some(metadata.spacecraft);
    Ok(product)
}

fn stem_without_gsd(stem: &str) -> &str {
    ["_10m", "_20m", "_60m"]
        .iter()
        .find_map(|s| stem.strip_suffix(s))
        .unwrap_or(stem)
}

impl MainMetadata {
    fn radiometry(&self, band: Band) -> Radiometry {
        let add_offset = self.offsets.get(&band).copied().unwrap_or(0.0);
        Radiometry {
            quantification: self.quantification,
            add_offset,
            nodata: Some(self.nodata),
        }
    }
}

/// Reads a main metadata file (MTD_MSIL1C.xml or MTD_MSIL2A.xml).
pub fn parse(text: &str) -> std::result::Result<MainMetadata, String> {
    let xml = Xml::parse(text)?;
    let text = |name: &str| xml.text(name).unwrap_or_default().to_owned();

    let processing = text("PROCESSING_LEVEL");
    let level = match processing.as_str() {
        "Level-1C" => "L1C",
        "Level-2A" | "Level-2Ap" => "L2A",
        _ => {
            return Err(format!(
                "the processing level '{processing}' is neither Level-1C nor Level-2A"
            ));
        }
    };
    let granules = xml.all("Granule").count() + xml.all("Granules").count();
    let mut seen = BTreeSet::new();
    let images: Vec<String> = xml
        .all("IMAGE_FILE")
        .map(|e| &e.text)
        .filter(|t| !t.is_empty() && seen.insert(*t))
        .cloned()
        .collect();
    if granules > 1 {
        return Err(format!(
            "it holds {granules} tiles, as products did before December 2016; use one of its tiles, as a folder of bands"
        ));
    }
    if images.is_empty() {
        return Err("it lists no images (IMAGE_FILE)".into());
    }
    if images.len() > MOST_IMAGES {
        return Err(format!(
            "it lists {} images, which no product has; fetch it again",
            images.len()
        ));
    }
    if images
        .iter()
        .any(|i| i.starts_with('/') || i.split('/').any(|part| part == ".."))
    {
        return Err("it lists images outside the product".into());
    }

    let mut ids = BTreeMap::new();
    let mut wavelengths = BTreeMap::new();
    let physical = |e: &Element| e.attribute("physicalBand").and_then(Band::parse);
    for e in xml.all("Spectral_Information") {
        if let (Some(band), Some(id)) = (physical(e), e.attribute("bandId")) {
            ids.insert(id, band);
        }
    }
    for (spectrum, e) in xml.within("Spectral_Information", "CENTRAL") {
        let (Some(band), Some(wavelength)) = (physical(&xml.elements[spectrum]), e.number()) else {
            continue;
        };
        if !WAVELENGTHS.contains(&wavelength) {
            return Err(format!(
                "it gives {band} a wavelength of {wavelength} nm, which no band has"
            ));
        }
        wavelengths.entry(band).or_insert(wavelength);
    }
    let mut offsets = BTreeMap::new();
    for e in xml.all(if level == "L1C" {
        "RADIO_ADD_OFFSET"
    } else {
        "BOA_ADD_OFFSET"
    }) {
        let band = e.attribute("band_id").and_then(|id| ids.get(id));
        let (Some(band), Some(offset)) = (band, e.number()) else {
            return Err(
                "an additive offset names no band of its spectral information, or is no number"
                    .into(),
            );
        };
        offsets.insert(*band, offset);
    }
    let names = [
        "BOA_QUANTIFICATION_VALUE",
        "QUANTIFICATION_VALUE",
        "L1C_TOA_QUANTIFICATION_VALUE",
        "L2A_BOA_QUANTIFICATION_VALUE",
    ];
    let mut quantification = names
        .iter()
        .flat_map(|name| xml.all(name))
        .filter_map(Element::number);
    let quantification = quantification
        .find(|q| *q > 0.0)
        .ok_or("it gives no quantification value")?;
    let special = xml
        .within("Special_Values", "SPECIAL_VALUE_TEXT")
        .find(|(_, e)| e.text == "NODATA")
        .map(|(place, _)| place);
    let mut indices = xml
        .within("Special_Values", "SPECIAL_VALUE_INDEX")
        .filter(|(place, _)| Some(*place) == special);
    let nodata = indices.next().and_then(|(_, e)| e.number());
    let metadata = MainMetadata {
        uri: text("PRODUCT_URI"),
        level: level.to_owned(),
        baseline: text("PROCESSING_BASELINE"),
        spacecraft: text("SPACECRAFT_NAME"),
        images,
        quantification,
        nodata: nodata.unwrap_or(0.0),
        offsets,
        wavelengths,
    };
    match Band::all().find_map(|band| metadata.radiometry(band).implausible()) {
        Some(what) => Err(format!("{what} in its metadata; fetch the product again")),
        None => Ok(metadata),
    }
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
        let m = parse(&xml(
            "Level-1C",
            "<RADIO_ADD_OFFSET band_id=\"8\">-1000</RADIO_ADD_OFFSET>",
        ))
        .unwrap();
        let b8a = Band::parse("B8A").unwrap();
        assert_eq!(
            (m.offsets.get(&b8a), m.wavelengths.get(&b8a)),
            (Some(&-1000.0), Some(&864.7))
        );
        assert_eq!(
            (m.level.as_str(), m.uri.as_str(), m.nodata),
            ("L1C", "S2X.SAFE", 0.0)
        );
        assert!(
            parse(&xml(
                "Level-1C",
                "<RADIO_ADD_OFFSET band_id=\"77\">-1000</RADIO_ADD_OFFSET>"
            ))
            .is_err()
        );
        // L1C's offsets mean nothing for L2A.
        assert!(
            parse(&xml(
                "Level-2A",
                "<RADIO_ADD_OFFSET band_id=\"8\">-1000</RADIO_ADD_OFFSET>"
            ))
            .unwrap()
            .offsets
            .is_empty()
        );
    }

    #[test]
    fn metadata_that_cannot_be_trusted_is_refused() {
        assert!(parse("<p>").unwrap_err().contains("well-formed"));
        assert!(parse("<p/>").unwrap_err().contains("processing level"));
        assert!(
            parse(&xml("Level-1C", "").replace("GRANULE/", "../"))
                .unwrap_err()
                .contains("outside")
        );
        for offset in ["1e308", "-1e39", "10001"] {
            let said = parse(&xml(
                "Level-1C",
                &format!("<RADIO_ADD_OFFSET band_id=\"8\">{offset}</RADIO_ADD_OFFSET>"),
            ))
            .unwrap_err();
            assert!(said.contains("additive offset"), "{said}");
        }
        for quantification in ["1e300", "1e-300", "0.5"] {
            assert!(
                parse(&xml("Level-1C", "").replace("10000", quantification))
                    .unwrap_err()
                    .contains("DN per unit")
            );
        }
        assert!(
            parse(&xml("Level-1C", "").replace("864.7", "1e300"))
                .unwrap_err()
                .contains("wavelength")
        );
    }
}
