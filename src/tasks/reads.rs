//! How often pixels are read: sources that count, in place of files, under the whole way of a tile.

pub(super) mod counting;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use ndarray::{Array2, s};

use super::bands::{Bands, Given};
use super::pipeline::each_tile;
use crate::engine::{Engine, Readers, Shelf, reads};
use crate::model::Cancel;
use crate::options::Options;
use crate::raster::band::Band;
use crate::raster::grid::{Grid, Rect};
use crate::raster::plane::Source;
use crate::raster::radiometry::DataType;
use crate::raster::tiling::tiles;
use counting::{BLOCK, Counting, RADIOMETRY, SIZE};

const BANDS: [(&str, i64); 12] = [
    ("B1", 60),
    ("B2", 10),
    ("B3", 10),
    ("B4", 10),
    ("B5", 20),
    ("B6", 20),
    ("B7", 20),
    ("B8", 10),
    ("B8A", 20),
    ("B9", 60),
    ("B11", 20),
    ("B12", 20),
];
/// It looks beyond its tiles, and takes the bands of all three grids.
const NETWORK: &str = "tests/data/dummy-s6x.onnx";

pub(super) fn options(threads: usize, tile: i64) -> Options {
    let mut options = Options::default();
    let network = Path::new(env!("CARGO_MANIFEST_DIR")).join(NETWORK);
    options.set("model", network.to_str().unwrap()).unwrap();
    options.set("threads", threads.to_string()).unwrap();
    options.set("tile", tile.to_string()).unwrap();
    options
}

pub(super) fn planned(options: &Options) -> Bands {
    let given = |(name, gsd): &(&str, i64)| Given {
        band: Band::parse(name).unwrap(),
        grid: Grid {
            west: 600_000.0,
            north: 5_000_000.0,
            gsd: *gsd as f64,
            cols: SIZE * 10 / gsd,
            rows: SIZE * 10 / gsd,
        },
        dtype: DataType::UInt16,
        radiometry: RADIOMETRY,
    };
    let given: Vec<Given> = BANDS.iter().map(given).collect();
    Bands::plan(&given, options).unwrap()
}

/// A source for each band that an engine reads, in its order.
pub(super) fn sources(engine: &Engine, make: impl Fn(i64) -> Counting) -> Vec<Counting> {
    let gsd = |band: Band| BANDS.iter().find(|b| b.0 == band.name()).unwrap().1;
    let natives = engine.job.natives.iter();
    natives.map(|n| make(gsd(n.band))).collect()
}

pub(super) fn readers(sources: &[Counting]) -> Readers {
    let boxed = |s: &Counting| Box::new(s.clone()) as Box<dyn Source>;
    Readers::from_sources(sources.iter().map(boxed).collect())
}

/// That each block of the window was read once. What lies around it, for the networks and for the
/// filling of invalid pixels, may have been read once; nothing else was.
fn each_needed_block_was_read_once(engine: &Engine, sources: &[Counting], case: &str) {
    for (n, (source, most)) in sources.iter().zip(reads(&engine.job)).enumerate() {
        let native = &engine.job.natives[n];
        let least = source.touched(engine.job.window.coarser(native.placed.ratio));
        let most = source.touched(most.unwrap());
        let found = source.counts.lock().unwrap().clone();
        let fits = |(found, (least, most)): (&u32, (&u32, &u32))| least <= found && found <= most;
        assert!(
            found.iter().zip(least.iter().zip(&most)).all(fits),
            "{case}: blocks of {}: {found:?}",
            native.band
        );
    }
}

#[test]
fn a_run_reads_each_block_of_a_file_once_however_it_is_cut_into_tiles() {
    let whole = Rect::new(0, 0, SIZE, SIZE);
    let inner = Rect::new(61, 33, 77, 100);
    for (window, tile, threads) in [
        (whole, 240, 2),
        (whole, 60, 1),
        (whole, 60, 3),
        (inner, 60, 2),
    ] {
        for (holes, many) in [(false, false), (true, true)] {
            let case = format!("{window:?}, tiles of {tile}, {threads} threads, holes {holes}");
            let options = options(threads, tile);
            let job = Arc::new(planned(&options).job().clone());
            let engine = Engine::open(job, &options).unwrap().on(window);
            let sources = sources(&engine, |gsd| Counting::new(gsd, BLOCK, holes, many));
            let mut sink = |_: Rect, _: Vec<Array2<f32>>| Ok(());
            let readers = readers(&sources);
            each_tile(&engine, readers, tile, &mut |_, _| true, &mut sink).unwrap();
            each_needed_block_was_read_once(&engine, &sources, &case);
        }
    }
}

/// As pixel-interleaved files have it: who decodes a block for one band has it for all.
#[test]
fn a_block_that_holds_several_bands_is_read_once_for_all_of_them() {
    for (tile, threads, many) in [
        (240, 2, false),
        (60, 1, false),
        (60, 3, true),
        (60, 4, true),
    ] {
        for holes in [false, true] {
            let options = options(threads, tile);
            let job = Arc::new(planned(&options).job().clone());
            let engine = Engine::open(job, &options).unwrap();
            // A file for each pixel size.
            let mut files: HashMap<i64, (Counting, usize)> = HashMap::new();
            let gsd = |band: Band| BANDS.iter().find(|b| b.0 == band.name()).unwrap().1;
            for native in &engine.job.natives {
                let new = || (Counting::new(gsd(native.band), BLOCK, holes, many), 0);
                files.entry(gsd(native.band)).or_insert_with(new).1 += 1;
            }
            for (file, bands) in files.values_mut() {
                *file = file.opened(*bands);
            }
            let natives = engine.job.natives.iter();
            let sources: Vec<_> = natives.map(|n| files[&gsd(n.band)].0.clone()).collect();
            let mut sink = |_: Rect, _: Vec<Array2<f32>>| Ok(());
            each_tile(
                &engine,
                readers(&sources),
                tile,
                &mut |_, _| true,
                &mut sink,
            )
            .unwrap();
            let case = format!("tiles of {tile}, {threads} threads, holes {holes}");
            each_needed_block_was_read_once(&engine, &sources, &case);
        }
    }
}

#[test]
fn a_tile_alone_reads_each_block_once() {
    for holes in [false, true] {
        let options = options(2, 60);
        let job = Arc::new(planned(&options).job().clone());
        let whole = Engine::open(job, &options).unwrap();
        for tile in tiles(whole.job.window, 120) {
            let engine = whole.on(tile);
            let sources = sources(&engine, |gsd| Counting::new(gsd, BLOCK, holes, false));
            engine.read_alone(&mut readers(&sources), tile).unwrap();
            let case = format!("{tile:?}, holes {holes}");
            each_needed_block_was_read_once(&engine, &sources, &case);
        }
    }
}

/// A tile may be read before all that it may need was decoded.
#[test]
fn who_decodes_ahead_ends_when_the_last_tile_was_read() {
    let options = options(2, 60);
    let job = Arc::new(planned(&options).job().clone());
    let engine = Engine::open(job, &options).unwrap();
    let sources = sources(&engine, |gsd| Counting::new(gsd, BLOCK, false, false));
    let list: Vec<Rect> = tiles(engine.job.window, 60).collect();
    let (shelf, _readers) =
        Shelf::new(&engine.job, &list, readers(&sources), 2, &Cancel::default());
    for tile in 0..list.len() {
        shelf.read(tile).unwrap();
    }
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(shelf.work().is_ok()));
    assert_eq!(end.recv_timeout(Duration::from_secs(20)), Ok(true));
}

/// Whatever the size of a block, what is kept of it is what later tiles need.
#[test]
fn nothing_is_kept_that_no_later_tile_needs() {
    let options = options(1, 60);
    let job = Arc::new(planned(&options).job().clone());
    let engine = Engine::open(job, &options).unwrap();
    let whole_band = (SIZE, SIZE);
    let sources = sources(&engine, |gsd| Counting::new(gsd, whole_band, false, false));
    let list: Vec<Rect> = tiles(engine.job.window, 60).collect();
    let (shelf, mut readers) =
        Shelf::new(&engine.job, &list, readers(&sources), 1, &Cancel::default());
    let area = |rect: &Rect| rect.w * rect.h;
    let last = reads(&engine.on(list[list.len() - 1]).job);
    for (number, tile) in list.iter().enumerate() {
        engine.read(&mut readers, *tile).unwrap();
        shelf.read(number).unwrap();
        if number + 2 == list.len() {
            assert_eq!(shelf.pixels(), last.iter().flatten().map(area).sum::<i64>());
        }
    }
    assert_eq!(shelf.pixels(), 0);
}

#[test]
fn no_more_is_decoded_ahead_than_there_is_room_for() {
    let options = options(1, 60);
    let job = Arc::new(planned(&options).job().clone());
    let engine = Engine::open(job, &options).unwrap();
    let sources = sources(&engine, |gsd| Counting::new(gsd, BLOCK, false, false));
    let list: Vec<Rect> = tiles(engine.job.window, 60).collect();
    let cancel = Cancel::default();
    // No thread's room.
    let (shelf, _readers) = Shelf::new(&engine.job, &list, readers(&sources), 0, &cancel);
    let first = reads(&engine.on(list[0]).job);
    let touched = |(source, need): (&Counting, &Option<Rect>)| source.touched(need.unwrap()).sum();
    let wanted: u32 = sources.iter().zip(&first).map(touched).sum();
    let read = || sources.iter().map(Counting::blocks_read).sum::<u32>();
    thread::scope(|scope| {
        let work = scope.spawn(|| shelf.work());
        while read() < wanted {
            thread::sleep(Duration::from_millis(5));
        }
        // Time for what is not to be done.
        thread::sleep(Duration::from_millis(200));
        cancel.stop();
        work.join().unwrap().unwrap();
    });
    assert_eq!(read(), wanted);
}

/// What invalid pixels are filled from is asked for only where there are some.
#[test]
fn of_files_on_a_server_no_more_is_read_than_is_seen() {
    let inner = Rect::new(61, 33, 77, 100);
    let options = options(2, 60);
    let job = Arc::new(planned(&options).job().clone());
    let engine = Engine::open(job, &options).unwrap().on(inner);
    let read = |holes: bool, far: bool, alone: bool| {
        let make = |gsd| {
            let mut source = Counting::new(gsd, BLOCK, false, false);
            if holes {
                // Just beyond what is asked for, so that some of it is filled from farther away
                // than the networks see.
                let mut pixels = Array2::clone(&source.pixels);
                let (first, count) = (1380 / gsd as usize, 3 * 60 / gsd as usize);
                pixels.slice_mut(s![.., first..first + count]).fill(0.0);
                source.pixels = Arc::new(pixels);
            }
            source
        };
        let sources = sources(&engine, |gsd| Counting { far, ..make(gsd) });
        let mut readers = readers(&sources);
        let mut pixels = Vec::new();
        if alone {
            let input = engine.read_alone(&mut readers, inner).unwrap();
            pixels.push(engine.infer(input, &Cancel::default()).unwrap());
        } else {
            let mut sink = |_: Rect, tile: Vec<Array2<f32>>| {
                pixels.push(tile);
                Ok(())
            };
            each_tile(&engine, readers, 60, &mut |_, _| true, &mut sink).unwrap();
        }
        let blocks: u32 = sources.iter().map(Counting::blocks_read).sum();
        (blocks, pixels)
    };
    for alone in [false, true] {
        let (near, far) = (read(false, false, alone), read(false, true, alone));
        assert!(far.0 < near.0, "{} of {} blocks", far.0, near.0);
        assert!(far.1 == near.1, "pixels");
        let (near, far) = (read(true, false, alone), read(true, true, alone));
        assert!(far.0 <= near.0, "{} of {} blocks", far.0, near.0);
        // NaN is no number.
        let shown = |pixels: &[Vec<Array2<f32>>]| -> Vec<u32> {
            let pixels = pixels.iter().flatten().flatten();
            pixels.map(|v| v.to_bits()).collect()
        };
        assert!(shown(&far.1) == shown(&near.1), "pixels beside holes");
    }
}

/// They are in memory, so that what tiles share is read by each of them.
#[test]
fn arrays_are_read_once_by_each_tile_that_sees_them() {
    let tile = 60;
    let options = options(1, tile);
    let bands = planned(&options);
    let whole = Rect::new(0, 0, SIZE, SIZE);
    let sources: Vec<Counting> = BANDS
        .iter()
        .map(|(_, gsd)| Counting::new(*gsd, (1, 1), false, false))
        .collect();
    let pixels = sources
        .iter()
        .map(|s| Some(Box::new(s.clone()) as Box<dyn Source>))
        .collect();
    let mut sink = |_: Rect, _: Vec<Array2<f32>>| Ok(());
    bands
        .run(whole, pixels, &mut |_, _| true, &mut sink)
        .unwrap();
    let mut seen: Vec<Array2<u32>> = sources
        .iter()
        .map(|s| s.touched(Rect::new(0, 0, 0, 0)))
        .collect();
    for tile in tiles(whole, tile) {
        let needs = bands.reads(tile).unwrap();
        for ((seen, source), need) in seen.iter_mut().zip(&sources).zip(needs) {
            *seen += &source.touched(need);
        }
    }
    for ((source, most), (band, _)) in sources.iter().zip(seen).zip(BANDS) {
        let found = source.counts.lock().unwrap();
        assert!(found.iter().all(|n| *n > 0), "{band} is not read whole");
        assert!(
            found.iter().zip(&most).all(|(n, most)| n <= most),
            "{band} is read more than once by a tile"
        );
    }
}
