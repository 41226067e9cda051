//! How a pixel function learns which pixels it is asked for: GDAL hands it the pixels of its
//! sources and nothing else, so one source holds the column of each pixel and another one its row.
//! They are rasters of one row, or of one column, that the VRT stretches over its whole size:
//! `/vsis2sr/exact-columns-10980.tif` and `/vsis2sr/exact-rows-10980.tif`. Such a file is a GeoTIFF
//! without compression, and its bytes are computed as they are read from the number in its name.
//! GDAL resamples a source in the source's type, so the numbers are floats: between two pixels they
//! say where. VRTs of earlier s2sr name files of integers, `columns-10980.tif`.

use super::args::LARGEST;

/// The folder that the files seem to lie in.
pub const FOLDER: &str = "/vsis2sr/";

/// Which way the numbers of a file run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Along {
    /// One row: the column of each pixel.
    Columns,
    /// One column: the row of each pixel.
    Rows,
}

/// A file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    along: Along,
    /// How many numbers there are, from 0 on.
    count: u32,
    /// Whether the numbers are 64-bit floats, not unsigned 32-bit integers.
    exact: bool,
}

/// What the names of files of floats begin with.
const EXACT: &str = "exact-";

/// Bytes before the first number: the TIFF's own, its directory of ten entries, and two to spare.
const HEADER: usize = 8 + 2 + 10 * 12 + 4 + 2;

impl Along {
    fn word(self) -> &'static str {
        match self {
            Along::Columns => "columns",
            Along::Rows => "rows",
        }
    }
}

impl Index {
    /// The file for a raster of so many columns or rows.
    pub fn new(along: Along, count: i64) -> Self {
        Self {
            along,
            count: count.clamp(1, LARGEST) as u32,
            exact: true,
        }
    }

    /// The file of a name in the folder; `None` when there is none.
    pub fn named(name: &str) -> Option<Self> {
        let rest = name.strip_prefix(EXACT);
        let exact = rest.is_some();
        let (word, count) = rest.unwrap_or(name).strip_suffix(".tif")?.split_once('-')?;
        let along = [Along::Columns, Along::Rows]
            .into_iter()
            .find(|along| along.word() == word)?;
        let count = count.parse().ok().filter(|n| (1..=LARGEST).contains(n))?;
        let found = Self {
            exact,
            ..Self::new(along, count)
        };
        Some(found).filter(|found| found.name() == name)
    }

    fn name(&self) -> String {
        let exact = if self.exact { EXACT } else { "" };
        format!("{exact}{}-{}.tif", self.along.word(), self.count)
    }

    /// Its name with the folder.
    pub fn path(&self) -> String {
        format!("{FOLDER}{}", self.name())
    }

    /// Columns and rows.
    pub fn size(&self) -> (u32, u32) {
        match self.along {
            Along::Columns => (self.count, 1),
            Along::Rows => (1, self.count),
        }
    }

    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        HEADER as u64 + u64::from(self.count) * self.width() as u64
    }

    /// Bytes of a number.
    fn width(&self) -> usize {
        if self.exact { 8 } else { 4 }
    }

    /// Fills a buffer with the bytes from `offset` on; how many there were.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let left = self.length().saturating_sub(offset);
        let wanted = left.min(buffer.len() as u64) as usize;
        let header = self.header();
        for (i, byte) in buffer[..wanted].iter_mut().enumerate() {
            let at = offset as usize + i;
            *byte = match at.checked_sub(HEADER) {
                None => header[at],
                Some(at) if self.exact => ((at / 8) as f64).to_le_bytes()[at % 8],
                Some(at) => ((at / 4) as u32).to_le_bytes()[at % 4],
            };
        }
        wanted
    }

    /// The TIFF up to its pixels, which are one strip.
    fn header(&self) -> [u8; HEADER] {
        const SHORT: u16 = 3;
        const LONG: u16 = 4;
        let (cols, rows) = self.size();
        let width = self.width() as u32;
        // Tag, type and value, as TIFF 6.0 numbers them.
        let entries: [(u16, u16, u32); 10] = [
            (256, LONG, cols),                            // ImageWidth
            (257, LONG, rows),                            // ImageLength
            (258, SHORT, width * 8),                      // BitsPerSample
            (259, SHORT, 1),                              // Compression: none
            (262, SHORT, 1),            // PhotometricInterpretation: black is zero
            (273, LONG, HEADER as u32), // StripOffsets
            (277, SHORT, 1),            // SamplesPerPixel
            (278, LONG, rows),          // RowsPerStrip
            (279, LONG, self.count * width), // StripByteCounts
            (339, SHORT, if self.exact { 3 } else { 1 }), // SampleFormat: float, unsigned
        ];
        let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, value) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(1u32.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        let mut header = [0; HEADER];
        header[..bytes.len()].copy_from_slice(&bytes);
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_files_and_back() {
        let file = Index::named("rows-10980.tif").unwrap();
        assert_eq!((file.size(), file.length()), ((1, 10980), 136 + 4 * 10980));
        assert_eq!(file.path(), "/vsis2sr/rows-10980.tif");
        let exact = Index::named("exact-rows-10980.tif").unwrap();
        assert_eq!(exact, Index::new(Along::Rows, 10980));
        assert_eq!(exact.length(), 136 + 8 * 10980);
        assert_eq!(exact.path(), "/vsis2sr/exact-rows-10980.tif");
        for name in [
            "exact-",
            "exact-exact-rows-7.tif",
            "rows-0.tif",
            "rows-16777217.tif",
            "rows-007.tif",
            "rows-7.tif.ovr",
            "bands-7.tif",
            "",
            "a/rows-7.tif",
        ] {
            assert_eq!(Index::named(name), None, "{name}");
        }
    }

    #[test]
    fn any_part_is_that_part_of_the_whole() {
        let file = Index::named("columns-300.tif").unwrap();
        let mut whole = vec![0; file.length() as usize + 9];
        assert_eq!(file.read(0, &mut whole), 1336);
        assert_eq!(whole[136..144], [0, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(whole[1332..1336], [43, 1, 0, 0]);
        let mut part = [0; 17];
        for offset in [0, 5, 130, 200, 1319] {
            assert_eq!(file.read(offset, &mut part), 17);
            assert_eq!(part, whole[offset as usize..][..17]);
        }
        assert_eq!(file.read(1330, &mut part), 6);
        assert_eq!(file.read(1336, &mut part), 0);
        let mut third = [0; 8];
        Index::new(Along::Columns, 300).read(136 + 8 * 2, &mut third);
        assert_eq!(f64::from_le_bytes(third), 2.0);
    }
}
