//! A product, to look at.

use std::path::Path;

use crate::error::Result;
use crate::options::Options;
use crate::tasks::info::{Info, TargetInfo, info};

/// What a Sentinel-2 product is and what can be made of it. To make it, see [`run`](crate::run).
///
/// ```no_run
/// let product = s2sr::Product::open("S2A_MSIL2A_20230101.SAFE", &s2sr::Options::default())?;
/// for (band, gsd) in product.bands() {
///     println!("{} has {band} at {gsd} m", product.name());
/// }
/// # Ok::<(), s2sr::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Product(Info);

impl Product {
    /// Opens any form of product: a SAFE in any state (folder, zip, main metadata file), a folder
    /// with a raster for each band, a raster whose bands have names, a STAC item, an EOPF Zarr
    /// store, a Theia product, and archives and addresses of these. Metadata are read; of floats
    /// without a unit also pixels, until they tell it.
    ///
    /// Of the options those count that say what files do not: `band-names`, `quantification`,
    /// `offset`, `nodata`; and where networks and GDAL are.
    ///
    /// # Errors
    /// [`Error::Input`](crate::Error::Input) where it is none.
    ///
    /// ```
    /// let none = s2sr::Product::open("/nowhere/x.SAFE", &s2sr::Options::default());
    /// assert!(none.is_err());
    /// ```
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Self> {
        info(path.as_ref(), options).map(Self)
    }

    /// Its identifier, or the name of the folder or file.
    ///
    /// ```no_run
    /// # let product = s2sr::Product::open("a.SAFE", &s2sr::Options::default())?;
    /// println!("{}", product.name());
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// `L1C`, `L2A`, if its metadata say so.
    ///
    /// ```no_run
    /// # let product = s2sr::Product::open("a.SAFE", &s2sr::Options::default())?;
    /// let is_surface = product.level() == Some("L2A");
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn level(&self) -> Option<&str> {
        self.0.level.as_deref()
    }

    /// The processing baseline, as `05.09`, if its metadata say so.
    ///
    /// ```no_run
    /// # let product = s2sr::Product::open("a.SAFE", &s2sr::Options::default())?;
    /// println!("baseline {}", product.baseline().unwrap_or("unknown"));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn baseline(&self) -> Option<&str> {
        self.0.baseline.as_deref()
    }

    /// The coordinate reference system: `EPSG:32633`, or a name where it has no number.
    ///
    /// ```no_run
    /// # let product = s2sr::Product::open("a.SAFE", &s2sr::Options::default())?;
    /// assert!(product.crs().starts_with("EPSG:"));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn crs(&self) -> &str {
        &self.0.crs
    }

    /// Its bands in order, each with its native ground sample distance in m.
    ///
    /// ```no_run
    /// # let product = s2sr::Product::open("a.SAFE", &s2sr::Options::default())?;
    /// let fine = product.bands().filter(|(_, gsd)| *gsd == 10.0).count();
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn bands(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.bands.iter().map(|b| (b.name, b.gsd))
    }

    /// The bands that can be made at a ground sample distance, 10 or 5 m; none where nothing can.
    ///
    /// ```no_run
    /// # let product = s2sr::Product::open("a.SAFE", &s2sr::Options::default())?;
    /// assert!(product.made_at(10).contains(&"B5"));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn made_at(&self, gsd: u32) -> Vec<&str> {
        let made = self.0.targets.iter().find_map(|target| match target {
            TargetInfo::Made { to, bands, .. } if *to == gsd => Some(bands.clone()),
            _ => None,
        });
        made.unwrap_or_default()
    }

    /// What the user should know about how it was read.
    ///
    /// ```no_run
    /// # let product = s2sr::Product::open("a.SAFE", &s2sr::Options::default())?;
    /// product.notes().for_each(|note| eprintln!("{note}"));
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        self.0.notes.iter().map(String::as_str)
    }

    /// All that is known of it, as JSON after `schemas/info.json`.
    ///
    /// ```no_run
    /// # let product = s2sr::Product::open("a.SAFE", &s2sr::Options::default())?;
    /// println!("{}", product.to_json());
    /// # Ok::<(), s2sr::Error>(())
    /// ```
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}
