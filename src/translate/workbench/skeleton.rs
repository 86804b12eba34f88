//! A first table from samples: every place that they have, what stands there, and where it may go.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::mapping::Format;
use super::detect::{Hints, SampleError};
use super::outline::{Outline, Place};
use super::propose::{Line, Proposal, names_a_number, plain, propose};
use super::shape::Kind;
use crate::message::PartyId;
use crate::schema::Catalogue;

/// Longest line of columns.
const WIDTH: usize = 110;

/// What the new table shall be.
#[derive(Debug, Default)]
pub struct Wish<'a> {
    pub agency: Option<&'a PartyId>,
    pub name: Option<&'a str>,
    pub hints: Hints,
    /// Whether the words of small closed sets may be listed. They are values of the samples.
    pub show_values: bool,
}

/// The text of a table that loads as it stands and maps nothing yet. Proposals begin with `#? `; the table still loads
/// when they are all taken.
///
/// # Errors
/// [`SampleError`] when a sample cannot be read, is of another form than the first, or its nature cannot be told; with
/// the number of the sample, from 0.
pub fn skeleton(
    samples: &[&[u8]],
    wish: &Wish<'_>,
    catalogue: &Catalogue,
) -> Result<String, (usize, SampleError)> {
    let outline = Outline::of(samples, wish.hints, catalogue)?;
    let country = wish.agency.map_or("", PartyId::country);
    let proposals = propose(&outline, country, catalogue);
    let mut writer = Writer { outline: &outline, wish, out: String::new(), tables: BTreeMap::new() };
    writer.head(samples.len());
    writer.places(&proposals);
    writer.code_tables(catalogue);
    Ok(writer.out)
}

/// A text as TOML writes it, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // TOML 1.0 allows no control character in a string; line separators would end a comment for some editors.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

struct Writer<'a> {
    outline: &'a Outline,
    wish: &'a Wish<'a>,
    out: String,
    /// Code tables that lines have asked for: name -> code list and the place whose words it is for.
    tables: BTreeMap<String, (String, usize)>,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn head(&mut self, samples: usize) {
        let outline = self.outline;
        let noun = if samples == 1 { "sample" } else { "samples" };
        self.line(&format!("# A first table from {samples} {noun}: it loads, and maps nothing yet."));
        if self.outline.format == Format::Csv {
            let rows = self.outline.rows;
            let more = if self.outline.more { "; there are more, which were not read" } else { "" };
            self.line(&format!("# {rows} row{} read{more}.", if rows == 1 { " was" } else { "s were" }));
        }
        self.line("# `#? ` begins a proposal: look at it, then take the mark away. Other comments tell what stands in");
        self.line("# the samples. An empty `target` waits for a field of the catalogue.");
        self.line("");
        let agency = self.wish.agency.map_or_else(|| "xx/yy".to_owned(), ToString::to_string);
        let name = self.wish.name.map_or_else(|| agency.replace('/', "-"), str::to_owned);
        self.line(&format!("name = {}", quoted(&name)));
        self.line("version = \"1\"");
        if self.wish.agency.is_none() {
            self.line(
                "# The party: its country in two small letters, a slash, its name in the gateway's file.",
            );
        }
        self.line(&format!("agency = {}", quoted(&agency)));
        let [formed, encoded, divided] = &outline.evidence;
        let format = match outline.format {
            Format::Xml => "xml",
            Format::Csv => "csv",
            Format::Json => "json",
        };
        self.line(&format!("# Format: {formed}."));
        self.line(&format!("format = {}", quoted(format)));
        self.line(&format!("# Encoding: {encoded}."));
        self.line(&format!("encoding = {}", quoted(outline.encoding_word())));
        match outline.format {
            Format::Xml => self.line(&format!("root = {}", quoted(&outline.root))),
            Format::Csv => self.csv_head(divided),
            Format::Json => {}
        }
        self.manner();
        if !outline.namespaces.is_empty() {
            self.line("");
            self.out.push_str(&outline.namespace_lines());
        }
    }

    fn csv_head(&mut self, divided: &str) {
        let outline = self.outline;
        let mark = char::from(outline.delimiter.unwrap_or(b','));
        self.line(&format!("# Delimiter: {divided}."));
        self.line(&format!(
            "delimiter = {}",
            if mark == '\t' { "\"\\t\"".to_owned() } else { quoted(&mark.to_string()) }
        ));
        self.line("columns = [");
        let columns: Vec<String> = outline.columns.iter().map(|column| quoted(column)).collect();
        self.list("   ", &columns);
        self.line("]");
        let alike: Vec<&String> = outline.columns.iter().take(outline.alike).collect();
        if alike.is_empty() {
            return;
        }
        let key: Vec<String> = alike.iter().map(|name| quoted(name)).collect();
        let key = key.join(", ");
        let numbered = |name: &&String| {
            let place = outline.places.iter().find(|place| place.parent != 0 && place.name == ***name);
            names_a_number(name) && place.is_some_and(|place| place.values.may_number_cases())
        };
        if alike.iter().any(numbered) {
            self.line("# Rows that follow each other are alike in these columns. Those that name one case are its key.");
            self.line(&format!("#? key = [{key}]"));
        } else {
            self.line("# Rows that follow each other are alike in these columns, but none of them looks like the number of a");
            self.line("# case: as a key they would make one case of people who have nothing to do with each other. Each row");
            self.line(
                "# stays a record of its own. When several rows are one case, name the column of its number.",
            );
            self.line(&format!("# key = [{key}]"));
        }
    }

    /// How dates and texts are written, as most values are.
    fn manner(&mut self) {
        let mut styles = BTreeMap::new();
        let (mut cyrillic, mut texts) = (0, 0);
        for place in &self.outline.places {
            match place.values.kind() {
                Kind::Date(style) => *styles.entry(style).or_insert(0_usize) += place.values.count,
                Kind::Text | Kind::Words => {
                    cyrillic += place.values.cyrillic();
                    texts += place.values.words().count();
                }
                _ => {}
            }
        }
        if let Some((style, _)) =
            styles.iter().max_by_key(|(style, count)| (**count, std::cmp::Reverse(**style)))
        {
            if styles.len() > 1 {
                self.line("# Dates are written in several ways; all are read, and this one is written.");
            }
            self.line(&format!("dates = {}", quoted(style.word())));
        }
        if 2 * cyrillic > texts {
            self.line("# Most texts are Cyrillic.");
            self.line("script = \"Cyrl\"");
        }
    }

    fn places(&mut self, proposals: &BTreeMap<usize, Vec<Proposal>>) {
        let mut order = Vec::new();
        self.descend(0, &mut order);
        for at in order {
            let Some(place) = self.outline.places.get(at) else { continue };
            let found = proposals.get(&at).map_or(&[][..], Vec::as_slice);
            let source = match self.outline.source(at) {
                source if source.is_empty() => ".".to_owned(),
                source => source,
            };
            let leaf = at != 0 && (place.values.count > 0 || place.children.is_empty());
            let group = found.iter().any(|proposal| matches!(proposal, Proposal::Group { .. }));
            if !(leaf || group || place.repeated) {
                continue;
            }
            self.line("");
            self.line(&format!("# {}: {}", quoted(&source), describe(place)));
            if place.name.contains('/') {
                self.line("# Its name holds a `/`, so no line can name it: its values stay without a place.");
                continue;
            }
            let source = quoted(&source);
            if !group && !place.children.is_empty() && place.repeated {
                self.line(&format!(
                    "# [[group]]\n# source = {source}\n# target = \"\" # a list of the catalogue"
                ));
            }
            for proposal in found {
                self.proposal(&source, proposal, at);
            }
            if leaf && !found.iter().any(|proposal| matches!(proposal, Proposal::Field(_))) {
                self.open_line(&source, place);
            }
        }
    }

    fn descend(&self, at: usize, order: &mut Vec<usize>) {
        order.push(at);
        for child in self.outline.places.get(at).map_or(&[][..], |place| &place.children) {
            self.descend(*child, order);
        }
    }

    fn proposal(&mut self, source: &str, proposal: &Proposal, at: usize) {
        match proposal {
            Proposal::Group { target, single } => {
                self.line(&format!("#? [[group]]\n#? source = {source}\n#? target = {}", quoted(target)));
                if *single {
                    self.line("#? single = true");
                }
            }
            Proposal::Field(Line { target, convert, value, list, single }) => {
                self.line(&format!("#? [[field]]\n#? source = {source}\n#? target = {}", quoted(target)));
                if let Some(convert) = convert {
                    self.line(&format!("#? as = {}", quoted(convert)));
                }
                if let Some(value) = value {
                    self.line(&format!("#? value = {}", quoted(value)));
                }
                if *single {
                    self.line("#? single = true");
                }
                if let Some(list) = list {
                    let name = self.table_name(at, list);
                    self.line(&format!("#? table = {}", quoted(&name)));
                }
            }
        }
    }

    /// A line without a target, with what is known of it.
    fn open_line(&mut self, source: &str, place: &Place) {
        let convert = match place.values.kind() {
            Kind::Date(_) => "date",
            Kind::Jmbg => "jmbg",
            Kind::Boolean => "boolean",
            Kind::Country => "country",
            Kind::Words => "code",
            _ => "",
        };
        self.line(&format!("# [[field]]\n# source = {source}\n# target = \"\""));
        if !convert.is_empty() {
            self.line(&format!("# as = {}", quoted(convert)));
        }
        if convert == "code" && self.wish.show_values {
            let words: Vec<String> = place.values.words().map(quoted).collect();
            self.list("# words:", &words);
        }
    }

    /// A name for a code table, made from the place's.
    fn table_name(&mut self, at: usize, list: &str) -> String {
        let name = self.outline.places.get(at).map(|place| plain(&place.name)).unwrap_or_default();
        let ascii: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let ascii = if ascii.is_empty() { "words".to_owned() } else { ascii };
        let taken: BTreeSet<&String> = self.tables.keys().collect();
        let mut unique = ascii.clone();
        let mut number = 2;
        while taken.contains(&unique) {
            unique = format!("{ascii}{number}");
            number += 1;
        }
        self.tables.insert(unique.clone(), (list.to_owned(), at));
        unique
    }

    fn code_tables(&mut self, catalogue: &Catalogue) {
        let tables = std::mem::take(&mut self.tables);
        let mut without = Vec::new();
        for (name, (list, at)) in &tables {
            self.line(&format!("\n# The agency's words for the codes of `{list}`: `\"word\" = \"Code\"`."));
            self.line(&format!("#? [codes.{name}]"));
            let place = self.outline.places.get(*at);
            let found = place.map(|place| self.words(place, list, catalogue)).unwrap_or_default();
            let left =
                catalogue.codes(list).iter().filter(|code| !found.contains(*code)).map(|code| quoted(code));
            without.push((name, left.collect::<Vec<_>>()));
        }
        if tables.is_empty() {
            return;
        }
        self.line("\n# Codes that have no word yet. Take each one away here when it gets its word above; what the form");
        self.line("# has no word for stays, and is unmapped on the way back.");
        self.line("#? [without]");
        for (name, codes) in without {
            self.line(&format!("#? {name} = ["));
            self.list("#?    ", &codes);
            self.line("#? ]");
        }
    }

    /// A list in lines of bearable length.
    fn list(&mut self, before: &str, items: &[String]) {
        let mut row = before.to_owned();
        for item in items {
            if row.chars().count() + item.chars().count() > WIDTH && row != before {
                self.line(&row);
                before.clone_into(&mut row);
            }
            let _ = write!(row, " {item},");
        }
        if row != before {
            self.line(&row);
        }
    }

    /// The words of a closed set, when they may be shown, with the code that is called so in some language. The codes
    /// that have found a word.
    fn words(&mut self, place: &Place, list: &str, catalogue: &Catalogue) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if !place.values.few() {
            return found;
        }
        if !self.wish.show_values {
            self.line("# (`--show-values` lists the words of the samples here)");
            return found;
        }
        for word in place.values.words() {
            let called = |code: &&String| {
                let labels = catalogue.code(list, code).map(|code| &code.labels);
                let mut names = labels.into_iter().flat_map(|labels| labels.iter().map(|(_, label)| label));
                plain(code) == plain(word) || names.any(|name| plain(name) == plain(word))
            };
            match catalogue.codes(list).iter().find(called).filter(|code| !found.contains(*code)) {
                Some(code) => {
                    self.line(&format!("#? {} = {}", quoted(word), quoted(code)));
                    found.insert(code.clone());
                }
                None => self.line(&format!("# {} = \"\"", quoted(word))),
            }
        }
        found
    }
}

fn describe(place: &Place) -> String {
    let mut parts = Vec::new();
    if place.repeated {
        parts.push(format!("repeated, {} in all", place.times));
    }
    if place.values.count > 0 || place.children.is_empty() {
        parts.push(place.values.describe());
    }
    if !place.children.is_empty() {
        let count = place.children.len();
        parts.push(format!("a group with {count} place{} of its own", if count == 1 { "" } else { "s" }));
    }
    parts.join("; ")
}
