//! A file of which no more than so much is read: what an archive says of itself may go on and on.

use std::io::{self, Read, Seek, SeekFrom};

/// See the module.
pub struct Rationed<R> {
    inner: R,
    left: usize,
}

impl<R> Rationed<R> {
    /// Lets so many bytes be read.
    pub fn new(inner: R, bytes: usize) -> Self {
        Self { inner, left: bytes }
    }
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.checked_sub(count);
        self.left = left.ok_or_else(|| io::Error::other("the list of its files has no end"))?;
        Ok(count)
    }
}

impl<R: Seek> Seek for Rationed<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_wherever_it_stands() {
        let mut file = Rationed::new(io::Cursor::new([7; 100]), 20);
        let mut some = [0; 15];
        file.read_exact(&mut some).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        assert!(file.read_exact(&mut some).is_err());
    }
}
