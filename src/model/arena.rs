//! Memory for networks of unknown make. Sizes inside a network follow from numbers that it
//! computes, so that nobody can tell before it runs how much it takes. Its arena ends where the
//! machine's free memory does: what does not fit is an error, and not the end of this or another
//! process.

use std::ffi::c_int;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ort::AsPointer;
use ort::environment::Environment;
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};

use crate::fork::{Section, section};
use crate::memory;

/// Of what is free when such a network is opened, it may take so many quarters.
const QUARTERS: usize = 3;

/// But so much always, or one that was opened in a bad moment would fail for as long as it is open.
const LEAST: usize = 1 << 30;

/// ONNX Runtime's own choice, for each of an arena's other settings.
const USUAL: c_int = -1;

/// Whether the environment has an arena.
static REGISTERED: Mutex<bool> = Mutex::new(false);

/// While it lives, a session that asks for the environment's arena gets the one that was made for
/// it. A session keeps its arena until it is closed.
pub struct Arena {
    _registered: MutexGuard<'static, bool>,
    _section: Section,
}

/// Puts a new arena in the place of the one that the network before has: what was free then says
/// nothing of now. Where the system does not tell what is free, ONNX Runtime finds out, as with any
/// network.
pub fn renew(environment: &Environment) -> ort::Result<Arena> {
    let section = section();
    let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    let most = memory::free().map_or(0, share);
    let place = MemoryInfo::new(
        AllocationDevice::CPU,
        0,
        AllocatorType::Arena,
        MemoryType::Default,
    )?;
    let api = ort::api();
    let environment = environment.ptr().cast_mut();
    if *registered {
        // SAFETY: both live through the call; the environment is ONNX Runtime's to change, and locks
        // itself. Sessions own a share of the arena.
        unsafe {
            let done = (api.UnregisterAllocator)(environment, place.ptr());
            ort::Error::result_from_status(done)?;
        }
        *registered = false;
    }
    let mut settings = std::ptr::null_mut();
    // SAFETY: the function makes settings of its own, which are freed below.
    let made = unsafe { (api.CreateArenaCfg)(most, USUAL, USUAL, USUAL, &raw mut settings) };
    // SAFETY: the status is what the function answered.
    unsafe { ort::Error::result_from_status(made)? };
    // SAFETY: all three live through the call, which copies what it needs. The settings are nobody's
    // afterwards.
    unsafe {
        let done = (api.CreateAndRegisterAllocator)(environment, place.ptr(), settings);
        (api.ReleaseArenaCfg)(settings);
        ort::Error::result_from_status(done)?;
    }
    *registered = true;
    Ok(Arena {
        _registered: registered,
        _section: section,
    })
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
