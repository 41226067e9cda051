//! What was chosen, and how it is told.

use crate::product::opened::Opened;
use crate::text::shown;

/// What was chosen.
#[derive(Default)]
pub struct Choice {
    /// Places in the list of what was opened.
    pub taken: Vec<usize>,
    /// What the user should know about it.
    pub notes: Vec<String>,
}

/// How the user can name the set of the first raster, not that of the second.
pub type How<'a> = &'a dyn Fn(&Opened, &Opened) -> String;

/// The first few names, and how many more there are.
pub fn listed(names: &[String]) -> String {
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
