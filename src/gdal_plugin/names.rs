//! How the names that the driver opens are written: `S2SR:/path/product.SAFE`, `S2SR:"/path, with
//! comma",to=5,bands=B5,B11`. Between quotes a quote is written twice; a backslash is none of ours,
//! as Windows has it in paths.

use std::ffi::{OsStr, OsString};

use crate::gdal::os_name;

/// What the names start with.
pub const PREFIX: &str = "S2SR:";

/// Options with their values, in the bytes of a name.
type Pairs = Vec<(String, Vec<u8>)>;

/// The product of a name without its prefix, and the options behind it.
pub fn split(rest: &[u8]) -> Option<(Vec<u8>, Pairs)> {
    let (product, options) = match quoted(rest) {
        Some(found) => found,
        None if rest.starts_with(b"\"") => return None,
        // A comma is part of the path unless KEY= follows it.
        None => {
            let end = (0..rest.len())
                .find(|i| rest[*i] == b',' && key_length(&rest[i + 1..]).is_some())
                .unwrap_or(rest.len());
            (rest[..end].to_vec(), &rest[end..])
        }
    };
    let options = if options.is_empty() {
        options
    } else {
        options.strip_prefix(b",")?
    };
    (!product.is_empty()).then(|| (product, pairs(options)))
}

/// What stands between the quotes that `text` begins with, and what follows them.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut inside = Vec::new();
    loop {
        let end = rest.iter().position(|b| *b == b'"')?;
        inside.extend(&rest[..end]);
        rest = &rest[end + 1..];
        let Some(after) = rest.strip_prefix(b"\"") else {
            return Some((inside, rest));
        };
        inside.push(b'"');
        rest = after;
    }
}

/// How long the key is, if `text` begins with `KEY=`.
fn key_length(text: &[u8]) -> Option<usize> {
    let letters = text
        .iter()
        .take_while(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
        .count();
    (letters > 0 && text.get(letters) == Some(&b'=')).then_some(letters)
}

/// `to=5,bands=B5,B11` has two pairs: what follows a comma without being a pair belongs to the
/// value before.
fn pairs(options: &[u8]) -> Pairs {
    let mut pairs: Pairs = Vec::new();
    let text = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
    let mut rest = options;
    while !rest.is_empty() {
        let key = key_length(rest);
        // A quote that does not end where a value may end is part of it.
        let in_quotes = key
            .and_then(|n| quoted(&rest[n + 1..]))
            .filter(|(_, after)| matches!(after.first(), None | Some(b',')));
        let (part, after) = match &in_quotes {
            Some((_, after)) => rest.split_at(rest.len() - after.len()),
            None => {
                let comma = rest.iter().position(|b| *b == b',');
                rest.split_at(comma.unwrap_or(rest.len()))
            }
        };
        match (key, in_quotes, pairs.last_mut()) {
            (Some(n), Some((value, _)), _) => pairs.push((text(&part[..n]), value)),
            (Some(n), None, _) => pairs.push((text(&part[..n]), part[n + 1..].to_vec())),
            _ if part.is_empty() => {}
            (None, _, Some((_, value))) => value.extend([b",", part].concat()),
            (None, _, None) => pairs.push((text(part), Vec::new())),
        }
        rest = after.strip_prefix(b",").unwrap_or(after);
    }
    pairs
}

fn in_quotes(text: &[u8]) -> Vec<u8> {
    let twice = |b: &u8| vec![*b; if *b == b'"' { 2 } else { 1 }];
    let inside = text.iter().flat_map(twice);
    [b'"'].into_iter().chain(inside).chain([b'"']).collect()
}

/// Options as they stand in a name: `to=5,bands=B5,B11`. Values that would be read as something
/// else are put into quotes.
pub fn listed<'a>(options: impl Iterator<Item = (&'a str, &'a OsStr)>) -> OsString {
    let one = |(key, value): (&str, &OsStr)| {
        let value = value.as_encoded_bytes();
        let plain = [key.as_bytes(), b"=", value].concat();
        let read = pairs(&plain);
        let same = read.len() == 1 && read[0].1 == value;
        if same && !value.starts_with(b"\"") {
            plain
        } else {
            [key.as_bytes(), b"=", &in_quotes(value)].concat()
        }
    };
    os_name(options.map(one).collect::<Vec<_>>().join(&b','))
}

/// The name of a product with options that were `listed`.
pub fn joined(product: &OsStr, options: &OsStr) -> OsString {
    let mut name = PREFIX.as_bytes().to_vec();
    name.extend(in_quotes(product.as_encoded_bytes()));
    if !options.is_empty() {
        name.push(b',');
        name.extend(options.as_encoded_bytes());
    }
    os_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(name: &str) -> Option<(String, Vec<(String, String)>)> {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (product, pairs) = split(name.strip_prefix(PREFIX).unwrap().as_bytes())?;
        let pairs = pairs.into_iter().map(|(k, v)| (k, text(v))).collect();
        Some((text(product), pairs))
    }

    #[test]
    fn what_is_written_is_read() {
        for product in [
            "/a",
            "/a\"b",
            "\"",
            "/a\"\",to=5",
            "C:\\a\\",
            "\\\\a\\b\"c\\",
        ] {
            for value in [
                "/c.json",
                "/c,to=5.json",
                "a,,b",
                "a,",
                ",",
                "",
                "\"a\"",
                "\"a",
                "a\"b,to=\"5\"",
                "B5,B11",
                "C:\\a\\",
            ] {
                let pairs = [("cutline", value), ("model", value), ("to", "5")];
                let options = listed(pairs.iter().map(|(k, v)| (*k, OsStr::new(v))));
                let name = joined(OsStr::new(product), &options);
                let name = name.to_str().unwrap();
                let own = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
                assert_eq!(apart(name), Some((product.to_owned(), own)), "{name}");
            }
        }
    }

    #[test]
    fn quotes_are_written_only_where_they_are_needed() {
        let options = listed([("to", "5".as_ref()), ("bands", "B5,B11".as_ref())].into_iter());
        assert_eq!(options, "to=5,bands=B5,B11");
        assert_eq!(
            joined("C:\\a\\".as_ref(), &options),
            "S2SR:\"C:\\a\\\",to=5,bands=B5,B11"
        );
        let value = |name: &str| apart(name).unwrap().1[0].1.clone();
        assert_eq!(value("S2SR:/a,cutline=\"b\"c"), "\"b\"c");
        assert_eq!(value("S2SR:/a,cutline=\"b,c"), "\"b,c");
        assert_eq!(value("S2SR:/a,bands=\"B5\",B11"), "B5,B11");
        assert_eq!(apart("S2SR:\"/a"), None);
        assert_eq!(apart("S2SR:\"\""), None);
    }
}
