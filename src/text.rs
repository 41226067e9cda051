//! Text that strangers wrote (names of files, metadata, messages about these), made fit to be
//! shown.

use std::fmt::{self, Display, Formatter, Write};
use std::path::Path;

/// No text that is shown is longer, in characters.
const LONGEST: usize = 2000;

/// Shows a text on one line: what would move the cursor, break the line or turn the direction of
/// writing is escaped, and what is too long is cut.
pub struct Shown<T>(pub T);

impl<T: Display> Display for Shown<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match write!(
            Filter {
                out: f,
                left: LONGEST
            },
            "{}",
            self.0
        ) {
            Err(fmt::Error) => f.write_char('…'),
            Ok(()) => Ok(()),
        }
    }
}

/// A stranger's text, made fit to be shown.
pub fn shown(text: &str) -> String {
    Shown(text).to_string()
}

/// The name of a file, made fit to be shown; what is not UTF-8 is replaced.
pub fn shown_path(path: &Path) -> String {
    Shown(path.display()).to_string()
}

/// A number as people write it; a very large or small one with an exponent, not with all its zeros.
pub fn shown_number(n: f64) -> String {
    if n == 0.0 || !n.is_finite() || (1e-5..1e15).contains(&n.abs()) {
        n.to_string()
    } else {
        format!("{n:e}")
    }
}

struct Filter<'a, 'b> {
    out: &'a mut Formatter<'b>,
    left: usize,
}

impl Write for Filter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            if moves(c) {
                write!(self.out, "{}", c.escape_default())?
            } else {
                self.out.write_char(c)?
            }
        }
        Ok(())
    }
}

/// Whether a character does more than stand there: control characters, line separators, and those
/// that set the direction of writing or have no width.
fn moves(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor_and_the_rest_stays() {
        assert_eq!(shown("T33_B5.tif – Größe 東京"), "T33_B5.tif – Größe 東京");
        assert_eq!(
            shown("a\u{1b}[2Jb\nc\r\t\u{9b}"),
            "a\\u{1b}[2Jb\\nc\\r\\t\\u{9b}"
        );
        assert_eq!(shown("a\u{202e}b\u{2028}"), "a\\u{202e}b\\u{2028}");
        let long = shown(&"x".repeat(5000));
        assert!(long.ends_with("x…") && long.chars().count() == LONGEST + 1);
    }
}
