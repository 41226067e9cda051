//! Which GDAL is used. A thread that a GDAL has called into ours uses that one; every other thread
//! uses the one of the process, which is found when a file is first asked for, in this order: the
//! GDAL that loaded the plug-in, one that is in the process already, the file that the option
//! `gdal` or the environment variable `S2SR_GDAL` names, the system's. Of several in the process
//! that file is taken, or else the first.
//!
//! The file decides which code runs, so no data can name it.

use std::cell::Cell;
use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use super::api::{Gdal, MARK};
use crate::error::{Error, Result};
use crate::fork::section;
use crate::libraries::{Loaded, offering, same_file};
use crate::locks::lock;
use crate::memory;
use crate::places;

/// More GDALs than anybody has in one process.
pub const MOST: usize = 8;

/// The tables, in the order in which they were asked for.
static TABLES: [OnceLock<Gdal>; MOST] = [const { OnceLock::new() }; MOST];
/// The one of the process.
static OF_PROCESS: OnceLock<&'static Gdal> = OnceLock::new();
/// Held while one is being searched for.
static SEARCHING: Mutex<()> = Mutex::new(());
/// Whether this process is a program of ours.
static OURS: AtomicBool = AtomicBool::new(false);

thread_local! {
    static CALLING: Cell<Option<&'static Gdal>> = const { Cell::new(None) };
}

/// The GDAL that this thread uses, searched for if there is none yet.
pub fn get() -> Result<&'static Gdal> {
    known().map_or_else(|| choose(None), Ok)
}

/// The GDAL that this thread uses, if it was found already.
pub fn known() -> Option<&'static Gdal> {
    CALLING.get().or_else(|| OF_PROCESS.get().copied())
}

/// The table of this number.
pub fn table(number: usize) -> Option<&'static Gdal> {
    TABLES.get(number).and_then(OnceLock::get)
}

/// The GDAL of the process, which `option` may name. An attempt that failed is made anew at the
/// next call.
pub fn choose(option: Option<&Path>) -> Result<&'static Gdal> {
    if let Some(gdal) = known() {
        return accepted(gdal, option);
    }
    let _section = section();
    let _searching = lock(&SEARCHING);
    let gdal = match OF_PROCESS.get() {
        Some(gdal) => gdal,
        None => search(places::gdal_file(option).as_deref())?,
    };
    if OURS.load(Ordering::Relaxed) {
        super::limit(gdal);
    }
    accepted(OF_PROCESS.get_or_init(|| gdal), option)
}

/// Notes that this process is a program of ours: its GDAL keeps its block cache small, unless the
/// user set GDAL_CACHEMAX, and the threads that it starts itself keep quiet.
pub fn for_a_program_of_ours() {
    OURS.store(true, Ordering::Relaxed);
}

/// The GDAL that an address belongs to: the one that called. Where the address tells nothing, the
/// one that is found in the process.
pub fn of_caller(address: *const c_void) -> Result<&'static Gdal> {
    let _section = section();
    let _searching = lock(&SEARCHING);
    let gdal = match Loaded::of(address, MARK) {
        Some(library) => add(library).map_err(unusable)?,
        None => search(places::gdal_file(None).as_deref())?,
    };
    OF_PROCESS.get_or_init(|| gdal);
    Ok(gdal)
}

/// Lets this thread use a GDAL while `work` is done.
pub fn with<T>(gdal: Option<&'static Gdal>, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<&'static Gdal>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CALLING.set(self.0);
        }
    }
    let _restore = Restore(CALLING.replace(gdal));
    work()
}

/// The one of the process, unless another one was asked for.
fn accepted(gdal: &'static Gdal, option: Option<&Path>) -> Result<&'static Gdal> {
    match option.filter(|wanted| !same_file(wanted, &gdal.file)) {
        None => Ok(gdal),
        Some(wanted) => Err(Error::runtime(format!(
            "{} cannot be used beside the GDAL {} of this process, {}; leave the option out or \
             start a new process",
            wanted.display(),
            gdal.version,
            gdal.file.display()
        ))),
    }
}

/// What a GDAL and the hundred libraries that it needs take up, with room to spare: where memory
/// ends while they are loaded, the process ends.
const TO_LOAD: usize = 224 << 20;

fn search(named: Option<&Path>) -> Result<&'static Gdal> {
    let (mut tried, mut cause) = (Vec::new(), None);
    let mut here = offering(MARK);
    // The one that is named comes first, the others in the order that they were loaded in.
    here.sort_by_key(|l| !named.is_some_and(|named| same_file(named, &l.file)));
    for library in here {
        match add(library) {
            Ok(gdal) => return Ok(gdal),
            Err(why) => tried.push(why),
        }
    }
    if tried.is_empty() {
        tried.push("this process".into());
    }
    memory::require(TO_LOAD)?;
    let places = named.map_or_else(system_names, |file| vec![file.to_owned()]);
    for name in &places {
        // SAFETY: a program, its environment or the system decides what it is; it is trusted.
        match unsafe { Loaded::open(name.as_os_str()) } {
            Ok(library) => match add(library) {
                Ok(gdal) => return Ok(gdal),
                Err(why) => tried.push(why),
            },
            Err(fault) => {
                let why = fault.to_string();
                let missing = why.starts_with(&*name.to_string_lossy());
                cause = fault.source;
                match (missing, named) {
                    // Names that are not there need no words of their own.
                    (true, None) => {}
                    (true, Some(_)) => tried.push(why),
                    (false, _) => tried.push(format!("{} ({why})", name.display())),
                }
            }
        }
    }
    if let ([first, .., last], None) = (places.as_slice(), named) {
        tried.push(format!(
            "the system's {} to {}",
            first.display(),
            last.display()
        ));
    }
    Err(unusable(tried.join(", ")).caused(cause))
}

fn unusable(tried: String) -> Error {
    Error::runtime(format!(
        "no GDAL of version 3.4 or later was found, by which files are read and written; looked \
         at {tried}; install GDAL ({INSTALL}) or set S2SR_GDAL to its library"
    ))
}

/// How people get a GDAL.
#[cfg(target_os = "linux")]
const INSTALL: &str = "Debian, Ubuntu: apt install gdal-bin";
#[cfg(target_vendor = "apple")]
const INSTALL: &str = "brew install gdal";
#[cfg(windows)]
const INSTALL: &str = "with QGIS or OSGeo4W";
#[cfg(not(any(target_os = "linux", target_vendor = "apple", windows)))]
const INSTALL: &str = "the package gdal";

/// The names that the system's GDAL may have, newest first: from 3.14 down to 3.4, for there is one
/// a minor version.
fn system_names() -> Vec<PathBuf> {
    #[cfg(target_vendor = "apple")]
    let name = |n: u32| format!("libgdal.{n}.dylib");
    #[cfg(windows)]
    let name = |n: u32| format!("gdal{}.dll", 304 + n - 30);
    #[cfg(not(any(target_vendor = "apple", windows)))]
    let name = |n: u32| format!("libgdal.so.{n}");
    let versions = (30..=40).rev().map(|n| PathBuf::from(name(n)));
    #[cfg(windows)]
    let versions = versions.chain([PathBuf::from("gdal.dll")]);
    versions.collect()
}

/// The table of a library, the one that is there already if there is one.
fn add(library: Loaded) -> std::result::Result<&'static Gdal, String> {
    let known = TABLES.iter().filter_map(OnceLock::get);
    if let Some(gdal) = known.clone().find(|gdal| gdal.is(&library)) {
        return Ok(gdal);
    }
    let number = known.count();
    let Some(place) = TABLES.get(number) else {
        return Err(format!(
            "{}, which is one more than the {MOST} that a process may have",
            library.file.display()
        ));
    };
    let table = Gdal::of(library, number)?;
    Ok(place.get_or_init(|| table))
}
