//! Numbers of options, from text. A number means what it says; what cannot be meant is refused with
//! what can be.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::raster::radiometry::is_single;

/// How many threads there may be.
pub(super) const THREADS: RangeInclusive<i64> = 1..=1024;

/// Sides of a tile in pixels.
pub(super) const TILES: RangeInclusive<i64> = 1..=65536;

/// What a unit of reflectance may be in DN.
const QUANTIFICATIONS: RangeInclusive<f64> = 1.0..=1e6;

/// No product's DN are shifted by more; beyond it nothing would be left of them.
const LARGEST_OFFSET: f64 = 1e6;

/// A shift by less changes no result, so whoever writes it means something else.
const SMALLEST_OFFSET: f64 = 1e-6;

/// No coordinate on Earth, in m or pixels, is larger; what is would overflow where windows are
/// added up.
const FARTHEST: f64 = 1e9;

pub(super) fn whole(key: &str, text: &str, range: RangeInclusive<i64>) -> Result<i64> {
    let number = text.parse().ok().filter(|n| range.contains(n));
    number.ok_or_else(|| {
        let (low, high) = (range.start(), range.end());
        refused(key, &format!("a whole number from {low} to {high}"), text)
    })
}

pub(super) fn quantification(text: &str) -> Result<f64> {
    let number = number(text).filter(|n| QUANTIFICATIONS.contains(n));
    number.ok_or_else(|| refused("quantification", "a number from 1 to 1000000", text))
}

pub(super) fn offset(text: &str) -> Result<f64> {
    let sizes = SMALLEST_OFFSET..=LARGEST_OFFSET;
    let number = number(text).filter(|n| *n == 0.0 || sizes.contains(&n.abs()));
    number.ok_or_else(|| {
        let wanted = "0 or a number from 0.000001 to 1000000, of either sign";
        refused("offset", wanted, text)
    })
}

/// `None` for none at all.
pub(super) fn nodata(text: &str) -> Result<Option<f64>> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let number = number(text).filter(|n| n.is_nan() || is_single(*n));
    number.map(Some).ok_or_else(|| {
        let wanted = "none, nan, or a number that 32-bit floats can hold (what is infinite never \
                      counts as data)";
        refused("nodata", wanted, text)
    })
}

/// Four numbers with blanks or commas between them.
pub(super) fn four(key: &str, names: &str, text: &str) -> Result<[f64; 4]> {
    // A comma within what blanks separate is one for decimals or thousands.
    let parts: Vec<&str> = if text.contains(',') {
        text.split(',').map(str::trim).collect()
    } else {
        text.split_whitespace().collect()
    };
    let near = |part: &&str| number(part).filter(|n| n.abs() <= FARTHEST);
    let numbers: Option<Vec<f64>> = parts.iter().map(near).collect();
    let four = numbers.and_then(|n| <[f64; 4]>::try_from(n).ok());
    four.ok_or_else(|| {
        let wanted = format!("{names}, four numbers from -1e9 to 1e9 with blanks between them");
        refused(key, &wanted, text)
    })
}

/// A number with a point for decimals. What is too small for one is none.
fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    let is_zero = number == 0.0 && digits.contains(|c| matches!(c, '1'..='9'));
    // -0 is 0.
    (!is_zero).then_some(number + 0.0)
}

fn refused(key: &str, wanted: &str, text: &str) -> Error {
    Error::option(format!("option {key} takes {wanted}, not '{text}'"))
}
