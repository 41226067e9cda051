//! Where our own files are: the networks, ONNX Runtime and GDAL's plug-in. What is loaded decides
//! what code runs, so there is no search: an option, the environment, two exact layouts around the
//! library's own file, the system.

mod own_file;

use std::env;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};

pub use own_file::own_file;

/// The file of a shared library, as each system names it: `libNAME.so`, `libNAME.dylib`,
/// `NAME.dll`.
pub fn library(name: &str) -> String {
    format!("{DLL_PREFIX}{name}{DLL_SUFFIX}")
}

/// The file that GDAL takes for the plug-in.
pub fn plugin() -> String {
    format!("gdal_S2SR{DLL_SUFFIX}")
}

/// The folder of the plug-in.
const PLUGINS: &str = "gdalplugins";

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
        // Tests and examples lie one folder deeper, and so does a plug-in that is a copy.
        let deeper = ["deps", "examples", PLUGINS];
        let profile = if deeper.iter().any(|name| folder.ends_with(name)) {
            folder.parent()?
        } else {
            folder
        };
        if profile.ends_with("lib/s2sr") {
            return Some(Self::Installed(profile.ancestors().nth(2)?.into()));
        }
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
        let folder = match self {
            Self::Installed(prefix) => prefix.join("lib/s2sr"),
            Self::Built(root, _) => root.join("vendor/onnxruntime"),
        };
        folder.join(library("onnxruntime"))
    }

    fn plugins(&self) -> PathBuf {
        match self {
            Self::Installed(prefix) => prefix.join("lib/s2sr").join(PLUGINS),
            Self::Built(_, profile) => profile.join(PLUGINS),
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
    installed_models()
}

/// Those where they were installed with the library.
pub fn installed_models() -> Vec<PathBuf> {
    // Elsewhere such a path leads to a folder that anybody may have made.
    let system: &[&str] = if cfg!(unix) {
        &["/usr/local/share/s2sr/models", "/usr/share/s2sr/models"]
    } else {
        &[]
    };
    let own = Layout::find().map(|l| l.models());
    own.into_iter()
        .chain(system.iter().map(PathBuf::from))
        .collect()
}

/// The places where ONNX Runtime may be. The last one leaves the search to the system's loader;
/// but for Windows, which has an ONNX Runtime of its own there, too old for these networks.
pub fn onnxruntime_files(option: Option<&Path>) -> Vec<PathBuf> {
    if let Some(file) = named(option, "ORT_DYLIB_PATH") {
        return vec![file];
    }
    let own = Layout::find().map(|l| l.onnxruntime());
    let system = cfg!(unix).then(|| PathBuf::from(library("onnxruntime")));
    own.into_iter().chain(system).collect()
}

/// GDAL's library, where it is not left to be found.
pub fn gdal_file(option: Option<&Path>) -> Option<PathBuf> {
    named(option, "S2SR_GDAL")
}

/// The driver's library for a version of GDAL.
pub fn driver_file(gdal_version: &str) -> Option<PathBuf> {
    let mut numbers = gdal_version.splitn(3, '.');
    let minor = format!("{}.{}", numbers.next()?, numbers.next()?);
    plugin_folder().map(|folder| folder.join(minor).join(format!("s2sr_driver{DLL_SUFFIX}")))
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
