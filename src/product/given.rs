//! What was given, and which reader it leads to: an address, a file told by its content, a folder
//! told by what lies in it, or a pattern for some of a folder's files.

use std::io::Read;
use std::path::Path;

use super::pattern::Pattern;
use super::text::{folder_of, name_of};
use super::{Product, archive, around, container, folder, inside, safe, stac, stack, theia, zarr};
use crate::error::{Error, Result};
use crate::gdal::{real_file, vsi};
use crate::options::Options;
use crate::text::shown_path;

/// Bytes at the start of a file that tell what it is: a tar archive does in its header of 512.
const HEAD: usize = 1024;

/// What a file is, by its first bytes.
#[derive(Debug, PartialEq)]
enum Kind {
    Empty,
    Zip,
    Tar,
    Gzip,
    /// Packed in a way that is not read.
    Packed(&'static str),
    Html,
    Json,
    /// XML with this element around everything, without a prefix.
    Xml(String),
    Other,
}

/// Opens whatever was given.
pub fn read(path: &Path, options: &Options) -> Result<Product> {
    let path = &vsi::resolved(path);
    if !vsi::is_virtual(path) {
        match path.metadata() {
            Err(_) => return read_within(path, options),
            Ok(m) if m.is_dir() => return read_folder(path, None, options),
            Ok(m) if m.is_file() => {}
            Ok(_) => {
                return Err(Error::input(
                    path,
                    "it is a pipe, a device or a socket; give a file or a folder",
                ));
            }
        }
    } else if vsi::is_remote(path) {
        return read_remote(path, options);
    } else if !vsi::list(path).is_empty() {
        return read_folder(path, None, options);
    } else if vsi::size(path).is_none() {
        return Err(Error::input(path, nothing(path)));
    }
    read_file(path, options)
}

/// What is said of a name of GDAL's that leads nowhere on this machine.
fn nothing(path: &Path) -> String {
    let Some(file) = real_file(path) else {
        return "there is no such file or folder".into();
    };
    let file = shown_path(&file);
    format!("there is no such file or folder in {file}, or that is no archive that can be read")
}

/// Opens what is at an address. Servers do not list folders, so those of products are told by the
/// files that they have.
fn read_remote(path: &Path, options: &Options) -> Result<Product> {
    // Without the slash at its end.
    let root = path.components().as_path().to_owned();
    let is_folder =
        root.as_os_str() != path.as_os_str() || vsi::size(path).is_none_or(|size| size == 0);
    if !is_folder {
        return read_file(path, options);
    }
    if let Some((file, inner)) = archive_above(&root) {
        return read_inside(path, file, inner, options);
    }
    // Not `?`, which begins the query of an address.
    let pattern = root
        .file_name()
        .filter(|n| n.as_encoded_bytes().contains(&b'*'));
    if let Some(pattern) = pattern.and_then(Pattern::new) {
        let (above, inner) = (
            folder_of(&root),
            Path::new(root.file_name().unwrap_or_default()),
        );
        if !vsi::list(&above).is_empty() {
            return inside::read(path, &above, Some(&pattern), options);
        }
        if vsi::size(&above).is_some_and(|size| size > 0) {
            return read_inside(path, &above, inner, options);
        }
    }
    if let Some(xml) = safe::FILES
        .iter()
        .map(|n| root.join(n))
        .find(|f| vsi::size(f).is_some())
    {
        return safe::open(path, &xml, &root, None, options);
    }
    if zarr::is_remote_store(&root) {
        return zarr::open(path, &root, options);
    }
    if vsi::list(&root).is_empty() {
        return Err(Error::input(
            path,
            "nothing is read at this address, and the server lists no files below it: check the \
             address and the access, give the address of a STAC item, of a SAFE folder or of one \
             file, or fetch the product",
        ));
    }
    inside::read(path, &root, None, options)
}

/// The archive that a part of one at an address lies in, and the part: told by the name, so that
/// no server is asked about each folder above.
fn archive_above(root: &Path) -> Option<(&Path, &Path)> {
    let is_archive = |above: &&Path| {
        let name = name_of(above).to_ascii_lowercase();
        inside::ARCHIVES.iter().any(|end| name.ends_with(end))
    };
    let file = root.ancestors().skip(1).find(is_archive)?;
    let inner = root.strip_prefix(file).ok()?;
    vsi::size(file)
        .is_some_and(|size| size > 0)
        .then_some((file, inner))
}

/// What is not there by that name: `FOLDER/*20200111*`, those of a folder's files or products whose
/// names fit; or a part of a file.
fn read_within(path: &Path, options: &Options) -> Result<Product> {
    let folder = folder_of(path);
    if let Some(pattern) = path.file_name().and_then(Pattern::new)
        && folder.is_dir()
    {
        return read_folder(&folder, Some(&pattern), options);
    }
    let file = path.ancestors().skip(1).find(|above| above.is_file());
    match file.and_then(|file| Some((file, path.strip_prefix(file).ok()?))) {
        Some((file, inner)) => read_inside(path, file, inner, options),
        None if is_name_of_gdal(path) => Err(Error::input(
            path,
            "it is a name of GDAL's, not a file; give the file or folder that stands in it",
        )),
        None => Err(Error::input(path, "there is no such file or folder")),
    }
}

/// Those of the files, products or rasters in a file that `inner` names, by a pattern or plainly:
/// `x.zip/*20200111*`, `x.zip/20200111`, `x.nc/*20200111*`.
fn read_inside(path: &Path, file: &Path, inner: &Path, options: &Options) -> Result<Product> {
    let pattern = inner.file_name().and_then(Pattern::new);
    let archive = match kind(file)? {
        Kind::Zip => archive::inside_zip(file)?,
        Kind::Tar => archive::inside_tar(file, false)?,
        Kind::Gzip => archive::inside_tar(file, true)?,
        _ => {
            return match pattern {
                Some(pattern) if inner.components().count() == 1 => {
                    container::open_some(file, &pattern, options)
                }
                _ => Err(Error::input(path, "there is no such file or folder")),
            };
        }
    };
    let root = archive.join(inner);
    let product = match &pattern {
        Some(pattern) => inside::read(path, &folder_of(&root), Some(pattern), options),
        None if vsi::is_folder(&root) => inside::read(path, &root, None, options),
        None if vsi::size(&root).is_some() => read_file(&root, options),
        None => Err(Error::input(
            path,
            "there is no such file or folder in the archive",
        )),
    };
    let mut product = product?;
    product.files.push(file.to_owned());
    Ok(product)
}

/// `S2SR:/a/b.SAFE`, `NETCDF:"/a/b.nc":B02`, `SENTINEL2_L2A:…`.
fn is_name_of_gdal(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    prefix.len() > 1 && prefix.chars().all(is_word)
}

fn read_file(path: &Path, options: &Options) -> Result<Product> {
    if safe::is_metadata(path) {
        let root = path.parent().unwrap_or(Path::new(""));
        return safe::open(path, path, root, None, options);
    }
    match kind(path)? {
        Kind::Empty => Err(Error::input(path, "the file is empty; fetch it again")),
        Kind::Zip => archive::read_zip(path, options),
        Kind::Tar => archive::read_tar(path, false, options),
        Kind::Gzip => archive::read_tar(path, true, options),
        Kind::Packed(how) => Err(Error::input(
            path,
            format!("it is packed with {how}, which is not read; unpack it and give the folder"),
        )),
        Kind::Html => Err(Error::input(
            path,
            "it is a web page, not a product: a saved login or error page; log in and fetch it \
             again",
        )),
        Kind::Json if is_zarr_metadata(path) => match around::store(path, options)? {
            Some(product) => Ok(product),
            None => zarr::open(path, &folder_of(path), options),
        },
        Kind::Json => stac::open(path, options),
        Kind::Xml(root) if root == "Muscate_Metadata_Document" => {
            theia::open(path, path, None, options)
        }
        Kind::Xml(root) if root.ends_with("_User_Product") => safe::open(
            path,
            path,
            path.parent().unwrap_or(Path::new("")),
            None,
            options,
        ),
        Kind::Xml(root) if root == "Dimap_Document" => {
            folder::open(path, &path.with_extension("data"), None, options)
        }
        Kind::Xml(_) | Kind::Other => {
            if let Some(product) = around::safe(path, options)? {
                return Ok(product);
            }
            match around::theia(path, options)? {
                Some(product) => Ok(product),
                None => stack::open(path, options),
            }
        }
    }
}

fn read_folder(path: &Path, pattern: Option<&Pattern>, options: &Options) -> Result<Product> {
    if pattern.is_none() && !vsi::is_virtual(path) {
        if let Some(product) = around::safe(path, options)? {
            return Ok(product);
        }
        if let Some(product) = around::store(path, options)? {
            return Ok(product);
        }
        if let Some(whole) = around::folder(path) {
            let mut product = inside::read(path, &whole, None, options)?;
            product.notes.insert(
                0,
                format!(
                    "{} was taken, as it holds more of the product than what was given",
                    shown_path(&whole)
                ),
            );
            return Ok(product);
        }
    }
    inside::read(path, path, pattern, options)
}

fn is_zarr_metadata(path: &Path) -> bool {
    [".zmetadata", ".zattrs", ".zgroup", ".zarray", "zarr.json"].contains(&name_of(path).as_str())
}

/// Reads the first bytes of a file.
fn kind(path: &Path) -> Result<Kind> {
    let mut head = Vec::new();
    let read = vsi::File::open(path).and_then(|f| f.take(HEAD as u64).read_to_end(&mut head));
    match read {
        Ok(_) => Ok(kind_of(&head)),
        Err(_) if vsi::is_virtual(path) => Ok(Kind::Other),
        Err(e) => Err(Error::input(path, format!("it cannot be opened ({e})")).because(e)),
    }
}

fn kind_of(head: &[u8]) -> Kind {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match head {
        [] => return Kind::Empty,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => return Kind::Zip,
        [0x1f, 0x8b, ..] => return Kind::Gzip,
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => return Kind::Packed("bzip2"),
        [b'7', b'z', 0xbc, 0xaf, ..] => return Kind::Packed("7-Zip"),
        [b'R', b'a', b'r', b'!', ..] => return Kind::Packed("RAR"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => return Kind::Packed("xz"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => return Kind::Packed("Zstandard"),
        _ if head.get(257..262) == Some(b"ustar") => return Kind::Tar,
        _ => {}
    }
    let start: String = text.chars().take(14).collect::<String>().to_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return Kind::Html;
    }
    if text.starts_with('{') || text.starts_with('[') {
        return Kind::Json;
    }
    if text.starts_with('<') {
        return Kind::Xml(first_element(text));
    }
    Kind::Other
}

/// The name of the first element of a text that begins as XML.
fn first_element(text: &str) -> String {
    let starts = text.split('<').skip(1);
    let element = starts
        .map(|part| part.split(|c: char| c.is_whitespace() || "/>".contains(c)))
        .filter_map(|mut words| words.next())
        .find(|name| !name.starts_with(['?', '!']) && !name.is_empty());
    let name = element.unwrap_or_default();
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_content() {
        let mut tar = vec![0u8; 512];
        tar[257..262].copy_from_slice(b"ustar");
        let xml = |name: &str| Kind::Xml(name.to_owned());
        for (head, kind) in [
            (&b""[..], Kind::Empty),
            (b"PK\x03\x04xyz", Kind::Zip),
            (b"\x1f\x8b\x08", Kind::Gzip),
            (b"BZh91AY", Kind::Packed("bzip2")),
            (b"7z\xbc\xaf\x27\x1c", Kind::Packed("7-Zip")),
            (&tar, Kind::Tar),
            (b"\n<!DOCTYPE HTML><html>", Kind::Html),
            (b"<html lang='en'>", Kind::Html),
            (
                b"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><n1:Level-2A_User_Product xmlns:n1=''>",
                xml("Level-2A_User_Product"),
            ),
            (b"<VRTDataset rasterXSize=\"3\">", xml("VRTDataset")),
            (b"<tile/>", xml("tile")),
            (b" {\"type\": 1}", Kind::Json),
            (b"II*\0", Kind::Other),
        ] {
            assert_eq!(kind_of(head), kind, "{head:?}");
        }
    }
}
