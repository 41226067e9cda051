//! What metadata beside rasters say of their numbers: the STAC item that they were fetched by, or
//! the `.dim` file that SNAP writes beside its folder of images; and what their own names say.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::offsets::Beside;
use super::text::name_of;
use super::xml::Xml;
use super::{stac, theia};
use crate::gdal::dataset::BandFacts;
use crate::gdal::vsi;
use crate::text::shown_path;

/// So many JSON files of a folder are looked into, and none that is larger, in bytes.
const MOST_ITEMS: usize = 32;
const LARGEST_ITEM: u64 = 1 << 20;

/// What is said of the numbers of one raster.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Slope from DN to reflectance.
    pub scale: Option<f64>,
    /// Intercept, in reflectance.
    pub offset: Option<f64>,
    /// The DN of pixels without data.
    pub nodata: Option<f64>,
}

impl Numbers {
    /// Puts what is said in the place of what the raster says of itself.
    pub(super) fn tell(&self, facts: &mut BandFacts) {
        if self.scale.is_some() {
            (facts.scale, facts.offset) = (self.scale, self.offset);
        }
        facts.nodata = self.nodata.or(facts.nodata);
    }
}

/// What such metadata say.
#[derive(Debug, Default)]
pub struct Told {
    /// By the names of the rasters' files.
    of: HashMap<String, Numbers>,
    /// The files that say it.
    pub files: Vec<PathBuf>,
    /// Of which product they are, by the only item.
    pub beside: Option<Beside>,
}

impl Told {
    /// Looks beside the rasters in `folder`.
    pub fn beside(folder: &Path) -> Self {
        let mut told = Self::default();
        if vsi::is_remote(folder) {
            return told;
        }
        let snap = folder.with_extension("dim");
        if folder.extension().is_some_and(|e| e == "data") && is_file(&snap) {
            told.hear(
                &snap,
                snap_numbers(&vsi::read_text(&snap).unwrap_or_default()),
            );
        }
        let names = vsi::list(folder);
        let is_json = |name: &&std::ffi::OsString| {
            let name = name.to_string_lossy().to_ascii_lowercase();
            name.ends_with(".json") || name.ends_with(".geojson")
        };
        for name in names.iter().filter(is_json).take(MOST_ITEMS) {
            let file = folder.join(name);
            if !is_file(&file) || vsi::size(&file).is_none_or(|size| size > LARGEST_ITEM) {
                continue;
            }
            let text = vsi::read_text(&file).unwrap_or_default();
            // What is no item, or one of other files, says nothing.
            let Ok(item) = stac::parse(&text) else {
                continue;
            };
            let mut of = item_numbers(&item);
            of.retain(|name, _| names.iter().any(|n| n == name.as_str()));
            if of.is_empty() {
                continue;
            }
            let is_first = told.of.is_empty();
            told.beside = Some(&item)
                .filter(|_| is_first)
                .and_then(|item| item.beside(&file));
            told.hear(&file, of);
        }
        told
    }

    fn hear(&mut self, file: &Path, of: HashMap<String, Numbers>) {
        if !of.is_empty() {
            self.files.push(file.to_owned());
            self.of.extend(of);
        }
    }

    /// What is said of the numbers of a raster.
    pub fn of(&self, file: &Path) -> Option<Numbers> {
        let name = name_of(file);
        let by_name = || {
            theia::is_image(&name).then_some(Numbers {
                scale: Some(1e-4),
                offset: Some(0.0),
                nodata: None,
            })
        };
        self.of.get(&name).copied().or_else(by_name)
    }

    /// What the user should know about it.
    pub fn note(&self) -> Option<String> {
        let says = self.of.values().any(|n| n.scale.is_some());
        let file = self.files.first().filter(|_| says)?;
        Some(format!(
            "{} says scale and offset of the rasters beside it",
            shown_path(file)
        ))
    }
}

/// What is no plain file is not read.
fn is_file(file: &Path) -> bool {
    if vsi::is_virtual(file) {
        return vsi::size(file).is_some();
    }
    file.symlink_metadata().is_ok_and(|m| m.is_file())
}

/// What an item says of each of its assets, by the names of their files.
pub fn item_numbers(item: &stac::Item) -> HashMap<String, Numbers> {
    let named = item.assets.iter().flat_map(|asset| {
        let usable = item
            .radiometry(asset)
            .filter(|r| r.quantification.is_finite());
        let numbers = usable.map(|r| Numbers {
            scale: Some(1.0 / r.quantification),
            offset: Some(r.add_offset / r.quantification),
            nodata: r.nodata,
        });
        let numbers = numbers.unwrap_or_default();
        let hrefs = asset.alternates.iter().chain([&asset.href]);
        hrefs.map(move |href| {
            let path = href.split(['?', '#']).next().unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default();
            (name.to_owned(), numbers)
        })
    });
    named.collect()
}

/// What a `.dim` file says of each of its images, by the names of their files.
pub fn snap_numbers(text: &str) -> HashMap<String, Numbers> {
    #[derive(Default)]
    struct Image {
        name: String,
        numbers: Numbers,
        has_nodata: bool,
    }
    let Ok(xml) = Xml::parse(text) else {
        return HashMap::new();
    };
    let mut images: HashMap<usize, Image> = HashMap::new();
    for element in &xml.elements {
        let around = element
            .parent
            .filter(|p| xml.elements[*p].name == "Spectral_Band_Info");
        let Some(around) = around else {
            continue;
        };
        let image = images.entry(around).or_default();
        match element.name.as_str() {
            "BAND_NAME" => image.name = format!("{}.img", element.text),
            "SCALING_FACTOR" => image.numbers.scale = element.number().filter(|s| *s > 0.0),
            "SCALING_OFFSET" => image.numbers.offset = element.number(),
            "NO_DATA_VALUE_USED" => image.has_nodata = element.text == "true",
            "NO_DATA_VALUE" => image.numbers.nodata = element.number(),
            _ => {}
        }
    }
    let settled = images.into_values().map(|image| {
        let Numbers {
            scale,
            offset,
            nodata,
        } = image.numbers;
        // A factor of 1 is that of images which have none.
        let is_plain = scale == Some(1.0) && offset.is_none_or(|o| o == 0.0);
        let numbers = Numbers {
            scale: scale.filter(|_| !is_plain),
            offset,
            nodata: nodata.filter(|_| image.has_nodata),
        };
        (image.name, numbers)
    });
    settled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snap_says_scale_offset_and_nodata_of_each_image() {
        let band = |name: &str, scale: &str, used: &str| {
            format!(
                "<Spectral_Band_Info><BAND_NAME>{name}</BAND_NAME><SCALING_FACTOR>{scale}\
                 </SCALING_FACTOR><SCALING_OFFSET>0.0</SCALING_OFFSET><NO_DATA_VALUE_USED>{used}\
                 </NO_DATA_VALUE_USED><NO_DATA_VALUE>0.0</NO_DATA_VALUE></Spectral_Band_Info>"
            )
        };
        let bands = band("B2", "1.0E-4", "true") + &band("B3", "1.0", "false");
        let text = format!("<Dimap_Document><a>{bands}</a></Dimap_Document>");
        let of = snap_numbers(&text);
        let numbers = |scale, nodata| Numbers {
            scale,
            offset: Some(0.0),
            nodata,
        };
        assert_eq!(of["B2.img"], numbers(Some(1e-4), Some(0.0)));
        assert_eq!(of["B3.img"], numbers(None, None));
        assert!(snap_numbers("<a>").is_empty() && snap_numbers("<a/>").is_empty());
    }
}
