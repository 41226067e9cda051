//! Memory for networks. Those that run one after the other work in one arena: what one has done
//! with is the next one's. It ends with the last of them.
//!
//! Sizes inside a network of unknown make follow from numbers that it computes, so that nobody can
//! tell before it runs how much it takes. Its arena ends where the machine's free memory does: what
//! does not fit is an error, and not the end of this or another process.

use std::ffi::c_int;
use std::sync::{Mutex, MutexGuard};

use ort::AsPointer;
use ort::environment::Environment;
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};

use super::runtime::Runtime;
use crate::error::{Error, Result};
use crate::fork::{Section, section};
use crate::locks::lock;
use crate::memory;

/// Of what is free when such a network is opened, it may take so many quarters.
const QUARTERS: usize = 3;

/// But so much always, or one that was opened in a bad moment would fail for as long as it is open.
const LEAST: usize = 1 << 30;

/// ONNX Runtime's own choice, for each of an arena's other settings.
const USUAL: c_int = -1;

/// Held while the environment has an arena: it has one for all who open networks.
static TURN: Mutex<()> = Mutex::new(());

/// The environment's arena. Sessions that are opened while it lives work in it, and keep it until
/// they are closed.
pub struct Arena {
    environment: Environment,
    place: MemoryInfo<'static>,
    _turn: MutexGuard<'static, ()>,
    _section: Section,
}

impl Arena {
    /// A new one, for networks that are all `known`, or not. Where the system does not tell what is
    /// free, ONNX Runtime finds out, as with any that is known.
    pub fn of(runtime: &Runtime, known: bool) -> Result<Self> {
        Self::new(&runtime.0, known).map_err(|e| {
            Error::runtime(format!("ONNX Runtime refused an arena of memory ({e})")).because(e)
        })
    }

    fn new(environment: &Environment, known: bool) -> ort::Result<Self> {
        let section = section();
        let turn = lock(&TURN);
        let free = (!known).then(memory::free).flatten();
        let most = free.map_or(0, share);
        let place = MemoryInfo::new(
            AllocationDevice::CPU,
            0,
            AllocatorType::Arena,
            MemoryType::Default,
        )?;
        let api = ort::api();
        let mut settings = std::ptr::null_mut();
        // SAFETY: the function makes settings of its own, which are freed below.
        let made = unsafe { (api.CreateArenaCfg)(most, USUAL, USUAL, USUAL, &raw mut settings) };
        // SAFETY: the status is what the function answered.
        unsafe { ort::Error::result_from_status(made)? };
        let pointer = environment.ptr().cast_mut();
        // SAFETY: all three live through the call, which copies what it needs; the environment is
        // ONNX Runtime's to change, and locks itself. The settings are nobody's afterwards.
        unsafe {
            let done = (api.CreateAndRegisterAllocator)(pointer, place.ptr(), settings);
            (api.ReleaseArenaCfg)(settings);
            ort::Error::result_from_status(done)?;
        }
        Ok(Self {
            environment: environment.clone(),
            place,
            _turn: turn,
            _section: section,
        })
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        let environment = self.environment.ptr().cast_mut();
        // SAFETY: both live through the call; sessions own a share of the arena. Whether it
        // succeeded matters to the next arena only, which ONNX Runtime then refuses in words.
        unsafe {
            let done = (ort::api().UnregisterAllocator)(environment, self.place.ptr());
            let _ = ort::Error::result_from_status(done);
        }
    }
}

fn share(free: usize) -> usize {
    (free / 4 * QUARTERS).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_moment_does_not_last() {
        assert_eq!(share(0), 1 << 30);
        assert_eq!(share(8 << 30), 6 << 30);
    }
}
