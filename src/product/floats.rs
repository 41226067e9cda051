//! Whether floats are reflectance or DN, by their values.

use crate::raster::band::{self, Band};

/// Nothing reflects more than this, and no scene of DN is as dark everywhere.
const BRIGHTEST: f64 = 10.0;
/// What lies in the middle of the numbers of a band of reflectance is no more than this.
const MIDDLE: f64 = 2.0;
/// No unit has greater numbers.
const GREATEST: f32 = 1e6;
/// What stands where there is no data, declared or not; 0 and negative numbers besides.
const FILLS: [f32; 4] = [9999.0, 32767.0, 65535.0, 99999.0];
/// Per cent, unless the scene is very dark.
const PERCENT: f64 = 110.0;

/// Whether a number may be that of a pixel with data, so that it tells of the unit.
pub(super) fn tells(v: f32, nodata: Option<f64>) -> bool {
    let is_number = v > 0.0 && v < GREATEST && !FILLS.contains(&v);
    is_number && nodata.is_none_or(|n| v != n as f32)
}

/// What was seen of the numbers of a band.
pub(super) struct Seen {
    band: Band,
    /// Half of its numbers are less.
    middle: f64,
    /// 2 % of its numbers are more.
    bright: f64,
    /// Most of them are whole.
    whole: bool,
}

impl Seen {
    /// By the different numbers of a band, in order; `None` where there are none.
    pub fn new(band: Band, numbers: &[f32]) -> Option<Self> {
        let n = numbers.len();
        let at = |place: usize| numbers.get(place).copied().map(f64::from);
        let whole = numbers.iter().filter(|v| v.fract() == 0.0).count();
        Some(Self {
            band,
            middle: at(n / 2)?,
            bright: at(n.saturating_sub(1 + n / 50))?,
            whole: 2 * whole > n,
        })
    }

    fn is_reflectance(&self) -> bool {
        self.middle <= MIDDLE && !self.whole
    }

    fn is_dn(&self) -> bool {
        self.middle > BRIGHTEST
    }
}

/// What the bands of a product are in.
#[derive(Debug, PartialEq)]
pub(super) enum Unit {
    Reflectance,
    Dn,
    /// No number tells.
    Unknown,
}

/// The unit of all bands. A very dark band of DN looks like reflectance, so those in doubt are as
/// the others are; where these disagree, one of the fewer, what is wrong and what to do.
pub(super) fn of(seen: &[Seen]) -> Result<Unit, (Band, String)> {
    let list = |is: fn(&Seen) -> bool| -> Vec<&Seen> { seen.iter().filter(|s| is(s)).collect() };
    let (reflectance, dn) = (list(Seen::is_reflectance), list(Seen::is_dn));
    Ok(match (reflectance.is_empty(), dn.is_empty()) {
        (false, false) => {
            let fewer = [&dn, &reflectance].into_iter().min_by_key(|s| s.len());
            let first = fewer.and_then(|s| s.first()).map_or(dn[0].band, |s| s.band);
            let what = format!(
                "the numbers of {} are around {} as reflectance is, and those of {} around {} as \
                 DN are; bring all bands to one unit, or say with --quantification what all of \
                 them are in",
                names(&reflectance),
                range(&reflectance),
                names(&dn),
                range(&dn)
            );
            return Err((first, what));
        }
        (false, true) => Unit::Reflectance,
        (true, false) => Unit::Dn,
        (true, true) => match brightest(seen) {
            None => Unit::Unknown,
            Some(b) if b <= BRIGHTEST => Unit::Reflectance,
            Some(_) => Unit::Dn,
        },
    })
}

/// Whether bands that were taken to be in a unit may be in per cent.
pub(super) fn may_be_percent(seen: &[Seen], unit: &Unit) -> bool {
    match unit {
        Unit::Reflectance => seen.iter().any(|s| s.middle > MIDDLE && !s.whole),
        Unit::Dn => brightest(seen).is_some_and(|b| b <= PERCENT),
        Unit::Unknown => false,
    }
}

/// Where the middle of the numbers of the bands lies.
pub(super) fn around(seen: &[Seen]) -> String {
    range(&seen.iter().collect::<Vec<_>>())
}

fn brightest(seen: &[Seen]) -> Option<f64> {
    seen.iter().map(|s| s.bright).reduce(f64::max)
}

fn names(seen: &[&Seen]) -> String {
    band::list(seen.iter().map(|s| s.band))
}

fn range(seen: &[&Seen]) -> String {
    let middles = || seen.iter().map(|s| s.middle);
    let (low, high) = (
        middles().fold(f64::INFINITY, f64::min),
        middles().fold(0.0, f64::max),
    );
    let shown = |v: f64| {
        if v < BRIGHTEST {
            format!("{v:.3}")
        } else {
            format!("{v:.0}")
        }
    };
    match (shown(low), shown(high)) {
        (low, high) if low == high => low,
        (low, high) => format!("{low} to {high}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(band: &str, numbers: impl Fn(f32) -> f32) -> Seen {
        let numbers: Vec<f32> = (1..=200).map(|i| numbers(i as f32)).collect();
        Seen::new(Band::parse(band).unwrap(), &numbers).unwrap()
    }

    /// Python is held to the same cases (`python/tests/test_units.py`).
    #[test]
    fn the_unit_is_that_of_the_common_cases() {
        #[derive(serde::Deserialize)]
        struct Numbers {
            runs: Vec<(f64, f64, u32)>,
            nodata: Option<f64>,
        }
        #[derive(serde::Deserialize)]
        struct Case {
            what: String,
            unit: String,
            bands: std::collections::BTreeMap<String, Numbers>,
        }
        #[derive(serde::Deserialize)]
        struct Cases {
            numbers: Vec<Case>,
        }
        let cases = include_str!("../../tests/data/units.json");
        let cases: Cases = serde_json::from_str(cases).unwrap();
        assert!(!cases.numbers.is_empty());
        for case in cases.numbers {
            let seen = case.bands.iter().filter_map(|(band, numbers)| {
                let runs = numbers.runs.iter();
                let values = runs.flat_map(|(first, step, n)| {
                    (0..*n).map(move |i| (first + step * f64::from(i)) as f32)
                });
                let mut values: Vec<f32> = values.filter(|v| tells(*v, numbers.nodata)).collect();
                values.sort_by(f32::total_cmp);
                values.dedup();
                Seen::new(Band::parse(band).unwrap(), &values)
            });
            let unit = match of(&seen.collect::<Vec<_>>()) {
                Ok(Unit::Reflectance) => "reflectance",
                Ok(Unit::Dn) => "dn",
                Ok(Unit::Unknown) => "unknown",
                Err(_) => "refused",
            };
            assert_eq!(unit, case.unit, "{}", case.what);
        }
    }

    #[test]
    fn what_is_said_of_units_names_bands_and_numbers() {
        let reflectance = || seen("B2", |i| i * 0.0021);
        let clouds = || seen("B3", |i| i * 0.007);
        let dn = || seen("B4", |i| i * 21.0);
        let (band, said) = of(&[reflectance(), clouds(), dn()]).unwrap_err();
        assert_eq!(band.name(), "B4");
        assert!(
            said.contains("B2, B3 are around 0.212 to 0.707") && said.contains("B4 around 2121"),
            "{said}"
        );
        let percent = [seen("B2", |i| i * 0.04), seen("B12", |i| i * 0.009)];
        assert!(may_be_percent(&percent, &of(&percent).unwrap()));
        assert!(!may_be_percent(&[reflectance()], &Unit::Reflectance));
    }
}
