//! A graph's inputs and outputs, read from a model's metadata.

use serde::Deserialize;

use super::super::{is_name, shown};
use super::{Kind, Port, Sigma};
use crate::error::Fault;
use crate::raster::band::Band;

/// A port as the metadata has it. Of expected errors, `sigma_of` names the output that they are of.
#[derive(Deserialize)]
pub(super) struct RawPort {
    name: String,
    #[serde(default)]
    bands: Vec<String>,
    #[serde(default)]
    gsd: u32,
    factor: Option<i64>,
    pub(super) sigma_of: Option<String>,
}

/// The ports in an entry of the metadata.
pub(super) fn raw_ports(key: &str, json: &str) -> Result<Vec<RawPort>, Fault> {
    serde_json::from_str(json).map_err(|e| {
        let said = shown(e.to_string().as_bytes());
        Fault::of(format!("{key} cannot be read ({said})"), e)
    })
}

/// The output for expected errors, if there is one.
pub(super) fn sigma(
    errors: &[RawPort],
    outputs: &[RawPort],
    kind: Kind,
) -> Result<Option<Sigma>, String> {
    let [sigma] = errors else {
        return match errors.is_empty() {
            true => Ok(None),
            false => Err("it has several outputs for expected errors (sigma_of)".into()),
        };
    };
    if kind != Kind::Fusion {
        return Err("only a fusion model has an output for expected errors (sigma_of)".into());
    }
    let of = sigma.sigma_of.as_ref();
    let other = |o: &&RawPort| o.name != sigma.name && Some(&o.name) == of;
    let Some(other) = outputs.iter().find(other).filter(|_| is_name(&sigma.name)) else {
        return Err(format!(
            "its output '{}' is the expected error of '{}', which is no other output",
            shown(sigma.name.as_bytes()),
            shown(of.map_or(&[], |o| o.as_bytes()))
        ));
    };
    // It is as fine as the other where it does not say how fine it is.
    let gsd = if sigma.gsd == 0 { other.gsd } else { sigma.gsd };
    match gsd.checked_rem(other.gsd) {
        Some(0) => Ok(Some(Sigma {
            name: sigma.name.clone(),
            side: i64::from(gsd / other.gsd),
        })),
        _ => Err(format!(
            "the ground sample distance of '{}', {gsd} m, is no multiple of that of '{}', {} m",
            sigma.name, other.name, other.gsd
        )),
    }
}

/// Checked ports.
pub(super) fn ports(key: &str, raw: Vec<RawPort>, kind: Kind) -> Result<Vec<Port>, String> {
    let port = |p: RawPort| {
        let named = |n: &String| {
            Band::parse(n).ok_or_else(|| {
                format!(
                    "{key} names '{}', which is no band of Sentinel-2",
                    shown(n.as_bytes())
                )
            })
        };
        if !is_name(&p.name) {
            return Err(format!(
                "{key} names '{}', which is no name",
                shown(p.name.as_bytes())
            ));
        }
        // A single-band network takes any band; what is written there ("*") is for readers.
        let bands = if kind == Kind::Fusion {
            p.bands.iter().map(named).collect::<Result<_, _>>()?
        } else {
            Vec::new()
        };
        Ok(Port {
            name: p.name,
            bands,
            gsd: if kind == Kind::Fusion { p.gsd } else { 0 },
            factor: p.factor.unwrap_or(1),
        })
    };
    raw.into_iter().map(port).collect()
}
