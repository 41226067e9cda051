//! GDAL's rules for threads, as types. A dataset may wander between threads, one at a time, as long
//! as it shares nothing with others ([`Unshared`]), and its pixels are read and written only while
//! [`Rules`] hold on the thread ([`Unshared::band`] asks for them).

use std::ffi::{CStr, CString, c_int};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{null, null_mut};

use super::api::{CE_FAILURE, CPLErr, GCI_ALPHA, GDT_BYTE, GDT_FLOAT32, GF_READ, GF_WRITE};
use super::api::{GDALDataType, GDALDatasetH, GDALRWFlag, GDALRasterBandH};
use super::api::{GMF_PER_DATASET, Gdal};
use super::asked::{Asked, ask};
use super::errors::Quiet;
use crate::raster::grid::Rect;

/// While one of these lives, what GDAL opens and reads on this thread stays on this thread and with
/// its dataset.
pub struct Rules(#[expect(dead_code, reason = "gives the thread its own options back")] Set);

impl Rules {
    /// Sets them, until the answer is dropped.
    pub fn enter(gdal: &'static Gdal) -> Self {
        // The sources of a VRT would be shared with all VRTs that this thread opens, wherever they
        // wander; and threads of GDAL's would not know what they are reading for.
        // A file packed with gzip would get another one beside it. A mask goes into the file
        // itself.
        let rules = [
            (c"VRT_SHARED_SOURCE", c"NO"),
            (c"VRT_NUM_THREADS", c"1"),
            (c"CPL_VSIL_GZIP_WRITE_PROPERTIES", c"NO"),
            (c"GDAL_TIFF_INTERNAL_MASK", c"YES"),
            // Threads of ours decode. On threads of its own GDAL would tell the host's standard
            // error what is wrong with a file.
            (c"GDAL_NUM_THREADS", c"1"),
        ];
        Self(Set::new(gdal, rules.into_iter()))
    }
}

/// Options of GDAL that are set for this thread, and what they were before.
struct Set {
    gdal: &'static Gdal,
    before: Vec<(&'static CStr, Option<CString>)>,
    _thread: PhantomData<*const ()>, // bound to its thread
}

impl Set {
    fn new(
        gdal: &'static Gdal,
        options: impl Iterator<Item = (&'static CStr, &'static CStr)>,
    ) -> Self {
        let set = |(key, value): (&'static CStr, &CStr)| {
            // SAFETY: C strings; GDAL copies what it is given, and its answer is copied before the
            // option changes.
            unsafe {
                let old = (gdal.CPLGetThreadLocalConfigOption)(key.as_ptr(), null());
                let old = (!old.is_null()).then(|| CStr::from_ptr(old).to_owned());
                (gdal.CPLSetThreadLocalConfigOption)(key.as_ptr(), value.as_ptr());
                (key, old)
            }
        };
        Self {
            gdal,
            before: options.map(set).collect(),
            _thread: PhantomData,
        }
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        for (key, value) in &self.before {
            let value = value.as_ref().map_or(null(), |v| v.as_ptr());
            // SAFETY: C strings; null takes the option away.
            unsafe { (self.gdal.CPLSetThreadLocalConfigOption)(key.as_ptr(), value) };
        }
    }
}

/// An open dataset that shares nothing with any other. Only such a one may wander between threads,
/// one at a time.
pub struct Unshared {
    handle: GDALDatasetH,
    /// The GDAL that it is open in.
    pub gdal: &'static Gdal,
}

// SAFETY: GDAL datasets may move between threads as long as only one uses them at a time, which
// whoever holds it by `&mut` sees to, and as long as they do not share sources with others: it was
// opened, and is read, under `Rules`.
unsafe impl Send for Unshared {}

impl Unshared {
    /// The dataset that `open` gives, which is the caller's alone; `None` for null.
    pub fn open(gdal: &'static Gdal, open: impl FnOnce(&Rules) -> GDALDatasetH) -> Option<Self> {
        let handle = open(&Rules::enter(gdal));
        (!handle.is_null()).then_some(Self { handle, gdal })
    }

    /// GDAL's handle, for all that is no pixel.
    pub fn handle(&self) -> GDALDatasetH {
        self.handle
    }

    /// Closes it where somebody listens to what GDAL says of it.
    pub fn close(self) {
        let closed = ManuallyDrop::new(self);
        // SAFETY: the handle is open, nobody else has it, and it is not dropped again.
        unsafe { (closed.gdal.GDALClose)(closed.handle) };
    }

    /// GDAL's handle of a band, for all that is no pixel; `None` for a number that there is not.
    /// They are counted from 1.
    pub fn band_handle(&self, number: usize) -> Option<GDALRasterBandH> {
        // SAFETY: the handle is open; GDAL answers null for an index out of range.
        let band = unsafe { (self.gdal.GDALGetRasterBand)(self.handle, number as c_int) };
        (!band.is_null()).then_some(band)
    }

    /// Columns and rows of the blocks of a band.
    pub fn block_size(&self, number: usize) -> Option<(i64, i64)> {
        let band = self.band_handle(number)?;
        let (mut cols, mut rows): (c_int, c_int) = (1, 1);
        // SAFETY: the band belongs to the open dataset, which writes two numbers.
        unsafe { (self.gdal.GDALGetBlockSize)(band, &raw mut cols, &raw mut rows) };
        Some((i64::from(cols.max(1)), i64::from(rows.max(1))))
    }

    /// The pixels of a band, to be read and written as long as the rules hold.
    pub fn band<'a>(&'a self, number: usize, rules: &'a Rules) -> Option<Pixels<'a>> {
        self.band_handle(number)
            .map(|band| self.pixels(band, rules))
    }

    /// Whether one mask says of all bands which of their pixels are valid.
    pub fn has_mask(&self, number: usize) -> bool {
        // SAFETY: the band belongs to the open dataset.
        let flags = |band| unsafe { (self.gdal.GDALGetMaskFlags)(band) };
        let band = self.band_handle(number);
        band.is_some_and(|band| flags(band) & GMF_PER_DATASET != 0 || self.alpha(number).is_some())
    }

    /// The alpha band beside a band. GDAL takes it for a mask in pictures alone, of up to four
    /// bands.
    fn alpha(&self, number: usize) -> Option<GDALRasterBandH> {
        // SAFETY: the handle is open.
        let count = unsafe { (self.gdal.GDALGetRasterCount)(self.handle) };
        // SAFETY: the band belongs to the open dataset.
        let kind = |band| unsafe { (self.gdal.GDALGetRasterColorInterpretation)(band) };
        (1..=count as usize)
            .rev()
            .filter(|other| *other != number)
            .find_map(|other| {
                self.band_handle(other)
                    .filter(|band| kind(*band) == GCI_ALPHA)
            })
    }

    /// Those of the mask of a band.
    pub fn mask<'a>(&'a self, number: usize, rules: &'a Rules) -> Option<Pixels<'a>> {
        let band = self.band_handle(number)?;
        // SAFETY: the band belongs to the open dataset, and so does its mask.
        let (flags, mask) = unsafe {
            (
                (self.gdal.GDALGetMaskFlags)(band),
                (self.gdal.GDALGetMaskBand)(band),
            )
        };
        let alpha = || self.alpha(number).unwrap_or(mask);
        let mask = if flags & GMF_PER_DATASET == 0 {
            alpha()
        } else {
            mask
        };
        (!mask.is_null()).then(|| self.pixels(mask, rules))
    }

    fn pixels<'a>(&'a self, band: GDALRasterBandH, rules: &'a Rules) -> Pixels<'a> {
        Pixels {
            band,
            gdal: self.gdal,
            _rules: rules,
        }
    }
}

impl Drop for Unshared {
    fn drop(&mut self) {
        let _quiet = Quiet::new();
        // SAFETY: the handle is open and nobody else has it.
        unsafe { (self.gdal.GDALClose)(self.handle) };
    }
}

/// A band under the rules.
pub struct Pixels<'a> {
    band: GDALRasterBandH,
    gdal: &'static Gdal,
    _rules: &'a Rules,
}

/// What a pixel in memory may be.
pub trait Sample {
    /// GDAL's number for it.
    const KIND: GDALDataType;
}

impl Sample for f32 {
    const KIND: GDALDataType = GDT_FLOAT32;
}

impl Sample for u8 {
    const KIND: GDALDataType = GDT_BYTE;
}

impl Pixels<'_> {
    /// Columns and rows.
    pub fn size(&self) -> (i64, i64) {
        // SAFETY: the band belongs to an open dataset.
        unsafe {
            (
                i64::from((self.gdal.GDALGetRasterBandXSize)(self.band)),
                i64::from((self.gdal.GDALGetRasterBandYSize)(self.band)),
            )
        }
    }

    /// GDAL's number of the type in which they are stored.
    pub fn kind(&self) -> GDALDataType {
        // SAFETY: the band belongs to an open dataset.
        unsafe { (self.gdal.GDALGetRasterDataType)(self.band) }
    }

    /// The coarser copies of it that the dataset keeps: its overviews, the largest first.
    pub fn levels(&self) -> Vec<Self> {
        // SAFETY: the band belongs to an open dataset, and so do its overviews.
        let level = |number| unsafe { (self.gdal.GDALGetOverview)(self.band, number) };
        // SAFETY: as above.
        let count = unsafe { (self.gdal.GDALGetOverviewCount)(self.band) };
        let levels = (0..count).map(level).filter(|band| !band.is_null());
        levels.map(|band| Self { band, ..*self }).collect()
    }

    /// Reads a window into as many columns and rows as are asked for, row by row without gaps.
    pub fn read<T: Sample>(&self, window: Rect, out: &mut [T], size: (i64, i64)) -> CPLErr {
        self.transfer(GF_READ, window, (out.as_mut_ptr(), out.len()), size)
    }

    /// Writes a window, row by row without gaps.
    pub fn write<T: Sample>(&self, window: Rect, values: &[T]) -> CPLErr {
        // GDAL does not write to what it is to read.
        let values = (values.as_ptr().cast_mut(), values.len());
        self.transfer(GF_WRITE, window, values, (window.w, window.h))
    }

    /// Writes the blocks that GDAL keeps of it, if they were changed, and lets go of them.
    pub fn flush(&self) -> CPLErr {
        // SAFETY: the band belongs to an open dataset.
        unsafe { (self.gdal.GDALFlushRasterCache)(self.band) }
    }

    /// Fills an overview from these.
    pub fn shrink_to(&self, overview: &Pixels, resampling: &CStr, asked: &mut Asked) -> CPLErr {
        let mut band = overview.band;
        // SAFETY: both bands belong to open datasets; one overview is handed over, and what GDAL is
        // given lives through the call.
        unsafe {
            let (list, resampling, data) = (&raw mut band, resampling.as_ptr(), asked.data());
            (self.gdal.GDALRegenerateOverviews)(self.band, 1, list, resampling, Some(ask), data)
        }
    }

    fn transfer<T: Sample>(
        &self,
        flag: GDALRWFlag,
        window: Rect,
        (data, count): (*mut T, usize),
        (cols, rows): (i64, i64),
    ) -> CPLErr {
        if count as i64 != cols * rows {
            return CE_FAILURE;
        }
        // SAFETY: the band belongs to an open dataset; the buffer holds cols x rows samples.
        unsafe {
            (self.gdal.GDALRasterIOEx)(
                self.band,
                flag,
                window.x as c_int,
                window.y as c_int,
                window.w as c_int,
                window.h as c_int,
                data.cast(),
                cols as c_int,
                rows as c_int,
                T::KIND,
                0,
                0,
                null_mut(),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    #[test]
    fn rules_end_where_they_began() {
        let gdal = find::get().unwrap();
        let option = |key: &CStr| {
            // SAFETY: a C string; null is answered where the option is not set, else a C string
            // that GDAL keeps.
            unsafe {
                let value = (gdal.CPLGetThreadLocalConfigOption)(key.as_ptr(), null());
                (!value.is_null()).then(|| super::super::text(value))
            }
        };
        let key = c"VRT_SHARED_SOURCE";
        // SAFETY: C strings.
        unsafe { (gdal.CPLSetThreadLocalConfigOption)(key.as_ptr(), c"YES".as_ptr()) };
        let rules = Rules::enter(gdal);
        assert_eq!(option(key).as_deref(), Some("NO"));
        assert_eq!(option(c"GDAL_NUM_THREADS").as_deref(), Some("1"));
        drop(rules);
        assert_eq!(option(key).as_deref(), Some("YES"));
        assert_eq!(option(c"GDAL_NUM_THREADS"), None);
        assert_eq!(option(c"VRT_NUM_THREADS"), None);
    }
}
