//! A small scene, what it gives as a plain folder, and the same in other forms.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use s2sr::internals::raster::band::Band;
use s2sr::internals::raster::radiometry::DataType;

use crate::support::{Raster, Scene, done, read, refused, text, tiny_models, write};

pub struct Ground {
    pub folder: tempfile::TempDir,
    pub models: PathBuf,
    pub scene: PathBuf,
    pub plain: Raster,
}

pub fn small() -> Scene {
    Scene {
        size: 60,
        ..Scene::default()
    }
}

impl Ground {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let models = tiny_models(folder.path());
        let scene = small().make(folder.path());
        let out = folder.path().join("plain.tif");
        done(&models, &["run", text(&scene), text(&out)]);
        let plain = read(&out);
        Self {
            folder,
            models,
            scene,
            plain,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a product; what was said, and the result.
    pub fn run(&self, input: &Path, options: &[&str]) -> (String, Raster) {
        let out = self.path("out.tif");
        let _ = fs::remove_file(&out);
        let arguments = [&["run", text(input), text(&out)], options].concat();
        let said = done(&self.models, &arguments);
        (said, read(&out))
    }

    /// The result is that of the plain folder, shifted by so many DN; what was said.
    pub fn same(&self, input: &Path, options: &[&str], shift: f32) -> String {
        let (said, result) = self.run(input, options);
        assert_eq!(result.names, self.plain.names, "{said}");
        for (a, b) in result.bands.iter().zip(&self.plain.bands) {
            let worst = a
                .iter()
                .zip(b)
                .map(|(a, b)| (a - shift - b).abs())
                .fold(0.0, f32::max);
            assert!(worst <= 1.0, "off by {worst}: {said}");
        }
        said
    }

    pub fn refused(&self, input: &Path, words: &[&str]) {
        self.refused_with(input, &[], words);
    }

    pub fn refused_with(&self, input: &Path, options: &[&str], words: &[&str]) {
        let out = self.path("out.tif");
        let _ = fs::remove_file(&out);
        let arguments = [&["run", text(input), text(&out)], options].concat();
        refused(&self.models, &arguments, 1, words);
    }

    /// A folder with the scene's files under other names.
    pub fn renamed(&self, name: &str, new: impl Fn(Band) -> String) -> PathBuf {
        let folder = self.path(name);
        for (band, file) in self.files() {
            let to = folder.join(new(band));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(file, to).unwrap();
        }
        folder
    }

    pub fn files(&self) -> Vec<(Band, PathBuf)> {
        let band = |f: &PathBuf| {
            let stem = f.file_stem().unwrap().to_str().unwrap();
            Band::parse(stem.trim_start_matches("T33_")).unwrap()
        };
        let names = crate::support::files(&self.scene);
        names
            .iter()
            .map(|n| self.scene.join(n))
            .map(|f| (band(&f), f))
            .collect()
    }

    /// The bands as one raster of 10 m, each with this description.
    pub fn stack(&self, name: &str, describe: impl Fn(Band) -> String, dates: usize) -> PathBuf {
        let bands: Vec<(Band, Raster)> = self.files().iter().map(|(b, f)| (*b, read(f))).collect();
        let grid = bands.iter().find(|(b, _)| b.gsd() == 10).unwrap().1.grid;
        let names: Vec<String> = (0..dates)
            .flat_map(|_| bands.iter().map(|(b, _)| describe(*b)))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let path = self.path(name);
        write(&path, grid, DataType::UInt16, &names, |i, r, c| {
            let (band, raster) = &bands[i % bands.len()];
            let k = band.gsd() as usize / 10;
            raster.bands[0][(r / k, c / k)]
        });
        path
    }
}

pub fn python(script: &str, arguments: &[&Path]) {
    let mut command = Command::new("python3");
    // Under Wine a Python for Windows wants pipes.
    let command = command.args(["-c", script]).args(arguments);
    let made = command.stdin(Stdio::piped()).output().unwrap();
    assert!(made.status.success(), "{script}: {made:?}");
}
