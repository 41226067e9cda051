//! Values of options, from text.

use std::ffi::{OsStr, OsString};

use super::{Device, Format, Precision, Quality};
use crate::error::{Error, Result};
use crate::raster::band::Band;
use crate::raster::names;

/// A value without the blanks around it. What is no text is the name of a file, and stays.
pub(super) fn trimmed(value: &OsStr) -> &OsStr {
    value.to_str().map_or(value, |text| OsStr::new(text.trim()))
}

pub(super) fn non_empty(value: &OsStr) -> Option<OsString> {
    (!value.is_empty()).then(|| value.to_owned())
}

pub(super) fn parse_switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => Some(true),
        "no" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

pub(super) fn parse_quality(value: &str) -> Option<Quality> {
    [Quality::Standard, Quality::Best]
        .into_iter()
        .find(|q| value.eq_ignore_ascii_case(q.name()))
}

pub(super) fn parse_precision(value: &str) -> Option<Precision> {
    match value.to_ascii_lowercase().as_str() {
        "exact" => Some(Precision::Exact),
        "fast" => Some(Precision::Fast),
        _ => None,
    }
}

pub(super) fn parse_device(value: &str) -> Option<Device> {
    match value.to_ascii_lowercase().as_str() {
        "auto" => Some(Device::Auto),
        "cpu" => Some(Device::Cpu),
        "cuda" => Some(Device::Cuda(0)),
        v => v
            .strip_prefix("cuda:")?
            .parse()
            .ok()
            .filter(|n| *n >= 0)
            .map(Device::Cuda),
    }
}

pub(super) fn parse_format(value: &str) -> Option<Format> {
    [("gtiff", Format::GTiff), ("cog", Format::Cog)]
        .into_iter()
        .find(|(n, _)| value.eq_ignore_ascii_case(n))
        .map(|(_, f)| f)
}

pub(super) fn parse_pair(value: &str) -> Option<(String, String)> {
    let (k, v) = value.split_once('=')?;
    (!k.is_empty()).then(|| (k.to_owned(), v.to_owned()))
}

fn no_band(name: &str) -> Error {
    Error::option(format!(
        "'{name}' is no band of Sentinel-2; the bands are {}",
        crate::raster::band::list(Band::all())
    ))
}

/// Names for the bands of a raster, in their order; `None` for one to leave out.
pub(super) fn parse_band_names(value: &str) -> Option<Result<Vec<Option<Band>>>> {
    let name = |n: &str| match n.trim() {
        "" | "-" => Ok(None),
        n => names::parse(n).map(Some).ok_or_else(|| no_band(n)),
    };
    let names: Result<Vec<_>> = value.split(',').map(name).collect();
    let some = names
        .as_ref()
        .map_or(true, |n| n.iter().any(Option::is_some));
    some.then_some(names)
}

pub(super) fn parse_bands(value: &str) -> Result<Vec<Band>> {
    let names = value.split([',', ' ']).filter(|t| !t.is_empty());
    let mut bands = names
        .map(|n| names::parse(n).ok_or_else(|| no_band(n)))
        .collect::<Result<Vec<_>>>()?;
    if bands.is_empty() {
        return Err(Error::option(
            "option bands takes names such as B5,B11, not an empty list",
        ));
    }
    if bands.contains(&Band::B10) {
        return Err(Error::option(
            "B10 is never super-resolved: it is too noisy; leave it out of bands",
        ));
    }
    bands.sort();
    bands.dedup();
    Ok(bands)
}
