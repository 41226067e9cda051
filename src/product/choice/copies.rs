//! Which of several copies of a band.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use super::chosen::{Choice, How, listed};
use crate::error::{Error, Result};
use crate::product::Candidate;
use crate::product::opened::Opened;
use crate::product::text::name_of;
use crate::raster::band::Band;
use crate::raster::native::native_grid;
use crate::text::shown;

/// A raster of a band, by what its product says of it.
pub struct Offer {
    pub candidate: Candidate,
    /// Its ground sample distance in m.
    pub gsd: u32,
    /// Whether it is taken only where no other has its ground sample distance.
    pub spare: bool,
}

impl Offer {
    fn rank(&self) -> (bool, u32, bool) {
        let native = self.candidate.band.gsd();
        (self.gsd > native, native.abs_diff(self.gsd), self.spare)
    }

    /// Whether both are one file, as two servers have it: in a folder of the same name, too.
    fn is_twin(&self, other: &Self) -> bool {
        let ends = |offer: &Self| -> Vec<OsString> {
            let parts = offer.candidate.file.iter().rev().take(2);
            parts.map(OsString::from).collect()
        };
        ends(self) == ends(other)
    }

    fn label(&self) -> String {
        let own = || name_of(&self.candidate.file);
        shown(&self.candidate.label.clone().unwrap_or_else(own))
    }
}

/// Of several copies of a band: that of its own ground sample distance, else the next finer, else
/// the finest. Two that are equally good are a question.
pub fn finest_copies(path: &Path, offers: Vec<Offer>) -> Result<Vec<Candidate>> {
    let mut best: Vec<(Offer, Option<Offer>)> = Vec::new();
    for new in offers {
        let of_band = |(old, _): &&mut (Offer, _)| old.candidate.band == new.candidate.band;
        match best.iter_mut().find(of_band) {
            Some((old, rival)) => match new.rank().cmp(&old.rank()) {
                Ordering::Less => (*old, *rival) = (new, None),
                Ordering::Equal if !new.is_twin(old) => *rival = Some(new),
                _ => {}
            },
            None => best.push((new, None)),
        }
    }
    let one = |(best, rival): (Offer, Option<Offer>)| match rival {
        None => Ok(best.candidate),
        Some(rival) => {
            let (band, a, b) = (best.candidate.band, best.label(), rival.label());
            let what = format!(
                "it has {band} more than once, with pixels of the same size: {a} and {b}; give it \
                 without one of them"
            );
            Err(Error::input(path, what))
        }
    };
    best.into_iter().map(one).collect()
}

/// Of the copies of each band: those that share their name with the most of the others, and of
/// these the one on the band's own grid.
pub fn one_each(path: &Path, members: &[usize], opened: &[Opened], how: How) -> Result<Choice> {
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
fn distinct(path: &Path, members: &[usize], opened: &[Opened], how: How) -> Result<Choice> {
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
fn best(path: &Path, members: &[usize], opened: &[Opened], how: How) -> Result<Vec<usize>> {
    let rank = |i: usize| {
        let o = &opened[i];
        let band = o.candidate.band;
        native_grid(band, &o.grid, o.equator)
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
                            "it has {band} more than once, with pixels of the same size: {} and \
                             {}; {}",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(band: &str, file: &str, gsd: u32, spare: bool) -> Offer {
        Offer {
            candidate: Candidate::new(Band::parse(band).unwrap(), file.into()),
            gsd,
            spare,
        }
    }

    fn taken(offers: Vec<Offer>) -> Result<Vec<String>> {
        let best = finest_copies(Path::new("x"), offers)?;
        Ok(best.iter().map(|c| c.file.display().to_string()).collect())
    }

    #[test]
    fn the_copy_that_fits_best_is_taken() {
        let sizes = [60, 10, 20].map(|gsd| offer("B5", &format!("{gsd}"), gsd, false));
        assert_eq!(taken(sizes.into()).unwrap(), ["20"]);
        for spare in [true, false] {
            let two = vec![offer("B5", "a", 20, spare), offer("B5", "b", 20, !spare)];
            assert_eq!(taken(two).unwrap(), [if spare { "b" } else { "a" }]);
        }
    }

    #[test]
    fn two_copies_that_are_equally_good_are_a_question() {
        let rivals = |better: Option<Offer>| {
            let two = ["a", "b"].map(|file| offer("B5", file, 10, false));
            taken(two.into_iter().chain(better).collect())
        };
        let said = rivals(None).unwrap_err().to_string();
        assert!(
            said.contains("B5 more than once") && said.contains("a and b"),
            "{said}"
        );
        assert_eq!(rivals(Some(offer("B5", "c", 20, true))).unwrap(), ["c"]);
        // One file on two servers, and one that is listed twice.
        for second in [
            "/vsis3/bucket/R20m/B05.jp2",
            "/vsicurl/https://a.org/R20m/B05.jp2",
        ] {
            let first = offer("B5", "/vsicurl/https://a.org/R20m/B05.jp2", 20, false);
            assert_eq!(
                taken(vec![first, offer("B5", second, 20, false)])
                    .unwrap()
                    .len(),
                1
            );
        }
    }
}
