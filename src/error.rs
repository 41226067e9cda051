//! The one error type of the crate. Every message is one sentence that says what, where and what to
//! do. Much of it may be text of strangers, which is shown without control characters.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::text::Shown;

/// What went wrong, sorted by whose move it is.
///
/// ```
/// use s2sr::{Error, Options, Product};
///
/// match Product::open("/nowhere/a.SAFE", &Options::default()) {
///     Err(Error::Input { path, what, .. }) => println!("{}: {what}", path.display()),
///     Err(other) => println!("{other}"),
///     Ok(product) => println!("{}", product.name()),
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A null, empty or senseless argument of the programming interface.
    #[error("{}", Shown(what))]
    Argument {
        /// What is wrong with it.
        what: String,
        /// The error behind it, if there is one.
        source: Option<Cause>,
    },
    /// An unknown option, or a value that the option does not take.
    #[error("{}", Shown(what))]
    Option {
        /// Which option, and what it takes.
        what: String,
        /// The error behind it, if there is one.
        source: Option<Cause>,
    },
    /// A product that can't be read, or that lacks what the work needs.
    #[error("{}: {}", Shown(named(path)), Shown(what))]
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
    /// ONNX Runtime, the device, memory, threads or open files: not found, refused, failed, too few.
    #[error("{}", Shown(what))]
    Runtime {
        /// What went wrong and what to do.
        what: String,
        /// The error behind it, if there is one.
        source: Option<Cause>,
    },
    /// A result that can't be written.
    #[error("{}: {}", Shown(named(path)), Shown(what))]
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
    #[error("internal error (please report it): {}", Shown(what))]
    Internal {
        /// What went wrong, and where.
        what: String,
        /// The error behind it, if there is one.
        source: Option<Cause>,
    },
}

/// What an error came from: the system's, ONNX Runtime's, a parser's. The sentence tells of it,
/// too.
///
/// ```
/// use std::error::Error;
///
/// let none = s2sr::Model::open("/nowhere/a.onnx", &s2sr::Options::default());
/// let cause = none.err().and_then(|e| e.source().map(ToString::to_string));
/// assert!(cause.is_some());
/// ```
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The crate's result type.
///
/// ```
/// fn sharpened(product: &str) -> s2sr::Result<Vec<String>> {
///     let options = s2sr::Options::default();
///     Ok(s2sr::run(product, "sharper.tif", &options, &mut |_, _| true)?.bands)
/// }
/// ```
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, without what it is about: a sentence, and the error that it came from. Who
/// knows what it is about makes an [`Error`] of it, with the same cause.
#[derive(Debug)]
pub struct Fault {
    /// What is wrong and what to do.
    pub what: String,
    /// The error behind it, if there is one.
    pub source: Option<Cause>,
}

impl Fault {
    /// A sentence that tells of `cause`, too.
    pub fn of(what: impl Into<String>, cause: impl Into<Cause>) -> Self {
        let (what, source) = (what.into(), Some(cause.into()));
        Self { what, source }
    }

    /// The same about a file, which the sentence names first.
    pub fn about(self, path: &Path) -> Self {
        let (what, source) = (format!("{}: {self}", path.display()), self.source);
        Self { what, source }
    }
}

impl<T: Into<String>> From<T> for Fault {
    fn from(what: T) -> Self {
        let (what, source) = (what.into(), None);
        Self { what, source }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error {
    /// An [`Error::Argument`].
    pub(crate) fn argument(what: impl Into<Fault>) -> Self {
        let Fault { what, source } = what.into();
        Self::Argument { what, source }
    }

    /// An [`Error::Option`].
    pub(crate) fn option(what: impl Into<Fault>) -> Self {
        let Fault { what, source } = what.into();
        Self::Option { what, source }
    }

    /// An [`Error::Input`] about `path`.
    pub(crate) fn input(path: impl AsRef<Path>, what: impl Into<Fault>) -> Self {
        let (path, Fault { what, source }) = (path.as_ref().into(), what.into());
        let error = Self::Input {
            path,
            what,
            source: None,
        };
        error.caused(source)
    }

    /// An [`Error::Output`] about `path`.
    pub(crate) fn output(path: impl AsRef<Path>, what: impl Into<Fault>) -> Self {
        let (path, Fault { what, source }) = (path.as_ref().into(), what.into());
        Self::Output { path, what, source }
    }

    /// An [`Error::Model`].
    pub(crate) fn model(what: impl Into<Fault>) -> Self {
        let Fault { what, source } = what.into();
        Self::Model { what, source: None }.caused(source)
    }

    /// An [`Error::Runtime`].
    pub(crate) fn runtime(what: impl Into<Fault>) -> Self {
        let Fault { what, source } = what.into();
        Self::Runtime { what, source }
    }

    /// An [`Error::Internal`].
    pub(crate) fn internal(what: impl Into<Fault>) -> Self {
        let Fault { what, source } = what.into();
        Self::Internal { what, source }
    }

    /// The same error, with what it came from.
    pub(crate) fn because(self, cause: impl Into<Cause>) -> Self {
        self.caused(Some(cause.into()))
    }

    /// The same error, with what it came from if there is such an error. Where the process may open
    /// no more files, no file is at fault.
    pub(crate) fn caused(mut self, cause: Option<Cause>) -> Self {
        match &mut self {
            Self::Argument { source, .. }
            | Self::Option { source, .. }
            | Self::Input { source, .. }
            | Self::Model { source, .. }
            | Self::Runtime { source, .. }
            | Self::Output { source, .. }
            | Self::Internal { source, .. } => *source = cause,
            Self::Cancelled => {}
        }
        match self {
            Self::Input { path, what, source } if is_too_many(source.as_ref()) => Self::Runtime {
                what: format!("{}: {what}; {MORE_FILES}", named(&path)),
                source,
            },
            Self::Model { what, source } if is_too_many(source.as_ref()) => Self::Runtime {
                what: format!("{what}; {MORE_FILES}"),
                source,
            },
            other => other,
        }
    }
}

/// The name of a file, as a sentence begins with it.
fn named(path: &Path) -> String {
    match path.as_os_str().is_empty() {
        true => "''".into(),
        false => path.display().to_string(),
    }
}

const MORE_FILES: &str = "the file is not at fault: let this process open more of them (ulimit -n)";

/// Whether the process, or the whole system, has as many files open as it may.
fn is_too_many(cause: Option<&Cause>) -> bool {
    let error = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    let number = error.and_then(io::Error::raw_os_error);
    #[cfg(unix)]
    let full = [libc::EMFILE, libc::ENFILE];
    // What Windows calls ERROR_TOO_MANY_OPEN_FILES.
    #[cfg(not(unix))]
    let full = [4];
    number.is_some_and(|number| full.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn where_no_more_files_may_be_open_no_file_is_at_fault() {
        let full = || io::Error::from_raw_os_error(libc::EMFILE);
        let closed = || io::Error::from_raw_os_error(libc::EACCES);
        let what = || Fault::of("it cannot be opened", full());
        for error in [
            Error::input("/a.tif", what()),
            Error::input("/a.tif", "it cannot be opened").because(full()),
            Error::model(what()),
        ] {
            let told = error.to_string();
            assert!(matches!(error, Error::Runtime { .. }), "{told}");
            assert!(told.contains("cannot be opened; the file is not at fault"));
        }
        let shut = Error::input("/a.tif", "it cannot be opened").because(closed());
        assert_eq!(shut.to_string(), "/a.tif: it cannot be opened");
        assert!(matches!(shut, Error::Input { .. }));
    }

    #[test]
    fn an_empty_name_is_seen() {
        assert_eq!(
            Error::input("", "there is no such file").to_string(),
            "'': there is no such file"
        );
    }
}
