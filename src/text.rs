//! Text that strangers wrote (names of files, metadata, messages about these), made fit to be
//! shown; and names as people give them.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter, Write};
use std::path::Path;

/// No text that is shown is longer, in characters.
const LONGEST: usize = 2000;

/// GDAL's prefixes of names that lead to servers and into archives, and what people write for them.
const PREFIXES: [(&str, &str); 5] = [
    ("/vsicurl/", ""),
    ("/vsis3/", "s3://"),
    ("/vsigs/", "gs://"),
    ("/vsizip/", ""),
    ("/vsitar/", ""),
];

/// A text with names of GDAL's own as people give them: `/vsizip//vsicurl/https://x.org/a.zip/b` ->
/// `https://x.org/a.zip/b`.
pub fn as_given(text: &str) -> Cow<'_, str> {
    if !text.contains("/vsi") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut brackets, mut starts) = (text, 0, true);
    while let Some(c) = rest.chars().next() {
        let prefix = PREFIXES
            .iter()
            .find_map(|(prefix, name)| Some((rest.strip_prefix(prefix)?, name)));
        if let (Some((behind, name)), true) = (prefix, starts) {
            // GDAL sets a name in brackets where its ending does not tell what it is.
            let inner = behind.strip_prefix('{');
            brackets += usize::from(inner.is_some());
            rest = inner.unwrap_or(behind);
            out += name;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        starts = !(c.is_alphanumeric() || "/\\._-~".contains(c));
        if c == '}' && brackets > 0 {
            brackets -= 1;
        } else {
            out.push(c);
        }
    }
    out.into()
}

/// Shows a text on one line, with names as people give them: what would move the cursor, break the
/// line or turn the direction of writing is escaped, and what is too long is cut.
pub struct Shown<T>(pub T);

impl<T: Display> Display for Shown<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let mut filter = Filter {
            out: f,
            left: LONGEST,
        };
        match filter.write_str(&as_given(&text)) {
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
    let text = path.display().to_string();
    // Windows joins by its own separator even what lies at an address or in a file system of GDAL.
    if cfg!(windows) && (text.starts_with("/vsi") || text.contains("://")) {
        return shown(&text.replace('\\', "/"));
    }
    shown(&text)
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
    fn names_of_gdal_s_are_shown_as_people_give_them() {
        for (name, given) in [
            ("/vsicurl/https://x.org/a?b={1}", "https://x.org/a?b={1}"),
            ("/vsizip//vsicurl/http://h:1/a.zip/b", "http://h:1/a.zip/b"),
            (
                "/vsizip/{/vsicurl/http://h/a.SAFE}/b}",
                "http://h/a.SAFE/b}",
            ),
            ("/vsizip/{/vsizip/{/d/a}/b}/c", "/d/a/b/c"),
            ("/vsizip//d/x.zip/a", "/d/x.zip/a"),
            ("/vsitar/x.tar/a", "x.tar/a"),
            ("/vsis3/eodata/a b.jp2", "s3://eodata/a b.jp2"),
            ("give '/vsigs/a/b', or /vsizip//x", "give 'gs://a/b', or /x"),
            ("/data/vsizip/a", "/data/vsizip/a"),
            ("/data//vsizip/a", "/data//vsizip/a"),
            ("/vsimem/a", "/vsimem/a"),
            ("/d/{a}", "/d/{a}"),
        ] {
            assert_eq!(as_given(name), given);
        }
    }

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
