//! The files that areas come in are read, and so never written. GDAL's programs for them are not where
//! Windows' tests run.
#![cfg(not(windows))]

use std::fs;

use super::cutlines::columns;
use super::ground::Ground;
use crate::support::{files, refused, text};

#[test]
fn no_file_of_an_outline_is_written_over() {
    let g = Ground::new();
    for name in ["a.shp", "a.tab"] {
        let path = columns(&g, name);
        let folder = path.parent().unwrap();
        for file in files(folder) {
            let file = folder.join(file);
            let before = fs::read(&file).unwrap();
            let cutline = ["--cutline", text(&path)];
            for output in [
                &["run", text(&g.scene), text(&file)][..],
                &["vrt", text(&g.scene), text(&file)],
                &[
                    "run",
                    text(&g.scene),
                    text(&g.path("out.tif")),
                    "--preview",
                    text(&file),
                ],
            ] {
                let arguments = [output, &cutline].concat();
                refused(&g.models, &arguments, 1, &[text(&file), "another name"]);
            }
            assert_eq!(fs::read(&file).unwrap(), before, "{file:?}");
        }
    }
    // New names that would be read with it from then on.
    let path = columns(&g, "a.shp");
    let index = path.with_extension("qix");
    let arguments = [
        "run",
        text(&g.scene),
        text(&index),
        "--cutline",
        text(&path),
    ];
    refused(
        &g.models,
        &arguments,
        1,
        &["a.qix", "part of", "another name"],
    );
    // In an archive.
    let packed = g.path("areas.zip");
    crate::support::zip(path.parent().unwrap(), &packed);
    let inner = format!("/vsizip/{}/shp/a.shp", text(&packed));
    let arguments = ["run", text(&g.scene), text(&packed), "--cutline", &inner];
    refused(&g.models, &arguments, 1, &["areas.zip", "another name"]);
    g.run(&g.scene, &["--cutline", &inner]);
}
