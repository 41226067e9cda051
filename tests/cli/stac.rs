//! STAC items whose assets lie on a server, or beside the item. The server is this process, and
//! counts what is fetched.

use std::fs;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::support::{Scene, done, read, refused, text, tiny_models};

/// Serves the files of a folder, parts of them too.
struct Server {
    address: String,
    sent: Arc<AtomicU64>,
}

impl Server {
    fn start(folder: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(AtomicU64::new(0));
        let count = sent.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, count) = (folder.clone(), count.clone());
                std::thread::spawn(move || while answer(&stream, &folder, &count) {});
            }
        });
        Self { address, sent }
    }
}

/// Answers one request; `false` when there is none.
fn answer(mut stream: &TcpStream, folder: &Path, sent: &AtomicU64) -> bool {
    let mut lines = BufReader::new(stream);
    let mut first = String::new();
    if lines.read_line(&mut first).unwrap_or(0) == 0 {
        return false;
    }
    let mut range = None;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        if let Some(bytes) = line.to_lowercase().trim().strip_prefix("range: bytes=") {
            let (from, to) = bytes.split_once('-').unwrap();
            range = Some((from.parse::<u64>().unwrap(), to.parse::<u64>().ok()));
        }
    }
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let file = folder.join(path.trim_start_matches('/').split('?').next().unwrap());
    let Ok(mut file) = fs::File::open(&file).and_then(|f| {
        if f.metadata()?.is_file() {
            Ok(f)
        } else {
            Err(std::io::ErrorKind::NotFound.into())
        }
    }) else {
        return write!(
            stream,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        )
        .is_ok();
    };
    let size = file.metadata().unwrap().len();
    let (from, to) = range.map_or((0, size), |(from, to)| {
        (from, to.map_or(size, |t| (t + 1).min(size)))
    });
    let mut body = vec![0; to.saturating_sub(from) as usize];
    file.seek(SeekFrom::Start(from)).unwrap();
    file.read_exact(&mut body).unwrap();
    let status = match range {
        Some(_) => format!(
            "206 Partial Content\r\nContent-Range: bytes {from}-{}/{size}",
            to.max(1) - 1
        ),
        None => "200 OK".into(),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nAccept-Ranges: bytes\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut done = stream.write_all(head.as_bytes()).is_ok();
    if method != "HEAD" {
        sent.fetch_add(body.len() as u64, Ordering::SeqCst);
        done &= stream.write_all(&body).is_ok();
    }
    done
}

fn item(collection: &str, href: impl Fn(&str) -> String, raster: Value) -> Value {
    let mut assets = serde_json::Map::new();
    let words = [
        ("coastal", "B1", 60),
        ("blue", "B2", 10),
        ("green", "B3", 10),
        ("red", "B4", 10),
        ("rededge1", "B5", 20),
        ("rededge2", "B6", 20),
        ("rededge3", "B7", 20),
        ("nir", "B8", 10),
        ("nir08", "B8A", 20),
        ("nir09", "B9", 60),
        ("swir16", "B11", 20),
        ("swir22", "B12", 20),
    ];
    for (word, band, gsd) in words {
        let asset = json!({"href": href(band), "type": "image/tiff; application=geotiff", "gsd": gsd, "eo:bands": [{"name": word}], "raster:bands": [raster]});
        assets.insert(word.into(), asset);
    }
    json!({"type": "Feature", "stac_version": "1.0.0", "id": "S2A_T33UUP_20230101_0_L2A", "collection": collection,
        "properties": {"platform": "sentinel-2a", "s2:processing_baseline": "05.09", "earthsearch:boa_offset_applied": false}, "assets": assets})
}

#[test]
fn an_item_on_a_server_is_read_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let shifted = Scene {
        size: 60,
        offset: 1000.0,
        ..Scene::default()
    };
    let scene = shifted.make(folder.path());
    let server = Server::start(folder.path().to_owned());
    let out = folder.path().join("out.tif");
    let plain = folder.path().join("plain.tif");
    done(
        &models,
        &["run", text(&scene), text(&plain), "--offset", "-1000"],
    );
    let declared = json!({"scale": 0.0001, "offset": -0.1, "nodata": 0});
    let remote = |band: &str| format!("{}/scene/T33_{band}.tif", server.address);
    let beside = |band: &str| format!("./scene/T33_{band}.tif");
    for (name, value, words) in [
        (
            "remote.json",
            item("sentinel-2-c1-l2a", remote, declared.clone()),
            vec![],
        ),
        (
            "beside.json",
            item("sentinel-2-c1-l2a", beside, declared.clone()),
            vec![],
        ),
        (
            "doubtful.json",
            item("sentinel-2-l2a", beside, declared),
            vec!["reliably", "--offset"],
        ),
        (
            "baseline.json",
            item("sentinel-2-l2a-pc", beside, json!({})),
            vec!["05.09", "-1000"],
        ),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, value.to_string()).unwrap();
        let address = format!("{}/{name}", server.address);
        for input in [text(&file), &address] {
            let _ = fs::remove_file(&out);
            let said = done(&models, &["run", input, text(&out)]);
            for word in &words {
                assert!(said.contains(word), "{word} is not in: {said}");
            }
            assert_eq!(read(&plain).difference(&read(&out)), 0.0, "{input}: {said}");
        }
    }
    let gone = format!("{}/gone.json", server.address);
    refused(
        &models,
        &["run", &gone, text(&out)],
        1,
        &["gone.json", "address"],
    );
    fs::write(
        folder.path().join("out.json"),
        item("c", |b| format!("/etc/{b}.tif"), json!({})).to_string(),
    )
    .unwrap();
    refused(
        &models,
        &["run", text(&folder.path().join("out.json")), text(&out)],
        1,
        &["/etc/"],
    );
}

#[test]
fn of_a_window_only_the_blocks_around_it_are_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let models = tiny_models(folder.path());
    let large = Scene {
        size: 3600,
        ..Scene::default()
    };
    let scene = large.make(folder.path());
    // Tiled and not compressed, so that what is fetched can be told from how large it is.
    let assets = folder.path().join("assets");
    fs::create_dir(&assets).unwrap();
    let mut total = 0;
    for name in crate::support::files(&scene) {
        let to = assets.join(&name);
        let mut translate = std::process::Command::new("gdal_translate");
        let tiled = [
            "-q",
            "-co",
            "TILED=YES",
            "-co",
            "BLOCKXSIZE=256",
            "-co",
            "BLOCKYSIZE=256",
        ];
        assert!(
            translate
                .args(tiled)
                .args([&scene.join(&name), &to])
                .status()
                .unwrap()
                .success()
        );
        total += fs::metadata(to).unwrap().len();
    }
    let server = Server::start(folder.path().to_owned());
    let href = |band: &str| format!("{}/assets/T33_{band}.tif", server.address);
    let file = folder.path().join("item.json");
    fs::write(
        &file,
        item(
            "c",
            href,
            json!({"scale": 0.0001, "offset": 0, "nodata": 0}),
        )
        .to_string(),
    )
    .unwrap();
    let out = folder.path().join("out.tif");
    done(
        &models,
        &[
            "run",
            text(&file),
            text(&out),
            "--srcwin",
            "1600",
            "1600",
            "512",
            "512",
        ],
    );
    let sent = server.sent.load(Ordering::SeqCst);
    assert!(sent * 10 < total, "{sent} of {total} bytes were fetched");
}
