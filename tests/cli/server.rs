//! A server for files on this machine. It is this process, and counts what is fetched.

use std::fs;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Serves the files of a folder, parts of them too, and lists folders as nginx does.
pub struct Server {
    pub address: String,
    sent: Arc<AtomicU64>,
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        let folder = folder.to_owned();
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

    /// Bytes of files that were sent.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
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
    if file.is_dir() && path.ends_with('/') {
        let page = listing(path, &file);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n",
            page.len()
        );
        let page = if method == "HEAD" { "" } else { &page };
        return stream.write_all((head + page).as_bytes()).is_ok();
    }
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

fn listing(path: &str, folder: &Path) -> String {
    let mut rows = String::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let (slash, size) = match entry.path().is_dir() {
            true => ("/", "-".into()),
            false => ("", entry.metadata().unwrap().len().to_string()),
        };
        rows += &format!(
            "<a href=\"{name}{slash}\">{name}{slash}</a>    01-Jan-2024 10:00    {size}\n"
        );
    }
    format!(
        "<html>\n<head><title>Index of {path}</title></head>\n<body>\n<h1>Index of {path}</h1><hr>\
         <pre><a href=\"../\">../</a>\n{rows}</pre><hr></body>\n</html>\n"
    )
}
