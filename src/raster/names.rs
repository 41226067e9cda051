//! Band names as people and programs write them, in one table: ESA's (`B02`, `band8a`), and the
//! words of STAC, FORCE, Digital Earth and Earth Engine. Some words mean one band here and another
//! there; what stands beside them tells. ACOLITE's names tell the wavelength.

mod table;
#[cfg(test)]
mod tests;

use self::table::{NO_BANDS, REFLECTANCES, WAVELENGTHS, WORDS};
use super::band::Band;

/// The most words that one name is made of.
const LONGEST: usize = 4;

/// What a text names.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    /// Nothing of Sentinel-2.
    Nothing,
    /// One band. The key is the text without it, in lower case: equal where texts differ in the
    /// band and its ground sample distance alone.
    One(Band, String),
    /// Several bands, or what is computed from one or lies beside it: an index, a mask, an angle.
    Several(Vec<Band>),
}

/// Where texts stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// They are file names, without their endings. A word such as `red` is a band only at the end,
    /// and only if no file has a band's number.
    File,
    /// They describe the bands of one raster.
    Description,
}

/// The band that a name stands for: `B5`, `b05`, `8A`, `band8a`, `rededge1`, …; `None` for anything
/// else.
pub fn parse(name: &str) -> Option<Band> {
    let words = words(name);
    let whole = words.concat();
    number(&whole)
        .or_else(|| Band::parse(&format!("B{whole}")))
        .or_else(|| word(&whole))
}

/// The band that a description of one names, where it stands alone.
pub fn in_text(text: &str) -> Option<Band> {
    match read(&[text], Place::Description).pop() {
        Some(Name::One(band, _)) => Some(band),
        _ => None,
    }
}

/// The band that a file's name names, without its ending, where it stands alone.
pub fn of_file(stem: &str) -> Option<Band> {
    match read(&[stem], Place::File).pop() {
        Some(Name::One(band, _)) => Some(band),
        _ => None,
    }
}

/// Whether a text says of something that it is no band, whatever band it names: `B05_qa`, `mask`.
pub fn denies(text: &str) -> bool {
    words(text).iter().any(|w| NO_BANDS.contains(&w.as_str()))
}

/// What each of the texts that stand beside each other names.
pub fn read(texts: &[&str], place: Place) -> Vec<Name> {
    let named = named(texts, place).into_iter().zip(texts);
    let settled = named.map(|(name, text)| match name {
        Name::One(band, _) if denies(text) => Name::Several(vec![band]),
        name => name,
    });
    settled.collect()
}

/// The same, by the names of bands in the texts alone.
fn named(texts: &[&str], place: Place) -> Vec<Name> {
    let split: Vec<Vec<String>> = texts.iter().map(|t| words(t)).collect();
    let is_list = texts.len() > 1 || texts.iter().any(|t| split_wavelength(t).1.is_some());
    if place == Place::Description && is_list && are_counted(texts) {
        return texts.iter().map(|t| by_wavelength(t)).collect();
    }
    let told = after_counters(&split).filter(|_| place == Place::Description && texts.len() > 1);
    if let Some(told) = told {
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        let names = named(&told, place);
        if names.iter().all(|n| matches!(n, Name::One(..))) {
            return names;
        }
    }
    let numbered: Vec<Name> = split.iter().map(|w| by_number(w, place)).collect();
    if place == Place::File && numbered.iter().any(|n| *n != Name::Nothing) {
        return numbered;
    }
    let found: Vec<Vec<(String, Band, String)>> = split.iter().map(|w| by_word(w, place)).collect();
    let seen = |word: &str| found.iter().flatten().any(|(w, ..)| w == word);
    let (force, digital_earth) = (seen("broadnir"), seen("swir3"));
    let name = |(numbered, found): (Name, Vec<(String, Band, String)>)| {
        if numbered != Name::Nothing {
            return numbered;
        }
        let mut bands: Vec<(Band, String)> = found
            .into_iter()
            .map(|(word, band, key)| (in_context(&word, band, force, digital_earth), key))
            .collect();
        bands.dedup_by_key(|(band, _)| *band);
        match bands.as_slice() {
            [] => Name::Nothing,
            [(band, key)] => Name::One(*band, key.clone()),
            several => Name::Several(several.iter().map(|(band, _)| *band).collect()),
        }
    };
    numbered.into_iter().zip(found).map(name).collect()
}

/// Whether texts count the bands that a raster has, which is no list of the satellite's: `Band 1`,
/// `Band 2 (490 Nanometers)`, or wavelengths alone.
pub fn are_counted(texts: &[&str]) -> bool {
    texts.iter().enumerate().all(|(i, text)| {
        let (before, wavelength) = split_wavelength(text);
        let counted = words(before).concat() == format!("band{}", i + 1);
        counted || wavelength.is_some() && before.is_empty()
    })
}

/// What texts say beside the numbers that count the bands of a raster: `Band 1: B02`; `None` where
/// one does not begin with such a number.
fn after_counters(texts: &[Vec<String>]) -> Option<Vec<String>> {
    let rest = |(i, words): (usize, &Vec<String>)| {
        let count = (i + 1).to_string();
        let rest = match words.as_slice() {
            [band, number, rest @ ..] if band == "band" && *number == count => rest,
            [band, rest @ ..] if *band == format!("band{count}") => rest,
            _ => return None,
        };
        Some(rest.join("_"))
    };
    texts.iter().enumerate().map(rest).collect()
}

/// The band of the wavelength that a text tells.
fn by_wavelength(text: &str) -> Name {
    let band = split_wavelength(text).1.and_then(of_wavelength);
    band.map_or(Name::Nothing, |band| Name::One(band, "*".into()))
}

/// What a text has before the wavelength that GDAL reads in the headers of ENVI, and that in nm:
/// `Band 2 (490 Nanometers)`, `0.49 Micrometers`.
fn split_wavelength(text: &str) -> (&str, Option<f64>) {
    let (before, told) = match text.strip_suffix(')').and_then(|t| t.rsplit_once('(')) {
        Some((before, told)) => (before.trim_end(), told),
        None => ("", text),
    };
    let nm = told.split_once(' ').and_then(|(number, unit)| {
        let in_nm = match unit.to_ascii_lowercase().as_str() {
            "nanometers" | "nm" => 1.0,
            "micrometers" | "um" | "microns" => 1000.0,
            _ => return None,
        };
        Some(number.parse::<f64>().ok()? * in_nm)
    });
    match nm {
        Some(nm) => (before, Some(nm)),
        None => (text, None),
    }
}

/// The key of a text that names a scene classification, as that of a band's; `None` for any other
/// text.
pub fn key_of_classes(text: &str) -> Option<String> {
    let words = words(text);
    let at = words.iter().position(|w| w == "scl")?;
    Some(key(&words, at, at + 1))
}

/// The words of a file's name that has several bands, but the ground sample distance: equal for
/// those of one product.
pub fn key_of_file(stem: &str) -> String {
    let words = words(stem).into_iter();
    words.filter(|w| !is_gsd(w)).collect::<Vec<_>>().join("_")
}

/// FORCE has BROADNIR and NIR for B8 and B8A; Digital Earth Australia has SWIR 2 and 3.
fn in_context(word: &str, band: Band, force: bool, digital_earth: bool) -> Band {
    let other = match word {
        "nir" if force => "B8A",
        "swir2" if digital_earth => "B11",
        _ => return band,
    };
    Band::parse(other).unwrap_or(band)
}

/// The words of a text in lower case: runs of letters and digits.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

/// `b05`, `band5`: the band that one word names by its number.
fn number(word: &str) -> Option<Band> {
    Band::parse(word).or_else(|| Band::parse(&format!("B{}", word.strip_prefix("band")?)))
}

/// The band of a wavelength in nm.
fn of_wavelength(nm: f64) -> Option<Band> {
    let nm = nm.round() as u32;
    let at = WAVELENGTHS
        .iter()
        .find(|(from, to, _)| (*from..=*to).contains(&nm))?;
    Band::parse(at.2)
}

fn word(word: &str) -> Option<Band> {
    let (_, band) = WORDS.iter().find(|(w, _)| *w == word)?;
    Band::parse(band)
}

fn by_number(words: &[String], place: Place) -> Name {
    let mut found: Vec<(Band, usize, usize)> = Vec::new();
    for i in 0..words.len() {
        // `B-02` is a name where it stands alone or describes a band, not anywhere in a file's
        // name.
        let letter = words[i] == "b" && (place == Place::Description || words.len() == 2);
        let pair = |next: &String| {
            if REFLECTANCES.contains(&words[i].as_str()) {
                return next.parse().ok().and_then(of_wavelength);
            }
            (words[i] == "band" || letter).then(|| number(&format!("band{next}")))?
        };
        let hit = number(&words[i])
            .map(|band| (band, i, i + 1))
            .or_else(|| words.get(i + 1).and_then(pair).map(|b| (b, i, i + 2)));
        found.extend(hit);
    }
    // A bare number is a name only where nothing else is.
    let bare = |w: &String| Band::parse(&format!("B{w}"));
    let alone = match words {
        [only] => bare(only).map(|b| (b, 0, 1)),
        [.., last] if last == "8a" => bare(last).map(|b| (b, words.len() - 1, words.len())),
        _ => None,
    };
    if found.is_empty() {
        found.extend(alone);
    }
    let mut bands: Vec<Band> = found.iter().map(|(b, ..)| *b).collect();
    bands.dedup();
    match bands.as_slice() {
        [] => Name::Nothing,
        [band] => Name::One(*band, key(words, found[0].1, found[0].2)),
        _ => Name::Several(bands),
    }
}

/// The names of bands in a text, as (word, band, key), longest first from the left.
fn by_word(words: &[String], place: Place) -> Vec<(String, Band, String)> {
    let end = if place == Place::File {
        words.len() - words.iter().rev().take_while(|w| is_gsd(w)).count()
    } else {
        words.len()
    };
    let mut found = Vec::new();
    let mut i = 0;
    while i < end {
        let run = (1..=LONGEST.min(end - i)).rev().find_map(|n| {
            let run = words[i..i + n].concat();
            WORDS.iter().find(|(w, _)| *w == run).map(|w| (n, w))
        });
        let Some((n, (name, band))) = run else {
            i += 1;
            continue;
        };
        if place == Place::Description || i + n == end {
            let key = key(words, i, i + n);
            found.extend(Band::parse(band).map(|b| ((*name).to_owned(), b, key)));
        }
        i += n;
    }
    found
}

fn is_gsd(word: &str) -> bool {
    matches!(word, "10m" | "20m" | "60m")
}

/// The words but those from `from` to `to` and the ground sample distance.
fn key(words: &[String], from: usize, to: usize) -> String {
    let rest = words.iter().enumerate().filter(|(i, w)| {
        let name = (from..to).contains(i);
        (name && *i == from) || !(name || is_gsd(w))
    });
    rest.map(|(i, w)| if i == from { "*" } else { w })
        .collect::<Vec<_>>()
        .join("_")
}
