//! What creation options a result may be given.

use crate::error::{Error, Result};
use crate::gdal::Quiet;
use crate::gdal::api::Gdal;
use crate::gdal::strings::StringList;
use crate::options::Format;
use crate::raster::radiometry::DataType;

/// Refuses creation options that the format does not have, which GDAL would pass by, and those that
/// would cut values off, of which it says nothing.
pub fn check_creation(
    gdal: &Gdal,
    format: Format,
    dtype: DataType,
    creation: &[(String, String)],
) -> Result<()> {
    let few = |(key, value): &&(String, String)| {
        key.eq_ignore_ascii_case("NBITS") && value.trim().parse().is_ok_and(|n: u32| n < 16)
    };
    if let Some((_, bits)) = creation.iter().find(few)
        && dtype != DataType::UInt8
    {
        return Err(Error::option(format!(
            "option co: NBITS={bits} would cut off what is larger; pixels of type {dtype:?} need \
             all of theirs"
        )));
    }
    let name = match format {
        Format::GTiff => c"GTiff",
        Format::Cog => c"COG",
    };
    let options = StringList::pairs(creation.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    let quiet = Quiet::new();
    // SAFETY: C strings and a list of them, which live through the calls.
    let valid = unsafe {
        let driver = (gdal.GDALGetDriverByName)(name.as_ptr());
        driver.is_null() || (gdal.GDALValidateCreationOptions)(driver, options.as_ptr()) != 0
    };
    if valid {
        return Ok(());
    }
    let name = name.to_string_lossy();
    Err(Error::option(format!(
        "option co is none of the format {name} ({}); gdalinfo --format {name} lists them",
        quiet.explain("no reason given")
    )))
}
