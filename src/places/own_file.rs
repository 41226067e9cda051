//! The file that this code was loaded from: the shared library, or the program it is linked into.

use std::env;
use std::ffi::c_void;
use std::path::PathBuf;

use crate::libraries;

/// Its path, links followed.
pub fn own_file() -> Option<PathBuf> {
    libraries::file_of(own_file as *const c_void)
        .and_then(|file| dunce::canonicalize(file).ok())
        .or_else(|| env::current_exe().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_the_program_that_runs() {
        let program = dunce::canonicalize(env::current_exe().unwrap()).unwrap();
        assert_eq!(own_file(), Some(program));
    }
}
