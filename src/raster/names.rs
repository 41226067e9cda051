//! Band names as people and programs write them, in one table: ESA's (`B02`, `band8a`), and the
//! words of STAC, FORCE, Digital Earth and Earth Engine. Some words mean one band here and another
//! there; what stands beside them tells. ACOLITE's names tell the wavelength.

use super::band::Band;

/// Words for bands, lower case, without what separates words.
const WORDS: [(&str, &str); 54] = [
    ("coastal", "B1"),
    ("coastalaerosol", "B1"),
    ("aerosol", "B1"),
    ("aerosols", "B1"),
    ("ultrablue", "B1"),
    ("blue", "B2"),
    ("green", "B3"),
    ("red", "B4"),
    ("rededge1", "B5"),
    ("rededge071", "B5"),
    ("vegetationrededge1", "B5"),
    ("re1", "B5"),
    ("vre1", "B5"),
    ("rededge2", "B6"),
    ("rededge075", "B6"),
    ("vegetationrededge2", "B6"),
    ("re2", "B6"),
    ("vre2", "B6"),
    ("rededge3", "B7"),
    ("rededge078", "B7"),
    ("vegetationrededge3", "B7"),
    ("re3", "B7"),
    ("vre3", "B7"),
    ("nir", "B8"),
    ("nir1", "B8"),
    ("broadnir", "B8"),
    ("nirbroad", "B8"),
    ("widenir", "B8"),
    ("nirwide", "B8"),
    ("nearinfrared", "B8"),
    ("nir08", "B8A"),
    ("nir2", "B8A"),
    ("nir8a", "B8A"),
    ("nira", "B8A"),
    ("narrownir", "B8A"),
    ("nirnarrow", "B8A"),
    ("nnir", "B8A"),
    ("rededge4", "B8A"),
    ("re4", "B8A"),
    ("nir09", "B9"),
    ("watervapour", "B9"),
    ("watervapor", "B9"),
    ("cirrus", "B10"),
    ("swir16", "B11"),
    ("swir1", "B11"),
    ("shortwaveinfrared1", "B11"),
    ("swir22", "B12"),
    ("swir2", "B12"),
    ("shortwaveinfrared2", "B12"),
    // Beside one of the next two, a word of the table means another band: see `in_context`.
    ("swir3", "B12"),
    // Words that hold the name of a colour and mean no band of it.
    ("rededge", ""),
    ("vegetationrededge", ""),
    ("infrared", ""),
    ("shortwaveinfrared", ""),
];

/// What stands before a wavelength in ACOLITE's names of reflectances: `rhos_443`.
const REFLECTANCES: [&str; 4] = ["rhot", "rhos", "rhorc", "rhow"];
/// The bands' central wavelengths in nm, the least and the greatest of all satellites.
const WAVELENGTHS: [(u32, u32, &str); 13] = [
    (442, 444, "B1"),
    (489, 497, "B2"),
    (558, 561, "B3"),
    (663, 667, "B4"),
    (703, 707, "B5"),
    (738, 743, "B6"),
    (778, 785, "B7"),
    (830, 843, "B8"),
    (862, 867, "B8A"),
    (942, 947, "B9"),
    (1371, 1379, "B10"),
    (1608, 1615, "B11"),
    (2184, 2204, "B12"),
];

/// The most words that one name is made of.
const LONGEST: usize = 4;

/// What is computed from a band, or lies beside it, has a band's name in its own, and is none.
const NO_BANDS: [&str; 24] = [
    "mask",
    "msk",
    "masks",
    "ndvi",
    "ndwi",
    "ndmi",
    "ndsi",
    "evi",
    "savi",
    "index",
    "scl",
    "tci",
    "pvi",
    "cld",
    "cloud",
    "clouds",
    "cloudmask",
    "qa",
    "quality",
    "qualit",
    "detfoo",
    "defect",
    "classi",
    "preview",
];

/// What a text names.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    /// Nothing of Sentinel-2.
    Nothing,
    /// One band. The key is the text without it, in lower case: equal where texts differ in the
    /// band and its ground sample distance alone.
    One(Band, String),
    /// Several bands, or one together with what is computed from it: an index, a mask.
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

/// What each of the texts that stand beside each other names.
pub fn read(texts: &[&str], place: Place) -> Vec<Name> {
    let split: Vec<Vec<String>> = texts.iter().map(|t| words(t)).collect();
    // A list of all bands that a raster has is no list of the satellite's.
    let counted = |(i, w): (usize, &Vec<String>)| w.concat() == format!("band{}", i + 1);
    if place == Place::Description && texts.len() > 1 && split.iter().enumerate().all(counted) {
        return vec![Name::Nothing; texts.len()];
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
fn of_wavelength(nm: &str) -> Option<Band> {
    let nm = nm.parse().ok()?;
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
                return of_wavelength(next);
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
        [_] if place == Place::File && words.iter().any(|w| NO_BANDS.contains(&w.as_str())) => {
            Name::Several(bands)
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&str], place: Place) -> Vec<String> {
        let name = |n: &Name| match n {
            Name::Nothing => "-".to_owned(),
            Name::One(band, _) => band.name().to_owned(),
            Name::Several(bands) => format!("{bands:?}"),
        };
        read(texts, place).iter().map(name).collect()
    }

    #[test]
    fn one_name_however_it_is_spelt() {
        for (text, band) in [
            ("B02", "B2"),
            ("b2", "B2"),
            ("8A", "B8A"),
            ("05", "B5"),
            ("band05", "B5"),
            ("Band 8A", "B8A"),
            ("rededge2", "B6"),
            ("red_edge_2", "B6"),
            ("nir08", "B8A"),
            ("NIR", "B8"),
            ("swir22", "B12"),
            ("coastal", "B1"),
        ] {
            assert_eq!(parse(text).map(Band::name), Some(band), "{text}");
        }
        for text in ["", "B77", "red edge", "nir red", "SCL", "13"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_in_file_names_and_descriptions() {
        let file = |t| names(&[t], Place::File).remove(0);
        assert_eq!(file("T46RER_20210908T042701_B8A_20m"), "B8A");
        assert_eq!(file("s2_B02"), "B2");
        assert_eq!(file("ga_s2am_ard_18SVG_2020-01-01_final_band8a"), "B8A");
        assert_eq!(file("SENTINEL2A_20200101_FRE_B11"), "B11");
        assert_eq!(file("8A"), "B8A");
        assert_eq!((&*file("B-02"), &*file("site_b_02")), ("B2", "-"));
        assert_eq!(file("NDVI_B8_B4"), "[B8, B4]");
        assert_eq!(file("MSK_QUALIT_B02"), "[B2]");
        assert_eq!(file("S2A_MSI_2020_01_01_T18SVG_L2R_rhos_443"), "B1");
        assert_eq!((&*file("rhot_2186"), &*file("rhos_500")), ("B12", "-"));
        for none in ["SCL_20m", "B013", "B0", "T18SVG_5", "S2B_MSIL2A"] {
            assert_eq!(file(none), "-", "{none}");
        }
        let text = |t| names(&[t], Place::Description).remove(0);
        assert_eq!(text("B11, central wavelength 1614 nm"), "B11");
        assert_eq!(text("Red (B4)"), "B4");
        assert_eq!(text("B-11"), "B11");
        assert_eq!(text("(B8-B4)/(B8+B4)"), "[B8, B4, B8, B4]");
        assert_eq!(text("Red Edge"), "-");
        assert_eq!(text("near infra red"), "B8");
    }

    #[test]
    fn bands_that_are_counted_have_no_names() {
        let all = names(&["Band 1", "Band 2", "Band 3"], Place::Description);
        assert_eq!(all, ["-", "-", "-"]);
        let some = names(&["Band 2", "Band 3", "Band 8A"], Place::Description);
        assert_eq!(some, ["B2", "B3", "B8A"]);
    }

    #[test]
    fn words_mean_what_those_beside_them_let_them_mean() {
        let force = ["BLUE", "BROADNIR", "NIR", "SWIR1", "SWIR2"];
        assert_eq!(
            names(&force, Place::Description),
            ["B2", "B8", "B8A", "B11", "B12"]
        );
        let dea = [
            "nbart_red_edge_1",
            "nbart_nir_1",
            "nbart_nir_2",
            "nbart_swir_2",
            "nbart_swir_3",
        ];
        assert_eq!(
            names(&dea, Place::Description),
            ["B5", "B8", "B8A", "B11", "B12"]
        );
        let stac = ["coastal", "nir", "nir08", "nir09", "swir16", "swir22"];
        assert_eq!(
            names(&stac, Place::File),
            ["B1", "B8", "B8A", "B9", "B11", "B12"]
        );
        // A word is a band's name at the end of a file's name, where no file has a number.
        assert_eq!(
            names(&["red_fields", "x_red_10m"], Place::File),
            ["-", "B4"]
        );
        assert_eq!(names(&["a_B02", "red"], Place::File), ["B2", "-"]);
    }

    #[test]
    fn the_key_is_what_a_product_s_files_share() {
        let keys = |texts: &[&str]| {
            let key = |n| match n {
                Name::One(_, key) => key,
                _ => String::new(),
            };
            read(texts, Place::File)
                .into_iter()
                .map(key)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            keys(&[
                "T18SVG_20200101_B02_10m",
                "T18SVG_20200101_B8A_20m",
                "other_B02"
            ]),
            ["t18svg_20200101_*", "t18svg_20200101_*", "other_*"]
        );
    }
}
