//! GDAL and threads: what a thread of ours takes over from the one that starts it, what datasets
//! that wander between threads need, and how far GDAL's own threads can be counted on.

use std::ffi::{CStr, CString, c_char};
use std::fs;
use std::marker::PhantomData;
use std::process;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicU64, Ordering};

use gdal_sys::GDALDatasetH;

use super::tasks::{self, Task};
use super::{Quiet, pool};

/// What counts on one thread only, to be handed to the threads that it starts: the configuration
/// that the program set for this thread (credentials, for example), and what the thread is at work
/// on.
pub struct Context {
    options: Vec<CString>,
    tasks: Vec<Task>,
}

impl Context {
    /// That of the calling thread.
    pub fn of_caller() -> Self {
        Self {
            options: thread_options(),
            tasks: tasks::all(),
        }
    }

    /// Makes it that of the calling thread while `work` is done.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = Self {
            options: thread_options(),
            tasks: tasks::exchange(self.tasks.clone()),
        };
        set_thread_options(&self.options);
        let _restore = Restore(before);
        work()
    }
}

/// Gives a thread its own context back, also when it panics.
struct Restore(Context);

impl Drop for Restore {
    fn drop(&mut self) {
        set_thread_options(&self.0.options);
        tasks::exchange(std::mem::take(&mut self.0.tasks));
    }
}

/// The options of GDAL that were set for this thread, as `KEY=VALUE`.
fn thread_options() -> Vec<CString> {
    let mut options = Vec::new();
    // SAFETY: GDAL gives a copy of its list, null or NULL-terminated, which is freed here.
    unsafe {
        let head = gdal_sys::CPLGetThreadLocalConfigOptions();
        let mut next = head;
        while !next.is_null() && !(*next).is_null() {
            options.push(CStr::from_ptr(*next).to_owned());
            next = next.add(1);
        }
        gdal_sys::CSLDestroy(head);
    }
    options
}

fn set_thread_options(options: &[CString]) {
    let list: Vec<*const c_char> = options.iter().map(|o| o.as_ptr()).chain([null()]).collect();
    // SAFETY: a NULL-terminated list of C strings, which GDAL copies.
    unsafe { gdal_sys::CPLSetThreadLocalConfigOptions(list.as_ptr()) };
}

/// While one of these lives, what GDAL opens and reads on this thread stays on this thread and with
/// its dataset.
pub struct Rules(#[expect(dead_code, reason = "gives the thread its own options back")] Set);

impl Rules {
    /// Sets them, until the answer is dropped.
    pub fn enter() -> Self {
        // The sources of a VRT would be shared with all VRTs that this thread opens, wherever they
        // wander; and threads of GDAL's would not know what they are reading for.
        // And a file packed with gzip would get another one beside it.
        let rules = [
            (c"VRT_SHARED_SOURCE", c"NO"),
            (c"VRT_NUM_THREADS", c"1"),
            (c"CPL_VSIL_GZIP_WRITE_PROPERTIES", c"NO"),
            // A mask goes into the file itself.
            (c"GDAL_TIFF_INTERNAL_MASK", c"YES"),
        ];
        // On threads of its own GDAL would tell the host's standard error what is wrong with a file.
        let alone = forked() || !super::HUSHED.load(Ordering::Relaxed);
        let decoders = alone.then_some(SINGLE);
        Self(Set::new(rules.into_iter().chain(decoders)))
    }
}

/// While one of these lives, GDAL decodes on this thread alone, where its messages are heard.
pub struct Alone(#[expect(dead_code, reason = "gives the thread its own options back")] Set);

impl Alone {
    /// From now on, until the answer is dropped.
    pub fn enter() -> Self {
        Self(Set::new([SINGLE].into_iter()))
    }
}

/// The option of GDAL that leaves decoding to the thread that reads.
const SINGLE: (&CStr, &CStr) = (c"GDAL_NUM_THREADS", c"1");

/// Options of GDAL that are set for this thread, and what they were before.
struct Set {
    before: Vec<(&'static CStr, Option<CString>)>,
    _thread: PhantomData<*const ()>, // bound to its thread
}

impl Set {
    fn new(options: impl Iterator<Item = (&'static CStr, &'static CStr)>) -> Self {
        let set = |(key, value): (&'static CStr, &CStr)| {
            // SAFETY: C strings; GDAL copies what it is given, and its answer is copied before the
            // option changes.
            unsafe {
                let old = gdal_sys::CPLGetThreadLocalConfigOption(key.as_ptr(), null());
                let old = (!old.is_null()).then(|| CStr::from_ptr(old).to_owned());
                gdal_sys::CPLSetThreadLocalConfigOption(key.as_ptr(), value.as_ptr());
                (key, old)
            }
        };
        Self {
            before: options.map(set).collect(),
            _thread: PhantomData,
        }
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        for (key, value) in &self.before {
            let value = value.as_ref().map_or(null(), |v| v.as_ptr());
            // SAFETY: C strings; null takes the option away.
            unsafe { gdal_sys::CPLSetThreadLocalConfigOption(key.as_ptr(), value) };
        }
    }
}

/// An open dataset that shares nothing with any other. Only such a one may wander between threads,
/// one at a time.
pub struct Unshared(GDALDatasetH);

// SAFETY: GDAL datasets may move between threads as long as only one uses them at a time, which
// whoever holds it by `&mut` sees to, and as long as they do not share sources with others: it was
// opened, and is read, under `Rules`.
unsafe impl Send for Unshared {}

impl Unshared {
    /// The dataset that `open` gives, which is the caller's alone; `None` for null.
    pub fn open(open: impl FnOnce() -> GDALDatasetH) -> Option<Self> {
        let _rules = Rules::enter();
        let handle = open();
        (!handle.is_null()).then_some(Self(handle))
    }

    /// GDAL's handle. Pixels are to be read under [`Rules`].
    pub fn handle(&self) -> GDALDatasetH {
        self.0
    }
}

impl Drop for Unshared {
    fn drop(&mut self) {
        let _quiet = Quiet::new();
        // SAFETY: the handle is open and nobody else has it.
        unsafe { super::close(std::mem::replace(&mut self.0, null_mut())) };
    }
}

/// How many threads GDAL may compress with, as its option NUM_THREADS has it. A child of fork() has
/// none of the threads that GDAL started before, and would wait for them.
pub fn worker_threads() -> usize {
    if forked() { 1 } else { pool::threads() }
}

/// Creation options with no more than [`worker_threads`].
pub fn allowed(creation: &[(String, String)]) -> Vec<(String, String)> {
    let most = worker_threads();
    let allow = |(key, value): &(String, String)| {
        let too_many = key.eq_ignore_ascii_case("NUM_THREADS")
            && value.parse::<usize>().map_or(true, |n| n > most);
        (
            key.clone(),
            if too_many {
                most.to_string()
            } else {
                value.clone()
            },
        )
    };
    creation.iter().map(allow).collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn option(key: &CStr) -> Option<String> {
        // SAFETY: a C string; null is answered where the option is not set.
        let value = unsafe { gdal_sys::CPLGetThreadLocalConfigOption(key.as_ptr(), null()) };
        // SAFETY: a C string that GDAL keeps.
        (!value.is_null()).then(|| unsafe { super::super::text(value) })
    }

    #[test]
    fn a_context_goes_from_thread_to_thread_and_leaves_no_trace() {
        // SAFETY: C strings.
        unsafe { gdal_sys::CPLSetThreadLocalConfigOption(c"S2SR_TEST".as_ptr(), c"mine".as_ptr()) };
        let _task = tasks::begin(Task::Tile((1, 2, 3)));
        let context = Context::of_caller();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                context.run(|| {
                    assert_eq!(option(c"S2SR_TEST").as_deref(), Some("mine"));
                    assert!(tasks::circle(|t| *t == Task::Tile((1, 2, 3))));
                });
                assert_eq!(option(c"S2SR_TEST"), None);
                assert!(!tasks::any());
            });
        });
    }

    #[test]
    fn rules_end_where_they_began() {
        // SAFETY: C strings.
        unsafe {
            gdal_sys::CPLSetThreadLocalConfigOption(c"VRT_SHARED_SOURCE".as_ptr(), c"YES".as_ptr())
        };
        let rules = Rules::enter();
        assert_eq!(option(c"VRT_SHARED_SOURCE").as_deref(), Some("NO"));
        // Tests keep nobody quiet, so decoding stays on this thread.
        assert_eq!(option(c"GDAL_NUM_THREADS").as_deref(), Some("1"));
        drop(rules);
        assert_eq!(option(c"VRT_SHARED_SOURCE").as_deref(), Some("YES"));
        assert_eq!(option(c"GDAL_NUM_THREADS"), None);
        assert_eq!(option(c"VRT_NUM_THREADS"), None);
    }
}
