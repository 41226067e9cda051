//! Where an asset of a STAC item is.

use std::path::{Component, Path, PathBuf};

use crate::gdal::vsi;
use crate::product::bounds::Bounds;

/// Where an asset can be looked for.
pub struct Places {
    /// The places that nothing speaks against, the asset's own first.
    pub usable: Vec<PathBuf>,
    /// The asset's own, where it is none of them, and why.
    pub refused: Option<(PathBuf, String)>,
}

impl Places {
    /// The places of an asset that an item in `folder` says to be at `href`, and at the alternates,
    /// too. Those on this machine are asked before those on servers.
    pub fn of(
        folder: &Path,
        bounds: &Bounds,
        href: &str,
        alternates: &[String],
    ) -> std::result::Result<Self, String> {
        let refusal = |file: &Path| bounds.refusal(file).filter(|_| !vsi::is_address(file));
        let others = alternates
            .iter()
            .filter_map(|href| resolve(folder, href).ok());
        let mut usable: Vec<PathBuf> = others.filter(|file| refusal(file).is_none()).collect();
        usable.sort_by_key(|file| vsi::is_remote(file));
        let refused = match resolve(folder, href) {
            Err(what) if usable.is_empty() => return Err(what),
            Err(what) => Some((PathBuf::from(href), what)),
            Ok(file) => match refusal(&file) {
                Some(why) => Some((file, why.to_owned())),
                None => {
                    usable.insert(0, file);
                    None
                }
            },
        };
        Ok(Self { usable, refused })
    }
}

/// Where an asset is: `href` as an item in `folder` says it.
pub fn resolve(folder: &Path, href: &str) -> std::result::Result<PathBuf, String> {
    let remote_item = vsi::is_remote(folder);
    let file = vsi::resolved(Path::new(href));
    if vsi::is_virtual(&file) {
        return match vsi::is_address(&file) {
            true => Ok(file),
            false => Err(format!(
                "its asset {href} is no file and no address; correct the item"
            )),
        };
    }
    let local_name = href.starts_with('/') || href.starts_with("file:");
    if remote_item && local_name {
        let host = folder.to_string_lossy();
        let end = host
            .match_indices('/')
            .nth(4)
            .map_or(host.len(), |(i, _)| i);
        return match href.strip_prefix("file:") {
            Some(_) => Err(format!(
                "its asset {href} is a file of this machine, which an item from elsewhere may \
                 not name"
            )),
            None => Ok(PathBuf::from(format!("{}{href}", &host[..end]))),
        };
    }
    if local_name {
        return Ok(file);
    }
    let mut place = folder.to_owned();
    for part in Path::new(href).components() {
        match part {
            Component::ParentDir => {
                place.pop();
            }
            Component::Normal(name) => place.push(name),
            _ => {}
        }
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_where_the_item_says() {
        let at = |folder: &str, href: &str| {
            // Windows joins names by a slash of its own, which is GDAL's in the end.
            resolve(Path::new(folder), href).map(|p| p.display().to_string().replace('\\', "/"))
        };
        assert_eq!(at("/data/i", "./B02.tif").unwrap(), "/data/i/B02.tif");
        assert_eq!(at("/data/i", "../B02.tif").unwrap(), "/data/B02.tif");
        assert_eq!(
            at("/data/i", "https://x/B02.tif?s=1").unwrap(),
            "/vsicurl/https://x/B02.tif?s=1"
        );
        assert_eq!(
            at("/vsicurl/http://h:1/c/i", "B02.tif").unwrap(),
            "/vsicurl/http://h:1/c/i/B02.tif"
        );
        assert_eq!(
            at("/vsicurl/http://h:1/c/i", "/d/B02.tif").unwrap(),
            "/vsicurl/http://h:1/d/B02.tif"
        );
        assert!(at("/vsicurl/http://h:1/c/i", "file:///etc/passwd").is_err());
        for archive in ["/vsizip//x.zip/a", "/vsitar//x.tar/vsicurl/../a"] {
            assert!(at("/data/i", archive).is_err(), "{archive}");
            assert!(at("/vsicurl/http://h:1/c/i", archive).is_err(), "{archive}");
        }
    }

    #[test]
    fn assets_stay_on_the_server_or_in_the_archive_of_their_item() {
        for folder in ["/vsicurl/http://h:1/c/i", "/vsizip//data/x.zip/c/i"] {
            let folder = Path::new(folder);
            let bounds = Bounds::of(folder);
            let usable = |href: String| {
                let places = Places::of(folder, &bounds, &href, &[]);
                places.map_or(Vec::new(), |p| p.usable)
            };
            assert_eq!(usable("./B02.tif".into()), [folder.join("B02.tif")]);
            for up in 1..20 {
                let found = usable("../".repeat(up) + "etc/B02.tif");
                assert!(found.iter().all(|f| vsi::is_address(f)), "{found:?}");
            }
            for href in ["/etc/B02.tif", "file:///etc/B02.tif"] {
                let found = usable(href.into());
                assert!(found.iter().all(|f| vsi::is_address(f)), "{found:?}");
            }
        }
    }
}
