//! Archives of products.

use std::fs;
use std::io::Write;
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::files;

/// Packs a folder, with its own name in front.
pub fn zip(folder: &Path, archive: &Path) {
    fn add(zip: &mut ZipWriter<fs::File>, base: &Path, path: &Path) {
        let name = path.strip_prefix(base).unwrap();
        if path.is_dir() {
            zip.add_directory_from_path(name, SimpleFileOptions::default())
                .unwrap();
            files(path)
                .iter()
                .for_each(|inner| add(zip, base, &path.join(inner)));
        } else {
            zip.start_file_from_path(name, SimpleFileOptions::default())
                .unwrap();
            zip.write_all(&fs::read(path).unwrap()).unwrap();
        }
    }
    let mut zip = ZipWriter::new(fs::File::create(archive).unwrap());
    add(&mut zip, folder.parent().unwrap(), folder);
    zip.finish().unwrap();
}
