//! Metadata in XML, read in one pass: time and memory grow with the text, whatever it holds. No
//! entities but the five of XML itself, nothing is fetched, namespaces are not looked at.

use std::fmt::Display;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::error::Fault;

/// An element, in the order of the text.
pub struct Element {
    /// Its name, without a namespace's prefix.
    pub name: String,
    /// The place of the element around it.
    pub parent: Option<usize>,
    /// Its first text, trimmed.
    pub text: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Its text as a number.
    pub fn number(&self) -> Option<f64> {
        self.text.parse().ok().filter(|v: &f64| v.is_finite())
    }
}

/// A document.
pub struct Xml {
    /// Its elements.
    pub elements: Vec<Element>,
}

impl Xml {
    /// Reads a document.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut reader = Reader::from_str(text);
        let mut elements: Vec<Element> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        loop {
            match reader.read_event().map_err(|e| Fault::of(bad(&e), e))? {
                Event::Start(start) => {
                    elements.push(element(&start, open.last().copied()));
                    open.push(elements.len() - 1);
                }
                Event::Empty(start) => elements.push(element(&start, open.last().copied())),
                Event::End(_) => {
                    if let Some(i) = open.pop() {
                        elements[i].text = elements[i].text.trim().to_owned();
                    }
                }
                Event::Text(t) => add(&mut elements, &open, &t.xml10_content()),
                Event::CData(t) => add(&mut elements, &open, &t.xml10_content()),
                Event::GeneralRef(reference) => {
                    let name = reference.xml10_content();
                    let letter = reference
                        .resolve_char_ref()
                        .ok()
                        .flatten()
                        .map(String::from);
                    let letter = letter.or_else(|| {
                        quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned)
                    });
                    add(
                        &mut elements,
                        &open,
                        &letter.ok_or_else(|| bad(format!("unknown entity {name}")))?,
                    );
                }
                Event::DocType(_) => return Err(bad("it brings a DTD along").into()),
                Event::Eof => break,
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
        match (open.is_empty(), elements.is_empty()) {
            (true, false) => Ok(Self { elements }),
            (false, _) => Err(bad("it ends too early").into()),
            (true, true) => Err(bad("it holds no element").into()),
        }
    }

    /// The elements of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |e| e.name == name)
    }

    /// The text of the first element of a name that has some.
    pub fn text<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name)
            .map(|e| e.text.as_str())
            .find(|t| !t.is_empty())
    }

    /// The elements of one name that stand in elements of another, at most two levels down: (outer,
    /// inner).
    pub fn within<'a>(
        &'a self,
        outer: &'a str,
        inner: &'a str,
    ) -> impl Iterator<Item = (usize, &'a Element)> {
        self.all(inner).filter_map(move |e| {
            let up = |i: usize| self.elements[i].parent;
            let place = [e.parent, e.parent.and_then(up)]
                .into_iter()
                .flatten()
                .find(|i| self.elements[*i].name == outer)?;
            Some((place, e))
        })
    }
}

fn bad(why: impl Display) -> String {
    format!("it is not well-formed XML ({why}); fetch the product again")
}

fn element(start: &BytesStart, parent: Option<usize>) -> Element {
    let mut attributes = start.attributes();
    let attributes = attributes
        .with_checks(false)
        .flatten()
        .map(|a| (a.key.local_name().as_ref().to_owned(), a.value.into_owned()))
        .collect();
    Element {
        name: start.local_name().as_ref().to_owned(),
        parent,
        text: String::new(),
        attributes,
    }
}

/// Text after an element's first child is not asked for by anybody, but does no harm.
fn add(elements: &mut [Element], open: &[usize], text: &str) {
    if let Some(&i) = open.last() {
        elements[i].text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn elements_with_their_text_and_place() {
        let xml = Xml::parse("<?xml version=\"1.0\"?><n:a><b i=\"1\"> x &amp;&#65; </b><!-- c --><c><d><![CDATA[<7>]]></d></c></n:a>").unwrap();
        assert_eq!(xml.text("b"), Some("x &A"));
        assert_eq!(xml.all("b").next().unwrap().attribute("i"), Some("1"));
        assert_eq!(
            xml.within("a", "d")
                .map(|(i, e)| (i, e.text.as_str()))
                .collect::<Vec<_>>(),
            [(0, "<7>")]
        );
        let bad = [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a>&e;</a>",
            "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
            "<a",
        ];
        bad.iter()
            .for_each(|t| assert!(Xml::parse(t).is_err(), "{t}"));
    }

    #[test]
    fn the_time_grows_with_the_text() {
        let start = Instant::now();
        let attributes: String = (0..200_000).map(|i| format!(" a{i}=\"\"")).collect();
        Xml::parse(&format!("<a{attributes}/>")).unwrap();
        let spaces: String = (0..100_000)
            .map(|i| format!("<a xmlns:n{i}=\"u\">"))
            .collect();
        Xml::parse(&(spaces + &"</a>".repeat(100_000))).unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "it took {:?}",
            start.elapsed()
        );
    }
}
