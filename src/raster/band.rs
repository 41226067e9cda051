//! The thirteen spectral bands of Sentinel-2's MultiSpectral Instrument: names, native ground
//! sample distances, wavelengths.

use std::fmt;

/// One spectral band. Ordered as the bands are: B1 … B8, B8A, B9 … B12.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Band(u8);

/// (name, native ground sample distance in m, central wavelength of Sentinel-2A in nm: ESA, MSI
/// spectral response 3.1)
const TABLE: [(&str, u32, f64); 13] = [
    ("B1", 60, 442.7),
    ("B2", 10, 492.7),
    ("B3", 10, 559.8),
    ("B4", 10, 664.6),
    ("B5", 20, 704.1),
    ("B6", 20, 740.5),
    ("B7", 20, 782.8),
    ("B8", 10, 832.8),
    ("B8A", 20, 864.7),
    ("B9", 60, 945.1),
    ("B10", 60, 1373.5),
    ("B11", 20, 1613.7),
    ("B12", 20, 2202.4),
];

impl Band {
    /// B10, the cirrus band: too noisy to be super-resolved, absent from L2A.
    pub const B10: Band = Band(10);

    /// Every band, in order.
    pub fn all() -> impl Iterator<Item = Band> {
        (0..TABLE.len() as u8).map(Band)
    }

    /// `B5`, `b05`, `B8A` … ; `None` for anything else.
    pub fn parse(name: &str) -> Option<Band> {
        let rest = name.strip_prefix(['B', 'b'])?;
        let digits = rest.strip_prefix('0').unwrap_or(rest);
        let wanted = format!("B{}", digits.to_ascii_uppercase());
        (rest.len() <= 2)
            .then(|| Band::all().find(|b| b.name() == wanted))
            .flatten()
    }

    /// `B5`, `B8A`, …
    pub fn name(self) -> &'static str {
        TABLE[self.0 as usize].0
    }

    /// Native ground sample distance in m: 10, 20 or 60.
    pub fn gsd(self) -> u32 {
        TABLE[self.0 as usize].1
    }

    /// Central wavelength in nm.
    pub fn wavelength(self) -> f64 {
        TABLE[self.0 as usize].2
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A band of a result: a band's reflectance, or how far that may be off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Which band.
    pub band: Band,
    /// Whether it holds the band's expected error.
    pub error: bool,
}

/// What the name of a layer of expected errors ends with.
const UNCERTAINTY: &str = "_uncertainty";

impl Layer {
    /// `B5`, `B5_uncertainty`; `None` for anything else.
    pub fn parse(name: &str) -> Option<Layer> {
        let (band, error) = match name.strip_suffix(UNCERTAINTY) {
            Some(band) => (band, true),
            None => (name, false),
        };
        Some(Layer {
            band: Band::parse(band)?,
            error,
        })
    }

    /// `B5`, `B5_uncertainty`.
    pub fn name(self) -> String {
        let end = if self.error { UNCERTAINTY } else { "" };
        format!("{}{end}", self.band)
    }
}

/// `B5, B8A, B11`: how bands are listed in messages.
pub fn list(bands: impl IntoIterator<Item = Band>) -> String {
    bands
        .into_iter()
        .map(Band::name)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_and_without_zeros() {
        let name = |t| Band::parse(t).map(Band::name);
        assert_eq!(name("B02"), Some("B2"));
        assert_eq!(name("b8a"), Some("B8A"));
        assert_eq!(name("B12"), Some("B12"));
        for none in ["", "B", "B0", "B00", "B013", "B13", "8A", "BB2"] {
            assert_eq!(name(none), None, "{none}");
        }
    }
}
