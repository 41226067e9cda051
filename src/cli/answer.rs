//! Standard output. What could not be written there is an error in the end, but for a reader who
//! has seen enough (`s2sr models | head`).

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

/// The first line that could not be written.
static FAILED: OnceLock<io::Error> = OnceLock::new();

/// Writes a line.
pub fn line(text: Arguments) {
    keep(writeln!(io::stdout(), "{text}"));
}

/// Sees to it that all was written.
pub fn finish() -> anyhow::Result<()> {
    keep(io::stdout().flush());
    match FAILED.get() {
        Some(e) => Err(anyhow::anyhow!(
            "the answer could not be written to standard output ({e}); the work itself is done"
        )),
        None => Ok(()),
    }
}

/// Remembers why something was not written.
pub fn keep(written: io::Result<()>) {
    if let Err(e) = written
        && e.kind() != ErrorKind::BrokenPipe
    {
        let _ = FAILED.set(e);
    }
}
