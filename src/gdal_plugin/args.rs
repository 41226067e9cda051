//! What GDAL users write, as options: the arguments of the pixel function, the open options of the
//! driver, and the names that it opens.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::config;
use super::names::{self, PREFIX};
use super::planes::Plane;
use super::tiles;
use crate::error::{Error, Result};
use crate::gdal::{os_name, vsi};
use crate::options::{self, ALLOW_MODEL_FILES, Call, Door, Entry, Options, is_model_file};

/// Columns or rows of the largest raster, within what GDAL can count in blocks: 5 m pixels twice
/// around the Earth.
pub const LARGEST: i64 = 1 << 24;

/// A product and what is to be made of it. Paths in it are from the root: a program may go to
/// another folder while something is open, and files are opened when they are needed.
#[derive(Default)]
pub struct Request {
    /// The product, by its path.
    pub product: PathBuf,
    /// What a pixel function computes.
    pub plane: Option<Plane>,
    /// The options.
    pub options: Options,
}

/// The options that mean something for a raster that is computed as it is read, and that data may
/// set.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    Call::VRT.entries().filter(|e| e.door == Door::Data)
}

impl Request {
    /// That of a program.
    pub fn of(product: &Path, options: &Options) -> Result<Self> {
        let mut request = Self {
            product: absolute(product),
            plane: None,
            options: options.clone(),
        };
        for (key, _) in pairs(options) {
            request.root(key)?;
        }
        Ok(request)
    }

    /// Reads the arguments of a pixel function.
    pub fn from_arguments<'a>(
        arguments: impl Iterator<Item = (&'a str, &'a OsStr)>,
    ) -> Result<Self> {
        let mut request = Self::default();
        for (key, value) in arguments {
            if key == "product" {
                request.product = absolute(Path::new(value));
                continue;
            }
            match key {
                "band" => {
                    let unknown = || {
                        Error::option(format!(
                            "argument band of the pixel function s2sr is '{}', which is no band \
                             of Sentinel-2",
                            value.display()
                        ))
                    };
                    let plane = value.to_str().and_then(Plane::parse);
                    request.plane = Some(plane.ok_or_else(unknown)?);
                }
                _ => request.set(
                    key,
                    value,
                    "argument",
                    " of the pixel function s2sr; there are product, band, ",
                )?,
            }
        }
        let missing = |what: &str| {
            Err(Error::option(format!(
                "the pixel function s2sr needs the argument {what}: <PixelFunctionArguments \
                 product=\"/path/product.SAFE\" to=\"10\" band=\"B5\"/>"
            )))
        };
        match (request.product.as_os_str().is_empty(), request.plane) {
            (true, _) => missing("product"),
            (_, None) => missing("band"),
            _ => request.configured(),
        }
    }

    /// Takes a name of the driver's apart. The names of files in it may be in any encoding.
    pub fn from_name(name: &[u8]) -> Result<Self> {
        let rest = match name.split_at_checked(PREFIX.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX.as_bytes()) => rest,
            _ => name,
        };
        let refused =
            |why: &str| Error::option(format!("{}: {why}", String::from_utf8_lossy(name)));
        if rest.starts_with(b"index:") {
            return Err(refused(
                "an earlier s2sr wrote this into a VRT; write the VRT anew with s2sr vrt",
            ));
        }
        let (product, options) = names::split(rest).ok_or_else(|| {
            refused("write S2SR:/path/product.SAFE or S2SR:\"/path/product.SAFE\",to=5,model=vdsr")
        })?;
        let mut request = Self {
            product: absolute(Path::new(&os_name(product))),
            ..Self::default()
        };
        for (key, value) in options {
            request.set_open_option(&key, &os_name(value))?;
        }
        request.configured()
    }

    /// Sets an option of the driver. GDAL's users write open options in capitals, with underscores.
    pub fn set_open_option(&mut self, key: &str, value: &OsStr) -> Result<()> {
        self.set(
            &key.to_ascii_lowercase().replace('_', "-"),
            value,
            "option",
            " of the driver S2SR; there are ",
        )
    }

    fn set(&mut self, key: &str, value: &OsStr, what: &str, list: &str) -> Result<()> {
        // An option that exists but is not for data gets a sentence of its own.
        let loads = options::find(key).is_some_and(|e| e.door != Door::Data);
        if !loads && !entries().any(|e| e.key == key) {
            let keys: Vec<_> = entries().map(|e| e.key).collect();
            return Err(Error::option(format!(
                "unknown {what} '{key}'{list}{}",
                keys.join(", ")
            )));
        }
        let model_files = config(ALLOW_MODEL_FILES).is_some_and(|v| v.eq_ignore_ascii_case("YES"));
        self.options.set_from_data(key, value, model_files)?;
        self.root(key)
    }

    /// The value of an option that names a file, from the root.
    fn root(&mut self, key: &str) -> Result<()> {
        let set = self.options.pairs().find(|(e, _)| e.key == key);
        let is_path = |v: &OsStr| key == "cutline" || (key == "model" && is_model_file(v));
        match set
            .filter(|(_, v)| is_path(v))
            .map(|(_, v)| absolute(Path::new(v)))
        {
            Some(path) => self.options.set(key, path),
            None => Ok(()),
        }
    }

    /// The options that were set; with the product they say what the pixels are.
    pub fn pairs(&self) -> Vec<(&'static str, OsString)> {
        self.options
            .pairs()
            .map(|(e, v)| (e.key, v.to_owned()))
            .collect()
    }

    /// Adds what the process's own GDAL configuration says of where networks and ONNX Runtime are.
    fn configured(mut self) -> Result<Self> {
        tiles::check_limit()?;
        for entry in [options::find("models"), options::find("onnxruntime")]
            .into_iter()
            .flatten()
        {
            let Door::Program(variable) = entry.door else {
                continue;
            };
            if let Some(value) = config(variable) {
                self.options.set(entry.key, &value)?;
            }
        }
        Ok(self)
    }
}

/// The name under which the driver opens a product with options.
pub fn name(product: &Path, options: &Options) -> OsString {
    names::joined(product.as_os_str(), &listed(options))
}

/// The options that were set and may stand in a name, as they stand there.
pub fn listed(options: &Options) -> OsString {
    let pairs = pairs(options);
    names::listed(pairs.iter().map(|(k, v)| (*k, v.as_os_str())))
}

/// The options that were set and may stand in a file or a name.
pub fn pairs(o: &Options) -> Vec<(&'static str, OsString)> {
    o.pairs()
        .filter(|(e, _)| e.door == Door::Data)
        .map(|(e, v)| (e.key, v.to_owned()))
        .collect()
}

/// A path from the root; one inside GDAL's virtual file system, or an address, stays.
pub fn absolute(path: &Path) -> PathBuf {
    let named = vsi::resolved(path);
    if vsi::is_virtual(&named) {
        named
    } else {
        std::path::absolute(&named).unwrap_or(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(name: &str) -> (String, Vec<(&'static str, OsString)>) {
        let request = Request::from_name(name.as_bytes()).unwrap();
        let pairs = pairs(&request.options);
        (request.product.to_str().unwrap().to_owned(), pairs)
    }

    #[test]
    fn names_are_taken_apart() {
        let own = |v: &[(&'static str, &str)]| {
            v.iter()
                .map(|(k, v)| (*k, OsString::from(v)))
                .collect::<Vec<_>>()
        };
        // On Windows such a path has no drive yet.
        let path = |text: &str| absolute(Path::new(text)).to_str().unwrap().to_owned();
        assert_eq!(product("S2SR:/a/b.SAFE"), (path("/a/b.SAFE"), own(&[])));
        assert_eq!(
            product("s2sr:/a, b/c.zip,to=5"),
            (path("/a, b/c.zip"), own(&[("to", "5")]))
        );
        assert_eq!(
            product("S2SR:\"/a,to=b\",bands=B5,B11,to=10"),
            (path("/a,to=b"), own(&[("to", "10"), ("bands", "B5,B11")]))
        );
        assert_eq!(
            product("S2SR:x,WITH_NATIVE=yes").1,
            own(&[("with-native", "yes")])
        );
    }

    #[test]
    fn mistakes_are_answered_with_what_is_valid() {
        let fail = |name: &str| {
            Request::from_name(name.as_bytes())
                .err()
                .map(|e| e.to_string())
                .unwrap_or_default()
        };
        assert!(fail("S2SR:/a,srcwin=1").contains("there are to, model, bands"));
        assert!(fail("S2SR:").contains("S2SR:/path"));
        assert!(fail("S2SR:\"/a\"to=5").contains("S2SR:/path"));
        assert!(fail("S2SR:index:30x20").contains("anew with s2sr vrt"));
        let arguments = |a: &[(&'static str, &'static str)]| {
            Request::from_arguments(a.iter().map(|(k, v)| (*k, OsStr::new(v))))
                .err()
                .map(|e| e.to_string())
                .unwrap_or_default()
        };
        assert!(
            arguments(&[("product", "/a"), ("band", "B5"), ("targett", "5")])
                .contains("there are product, band, to")
        );
        assert!(arguments(&[("product", "/a")]).contains("needs the argument band"));
        assert!(arguments(&[("band", "B77")]).contains("'B77'"));
        // Data is not a program.
        for key in ["onnxruntime", "models", "gdal"] {
            assert!(
                arguments(&[("product", "/a"), ("band", "B5"), (key, "/x")])
                    .contains("by programs")
            );
            assert!(fail(&format!("S2SR:\"/a\",{key}=/x")).contains("by programs"));
        }
        for end in ["", " ", "\t", "\u{a0}", "\u{85} "] {
            assert!(
                fail(&format!("S2SR:\"/a\",model=/x.onnx{end}")).contains(ALLOW_MODEL_FILES),
                "{end:?}"
            );
        }
    }
}
