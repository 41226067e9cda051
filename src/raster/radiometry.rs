//! Digital numbers (DN) to what a network sees, and back: offset, quantification value, nodata,
//! saturation. What a DN of a source means is the band's [`Radiometry`]; how a result keeps a
//! number is its [`Storage`].

use crate::text::shown_number;

/// The pixel types that results come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// Unsigned 8 bit.
    UInt8,
    /// Unsigned 16 bit, as ESA's products have it.
    UInt16,
    /// Signed 16 bit.
    Int16,
    /// Unsigned 32 bit.
    UInt32,
    /// Signed 32 bit.
    Int32,
    /// 32-bit floating point.
    Float32,
}

impl DataType {
    /// The least and greatest number of an integer type that a 32-bit float holds too; `None` for
    /// floats.
    pub fn limits(self) -> Option<(f64, f64)> {
        match self {
            Self::UInt8 => Some((0.0, 255.0)),
            Self::UInt16 => Some((0.0, 65535.0)),
            Self::Int16 => Some((-32768.0, 32767.0)),
            Self::UInt32 => Some((0.0, 4294967040.0)),
            Self::Int32 => Some((-2147483648.0, 2147483520.0)),
            Self::Float32 => None,
        }
    }

    /// The nodata value where none is declared.
    pub fn usual_nodata(self) -> f64 {
        if self == Self::Float32 { f64::NAN } else { 0.0 }
    }

    /// A number as a raster of this type, written from 32-bit floats, holds it; `None` if it can't.
    pub fn held(self, n: f64) -> Option<f64> {
        let single = n as f32;
        match self.limits() {
            None => is_single(n).then_some(f64::from(single)),
            Some((low, high)) => {
                // The greatest integers of 32 bits are no floats; writing brings the float above
                // them back to them.
                let most = match self {
                    Self::UInt32 => f64::from(u32::MAX),
                    Self::Int32 => f64::from(i32::MAX),
                    _ => high,
                };
                let stored = f64::from(single).clamp(low, most);
                (stored == n && n.fract() == 0.0).then_some(stored)
            }
        }
    }
}

/// Whether a 32-bit float holds a number, up to its precision.
pub fn is_single(n: f64) -> bool {
    let single = n as f32;
    single.is_finite() && (single != 0.0 || n == 0.0)
}

/// The nodata value that a source declares, if a pixel can have it. What is not finite is invalid by
/// itself. A number too small for a 32-bit float is none of its numbers, 0 least of all.
pub fn declared_nodata(n: f64) -> Option<f64> {
    Some(n).filter(|n| n.is_finite() && (*n == 0.0 || *n as f32 != 0.0))
}

/// How a band's DN relate to reflectance: reflectance = (DN + add_offset) / quantification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Radiometry {
    /// DN per unit of reflectance; 10000 in ESA's products.
    pub quantification: f64,
    /// What is added to DN before dividing: -1000 since processing baseline 04.00, 0 before.
    pub add_offset: f64,
    /// The DN that marks a pixel without data.
    pub nodata: Option<f64>,
}

/// The quantification that the networks were trained with.
const TRAINED_QUANTIFICATION: f64 = 10000.0;

/// No surface, cloud or glint is brighter than the greatest of these reflectances, and no
/// correction of the atmosphere takes one below the least. Every number above 0 of 16 bits is
/// within them for any quantification in use (65535 / 100 = 655); those beyond are fill values, such
/// as -9999, or mistakes.
const POSSIBLE: std::ops::RangeInclusive<f64> = -0.5..=1000.0;

/// Reflectance at which a detector is surely saturated; 65535 stands for it in ESA's products,
/// which is 6.5.
const SATURATED: f64 = 6.0;

impl Radiometry {
    /// Whether a DN carries no data: it is nodata, not a number, or one that no reflectance can be.
    pub fn is_invalid(&self, dn: f32) -> bool {
        // Sources are read as floats, so that is what nodata looks like in them.
        !self.is_possible(dn) || self.nodata.is_some_and(|n| dn == n as f32)
    }

    /// Whether a DN is a number that a reflectance can be.
    pub fn is_possible(&self, dn: f32) -> bool {
        let reflectance = (f64::from(dn) + self.add_offset) / self.quantification;
        POSSIBLE.contains(&reflectance)
    }

    /// Whether a DN says "at least this bright": the most that its type holds, or more than any
    /// surface reflects.
    pub fn is_saturated(&self, dn: f32, dtype: DataType) -> bool {
        let dn = f64::from(dn);
        dtype.limits().is_some_and(|(_, high)| dn >= high)
            || dn + self.add_offset >= SATURATED * self.quantification
    }

    /// A DN as another radiometry has it.
    pub fn convert(&self, to: &Radiometry, dn: f64) -> f64 {
        if (self.quantification, self.add_offset) == (to.quantification, to.add_offset) {
            return dn;
        }
        (dn + self.add_offset) / self.quantification * to.quantification - to.add_offset
    }

    /// What no product has: a quantification value out of all proportion, or an offset of more than
    /// a whole reflectance. Results would be all nodata, or saturated, without a word.
    pub fn implausible(&self) -> Option<String> {
        if !(1.0..=1e6).contains(&self.quantification) {
            return Some(format!(
                "there are {} DN per unit of reflectance, which no product has,",
                shown_number(self.quantification)
            ));
        }
        (self.add_offset.is_nan() || self.add_offset.abs() > self.quantification).then(|| {
            format!(
                "there is an additive offset of {} DN, which no product has,",
                shown_number(self.add_offset)
            )
        })
    }

    /// The slope and intercept of DN -> what a network of the given divisor sees.
    fn line(&self, divisor: f64) -> (f64, f64) {
        let slope = TRAINED_QUANTIFICATION / self.quantification / divisor;
        (slope, self.add_offset * slope)
    }

    /// DN -> what a network of the given divisor sees, in place.
    pub fn to_network(&self, divisor: f64, values: &mut [f32]) {
        let (slope, intercept) = self.line(divisor);
        for v in values {
            *v = (f64::from(*v) * slope + intercept) as f32;
        }
    }

    /// What a network gives -> DN as the result stores them, in place.
    pub fn to_dn(&self, divisor: f64, storage: Storage, values: &mut [f32]) {
        let (slope, intercept) = self.line(divisor);
        let dn = |v: f32| (f64::from(v) - intercept) / slope;
        match storage.dtype.limits() {
            // What is the same for all of them is decided once, so that several go at a time.
            Some(limits) => {
                let aside = storage.aside(1.0, limits.1);
                for v in values {
                    *v = aside.of(rounded(dn(*v), limits));
                }
            }
            None => values.iter_mut().for_each(|v| *v = storage.store(dn(*v))),
        }
    }
}

/// How a result keeps its numbers: one type and one nodata value for all of its bands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Storage {
    /// Pixel type.
    pub dtype: DataType,
    /// What a pixel without data holds and no other pixel does; NaN is the choice for floats.
    /// `None`: every number is data.
    pub nodata: Option<f64>,
}

impl Storage {
    /// What is stored in a pixel without data.
    pub fn hole(&self) -> f32 {
        self.nodata.map_or(0.0, |n| n as f32)
    }

    /// Whether a stored number is that of a pixel without data.
    pub fn is_hole(&self, stored: f32) -> bool {
        stored.is_nan() || self.nodata.is_some_and(|n| stored == n as f32)
    }

    /// A number of a valid pixel as it is stored: rounded for integers, saturated at the type's
    /// limits, and where that would read as nodata, the number next to it.
    pub fn store(&self, dn: f64) -> f32 {
        match self.dtype.limits() {
            Some(limits) => self.aside(1.0, limits.1).of(rounded(dn, limits)),
            // Programs allow floats a tolerance of a few units in the last place when they compare
            // with nodata.
            None => {
                let step = self
                    .nodata
                    .map_or(0.0, |n| (n as f32).abs() * 1e-6)
                    .max(f32::MIN_POSITIVE);
                let most = f64::from(f32::MAX);
                self.aside(step, most).of(dn.clamp(-most, most) as f32)
            }
        }
    }

    /// Where numbers go that are closer to nodata than `step`: one step above it; below it where
    /// the type ends.
    fn aside(&self, step: f32, most: f64) -> Aside {
        let nodata = self.hole();
        if self.nodata.is_none() || nodata.is_nan() {
            return Aside {
                from: f32::NAN,
                step,
                to: nodata,
            };
        }
        let up = (nodata + step).max(nodata.next_up());
        let to = match f64::from(up) <= most {
            true => up,
            false => (nodata - step).min(nodata.next_down()),
        };
        Aside {
            from: nodata,
            step,
            to,
        }
    }
}

/// What keeps numbers from being taken for nodata.
#[derive(Clone, Copy)]
struct Aside {
    /// Nodata; NaN, which nothing is close to, where there is nothing to keep from.
    from: f32,
    step: f32,
    to: f32,
}

impl Aside {
    /// `v`, or another number where that is too close to nodata.
    fn of(self, v: f32) -> f32 {
        if v == self.from || (v - self.from).abs() < self.step {
            self.to
        } else {
            v
        }
    }
}

/// A number brought within the limits of a type and rounded as `f64::round` does, which is the call
/// of a function on processors that are not asked for their best.
fn rounded(dn: f64, (low, high): (f64, f64)) -> f32 {
    /// Above it a float of 64 bits holds whole numbers only.
    const WHOLE: f64 = 1.5 * (1u64 << 52) as f64;
    let dn = dn.max(low).min(high);
    // The nearest whole number, the even one of two; and then away from zero.
    let even = dn + WHOLE - WHOLE;
    let rest = dn - even;
    let up = f64::from(u8::from(rest == 0.5 && dn > 0.0));
    let down = f64::from(u8::from(rest == -0.5 && dn < 0.0));
    (even + up - down) as f32
}

#[cfg(test)]
mod tests;
