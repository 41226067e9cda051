//! Memory for what is as large as a tile. It is asked for, not taken: where the system has none
//! left, that is an error and not the end of the process.

use std::hint::black_box;
use std::mem::size_of;

use ndarray::{Array, ArrayView, Dimension, IntoDimension};

use super::error::{Error, Result};

/// What every large array leaves untaken. Allocations smaller than a tile cannot fail but by ending
/// the process; they live on this.
const HEADROOM: usize = 8 << 20;

/// An array of this shape with the same value everywhere.
pub fn filled<T: Clone, S: IntoDimension>(shape: S, value: T) -> Result<Array<T, S::Dim>> {
    let shape = shape.into_dimension();
    let count = shape
        .size_checked()
        .ok_or_else(|| out_of_memory(usize::MAX))?;
    let mut values = room(count)?;
    values.resize(count, value);
    shaped(shape, values)
}

/// An array of this shape with zeros, `false` or nothing everywhere.
pub fn zeros<T: Clone + Default, S: IntoDimension>(shape: S) -> Result<Array<T, S::Dim>> {
    filled(shape, T::default())
}

/// A dense copy of an array or a part of one.
pub fn copy<T: Clone, D: Dimension>(view: ArrayView<T, D>) -> Result<Array<T, D>> {
    let mut values = room(view.len())?;
    for row in view.rows() {
        match row.as_slice() {
            Some(row) => values.extend_from_slice(row),
            None => values.extend(row.iter().cloned()),
        }
    }
    shaped(view.raw_dim(), values)
}

/// Each value of an array changed to another.
pub fn map<T, U, D: Dimension>(
    view: ArrayView<T, D>,
    change: impl Fn(&T) -> U,
) -> Result<Array<U, D>> {
    let mut values = room(view.len())?;
    for row in view.rows() {
        match row.as_slice() {
            Some(row) => values.extend(row.iter().map(&change)),
            None => values.extend(row.iter().map(&change)),
        }
    }
    shaped(view.raw_dim(), values)
}

/// An array of values in order.
pub fn shaped<T, S: IntoDimension>(shape: S, values: Vec<T>) -> Result<Array<T, S::Dim>> {
    Array::from_shape_vec(shape.into_dimension(), values)
        .map_err(|e| Error::internal(e.to_string()).because(e))
}

/// An empty list with room for so many.
pub fn room<T>(count: usize) -> Result<Vec<T>> {
    let bytes = count.saturating_mul(size_of::<T>());
    let mut list = Vec::new();
    list.try_reserve_exact(count)
        .map_err(|_| out_of_memory(bytes))?;
    if bytes >= 1 << 16 {
        check_headroom(bytes)?;
    }
    Ok(list)
}

/// Adds to a list that may grow as large as a tile.
pub fn push<T>(list: &mut Vec<T>, value: T) -> Result<()> {
    list.try_reserve(1)
        .map_err(|_| out_of_memory(2 * list.capacity() * size_of::<T>()))?;
    list.push(value);
    Ok(())
}

/// Fails if there is hardly memory left for small things, such as what threads and other libraries
/// do without asking.
pub fn headroom() -> Result<()> {
    check_headroom(HEADROOM)
}

/// Fails unless so many bytes are left. Asked before libraries go to work that end the process
/// where they get no memory.
pub fn require(bytes: usize) -> Result<()> {
    let megabytes = bytes.div_ceil(1 << 20);
    let why = || {
        Error::runtime(format!(
            "out of memory: {megabytes} MB more are needed; end other programs or raise the \
             limit (ulimit -v)"
        ))
    };
    if can_be_had(bytes) {
        Ok(())
    } else {
        Err(why())
    }
}

/// How many bytes the system has free, as far as it tells: those that can be had without swapping,
/// and that the process's group may take.
pub fn free() -> Option<usize> {
    let read = |file: &str| std::fs::read_to_string(file).ok();
    let whole = read("/proc/meminfo").and_then(|text| available(&text));
    let number = |file: &str| read(file)?.trim().parse::<usize>().ok();
    let most = number("/sys/fs/cgroup/memory.max");
    let used = number("/sys/fs/cgroup/memory.current").unwrap_or_default();
    let group = most.map(|most| most.saturating_sub(used));
    whole.into_iter().chain(group).min()
}

/// `MemAvailable:   20936324 kB` in bytes.
fn available(meminfo: &str) -> Option<usize> {
    let line = meminfo
        .lines()
        .find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// Fails if what is left of the memory is hardly enough for small things.
fn check_headroom(wanted: usize) -> Result<()> {
    if can_be_had(HEADROOM) {
        Ok(())
    } else {
        Err(out_of_memory(wanted))
    }
}

fn can_be_had(bytes: usize) -> bool {
    // What watches memory while fuzzing marks every byte, which takes longer than all other work.
    if cfg!(fuzzing) {
        return true;
    }
    let mut spare: Vec<u8> = Vec::new();
    let left = spare.try_reserve_exact(bytes);
    // Without this the compiler sees that nobody uses it, and takes it out.
    black_box(&mut spare);
    left.is_ok()
}

fn out_of_memory(wanted: usize) -> Error {
    let megabytes = wanted.div_ceil(1 << 20);
    Error::runtime(format!(
        "out of memory: there are no {megabytes} MB left; a smaller tile needs less"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, s};

    #[test]
    fn what_cannot_be_had_is_an_error_that_says_how_much() {
        let huge = zeros::<f32, _>((1 << 30, 1 << 26)).unwrap_err().to_string();
        assert!(
            huge.contains("out of memory") && huge.contains("tile"),
            "{huge}"
        );
        assert!(filled((usize::MAX, usize::MAX), 1u8).is_err());
    }

    #[test]
    fn what_is_free_is_read_from_what_the_system_says() {
        let said = "MemTotal: 9 kB\nMemAvailable:   20936324 kB\nBuffers: 1 kB\n";
        assert_eq!(available(said), Some(20936324 * 1024));
        assert_eq!(available("MemTotal: 9 kB\n"), None);
    }

    #[test]
    fn copies_are_dense() {
        let a = array![[1, 2, 3], [4, 5, 6]];
        let part = copy(a.slice(s![.., 1..])).unwrap();
        assert_eq!(part, array![[2, 3], [5, 6]]);
        assert!(part.is_standard_layout());
        assert_eq!(
            map(a.t(), |v| v * 2).unwrap(),
            array![[2, 8], [4, 10], [6, 12]]
        );
    }
}
