//! What is said of files that give no area.

use std::path::Path;

use super::super::transform::MOST_CORNERS;
use crate::error::Error;

/// What is there may be less than was meant, and a smaller area than meant is no result.
pub fn damaged(path: &Path, why: &str) -> Error {
    Error::input(
        path,
        format!("it is damaged or cut short ({why}); fetch it again, or write it anew"),
    )
}

/// It has more corners than any area.
pub fn too_many(path: &Path) -> Error {
    Error::input(
        path,
        format!(
            "its polygons have more than {MOST_CORNERS} corners; give a file with the polygon of \
             the area alone, or a simpler one"
        ),
    )
}
