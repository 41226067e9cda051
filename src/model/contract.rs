//! The contract that a model file carries in its metadata: what goes in, what comes out, and how far it sees.

use serde::{Deserialize, Serialize};

use crate::core::band::Band;

/// What kind of network it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Bands of several ground sample distances in, some of them sharpened out.
    Fusion,
    /// Any single band in, the same band enlarged out.
    SingleBand,
}

/// One input or output of the graph: shape (batch, bands, rows, columns), 32-bit floats.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// The graph's name for it.
    pub name: String,
    /// Its bands in order; empty for a single-band network, which takes any.
    pub bands: Vec<Band>,
    /// Ground sample distance in m; 0 for a single-band network.
    pub gsd: u32,
    /// Single-band outputs: how many times finer than the input; 1 otherwise.
    pub factor: i64,
}

/// A validated contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The model's name.
    pub name: String,
    /// The model's version.
    pub version: String,
    /// What kind of network it is.
    pub kind: Kind,
    /// The graph's inputs.
    pub inputs: Vec<Port>,
    /// The graph's outputs.
    pub outputs: Vec<Port>,
    /// What DN (offset removed) are divided by.
    pub divisor: f64,
    /// Receptive radius in pixels of the coarsest input.
    pub halo: i64,
    /// Tile sizes are multiples of this, in pixels of the coarsest input.
    pub multiple: i64,
}

#[derive(Deserialize)]
struct RawPort {
    name: String,
    #[serde(default)]
    bands: Vec<String>,
    #[serde(default)]
    gsd: u32,
    factor: Option<i64>,
}

impl Contract {
    /// Reads and checks the contract. `item` gives the metadata entry of a key, if the file has it.
    pub fn read(item: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let need = |key: &str| item(key).ok_or_else(|| format!("its metadata has no {key}, so it carries no contract that s2sr knows"));
        let version = need("s2sr.contract")?;
        if version != "1" {
            return Err(format!("its contract is of version {version}, this s2sr reads version 1; update s2sr"));
        }
        let kind = match need("s2sr.kind")?.as_str() {
            "fusion" => Kind::Fusion,
            "single-band" => Kind::SingleBand,
            other => return Err(format!("s2sr.kind is '{other}', not fusion or single-band")),
        };
        let whole = |key: &str, low: i64| {
            let text = need(key)?;
            text.parse().ok().filter(|v| (low..=4096).contains(v)).ok_or(format!("{key} is '{text}', not a number from {low} to 4096"))
        };
        let divisor = need("s2sr.divisor")?;
        let contract = Contract {
            name: need("s2sr.name")?,
            version: need("s2sr.version")?,
            kind,
            inputs: ports("s2sr.inputs", &need("s2sr.inputs")?, kind)?,
            outputs: ports("s2sr.outputs", &need("s2sr.outputs")?, kind)?,
            divisor: divisor.parse().ok().filter(|v: &f64| v.is_finite() && *v > 0.0).ok_or(format!("s2sr.divisor is '{divisor}', not a positive number"))?,
            halo: whole("s2sr.halo", 0)?,
            multiple: whole("s2sr.multiple", 1)?,
        };
        contract.check()?;
        Ok(contract)
    }

    fn check(&self) -> Result<(), String> {
        if self.kind == Kind::SingleBand {
            if self.inputs.len() != 1 || self.outputs.len() != 1 {
                return Err("a single-band model has one input and one output".into());
            }
            if !(2..=8).contains(&self.factor()) {
                return Err(format!("its factor {} is not from 2 to 8", self.factor()));
            }
            return Ok(());
        }
        let coarsest = self.coarsest();
        for p in self.inputs.iter().chain(&self.outputs) {
            if p.gsd == 0 || p.bands.is_empty() || !coarsest.is_multiple_of(p.gsd) {
                return Err(format!("'{}' names no bands, or its ground sample distance does not divide {coarsest} m", p.name));
            }
        }
        if self.outputs.len() != 1 {
            return Err("a fusion model has one output".into());
        }
        let known = |b: &Band| self.inputs.iter().any(|p| p.bands.contains(b));
        match self.outputs[0].bands.iter().find(|b| !known(b)) {
            Some(b) => Err(format!("it gives {b}, which is not among its inputs")),
            None => Ok(()),
        }
    }

    /// The coarsest ground sample distance among the inputs, in m (fusion).
    pub fn coarsest(&self) -> u32 {
        self.inputs.iter().map(|p| p.gsd).max().unwrap_or(0)
    }

    /// How many times finer the output is (single-band).
    pub fn factor(&self) -> i64 {
        self.outputs[0].factor
    }

    /// Every band that goes in (fusion).
    pub fn input_bands(&self) -> impl Iterator<Item = Band> + '_ {
        self.inputs.iter().flat_map(|p| p.bands.iter().copied())
    }
}

fn ports(key: &str, json: &str, kind: Kind) -> Result<Vec<Port>, String> {
    let raw: Vec<RawPort> = serde_json::from_str(json).map_err(|e| format!("{key} cannot be read ({e})"))?;
    let port = |p: RawPort| {
        let named = |n: &String| Band::parse(n).ok_or(format!("{key} names '{n}', which is no band of Sentinel-2"));
        // A single-band network takes any band; what is written there ("*") is for readers.
        let bands = if kind == Kind::Fusion { p.bands.iter().map(named).collect::<Result<_, _>>()? } else { Vec::new() };
        Ok(Port { name: p.name, bands, gsd: if kind == Kind::Fusion { p.gsd } else { 0 }, factor: p.factor.unwrap_or(1) })
    };
    raw.into_iter().map(port).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fusion(key: &str, value: &str) -> Result<Contract, String> {
        let items = [
            ("s2sr.contract", "1"),
            ("s2sr.name", "t"),
            ("s2sr.version", "1.0.0"),
            ("s2sr.kind", "fusion"),
            ("s2sr.inputs", r#"[{"name":"b10","gsd":10,"bands":["B2"]},{"name":"b20","gsd":20,"bands":["B5"]}]"#),
            ("s2sr.outputs", r#"[{"name":"y","gsd":10,"bands":["B5"]}]"#),
            ("s2sr.divisor", "2000"),
            ("s2sr.halo", "9"),
            ("s2sr.multiple", "1"),
        ];
        Contract::read(|k| if k == key { (!value.is_empty()).then(|| value.into()) } else { items.iter().find(|i| i.0 == k).map(|i| i.1.into()) })
    }

    #[test]
    fn a_whole_contract_is_read() {
        let c = fusion("", "").unwrap();
        assert_eq!((c.coarsest(), c.halo, c.inputs.len(), c.divisor), (20, 9, 2, 2000.0));
    }

    #[test]
    fn a_broken_contract_is_refused_and_the_entry_named() {
        for (key, value) in [
            ("s2sr.contract", ""),
            ("s2sr.contract", "2"),
            ("s2sr.kind", "gan"),
            ("s2sr.inputs", "{"),
            ("s2sr.inputs", r#"[{"name":"b","gsd":0,"bands":["B2"]}]"#),
            ("s2sr.outputs", r#"[{"name":"y","gsd":10,"bands":["B11"]}]"#),
            ("s2sr.divisor", "0"),
            ("s2sr.halo", "-1"),
            ("s2sr.multiple", "1e9"),
        ] {
            assert!(fusion(key, value).is_err(), "{key}={value}");
        }
        assert!(fusion("s2sr.halo", "x").unwrap_err().contains("s2sr.halo"));
    }
}
