//! The one error type of the crate. Every message is one sentence that says what, where and what to
//! do. Much of it may be text of strangers, which is shown without control characters.

use std::path::{Path, PathBuf};

use super::text::Shown;

/// What went wrong, sorted by whose move it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A null, empty or senseless argument of the programming interface.
    #[error("{}", Shown(.0))]
    Argument(String),
    /// An unknown option, or a value that the option does not take.
    #[error("{}", Shown(.0))]
    Option(String),
    /// A product that can't be read, or that lacks what the work needs.
    #[error("{}: {}", Shown(path.display()), Shown(what))]
    Input {
        /// The product or the file of it.
        path: PathBuf,
        /// What is wrong with it and what to do.
        what: String,
    },
    /// A model that is missing, altered, or without a valid contract.
    #[error("{}", Shown(.0))]
    Model(String),
    /// ONNX Runtime or the device: not found, refused, failed.
    #[error("{}", Shown(.0))]
    Runtime(String),
    /// A result that can't be written.
    #[error("{}: {}", Shown(path.display()), Shown(what))]
    Output {
        /// The file that was to be written.
        path: PathBuf,
        /// What went wrong and what to do.
        what: String,
    },
    /// The caller's progress function, or Ctrl-C, asked to stop.
    #[error("cancelled; nothing was written")]
    Cancelled,
    /// A bug in this library.
    #[error("internal error (please report it): {}", Shown(.0))]
    Internal(String),
}

/// The crate's result type.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An [`Error::Input`] about `path`.
    pub fn input(path: impl AsRef<Path>, what: impl Into<String>) -> Self {
        Self::Input {
            path: path.as_ref().into(),
            what: what.into(),
        }
    }

    /// An [`Error::Output`] about `path`.
    pub fn output(path: impl AsRef<Path>, what: impl Into<String>) -> Self {
        Self::Output {
            path: path.as_ref().into(),
            what: what.into(),
        }
    }
}
