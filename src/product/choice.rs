//! Which of the rasters that name bands belong together. Several dates, tiles or zones are never
//! mixed, and never chosen between without a word: one complete set among leftovers is taken and
//! named, else a sentence lists what there is.

use std::collections::BTreeSet;
use std::path::Path;

use super::Candidate;
use super::assemble::Opened;
use crate::error::{Error, Result};
use crate::gdal::crs::{crs_name, same_crs};
use crate::raster::band::Band;
use crate::raster::grid::native_grid;
use crate::text::shown;

/// Of several copies of a band: that of its own ground sample distance, else the next finer, else
/// the finest.
pub(super) fn finest_copies(candidates: Vec<(u32, Candidate)>) -> Vec<Candidate> {
    let rank = |(gsd, c): &(u32, Candidate)| {
        let native = c.band.gsd();
        (*gsd > native, native.abs_diff(*gsd))
    };
    let mut best: Vec<(u32, Candidate)> = Vec::new();
    for new in candidates {
        match best.iter_mut().find(|(_, c)| c.band == new.1.band) {
            Some(old) if rank(&new) < rank(old) => *old = new,
            Some(_) => {}
            None => best.push(new),
        }
    }
    best.into_iter().map(|(_, c)| c).collect()
}

/// What was chosen.
#[derive(Default)]
pub struct Choice {
    /// Places in the list of what was opened.
    pub taken: Vec<usize>,
    /// What the user should know about it.
    pub notes: Vec<String>,
}

/// What sets products apart, as far as their files tell.
#[derive(Clone, Debug, Default, PartialEq)]
struct Mark {
    tile: Option<String>,
    date: Option<String>,
    /// Place in the list of coordinate reference systems.
    crs: usize,
}

struct Group {
    mark: Mark,
    members: Vec<usize>,
}

/// Chooses among rasters; `how` says how the user can name the set of the first raster, not that of
/// the second.
pub fn choose(
    path: &Path,
    opened: &[Opened],
    how: &dyn Fn(&Opened, &Opened) -> String,
) -> Result<Choice> {
    if opened.is_empty() {
        return Ok(Choice::default());
    }
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
    let groups = join_unmarked(groups, opened);
    let bands = |members: &[usize]| -> BTreeSet<Band> {
        let bands = members.iter().map(|&i| opened[i].candidate.band);
        bands.filter(|b| *b != Band::B10).collect()
    };
    let all: Vec<usize> = groups.iter().flat_map(|g| g.members.clone()).collect();
    let (wanted, mut notes) = (bands(&all), Vec::new());
    let listed = |g: &Group| describe(g, opened, &systems);
    let complete = |g: &&Group| bands(&g.members) == wanted;
    let chosen = match groups.as_slice() {
        [one] => one,
        several => {
            let (mut whole, list) = (
                several.iter().filter(complete),
                several.iter().map(listed).collect::<Vec<_>>().join("; "),
            );
            match (whole.next(), whole.next()) {
                (Some(one), None) => {
                    notes.push(format!(
                        "bands of {} dates, tiles or zones were found, and only one set is complete: taken {}; left out {}",
                        several.len(),
                        listed(one),
                        several.iter().filter(|g| !complete(g)).map(listed).collect::<Vec<_>>().join("; ")
                    ));
                    one
                }
                _ => {
                    return Err(Error::input(
                        path,
                        format!(
                            "it holds bands of {} dates, tiles or zones, which are not mixed: {list}; {}",
                            several.len(),
                            how(
                                &opened[several[0].members[0]],
                                &opened[several[1].members[0]]
                            )
                        ),
                    ));
                }
            }
        }
    };
    let mut choice = one_each(path, &chosen.members, opened, how)?;
    choice.notes.splice(0..0, notes);
    Ok(choice)
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

/// Of the copies of each band: those that share their name with the most of the others, and of
/// these the one on the band's own grid.
fn one_each(
    path: &Path,
    members: &[usize],
    opened: &[Opened],
    how: &dyn Fn(&Opened, &Opened) -> String,
) -> Result<Choice> {
    let band = |i: usize| opened[i].candidate.band;
    let key = |i: usize| opened[i].candidate.key.as_str();
    let bands: BTreeSet<Band> = members.iter().map(|&i| band(i)).collect();
    let twice = |b: Band| {
        let mut keys = members.iter().filter(|i| band(**i) == b).map(|&i| key(i));
        let first = keys.next();
        keys.any(|k| Some(k) != first)
    };
    if !bands.iter().any(|b| twice(*b)) {
        return Ok(Choice {
            taken: best(path, members, opened, how)?,
            notes: Vec::new(),
        });
    }
    let keys: BTreeSet<&str> = members.iter().map(|&i| key(i)).collect();
    let of_key =
        |k: &str| -> Vec<usize> { members.iter().copied().filter(|i| key(*i) == k).collect() };
    let wanted: BTreeSet<Band> = bands.iter().copied().filter(|b| *b != Band::B10).collect();
    let mut complete = keys.iter().filter(|k| {
        let has: BTreeSet<Band> = of_key(k).into_iter().map(band).collect();
        has.is_superset(&wanted)
    });
    let (Some(one), None) = (complete.next(), complete.next()) else {
        return distinct(path, members, opened, how);
    };
    let left: Vec<String> = members
        .iter()
        .filter(|i| key(**i) != *one)
        .map(|&i| opened[i].shown())
        .collect();
    Ok(Choice {
        taken: best(path, &of_key(one), opened, how)?,
        notes: vec![format!(
            "some bands are there more than once; taken: those named like {}, left out: {}",
            opened[of_key(one)[0]].shown(),
            listed(&left)
        )],
    })
}

/// Copies that differ in their pixel size are told apart by it; others are a question.
fn distinct(
    path: &Path,
    members: &[usize],
    opened: &[Opened],
    how: &dyn Fn(&Opened, &Opened) -> String,
) -> Result<Choice> {
    let taken = best(path, members, opened, how)?;
    let rival = |&i: &usize| {
        members.iter().copied().find(|&j| {
            let (a, b) = (&opened[i], &opened[j]);
            j != i
                && a.candidate.band == b.candidate.band
                && a.candidate.key != b.candidate.key
                && a.grid.gsd == b.grid.gsd
        })
    };
    if let Some((i, j)) = taken.iter().find_map(|i| rival(i).map(|j| (*i, j))) {
        let (a, b) = (&opened[i], &opened[j]);
        return Err(Error::input(
            path,
            format!(
                "it has {} more than once: {} and {}; {}",
                a.candidate.band,
                a.shown(),
                b.shown(),
                how(a, b)
            ),
        ));
    }
    let left: Vec<String> = members
        .iter()
        .filter(|i| !taken.contains(i))
        .map(|&i| opened[i].shown())
        .collect();
    Ok(Choice {
        taken,
        notes: vec![format!(
            "some bands are there in several pixel sizes; left out: {}",
            listed(&left)
        )],
    })
}

/// Of several copies of a band: the one with native pixels, else the finest.
fn best(
    path: &Path,
    members: &[usize],
    opened: &[Opened],
    how: &dyn Fn(&Opened, &Opened) -> String,
) -> Result<Vec<usize>> {
    let rank = |i: usize| {
        let o = &opened[i];
        let band = o.candidate.band;
        native_grid(band, &o.grid)
            .map(|(block, grid, _)| {
                (
                    block == 1 && grid.gsd > f64::from(band.gsd()),
                    block,
                    grid.gsd as i64,
                )
            })
            .map_err(|what| (i, what))
    };
    let mut taken: Vec<usize> = Vec::new();
    let mut unfit: Vec<(usize, String)> = Vec::new();
    for &i in members {
        let new = match rank(i) {
            Ok(rank) => rank,
            Err(bad) => {
                unfit.push(bad);
                continue;
            }
        };
        let band = opened[i].candidate.band;
        match taken
            .iter_mut()
            .find(|t| opened[**t].candidate.band == band)
        {
            Some(old) => match rank(*old) {
                Ok(rank)
                    if new == rank && opened[i].candidate.key == opened[*old].candidate.key =>
                {
                    return Err(Error::input(
                        path,
                        format!(
                            "it has {band} more than once, with pixels of the same size: {} and {}; {}",
                            opened[*old].shown(),
                            opened[i].shown(),
                            how(&opened[i], &opened[*old])
                        ),
                    ));
                }
                Ok(rank) if new < rank => *old = i,
                _ => {}
            },
            None => taken.push(i),
        }
    }
    let lost = unfit.into_iter().find(|(i, _)| {
        taken
            .iter()
            .all(|t| opened[*t].candidate.band != opened[*i].candidate.band)
    });
    match lost {
        Some((i, what)) => Err(Error::input(&opened[i].candidate.file, what)),
        None => Ok(taken),
    }
}

/// `T18SVG 2020-01-11, EPSG:32618: B2, B3 (…_B02.tif, …_B03.tif)`.
fn describe(group: &Group, opened: &[Opened], systems: &[&str]) -> String {
    let mark = &group.mark;
    let names: Vec<String> = group.members.iter().map(|&i| opened[i].shown()).collect();
    let words = [
        mark.tile.clone(),
        mark.date.clone(),
        Some(crs_name(systems[mark.crs])),
    ];
    format!(
        "{} ({} bands: {})",
        words.into_iter().flatten().collect::<Vec<_>>().join(", "),
        names.len(),
        listed(&names)
    )
}

/// The first few names, and how many more there are.
fn listed(names: &[String]) -> String {
    const MOST: usize = 6;
    let more = names.len().saturating_sub(MOST);
    let mut text = names
        .iter()
        .take(MOST)
        .map(|n| shown(n))
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        text += &format!(" and {more} more");
    }
    text
}

/// The tile and the date that the words of a key tell: `T18SVG`, `2020-01-11`.
fn marks(key: &str) -> (Option<String>, Option<String>) {
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
