use super::*;

fn fusion(key: &str, value: &str) -> Result<Contract, String> {
    changed(&[(key, value)])
}

/// A contract with these entries instead of its own; an empty one is not there.
fn changed(entries: &[(&str, &str)]) -> Result<Contract, String> {
    let items = [
        ("s2sr.contract", "1"),
        ("s2sr.name", "t"),
        ("s2sr.version", "1.0.0"),
        ("s2sr.kind", "fusion"),
        (
            "s2sr.inputs",
            r#"[{"name":"b10","gsd":10,"bands":["B2"]},{"name":"b20","gsd":20,"bands":["B5"]}]"#,
        ),
        ("s2sr.outputs", r#"[{"name":"y","gsd":10,"bands":["B5"]}]"#),
        ("s2sr.divisor", "2000"),
        ("s2sr.halo", "9"),
        ("s2sr.multiple", "1"),
    ];
    let own = items.iter().copied();
    Contract::read(|k| {
        let (_, value) = entries
            .iter()
            .copied()
            .chain(own.clone())
            .find(|(key, _)| *key == k)?;
        (!value.is_empty()).then(|| value.into())
    })
    .map_err(|fault| fault.what)
}

#[test]
fn a_whole_contract_is_read() {
    let c = fusion("", "").unwrap();
    assert_eq!(
        (c.coarsest(), c.halo, c.inputs.len(), c.divisor),
        (20, 9, 2, 2000.0)
    );
}

#[test]
fn a_broken_contract_is_refused_and_the_entry_named() {
    for (key, value) in [
        ("s2sr.contract", ""),
        ("s2sr.contract", "3"),
        ("s2sr.kind", "gan"),
        ("s2sr.inputs", "{"),
        ("s2sr.inputs", r#"[{"name":"b","gsd":0,"bands":["B2"]}]"#),
        ("s2sr.outputs", r#"[{"name":"y","gsd":10,"bands":["B11"]}]"#),
        ("s2sr.divisor", "0"),
        ("s2sr.halo", "-1"),
        ("s2sr.multiple", "1e9"),
        // Numbers that are numbers, and absurd.
        ("s2sr.divisor", "1e-320"),
        ("s2sr.divisor", "1e300"),
        ("s2sr.divisor", "nan"),
        ("s2sr.divisor", "inf"),
        ("s2sr.halo", "257"),
        ("s2sr.multiple", "4096"),
        ("s2sr.name", " "),
        ("s2sr.name", "a\u{1b}[2J"),
        ("s2sr.name", "a\u{202e}b"),
        ("s2sr.version", "1\n2"),
        ("s2sr.inputs", "[]"),
        (
            "s2sr.inputs",
            r#"[{"name":"b","gsd":20,"bands":["B2"]},{"name":"b","gsd":20,"bands":["B5"]}]"#,
        ),
        (
            "s2sr.inputs",
            r#"[{"name":"b","gsd":20,"bands":["B5","B5"]}]"#,
        ),
        (
            "s2sr.inputs",
            r#"[{"name":"b","gsd":20,"bands":["B5"]},{"name":"c","gsd":20,"bands":["B5"]}]"#,
        ),
        (
            "s2sr.inputs",
            r#"[{"name":"b\u0007","gsd":20,"bands":["B5"]}]"#,
        ),
        // 10, 20, 30 and 60 m: all divide 60, but 20 does not divide 30.
        (
            "s2sr.inputs",
            r#"[{"name":"a","gsd":20,"bands":["B5"]},{"name":"b","gsd":30,"bands":["B6"]},{"name":"c","gsd":60,"bands":["B1"]}]"#,
        ),
        // Finer than the output; far coarser.
        ("s2sr.inputs", r#"[{"name":"b","gsd":5,"bands":["B5"]}]"#),
        ("s2sr.inputs", r#"[{"name":"b","gsd":2000,"bands":["B5"]}]"#),
    ] {
        assert!(fusion(key, value).is_err(), "{key}={value}");
    }
    assert!(fusion("s2sr.halo", "x").unwrap_err().contains("s2sr.halo"));
    assert!(fusion("s2sr.name", &"n".repeat(1 << 20)).unwrap_err().len() < 200);
}

#[test]
fn the_halo_is_bounded_on_the_finest_grid_too() {
    assert!(fusion("s2sr.halo", "256").is_ok());
    let coarse = ("s2sr.inputs", r#"[{"name":"b","gsd":1000,"bands":["B5"]}]"#);
    assert!(changed(&[coarse, ("s2sr.halo", "10")]).is_ok());
    assert!(
        changed(&[coarse, ("s2sr.halo", "11")])
            .unwrap_err()
            .contains("halo of 11")
    );
    assert!(
        changed(&[coarse, ("s2sr.multiple", "11")])
            .unwrap_err()
            .contains("multiple of 11")
    );
}

#[test]
fn tiles_with_their_halo_are_whole_multiples() {
    for (halo, multiple, rounded) in [("9", "1", 9), ("9", "4", 12), ("8", "4", 8), ("0", "4", 0)] {
        let c = changed(&[("s2sr.halo", halo), ("s2sr.multiple", multiple)]).unwrap();
        assert_eq!(c.halo, rounded, "{halo} {multiple}");
    }
    // What enlarges single bands is given any size.
    let single = |multiple| {
        changed(&[
            ("s2sr.kind", "single-band"),
            ("s2sr.inputs", r#"[{"name":"x","bands":["*"]}]"#),
            ("s2sr.outputs", r#"[{"name":"y","factor":2}]"#),
            ("s2sr.multiple", multiple),
        ])
    };
    assert!(single("1").is_ok());
    assert!(single("2").unwrap_err().contains("any size"));
}

#[test]
fn expected_errors_are_of_contract_2() {
    let outputs = |sigma: &str| {
        let y = r#"{"name":"y","gsd":10,"bands":["B5"]}"#;
        changed(&[
            ("s2sr.contract", "2"),
            ("s2sr.outputs", &format!("[{y},{sigma}]")),
        ])
    };
    let given = |contract: &Contract| -> Vec<(String, i64)> {
        let outputs = contract.run_outputs();
        outputs
            .map(|(name, side)| (name.to_owned(), side))
            .collect()
    };
    // As fine as the bands, or coarser.
    for (gsd, side) in [("", 1), (r#","gsd":10"#, 1), (r#","gsd":20"#, 2)] {
        let sure = outputs(&format!(r#"{{"name":"sigma","sigma_of":"y"{gsd}}}"#)).unwrap();
        assert_eq!(
            given(&sure),
            [("y".to_owned(), 1), ("sigma".to_owned(), side)]
        );
    }
    let without = fusion("s2sr.contract", "2").unwrap();
    assert_eq!(given(&without), [("y".to_owned(), 1)]);
    for bad in [
        r#"{"name":"sigma","sigma_of":"z"}"#,
        r#"{"name":"y","sigma_of":"y"}"#,
        r#"{"name":" ","sigma_of":"y"}"#,
        r#"{"name":"a","sigma_of":"y"},{"name":"b","sigma_of":"y"}"#,
        r#"{"name":"sigma","sigma_of":1}"#,
        r#"{"name":"sigma","sigma_of":"y","gsd":5}"#,
        r#"{"name":"sigma","sigma_of":"y","gsd":15}"#,
        r#"{"name":"sigma","sigma_of":"y","gsd":40}"#,
    ] {
        assert!(outputs(bad).is_err(), "{bad}");
    }
    let early = r#"[{"name":"y","gsd":10,"bands":["B5"]},{"name":"s","sigma_of":"y"}]"#;
    assert!(
        fusion("s2sr.outputs", early)
            .unwrap_err()
            .contains("contract 2")
    );
    let single = [
        ("s2sr.contract", "2"),
        ("s2sr.kind", "single-band"),
        ("s2sr.inputs", r#"[{"name":"x","bands":["*"]}]"#),
        (
            "s2sr.outputs",
            r#"[{"name":"y","factor":2},{"name":"s","sigma_of":"y"}]"#,
        ),
    ];
    assert!(changed(&single).unwrap_err().contains("fusion"));
}
