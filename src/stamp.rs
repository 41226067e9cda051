//! How a file shows that it was changed.

use std::fs::Metadata;
use std::time::SystemTime;

/// What a file looked like. Two that differ are of a file that was changed or exchanged.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, number, and the second and nanosecond in which anything about it changed: what a
    /// file with another's name, size and times does not have.
    identity: (u64, u64, i64, i64),
}

impl Stamp {
    /// That of a file or folder of the system.
    pub fn of(facts: &Metadata) -> Self {
        Self {
            length: facts.len(),
            modified: facts.modified().ok(),
            identity: identity(facts),
        }
    }

    /// That of a file of which no more is known than its size and the second of its last change.
    pub fn told(length: u64, second: i64) -> Self {
        Self {
            length,
            modified: None,
            identity: (0, 0, second, 0),
        }
    }

    /// Its size and the second of its last change: what a copy keeps that was made with its times.
    pub fn lasting(&self) -> (u64, i64) {
        let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok();
        let second = self.modified.and_then(since).map(|t| t.as_secs() as i64);
        (self.length, second.unwrap_or(self.identity.2))
    }
}

#[cfg(unix)]
fn identity(facts: &Metadata) -> (u64, u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (facts.dev(), facts.ino(), facts.ctime(), facts.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64, i64, i64) {
    (0, 0, 0, 0)
}
