//! The layers that a raster of netCDF has, one for each time of its dimension: when they were
//! taken.

use crate::gdal::Dataset;

/// A word for each layer of a raster, which tells when it was taken: `20200111`, or with a time of
/// day `20200111t101500`. `None` where the raster does not say it.
pub fn words(dataset: &Dataset) -> Option<Vec<String>> {
    let list = |key: &str| {
        let text = dataset.metadata(key)?;
        let items = text.trim_matches(['{', '}']).split(',');
        Some(items.map(|i| i.trim().to_owned()).collect::<Vec<_>>())
    };
    let dimensions = list("NETCDF_DIM_EXTRA")?;
    let [time] = dimensions.as_slice() else {
        return None;
    };
    let calendar = dataset.metadata(&format!("{time}#calendar"));
    let is_ours = |c: &String| ["standard", "gregorian", "proleptic_gregorian"].contains(&&**c);
    if !calendar.as_ref().is_none_or(is_ours) {
        return None;
    }
    let unit = Unit::parse(&dataset.metadata(&format!("{time}#units"))?)?;
    let values = list(&format!("NETCDF_DIM_{time}_VALUES"))?;
    let words: Vec<String> = values
        .iter()
        .map(|v| unit.word(v.parse().ok()?))
        .collect::<Option<_>>()?;
    (words.len() == dataset.band_count()).then(|| told_apart(words))
}

/// Words that are there twice get the number of their layer.
fn told_apart(words: Vec<String>) -> Vec<String> {
    let twice = |word: &String| words.iter().filter(|w| *w == word).count() > 1;
    let told = words.iter().enumerate().map(|(i, word)| match twice(word) {
        true => format!("{word}_layer{}", i + 1),
        false => word.clone(),
    });
    told.collect()
}

/// How netCDF counts time: in units of so many seconds, from a second after 1970 on.
#[derive(Debug, PartialEq)]
struct Unit {
    seconds: f64,
    start: f64,
}

impl Unit {
    /// `days since 2015-01-01 00:00:00`.
    fn parse(text: &str) -> Option<Self> {
        let (unit, start) = text.split_once(" since ")?;
        let seconds = match unit.trim().to_ascii_lowercase().trim_end_matches('s') {
            "day" => 86400.0,
            "hour" | "hr" | "h" => 3600.0,
            "minute" | "min" => 60.0,
            "second" | "sec" => 1.0,
            "millisecond" | "msec" => 1e-3,
            "microsecond" => 1e-6,
            "nanosecond" => 1e-9,
            _ => return None,
        };
        let start = start.trim();
        let (date, time) = start.split_once([' ', 'T', 't']).unwrap_or((start, ""));
        let mut date = date.split('-').map(|n| n.trim().parse::<i64>().ok());
        let (y, m, d) = (date.next()??, date.next()??, date.next()??);
        let is_date = (1..=9999).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d);
        let time = time.trim_end_matches(['Z', 'z']);
        let mut clock = 0.0;
        for (part, worth) in time.split(':').zip([3600.0, 60.0, 1.0]) {
            let number = part
                .split_whitespace()
                .next()
                .map_or(Some(0.0), |n| n.parse().ok())?;
            clock += number * worth;
        }
        is_date.then(|| Self {
            seconds,
            start: days(y, m, d) as f64 * 86400.0 + clock,
        })
    }

    /// The word for a number of units. Times are rounded to seconds.
    fn word(&self, value: f64) -> Option<String> {
        let second = (self.start + value * self.seconds).round();
        // Years of four digits.
        if !(-6e10..2.5e11).contains(&second) {
            return None;
        }
        let second = second as i64;
        let (y, m, d) = date(second.div_euclid(86400));
        let date = format!("{y:04}{m:02}{d:02}");
        Some(match second.rem_euclid(86400) {
            0 => date,
            s => format!("{date}t{:02}{:02}{:02}", s / 3600, s / 60 % 60, s % 60),
        })
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. After Howard Hinnant,
/// "chrono-compatible low-level date algorithms": years begin in March, so that the day that leap
/// years add comes last.
fn days(y: i64, m: i64, d: i64) -> i64 {
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let day_of_year = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    let year = y.rem_euclid(400);
    era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468
}

/// The date that is so many days after 1970-01-01: [`days`] the other way.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let m = if month < 10 { month + 3 } else { month - 9 };
    let y = year + era * 400 + i64::from(m <= 2);
    (y, m, day_of_year - (153 * month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_lead_to_dates_and_back() {
        for (day, at) in [
            (0, (1970, 1, 1)),
            (18272, (2020, 1, 11)),
            (18321, (2020, 2, 29)),
            (-1, (1969, 12, 31)),
            (47540, (2100, 2, 28)),
            (47541, (2100, 3, 1)),
        ] {
            assert_eq!(date(day), at);
            assert_eq!(days(at.0, at.1, at.2), day);
        }
    }

    #[test]
    fn times_are_told_in_many_units() {
        let word = |units: &str, value: f64| Unit::parse(units).and_then(|u| u.word(value));
        let told = |units: &str, value: f64| word(units, value).unwrap_or_default();
        assert_eq!(told("days since 1970-01-01", 18272.0), "20200111");
        assert_eq!(
            told("hours since 2015-01-01 00:00:00", 44039.75),
            "20200109t234500"
        );
        assert_eq!(
            told("seconds since 2020-01-11T10:15:00Z", 61.4),
            "20200111t101601"
        );
        assert_eq!(told("Days since 2020-1-9", 2.0), "20200111");
        assert_eq!(
            told("nanoseconds since 2020-01-11 00:00:00 +00:00", 0.0),
            "20200111"
        );
        for units in [
            "",
            "months since 2020-01-01",
            "days since then",
            "days since 2020-13-01",
        ] {
            assert_eq!(word(units, 1.0), None, "{units}");
        }
        for value in [f64::NAN, f64::INFINITY, 1e30, -1e30] {
            assert_eq!(word("days since 1970-01-01", value), None);
        }
    }

    #[test]
    fn layers_of_one_time_are_told_apart() {
        let words = ["20200111", "20200112", "20200111"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(
            told_apart(words),
            ["20200111_layer1", "20200112", "20200111_layer3"]
        );
    }
}
