//! Every place that the samples have, as one tree.

use std::collections::BTreeSet;

use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::super::csv::{RowError, Rows};
use super::super::error::MAX_ROWS;
use super::super::mapping::{Format, Mapping};
use super::super::table::Encoding;
use super::super::tree::Tree;
use super::super::{json, xml};
use super::detect::{Detected, Hints, SampleError, detect};
use super::shape::Values;
use super::skeleton::quoted;
use crate::schema::Catalogue;

/// Most namespaces of a form.
const MOST_NAMESPACES: usize = 50;
/// Most different places of a form.
const MOST_PLACES: usize = 2_000;

/// The form of the samples.
pub(super) struct Outline {
    pub(super) format: Format,
    pub(super) encoding: Encoding,
    pub(super) delimiter: Option<u8>,
    /// How format, encoding and delimiter were told.
    pub(super) evidence: [String; 3],
    /// XML: the root element.
    pub(super) root: String,
    /// XML: prefix and URI, as the samples declare them.
    pub(super) namespaces: Vec<(String, String)>,
    /// CSV: the header.
    pub(super) columns: Vec<String>,
    /// CSV: the first columns that are equal in rows that follow each other.
    pub(super) alike: usize,
    /// CSV: how many rows were read, and whether there are more.
    pub(super) rows: usize,
    pub(super) more: bool,
    /// The first is the record itself.
    pub(super) places: Vec<Place>,
}

/// A place of the form: the same in every entry of a repeated element.
#[derive(Default)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) parent: usize,
    pub(super) children: Vec<usize>,
    /// Whether it stands more than once beside itself.
    pub(super) repeated: bool,
    /// How often it stands.
    pub(super) times: usize,
    pub(super) values: Values,
}

impl Outline {
    /// Reads the samples; all must be of one form. An error comes with the number of its sample.
    pub(super) fn of(
        samples: &[&[u8]],
        hints: Hints,
        catalogue: &Catalogue,
    ) -> Result<Self, (usize, SampleError)> {
        let mut outline: Option<Self> = None;
        for (number, bytes) in samples.iter().enumerate() {
            Self::with(&mut outline, bytes, hints, catalogue).map_err(|error| (number, error))?;
        }
        outline.ok_or_else(|| (0, SampleError::Unfit("no sample was given".to_owned())))
    }

    fn with(
        outline: &mut Option<Self>,
        bytes: &[u8],
        hints: Hints,
        catalogue: &Catalogue,
    ) -> Result<(), SampleError> {
        let found = detect(bytes, hints)?;
        let outline = match outline {
            Some(outline) => outline.agree(&found)?,
            None => outline.insert(Self::new(&found)),
        };
        match found.format {
            Format::Xml => outline.xml(&found, catalogue),
            Format::Json => outline.visit(&json::read(found.text.as_bytes())?, 0, 0),
            Format::Csv => outline.csv(&found),
        }
    }

    fn new(found: &Detected<'_>) -> Self {
        Self {
            format: found.format,
            encoding: found.encoding,
            delimiter: found.delimiter,
            evidence: found.evidence.clone(),
            root: String::new(),
            namespaces: Vec::new(),
            columns: Vec::new(),
            alike: 0,
            rows: 0,
            more: false,
            places: vec![Place { times: 1, ..Place::default() }],
        }
    }

    fn agree(&mut self, found: &Detected<'_>) -> Result<&mut Self, SampleError> {
        let ascii = |place: &Place| place.name.is_ascii() && place.values.ascii();
        let what = if found.format != self.format {
            "format"
        } else if found.delimiter != self.delimiter {
            "delimiter"
        } else if found.encoding == self.encoding || found.text.is_ascii() {
            return Ok(self);
        } else if self.places.iter().all(ascii) {
            // ASCII alone is read alike in both, so this sample tells more than those before.
            self.encoding = found.encoding;
            self.evidence.clone_from(&found.evidence);
            return Ok(self);
        } else {
            "encoding"
        };
        Err(SampleError::Different { what })
    }

    fn xml(&mut self, found: &Detected<'_>, catalogue: &Catalogue) -> Result<(), SampleError> {
        let root = self.xml_head(&found.text);
        if self.root.is_empty() {
            self.root.clone_from(&root);
        }
        if self.root != root {
            return Err(SampleError::Different { what: "root element" });
        }
        // A table with this head, so that the sample is read as the table will read its records.
        let head = format!("name = \"sample\"\nversion = \"1\"\nagency = \"xx/yy\"\n{}", self.head());
        let table = Mapping::load(&head, "sample", catalogue).map_err(|_| {
            SampleError::Unfit("its root element or a namespace has no usable name".to_owned())
        })?;
        self.visit(&xml::read(&found.text, &table)?, 0, 0)
    }

    /// Takes up the namespaces that the document declares; the name of its root element as a table writes it. What is
    /// wrong with a document the reader proper says.
    fn xml_head(&mut self, text: &str) -> String {
        let mut reader = NsReader::from_str(text);
        let mut root = None;
        loop {
            let start = match reader.read_event() {
                Ok(Event::Start(start) | Event::Empty(start)) => start,
                Ok(Event::Eof) | Err(_) => return root.unwrap_or_default(),
                Ok(_) => continue,
            };
            for attribute in start.attributes().flatten() {
                let prefix = match attribute.key.into_inner() {
                    "xmlns" => "",
                    name => match name.strip_prefix("xmlns:") {
                        Some(prefix) => prefix,
                        None => continue,
                    },
                };
                self.namespace(prefix, &attribute.value);
            }
            if root.is_none() {
                let (space, local) = reader.resolver().resolve_element(start.name());
                let local = local.into_inner();
                root = Some(match space {
                    ResolveResult::Bound(uri) => match self.prefix(uri.into_inner()) {
                        Some(prefix) if !prefix.is_empty() => format!("{prefix}:{local}"),
                        _ => local.to_owned(),
                    },
                    _ => start.name().into_inner().to_owned(),
                });
            }
        }
    }

    /// Keeps a namespace under the prefix of the document, or under one of our own when that is taken.
    fn namespace(&mut self, prefix: &str, uri: &str) {
        if uri.is_empty() || self.prefix(uri).is_some() || self.namespaces.len() >= MOST_NAMESPACES {
            return;
        }
        let taken = self.namespaces.iter().any(|(known, _)| known == prefix);
        let prefix = if taken { format!("ns{}", self.namespaces.len() + 1) } else { prefix.to_owned() };
        self.namespaces.push((prefix, uri.to_owned()));
    }

    fn prefix(&self, uri: &str) -> Option<&str> {
        self.namespaces.iter().find(|(_, known)| known == uri).map(|(prefix, _)| prefix.as_str())
    }

    fn csv(&mut self, found: &Detected<'_>) -> Result<(), SampleError> {
        let mark = found.delimiter.unwrap_or(b',');
        // The text is UTF-8 by now, whatever the file is.
        let mut rows = Rows::new(found.text.as_bytes(), Encoding::Utf8, mark);
        let mut next = move || match rows.next_row() {
            Ok(row) => Ok(row),
            Err(RowError::Row(error) | RowError::End(error)) => Err(error),
        };
        let header = next()?.map(|row| row.fields).unwrap_or_default();
        let header: Vec<String> = header.into_iter().map(|name| name.trim().to_owned()).collect();
        if let Some(at) = header.iter().position(|name| name.is_empty() || name.contains('/')) {
            let text = format!("column {} of the first line has no name, or a `/` in it", at + 1);
            return Err(SampleError::Unfit(text));
        }
        if header.iter().collect::<BTreeSet<_>>().len() != header.len() {
            return Err(SampleError::Unfit("two columns of the first line have one name".to_owned()));
        }
        if self.columns.is_empty() {
            self.columns.clone_from(&header);
        }
        if self.columns != header {
            return Err(SampleError::Different { what: "first line" });
        }
        let row_place = self.place(0, "row")?;
        let places: Vec<usize> =
            header.iter().map(|name| self.place(row_place, name)).collect::<Result<_, _>>()?;
        let mut before: Option<Vec<String>> = None;
        while let Some(row) = next()? {
            if self.rows == MAX_ROWS {
                self.more = true;
                break;
            }
            self.rows += 1;
            self.stands(row_place, before.is_some());
            for (index, (place, value)) in places.iter().zip(&row.fields).enumerate() {
                let same = before.as_ref().is_some_and(|before| before.get(index) == Some(value));
                if let Some(place) = self.places.get_mut(*place) {
                    place.values.run(value.trim(), same);
                }
            }
            if let Some(before) = before.filter(|before| *before != row.fields) {
                let alike =
                    before.iter().zip(&row.fields).take_while(|(a, b)| a == b && !a.is_empty()).count();
                self.alike = self.alike.max(alike);
            }
            before = Some(row.fields);
        }
        Ok(())
    }

    /// The head of a table for XML, without its namespaces' place at the end.
    fn head(&self) -> String {
        let encoding = self.encoding_word();
        let namespaces = self.namespace_lines();
        format!("format = \"xml\"\nencoding = \"{encoding}\"\nroot = {}\n{namespaces}", quoted(&self.root))
    }

    /// The encoding as a table names it.
    pub(super) const fn encoding_word(&self) -> &'static str {
        match self.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Windows1250 => "windows-1250",
        }
    }

    /// `[namespaces]`, or nothing.
    pub(super) fn namespace_lines(&self) -> String {
        let line = |(prefix, uri): &(String, String)| format!("{} = {}\n", quoted(prefix), quoted(uri));
        match self.namespaces.as_slice() {
            [] => String::new(),
            some => format!("[namespaces]\n{}", some.iter().map(line).collect::<String>()),
        }
    }

    fn visit(&mut self, tree: &Tree<'_>, node: usize, place: usize) -> Result<(), SampleError> {
        if let Some(found) = tree.node(node) {
            self.value(place, &found.value);
        }
        let mut here = BTreeSet::new();
        for child in tree.children(node) {
            let name = tree.node(child).map_or("", |child| &*child.name);
            if name == "comment()" {
                continue;
            }
            let inner = self.place(place, name)?;
            let again = !here.insert(inner);
            self.stands(inner, again);
            self.visit(tree, child, inner)?;
        }
        Ok(())
    }

    fn stands(&mut self, place: usize, again: bool) {
        if let Some(place) = self.places.get_mut(place) {
            place.times += 1;
            place.repeated |= again;
        }
    }

    fn value(&mut self, place: usize, value: &str) {
        if let Some(place) = self.places.get_mut(place) {
            place.values.add(value);
        }
    }

    fn place(&mut self, parent: usize, name: &str) -> Result<usize, SampleError> {
        let children = self.places.get(parent).map_or(&[][..], |place| &place.children);
        let known = children.iter().copied().find(|at| self.places.get(*at).is_some_and(|p| p.name == name));
        if let Some(known) = known {
            return Ok(known);
        }
        let made = self.places.len();
        if made >= MOST_PLACES {
            let text = format!("there are more than {MOST_PLACES} different places; give a smaller sample");
            return Err(SampleError::Unfit(text));
        }
        self.places.push(Place { name: name.to_owned(), parent, ..Place::default() });
        if let Some(parent) = self.places.get_mut(parent) {
            parent.children.push(made);
        }
        Ok(made)
    }

    /// A place and those above it, without the record itself.
    pub(super) fn chain(&self, at: usize) -> impl Iterator<Item = &Place> {
        let step = |at: usize| self.places.get(at).filter(|_| at != 0).map(|place| (at, place));
        std::iter::successors(step(at), move |(_, place)| step(place.parent)).map(|(_, place)| place)
    }

    /// The path of a place as a table writes it; for a CSV column its name.
    pub(super) fn source(&self, at: usize) -> String {
        let mut names: Vec<&str> = self.chain(at).map(|place| place.name.as_str()).collect();
        if self.format == Format::Csv && names.len() > 1 {
            names.pop();
        }
        names.reverse();
        names.join("/")
    }
}
