//! What an array of a Zarr store says of itself.

use serde_json::Value;

use crate::gdal::crs::crs_of_epsg;
use crate::raster::grid::Grid;
use crate::raster::radiometry::{Radiometry, declared_nodata};

/// What an array says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes {
    /// Slope and intercept from DN to reflectance.
    pub scale: Option<f64>,
    /// The intercept.
    pub offset: Option<f64>,
    /// The DN of pixels without data.
    pub fill: Option<f64>,
    /// Code of the coordinate reference system.
    pub epsg: Option<u32>,
    /// The affine geotransform, as GDAL has it.
    pub place: Option<[f64; 6]>,
}

impl Attributes {
    /// Reads the attributes of an array from JSON.
    pub fn of(value: &Value) -> Self {
        let inner = &value["_eopf_attrs"];
        let get = |key: &str| {
            [&value[key], &inner[key]]
                .into_iter()
                .find(|v| !v.is_null())
        };
        let number = |key: &str| get(key).and_then(as_number);
        let epsg = get("proj:epsg")
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
            .or_else(|| {
                let code = get("proj:code")?.as_str()?;
                code.rsplit(':').next()?.parse().ok()
            });
        let place = get("proj:transform")
            .and_then(Value::as_array)
            .and_then(|t| {
                let t: Vec<f64> = t.iter().map(Value::as_f64).collect::<Option<_>>()?;
                let whole = t.len() >= 6 && t.iter().all(|v| v.is_finite());
                whole.then(|| [t[2], t[0], t[1], t[5], t[3], t[4]])
            });
        Self {
            scale: number("scale_factor"),
            offset: number("add_offset"),
            fill: number("fill_value").or_else(|| number("_FillValue")),
            epsg,
            place,
        }
    }

    /// Where an array of so many rows and columns lies; `epsg` is what the product says.
    pub(super) fn grid(&self, rows: i64, cols: i64, epsg: Option<u32>) -> Option<(Grid, String)> {
        let grid = Grid::of_geotransform(self.place?, cols, rows)?;
        Some((grid, crs_of_epsg(self.epsg.or(epsg)?)?))
    }

    /// DN to reflectance, if the array says its scale.
    pub fn radiometry(&self) -> Option<Radiometry> {
        let scale = self.scale.filter(|s| *s > 0.0)?;
        Some(Radiometry {
            quantification: 1.0 / scale,
            add_offset: self.offset.unwrap_or(0.0) / scale,
            nodata: self.fill.and_then(declared_nodata),
        })
    }
}

/// A number, as writers put it: by itself, as text, or alone in a list.
fn as_number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Array(list) => match list.as_slice() {
            [only] => only.as_f64(),
            _ => None,
        },
        other => other.as_f64(),
    };
    number.filter(|v: &f64| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_as_eopf_writes_them() {
        let value = serde_json::json!({
            "scale_factor": 0.0001, "add_offset": -0.1, "fill_value": 0,
            "_eopf_attrs": {"proj:epsg": 32632, "proj:transform": [10.0, 0.0, 300000.0, 0.0, -10.0, 4900020.0, 0.0, 0.0, 1.0]}
        });
        let a = Attributes::of(&value);
        assert_eq!(
            (a.epsg, a.place),
            (
                Some(32632),
                Some([300000.0, 10.0, 0.0, 4900020.0, 0.0, -10.0])
            )
        );
        let r = a.radiometry().unwrap();
        assert!((r.quantification - 10000.0).abs() < 1e-6 && (r.add_offset + 1000.0).abs() < 1e-6);
        let value =
            serde_json::json!({"proj:code": "EPSG:32718", "proj:transform": [10, 1, 0, 0, -10, 0]});
        let a = Attributes::of(&value);
        assert_eq!((a.epsg, a.radiometry()), (Some(32718), None));
        assert_eq!(a.grid(60, 60, None), None);
        assert_eq!(Attributes::of(&Value::Null), Attributes::default());
    }
}
