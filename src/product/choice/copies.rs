//! Which of several copies of a band.

use std::collections::BTreeSet;
use std::path::Path;

use super::chosen::{Choice, How, listed};
use crate::error::{Error, Result};
use crate::product::Candidate;
use crate::product::opened::Opened;
use crate::raster::band::Band;
use crate::raster::grid::native_grid;

/// Of several copies of a band: that of its own ground sample distance, else the next finer, else
/// the finest.
pub fn finest_copies(candidates: Vec<(u32, Candidate)>) -> Vec<Candidate> {
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
