//! What a thread of ours takes over from the one that starts it.

use std::ffi::{CStr, CString};

use super::api::Gdal;
use super::find;
use super::strings::StringList;
use super::tasks::{self, Task};

/// What counts on one thread only, to be handed to the threads that it starts: the GDAL that it
/// uses, the configuration that the program set there for this thread (credentials, for example),
/// and what the thread is at work on.
pub struct Context {
    gdal: Option<&'static Gdal>,
    options: Vec<CString>,
    tasks: Vec<Task>,
}

impl Context {
    /// That of the calling thread. Where no GDAL was used yet there is none to ask.
    pub fn of_caller() -> Self {
        let gdal = find::known();
        Self {
            gdal,
            options: gdal.map(thread_options).unwrap_or_default(),
            tasks: tasks::all(),
        }
    }

    /// Makes it that of the calling thread while `work` is done.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        find::with(self.gdal, || {
            let before = Self {
                gdal: self.gdal,
                options: self.gdal.map(thread_options).unwrap_or_default(),
                tasks: tasks::exchange(self.tasks.clone()),
            };
            set_thread_options(self.gdal, &self.options);
            let _restore = Restore(before);
            work()
        })
    }
}

/// Gives a thread its own context back, also when it panics.
struct Restore(Context);

impl Drop for Restore {
    fn drop(&mut self) {
        set_thread_options(self.0.gdal, &self.0.options);
        tasks::exchange(std::mem::take(&mut self.0.tasks));
    }
}

/// The options of GDAL that were set for this thread, as `KEY=VALUE`.
fn thread_options(gdal: &Gdal) -> Vec<CString> {
    let mut options = Vec::new();
    // SAFETY: GDAL gives a copy of its list, null or NULL-terminated, which is freed here.
    unsafe {
        let head = (gdal.CPLGetThreadLocalConfigOptions)();
        let mut next = head;
        while !next.is_null() && !(*next).is_null() {
            options.push(CStr::from_ptr(*next).to_owned());
            next = next.add(1);
        }
        (gdal.CSLDestroy)(head);
    }
    options
}

fn set_thread_options(gdal: Option<&Gdal>, options: &[CString]) {
    let list: StringList = options.iter().cloned().collect();
    if let Some(gdal) = gdal {
        // SAFETY: a NULL-terminated list of C strings, which GDAL copies.
        unsafe { (gdal.CPLSetThreadLocalConfigOptions)(list.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_goes_from_thread_to_thread_and_leaves_no_trace() {
        let gdal = find::get().unwrap();
        // SAFETY: C strings.
        unsafe {
            (gdal.CPLSetThreadLocalConfigOption)(c"S2SR_TEST".as_ptr(), c"mine".as_ptr());
        }
        let option = || thread_options(gdal).contains(&c"S2SR_TEST=mine".to_owned());
        let _task = tasks::begin(Task::Tile((1, 2, 3)));
        let context = Context::of_caller();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                context.run(|| {
                    assert!(option());
                    assert!(tasks::circle(|t| *t == Task::Tile((1, 2, 3))));
                });
                assert!(!option());
                assert!(!tasks::any());
            });
        });
    }
}
