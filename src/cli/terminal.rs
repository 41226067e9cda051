//! Progress for people: a bar on a terminal, a line now and then elsewhere. Ctrl-C asks the work to stop.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is printed where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);
const STEPS: u64 = 10_000;

/// Where progress is shown.
pub struct Terminal {
    bar: Option<ProgressBar>,
    quiet: bool,
    start: Instant,
    last: Instant,
    interrupted: Arc<AtomicBool>,
}

impl Terminal {
    /// Shows nothing when `quiet`; Ctrl-C is heard all the same.
    pub fn new(quiet: bool) -> anyhow::Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = interrupted.clone();
        ctrlc::set_handler(move || flag.store(true, Ordering::SeqCst)).context("cannot listen for Ctrl-C")?;
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {elapsed_precise}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(STEPS).with_style(style)
        });
        let now = Instant::now();
        Ok(Self { bar, quiet, start: now, last: now, interrupted })
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
        let left = if fraction > 0.0 { elapsed.mul_f64((1.0 - fraction) / fraction) } else { Duration::ZERO };
        if let Some(bar) = &self.bar {
            bar.set_position((fraction * STEPS as f64) as u64);
            bar.set_message(if fraction > 0.0 { format!("{} left", minutes(left)) } else { String::new() });
        } else if !self.quiet && self.last.elapsed() >= EVERY && note.is_none() {
            self.last = Instant::now();
            let rest = if fraction > 0.0 { format!(", {} left", minutes(left)) } else { String::new() };
            eprintln!("{:3.0} %, {} so far{rest}", fraction * 100.0, minutes(elapsed));
        }
        !self.interrupted.load(Ordering::SeqCst)
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.finish();
    }
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
