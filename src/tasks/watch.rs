//! Long work in a thread of its own, while the calling thread reports its progress and listens for
//! cancelling. However long the work is stuck in a system call or in somebody else's code, whoever
//! cancels is answered at once.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::fork::PARENTS;
use crate::gdal::spawn::{ended, spawn};

/// Called with the fraction done (0 to 1) and, now and then, something the user should know;
/// `false` cancels.
///
/// ```
/// let mut ten_calls = 10;
/// let progress: s2sr::Progress = &mut |done, _note| {
///     ten_calls -= 1;
///     println!("{:.0} %", done * 100.0);
///     ten_calls > 0
/// };
/// assert!(progress(0.5, None));
/// ```
pub type Progress<'a> = &'a mut dyn FnMut(f64, Option<&str>) -> bool;

/// How often progress is reported and cancellation looked for.
pub const HEARTBEAT: Duration = Duration::from_millis(100);

/// How long cancelled work may take to end in good order. Then it is left to end by itself.
const GRACE: Duration = Duration::from_millis(500);

/// Smaller steps than this are not worth a call of the progress function.
const STEP: f64 = 0.0005;

/// Does `work` in a thread of its own and calls `progress`, on this thread only, until it is
/// through. The work's own progress function asks this one. What the work gives counts only if
/// nobody cancelled meanwhile.
///
/// A progress function that panics cancels, and its panic goes on once the work has ended. Work
/// that does not end when it is cancelled is left behind: it has to own what it uses, and what it
/// leaves in files is the caller's to remove.
pub fn watched<T: Send + 'static>(
    progress: Progress,
    work: impl FnOnce(Progress) -> Result<T> + Send + 'static,
) -> Result<T> {
    // Without a buffer: the work goes on when its report was answered, so that no cancelling is
    // missed.
    let (tell, told) = sync_channel(0);
    let (reply, replies) = sync_channel(0);
    let stopped = Arc::new(AtomicBool::new(false));
    let mut desk = Desk {
        tell,
        replies,
        stopped: stopped.clone(),
        last: f64::NAN,
    };
    let thread = spawn(move || work(&mut |fraction, note| desk.report(fraction, note)))?;
    let mut caller = Caller {
        progress,
        panic: None,
    };
    let end = listen(&told, &reply, &mut caller, &stopped);
    if let End::Forked = end {
        // What would be waited for, and what to tell it by, is the parent's.
        std::mem::forget((thread, told, reply));
        return Err(Error::runtime(PARENTS));
    }
    if let End::Cancelled(since) = end {
        // Whatever it tells from now on, nobody listens.
        drop((told, reply));
        while !thread.is_finished() && since.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(5));
        }
        return match caller.panic {
            Some(panic) => resume_unwind(panic),
            None => Err(Error::Cancelled),
        };
    }
    ended(thread.join())
}

/// What the work tells: the fraction done and a note.
type Told = (f64, Option<String>);

/// Where the work reports.
struct Desk {
    tell: SyncSender<Told>,
    replies: Receiver<bool>,
    stopped: Arc<AtomicBool>,
    /// The fraction that was told last.
    last: f64,
}

impl Desk {
    /// Whether to go on.
    fn report(&mut self, fraction: f64, note: Option<&str>) -> bool {
        if self.stopped.load(Ordering::SeqCst) {
            return false;
        }
        if note.is_none() && (fraction - self.last).abs() < STEP {
            return true;
        }
        self.last = fraction;
        self.tell.send((fraction, note.map(str::to_owned))).is_ok()
            && self.replies.recv().unwrap_or(false)
    }
}

/// The caller's progress function, and what it panicked with.
struct Caller<'a> {
    progress: Progress<'a>,
    panic: Option<Box<dyn Any + Send>>,
}

impl Caller<'_> {
    fn ask(&mut self, fraction: f64, note: Option<&str>) -> bool {
        let answer = catch_unwind(AssertUnwindSafe(|| (self.progress)(fraction, note)));
        answer.unwrap_or_else(|panic| {
            self.panic = Some(panic);
            false
        })
    }
}

/// How listening ended.
enum End {
    /// With the work.
    Done,
    /// The caller cancelled, at this moment.
    Cancelled(Instant),
    /// The caller's function called fork(), and this is the child.
    Forked,
}

/// Hands on what the work tells until it ends.
fn listen(
    told: &Receiver<Told>,
    reply: &SyncSender<bool>,
    caller: &mut Caller,
    stopped: &AtomicBool,
) -> End {
    let process = std::process::id();
    let mut at = 0.0;
    loop {
        let (go_on, answered) = match told.recv_timeout(HEARTBEAT) {
            Ok((fraction, note)) => {
                at = fraction;
                (caller.ask(fraction, note.as_deref()), true)
            }
            Err(RecvTimeoutError::Timeout) => (caller.ask(at, None), false),
            Err(RecvTimeoutError::Disconnected) => return End::Done,
        };
        if process != std::process::id() {
            return End::Forked;
        }
        if !go_on {
            stopped.store(true, Ordering::SeqCst);
            return End::Cancelled(Instant::now());
        }
        if answered && reply.send(true).is_err() {
            return End::Done;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gdal::spawn::panic_text;

    #[test]
    fn stuck_work_is_left_behind() {
        let start = Instant::now();
        let stuck = watched(&mut |_, _| false, |_| {
            std::thread::sleep(Duration::from_secs(30));
            Ok(())
        });
        assert!(matches!(stuck, Err(Error::Cancelled)));
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn the_last_report_can_cancel() {
        let late = watched(&mut |f, _| f < 1.0, |progress| {
            progress(0.5, Some("half"));
            progress(1.0, None);
            Ok(())
        });
        assert!(matches!(late, Err(Error::Cancelled)));
    }

    #[test]
    fn a_panicking_progress_function_ends_the_work_first() {
        let ended = Arc::new(AtomicBool::new(false));
        let end = ended.clone();
        let panicked = catch_unwind(|| {
            watched(&mut |_, _| panic!("on purpose"), move |progress| {
                while progress(0.5, None) {}
                end.store(true, Ordering::SeqCst);
                Ok(())
            })
        });
        assert_eq!(panic_text(&*panicked.unwrap_err()), "on purpose");
        assert!(ended.load(Ordering::SeqCst));
    }
}
