//! Where our own files are: the networks, ONNX Runtime and GDAL's plug-in. What is loaded decides
//! what code runs, so there is no search: an option, the environment, two exact layouts around the
//! library's own file, the system.

use std::env;
use std::ffi::c_void;
use std::path::{Path, PathBuf};

use crate::libraries;

/// The file this code was loaded from: the shared library, or the program it is linked into.
pub fn own_file() -> Option<PathBuf> {
    libraries::file_of(own_file as *const c_void)?
        .canonicalize()
        .ok()
}

/// What the library's own file lies in.
#[derive(Debug, PartialEq)]
enum Layout {
    /// `PREFIX/lib/libs2sr.so` or `PREFIX/bin/s2sr`, as scripts/install.sh puts them.
    Installed(PathBuf),
    /// `ROOT/target/…/PROFILE/`, as cargo puts them; the root, and the profile's folder.
    Built(PathBuf, PathBuf),
}

impl Layout {
    fn find() -> Option<Self> {
        own_file().and_then(|file| Self::of(&file))
    }

    fn of(file: &Path) -> Option<Self> {
        let folder = file.parent()?;
        if ["lib", "bin"].iter().any(|name| folder.ends_with(name)) {
            return Some(Self::Installed(folder.parent()?.into()));
        }
        // Tests and examples lie one folder deeper.
        let profile = if folder.ends_with("deps") || folder.ends_with("examples") {
            folder.parent()?
        } else {
            folder
        };
        // Cross-built ones have a folder of their target's name between.
        let target = profile
            .ancestors()
            .skip(1)
            .take(2)
            .find(|f| f.ends_with("target"))?;
        let root = target.parent()?;
        let ours = |manifest: String| {
            manifest
                .lines()
                .any(|line| line == concat!("name = \"", env!("CARGO_PKG_NAME"), "\""))
        };
        let manifest = std::fs::read_to_string(root.join("Cargo.toml"));
        manifest
            .is_ok_and(ours)
            .then(|| Self::Built(root.into(), profile.into()))
    }

    fn models(&self) -> PathBuf {
        match self {
            Self::Installed(prefix) => prefix.join("share/s2sr/models"),
            Self::Built(root, _) => root.join("models"),
        }
    }

    fn onnxruntime(&self) -> PathBuf {
        match self {
            Self::Installed(prefix) => prefix.join("lib/s2sr/libonnxruntime.so"),
            Self::Built(root, _) => root.join("vendor/onnxruntime/libonnxruntime.so"),
        }
    }

    fn plugins(&self) -> PathBuf {
        match self {
            Self::Installed(prefix) => prefix.join("lib/s2sr/gdalplugins"),
            Self::Built(_, profile) => profile.join("gdalplugins"),
        }
    }
}

/// What an option or the environment names.
fn named(option: Option<&Path>, variable: &str) -> Option<PathBuf> {
    option.map(Path::to_path_buf).or_else(|| {
        env::var_os(variable)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    })
}

/// The places where a folder of networks may be.
pub fn model_folders(option: Option<&Path>) -> Vec<PathBuf> {
    if let Some(folder) = named(option, "S2SR_MODELS") {
        return vec![folder];
    }
    let system = ["/usr/local/share/s2sr/models", "/usr/share/s2sr/models"].map(PathBuf::from);
    Layout::find()
        .map(|l| l.models())
        .into_iter()
        .chain(system)
        .collect()
}

/// The places where ONNX Runtime may be. The last one leaves the search to the system's loader.
pub fn onnxruntime_files(option: Option<&Path>) -> Vec<PathBuf> {
    if let Some(file) = named(option, "ORT_DYLIB_PATH") {
        return vec![file];
    }
    let own = Layout::find().map(|l| l.onnxruntime());
    own.into_iter()
        .chain([PathBuf::from("libonnxruntime.so")])
        .collect()
}

/// GDAL's library, where it is not left to be found.
pub fn gdal_file(option: Option<&Path>) -> Option<PathBuf> {
    named(option, "S2SR_GDAL")
}

/// The driver's library for a version of GDAL.
pub fn driver_file(gdal_version: &str) -> Option<PathBuf> {
    let mut numbers = gdal_version.splitn(3, '.');
    let minor = format!("{}.{}", numbers.next()?, numbers.next()?);
    plugin_folder().map(|folder| folder.join(minor).join("s2sr_driver.so"))
}

/// The folder where GDAL's plug-in belongs.
pub fn plugin_folder() -> Option<PathBuf> {
    Layout::find().map(|l| l.plugins())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_the_two_layouts_are_known() {
        let work = tempfile::tempdir().unwrap();
        let root = work.path().join("s2sr");
        for folder in ["target/release/deps", "target/aarch64/release", "a/b"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let built = |profile: &str| Some(Layout::Built(root.clone(), root.join(profile)));
        // Not before the root is known to be ours.
        assert_eq!(Layout::of(&root.join("target/release/s2sr")), None);
        fs::write(root.join("Cargo.toml"), "[package]\nname = \"other\"\n").unwrap();
        assert_eq!(Layout::of(&root.join("target/release/s2sr")), None);
        fs::write(root.join("Cargo.toml"), "[package]\nname = \"s2sr\"\n").unwrap();
        assert_eq!(
            Layout::of(&root.join("target/release/libs2sr.so")),
            built("target/release")
        );
        assert_eq!(
            Layout::of(&root.join("target/release/deps/s2sr-1")),
            built("target/release")
        );
        assert_eq!(
            Layout::of(&root.join("target/aarch64/release/s2sr")),
            built("target/aarch64/release")
        );
        assert_eq!(Layout::of(&root.join("a/b/s2sr")), None);
        assert_eq!(
            Layout::of(Path::new("/opt/s2sr/lib/libs2sr.so.1")),
            Some(Layout::Installed("/opt/s2sr".into()))
        );
        assert_eq!(
            Layout::of(Path::new("/usr/bin/s2sr")),
            Some(Layout::Installed("/usr".into()))
        );
        assert_eq!(Layout::of(Path::new("/srv/shared/a/b/s2sr")), None);
    }
}
