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
    assert!(
        fail("offset", "1e308").contains("offset takes NUMBER")
            && fail("offset", "nan").contains("NUMBER")
    );
    let mut o = Options::default();
    o.set("srcwin", "0 0 5 5").unwrap();
    assert!(o.set("projwin", "0 0 5 5").is_err());
    o.set("srcwin", "1 1 5 5").unwrap();
    assert_eq!(
        o.pairs().map(|(e, v)| (e.key, v)).collect::<Vec<_>>(),
        [("srcwin", OsStr::new("1 1 5 5"))]
    );
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
