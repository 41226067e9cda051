use super::*;

const SINCE_0400: Radiometry = Radiometry {
    quantification: 10000.0,
    add_offset: -1000.0,
    nodata: Some(0.0),
};
const SHORT: Storage = Storage {
    dtype: DataType::UInt16,
    nodata: Some(0.0),
};

#[test]
fn the_offset_is_removed_before_and_put_back_after() {
    let mut v = [1000.0, 3000.0, 900.0, 65535.0];
    SINCE_0400.to_network(2000.0, &mut v);
    assert_eq!(&v[..3], &[0.0, 1.0, -0.05]);
    SINCE_0400.to_dn(2000.0, SHORT, &mut v);
    assert_eq!(v, [1000.0, 3000.0, 900.0, 65535.0]);
}

#[test]
fn reflectance_in_floats_meets_the_network_on_the_same_scale() {
    let r = Radiometry {
        quantification: 1.0,
        add_offset: 0.0,
        nodata: None,
    };
    let mut v = [0.2];
    r.to_network(2000.0, &mut v);
    assert!((v[0] - 1.0).abs() < 1e-6);
    r.to_dn(
        2000.0,
        Storage {
            dtype: DataType::Float32,
            nodata: Some(f64::NAN),
        },
        &mut v,
    );
    assert!((v[0] - 0.2).abs() < 1e-6);
    assert!(r.is_invalid(f32::NAN) && !r.is_invalid(0.0));
}

#[test]
fn a_number_that_no_reflectance_can_be_is_invalid_and_what_sentinel_2_holds_is_data() {
    for quantification in [100.0, 10000.0] {
        let r = Radiometry {
            quantification,
            add_offset: 0.0,
            nodata: None,
        };
        assert!(
            [-0.4 * quantification as f32, 0.0, 65535.0]
                .iter()
                .all(|&v| !r.is_invalid(v))
        );
        assert!(
            [
                1e30,
                -1e30,
                -32768.0,
                -9999.0,
                f32::MIN,
                f32::INFINITY,
                f32::NAN
            ]
            .iter()
            .all(|&v| r.is_invalid(v))
        );
    }
    let reflectance = Radiometry {
        quantification: 1.0,
        add_offset: 0.0,
        nodata: None,
    };
    assert!(
        !reflectance.is_invalid(-0.1)
            && !reflectance.is_invalid(6.5)
            && reflectance.is_invalid(-9999.0)
    );
}

#[test]
fn a_number_of_another_radiometry_means_the_same_reflectance() {
    let percent = Radiometry {
        quantification: 100.0,
        add_offset: 0.0,
        nodata: None,
    };
    assert_eq!(SINCE_0400.convert(&percent, 3000.0), 20.0);
    assert_eq!(percent.convert(&SINCE_0400, 20.0), 3000.0);
    // What means the same stays as it is, to the bit.
    assert_eq!(SINCE_0400.convert(&SINCE_0400, 0.1), 0.1);
}

#[test]
fn the_most_that_a_type_holds_is_saturated_and_so_is_what_no_surface_reflects() {
    use DataType::*;
    for (dn, dtype, is_saturated) in [
        (254.0, UInt8, false),
        (255.0, UInt8, true),
        (32766.0, Int16, false),
        (32767.0, Int16, true),
        (60999.0, UInt16, false),
        (61000.0, UInt16, true),
        (61000.0, Float32, true),
    ] {
        let found = SINCE_0400.is_saturated(dn, dtype);
        assert_eq!(found, is_saturated, "{dn} as {dtype:?}");
    }
}

#[test]
fn nodata_is_compared_as_the_source_is_read() {
    for n in [1e-20, 0.1, -3.4028234663852886e+38] {
        assert!(
            Radiometry {
                nodata: Some(n),
                ..SINCE_0400
            }
            .is_invalid(n as f32),
            "{n}"
        );
    }
}

#[test]
fn integers_are_rounded_saturated_and_never_nodata() {
    let with = |dtype, nodata| {
        move |v: f64| {
            Storage {
                dtype,
                nodata: Some(nodata),
            }
            .store(v)
        }
    };
    use DataType::*;
    assert_eq!(
        [-9.0, -0.5, 0.0, 0.6, 7.5, 1e9].map(with(UInt16, 0.0)),
        [1.0, 1.0, 1.0, 1.0, 8.0, 65535.0]
    );
    assert_eq!(
        [-1.0, 65534.6, 1e9].map(with(UInt16, 65535.0)),
        [0.0, 65534.0, 65534.0]
    );
    assert_eq!([-1e9, 1e9].map(with(Int16, -32768.0)), [-32767.0, 32767.0]);
    assert_eq!(
        [254.0, 255.0, 256.0].map(with(UInt8, 255.0)),
        [254.0, 254.0, 254.0]
    );
    assert_eq!(
        [4294967295.0, 1e12].map(with(UInt32, 4294967040.0)),
        [4294966784.0, 4294966784.0]
    );
    assert_eq!(
        [16777216.0, -2147483648.0].map(with(Int32, 16777216.0)),
        [16777218.0, -2147483648.0]
    );
    assert_eq!(
        Storage {
            dtype: UInt16,
            nodata: None
        }
        .store(-3.0),
        0.0
    );
}

#[test]
fn integers_are_rounded_away_from_zero_one_by_one_as_in_rows() {
    let halves = (-70000..70000).map(|n| f64::from(n) / 2.0);
    let near = halves.flat_map(|n| [n.next_down(), n, n.next_up()]);
    let large = [2147483647.5, -2147483648.5, 4294967039.5, 1e300, -1e300];
    let numbers: Vec<f64> = near.chain(large).collect();
    use DataType::*;
    for (dtype, nodata) in [
        (UInt8, Some(0.0)),
        (UInt16, None),
        (UInt16, Some(0.0)),
        (UInt16, Some(0.5)),
        (Int16, Some(-32768.0)),
        (Int16, Some(7.0)),
        (UInt32, None),
        (Int32, None),
        (Float32, Some(7.0)),
    ] {
        let storage = Storage { dtype, nodata };
        for dn in &numbers {
            let Some((low, high)) = dtype.limits() else {
                continue;
            };
            // Not `round`, which is C's: that of MinGW takes the number just below a half up.
            let within = dn.clamp(low, high);
            let whole = within.trunc();
            let up = f64::from(u8::from((within - whole).abs() >= 0.5));
            let nearest = (whole + up.copysign(within)) as f32;
            let stored = storage.store(*dn);
            let is_near = nodata.is_some_and(|n| (nearest - n as f32).abs() < 1.0);
            assert!(is_near || stored == nearest, "{dn} as {dtype:?}: {stored}");
        }
        let radiometry = Radiometry {
            quantification: 10000.0,
            add_offset: -1000.0,
            nodata: None,
        };
        let (slope, intercept) = radiometry.line(2000.0);
        let network: Vec<f32> = numbers.iter().map(|dn| (dn / 2000.0) as f32).collect();
        let mut row = network.clone();
        radiometry.to_dn(2000.0, storage, &mut row);
        let alone = |v: &f32| storage.store((f64::from(*v) - intercept) / slope);
        assert_eq!(
            row,
            network.iter().map(alone).collect::<Vec<_>>(),
            "{dtype:?}"
        );
    }
}

#[test]
fn floats_step_aside_far_enough_to_be_told_apart() {
    for n in [
        0.0,
        -0.0,
        1.0,
        -9999.0,
        1e-20,
        f64::from(f32::MAX),
        f64::from(f32::MIN),
    ] {
        let storage = Storage {
            dtype: DataType::Float32,
            nodata: Some(n),
        };
        for v in [
            n,
            f64::from((n as f32).next_up()),
            f64::from((n as f32).next_down()),
        ] {
            let (stored, tolerance) = (storage.store(v), 4.0 * f32::EPSILON * (n as f32).abs());
            assert!(
                stored.is_finite() && stored != n as f32 && (stored - n as f32).abs() > tolerance,
                "{v} beside {n}: {stored}"
            );
        }
    }
    let plain = Storage {
        dtype: DataType::Float32,
        nodata: Some(f64::NAN),
    };
    assert_eq!(
        [0.1, -1e300, 1e300].map(|v| plain.store(v)),
        [0.1, f32::MIN, f32::MAX]
    );
    assert!(plain.is_hole(plain.hole()));
}

#[test]
fn a_type_holds_what_can_be_written_into_it() {
    use DataType::*;
    let fits = [
        (UInt16, 65535.0),
        (Int16, -9999.0),
        (UInt32, 4294967295.0),
        (Int32, 2147483647.0),
        (Int32, -2147483648.0),
        (Float32, -9999.0),
    ];
    assert!(fits.iter().all(|&(t, n)| t.held(n) == Some(n)));
    let strange = [
        (UInt16, -9999.0),
        (UInt16, 65535.5),
        (Int32, 16777217.0),
        (UInt8, f64::NAN),
        (Float32, 1e300),
        (Float32, f64::NAN),
    ];
    assert!(strange.iter().all(|&(t, n)| t.held(n).is_none()));
    assert_eq!(Float32.held(-9999.1), Some(f64::from(-9999.1f32)));
}

#[test]
fn a_nodata_value_that_no_pixel_can_have_takes_none_away() {
    for n in [0.0, -9999.0, 0.1, 1e-44, -3.4028234663852886e38, 1e300] {
        assert_eq!(declared_nodata(n), Some(n));
    }
    for n in [1e-300, -1e-60, f64::NAN, f64::INFINITY] {
        assert_eq!(declared_nodata(n), None, "{n}");
        let reflectance = Radiometry {
            quantification: 1.0,
            add_offset: 0.0,
            nodata: declared_nodata(n),
        };
        assert!(!reflectance.is_invalid(0.0), "{n}");
    }
    assert_eq!(DataType::Float32.held(1e-300), None);
}
