//! The contract that a model file carries in its metadata: what goes in, what comes out, and how
//! far it sees.

mod ports;

use serde::Serialize;

use self::ports::{ports, raw_ports, sigma};
use super::{is_name, shown};
use crate::error::Fault;
use crate::raster::band::Band;

/// An entry of the metadata is not longer, in bytes.
const LONGEST_ENTRY: usize = 16 << 10;
/// Inputs of a network.
const MOST_INPUTS: usize = 8;
/// The coarsest ground sample distance, in m; Sentinel-2's is 60.
const COARSEST: u32 = 1000;
/// The bound of halo and multiple, in pixels of the coarsest input. Real networks see up to some 30
/// pixels around.
const FARTHEST: i64 = 256;
/// The same in pixels of the finest port. A tile is read with the halo on each side, so this bounds
/// its memory and work.
const FARTHEST_FINE: i64 = 1024;
/// What DN can sensibly be divided by: from 10000 times their own size to a hundredth of it.
const DIVISORS: std::ops::RangeInclusive<f64> = 1e-3..=1e6;

/// What kind of network it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// An output of the graph for expected errors: as many bands as the other, in the same unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Sigma {
    /// The graph's name for it.
    pub name: String,
    /// How many pixels of the other output lie along one of this.
    pub side: i64,
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
    /// The graph's output for the expected errors of the bands of `outputs[0]`, if it has one; since
    /// contract 2.
    pub sigma: Option<Sigma>,
    /// What DN (offset removed) are divided by.
    pub divisor: f64,
    /// Receptive radius in pixels of the coarsest input, rounded up to `multiple`.
    pub halo: i64,
    /// Tile sizes are multiples of this, in pixels of the coarsest input; 1 of a single-band network.
    pub multiple: i64,
}

impl Contract {
    /// Reads and checks the contract. `item` gives the metadata entry of a key, if the file has it.
    pub fn read(item: impl Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let need = |key: &str| {
            let value = item(key).ok_or_else(|| {
                format!("its metadata has no {key}, so it carries no contract that s2sr knows")
            })?;
            if value.len() > LONGEST_ENTRY {
                return Err(format!("its {key} is longer than {LONGEST_ENTRY} bytes"));
            }
            Ok(value)
        };
        let version = need("s2sr.contract")?;
        if !["1", "2"].contains(&version.as_str()) {
            return Err(format!(
                "its contract is of version {}, this s2sr reads versions 1 and 2; update s2sr",
                shown(version.as_bytes())
            )
            .into());
        }
        let kind = match need("s2sr.kind")?.as_str() {
            "fusion" => Kind::Fusion,
            "single-band" => Kind::SingleBand,
            other => {
                return Err(format!(
                    "s2sr.kind is '{}', not fusion or single-band",
                    shown(other.as_bytes())
                )
                .into());
            }
        };
        let wrong = |key: &str, text: &str, wanted: &str| {
            format!("{key} is '{}', not {wanted}", shown(text.as_bytes()))
        };
        let whole = |key: &str, low: i64| {
            let text = need(key)?;
            let value = text.parse().ok().filter(|v| (low..=FARTHEST).contains(v));
            value.ok_or_else(|| wrong(key, &text, &format!("a number from {low} to {FARTHEST}")))
        };
        let name = |key: &str| {
            let text = need(key)?;
            if is_name(&text) {
                Ok(text)
            } else {
                Err(wrong(key, &text, "up to 100 letters, digits and signs"))
            }
        };
        let divisor = || {
            let text = need("s2sr.divisor")?;
            let value = text.parse().ok().filter(|v| DIVISORS.contains(v));
            value.ok_or_else(|| {
                wrong(
                    "s2sr.divisor",
                    &text,
                    &format!("a number from {} to {}", DIVISORS.start(), DIVISORS.end()),
                )
            })
        };
        let inputs = raw_ports("s2sr.inputs", &need("s2sr.inputs")?)?;
        let outputs = raw_ports("s2sr.outputs", &need("s2sr.outputs")?)?;
        let (errors, outputs): (Vec<_>, Vec<_>) =
            outputs.into_iter().partition(|p| p.sigma_of.is_some());
        if version == "1" && !errors.is_empty() {
            return Err("its s2sr.outputs has sigma_of, which is of contract 2".into());
        }
        let multiple = whole("s2sr.multiple", 1)?;
        let sigma = sigma(&errors, &outputs, kind)?;
        let contract = Contract {
            name: name("s2sr.name")?,
            version: name("s2sr.version")?,
            kind,
            sigma,
            inputs: ports("s2sr.inputs", inputs, kind)?,
            outputs: ports("s2sr.outputs", outputs, kind)?,
            divisor: divisor()?,
            // Tiles are read with the halo on each side, and are whole multiples with it, too.
            halo: (whole("s2sr.halo", 0)? + multiple - 1) / multiple * multiple,
            multiple,
        };
        contract.check()?;
        Ok(contract)
    }

    fn check(&self) -> Result<(), String> {
        match self.kind {
            Kind::SingleBand => self.check_single()?,
            Kind::Fusion => self.check_fusion()?,
        }
        let finer = self.finer();
        if self.halo.max(self.multiple) * finer > FARTHEST_FINE {
            let farthest = FARTHEST_FINE / finer;
            return Err(format!(
                "its halo of {} or its multiple of {} is beyond {farthest}, which bounds the \
                 work on a tile",
                self.halo, self.multiple
            ));
        }
        Ok(())
    }

    fn check_single(&self) -> Result<(), String> {
        if self.inputs.len() != 1 || self.outputs.len() != 1 {
            return Err("a single-band model has one input and one output".into());
        }
        if !(2..=8).contains(&self.factor()) {
            return Err(format!("its factor {} is not from 2 to 8", self.factor()));
        }
        if self.multiple != 1 {
            let why = "a single-band model is given images of any size";
            return Err(format!("its s2sr.multiple is {}, but {why}", self.multiple));
        }
        Ok(())
    }

    fn check_fusion(&self) -> Result<(), String> {
        if self.inputs.is_empty() || self.inputs.len() > MOST_INPUTS || self.outputs.len() != 1 {
            return Err(format!(
                "a fusion model has one to {MOST_INPUTS} inputs and one output"
            ));
        }
        let output = &self.outputs[0];
        let ports = || self.inputs.iter().chain(&self.outputs);
        if let Some(p) = ports().find(|p| p.bands.is_empty() || !(1..=COARSEST).contains(&p.gsd)) {
            return Err(format!(
                "'{}' names no bands, or its ground sample distance is not from 1 to {COARSEST} m",
                p.name
            ));
        }
        if let Some(name) = twice(self.inputs.iter().map(|p| &p.name)) {
            return Err(format!("it has the input '{name}' twice"));
        }
        if let Some(band) = twice(self.input_bands()).or(twice(output.bands.iter().copied())) {
            return Err(format!("it names {band} twice"));
        }
        if let Some(b) = output
            .bands
            .iter()
            .find(|b| self.input_bands().all(|known| known != **b))
        {
            return Err(format!("it gives {b}, which is not among its inputs"));
        }
        let mut gsds: Vec<u32> = ports().map(|p| p.gsd).collect();
        gsds.sort_unstable();
        if gsds[0] != output.gsd || gsds.windows(2).any(|pair| !pair[1].is_multiple_of(pair[0])) {
            let gsds: Vec<String> = gsds.iter().map(u32::to_string).collect();
            return Err(format!(
                "its ground sample distances of {} m do not each divide the next, the output's \
                 first",
                gsds.join(", ")
            ));
        }
        if let Some(sigma) = self.sigma.as_ref().filter(|s| self.finer() % s.side != 0) {
            return Err(format!(
                "the expected errors '{}' are {} times coarser than the output, which no whole \
                 number of times is its coarsest input",
                sigma.name, sigma.side
            ));
        }
        Ok(())
    }

    /// How many pixels of the finest port lie along one of the coarsest.
    fn finer(&self) -> i64 {
        match self.kind {
            Kind::SingleBand => self.factor(),
            Kind::Fusion => i64::from(self.coarsest() / self.outputs[0].gsd),
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

    /// The graph's outputs that a run gives: the bands, then their expected errors if it has those.
    /// Each with how many pixels of the first lie along one of it.
    pub fn run_outputs(&self) -> impl Iterator<Item = (&str, i64)> {
        let bands = self.outputs.iter().map(|o| (o.name.as_str(), 1));
        bands.chain(self.sigma.iter().map(|s| (s.name.as_str(), s.side)))
    }

    /// Every band that goes in (fusion).
    pub fn input_bands(&self) -> impl Iterator<Item = Band> + '_ {
        self.inputs.iter().flat_map(|p| p.bands.iter().copied())
    }
}

/// What comes twice, if anything does.
fn twice<T: PartialEq + Clone>(items: impl Iterator<Item = T>) -> Option<T> {
    let items: Vec<T> = items.collect();
    items
        .iter()
        .enumerate()
        .find(|(i, item)| items[..*i].contains(item))
        .map(|(_, item)| item.clone())
}

#[cfg(test)]
mod tests;
