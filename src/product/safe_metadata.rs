//! What the main metadata file of a SAFE product says: MTD_MSIL1C.xml, MTD_MSIL2A.xml, and their
//! forerunners of before December 2016, which hold several tiles.

use std::collections::{BTreeMap, BTreeSet};

use super::xml::{Element, Xml};
use crate::error::Fault;
use crate::raster::band::Band;
use crate::raster::radiometry::{Radiometry, declared_nodata};

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
    /// Its tiles: one since December 2016.
    pub tiles: Vec<Tile>,
    /// DN per unit of reflectance.
    pub quantification: f64,
    /// The DN that means nodata.
    pub nodata: f64,
    /// Additive offset of each band that has one.
    pub offsets: BTreeMap<Band, f64>,
    /// Central wavelength of each band in nm.
    pub wavelengths: BTreeMap<Band, f64>,
}

/// A tile of a product.
#[derive(Debug, Default, PartialEq)]
pub struct Tile {
    /// The folder in GRANULE that it lies in, if there are several.
    pub name: String,
    /// Paths of its images in the product, without extension.
    pub images: Vec<String>,
}

/// So many images are listed at most.
const MOST_IMAGES: usize = 1000;
/// The wavelengths that a band may have in nm.
const WAVELENGTHS: std::ops::RangeInclusive<f64> = 300.0..=3000.0;
/// How metadata list images: by path, and before December 2016 by name.
const BY_PATH: [&str; 2] = ["IMAGE_FILE", "IMAGE_FILE_2A"];
/// Endings of images that are no part of their names.
const ENDINGS: [&str; 3] = [".jp2", ".tif", ".tiff"];
const BY_NAME: [&str; 2] = ["IMAGE_ID", "IMAGE_ID_2A"];

impl MainMetadata {
    /// DN to reflectance of a band.
    pub fn radiometry(&self, band: Band) -> Radiometry {
        let add_offset = self.offsets.get(&band).copied().unwrap_or(0.0);
        Radiometry {
            quantification: self.quantification,
            add_offset,
            nodata: Some(self.nodata),
        }
    }
}

/// The tiles with their images.
fn tiles(xml: &Xml) -> Result<Vec<Tile>, String> {
    let mut tiles: Vec<(Option<usize>, Tile)> = Vec::new();
    let mut seen = BTreeSet::new();
    for e in &xml.elements {
        let by_name = BY_NAME.contains(&e.name.as_str());
        if !(by_name || BY_PATH.contains(&e.name.as_str())) || e.text.is_empty() {
            continue;
        }
        let granule = e.parent.map(|p| &xml.elements[p]);
        let name = granule
            .and_then(|g| g.attribute("granuleIdentifier"))
            .unwrap_or_default();
        // Some tools write the ending, too.
        let lower = e.text.to_ascii_lowercase();
        let ending = ENDINGS.iter().find(|i| lower.ends_with(**i));
        let ending = ending.map_or(0, |i| i.len());
        let text = &e.text[..e.text.len() - ending];
        let image = if by_name {
            format!("GRANULE/{name}/IMG_DATA/{text}")
        } else {
            text.to_owned()
        };
        if !seen.insert(image.clone()) {
            continue;
        }
        match tiles.iter_mut().find(|(place, _)| *place == e.parent) {
            Some((_, tile)) => tile.images.push(image),
            None => tiles.push((
                e.parent,
                Tile {
                    name: name.to_owned(),
                    images: vec![image],
                },
            )),
        }
    }
    // A tile that is listed in parts is one.
    let mut joined: Vec<Tile> = Vec::new();
    for (_, tile) in tiles {
        match joined.iter_mut().find(|t| t.name == tile.name) {
            Some(same) => same.images.extend(tile.images),
            None => joined.push(tile),
        }
    }
    if joined.is_empty() {
        return Err("it lists no images (IMAGE_FILE)".into());
    }
    if seen.len() > MOST_IMAGES * joined.len().min(50) {
        return Err(format!(
            "it lists {} images, which no product has; fetch it again",
            seen.len()
        ));
    }
    let outside = |i: &String| i.starts_with('/') || i.split('/').any(|part| part == "..");
    if seen.iter().any(outside) {
        return Err("it lists images outside the product".into());
    }
    Ok(joined)
}

/// Reads a main metadata file (MTD_MSIL1C.xml or MTD_MSIL2A.xml).
pub fn parse(text: &str) -> Result<MainMetadata, Fault> {
    let xml = Xml::parse(text)?;
    let text = |name: &str| xml.text(name).unwrap_or_default().to_owned();

    let processing = text("PROCESSING_LEVEL");
    let level = match processing.as_str() {
        "Level-1C" => "L1C",
        "Level-2A" | "Level-2Ap" => "L2A",
        _ => {
            return Err(format!(
                "the processing level '{processing}' is neither Level-1C nor Level-2A"
            )
            .into());
        }
    };
    let tiles = tiles(&xml)?;
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
            )
            .into());
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
    // ESA gives one for each band or none at all.
    let mut used = ids.values().filter(|band| **band != Band::B10);
    let without = used.find(|band| !offsets.contains_key(*band));
    if let (Some(band), false) = (without, offsets.is_empty()) {
        return Err(format!(
            "it gives additive offsets, but none for {band}; fetch the product again"
        )
        .into());
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
        uri: [text("PRODUCT_URI"), text("PRODUCT_URI_2A")]
            .into_iter()
            .find(|t| !t.is_empty())
            .unwrap_or_default(),
        level: level.to_owned(),
        baseline: text("PROCESSING_BASELINE"),
        spacecraft: text("SPACECRAFT_NAME"),
        tiles,
        quantification,
        nodata: nodata.and_then(declared_nodata).unwrap_or(0.0),
        offsets,
        wavelengths,
    };
    match Band::all().find_map(|band| metadata.radiometry(band).implausible()) {
        Some(what) => Err(format!("{what} in its metadata; fetch the product again").into()),
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
        // One for some bands is none for the others, which would lie 1000 DN off.
        let other = "<Spectral_Information bandId=\"4\" physicalBand=\"B5\"/>\
                     <RADIO_ADD_OFFSET band_id=\"8\">-1000</RADIO_ADD_OFFSET>";
        let error = parse(&xml("Level-1C", other)).unwrap_err().to_string();
        assert!(error.contains("none for B5"), "{error}");
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
    fn tiles_as_before_december_2016() {
        let granule = |name: &str| {
            format!(
                "<Granules granuleIdentifier=\"{name}\"><IMAGE_ID>{name}_B02</IMAGE_ID><IMAGE_ID>{name}_B05</IMAGE_ID></Granules>"
            )
        };
        let text = xml("Level-1C", "");
        let (from, to) = (
            text.find("<Granule>").unwrap(),
            text.find("<QUANT").unwrap(),
        );
        let text = format!(
            "{}{}{}{}",
            &text[..from],
            granule("T1"),
            granule("T2"),
            &text[to..]
        );
        let tiles = parse(&text).unwrap().tiles;
        assert_eq!((tiles.len(), tiles[1].name.as_str()), (2, "T2"));
        assert_eq!(tiles[1].images[1], "GRANULE/T2/IMG_DATA/T2_B05");
        let ended = xml("Level-1C", "").replace("T_B8A<", "T_B8A.jp2<");
        assert_eq!(parse(&ended).unwrap(), parse(&xml("Level-1C", "")).unwrap());
        let newer = xml("Level-2A", "").replace("IMAGE_FILE", "IMAGE_FILE_2A");
        assert_eq!(parse(&newer).unwrap().tiles[0].images.len(), 1);
    }

    #[test]
    fn metadata_that_cannot_be_trusted_is_refused() {
        assert!(parse("<p>").unwrap_err().what.contains("well-formed"));
        assert!(parse("<p/>").unwrap_err().what.contains("processing level"));
        assert!(
            parse(&xml("Level-1C", "").replace("GRANULE/", "../"))
                .unwrap_err()
                .what
                .contains("outside")
        );
        for offset in ["1e308", "-1e39", "10001"] {
            let said = parse(&xml(
                "Level-1C",
                &format!("<RADIO_ADD_OFFSET band_id=\"8\">{offset}</RADIO_ADD_OFFSET>"),
            ))
            .unwrap_err()
            .what;
            assert!(said.contains("additive offset"), "{said}");
        }
        for quantification in ["1e300", "1e-300", "0.5"] {
            assert!(
                parse(&xml("Level-1C", "").replace("10000", quantification))
                    .unwrap_err()
                    .what
                    .contains("DN per unit")
            );
        }
        assert!(
            parse(&xml("Level-1C", "").replace("864.7", "1e300"))
                .unwrap_err()
                .what
                .contains("wavelength")
        );
    }
}
