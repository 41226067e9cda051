//! Windows.

use std::ffi::{OsStr, OsString, c_void};
use std::os::windows::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

use libloading::Library;
use libloading::os::windows::{
    LOAD_LIBRARY_SEARCH_DEFAULT_DIRS, LOAD_WITH_ALTERED_SEARCH_PATH, Library as Handle,
};
use windows_sys::Win32::Foundation::HMODULE;
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleFileNameW,
    GetModuleHandleExW,
};
use windows_sys::Win32::System::ProcessStatus::K32EnumProcessModules;
use windows_sys::Win32::System::Threading::GetCurrentProcess;

use super::Loaded;

/// The longest name that Windows has for a file, in UTF-16.
const LONGEST: usize = 1 << 15;

/// Loads a library, and what it needs from beside it. A bare name is looked for beside the program,
/// among Windows' own and in the folders of PATH; never in the current folder, which may be
/// anybody's.
///
/// # Safety
/// What it runs while it is loaded has to be trusted.
pub unsafe fn open(name: &OsStr) -> Result<Library, libloading::Error> {
    let named = Path::new(name);
    let file = if named.components().count() > 1 {
        std::path::absolute(named).ok()
    } else {
        in_path(named)
    };
    // SAFETY: by the contract above.
    unsafe {
        match file {
            Some(file) => Handle::load_with_flags(&file, LOAD_WITH_ALTERED_SEARCH_PATH),
            None => Handle::load_with_flags(name, LOAD_LIBRARY_SEARCH_DEFAULT_DIRS),
        }
    }
    .map(Into::into)
}

/// The file of this name in the folders of PATH.
fn in_path(name: &Path) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// The loaded library that holds an address.
pub fn again(address: *const c_void, _: &Path) -> Option<Library> {
    let module = module_of(address)?;
    // SAFETY: the module was pinned, so it stays whatever is counted.
    Some(unsafe { Handle::from_raw(module as _) }.into())
}

/// The program offers no names of what it was linked with.
pub fn program() -> Option<Library> {
    None
}

/// The file that an address was loaded from.
pub fn file_of(address: *const c_void) -> Option<PathBuf> {
    file(module_of(address)?)
}

/// Every library of this process, the program first.
pub fn all() -> Vec<Loaded> {
    let mut modules: Vec<HMODULE> = vec![null_mut(); 4096];
    let bytes = size_of_val(modules.as_slice()) as u32;
    let mut needed = 0;
    // SAFETY: the list has room for what is said.
    let told = unsafe {
        K32EnumProcessModules(
            GetCurrentProcess(),
            modules.as_mut_ptr(),
            bytes,
            &mut needed,
        )
    };
    if told == 0 {
        return Vec::new();
    }
    modules.truncate(needed as usize / size_of::<HMODULE>());
    modules
        .into_iter()
        .filter_map(|module| {
            let file = file(module)?;
            let library = again(module.cast_const(), &file)?;
            Some(Loaded { library, file })
        })
        .collect()
}

fn module_of(address: *const c_void) -> Option<HMODULE> {
    // Null would stand for the program.
    if address.is_null() {
        return None;
    }
    let mut module = null_mut();
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    // SAFETY: with these flags the name is any address of the module.
    let found = unsafe { GetModuleHandleExW(flags, address.cast(), &mut module) };
    (found != 0).then_some(module)
}

fn file(module: HMODULE) -> Option<PathBuf> {
    let mut name = vec![0; LONGEST];
    // SAFETY: the buffer has room for what is said.
    let length = unsafe { GetModuleFileNameW(module, name.as_mut_ptr(), LONGEST as u32) };
    (length > 0).then(|| OsString::from_wide(&name[..length as usize]).into())
}
