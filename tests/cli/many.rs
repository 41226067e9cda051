//! Several products into a folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failures::ground;
use crate::support::{done, files, refused, run, text};

/// Files of one band each, with places in their names, as products.
fn sites(folder: &Path, scene: &Path) -> [PathBuf; 2] {
    ["B8", "B4"].map(|band| {
        let site = folder.join(format!("site{band}_{band}.tif"));
        fs::copy(scene.join(format!("T33_{band}.tif")), &site).unwrap();
        site
    })
}

#[test]
fn one_that_fails_does_not_stop_the_others_and_what_is_there_stays() {
    let (folder, input, models, results) = ground();
    let second = folder.path().join("second");
    fs::create_dir(&second).unwrap();
    for entry in fs::read_dir(&input).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), second.join(entry.file_name())).unwrap();
    }
    let missing = folder.path().join("missing.SAFE");
    let name =
        |p: &std::path::Path| format!("{}_10m.tif", p.file_name().unwrap().to_str().unwrap());
    let arguments = [
        "run",
        text(&input),
        text(&missing),
        text(&second),
        text(&results),
    ];
    let out = run(&models, &arguments);
    assert_eq!(out.status.code(), Some(1));
    let (told, errors) = (
        String::from_utf8_lossy(&out.stdout).into_owned(),
        String::from_utf8_lossy(&out.stderr).into_owned(),
    );
    assert!(told.contains("2 done, 0 skipped, 1 failed"), "{told}");
    assert!(
        errors.contains("missing.SAFE") && errors.contains("1 of 3 products failed"),
        "{errors}"
    );
    let mut both = vec![name(&input), name(&second)];
    both.sort();
    assert_eq!(files(&results), both);

    let stays = results.join(name(&second));
    let before = fs::metadata(&stays).unwrap().modified().unwrap();
    fs::remove_file(results.join(name(&input))).unwrap();
    let again = [
        "run",
        "--skip-existing",
        text(&input),
        text(&second),
        text(&results),
    ];
    assert!(done(&models, &again).contains("1 done, 1 skipped, 0 failed"));
    assert_eq!(fs::metadata(&stays).unwrap().modified().unwrap(), before);
    // One product and its file, too.
    let one = ["run", "--skip-existing", text(&input), text(&stays)];
    assert!(done(&models, &one).contains("skipped"));
    assert_eq!(fs::metadata(&stays).unwrap().modified().unwrap(), before);
}

#[test]
fn results_do_not_go_into_a_product() {
    let (folder, input, models, results) = ground();
    let refused = |output: &std::path::Path| {
        let arguments = ["run", text(&input), text(output)];
        refused(&models, &arguments, 1, &["it is a product", "folder for"]);
    };
    let other = folder.path().join("other");
    crate::support::copy(&input, &other);
    refused(&other);
    let safe = folder.path().join("S2A_MSIL2A_X.SAFE");
    fs::create_dir(&safe).unwrap();
    fs::write(safe.join("MTD_MSIL2A.xml"), "").unwrap();
    refused(&safe);
    // Beside the products is a good place.
    fs::rename(&other, results.join("other")).unwrap();
    fs::rename(&safe, results.join("S2A_MSIL2A_X.SAFE")).unwrap();
    done(&models, &["run", text(&input), text(&results)]);
    done(&models, &["run", text(&input), text(&results)]);
}

#[test]
fn what_cannot_be_right_for_several_is_refused_at_once() {
    let (folder, input, models, results) = ground();
    let none = folder.path().join("none");
    let same = input.join(".");
    let picture = results.join("p.png");
    refused(
        &models,
        &["run", text(&input), text(&input), text(&none)],
        1,
        &["create it first"],
    );
    refused(
        &models,
        &["run", text(&input), text(&same), text(&results)],
        2,
        &["would both become"],
    );
    refused(
        &models,
        &[
            "run",
            text(&input),
            text(&results),
            "--preview",
            text(&picture),
        ],
        2,
        &["preview names one file"],
    );
    assert!(files(&results).is_empty());
}

#[test]
fn results_that_have_the_names_of_bands_are_no_product() {
    let (folder, scene, models, results) = ground();
    let [a, b] = sites(folder.path(), &scene);
    let resume = |folder: &Path, words: &str| {
        let sites = ["run", text(&a), text(&b), text(folder), "--to", "5"];
        let said = done(&models, &[&sites[..], &["--skip-existing"]].concat());
        assert!(said.contains(words), "{said}");
    };
    resume(&results, "2 done, 0 skipped");
    resume(&results, "0 done, 2 skipped");
    fs::remove_file(results.join("siteB4_B4_5m.tif")).unwrap();
    resume(&results, "1 done, 1 skipped");
    // The file that a result was made from may lie beside it, but not two bands of a product.
    fs::copy(&a, results.join("T33_B8.tif")).unwrap();
    resume(&results, "0 done, 2 skipped");
    fs::copy(&b, results.join("T33_B4.tif")).unwrap();
    let again = ["run", text(&a), text(&b), text(&results)];
    refused(&models, &again, 1, &["it is a product", "folder for"]);
}

#[test]
fn what_a_network_makes_of_one_product_says_nothing_of_others() {
    let (folder, scene, models, results) = ground();
    let coarse = folder.path().join("coarse");
    fs::create_dir(&coarse).unwrap();
    fs::copy(scene.join("T33_B5.tif"), coarse.join("T33_B5.tif")).unwrap();
    // Alone the network goes as far as its factor leads from a product's finest band.
    let network = ["--model", "tiny-x2", "--bands", "B5"];
    let both = ["run", text(&scene), text(&coarse), text(&results)];
    let out = run(&models, &[&both[..], &network].concat());
    let (told, said) = (
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr),
    );
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(told.contains("1 done, 0 skipped, 1 failed"), "{told}");
    assert!(said.contains("does not make B5 at 5 m of 20 m"), "{said}");
    assert_eq!(files(&results), ["coarse_tiny-x2.tif"]);
}

#[cfg(target_os = "linux")]
#[test]
fn the_gdal_that_is_named_looks_at_the_folder_too() {
    let (folder, scene, models, results) = ground();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut names = maps.lines().filter_map(|l| l.split_whitespace().last());
    let library = names.find(|name| name.contains("libgdal.so")).unwrap();
    let copy = folder.path().join("libgdal.so");
    fs::copy(library, &copy).unwrap();
    let arguments = ["run", text(&scene), text(&results), "--gdal", text(&copy)];
    done(&models, &arguments);
}

#[test]
fn a_note_says_of_which_product_it_is() {
    let (folder, scene, models, results) = ground();
    let [a, b] = sites(folder.path(), &scene);
    let both = ["run", text(&a), text(&b), text(&results), "--to", "5"];
    let out = run(&models, &both);
    let said = String::from_utf8_lossy(&out.stderr);
    for product in [a, b] {
        let note = format!("note: {}: nothing says the additive offset", text(&product));
        assert!(said.contains(&note), "{said}");
    }
}

#[test]
fn the_answer_on_one_product_is_no_list_where_it_is_there_already() {
    let (_folder, input, models, results) = ground();
    let output = results.join("out.tif");
    let one = ["run", text(&input), text(&output), "--json"];
    let parsed = |more: &[&str]| -> serde_json::Value {
        let out = run(&models, &[&one[..], more].concat());
        serde_json::from_slice(&out.stdout).unwrap()
    };
    assert_eq!(parsed(&[])["output"], text(&output));
    let again = parsed(&["--skip-existing"]);
    assert_eq!(again["output"], text(&output));
    assert_eq!(again["state"], "skipped");
}
