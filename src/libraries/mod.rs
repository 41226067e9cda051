//! The shared libraries of this process: whose code an address is, which of them offer a function,
//! and loading one more. None is ever unloaded.

#[cfg(all(unix, not(target_vendor = "apple")))]
#[path = "elf.rs"]
mod system;
#[cfg(target_vendor = "apple")]
#[path = "macos.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
#[cfg(unix)]
mod unix;

use std::ffi::{CStr, OsStr, c_void};
use std::path::{Path, PathBuf};

use libloading::Library;

use crate::error::Fault;

/// A shared library, or the program itself, that stays loaded as long as the process lives.
pub struct Loaded {
    library: Library,
    /// Its file, as the system's loader names it.
    pub file: PathBuf,
}

impl Loaded {
    /// Loads a library; a bare name is the system loader's to find. Its own names stay its own, so
    /// that two of a kind do not mix.
    ///
    /// # Safety
    /// What it runs while it is loaded has to be trusted.
    pub unsafe fn open(name: &OsStr) -> Result<Self, Fault> {
        // SAFETY: by the contract above.
        let library = unsafe { system::open(name) }.map_err(|e| Fault::of(reason(name, &e), e))?;
        let file = PathBuf::from(name);
        Ok(Self { library, file })
    }

    /// The library that holds an address, if it offers this function itself.
    pub fn of(address: *const c_void, function: &CStr) -> Option<Self> {
        let file = file_of(address)?;
        let offers = |library: Library| {
            let found = Self {
                library,
                file: file.clone(),
            };
            let at = found.function(function);
            (!at.is_null() && file_of(at).as_ref() == Some(&file)).then_some(found)
        };
        // What the program was linked with is found through the program. To ask for it by its name
        // takes the loader a walk over all that it depends on.
        system::program()
            .and_then(offers)
            .or_else(|| system::again(address, &file).and_then(offers))
    }

    /// The address of a function, its own or of one that it depends on; null when there is none.
    pub fn function(&self, name: &CStr) -> *const c_void {
        // SAFETY: any function has an address; nothing is called.
        let found = unsafe {
            self.library
                .get::<unsafe extern "C" fn()>(name.to_bytes_with_nul())
        };
        found.map_or(std::ptr::null(), |f| *f as *const c_void)
    }

    /// Stays as long as the process does.
    pub fn keep(self) -> PathBuf {
        std::mem::forget(self.library);
        self.file
    }
}

/// The libraries of this process that offer a function of their own, those that were loaded first
/// first. Python and others keep the names of what they load to themselves; those are found too.
pub fn offering(name: &CStr) -> Vec<Loaded> {
    let mut addresses = Vec::new();
    for library in system::all() {
        let address = library.function(name);
        if !address.is_null() && !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
        .into_iter()
        .filter_map(|address| Loaded::of(address, name))
        .collect()
}

/// The file that an address was loaded from; `None` when no library holds it.
pub fn file_of(address: *const c_void) -> Option<PathBuf> {
    system::file_of(address)
}

/// Whether two names lead to the same file.
pub fn same_file(a: &Path, b: &Path) -> bool {
    a == b
        || a.canonicalize()
            .is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// The system's own words, which libloading keeps behind its own. They begin with the name of what
/// was not found; Windows leaves that out.
fn reason(name: &OsStr, error: &libloading::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let text = cause.unwrap_or_else(|| error.to_string());
    let text = text.lines().next().unwrap_or_default();
    if cfg!(windows) {
        format!("{}: {text}", name.to_string_lossy())
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_belong_to_files() {
        let own = file_of(addresses_belong_to_files as *const c_void).unwrap();
        assert!(same_file(&own, &std::env::current_exe().unwrap()));
        assert_eq!(file_of(std::ptr::null()), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_loaded_is_found_once() {
        let found = offering(c"malloc");
        assert_eq!(found.len(), 1);
        assert!(found[0].file.to_string_lossy().contains("libc.so"));
        assert!(offering(c"there_is_no_such_function").is_empty());
        // SAFETY: it is not there.
        let missing = unsafe { Loaded::open(OsStr::new("libthere-is-none.so.7")) };
        assert!(
            missing
                .err()
                .unwrap()
                .what
                .contains("libthere-is-none.so.7")
        );
    }
}
