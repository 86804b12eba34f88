//! XML into a tree. No DTD, no entities of its own, bounded depth.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, QName, ResolveResult};
use quick_xml::reader::NsReader;

use super::error::{MAX_DEPTH, MAX_NOTES, TranslateError};
use super::mapping::Mapping;
use super::table::Encoding;
use super::tree::Tree;

/// Reads one document whose root element is the table's.
pub(super) fn read<'a>(text: &'a str, mapping: &Mapping) -> Result<Tree<'a>, TranslateError> {
    let mut reader = NsReader::from_str(text);
    let config = reader.config_mut();
    config.check_comments = true;
    let mut pass = Pass { text, tree: Tree::default(), open: Vec::new(), mapping, before: Vec::new(), at: 0 };
    if let Some(at) = text.bytes().position(|b| !is_xml(char::from(b))) {
        pass.at = at;
        return Err(pass.wrong(NO_CHARACTER));
    }
    loop {
        pass.at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| {
            pass.at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            pass.wrong(reason(&error))
        })?;
        if pass.event(event, reader.resolver())? {
            return Ok(pass.tree);
        }
    }
}

struct Pass<'a, 'm> {
    text: &'a str,
    tree: Tree<'a>,
    /// The elements that are open, outermost first.
    open: Vec<usize>,
    mapping: &'m Mapping,
    /// Comments and instructions before the root.
    before: Vec<(&'static str, Cow<'a, str>)>,
    /// Where the event begins, in bytes.
    at: usize,
}

impl<'a> Pass<'a, '_> {
    /// Takes one event; `true` at the end of the document.
    fn event(&mut self, event: Event<'a>, scope: &NamespaceResolver) -> Result<bool, TranslateError> {
        match event {
            Event::Start(start) => {
                let node = self.element(&start, scope)?;
                self.open.push(node);
                if self.open.len() > MAX_DEPTH {
                    return Err(self.wrong(format!(
                        "elements are nested deeper than {MAX_DEPTH}; a record has no more levels"
                    )));
                }
            }
            Event::Empty(start) => {
                self.element(&start, scope)?;
            }
            Event::End(_) => {
                if let Some(node) = self.open.pop() {
                    self.tree.trim(node);
                }
            }
            Event::Text(text) => self.append(line_ends(text.into_inner()))?,
            Event::CData(text) => self.append(line_ends(text.into_inner()))?,
            Event::GeneralRef(name) => {
                let resolved = match name.resolve_char_ref() {
                    Ok(Some(c)) if !is_xml(c) => return Err(self.wrong(NO_CHARACTER)),
                    Err(_) => return Err(self.wrong("a reference to no character")),
                    Ok(Some(c)) => Cow::Owned(c.to_string()),
                    Ok(None) => match predefined(&name) {
                        Some(text) => Cow::Borrowed(text),
                        None => {
                            return Err(self.wrong("an entity that XML does not define; write the character"));
                        }
                    },
                };
                self.append(resolved)?;
            }
            // Either may hold what someone noted by hand: it is kept like any value without a place.
            Event::Comment(text) => self.aside("comment()", line_ends(text.into_inner()))?,
            Event::PI(text) => self.aside("processing-instruction()", line_ends(text.into_inner()))?,
            Event::Decl(declaration) => self.encoding(declaration.encoding())?,
            Event::DocType(_) => {
                return Err(self.wrong("a document type declaration is not allowed; remove it"));
            }
            Event::Eof if !self.open.is_empty() => return Err(self.wrong("an element is not closed")),
            Event::Eof if self.tree.node(0).is_none() => return Err(self.wrong("no element in the document")),
            Event::Eof => return Ok(true),
        }
        Ok(false)
    }

    fn encoding(
        &self,
        named: Option<Result<Cow<'_, str>, quick_xml::events::attributes::AttrError>>,
    ) -> Result<(), TranslateError> {
        let expected = match self.mapping.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Windows1250 => "windows-1250",
        };
        match named {
            Some(Ok(name)) if !name.eq_ignore_ascii_case(expected) => {
                Err(self.wrong(format!("the document declares another encoding than `{expected}`")))
            }
            Some(Err(_)) => Err(self.wrong("the XML declaration is not well formed")),
            _ => Ok(()),
        }
    }

    fn element(
        &mut self,
        start: &BytesStart<'a>,
        scope: &NamespaceResolver,
    ) -> Result<usize, TranslateError> {
        let written = start.name().into_inner();
        // The name stands right after the `<` at which the event begins.
        let raw = match self.text.get(self.at + 1..self.at + 1 + written.len()) {
            Some(there) if there == written => Cow::Borrowed(there),
            _ => Cow::Owned(written.to_owned()),
        };
        let name = self.name(raw, scope, false)?;
        let parent = match self.open.last() {
            Some(parent) => *parent,
            None if self.tree.node(0).is_some() => return Err(self.wrong("a second root element")),
            None if name != self.mapping.root => return Err(self.wrong(self.wanted_root())),
            None => 0,
        };
        // `Ana<br/>Anić` is two words.
        self.tree.part_value(parent);
        let node = self.add(parent, name, Cow::Borrowed(""))?;
        for (name, text) in std::mem::take(&mut self.before) {
            self.aside_of(node, name, text)?;
        }
        for attribute in start.attributes() {
            let attribute =
                attribute.map_err(|_| self.wrong("an attribute is not well formed or stands twice"))?;
            let name = attribute.key.into_inner();
            if name == "xmlns" || name.starts_with("xmlns:") || is_of_schema(name, scope) {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| self.wrong("an attribute holds a reference that XML does not define"))?;
            if !value.chars().all(is_xml) {
                return Err(self.wrong(NO_CHARACTER));
            }
            let value = Cow::Owned(value.trim().to_owned());
            let name = self.name(Cow::Borrowed(name), scope, true)?;
            self.add(node, Cow::Owned(format!("@{name}")), value)?;
        }
        Ok(node)
    }

    /// The name as the table writes it: whatever prefix the document uses, the namespace decides. A name of a
    /// namespace that the table does not have becomes `{namespace}name`, which no source is called.
    fn name<'n>(
        &self,
        raw: Cow<'n, str>,
        scope: &NamespaceResolver,
        attribute: bool,
    ) -> Result<Cow<'n, str>, TranslateError> {
        let namespaces = &self.mapping.namespaces;
        if namespaces.is_empty() {
            return Ok(raw);
        }
        let qualified = QName(&raw);
        let (space, local) =
            if attribute { scope.resolve_attribute(qualified) } else { scope.resolve_element(qualified) };
        let local = local.into_inner();
        let named = |prefix: &str| match prefix {
            "" => local.to_owned(),
            prefix => format!("{prefix}:{local}"),
        };
        let known =
            |uri: &str| namespaces.iter().find(|(_, known)| **known == *uri).map(|(prefix, _)| &**prefix);
        let default = namespaces.iter().any(|(prefix, _)| prefix.is_empty());
        Ok(Cow::Owned(match space {
            ResolveResult::Bound(uri) => {
                let uri = uri.into_inner();
                known(uri).map_or_else(|| format!("{{{uri}}}{local}"), named)
            }
            ResolveResult::Unbound if attribute || !default => return Ok(raw),
            ResolveResult::Unbound => format!("{{}}{local}"),
            ResolveResult::Unknown(_) => return Err(self.wrong("a prefix is used that no `xmlns` declares")),
        }))
    }

    fn wanted_root(&self) -> String {
        let root = &self.mapping.root;
        let prefix = root.split_once(':').map_or("", |(prefix, _)| prefix);
        let space = self.mapping.namespaces.iter().find(|(known, _)| **known == *prefix);
        match space {
            Some((_, uri)) => format!(
                "the root element must be `{}` of the namespace `{uri}`; check that the table fits",
                root.rsplit(':').next().unwrap_or(root)
            ),
            None => format!("the root element must be `{root}`; check that the table fits"),
        }
    }

    /// Keeps what is no content of an element. Outside the root it goes with the root.
    fn aside(&mut self, name: &'static str, text: Cow<'a, str>) -> Result<(), TranslateError> {
        let parent = match self.open.last() {
            Some(parent) => *parent,
            None if self.tree.node(0).is_some() => 0,
            None if self.before.len() >= MAX_NOTES => {
                return Err(self.wrong("too many comments before the root element"));
            }
            None => {
                self.before.push((name, text));
                return Ok(());
            }
        };
        self.aside_of(parent, name, text)
    }

    fn aside_of(
        &mut self,
        parent: usize,
        name: &'static str,
        text: Cow<'a, str>,
    ) -> Result<(), TranslateError> {
        let node = self.add(parent, Cow::Borrowed(name), text)?;
        self.tree.trim(node);
        Ok(())
    }

    fn append(&mut self, text: Cow<'a, str>) -> Result<(), TranslateError> {
        match self.open.last() {
            Some(node) => {
                let node = *node;
                self.tree.append_value(node, text);
            }
            None if text.trim().is_empty() => {}
            None => return Err(self.wrong("text outside the root element")),
        }
        Ok(())
    }

    fn add(
        &mut self,
        parent: usize,
        name: Cow<'a, str>,
        value: Cow<'a, str>,
    ) -> Result<usize, TranslateError> {
        let added = self.tree.add(parent, name, value);
        added.map_err(|_| self.wrong("too many elements and attributes"))
    }

    fn wrong(&self, reason: impl Into<String>) -> TranslateError {
        let line = self.text.bytes().take(self.at).filter(|b| *b == b'\n').count() + 1;
        TranslateError::Malformed { line, reason: reason.into() }
    }
}

/// The namespace whose attributes tell a parser about the document, and nothing about the case.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Whether an attribute names a schema, or says that the element has no value, as the element does by having none.
fn is_of_schema(name: &str, scope: &NamespaceResolver) -> bool {
    let own =
        |(_, local): &(&str, &str)| matches!(*local, "schemaLocation" | "noNamespaceSchemaLocation" | "nil");
    name.split_once(':').filter(own).is_some_and(|_| {
        matches!(scope.resolve_attribute(QName(name)).0, ResolveResult::Bound(uri) if uri.into_inner() == SCHEMA_INSTANCE)
    })
}

const NO_CHARACTER: &str = "a control character, which XML does not allow; remove it";

/// Whether XML 1.0 has the character (section 2.2).
const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Every line end as one line feed (XML 1.0 section 2.11). A carriage return that is written as a reference stays.
fn line_ends(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { text }
}

/// The five entities of XML itself.
fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "apos" => "'",
        "quot" => "\"",
        _ => return None,
    })
}

/// What is wrong, without any text of the document.
fn reason(error: &quick_xml::Error) -> &'static str {
    match error {
        quick_xml::Error::Syntax(_) => "markup is not closed",
        quick_xml::Error::IllFormed(_) => {
            "the start and end tags do not match; close every element that was opened"
        }
        quick_xml::Error::InvalidAttr(_) => "an attribute is not well formed",
        _ => "not well-formed XML",
    }
}
