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
        /// The error behind it, if there is one.
        source: Option<Cause>,
    },
    /// A model that is missing, altered, or without a valid contract.
    #[error("{}", Shown(what))]
    Model {
        /// What is wrong with it and what to do.
        what: String,
        /// The error behind it, if there is one.
        source: Option<Cause>,
    },
    /// ONNX Runtime, the device, memory or threads: not found, refused, failed.
    #[error("{}", Shown(what))]
    Runtime {
        /// What went wrong and what to do.
        what: String,
        /// The error behind it, if there is one.
        source: Option<Cause>,
    },
    /// A result that can't be written.
    #[error("{}: {}", Shown(path.display()), Shown(what))]
    Output {
        /// The file that was to be written.
        path: PathBuf,
        /// What went wrong and what to do.
        what: String,
        /// The error behind it, if there is one.
        source: Option<Cause>,
    },
    /// The caller's progress function, or Ctrl-C, asked to stop.
    #[error("cancelled; nothing was written")]
    Cancelled,
    /// A bug in this library.
    #[error("internal error (please report it): {}", Shown(.0))]
    Internal(String),
}

/// What an error came from: the system's, ONNX Runtime's, a parser's. The sentence tells of it, too.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The crate's result type.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An [`Error::Input`] about `path`.
    pub fn input(path: impl AsRef<Path>, what: impl Into<String>) -> Self {
        Self::Input {
            path: path.as_ref().into(),
            what: what.into(),
            source: None,
        }
    }

    /// An [`Error::Output`] about `path`.
    pub fn output(path: impl AsRef<Path>, what: impl Into<String>) -> Self {
        Self::Output {
            path: path.as_ref().into(),
            what: what.into(),
            source: None,
        }
    }

    /// An [`Error::Model`].
    pub fn model(what: impl Into<String>) -> Self {
        let (what, source) = (what.into(), None);
        Self::Model { what, source }
    }

    /// An [`Error::Runtime`].
    pub fn runtime(what: impl Into<String>) -> Self {
        let (what, source) = (what.into(), None);
        Self::Runtime { what, source }
    }

    /// The same error, with what it came from.
    pub fn because(mut self, cause: impl Into<Cause>) -> Self {
        match &mut self {
            Self::Input { source, .. }
            | Self::Output { source, .. }
            | Self::Model { source, .. }
            | Self::Runtime { source, .. } => *source = Some(cause.into()),
            _ => {}
        }
        self
    }
}
