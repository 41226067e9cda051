//! Zarr stores: EOPF, ESA's successor of SAFE, with one array per band under
//! `/measurements/reflectance/r10m`, `r20m` and `r60m`; and cubes, with an array per band in the
//! root, as xarray writes them. Pixels are read through GDAL; where they lie and what they mean is
//! read from the attributes, which GDAL does not all know.

mod attributes;
mod store;

use std::path::{Path, PathBuf};

pub use self::attributes::Attributes;
use self::store::{Array, Found, Store};
use super::assemble::{Findings, assemble};
use super::choice::{Offer, finest_copies};
use super::text::name_of;
use super::{Candidate, ClassFile, Product};
use crate::error::{Error, Result};
use crate::gdal::crs::crs_of_epsg;
use crate::gdal::{has_driver, vsi};
use crate::options::Options;
use crate::raster::band::{self, Band};
use crate::raster::names::{self, Name, Place};
use crate::text::shown_path;

/// Where the bands of an EOPF product are, and the ground sample distance there in m.
const FOLDERS: [(&str, u32); 3] = [
    ("measurements/reflectance/r10m", 10),
    ("measurements/reflectance/r20m", 20),
    ("measurements/reflectance/r60m", 60),
];
/// The scene classification of an L2A product; of a cube.
const CLASSES: [&str; 3] = ["conditions/mask/l2a_classification/r20m/scl", "SCL", "scl"];
/// What describes a store, in its root.
const ABOUT: [&str; 4] = [".zmetadata", "zarr.json", ".zattrs", ".zgroup"];
/// The groups of an EOPF product.
const GROUPS: [&str; 3] = ["measurements", "conditions", "quality"];

/// Whether a folder with these names is a store with a product in it.
pub fn is_store(names: &[std::ffi::OsString]) -> bool {
    let is_band = |name: &std::ffi::OsString| names::parse(&name.to_string_lossy()).is_some();
    let has = |wanted: &[&str]| names.iter().any(|n| wanted.iter().any(|w| n == w));
    is_eopf(names) || has(&ABOUT) && (has(&GROUPS) || names.iter().any(is_band))
}

/// Whether a folder with these names is the root of an EOPF product.
pub fn is_eopf(names: &[std::ffi::OsString]) -> bool {
    names.iter().any(|n| n == GROUPS[0])
}

/// Whether a name is one that all stores have in them.
pub fn is_part(name: &str) -> bool {
    let mut folders = FOLDERS.iter().flat_map(|(folder, _)| folder.split('/'));
    ABOUT.contains(&name) || name == ".zarray" || folders.any(|part| part == name)
}

/// Whether an address is that of a store, which a server does not list.
pub fn is_remote_store(root: &Path) -> bool {
    vsi::is_remote(root)
        && [".zmetadata", "zarr.json"]
            .iter()
            .any(|n| vsi::size(&root.join(n)).is_some())
}

/// What the arrays of a store are.
#[derive(Default)]
struct Arrays {
    offers: Vec<Offer>,
    /// Bands that are described and not there, each with the reason.
    missing: Vec<(Band, String)>,
    /// Bands of which some files are not there.
    incomplete: Vec<Band>,
}

/// Opens the store `root`; `path` is what was given.
pub fn open(path: &Path, root: &Path, options: &Options) -> Result<Product> {
    options.refuse_band_names(path, "a Zarr product")?;
    if !has_driver("Zarr") {
        return Err(Error::input(
            path,
            "it is an EOPF Zarr product, and this GDAL was built without Zarr; use GDAL 3.4 or \
             later with it, or give the SAFE product",
        ));
    }
    let about = ABOUT.iter().map(|n| root.join(n));
    let Some(metadata) = about.into_iter().find(|f| vsi::size(f).is_some()) else {
        let what = format!(
            "it is a Zarr product without the metadata of its root, {}; fetch the whole product",
            ABOUT.join(" or ")
        );
        return Err(Error::input(path, what));
    };
    let store = Store::new(root)?;
    let about = store.root_attributes()?;
    let properties = &about["stac_discovery"]["properties"];
    let code = &about["other_metadata"]["horizontal_CRS_code"];
    let epsg = Attributes::of(properties).epsg.or_else(|| {
        let (_, number) = code.as_str()?.rsplit_once(':')?;
        number.parse().ok()
    });
    let Arrays {
        offers,
        mut missing,
        incomplete,
    } = arrays(&store, root, epsg)?;
    if let (true, Some((_, why))) = (offers.is_empty(), missing.first()) {
        let what = format!("{why}, and no other band is there; fetch the whole product");
        return Err(Error::input(path, what));
    }
    let findings = Findings {
        candidates: finest_copies(path, offers)?,
        listed: true,
        ..Findings::new(path, name_of(root))
    };
    let mut product = assemble(findings, options).map_err(|e| unreadable(e, path, root))?;
    missing.retain(|(band, _)| product.band(*band).is_none() && *band != Band::B10);
    for (band, why) in missing {
        product.notes.push(format!("{band} is missing: {why}"));
        product.lacking.push((band, why));
    }
    let incomplete = incomplete.into_iter();
    let incomplete: Vec<Band> = incomplete.filter(|b| product.band(*b).is_some()).collect();
    if !incomplete.is_empty() {
        product.notes.push(format!(
            "some chunks of {} are not there, as where there is no data, or after an incomplete \
             download; their pixels were taken as having no data",
            band::list(incomplete)
        ));
    }
    for name in CLASSES {
        let array = store.array(name)?;
        let Some(array) = array.filter(|_| store.found(name).is_ok_and(|f| f != Found::Nothing))
        else {
            continue;
        };
        product.classes = Some(ClassFile {
            named: true,
            place: array.attributes.grid(array.rows, array.cols, epsg),
            ..ClassFile::found(array_name(root, name, &array))
        });
        break;
    }
    let text = |key: &str| properties[key].as_str().map(str::to_owned);
    product.level = text("product:type").and_then(|t| {
        ["L1C", "L2A"]
            .into_iter()
            .find(|l| t.ends_with(l))
            .map(str::to_owned)
    });
    product.baseline = text("eopf:baseline").or_else(|| text("processing:version"));
    product.spacecraft = text("platform");
    product.files.push(metadata.clone());
    product.metadata = Some(metadata);
    Ok(product)
}

/// The arrays of bands: those of an EOPF product, else those in the root.
fn arrays(store: &Store, root: &Path, epsg: Option<u32>) -> Result<Arrays> {
    let mut all = Arrays::default();
    for (folder, gsd) in FOLDERS {
        for name in store.children(folder) {
            if let Some(band) = names::parse(&name) {
                let name = format!("{folder}/{name}");
                all.look(store, root, (band, gsd, true), &name, epsg)?;
            }
        }
    }
    if all.offers.is_empty() && all.missing.is_empty() {
        let children = store.children("");
        let texts: Vec<&str> = children.iter().map(String::as_str).collect();
        for (name, what) in children.iter().zip(names::read(&texts, Place::Description)) {
            if let Name::One(band, key) = what {
                let is_plain = key == "*";
                all.look(store, root, (band, band.gsd(), is_plain), name, epsg)?;
            }
        }
    }
    Ok(all)
}

impl Arrays {
    /// Adds the array `name`, which by its name is of this band and ground sample distance, and
    /// says nothing else where it is plain.
    fn look(
        &mut self,
        store: &Store,
        root: &Path,
        (band, gsd, is_plain): (Band, u32, bool),
        name: &str,
        epsg: Option<u32>,
    ) -> Result<()> {
        let file = shown_path(&root.join(name));
        let Some(array) = store.array(name)? else {
            let why = format!(
                "{file} is no array of rows and columns; give one date by itself, as in xarray \
                 with .isel(time=0)"
            );
            // What only bears the name of a band may be anything.
            if store.children(name).is_empty() {
                self.missing.push((band, why));
            }
            return Ok(());
        };
        match store.found(name)? {
            Found::Nothing => {
                self.missing.push((band, format!("{file} is not there")));
                return Ok(());
            }
            Found::Chunks(there) if there < array.chunks => self.incomplete.push(band),
            _ => {}
        }
        let own = array.attributes.epsg.or(epsg).and_then(crs_of_epsg);
        let candidate = Candidate {
            named: true,
            radiometry: array.attributes.radiometry(),
            place: array.attributes.grid(array.rows, array.cols, epsg),
            crs: own.or(array.crs.clone()),
            label: Some(name.to_owned()),
            ..Candidate::new(band, array_name(root, name, &array))
        };
        self.offers.push(Offer {
            candidate,
            gsd,
            spare: !is_plain,
        });
        Ok(())
    }
}

/// What GDAL calls an array of a store: the first layer of each dimension around rows and columns.
fn array_name(root: &Path, name: &str, array: &Array) -> PathBuf {
    let mut of_gdal = std::ffi::OsString::from("ZARR:\"");
    of_gdal.push(root);
    of_gdal.push(format!("\":/{name}"));
    of_gdal.push(":0".repeat(array.around));
    PathBuf::from(of_gdal)
}

/// What to do where GDAL cannot read an array.
fn unreadable(error: Error, path: &Path, root: &Path) -> Error {
    let Error::Input {
        path: file, what, ..
    } = &error
    else {
        return error;
    };
    if !file.to_string_lossy().starts_with("ZARR:") {
        return error;
    }
    let Some(why) = what.strip_prefix("GDAL cannot open it") else {
        return Error::input(path, what.clone());
    };
    let why = why.split(';').next().unwrap_or_default().trim();
    let newer = match vsi::size(&root.join("zarr.json")) {
        Some(_) => "Zarr V3 takes GDAL 3.8 or later, with sharding one of 2026",
        None => "take one that was built with blosc and zstd",
    };
    Error::input(
        path,
        format!(
            "it is a Zarr product, and this GDAL cannot read it {why}; {newer}, or give the SAFE \
             product"
        ),
    )
}
