//! The additive offset of DN that come without it: from metadata that lie beside or above the
//! bands, as in the layout of Amazon's archive and in pieces of SAFE products.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::text::{folder_of, name_of};
use super::xml::Xml;
use crate::error::Result;
use crate::gdal::vsi;
use crate::text::shown_path;

/// What is added to DN since processing baseline 04.00, where nothing says it.
pub const SINCE_0400: f64 = -1000.0;

/// Files that say of which product the bands beside them are, and folders upwards that they may lie
/// in.
pub const FILES: [&str; 5] = [
    "productInfo.json",
    "tileInfo.json",
    "metadata.xml",
    "MTD_TL.xml",
    "MTD_MSIL2A.xml",
];
const UPWARDS: usize = 3;

/// What such a file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// The file.
    pub file: PathBuf,
    /// The product's identifier, if it gives one.
    pub name: Option<String>,
    /// Processing baseline, as `04.00`.
    pub baseline: Option<String>,
    /// What the user should know of DN whose offset was taken off already; `None` where nothing
    /// says that it was.
    pub taken_off: Option<String>,
}

impl Beside {
    /// The additive offset: that of the baseline, where it was not taken off the DN.
    pub fn offset(&self) -> f64 {
        let since = self.baseline.as_deref().is_some_and(is_since_0400);
        if since && self.taken_off.is_none() {
            SINCE_0400
        } else {
            0.0
        }
    }

    /// What the user should know where bands have their offset from here.
    pub fn note(&self) -> String {
        let baseline = self.baseline.as_deref().unwrap_or("unknown");
        self.taken_off.clone().unwrap_or_else(|| {
            format!(
                "{} says processing baseline {baseline}, so the additive offset is {}; --offset \
                 sets another",
                shown_path(&self.file),
                self.offset()
            )
        })
    }
}

/// Whether a processing baseline is one whose DN have an offset.
pub fn is_since_0400(baseline: &str) -> bool {
    baseline.parse().is_ok_and(|b: f64| b >= 4.0)
}

/// The processing baseline that a product's identifier holds: `…_N0400_…` -> `04.00`.
pub fn baseline_in(name: &str) -> Option<String> {
    let digits = |word: &str| {
        let digits = word.strip_prefix('N')?;
        let digits: String = digits.chars().filter(|c| *c != '.').collect();
        (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| format!("{}.{}", &digits[..2], &digits[2..]))
    };
    name.split(['_', '/', '\\']).find_map(digits)
}

/// Looks for such a file in `folder` and in those above it.
pub fn beside(folder: &Path) -> Result<Option<Beside>> {
    if vsi::is_remote(folder) {
        return Ok(None);
    }
    let mut next = Some(folder.to_owned());
    for _ in 0..UPWARDS {
        let Some(here) = next else { break };
        for name in FILES {
            let file = here.join(name);
            let is_file =
                vsi::is_virtual(&file) || file.symlink_metadata().is_ok_and(|m| m.is_file());
            if !is_file || vsi::size(&file).is_none() {
                continue;
            }
            // What cannot be read says nothing; it is no part of what was given.
            let text = vsi::read_text(&file).unwrap_or_default();
            if let Some((name, baseline)) = parse(&text) {
                return Ok(Some(Beside {
                    file,
                    name,
                    baseline: Some(baseline),
                    taken_off: None,
                }));
            }
        }
        next = above(&here);
    }
    Ok(None)
}

/// The folder above, where the folder is one of those that products are divided into.
fn above(folder: &Path) -> Option<PathBuf> {
    let name = name_of(folder);
    let is_part = super::text::INNER.contains(&name.as_str()) || name == "IMG_DATA";
    is_part.then(|| folder_of(folder))
}

/// The product's identifier and processing baseline.
pub fn parse(text: &str) -> Option<(Option<String>, String)> {
    if text.trim_start().starts_with('{') {
        let value: Value = serde_json::from_str(text).ok()?;
        let name = ["name", "productName"]
            .iter()
            .find_map(|key| value[key].as_str())?;
        return Some((Some(name.to_owned()), baseline_in(name)?));
    }
    let xml = Xml::parse(text).ok()?;
    let name = xml.text("PRODUCT_URI").map(str::to_owned);
    let baseline = xml
        .text("PROCESSING_BASELINE")
        .map(str::to_owned)
        .or_else(|| baseline_in(xml.text("TILE_ID")?))?;
    Some((name, baseline))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baselines_are_read_from_names() {
        for (name, baseline) in [
            (
                "S2A_MSIL2A_20220126T021941_N0400_R003_T52SFA_20220126T041941",
                Some("04.00"),
            ),
            (
                "S2B_OPER_MSI_L2A_TL_2BPS_20230821T230851_A033649_T01KAB_N05.09",
                Some("05.09"),
            ),
            ("N040_N04000_NABCD_T33", None),
        ] {
            assert_eq!(baseline_in(name).as_deref(), baseline, "{name}");
        }
        assert!(is_since_0400("04.00") && is_since_0400("05.11") && !is_since_0400("03.01"));
    }

    #[test]
    fn what_lies_beside_bands_tells_the_baseline() {
        let name = "S2A_MSIL2A_20220126T021941_N0400_R003_T52SFA_20220126T041941";
        let told = |text: &str| parse(text).map(|(_, baseline)| baseline);
        assert_eq!(
            told(&format!("{{\"name\": \"{name}\"}}")).as_deref(),
            Some("04.00")
        );
        assert_eq!(
            told(&format!("{{\"productName\": \"{name}\", \"path\": \"x\"}}")).as_deref(),
            Some("04.00")
        );
        assert_eq!(
            told("<n1:T><TILE_ID>S2A_OPER_T33UUP_N05.09</TILE_ID></n1:T>").as_deref(),
            Some("05.09")
        );
        for text in ["", "{", "[]", "{\"name\": 3}", "<tile/>", "<a>"] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
