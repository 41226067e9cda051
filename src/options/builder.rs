//! Options from a program, step by step.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::Path;

use super::Options;
use crate::error::{Error, Result};

/// Makes [`Options`]. What was set wrongly is told by [`build`](Self::build).
///
/// ```
/// let options = s2sr::Options::builder().to(10).bands(["B5", "B8A"]).threads(2).build()?;
/// assert_eq!(options.get("bands"), Some("B5,B8A".as_ref()));
/// let wrong = s2sr::Options::builder().to(7).build().unwrap_err();
/// assert_eq!(wrong.to_string(), "option to takes 10|5, not '7'");
/// # Ok::<(), s2sr::Error>(())
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct OptionsBuilder {
    options: Options,
    first: Option<Error>,
}

impl OptionsBuilder {
    /// Sets any option of the table from text, as on the command line. One that takes several
    /// values is set several times.
    ///
    /// ```
    /// let options = s2sr::Options::builder().set("quality", "best").build()?;
    /// assert_eq!(options.get("quality"), Some("best".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn set(self, key: &str, value: impl Display) -> Self {
        self.with(key, value.to_string().as_ref())
    }

    /// The target ground sample distance in m, 10 or 5.
    ///
    /// ```
    /// let options = s2sr::Options::builder().to(5).build()?;
    /// assert_eq!(options.get("to"), Some("5".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn to(self, gsd: u32) -> Self {
        self.set("to", gsd)
    }

    /// A family of networks, one by name, or a file.
    ///
    /// ```
    /// let options = s2sr::Options::builder().model("dsen2").build()?;
    /// assert_eq!(options.get("model"), Some("dsen2".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn model(self, model: &str) -> Self {
        self.set("model", model)
    }

    /// The bands that are made, by their names.
    ///
    /// ```
    /// let options = s2sr::Options::builder().bands(["B5", "B11"]).build()?;
    /// assert_eq!(options.get("bands"), Some("B5,B11".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn bands<'a>(self, bands: impl IntoIterator<Item = &'a str>) -> Self {
        let bands: Vec<&str> = bands.into_iter().collect();
        self.set("bands", bands.join(","))
    }

    /// The part between the upper left and the lower right corner, in the product's coordinates:
    /// left, upper, right, lower.
    ///
    /// ```
    /// let part = [600000.0, 5000040.0, 601000.0, 4999040.0];
    /// let options = s2sr::Options::builder().projwin(part).build()?;
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn projwin(self, [left, upper, right, lower]: [f64; 4]) -> Self {
        self.set("projwin", format_args!("{left} {upper} {right} {lower}"))
    }

    /// The part from this column and row on of so many columns and rows, in pixels of the finest
    /// grid.
    ///
    /// ```
    /// let options = s2sr::Options::builder().srcwin([0, 0, 512, 256]).build()?;
    /// assert_eq!(options.get("srcwin"), Some("0 0 512 256".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn srcwin(self, [column, row, columns, rows]: [i64; 4]) -> Self {
        self.set("srcwin", format_args!("{column} {row} {columns} {rows}"))
    }

    /// Where networks run: `auto`, `cpu`, `cuda`, `cuda:1`.
    ///
    /// ```
    /// let options = s2sr::Options::builder().device("cuda:1").build()?;
    /// assert_eq!(options.get("device"), Some("cuda:1".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn device(self, device: &str) -> Self {
        self.set("device", device)
    }

    /// Threads of the networks.
    ///
    /// ```
    /// let options = s2sr::Options::builder().threads(2).build()?;
    /// assert_eq!(options.get("threads"), Some("2".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn threads(self, threads: usize) -> Self {
        self.set("threads", threads)
    }

    /// The additive offset of DN, where the product does not say it.
    ///
    /// ```
    /// let options = s2sr::Options::builder().offset(-1000.0).build()?;
    /// assert_eq!(options.get("offset"), Some("-1000".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn offset(self, offset: f64) -> Self {
        self.set("offset", offset)
    }

    /// Where to draw the source and the result side by side.
    ///
    /// ```
    /// let options = s2sr::Options::builder().preview("sharper.png").build()?;
    /// assert_eq!(options.get("preview"), Some("sharper.png".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn preview(self, file: impl AsRef<Path>) -> Self {
        self.with("preview", file.as_ref().as_os_str())
    }

    /// The folder of the networks.
    ///
    /// ```
    /// let options = s2sr::Options::builder().models("networks").build()?;
    /// assert_eq!(options.get("models"), Some("networks".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn models(self, folder: impl AsRef<Path>) -> Self {
        self.with("models", folder.as_ref().as_os_str())
    }

    /// ONNX Runtime's library.
    ///
    /// ```
    /// let options = s2sr::Options::builder().onnxruntime("libonnxruntime.so").build()?;
    /// assert_eq!(options.get("onnxruntime"), Some("libonnxruntime.so".as_ref()));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn onnxruntime(self, library: impl AsRef<Path>) -> Self {
        self.with("onnxruntime", library.as_ref().as_os_str())
    }

    fn with(mut self, key: &str, value: &OsStr) -> Self {
        if self.first.is_none() {
            self.first = self.options.set(key, value).err();
        }
        self
    }

    /// The options.
    ///
    /// # Errors
    /// [`Error::Option`] for the first that was set wrongly.
    ///
    /// ```
    /// let wrong = s2sr::Options::builder().device("abacus").build();
    /// assert!(matches!(wrong, Err(s2sr::Error::Option { .. })));
    /// ```
    pub fn build(self) -> Result<Options> {
        self.first.map_or(Ok(self.options), Err)
    }
}
