use super::*;

#[test]
fn every_entry_of_the_table_can_be_set() {
    for e in TABLE {
        let value = match e.key {
            "projwin" | "srcwin" => "1 2 3 4",
            "with-native" | "uncertainty" | "no-verify" | "reflectance" | "with-scl" | "mask" => {
                "yes"
            }
            "co" => "LEVEL=9",
            "threads" | "tile" | "offset" | "nodata" | "quantification" => "6",
            "bands" | "band-names" => "B05, b11",
            "to" => "5",
            "device" => "cuda:1",
            "format" => "COG",
            "quality" => "best",
            "precision" => "fast",
            _ => "x",
        };
        Options::default()
            .set(e.key, value)
            .unwrap_or_else(|err| panic!("{}: {err}", e.key));
    }
}

#[test]
fn mistakes_are_answered_with_what_is_valid() {
    let fail = |k: &str, v: &str| Options::default().set(k, v).unwrap_err().to_string();
    assert!(fail("tiles", "1").contains("with-native"));
    assert!(
        ["a.onnx", "b/A.ONNX"]
            .iter()
            .all(|m| is_model_file(m.as_ref()))
            && !is_model_file("fast-t2x".as_ref())
    );
    assert!(fail("to", "2.5").contains("10|5"));
    assert!(fail("bands", "B5,B77").contains("'B77'") && fail("bands", "B10").contains("noisy"));
    assert!(fail("srcwin", "1 2 3").contains("XSIZE"));
    assert!(
        fail("projwin", "-1e300 1e300 1e300 -1e300").contains("ULX")
            && fail("projwin", "nan 0 1 0").contains("ULX")
    );
    assert!(fail("tile", "0").contains("not '0'"));
    let mut o = Options::default();
    o.set("srcwin", "0 0 5 5").unwrap();
    assert!(o.set("projwin", "0 0 5 5").is_err());
    o.set("srcwin", "1 1 5 5").unwrap();
    assert_eq!(
        o.pairs().map(|(e, v)| (e.key, v)).collect::<Vec<_>>(),
        [("srcwin", OsStr::new("1 1 5 5"))]
    );
}

/// Sets a number; what it is, or the sentence that refuses it.
fn number(key: &str, value: &str) -> std::result::Result<f64, String> {
    let mut o = Options::default();
    o.set(key, value).map_err(|e| e.to_string())?;
    Ok(match key {
        "threads" => o.threads.unwrap() as f64,
        "tile" => o.tile.unwrap() as f64,
        "quantification" => o.quantification.unwrap(),
        "offset" => o.offset.unwrap(),
        "nodata" => o.nodata.unwrap().unwrap(),
        _ => match o.window.unwrap() {
            WindowOption::Projected(n) => n[0],
            WindowOption::Pixels(r) => r.x as f64,
        },
    })
}

#[test]
fn a_number_means_what_it_says_or_is_refused_with_what_it_may_be() {
    let keys = [
        ("threads", "from 1 to 1024"),
        ("tile", "from 1 to 65536"),
        ("quantification", "from 1 to 1000000"),
        ("offset", "0 or a number from 0.000001 to 1000000"),
        (
            "nodata",
            "none, nan, or a number that 32-bit floats can hold",
        ),
        ("projwin", "four numbers from -1e9 to 1e9"),
        ("srcwin", "four numbers from -1e9 to 1e9"),
    ];
    // No numbers, and numbers that would become others on the way.
    let never = [
        "",
        "-",
        "e5",
        "0x10",
        "1_000",
        "1,000",
        "0,5",
        "1 000",
        "1\u{a0}000",
        "1'000",
        "５",
        "٣",
        "1e",
        "--5",
        "+-5",
        "5m",
        "1e-400",
        "1e308",
        "-1e308",
        "1e400",
        "inf",
        "-infinity",
    ];
    let within = |key: &str, v: &str| {
        if key.ends_with("win") {
            format!("{v} 2 3 4")
        } else {
            v.to_owned()
        }
    };
    for (key, range) in keys {
        for v in never {
            let said = number(key, &within(key, v)).expect_err(&format!("{key} {v}"));
            assert!(
                said.contains(key) && said.contains(range),
                "{key} {v}: {said}"
            );
        }
        for (v, is) in [("6", 6.0), ("+6", 6.0), (" 6\t", 6.0), ("007", 7.0)] {
            assert_eq!(number(key, &within(key, v)), Ok(is), "{key} {v}");
        }
    }
    for v in ["1e-300", "-1e-300", "5e-324", "1e-7", "-1000001", "nan"] {
        assert!(number("offset", v).is_err(), "{v}");
    }
    for (v, is) in [
        ("-1e3", -1000.0),
        ("-.1", -0.1),
        ("0e5", 0.0),
        ("1e-6", 1e-6),
    ] {
        assert_eq!(number("offset", v), Ok(is), "{v}");
    }
    // -0 is 0, also in what is written into results.
    assert!(number("nodata", "-0").is_ok_and(|n| n.is_sign_positive()));
    for v in ["1e-300", "-1e-60", "3.5e38"] {
        assert!(number("nodata", v).is_err(), "{v}");
    }
    for v in ["-9999", "0.1", "-3.4028234663852886e+38", "1e-44"] {
        assert_eq!(number("nodata", v), Ok(v.parse().unwrap()), "{v}");
    }
    assert!(number("nodata", "NaN").is_ok_and(f64::is_nan));
    assert!(number("quantification", "0.5").is_err() && number("tile", "65537").is_err());
    assert!(number("threads", "2.0").is_err() && number("threads", "0").is_err());
    // A comma is one for decimals, or all that separates.
    assert!(number("projwin", "600000,5 5000040 600100").is_err());
    assert_eq!(number("projwin", "600000.5,5, 6 ,7"), Ok(600000.5));
    assert!(number("srcwin", "0.5 0 9 9").is_err_and(|e| e.contains("whole numbers of pixels")));
}

#[test]
fn a_call_refuses_what_it_does_not_use() {
    let with = |key: &str, value: &str| {
        let mut o = Options::default();
        o.set(key, value).unwrap();
        o
    };
    let refused = |key, value, call| with(key, value).check(call).unwrap_err().to_string();
    assert!(
        refused("srcwin", "1 1 5 5", Call::MODEL_RUN)
            .contains("takes tile, quantification, offset, nodata")
    );
    for (key, value, call) in [
        ("quality", "best", Call::MODEL_RUN),
        ("threads", "1", Call::MODEL_RUN),
        ("tile", "64", Call::MODEL_OPEN),
        ("band-names", "B2", Call::MODEL_RUN),
        ("onnxruntime", "x.so", Call::VRT),
        ("to", "5", Call::EVALUATE),
        ("bands", "B5", Call::INFO),
        ("model", "fast", Call::MODELS),
    ] {
        assert!(refused(key, value, call).contains(key));
    }
    assert!(
        with("quality", "best").check(Call::MODEL_OPEN).is_ok()
            && with("co", "A=B").check(Call::RUN).is_ok()
    );
}

#[test]
fn data_sets_nothing_that_decides_what_is_loaded_or_written() {
    let set = |key: &str, value: &str, files| {
        Options::default()
            .set_from_data(key, value.as_ref(), files)
            .map_err(|e| e.to_string())
    };
    for key in ["onnxruntime", "models", "co", "format", "preview"] {
        assert!(
            set(key, "x=y", true).unwrap_err().contains("by programs"),
            "{key}"
        );
    }
    assert!(
        set("onnxruntime", "/x.so", true)
            .unwrap_err()
            .contains("ORT_DYLIB_PATH")
    );
    assert!(
        set("model", "/x/y.onnx", false)
            .unwrap_err()
            .contains(ALLOW_MODEL_FILES)
    );
    assert!(
        set("model", "/x/y.onnx", true).is_ok()
            && set("model", "fast", false).is_ok()
            && set("to", "5", false).is_ok()
    );
    assert!(
        set("tiles", "5", false)
            .unwrap_err()
            .contains("unknown option")
    );
}
