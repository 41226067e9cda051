//! Whether a sequence of GeoJSON ends with a whole record.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::de::IgnoredAny;

use super::super::vsi::File;
use crate::error::Result;
use crate::memory::room;

/// What records begin with, where they do not end with the line.
const RECORD: u8 = 0x1e;

/// How much of the end of a file is looked at; no record is longer.
const LONGEST: u64 = 256 << 20;

/// What is wrong with the last record if the file ends before it does.
pub fn cut_off(path: &Path) -> Result<Option<String>> {
    let Ok((mut file, end, size)) = start(path) else {
        // What is no file by its name is for GDAL to know.
        return Ok(None);
    };
    let mut length = size.min(1 << 16);
    loop {
        let mut tail: Vec<u8> = room(length as usize)?;
        let read = file.seek(SeekFrom::Start(size - length));
        if read.and_then(|_| file.read_to_end(&mut tail)).is_err() {
            return Ok(None);
        }
        let tail = tail.trim_ascii();
        let before = tail.iter().rposition(|b| *b == end);
        if before.is_some() || length == size || length >= LONGEST {
            let last = &tail[before.map_or(0, |at| at + 1)..];
            let parsed = serde_json::from_slice::<IgnoredAny>(last).err();
            // What else may be wrong is for GDAL to judge, which takes more than JSON is.
            let cut = parsed.filter(|e| e.is_eof() && !last.is_empty());
            return Ok(cut.map(|e| format!("its last record: {e}")));
        }
        length = size.min(4 * length);
    }
}

/// A file, what ends its records, and its size.
fn start(path: &Path) -> io::Result<(File, u8, u64)> {
    let mut file = File::open(path)?;
    let mut first = [0];
    let marked = file.read(&mut first)? == 1 && first[0] == RECORD;
    let size = file.seek(SeekFrom::End(0))?;
    Ok((file, if marked { RECORD } else { b'\n' }, size))
}
