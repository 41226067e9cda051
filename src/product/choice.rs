//! Which of the rasters that name bands belong together. Several dates, tiles or zones are never
//! mixed, and never chosen between without a word: one complete set among leftovers is taken and
//! named, else a sentence lists what there is.

mod chosen;
pub mod classes;
mod copies;
mod groups;

use std::path::Path;

pub use self::chosen::listed;
use self::chosen::{Choice, How};
use self::copies::one_each;
pub use self::copies::{Offer, finest_copies};
use self::groups::Groups;
use super::opened::Opened;
use crate::error::{Error, Result};

/// Chooses among rasters.
pub fn choose(path: &Path, opened: &[Opened], how: How) -> Result<Choice> {
    let groups = Groups::of(opened);
    let count = groups.all.len();
    let (members, note) = match (groups.all.as_slice(), groups.only_complete()) {
        ([], _) => return Ok(Choice::default()),
        ([one], _) => (&one.members, None),
        (_, Some(one)) => {
            let note = format!(
                "bands of {count} dates, tiles or zones were found, and only one set is complete: \
                 taken {}; left out {}",
                groups.describe(one),
                groups.listed(Some(one))
            );
            (&one.members, Some(note))
        }
        ([first, second, ..], None) => {
            let what = format!(
                "it holds bands of {count} dates, tiles or zones, which are not mixed: {}; {}",
                groups.listed(None),
                how(&opened[first.members[0]], &opened[second.members[0]])
            );
            return Err(Error::input(path, what));
        }
    };
    let mut choice = one_each(path, members, opened, how)?;
    choice.notes.splice(0..0, note);
    Ok(choice)
}
