//! The schemas in `schemas/` are those of the types that write the JSON.
//! `S2SR_WRITE_SCHEMAS=1 cargo test --lib schemas` renews them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use schemars::{Schema, schema_for};
use serde_json::Value;

use super::bands::{BandName, JobInfo};
use super::evaluate::Evaluation;
use super::info::{ContractInfo, Info, Models, OptionInfo};
use super::many::Told;
use super::report::Report;

fn all() -> [(&'static str, Schema); 9] {
    [
        ("band", schema_for!(BandName)),
        ("contract", schema_for!(ContractInfo)),
        ("evaluation", schema_for!(Evaluation)),
        ("info", schema_for!(Info)),
        ("job", schema_for!(JobInfo)),
        ("models", schema_for!(Models)),
        ("options", schema_for!(Vec<OptionInfo>)),
        ("products", schema_for!(Vec<Told>)),
        ("report", schema_for!(Report)),
    ]
}

#[test]
fn the_schemas_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    for (name, schema) in all() {
        let file = folder.join(format!("{name}.json"));
        let made = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("S2SR_WRITE_SCHEMAS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, &made).unwrap();
        }
        assert!(
            fs::read_to_string(&file).unwrap_or_default() == made,
            "{} is not what the types make; renew it with S2SR_WRITE_SCHEMAS=1 cargo test --lib \
             schemas",
            file.display()
        );
    }
}

/// The names of all fields in a schema.
fn keys(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                if key == "properties" {
                    found.extend(value.as_object().unwrap().keys().cloned());
                }
                keys(value, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|v| keys(v, found)),
        _ => {}
    }
}

#[test]
fn the_plug_in_of_qgis_reads_what_there_is() {
    let mut there = BTreeSet::new();
    for (_, schema) in all() {
        keys(schema.as_value(), &mut there);
    }
    // What the index of the networks says beside.
    there.extend(["task".to_owned()]);
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("qgis_plugin/s2sr_qgis");
    let readers = [
        ("report.py", &["scores", "table", "result", "bicubic"][..]),
        ("algorithms/superresolve.py", &["report", "info", "finest"]),
        ("widgets.py", &["contract", "model", "listing"]),
    ];
    for (file, names) in readers {
        let text = fs::read_to_string(plugin.join(file)).unwrap();
        for name in names {
            for opening in [format!("{name}[\""), format!("{name}.get(\"")] {
                let read = text.split(&opening).skip(1);
                for key in read.filter_map(|rest| Some(rest.split_once('"')?.0)) {
                    assert!(
                        there.contains(key),
                        "{file} reads {key}, which nothing writes"
                    );
                }
            }
        }
    }
}
