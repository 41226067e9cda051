//! Memory for networks of unknown make. Sizes inside a network follow from numbers that it
//! computes, so that nobody can tell before it runs how much it takes. Its arena ends where the
//! machine's free memory does: what does not fit is an error, and not the end of this or another
//! process.

use std::ffi::c_int;
use std::sync::Mutex;

use ort::AsPointer;
use ort::environment::Environment;
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};

use crate::fork::section;
use crate::memory;

/// Of what is free when the first such network is opened, they may take so many quarters.
const QUARTERS: usize = 3;

/// ONNX Runtime's own choice, for each of an arena's other settings.
const USUAL: c_int = -1;

static REGISTERED: Mutex<bool> = Mutex::new(false);

/// Makes the arena, once a process, for sessions that ask for the environment's. Where the system
/// does not tell what is free, ONNX Runtime finds out, as with any network.
pub fn register(environment: &Environment) -> ort::Result<()> {
    let _section = section();
    let mut registered = REGISTERED.lock().unwrap_or_else(|e| e.into_inner());
    if *registered {
        return Ok(());
    }
    let most = memory::free().map_or(0, |free| free / 4 * QUARTERS);
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
    // SAFETY: all three live through the call, which copies what it needs; the environment is
    // ONNX Runtime's to change, and locks itself. The settings are nobody's afterwards.
    unsafe {
        let environment = environment.ptr().cast_mut();
        let done = (api.CreateAndRegisterAllocator)(environment, place.ptr(), settings);
        (api.ReleaseArenaCfg)(settings);
        ort::Error::result_from_status(done)?;
    }
    *registered = true;
    Ok(())
}
