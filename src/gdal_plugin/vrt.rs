//! A VRT file of a product: every band with its name, offset, nodata and the pixel function `s2sr`.
//! The pixels are computed when somebody reads them.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::args::{Request, pairs};
use super::escaped;
use super::index::{Along, Index};
use super::kept::{self, Use};
use super::planes::MASK;
use crate::error::{Error, Result};
use crate::gdal::writer::{BandRecord, CLASS_COLUMNS, Classes, Record, Shows};
use crate::gdal::{find, name};
use crate::job::record;
use crate::options::{Call, Options};
use crate::output::{Outputs, Target};
use crate::raster::radiometry::DataType;
use crate::tasks::{endings, sources};

/// Writes a VRT file that super-resolves `input` as it is read.
pub fn write_vrt(input: &Path, output: &Path, options: &Options) -> Result<()> {
    if options.window.is_some() {
        return Err(Error::option(
            "a VRT covers the whole product, or the area of a cutline: leave projwin and srcwin \
             out, and cut it with gdal_translate -projwin or -srcwin",
        ));
    }
    options.check(Call::VRT)?;
    // Files that are opened for it are closed with it.
    let _use = Use::begin(find::choose(options.gdal.as_deref())?);
    let targets = vec![Target::find(output)?];
    let mut request = Request::of(input, options)?;
    // Whoever reads the VRT has the cutline from there.
    request.options.cutline_from_data = true;
    let scene = kept::scene(&request)?;
    let mut set = request.options;
    // Written down, so that another default does not change what the file is.
    let gsd = scene.job.finest.gsd / scene.job.scale as f64;
    if let Some(to) = [10, 5]
        .into_iter()
        .find(|to| set.to.is_none() && f64::from(*to) == gsd)
    {
        set.set("to", to.to_string())?;
    }
    let xml = document(
        &record(&scene.job),
        &arguments(&request.product, &set),
        scene.tile * scene.job.scale,
    )?;
    sources::keep(&targets, &scene.job, options)?;
    endings::refuse_other(&targets[0], output, "a VRT", &["vrt"])?;
    let outputs = Outputs::claim(targets)?;
    for draft in outputs.drafts() {
        fs::write(draft.file(), &xml).map_err(|e| {
            draft
                .error(format!("the VRT cannot be written ({e})"))
                .because(e)
        })?;
        draft.sync()?;
    }
    outputs.commit()
}

/// The arguments of the pixel function, but for the band. GDAL takes the names of files byte by
/// byte.
fn arguments(product: &Path, options: &Options) -> Vec<u8> {
    let mut out = Vec::new();
    let product = [("product", product.into())];
    for (key, value) in product.into_iter().chain(pairs(options)) {
        out.extend(format!("{key}=\"").as_bytes());
        for chunk in name(Path::new(&value)).utf8_chunks() {
            out.extend(escaped(chunk.valid()).as_bytes());
            out.extend(chunk.invalid());
        }
        out.extend(b"\" ");
    }
    out
}

fn document(record: &Record, arguments: &[u8], block: i64) -> Result<Vec<u8>> {
    let grid = &record.grid;
    let mut out = Vec::new();
    let write = |out: &mut Vec<u8>| -> io::Result<()> {
        writeln!(
            out,
            "<VRTDataset rasterXSize=\"{}\" rasterYSize=\"{}\">",
            grid.cols, grid.rows
        )?;
        writeln!(
            out,
            "  <SRS dataAxisToSRSAxisMapping=\"1,2\">{}</SRS>",
            escaped(&record.crs)
        )?;
        writeln!(
            out,
            "  <GeoTransform>{}</GeoTransform>",
            grid.geotransform().map(|v| format!("{v:?}")).join(", ")
        )?;
        let about = record
            .metadata
            .iter()
            .filter(|(k, _)| k != "TIFFTAG_SOFTWARE");
        metadata(out, "  ", about)?;
        // Not INTERLEAVE=PIXEL, though bands are computed together: GDAL 3.10 then reads part by
        // part into a wider buffer, and each part of a band with a pixel function wipes what lies
        // to its left.
        for (i, b) in record.bands.iter().enumerate() {
            band(out, record, i + 1, b, arguments, block)?;
        }
        if record.mask {
            writeln!(out, "  <MaskBand>")?;
            head(out, record, "Byte", "", block)?;
            tail(out, record, MASK, arguments)?;
            writeln!(out, "  </MaskBand>")?;
        }
        writeln!(out, "</VRTDataset>")
    };
    write(&mut out).map_err(|e| Error::internal(e.to_string()).because(e))?;
    Ok(out)
}

fn metadata<'a>(
    out: &mut Vec<u8>,
    indent: &str,
    items: impl Iterator<Item = &'a (String, String)>,
) -> io::Result<()> {
    writeln!(out, "{indent}<Metadata>")?;
    for (key, value) in items {
        writeln!(
            out,
            "{indent}  <MDI key=\"{}\">{}</MDI>",
            escaped(key),
            escaped(value)
        )?;
    }
    writeln!(out, "{indent}</Metadata>")
}

fn band(
    out: &mut Vec<u8>,
    record: &Record,
    number: usize,
    b: &BandRecord,
    arguments: &[u8],
    block: i64,
) -> io::Result<()> {
    let (kind, place) = (type_name(record.dtype), format!("band=\"{number}\" "));
    head(out, record, kind, &place, block)?;
    // As of a GeoTIFF: a mosaic takes rasters that agree in this.
    if number == 1 {
        writeln!(out, "    <ColorInterp>Gray</ColorInterp>")?;
    }
    metadata(out, "    ", b.metadata.iter())?;
    writeln!(out, "    <Description>{}</Description>", escaped(&b.name))?;
    writeln!(
        out,
        "    <NoDataValue>{}</NoDataValue>",
        if record.nodata.is_nan() {
            "nan".to_owned()
        } else {
            record.nodata.to_string()
        }
    )?;
    writeln!(out, "    <Offset>{}</Offset>", b.offset)?;
    writeln!(out, "    <Scale>{}</Scale>", b.scale)?;
    if let Shows::Classes(classes) = b.shows {
        write_classes(out, classes)?;
    }
    tail(out, record, &b.name, arguments)
}

/// Names and colours of classes, as `s2sr run` writes them beside its GeoTIFFs.
fn write_classes(out: &mut Vec<u8>, classes: &Classes) -> io::Result<()> {
    writeln!(out, "    <CategoryNames>")?;
    for (name, _) in classes {
        writeln!(out, "      <Category>{}</Category>", escaped(name))?;
    }
    writeln!(out, "    </CategoryNames>")?;
    writeln!(out, "    <GDALRasterAttributeTable tableType=\"thematic\">")?;
    for (i, (name, kind, usage)) in CLASS_COLUMNS.iter().enumerate() {
        writeln!(
            out,
            "      <FieldDefn index=\"{i}\"><Name>{}</Name><Type>{kind}</Type>\
             <Usage>{usage}</Usage></FieldDefn>",
            name.to_string_lossy()
        )?;
    }
    for (i, (name, [red, green, blue])) in classes.iter().enumerate() {
        writeln!(
            out,
            "      <Row index=\"{i}\"><F>{i}</F><F>{}</F><F>{red}</F><F>{green}</F>\
             <F>{blue}</F></Row>",
            escaped(name)
        )?;
    }
    writeln!(out, "    </GDALRasterAttributeTable>")
}

/// Where a band begins.
fn head(
    out: &mut Vec<u8>,
    record: &Record,
    kind: &str,
    number: &str,
    block: i64,
) -> io::Result<()> {
    let (cols, rows) = (block.min(record.grid.cols), block.min(record.grid.rows));
    writeln!(
        out,
        "  <VRTRasterBand dataType=\"{kind}\" {number}blockXSize=\"{cols}\" \
         blockYSize=\"{rows}\" subClass=\"VRTDerivedRasterBand\">"
    )
}

/// What computes a band's pixels, to its end.
fn tail(out: &mut Vec<u8>, record: &Record, name: &str, arguments: &[u8]) -> io::Result<()> {
    let (cols, rows) = (record.grid.cols, record.grid.rows);
    writeln!(out, "    <PixelFunctionType>s2sr</PixelFunctionType>")?;
    write!(out, "    <PixelFunctionArguments ")?;
    out.write_all(arguments)?;
    writeln!(out, "band=\"{}\"/>", escaped(name))?;
    writeln!(out, "    <SourceTransferType>Float64</SourceTransferType>")?;
    source(out, &Index::new(Along::Columns, cols), (cols, rows))?;
    source(out, &Index::new(Along::Rows, rows), (cols, rows))?;
    writeln!(out, "  </VRTRasterBand>")
}

/// A file of the index, stretched over a raster of so many columns and rows.
fn source(out: &mut Vec<u8>, file: &Index, (cols, rows): (i64, i64)) -> io::Result<()> {
    let (w, h) = file.size();
    writeln!(out, "    <SimpleSource>")?;
    writeln!(
        out,
        "      <SourceFilename relativeToVRT=\"0\">{}</SourceFilename>",
        file.path()
    )?;
    writeln!(out, "      <SourceBand>1</SourceBand>")?;
    // Spares opening the file when the VRT is opened.
    writeln!(
        out,
        "      <SourceProperties RasterXSize=\"{w}\" RasterYSize=\"{h}\" DataType=\"Float64\" \
         BlockXSize=\"{w}\" BlockYSize=\"{h}\"/>"
    )?;
    writeln!(
        out,
        "      <SrcRect xOff=\"0\" yOff=\"0\" xSize=\"{w}\" ySize=\"{h}\"/>"
    )?;
    writeln!(
        out,
        "      <DstRect xOff=\"0\" yOff=\"0\" xSize=\"{cols}\" ySize=\"{rows}\"/>"
    )?;
    writeln!(out, "    </SimpleSource>")
}

/// GDAL's name for a pixel type.
fn type_name(dtype: DataType) -> &'static str {
    match dtype {
        DataType::UInt8 => "Byte",
        DataType::UInt16 => "UInt16",
        DataType::Int16 => "Int16",
        DataType::UInt32 => "UInt32",
        DataType::Int32 => "Int32",
        DataType::Float32 => "Float32",
    }
}
