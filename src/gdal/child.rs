//! Children of fork(), which go on with what their parent had in memory, but without its threads.

use std::fs;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether this process is a child of fork() that goes on with what its parent had in memory.
pub fn forked() -> bool {
    /// The process that asked last, and above it the answer.
    static KNOWN: AtomicU64 = AtomicU64::new(0);
    let process = u64::from(process::id());
    let known = KNOWN.load(Ordering::Relaxed);
    if known & u64::from(u32::MAX) == process {
        return known >> 32 == 1;
    }
    let forked = known != 0 || runs_no_program_of_its_own();
    KNOWN.store(process | u64::from(forked) << 32, Ordering::Relaxed);
    forked
}

/// What Linux knows of it, for a child whose parent never came by here. The flags are the ninth
/// word of the file.
fn runs_no_program_of_its_own() -> bool {
    const FORKED_BUT_NO_EXEC: u64 = 0x40;
    let status = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second word is the program's name in brackets, which may hold anything.
    let rest = status.rsplit_once(')').map_or("", |(_, rest)| rest);
    let flags = rest
        .split_whitespace()
        .nth(6)
        .and_then(|word| word.parse::<u64>().ok());
    flags.is_some_and(|flags| flags & FORKED_BUT_NO_EXEC != 0)
}
