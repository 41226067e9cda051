//! Progress for people: a bar on a terminal, a line now and then elsewhere. Ctrl-C, and what else
//! asks a program to end, asks the work to stop; asked once more, or where no work listens, the
//! program ends at once.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use s2sr::internals::gdal::{self, spawn};

/// How often a line is printed where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);
const STEPS: u64 = 10_000;

/// The exit status of a program that was told to stop.
pub const CANCELLED: u8 = 130;

/// What comes sooner after the first signal is the same wish: timeout(1) signals the program and
/// then its group.
const SAME: Duration = Duration::from_millis(250);

/// Whether there is or was a [`Terminal`] to hear of it. What comes after the work takes no time,
/// and its end is told as it was: a finished output comes with status 0.
static LISTENING: AtomicBool = AtomicBool::new(false);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// Whether the work was told last that it may finish: its files get their names, and no signal
/// changes that any more.
static FINISHING: AtomicBool = AtomicBool::new(false);
/// Whether the work is done, with only its answer left to print.
static DONE: AtomicBool = AtomicBool::new(false);

/// How long finished files may take to get their names, once a second signal came. It takes no time
/// but where a file system is stuck.
const NAMING: Duration = Duration::from_secs(1);

/// Listens for Ctrl-C and the like from now on.
pub fn hear_signals() -> anyhow::Result<()> {
    let mut first = None;
    let hear = move || {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let again = first.get_or_insert_with(Instant::now).elapsed() > SAME;
        if again || !LISTENING.load(Ordering::SeqCst) {
            if FINISHING.load(Ordering::SeqCst) && !DONE.load(Ordering::SeqCst) {
                std::thread::sleep(NAMING);
            }
            // A finished result was not cancelled, but nobody got the answer.
            let done = DONE.load(Ordering::SeqCst);
            gdal::exit_at_once(if done { 1 } else { CANCELLED.into() });
        }
    };
    gdal::keeping_nohup(|| ctrlc::set_handler(hear)).map_err(|e| match e {
        ctrlc::Error::System(e) => spawn::none_left(&e.to_string()).into(),
        other => anyhow::anyhow!("signals such as Ctrl-C cannot be listened to ({other})"),
    })
}

/// Where progress is shown.
pub struct Terminal {
    bar: Option<ProgressBar>,
    quiet: bool,
    start: Instant,
    last: Instant,
}

impl Terminal {
    /// Shows nothing when `quiet`; Ctrl-C is heard all the same.
    pub fn new(quiet: bool) -> Self {
        LISTENING.store(true, Ordering::SeqCst);
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let style =
                ProgressStyle::with_template("{bar:40} {percent:>3} %  {elapsed_precise}  {msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(STEPS).with_style(style)
        });
        let now = Instant::now();
        Self {
            bar,
            quiet,
            start: now,
            last: now,
        }
    }

    /// Shows how far the work is; `false` once Ctrl-C was pressed.
    pub fn tell(&mut self, fraction: f64, note: Option<&str>) -> bool {
        if let Some(note) = note.filter(|_| !self.quiet) {
            match &self.bar {
                Some(bar) => bar.println(format!("note: {note}")),
                None => eprintln!("note: {note}"),
            }
        }
        let elapsed = self.start.elapsed();
        let left = if fraction > 0.0 {
            elapsed.mul_f64((1.0 - fraction) / fraction)
        } else {
            Duration::ZERO
        };
        if let Some(bar) = &self.bar {
            bar.set_position((fraction * STEPS as f64) as u64);
            bar.set_message(if fraction > 0.0 {
                format!("{} left", minutes(left))
            } else {
                String::new()
            });
        } else if !self.quiet && self.last.elapsed() >= EVERY && note.is_none() {
            self.last = Instant::now();
            let rest = if fraction > 0.0 {
                format!(", {} left", minutes(left))
            } else {
                String::new()
            };
            eprintln!(
                "{:3.0} %, {} so far{rest}",
                fraction * 100.0,
                minutes(elapsed)
            );
        }
        let go_on = !INTERRUPTED.load(Ordering::SeqCst);
        FINISHING.store(go_on && fraction >= 1.0, Ordering::SeqCst);
        go_on
    }

    /// To be said when the work was done.
    pub fn done(self) {
        DONE.store(true, Ordering::SeqCst);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
