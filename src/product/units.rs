//! What the numbers of a band mean: DN or reflectance, by what metadata and the user say, else by
//! type and values.

use super::floats::{self, Seen, Unit};
use super::looks::Looks;
use super::offsets::{self, Beside};
use super::opened::Opened;
use super::text::name_of;
use super::{browser, validity};
use crate::error::{Error, Result};
use crate::gdal::vsi;
use crate::options::Options;
use crate::raster::band::{self, Band};
use crate::raster::radiometry::{DataType, Radiometry};

/// Where nothing says otherwise, DN are so many per unit of reflectance.
const USUAL: f64 = 10000.0;
/// Of dark water or shadow no more pixels are exactly 0 in every band.
const MANY_ZEROS: f64 = 0.01;
/// So many bands of integers tell whether there are.
const FEW: usize = 2;

/// Bands of which something is to be told.
#[derive(Default)]
struct Told {
    /// Nothing says their additive offset.
    unknown: Vec<Band>,
    pictures: Vec<Band>,
    reflectance: Vec<Band>,
    /// Their offset was declared without a scale, as reflectance.
    fractions: Vec<Band>,
    /// Their names say that reflectance was stretched to all that their type holds.
    stretched: Vec<Band>,
    by_beside: bool,
}

/// The radiometry of each band, and what the user should know about it.
pub(super) fn settle(
    opened: &mut [Opened],
    beside: Option<&Beside>,
    options: &Options,
) -> Result<(Vec<Radiometry>, Vec<String>)> {
    let mut looks = Looks::default();
    let (unit, seen) = unit_of(opened, options, &mut looks)?;
    if options.nodata.is_none() {
        look_for_zeros(opened, &mut looks)?;
    }
    let mut radiometry = Vec::with_capacity(opened.len());
    let mut told = Told::default();
    for o in opened.iter() {
        let mut r = if unit == Unit::Reflectance && may_be_reflectance(o) {
            told.reflectance.push(o.candidate.band);
            as_reflectance(o)
        } else {
            as_declared(o, beside, options, &mut told)
        };
        r.quantification = options.quantification.unwrap_or(r.quantification);
        r.add_offset = options.offset.unwrap_or(r.add_offset);
        r.nodata = options.nodata.unwrap_or(r.nodata);
        if let Some(what) = r.implausible() {
            return Err(Error::input(
                &o.candidate.file,
                format!(
                    "{what} in the scale and offset that are declared of it; correct them there, \
                     or set --quantification and --offset"
                ),
            ));
        }
        radiometry.push(r);
    }
    let Told {
        unknown,
        pictures,
        reflectance,
        fractions,
        stretched,
        by_beside,
    } = told;
    let mut notes = Vec::new();
    if !reflectance.is_empty() {
        notes.push(format!(
            "the numbers of {} are reflectance, not DN: floats around {}; --quantification sets \
             another unit",
            listed(&reflectance, opened.len()),
            floats::around(&seen)
        ));
    }
    if !stretched.is_empty() && options.quantification.is_none() {
        notes.push(format!(
            "{} are named as raw bands of Copernicus Browser, so their greatest number stands for \
             a reflectance of 1; --quantification sets another unit",
            listed(&stretched, opened.len())
        ));
    }
    if !pictures.is_empty() && options.quantification.is_none() {
        notes.push(format!(
            "{} have 8 bit: pictures, not reflectance; what comes out is sharper, but no \
             measurement, so give the product's own bands where numbers matter",
            listed(&pictures, opened.len())
        ));
    }
    if floats::may_be_percent(&seen, &unit) {
        let taken = match unit {
            Unit::Reflectance => "reflectance",
            _ => "DN",
        };
        notes.push(format!(
            "its numbers are floats of at most 100, which were taken as {taken}; if they are per \
             cent, set --quantification 100"
        ));
    }
    if unit == Unit::Unknown && options.quantification.is_none() {
        let unsaid = opened
            .iter()
            .filter(|o| may_be_reflectance(o) && !says_scale(o));
        let unsaid: Vec<Band> = unsaid.map(|o| o.candidate.band).collect();
        if !unsaid.is_empty() {
            notes.push(format!(
                "no pixel with data was found that tells whether the floats of {} are DN or \
                 reflectance, so DN were assumed; --quantification 1 says reflectance",
                listed(&unsaid, opened.len())
            ));
        }
    }
    if !fractions.is_empty() && options.offset.is_none() {
        notes.push(format!(
            "{} declare an offset of less than 1 and no scale, which was taken as one of \
             reflectance; --offset sets another",
            listed(&fractions, opened.len())
        ));
    }
    if options.nodata.is_none() {
        notes.extend(opened.iter().find_map(senseless_nodata));
        notes.extend(about_zeros(looks.zeros()));
    }
    if options.offset.is_none() {
        notes.extend(about_offset(opened, &unknown, beside.filter(|_| by_beside)));
    }
    Ok((radiometry, notes))
}

/// The unit of those bands whose numbers alone tell it, and what was seen of them.
fn unit_of(
    opened: &mut [Opened],
    options: &Options,
    looks: &mut Looks,
) -> Result<(Unit, Vec<Seen>)> {
    let mut seen = Vec::new();
    if options.quantification.is_some() {
        return Ok((Unit::Unknown, seen));
    }
    for o in opened.iter_mut().filter(|o| may_be_reflectance(o)) {
        let (nodata, is_far) = (nodata(o), vsi::is_remote(&o.candidate.file));
        let numbers = looks.numbers(&mut o.dataset, o.candidate.index, nodata, is_far)?;
        seen.extend(Seen::new(o.candidate.band, &numbers));
    }
    let refused = |(band, what): (Band, String)| {
        let of_band = opened.iter().find(|o| o.candidate.band == band);
        let file = of_band.map(|o| o.candidate.file.clone());
        Error::input(file.unwrap_or_default(), what)
    };
    Ok((floats::of(&seen).map_err(refused)?, seen))
}

/// Looks at integers of which another number than 0 is declared to be nodata.
fn look_for_zeros(opened: &mut [Opened], looks: &mut Looks) -> Result<()> {
    let is_in_doubt =
        |o: &&mut Opened| o.dtype != DataType::Float32 && nodata(o).is_some_and(|n| n != 0.0);
    for o in opened.iter_mut().filter(is_in_doubt).take(FEW) {
        let (nodata, is_far) = (nodata(o), vsi::is_remote(&o.candidate.file));
        looks.numbers(&mut o.dataset, o.candidate.index, nodata, is_far)?;
    }
    Ok(())
}

/// Whether a scale is declared of a band that may be reflectance all the same.
fn says_scale(o: &Opened) -> bool {
    let declared = o.candidate.radiometry.map(|r| r.quantification);
    declared.is_some_and(|q| q != 1.0) || own_scale(o).is_some()
}

/// Whether the numbers of a band may be reflectance: floats that nothing scales, or that are said
/// to be scaled as DN are.
fn may_be_reflectance(o: &Opened) -> bool {
    let declared = o.candidate.radiometry.map(|r| 1.0 / r.quantification);
    let scale = declared.or(o.facts.scale);
    o.dtype == DataType::Float32 && scale.is_none_or(|s| s == 1.0 || s < 0.01)
}

fn nodata(o: &Opened) -> Option<f64> {
    let declared = o.candidate.radiometry;
    declared.map_or_else(|| validity::nodata(&o.facts, o.dtype), |r| r.nodata)
}

/// The scale that a raster declares: none, where that is 1 or no number to scale by.
fn own_scale(o: &Opened) -> Option<f64> {
    o.facts.scale.filter(|s| *s > 0.0 && *s != 1.0)
}

/// That of a band whose numbers are reflectance.
fn as_reflectance(o: &Opened) -> Radiometry {
    let offset = match o.candidate.radiometry {
        Some(r) => Some(r.add_offset).filter(|_| r.quantification == 1.0),
        None => o.facts.offset.filter(|_| own_scale(o).is_none()),
    };
    Radiometry {
        quantification: 1.0,
        add_offset: offset.unwrap_or(0.0),
        nodata: nodata(o),
    }
}

/// That of a band whose numbers are DN, by what is declared of them; options say how many of them
/// are one of reflectance.
fn as_declared(
    o: &Opened,
    beside: Option<&Beside>,
    options: &Options,
    told: &mut Told,
) -> Radiometry {
    let (band, nodata) = (o.candidate.band, nodata(o));
    // An offset without a scale: one of less than 1 is none of DN.
    let per_unit = options.quantification.unwrap_or(USUAL);
    let Told {
        unknown, fractions, ..
    } = told;
    let mut in_dn = |offset: f64| {
        if offset == 0.0 || offset.abs() >= 1.0 {
            return offset;
        }
        fractions.push(band);
        offset * per_unit
    };
    if let Some(r) = o.candidate.radiometry {
        // A scale of 1 is that of DN of which nobody said what they mean.
        if r.quantification != 1.0 {
            return r;
        }
        if r.add_offset == 0.0 {
            unknown.push(band);
        }
        return Radiometry {
            quantification: USUAL,
            add_offset: in_dn(r.add_offset),
            ..r
        };
    }
    let scale = own_scale(o);
    let is_sound = o.facts.scale.is_none_or(|s| s > 0.0);
    let declared = o.facts.offset.filter(|_| is_sound);
    if o.dtype == DataType::UInt8 {
        told.pictures.push(band);
    }
    let named = browser::quantification(&name_of(&o.candidate.file), o.dtype);
    if let Some(quantification) = named.filter(|_| scale.is_none()) {
        told.stretched.push(band);
        return Radiometry {
            quantification,
            add_offset: 0.0,
            nodata,
        };
    }
    let add_offset = match (declared, beside) {
        (Some(offset), _) if offset != 0.0 || scale.is_some() => {
            scale.map_or_else(|| in_dn(offset), |scale| offset / scale)
        }
        (_, Some(beside)) if scale.is_none() => {
            told.by_beside = true;
            beside.offset()
        }
        _ => {
            if o.dtype != DataType::UInt8 && scale.is_none() {
                unknown.push(band);
            }
            0.0
        }
    };
    Radiometry {
        quantification: scale.map_or(USUAL, |s| 1.0 / s),
        add_offset,
        nodata,
    }
}

/// What is said of a declared nodata value that counts for nothing.
fn senseless_nodata(o: &Opened) -> Option<String> {
    let declared = o
        .facts
        .nodata
        .filter(|_| o.candidate.radiometry.is_none())?;
    let is_senseless = o.dtype != DataType::Float32 && o.dtype.held(declared).is_none();
    is_senseless.then(|| {
        format!(
            "the declared nodata value {declared} is no number of type {:?}; 0 was taken for it",
            o.dtype
        )
    })
}

/// What is said where much of a raster is 0 in every band though 0 counts as data, which mostly is
/// what lies outside a swath or a cutline.
fn about_zeros(share: f64) -> Option<String> {
    (share >= MANY_ZEROS).then(|| {
        format!(
            "{:.0} % or more of the pixels of each band are exactly 0, which counts as data \
             there; where it stands for no data, set --nodata 0",
            (100.0 * share).floor()
        )
    })
}

/// What is said of the additive offset that the rasters do not tell.
fn about_offset(opened: &[Opened], unknown: &[Band], beside: Option<&Beside>) -> Option<String> {
    if let Some(beside) = beside {
        return Some(beside.note());
    }
    if unknown.is_empty() {
        return None;
    }
    let name = opened[0].candidate.file.to_string_lossy();
    let hint = match offsets::baseline_in(&name) {
        Some(b) if offsets::is_since_0400(&b) => format!(
            "its name says processing baseline {b}, so where the DN are ESA's own, set --offset \
             -1000"
        ),
        _ => "where the DN are ESA's own of processing baseline 04.00 or later (January 2022), \
             set --offset -1000"
            .into(),
    };
    Some(format!(
        "nothing says the additive offset of {}, 0 was assumed; {hint}",
        listed(unknown, opened.len())
    ))
}

/// `its bands` for all of them, else their names.
fn listed(bands: &[Band], all: usize) -> String {
    if bands.len() == all && all > 1 {
        "its bands".into()
    } else {
        band::list(bands.iter().copied())
    }
}
