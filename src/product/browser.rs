//! Raw bands as Copernicus Browser and EO Browser give them to download:
//! `2026-11-20-00:00_2026-11-20-23:59_Sentinel-2_L2A_B02_(Raw).tiff`. Integers are reflectance,
//! without an additive offset, stretched to all that their type holds; what is brighter is cut off.

use crate::raster::radiometry::DataType;

/// How many DN are one unit of reflectance in a file of such a name; `None` for other files and for
/// floats, which are reflectance.
pub fn quantification(name: &str, dtype: DataType) -> Option<f64> {
    let most = match dtype {
        DataType::UInt8 | DataType::UInt16 => dtype.limits()?.1,
        _ => return None,
    };
    (name.contains("Sentinel-2") && name.contains("_(Raw)")).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_raw_bands_are_stretched_reflectance() {
        let name = "2026-11-20-00:00_2026-11-20-23:59_Sentinel-2_L2A_B02_(Raw).tiff";
        assert_eq!(quantification(name, DataType::UInt16), Some(65535.0));
        assert_eq!(quantification(name, DataType::UInt8), Some(255.0));
        assert_eq!(quantification(name, DataType::Float32), None);
        assert_eq!(
            quantification("Sentinel-2_L2A_B02.tiff", DataType::UInt16),
            None
        );
    }
}
