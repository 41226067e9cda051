//! Rasters that may be of one product: of one tile, date and reference system, as far as their
//! files tell.

use std::collections::BTreeSet;

use super::chosen::listed;
use crate::gdal::crs::{crs_name, same_crs};
use crate::product::opened::Opened;
use crate::raster::band::Band;

/// What sets products apart, as far as their files tell.
#[derive(Clone, Debug, Default, PartialEq)]
struct Mark {
    tile: Option<String>,
    date: Option<String>,
    /// Place in the list of coordinate reference systems.
    crs: usize,
}

/// Rasters of one mark.
pub struct Group {
    mark: Mark,
    /// Places in the list of what was opened.
    pub members: Vec<usize>,
}

/// The groups of what was opened.
pub struct Groups<'a> {
    opened: &'a [Opened],
    /// The coordinate reference systems among them.
    systems: Vec<&'a str>,
    pub all: Vec<Group>,
}

impl<'a> Groups<'a> {
    pub fn of(opened: &'a [Opened]) -> Self {
        let mut systems: Vec<&str> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        for (i, o) in opened.iter().enumerate() {
            let crs = systems.iter().position(|s| same_crs(s, &o.crs));
            let crs = crs.unwrap_or_else(|| {
                systems.push(&o.crs);
                systems.len() - 1
            });
            let (tile, date) = marks(&o.candidate.key);
            let mark = Mark { tile, date, crs };
            match groups.iter_mut().find(|g| g.mark == mark) {
                Some(group) => group.members.push(i),
                None => groups.push(Group {
                    mark,
                    members: vec![i],
                }),
            }
        }
        Self {
            opened,
            systems,
            all: join_unmarked(groups, opened),
        }
    }

    /// The only group that has all the bands that any has; B10 is not asked for.
    pub fn only_complete(&self) -> Option<&Group> {
        let bands = |group: &Group| -> BTreeSet<Band> {
            let bands = group.members.iter();
            let bands = bands.map(|&i| self.opened[i].candidate.band);
            bands.filter(|b| *b != Band::B10).collect()
        };
        let wanted: BTreeSet<Band> = self.all.iter().flat_map(bands).collect();
        let mut complete = self.all.iter().filter(|g| bands(g) == wanted);
        complete.next().filter(|_| complete.next().is_none())
    }

    /// `T18SVG 2020-01-11, EPSG:32618: B2, B3 (…_B02.tif, …_B03.tif)` for each but this one.
    pub fn listed(&self, without: Option<&Group>) -> String {
        let left = |g: &&Group| without.is_none_or(|w| !std::ptr::eq(*g, w));
        let texts = self.all.iter().filter(left).map(|g| self.describe(g));
        texts.collect::<Vec<_>>().join("; ")
    }

    /// One of them.
    pub fn describe(&self, group: &Group) -> String {
        let mark = &group.mark;
        let shown = |&i: &usize| self.opened[i].shown();
        let mut names: Vec<String> = group.members.iter().map(shown).collect();
        let count = names.len();
        names.dedup();
        let system = crs_name(self.systems[mark.crs]);
        let words = [mark.tile.clone(), mark.date.clone(), Some(system)];
        let words: Vec<String> = words.into_iter().flatten().collect();
        format!("{} ({} bands: {})", words.join(", "), count, listed(&names))
    }
}

/// Files that say no date or tile go with those that do, where these are of one product and lack
/// their bands.
fn join_unmarked(mut groups: Vec<Group>, opened: &[Opened]) -> Vec<Group> {
    let band = |i: &usize| opened[*i].candidate.band;
    let fits = |a: &Mark, b: &Mark| {
        let same = |x: &Option<String>, y: &Option<String>| x.is_none() || y.is_none() || x == y;
        a.crs == b.crs && same(&a.tile, &b.tile) && same(&a.date, &b.date)
    };
    while groups.len() > 1 {
        let pair = (0..groups.len())
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .find(|&(a, b)| {
                let (a, b) = (&groups[a], &groups[b]);
                let disjoint = a
                    .members
                    .iter()
                    .all(|i| b.members.iter().all(|j| band(i) != band(j)));
                fits(&a.mark, &b.mark) && disjoint
            });
        let Some((a, b)) = pair else { break };
        let joined = groups.remove(a);
        let into = &mut groups[b];
        into.mark.tile = into.mark.tile.take().or(joined.mark.tile);
        into.mark.date = into.mark.date.take().or(joined.mark.date);
        into.members.extend(joined.members);
    }
    groups
}

/// The tile and the date that the words of a key tell: `T18SVG`, `2020-01-11`.
pub fn marks(key: &str) -> (Option<String>, Option<String>) {
    let words: Vec<&str> = key.split('_').collect();
    let tile = words.iter().find_map(|w| {
        let name = w.strip_prefix('t').unwrap_or(w);
        let b = name.as_bytes();
        let fits = b.len() == 5
            && b[..2].iter().all(u8::is_ascii_digit)
            && b[2..].iter().all(u8::is_ascii_lowercase);
        fits.then(|| format!("T{}", name.to_uppercase()))
    });
    let date = (0..words.len()).find_map(|i| {
        let number = |w: &str, low: u32, high: u32| {
            w.bytes().all(|b| b.is_ascii_digit())
                && w.parse().is_ok_and(|n: u32| (low..=high).contains(&n))
        };
        let is_date = |y: &str, m: &str, d: &str| {
            y.len() == 4
                && number(y, 2015, 2099)
                && m.len() == 2
                && number(m, 1, 12)
                && d.len() == 2
                && number(d, 1, 31)
        };
        let w = words[i].split('t').next().unwrap_or_default();
        if w.len() == 8 && w.is_ascii() && is_date(&w[..4], &w[4..6], &w[6..]) {
            return Some(format!("{}-{}-{}", &w[..4], &w[4..6], &w[6..]));
        }
        let (y, m, d) = (words[i], words.get(i + 1)?, words.get(i + 2)?);
        is_date(y, m, d).then(|| format!("{y}-{m}-{d}"))
    });
    (tile, date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_tile_and_date() {
        let told = |key: &str| {
            let (tile, date) = marks(key);
            (tile.unwrap_or_default(), date.unwrap_or_default())
        };
        assert_eq!(
            told("t18svg_20200111t154901_*"),
            ("T18SVG".into(), "2020-01-11".into())
        );
        assert_eq!(
            told("ga_s2am_ard_18svg_2020_01_01_final_*"),
            ("T18SVG".into(), "2020-01-01".into())
        );
        assert_eq!(told("s2_*"), (String::new(), String::new()));
        assert_eq!(told("x_20201399_12345678_*").1, "");
    }
}
