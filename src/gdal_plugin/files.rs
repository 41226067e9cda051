//! The files that we put into GDAL's virtual file system: those of the index; and, where GDAL has
//! no driver `S2SR`, a sentence for those who open one of its names.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::null_mut;

use super::guard;
use super::index::{Along, Index};
use super::kept::Use;
use crate::gdal::api::{Gdal, VSIFilesystemPluginCallbacksStruct, VSIStatBufL};
use crate::gdal::find::table;
use crate::gdal::{c_string, tasks};

/// A file of the index that is open, and the place where it is read next.
struct Open {
    file: Index,
    at: u64,
    /// Whether more was asked for than there is.
    ended: bool,
    /// Who has such a file open reads a VRT of ours, and comes back to what is kept for it. `None`:
    /// opened for another raster of ours, which sees to it that it is closed.
    using: Option<Use>,
    gdal: &'static Gdal,
}

/// The names that the files of the index begin with, and those of the driver. GDAL keeps the
/// pointer.
const INDEX: &CStr = c"/vsis2sr/";
const DRIVER: &CStr = c"S2SR:";

/// Lets a GDAL read the files of the index, and has it answer those who open a name of the driver,
/// if it has none. GDAL registers plug-ins again and again, whenever somebody asks for its drivers;
/// from 3.13 on a second handler of a name takes the first one away from the files that are open.
pub fn register(gdal: &Gdal, has_driver: bool) {
    if installed(gdal) {
        return;
    }
    if !has_driver {
        install(gdal, DRIVER, |calls| {
            calls.pUserData = gdal.number as *mut c_void;
            calls.stat = Some(no_driver);
            calls.open = Some(not_opened);
        });
    }
    install(gdal, INDEX, |calls| {
        calls.pUserData = gdal.number as *mut c_void;
        calls.stat = Some(stat);
        calls.open = Some(open);
        calls.tell = Some(tell);
        calls.seek = Some(seek);
        calls.read = Some(read);
        calls.eof = Some(eof);
        calls.close = Some(close);
    });
}

/// Whether this GDAL reads the files of the index already. It forgets them when a program ends its
/// use of files.
fn installed(gdal: &Gdal) -> bool {
    let name = c_string(&Index::new(Along::Columns, 1).path());
    let mut about = MaybeUninit::<VSIStatBufL>::uninit();
    // SAFETY: a C string, and a structure that GDAL fills.
    unsafe { (gdal.VSIStatL)(name.as_ptr(), about.as_mut_ptr()) == 0 }
}

fn install(
    gdal: &Gdal,
    prefix: &'static CStr,
    fill: impl FnOnce(&mut VSIFilesystemPluginCallbacksStruct),
) {
    // SAFETY: GDAL makes the structure, copies it, and frees it; the functions live as long as this
    // library, which is never unloaded, and so does the prefix.
    unsafe {
        let calls = (gdal.VSIAllocFilesystemPluginCallbacksStruct)();
        if let Some(calls) = calls.as_mut() {
            fill(calls);
            (gdal.VSIInstallPluginHandler)(prefix.as_ptr(), calls);
        }
        (gdal.VSIFreeFilesystemPluginCallbacksStruct)(calls);
    }
}

/// The file of a name that GDAL gives, without what all of these names begin with.
///
/// # Safety
/// `name` is a C string.
unsafe fn file(name: *const c_char) -> Option<Index> {
    // SAFETY: by the contract above.
    Index::named(unsafe { CStr::from_ptr(name) }.to_str().ok()?)
}

unsafe extern "C" fn stat(
    _: *mut c_void,
    name: *const c_char,
    stat: *mut VSIStatBufL,
    _flags: c_int,
) -> c_int {
    // SAFETY: GDAL's name, and its structure, for which all zero is a valid value.
    unsafe {
        let Some(file) = file(name) else {
            set_errno(libc::ENOENT);
            return -1;
        };
        *stat = std::mem::zeroed();
        (*stat).st_size = file.length() as _;
        (*stat).st_mode = libc::S_IFREG as _;
    }
    0
}

unsafe extern "C" fn open(
    number: *mut c_void,
    name: *const c_char,
    access: *const c_char,
) -> *mut c_void {
    // SAFETY: GDAL's strings.
    let (file, access) = unsafe { (file(name), CStr::from_ptr(access).to_bytes()) };
    let reads = access.starts_with(b"r") && !access.contains(&b'+');
    let (Some(file), Some(gdal), true) = (file, table(number as usize), reads) else {
        set_errno(if reads { libc::ENOENT } else { libc::EROFS });
        return null_mut();
    };
    let open = guard(gdal, || {
        Ok(Box::new(Open {
            file,
            at: 0,
            ended: false,
            using: (!tasks::any()).then(|| Use::begin(gdal)),
            gdal,
        }))
    });
    open.map_or(null_mut(), |open| Box::into_raw(open).cast())
}

/// Why a file was not opened, for those who ask the system as GDAL does. What it said last may be
/// anything.
fn set_errno(number: c_int) {
    // SAFETY: the place of this thread's number, which is there as long as the thread.
    #[cfg(target_os = "linux")]
    unsafe {
        *libc::__errno_location() = number;
    }
    // SAFETY: as above.
    #[cfg(target_vendor = "apple")]
    unsafe {
        *libc::__error() = number;
    }
    #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
    let _ = number;
}

/// What `open` gave away.
///
/// # Safety
/// `file` came from `open`, was not closed yet, and is used by one thread at a time.
unsafe fn opened<'a>(file: *mut c_void) -> &'a mut Open {
    // SAFETY: by the contract above.
    unsafe { &mut *file.cast::<Open>() }
}

unsafe extern "C" fn tell(file: *mut c_void) -> u64 {
    // SAFETY: GDAL hands over what it opened.
    unsafe { opened(file) }.at
}

unsafe extern "C" fn seek(file: *mut c_void, offset: u64, whence: c_int) -> c_int {
    // SAFETY: GDAL hands over what it opened.
    let open = unsafe { opened(file) };
    let from = [0, open.at, open.file.length()];
    let Some(start) = from.get(whence as usize) else {
        return -1;
    };
    // An offset from elsewhere than the start may be negative.
    open.at = start.wrapping_add(offset);
    open.ended = false;
    0
}

unsafe extern "C" fn read(
    file: *mut c_void,
    data: *mut c_void,
    size: usize,
    count: usize,
) -> usize {
    // SAFETY: GDAL hands over what it opened, and a buffer of so many bytes.
    let (open, buffer) = unsafe {
        let bytes = size.saturating_mul(count);
        if bytes == 0 {
            return 0;
        }
        (
            opened(file),
            std::slice::from_raw_parts_mut(data.cast::<u8>(), bytes),
        )
    };
    let got = open.file.read(open.at, buffer);
    open.at = open.at.saturating_add(got as u64);
    open.ended = got < buffer.len();
    got / size
}

unsafe extern "C" fn eof(file: *mut c_void) -> c_int {
    // SAFETY: GDAL hands over what it opened.
    unsafe { opened(file) }.ended.into()
}

unsafe extern "C" fn close(file: *mut c_void) -> c_int {
    // SAFETY: GDAL hands over what it opened, and never again.
    let mut open = unsafe { Box::from_raw(file.cast::<Open>()) };
    guard(open.gdal, || {
        open.using = None;
        Ok(())
    });
    0
}

unsafe extern "C" fn no_driver(
    number: *mut c_void,
    _: *const c_char,
    _: *mut VSIStatBufL,
    _: c_int,
) -> c_int {
    const FILE_ERROR: c_int = 1; // VSIE_FileError of cpl_vsi_error.h, a macro
    if let Some(gdal) = table(number as usize) {
        let message = c_string(&format!(
            "this GDAL {} has no driver S2SR; the same pixels come from a VRT: s2sr vrt PRODUCT \
             OUT.vrt",
            gdal.version
        ));
        // SAFETY: a format and the one C string that it takes.
        unsafe { (gdal.VSIError)(FILE_ERROR, c"%s".as_ptr(), message.as_ptr()) };
    }
    -1
}

unsafe extern "C" fn not_opened(_: *mut c_void, _: *const c_char, _: *const c_char) -> *mut c_void {
    null_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gdal_plugin::{index, names};

    #[test]
    fn names_begin_as_they_are_registered() {
        assert_eq!(INDEX.to_str(), Ok(index::FOLDER));
        assert_eq!(DRIVER.to_str(), Ok(names::PREFIX));
    }
}
