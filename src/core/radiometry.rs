//! Digital numbers (DN) to what a network sees, and back: offset, quantification value, nodata, saturation.

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
    /// The least and greatest number of an integer type that a 32-bit float holds too; `None` for floats.
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

impl Radiometry {
    /// Whether a DN carries no data.
    pub fn is_invalid(&self, dn: f32) -> bool {
        !dn.is_finite() || self.nodata.is_some_and(|n| f64::from(dn) == n)
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

    /// What a network gives -> DN of the given type, in place: rounded and saturated for integers; a value that would
    /// read as nodata becomes the valid one next to it.
    pub fn to_dn(&self, divisor: f64, dtype: DataType, values: &mut [f32]) {
        let (slope, intercept) = self.line(divisor);
        for v in values {
            let dn = (f64::from(*v) - intercept) / slope;
            *v = self.storable(dn, dtype);
        }
    }

    fn storable(&self, dn: f64, dtype: DataType) -> f32 {
        let Some((low, high)) = dtype.limits() else {
            let v = dn as f32;
            return if self.is_invalid(v) && v.is_finite() { v.next_up() } else { v };
        };
        let v = dn.round().clamp(low, high);
        match self.nodata {
            Some(n) if v == n && n < high => (n + 1.0) as f32,
            Some(n) if v == n => (n - 1.0) as f32,
            _ => v as f32,
        }
    }

    /// What stands for nodata in a result of the given type.
    pub fn nodata_value(&self, dtype: DataType) -> f32 {
        match self.nodata {
            Some(n) => n as f32,
            None if dtype == DataType::Float32 => f32::NAN,
            None => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINCE_0400: Radiometry = Radiometry { quantification: 10000.0, add_offset: -1000.0, nodata: Some(0.0) };

    #[test]
    fn the_offset_is_removed_before_and_put_back_after() {
        let mut v = [1000.0, 3000.0, 900.0, 65535.0];
        SINCE_0400.to_network(2000.0, &mut v);
        assert_eq!(&v[..3], &[0.0, 1.0, -0.05]);
        SINCE_0400.to_dn(2000.0, DataType::UInt16, &mut v);
        assert_eq!(v, [1000.0, 3000.0, 900.0, 65535.0]);
    }

    #[test]
    fn results_saturate_and_data_never_becomes_nodata() {
        let mut v = [-9.0, -0.5, 40.0];
        SINCE_0400.to_dn(2000.0, DataType::UInt16, &mut v);
        assert_eq!(v, [1.0, 1.0, 65535.0]);
        let mut v = [-40.0, 40.0];
        Radiometry { add_offset: 0.0, nodata: Some(-32768.0), ..SINCE_0400 }.to_dn(2000.0, DataType::Int16, &mut v);
        assert_eq!(v, [-32767.0, 32767.0]);
    }

    #[test]
    fn reflectance_in_floats_meets_the_network_on_the_same_scale() {
        let r = Radiometry { quantification: 1.0, add_offset: 0.0, nodata: None };
        let mut v = [0.2];
        r.to_network(2000.0, &mut v);
        assert!((v[0] - 1.0).abs() < 1e-6);
        r.to_dn(2000.0, DataType::Float32, &mut v);
        assert!((v[0] - 0.2).abs() < 1e-6);
        assert!(r.is_invalid(f32::NAN) && !r.is_invalid(0.0));
    }
}
