//! Memory for images of the C ABI: exactly as many bytes as the strides lead over, with noise in
//! them.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::without_provenance_mut;

use s2sr::internals::capi::{S2SR_FLOAT32, S2SR_INT16, S2SR_UINT8, S2SR_UINT16, s2sr_image};

/// The most that an image gets.
const LARGEST: i128 = 1 << 20;

/// The memory of one image.
pub struct Memory {
    start: *mut u8,
    layout: Layout,
    /// Where the image's first value stands, in bytes from the start.
    first: isize,
}

impl Memory {
    /// Gives the image memory. What cannot have any gets an address that must not be touched, where
    /// the size is a mistake that has to be found, or NULL, where it would only be large.
    pub fn of(image: &mut s2sr_image) -> Option<Self> {
        let size = size(image.dtype);
        let Some((low, high)) = reach(image).filter(|_| size > 0) else {
            image.data = without_provenance_mut(64);
            return None;
        };
        let bytes = high
            .saturating_sub(low)
            .saturating_add(1)
            .saturating_mul(size as i128);
        if bytes > LARGEST {
            image.data = without_provenance_mut(if bytes > i128::from(i64::MAX) { 64 } else { 0 });
            return None;
        }
        let layout = Layout::from_size_align(bytes as usize, 4).ok()?;
        // SAFETY: an image has at least one pixel, so there is at least one byte.
        let memory = Memory {
            start: unsafe { alloc(layout) },
            layout,
            first: (-low) as isize * size as isize,
        };
        memory.fill(image.dtype);
        image.data = memory.start.wrapping_offset(memory.first).cast();
        Some(memory)
    }

    /// The bytes of the pixels, in the order of band, row and column.
    pub fn pixels(&self, image: &s2sr_image) -> Vec<u8> {
        let bytes = self.bytes();
        places(image)
            .flat_map(|at| bytes[(self.first + at) as usize..][..size(image.dtype)].to_vec())
            .collect()
    }

    /// A copy of the image without gaps, and its memory.
    pub fn packed(&self, image: &s2sr_image) -> Option<(s2sr_image, Memory)> {
        let mut copy = packed(image);
        let memory = Memory::of(&mut copy)?;
        let pixels = self.pixels(image);
        // SAFETY: the copy has room for just these pixels.
        unsafe { std::ptr::copy_nonoverlapping(pixels.as_ptr(), memory.start, pixels.len()) };
        Some((copy, memory))
    }

    /// Which bytes belong to a pixel; `None` where pixels lie on each other.
    pub fn owned(&self, image: &s2sr_image) -> Option<Vec<bool>> {
        let mut owned = vec![false; self.layout.size()];
        for at in places(image) {
            for byte in &mut owned[(self.first + at) as usize..][..size(image.dtype)] {
                if std::mem::replace(byte, true) {
                    return None;
                }
            }
        }
        Some(owned)
    }

    /// Whether every byte that belongs to no pixel is as it was.
    pub fn gaps_are_untouched(&self, image: &s2sr_image, owned: &[bool]) -> bool {
        self.bytes()
            .iter()
            .zip(noise(image.dtype))
            .zip(owned)
            .all(|((now, then), owned)| *owned || *now == then)
    }

    fn fill(&self, dtype: i32) {
        for (i, byte) in noise(dtype).take(self.layout.size()).enumerate() {
            // SAFETY: inside the memory.
            unsafe { self.start.add(i).write(byte) };
        }
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: all of it was filled.
        unsafe { std::slice::from_raw_parts(self.start, self.layout.size()) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.start, self.layout) };
    }
}

/// The image without gaps and without memory.
pub fn packed(image: &s2sr_image) -> s2sr_image {
    s2sr_image {
        data: std::ptr::null_mut(),
        band_stride: image.rows * image.cols,
        row_stride: image.cols,
        col_stride: 1,
        ..*image
    }
}

/// Bytes of a value; 0 for a type that there is not.
fn size(dtype: i32) -> usize {
    match dtype {
        S2SR_UINT8 => 1,
        S2SR_UINT16 | S2SR_INT16 => 2,
        S2SR_FLOAT32 => 4,
        _ => 0,
    }
}

/// The lowest and the highest value that the strides lead to, counted from the first; `None`
/// without pixels.
fn reach(image: &s2sr_image) -> Option<(i128, i128)> {
    let axes = [
        (image.bands, image.band_stride),
        (image.rows, image.row_stride),
        (image.cols, image.col_stride),
    ];
    axes.into_iter()
        .try_fold((0i128, 0i128), |(low, high), (n, stride)| {
            let far = (i128::from(n) - 1) * i128::from(stride);
            (n > 0).then(|| {
                (
                    low.saturating_add(far.min(0)),
                    high.saturating_add(far.max(0)),
                )
            })
        })
}

/// Where each pixel stands, in bytes from the first.
fn places(image: &s2sr_image) -> impl Iterator<Item = isize> {
    let (image, size) = (*image, size(image.dtype) as i64);
    let columns = move |b: i64, r: i64| {
        (0..image.cols).map(move |c| {
            ((b * image.band_stride + r * image.row_stride + c * image.col_stride) * size) as isize
        })
    };
    (0..image.bands).flat_map(move |b| (0..image.rows).flat_map(move |r| columns(b, r)))
}

/// Bytes that look random. Of floats most are plausible DN, the others anything: infinite, not a
/// number, tiny.
fn noise(dtype: i32) -> impl Iterator<Item = u8> {
    let mut state = 1u32;
    let words = std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = state.rotate_left(16);
        if dtype == S2SR_FLOAT32 && word & 7 != 0 {
            ((word >> 3) as f32 % 5000.0).to_bits()
        } else {
            word
        }
    });
    words.flat_map(u32::to_ne_bytes)
}
