//! How far from its edges the image that one of a network's operators gives is of no use: what a
//! network gives there is cut off with its halo. Our operators leave it out.

use std::collections::HashMap;

use super::contract::Contract;
use super::wire::{messages, number, numbers, text};
use crate::kernels::{DOMAIN, Spared, kind};

// Fields of ONNX's messages (onnx-ml.proto).
const GRAPH: u32 = 7;
const NODE: u32 = 1;
const INITIALIZER: u32 = 5;

/// The length of a pixel that the operator gives: lengths are whole numbers on all grids beside it.
const UNIT: u64 = 64 * 81;

/// What an image has of what the operator gives.
#[derive(Clone, Copy)]
struct Seen {
    /// The length of its pixels.
    pixel: u64,
    /// How far away the farthest pixel of that is that a pixel needs.
    reach: u64,
}

/// `None` where a file says sizes that no image has.
impl Seen {
    /// The same in pixels so many times finer.
    fn finer(self, side: u64) -> Option<Self> {
        let pixel = self.pixel.is_multiple_of(side).then(|| self.pixel / side)?;
        Some(Self { pixel, ..self })
    }

    /// The same in pixels so many times coarser.
    fn coarser(self, side: u64) -> Option<Self> {
        let pixel = self.pixel.checked_mul(side)?;
        let reach = self.reach.checked_next_multiple_of(pixel)?;
        Some(Self { pixel, reach })
    }

    /// What sees so many pixels of it around each one.
    fn farther(self, pixels: u64) -> Option<Self> {
        let reach = self.reach.checked_add(pixels.checked_mul(self.pixel)?)?;
        Some(Self { reach, ..self })
    }
}

/// Pixels at each edge of what the operator of this name gives that no pixel needs that is farther
/// than the halo from the edges. None where the graph is not of a kind that is known.
pub fn around(model: &[u8], contract: &Contract, name: &str) -> Spared {
    known(text(model, GRAPH), contract, name).unwrap_or_default()
}

fn known(graph: &[u8], contract: &Contract, name: &str) -> Option<Spared> {
    let mut images: HashMap<&[u8], Seen> = HashMap::new();
    for node in messages(graph, NODE) {
        let made = match (text(node, 4) == name.as_bytes(), images.is_empty()) {
            (true, true) => Some(Seen {
                pixel: UNIT,
                reach: 0,
            }),
            // All of a name leave out as much, which fits one.
            (true, false) => return None,
            _ => through(graph, node, &images)?,
        };
        if let Some(made) = made {
            images.extend(messages(node, 2).map(|name| (name, made)));
        }
    }
    let gsd = contract.inputs.iter().map(|port| port.gsd).max()?;
    let output = contract.outputs.first()?;
    let finer = match gsd {
        0 => output.factor.try_into().ok()?,
        _ => u64::from(gsd.checked_div(output.gsd)?),
    };
    let halo = u64::try_from(contract.halo).ok()?.checked_mul(finer)?;
    // An output that has nothing of it does not count.
    let outputs: Vec<(&Seen, u64)> = contract
        .run_outputs()
        .filter_map(|(name, side)| Some((images.get(name.as_bytes())?, side)))
        .map(|(seen, side)| {
            let pixels = halo.checked_div(u64::try_from(side).ok()?)?;
            Some((seen, pixels.checked_mul(seen.pixel)?))
        })
        .collect::<Option<_>>()?;
    let edge = |(seen, halo): &(&Seen, u64)| halo.checked_sub(seen.reach);
    let edges: Vec<u64> = outputs.iter().map(edge).collect::<Option<_>>()?;
    Some(Spared {
        edge: usize::try_from(edges.into_iter().min()? / UNIT).ok()?,
        halo: usize::try_from(outputs.first()?.1 / UNIT).ok()?,
    })
}

/// What a node's result has of what the operator gives, if anything; nothing is known where the operator
/// is not one of those here.
#[expect(clippy::option_option, reason = "unknown is not nothing")]
fn through(graph: &[u8], node: &[u8], images: &HashMap<&[u8], Seen>) -> Option<Option<Seen>> {
    let inputs: Vec<Option<Seen>> = messages(node, 1)
        .map(|name| images.get(name).copied())
        .collect();
    let together = |inputs: &[Option<Seen>]| {
        inputs.iter().flatten().copied().reduce(|a, b| Seen {
            pixel: a.pixel.max(b.pixel),
            reach: a.reach.max(b.reach),
        })
    };
    let Some(all) = together(&inputs) else {
        return Some(None);
    };
    let side = attribute(node, "side").map_or(1, |a| number(a, 3).max(1));
    let first = inputs.first().copied().flatten();
    Some(Some(match operator(node) {
        "Filters" => {
            let kernel = messages(node, 1).nth(1)?;
            let kernel = messages(graph, INITIALIZER).find(|i| text(i, 8) == kernel)?;
            let sees = numbers(kernel, 1).nth(2)? / 2;
            let farther = match first {
                Some(seen) => Some(seen.farther(sees)?),
                None => None,
            };
            together(&[farther, inputs.get(2).copied().flatten()])?
        }
        "Convolutions" => {
            let mut sides = attribute(node, "sides")
                .into_iter()
                .flat_map(|a| numbers(a, 8));
            let mut unfolded = Vec::new();
            for image in &inputs {
                let side = sides.next().unwrap_or(1).max(1);
                if let Some(seen) = image {
                    unfolded.push(Some(seen.finer(side)?));
                }
            }
            let layers = attribute(node, "relu").map_or(0, |a| numbers(a, 8).count() as u64);
            let fold = attribute(node, "fold").map_or(1, |a| number(a, 3).max(1));
            together(&unfolded)?.farther(layers)?.coarser(fold)?
        }
        "Unfold" => {
            let unfolded = match first {
                Some(seen) => Some(seen.finer(side)?),
                None => None,
            };
            // What is added is as fine as the result.
            together(&[unfolded, inputs.get(1).copied().flatten()])?
        }
        "Fold" => all.coarser(side)?,
        "Gather" if attribute(node, "axis").is_some_and(|axis| number(axis, 3) == 1) => first?,
        "Conv" if numbers(attribute(node, "kernel_shape")?, 8).all(|side| side == 1) => first?,
        "Doubt" | "Products" | "Identity" | "Add" | "Sub" | "Mul" | "Abs" | "Relu" | "Exp" => all,
        _ => return None,
    }))
}

/// The kind of a node's operator.
pub fn operator(node: &[u8]) -> &str {
    let name = std::str::from_utf8(text(node, 4)).unwrap_or_default();
    match text(node, 7) {
        domain if domain == DOMAIN.as_bytes() => kind(name),
        b"" => name,
        _ => "",
    }
}

fn attribute<'a>(node: &'a [u8], name: &str) -> Option<&'a [u8]> {
    messages(node, 5).find(|attribute| text(attribute, 1) == name.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::ModelFile;

    #[test]
    fn what_is_cut_off_is_not_convolved() {
        // By hand: halo, less what the filters and layers behind the convolutions see, in pixels
        // of what they give. Behind the expected errors there is none.
        for (name, kind, edge, halo) in [
            ("fast-t2x", "Convolutions", 17 - 6 - 2, 17),
            ("fast-t2x", "Convolutions_2", 17 - 6, 17),
            ("fast-t2x", "Doubt", 17, 17),
            ("fast-s6x", "Convolutions", 3 * (13 - 6), 39),
            ("fast-s6x", "Doubt", 39, 39),
        ] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
            let file = ModelFile::read(&folder.join(format!("{name}.onnx"))).unwrap();
            let bytes = file.take_bytes().unwrap();
            let spared = around(&bytes, &file.contract, kind);
            assert_eq!(spared, Spared { edge, halo }, "{name}: {kind}");
        }
    }

    #[test]
    fn of_two_operators_of_a_name_nothing_is_spared() {
        use crate::model::writer::{Model, node};
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dummy-t2x.onnx");
        let contract = ModelFile::read(&file).unwrap().contract;
        let abs = |from: &'static str, to: &'static str| node("Abs", &[from], to, &[]);
        let of = |nodes: Vec<_>| around(&Model::of(nodes).bytes(), &contract, "Abs");
        assert_ne!(of(vec![abs("b10", "y")]), Spared::default());
        let two = vec![
            abs("b10", "a"),
            abs("b20", "b"),
            node("Add", &["a", "b"], "y", &[]),
        ];
        assert_eq!(of(two), Spared::default());
    }

    #[test]
    fn an_image_that_unfolded_ones_are_added_to_counts_as_it_is() {
        use crate::model::writer::{Model, bytes, int, node};
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dummy-t2x.onnx");
        let contract = ModelFile::read(&file).unwrap().contract;
        let of = |nodes: Vec<_>| around(&Model::of(nodes).bytes(), &contract, "Abs");
        let abs = |to: &'static str| node("Abs", &["b10"], to, &[]);
        let unfold = node("Unfold", &["b20", "a"], "y", &[int("side", 2)]);
        let unfold = [unfold, bytes(7, DOMAIN)].concat();
        assert_eq!(of(vec![abs("a"), unfold]), of(vec![abs("y")]));
    }

    #[test]
    fn where_a_file_says_sizes_that_no_image_has_nothing_is_spared() {
        use crate::model::writer::{Model, bytes, int, ints, node};
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dummy-t2x.onnx");
        let contract = ModelFile::read(&file).unwrap().contract;
        let relu = || ints("relu", &[0]);
        for (operator, attributes) in [
            ("Convolutions", vec![relu(), ints("sides", &[-1])]),
            ("Convolutions", vec![relu(), ints("sides", &[i64::MAX])]),
            ("Convolutions", vec![relu(), int("fold", i64::MIN)]),
            ("Convolutions", vec![relu(), int("fold", -1)]),
            ("Fold", vec![int("side", i64::MIN)]),
            ("Unfold", vec![int("side", -1)]),
        ] {
            let ours = node(operator, &["a"], "y", &attributes);
            let ours = [ours, bytes(7, DOMAIN)].concat();
            let graph = Model::of([node("Abs", &["b10"], "a", &[]), ours]);
            let spared = around(&graph.bytes(), &contract, "Abs");
            assert_eq!(spared, Spared::default(), "{operator}");
        }
    }

    #[test]
    fn of_a_graph_that_is_not_known_nothing_is_spared() {
        use crate::model::writer::{Model, node};
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dummy-t2x.onnx");
        let contract = ModelFile::read(&file).unwrap().contract;
        let strange = Model::of([node("Neg", &["x"], "y", &[])]);
        assert_eq!(
            around(&strange.bytes(), &contract, "Convolutions"),
            Spared::default()
        );
    }
}
