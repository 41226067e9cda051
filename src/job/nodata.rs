//! Which number means "no data" in a result. A raster has one for all its bands, whatever its
//! sources have.

use super::Output;
use crate::raster::band::{self, Band};
use crate::raster::radiometry::DataType;
use crate::text::shown_number;

/// The nodata value of a result of this type, and what the user should know about it.
///
/// What all bands declare is kept. Where they differ, it is 0, Sentinel-2's own, if a band has
/// that; else the first band's. Floats of different conventions meet in NaN.
pub fn choose(outputs: &[Output], dtype: DataType) -> (f64, Option<String>) {
    let usual = dtype.usual_nodata();
    let declared = |o: &Output| o.radiometry.nodata.unwrap_or(usual);
    let same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan());
    let held = |n: f64| {
        if n.is_nan() {
            Some(n).filter(|_| usual.is_nan())
        } else {
            dtype.held(n)
        }
    };
    let mut values: Vec<f64> = Vec::new();
    for output in outputs {
        if !values.iter().any(|v| same(*v, declared(output))) {
            values.push(declared(output));
        }
    }
    let fitting: Vec<f64> = values.iter().filter_map(|v| held(*v)).collect();
    let chosen = match fitting[..] {
        [] => usual,
        [one] => one,
        _ => fitting
            .iter()
            .copied()
            .find(|v| same(*v, usual))
            .unwrap_or(if usual.is_nan() { usual } else { fitting[0] }),
    };
    let others: Vec<Band> = outputs
        .iter()
        .filter(|o| held(declared(o)).is_none_or(|v| !same(v, chosen)))
        .map(|o| o.band)
        .collect();
    let list: Vec<String> = values.iter().map(|n| shown_number(*n)).collect();
    let note = match values[..] {
        _ if others.is_empty() => None,
        [one] => Some(format!(
            "the declared nodata value {} is no number of type {dtype:?}; the result has {chosen}",
            shown_number(one)
        )),
        _ => Some(format!(
            "the bands declare different nodata values ({}); in the result it is {chosen}, also \
             for {}",
            list.join(", "),
            band::list(others)
        )),
    };
    (chosen, note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Maker;
    use crate::raster::radiometry::Radiometry;

    fn chosen(declared: &[Option<f64>], dtype: DataType) -> (f64, Option<String>) {
        let output = |(nodata, band): (&Option<f64>, Band)| Output {
            band,
            maker: Maker::Copy(0),
            radiometry: Radiometry {
                quantification: 10000.0,
                add_offset: 0.0,
                nodata: *nodata,
            },
            wavelength: 0.0,
        };
        choose(
            &declared
                .iter()
                .zip(Band::all())
                .map(output)
                .collect::<Vec<_>>(),
            dtype,
        )
    }

    #[test]
    fn what_all_bands_declare_is_kept_without_a_word() {
        use DataType::*;
        for (n, dtype) in [
            (0.0, UInt16),
            (65535.0, UInt16),
            (-9999.0, Int16),
            (-9999.0, Float32),
            (4294967295.0, UInt32),
        ] {
            assert_eq!(chosen(&[Some(n); 3], dtype), (n, None));
        }
        assert_eq!(chosen(&[None, None], UInt16), (0.0, None));
        let floats = chosen(&[None, None], Float32);
        assert!(floats.0.is_nan() && floats.1.is_none());
        assert_eq!(chosen(&[Some(1e-20)], Float32), (f64::from(1e-20f32), None));
    }

    #[test]
    fn where_bands_differ_one_is_chosen_and_said() {
        use DataType::*;
        let (n, note) = chosen(&[Some(65535.0), Some(0.0), Some(65535.0)], UInt16);
        assert!(n == 0.0 && note.is_some_and(|s| s.contains("65535, 0") && s.contains("it is 0")));
        let (n, note) = chosen(&[Some(-9999.0), Some(-32768.0)], Int16);
        assert!(n == -9999.0 && note.is_some());
        let (n, note) = chosen(&[Some(0.0), Some(-9999.0)], Float32);
        assert!(n.is_nan() && note.is_some_and(|s| s.contains("NaN")));
        let (n, note) = chosen(&[Some(0.0), None], Float32);
        assert!(n.is_nan() && note.is_some());
    }

    #[test]
    fn a_value_that_the_type_cannot_hold_is_replaced_and_said() {
        for strange in [-9999.0, 0.5, 65535.5, 70000.0, 1e300] {
            let (n, note) = chosen(&[Some(strange); 2], DataType::UInt16);
            assert!(
                n == 0.0 && note.is_some_and(|s| s.contains("UInt16") && s.len() < 90),
                "{strange}"
            );
        }
        assert_eq!(
            chosen(&[Some(-9999.0), Some(65535.0)], DataType::UInt16).0,
            65535.0
        );
    }
}
