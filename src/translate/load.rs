//! Reading a mapping table: every place is resolved, every defect gets its line.

use std::collections::{BTreeMap, HashMap};
use std::mem::take;

use toml::Spanned;

use super::date::DateStyle;
use super::mapping::{Format, Mapping, MappingProblem, Pattern};
use super::protect;
use super::table::{
    BackEntry, CodeEntry, Encoding, FieldEntry, FlagWords, GroupEntry, JoinEntry, LiteralEntry, TableFile,
};
use crate::message::PartyId;
use crate::schema::Catalogue;

pub(super) fn load(
    text: &str,
    file_name: &str,
    catalogue: &Catalogue,
) -> Result<Mapping, Vec<MappingProblem>> {
    let table = parse(text, file_name)?;
    let mut loader = Loader {
        catalogue,
        text,
        file: file_name,
        problems: Vec::new(),
        line: 0,
        dates: table.dates,
        flags: table.flags.clone(),
        groups: Vec::new(),
        sources: HashMap::new(),
        wordless: BTreeMap::new(),
        flagged: Vec::new(),
        lists: Vec::new(),
    };
    let mapping = loader.mapping(table);
    if loader.problems.is_empty() {
        Ok(mapping)
    } else {
        loader.problems.sort_by_key(|problem| problem.line);
        Err(loader.problems)
    }
}

/// Reads a table without holding it against anything.
pub(super) fn parse(text: &str, file_name: &str) -> Result<TableFile, Vec<MappingProblem>> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        vec![MappingProblem {
            file: file_name.to_owned(),
            line: line_of(text, start),
            reason: error.message().to_owned(),
        }]
    })
}

pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

pub(super) struct Loader<'a> {
    pub(super) catalogue: &'a Catalogue,
    text: &'a str,
    file: &'a str,
    problems: Vec<MappingProblem>,
    /// Where the entry that is being read stands.
    pub(super) line: usize,
    pub(super) dates: DateStyle,
    pub(super) flags: Option<FlagWords>,
    /// The list targets that a source element binds, with the number of the group.
    pub(super) groups: Vec<(String, usize)>,
    /// The source of each target that takes one value.
    pub(super) sources: HashMap<String, String>,
    /// The codes that no line writes so far, by target, and its first line.
    pub(super) wordless: BTreeMap<String, (usize, Vec<String>)>,
    /// The codes that a flag writes, with their target.
    pub(super) flagged: Vec<(String, String)>,
    /// Lists that are written with a place for each value: line, place, source and target.
    pub(super) lists: Vec<(usize, usize, String, String)>,
}

/// A group or field entry, in the order in which they stand in the file.
enum Entry {
    Group(GroupEntry),
    Field(FieldEntry),
    Join(JoinEntry),
    Literal(LiteralEntry),
}

impl Loader<'_> {
    fn problem(&mut self, at: usize, reason: impl Into<String>) {
        self.problem_on(line_of(self.text, at), reason);
    }

    pub(super) fn problem_on(&mut self, line: usize, reason: impl Into<String>) {
        self.problems.push(MappingProblem { file: self.file.to_owned(), line, reason: reason.into() });
    }

    fn mapping(&mut self, mut table: TableFile) -> Mapping {
        let mut mapping = self.head(&table);
        let mut entries: Vec<(usize, Entry)> = Vec::new();
        let (groups, fields, joins) = (take(&mut table.group), take(&mut table.field), take(&mut table.join));
        let literals = take(&mut table.literal);
        entries.extend(groups.into_iter().map(|e| (e.span().start, Entry::Group(e.into_inner()))));
        entries.extend(fields.into_iter().map(|e| (e.span().start, Entry::Field(e.into_inner()))));
        entries.extend(joins.into_iter().map(|e| (e.span().start, Entry::Join(e.into_inner()))));
        entries.extend(literals.into_iter().map(|e| (e.span().start, Entry::Literal(e.into_inner()))));
        entries.sort_by_key(|(at, _)| *at);
        let constants = take(&mut table.constant);
        let mut codes = self.code_tables(&table);
        // Columns first, so that they are written in the form's order and not in the table's.
        for column in mapping.columns.clone() {
            mapping.place(&format!("row/{column}"));
        }
        for (at, entry) in entries {
            self.line = line_of(self.text, at);
            let added = match entry {
                Entry::Group(group) => self.group(&mut mapping, group),
                Entry::Field(field) => self.field(&mut mapping, field, &mut codes),
                Entry::Join(join) => self.join(&mut mapping, &join),
                Entry::Literal(literal) => Self::literal(&mut mapping, &literal),
            };
            if let Err(reason) = added {
                self.problem(at, reason);
            }
        }
        for constant in constants {
            let at = constant.span().start;
            let constant = constant.into_inner();
            if let Err(reason) = self.constant(&mut mapping, &constant) {
                self.problem(at, reason);
            }
        }
        self.unused(&codes, &table.codes);
        self.complete();
        for (line, reason) in protect::guard(&mut mapping) {
            self.problem_on(line, reason);
        }
        self.written_together(&mapping);
        self.roomy(&mapping);
        mapping
    }

    fn head(&mut self, table: &TableFile) -> Mapping {
        let agency: &str = table.agency.as_ref();
        if agency.parse::<PartyId>().is_err() {
            self.problem(table.agency.span().start, format!("`{agency}` is not a party such as `rs/mup`"));
        }
        let delimiter = table.delimiter.as_ref().map_or(b',', |d| u8::try_from(*d.as_ref()).unwrap_or(0));
        if !delimiter.is_ascii_graphic() && delimiter != b'\t' || delimiter == b'"' {
            let at = table.delimiter.as_ref().map_or(0, |d| d.span().start);
            self.problem(
                at,
                "the delimiter is one visible ASCII character other than the quotation mark, or a tab",
            );
        }
        match (table.format, &table.root) {
            (Format::Xml, None) => self.problem(0, "an XML table needs `root`, the name of the root element"),
            (Format::Csv, _) if table.columns.is_empty() => {
                self.problem(0, "a CSV table needs `columns`, all of them in their order");
            }
            (Format::Csv | Format::Json, Some(_)) => self.problem(0, "only an XML table has `root`"),
            _ => {}
        }
        if table.format == Format::Json && table.encoding != Encoding::Utf8 {
            self.problem(0, "JSON is always UTF-8 (RFC 8259 section 8.1)");
        }
        for key in &table.key {
            if !table.columns.contains(key.as_ref()) {
                self.problem(
                    key.span().start,
                    format!("the key `{}` is not one of the columns", key.as_ref()),
                );
            }
        }
        self.namespaces(table);
        for (from, to) in &table.renamed {
            if !table.columns.contains(to) || table.columns.contains(from.as_ref()) {
                self.problem(
                    from.span().start,
                    "`renamed` gives a name that is no column the column that it is",
                );
            }
        }
        Mapping {
            name: table.name.clone(),
            version: table.version.clone(),
            agency: agency.to_owned(),
            format: table.format,
            root: table.root.clone().unwrap_or_default(),
            script: table.script,
            encoding: table.encoding,
            delimiter,
            key: table.key.iter().map(|key| key.as_ref().clone()).collect(),
            columns: table.columns.clone(),
            renamed: table.renamed.iter().map(|(from, to)| (from.as_ref().clone(), to.clone())).collect(),
            namespaces: table
                .namespaces
                .iter()
                .map(|(prefix, uri)| (prefix.as_str().into(), uri.as_ref().as_str().into()))
                .collect(),
            empty: table.empty.clone(),
            registers: table.registers.clone(),
            imports: table.import,
            nodes: vec![Pattern::default()],
            groups: Vec::new(),
            lines: Vec::new(),
            joins: Vec::new(),
            constants: Vec::new(),
            tables: Vec::new(),
            guarded: Vec::new(),
        }
    }

    fn namespaces(&mut self, table: &TableFile) {
        let mut seen: Vec<&str> = Vec::new();
        for uri in table.namespaces.values() {
            let at = uri.span().start;
            let uri: &str = uri.as_ref();
            if table.format != Format::Xml {
                self.problem(at, "only an XML table has namespaces");
            } else if uri.is_empty() || seen.contains(&uri) {
                self.problem(at, "every namespace has a name of its own");
            }
            seen.push(uri);
        }
    }

    /// The places of the tables in the file, for later use by the lines that name them.
    fn code_tables<'t>(&mut self, table: &'t TableFile) -> HashMap<String, Codes<'t>> {
        let mut out: HashMap<String, Codes<'_>> = HashMap::new();
        for (name, words) in &table.codes {
            let without = table.without.get(name).map_or(&[][..], Vec::as_slice);
            out.insert(name.clone(), Codes { words, back: table.back.get(name), without, used: false });
        }
        let back = table.back.iter().map(|(name, words)| ("back", name, words.keys().next()));
        let without = table.without.iter().map(|(name, codes)| ("without", name, codes.first()));
        for (head, name, first) in back.chain(without) {
            if !table.codes.contains_key(name) {
                let at = first.map_or(0, |key| key.span().start);
                self.problem(at, format!("`{head}.{name}` stands without `[codes.{name}]`"));
            }
        }
        out
    }

    /// Every code of a list that the form writes has a word, or the table says that it has none: nothing gets lost on
    /// the way back because nobody thought of it.
    fn complete(&mut self) {
        for (target, (line, mut codes)) in take(&mut self.wordless) {
            codes.retain(|code| {
                !self.flagged.iter().any(|(flagged, known)| *flagged == target && known == code)
            });
            if !codes.is_empty() {
                self.problem_on(
                    line,
                    format!(
                        "no word for `{}`, which `{target}` may hold; give each one in `[codes.…]` or `[back.…]`, or \
                         name it in `[without]`",
                        codes.join("`, `")
                    ),
                );
            }
        }
    }

    /// A list has room where it is written: an attribute holds one value, and a JSON member that holds others holds
    /// none. A column holds one value too: what is left is told as unmapped.
    fn roomy(&mut self, mapping: &Mapping) {
        for (line, at, source, target) in take(&mut self.lists) {
            if mapping.format == Format::Xml && mapping.room(at) == Some(1) {
                self.problem_on(
                    line,
                    format!(
                        "`{source}` has room for one value, but `{target}` is a list; say `split` when one value holds \
                         several, or `single` when the form takes one"
                    ),
                );
            }
        }
        if mapping.format != Format::Json || !mapping.imports {
            return;
        }
        for place in &mapping.nodes {
            let written =
                place.lines.iter().filter_map(|line| mapping.lines.get(*line)).find(|line| line.imports);
            if let Some(line) = written.filter(|_| !place.children.is_empty()) {
                let text =
                    format!("`{}` holds other members, so JSON has no place for its own value", place.name);
                self.problem_on(line.at, text);
            }
        }
    }

    fn unused(
        &mut self,
        codes: &HashMap<String, Codes<'_>>,
        places: &BTreeMap<String, BTreeMap<Spanned<String>, CodeEntry>>,
    ) {
        let mut names: Vec<_> = codes.iter().filter(|(_, codes)| !codes.used).map(|(name, _)| name).collect();
        names.sort();
        for name in names {
            let at = places.get(name).and_then(|words| words.keys().next()).map_or(0, |key| key.span().start);
            self.problem(at, format!("no line uses `[codes.{name}]`"));
        }
    }
}

pub(super) struct Codes<'t> {
    pub(super) words: &'t BTreeMap<Spanned<String>, CodeEntry>,
    pub(super) back: Option<&'t BTreeMap<Spanned<String>, BackEntry>>,
    pub(super) without: &'t [Spanned<String>],
    pub(super) used: bool,
}
