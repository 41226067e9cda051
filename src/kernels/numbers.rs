//! Numbers that registers are filled from and stored to.

use std::ops::{Deref, DerefMut};

use crate::error::Result;
use crate::memory::zeros;

/// Bytes of a line of the cache, and of the widest register.
const LINE: usize = 64;

/// A list that begins where a line of the cache does, so that no register lies in two lines: some
/// processors take longer for those.
#[derive(Default)]
pub struct Numbers {
    values: Vec<f32>,
    /// How many come before the first.
    before: usize,
    length: usize,
}

impl Numbers {
    /// So many zeros.
    pub fn zeros(length: usize) -> Result<Self> {
        let most = LINE / size_of::<f32>() - 1;
        let values: Vec<f32> = zeros(length + most)?.into_raw_vec_and_offset().0;
        let before = values.as_ptr().align_offset(LINE).min(most);
        Ok(Self {
            values,
            before,
            length,
        })
    }

    /// Makes it as long as needed, of zeros where it was too short; what it held is lost then.
    pub fn grow(&mut self, length: usize) -> Result<()> {
        if self.len() < length {
            *self = Self::zeros(length)?;
        }
        Ok(())
    }
}

impl Deref for Numbers {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.before..][..self.length]
    }
}

impl DerefMut for Numbers {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.before..][..self.length]
    }
}
