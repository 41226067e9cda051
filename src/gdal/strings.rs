//! C strings and lists of them, to GDAL and from it.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString, c_char};
use std::path::Path;

use super::api::{CSLConstList, CSLList, Gdal};

/// A C string; what follows a NUL byte is cut off.
pub fn c_string(text: &str) -> CString {
    CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default()
}

/// Whether a name is GDAL's own, not one of the system: `/vsizip/…`.
pub fn is_virtual(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(b"/vsi")
}

/// A name as GDAL has it: byte for byte; on Windows in UTF-8, and with the slashes that GDAL looks
/// for in names of its own.
pub fn name(path: &Path) -> Cow<'_, [u8]> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if !cfg!(windows) || !is_virtual(path) {
        return bytes.into();
    }
    let slash = |b: &u8| if *b == b'\\' { b'/' } else { *b };
    bytes.iter().map(slash).collect::<Vec<u8>>().into()
}

/// The name of a file as GDAL takes it.
pub fn c_path(path: &Path) -> CString {
    let bytes = name(path);
    CString::new(bytes.split(|b| *b == 0).next().unwrap_or_default()).unwrap_or_default()
}

/// The name of a file from the bytes that GDAL or an archive has for it.
pub fn os_name(bytes: Vec<u8>) -> OsString {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::from_vec(bytes);
    #[cfg(not(unix))]
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// The text that GDAL points to; empty for null.
///
/// # Safety
/// `text` is null or a C string that lives during the call.
pub unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, and a C string by the contract above.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// The texts of a list that GDAL keeps.
///
/// # Safety
/// `list` is null or a NULL-terminated list of C strings that live during the call.
pub(super) unsafe fn texts(list: CSLList) -> Vec<String> {
    // SAFETY: by the contract above.
    let found = unsafe { names(list) };
    let text = |name: Vec<u8>| String::from_utf8_lossy(&name).into_owned();
    found.into_iter().map(text).collect()
}

/// The same byte for byte.
///
/// # Safety
/// As for [`texts`].
pub(super) unsafe fn names(list: CSLList) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: by the contract above; the list ends with a null.
    unsafe {
        while !next.is_null() && !(*next).is_null() {
            found.push(CStr::from_ptr(*next).to_bytes().to_vec());
            next = next.add(1);
        }
    }
    found
}

/// The names in a list that GDAL gives away.
///
/// # Safety
/// `list` is null or a NULL-terminated list of C strings, and nobody else's.
pub(super) unsafe fn take_list(gdal: &Gdal, list: CSLList) -> Vec<OsString> {
    // SAFETY: by the contract above.
    unsafe {
        let found = names(list);
        (gdal.CSLDestroy)(list);
        found.into_iter().map(os_name).collect()
    }
}

/// A NULL-terminated list of C strings, as GDAL takes options and metadata.
pub struct StringList {
    pointers: Vec<*const c_char>,
    _strings: Vec<CString>,
}

impl StringList {
    /// `KEY=VALUE` for each pair.
    pub fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let pair = |(k, v)| c_string(&format!("{k}={v}"));
        pairs.into_iter().map(pair).collect()
    }

    /// Each name as it is.
    pub fn names<'a>(names: impl IntoIterator<Item = &'a OsStr>) -> Self {
        let name = |name| c_path(Path::new(name));
        names.into_iter().map(name).collect()
    }

    /// The list, valid as long as `self`.
    pub fn as_ptr(&self) -> CSLConstList {
        self.pointers.as_ptr()
    }
}

impl FromIterator<CString> for StringList {
    fn from_iter<T: IntoIterator<Item = CString>>(strings: T) -> Self {
        let strings: Vec<CString> = strings.into_iter().collect();
        let pointers = strings.iter().map(|s| s.as_ptr());
        Self {
            pointers: pointers.chain([std::ptr::null()]).collect(),
            _strings: strings,
        }
    }
}
