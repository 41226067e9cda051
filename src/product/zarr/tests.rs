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
        (Some(32632), Some([300000.0, 4900020.0, 10.0]))
    );
    let r = a.radiometry().unwrap();
    assert!((r.quantification - 10000.0).abs() < 1e-6 && (r.add_offset + 1000.0).abs() < 1e-6);
    let value =
        serde_json::json!({"proj:code": "EPSG:32718", "proj:transform": [10, 1, 0, 0, -10, 0]});
    let a = Attributes::of(&value);
    assert_eq!((a.epsg, a.place, a.radiometry()), (Some(32718), None, None));
    assert_eq!(Attributes::of(&Value::Null), Attributes::default());
}
