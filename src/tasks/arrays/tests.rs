use super::*;
use crate::model::contract::Port;
use crate::raster::band::Band;
use crate::raster::radiometry::DataType;

fn contract() -> Contract {
    let port = |name: &str, gsd, names: &[&str]| Port {
        name: name.into(),
        bands: names.iter().filter_map(|n| Band::parse(n)).collect(),
        gsd,
        factor: 1,
    };
    Contract {
        name: "t".into(),
        version: "1".into(),
        kind: Kind::Fusion,
        inputs: vec![port("b10", 10, &["B2", "B3"]), port("b20", 20, &["B5"])],
        outputs: vec![port("y", 10, &["B5"])],
        sigma: None,
        divisor: 1.0,
        halo: 1,
        multiple: 1,
    }
}

#[test]
fn shapes_follow_the_coarsest_input() {
    assert_eq!(
        output_shape(&contract(), &[(2, 20, 40), (1, 10, 20)]).unwrap(),
        (1, 20, 40)
    );
    let wrong = output_shape(&contract(), &[(2, 21, 40), (1, 10, 20)])
        .unwrap_err()
        .to_string();
    assert!(
        wrong.contains("'b10'") && wrong.contains("20 x 40"),
        "{wrong}"
    );
    assert!(output_shape(&contract(), &[(2, 20, 40)]).is_err());
    assert!(output_shape(&contract(), &[(2, 0, 0), (1, 0, 0)]).is_err());
}

/// Bands of a network's inputs at its native sizes, `n` pixels of the coarsest.
fn inputs(contract: &Contract, n: usize) -> Vec<Vec<Plane>> {
    let value = |b: usize, r: usize, c: usize| 900.0 + ((b * 131 + r * 37 + c * 11) % 701) as f32;
    let size = |p: &Port| n * contract.coarsest().checked_div(p.gsd).unwrap_or(1) as usize;
    let count = |p: &Port| p.bands.len().max(if p.gsd == 0 { 5 } else { 0 });
    let plane = |b: usize, n: usize| Plane {
        data: Array2::from_shape_fn((n, n), |(r, c)| value(b, r, c)),
        invalid: None,
    };
    contract
        .inputs
        .iter()
        .map(|p| (0..count(p)).map(|b| plane(b, size(p))).collect())
        .collect()
}

#[test]
fn several_tiles_or_bands_at_once_give_what_one_at_a_time_gives() {
    for name in ["dummy-t2x", "dummy-x2"] {
        let file = crate::model::ModelFile::read(
            &std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(format!("tests/data/{name}.onnx")),
        )
        .unwrap();
        let radiometry = Radiometry {
            quantification: 10000.0,
            add_offset: 0.0,
            nodata: None,
        };
        let numbers = Numbers {
            radiometry,
            storage: Storage {
                dtype: DataType::UInt16,
                nodata: Some(0.0),
            },
        };
        let results = [1, 3].map(|batch| {
            let mut network = Network::open(&file, &Options::default()).unwrap();
            network.batch = batch;
            let inputs = in_memory(inputs(&file.contract, 20));
            let shapes: Vec<Shape> = inputs.iter().map(shape).collect();
            let fusion = file.contract.kind == Kind::Fusion;
            let job = if fusion {
                fusion_job(&file.contract, &shapes, numbers)
            } else {
                single_job(&file.contract, shapes[0], numbers)
            };
            let tiles = Engine::with(Arc::new(job), vec![Arc::new(network)], &Options::default());
            let mut readers = Readers::from_sources(inputs.into_iter().flatten().collect());
            let parts = crate::raster::tiling::tiles(tiles.job.whole, 12)
                .map(|t| tiles.read(&mut readers, t).unwrap())
                .collect();
            tiles
                .infer_many(parts, &crate::model::Cancel::default())
                .unwrap()
        });
        assert_eq!(results[0], results[1], "{name}");
    }
}
