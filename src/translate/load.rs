//! Reading a mapping table: every place is resolved, every defect gets its line.

use std::collections::{BTreeMap, HashMap};
use std::mem::take;

use toml::Spanned;

use super::convert::{CodeTable, Convert, fixed};
use super::date::DateStyle;
use super::mapping::{Constant, Format, Group, Join, Line, Mapping, MappingProblem, Pattern};
use super::table::{
    BackEntry, CodeEntry, ConstantEntry, ConvertName, Direction, Encoding, FieldEntry, GroupEntry, JoinEntry,
    TableFile,
};
use super::target::Target;
use crate::message::PartyId;
use crate::schema::{Catalogue, FieldKind};

pub(super) fn load(
    text: &str,
    file_name: &str,
    catalogue: &Catalogue,
) -> Result<Mapping, Vec<MappingProblem>> {
    let table = parse(text, file_name)?;
    let mut loader = Loader { catalogue, text, file: file_name, problems: Vec::new() };
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

struct Loader<'a> {
    catalogue: &'a Catalogue,
    text: &'a str,
    file: &'a str,
    problems: Vec<MappingProblem>,
}

/// A group or field entry, in the order in which they stand in the file.
enum Entry {
    Group(GroupEntry),
    Field(FieldEntry),
    Join(JoinEntry),
}

impl Loader<'_> {
    fn problem(&mut self, at: usize, reason: impl Into<String>) {
        let line = line_of(self.text, at);
        self.problems.push(MappingProblem { file: self.file.to_owned(), line, reason: reason.into() });
    }

    fn mapping(&mut self, mut table: TableFile) -> Mapping {
        let mut mapping = self.head(&table);
        let mut group_targets: Vec<(String, usize)> = Vec::new();
        let mut entries: Vec<(usize, Entry)> = Vec::new();
        let (groups, fields, joins) = (take(&mut table.group), take(&mut table.field), take(&mut table.join));
        entries.extend(groups.into_iter().map(|e| (e.span().start, Entry::Group(e.into_inner()))));
        entries.extend(fields.into_iter().map(|e| (e.span().start, Entry::Field(e.into_inner()))));
        entries.extend(joins.into_iter().map(|e| (e.span().start, Entry::Join(e.into_inner()))));
        entries.sort_by_key(|(at, _)| *at);
        let constants = take(&mut table.constant);
        let mut codes = self.code_tables(&table);
        // Columns first, so that they are written in the form's order and not in the table's.
        for column in mapping.columns.clone() {
            mapping.place(&format!("row/{column}"));
        }
        for (at, entry) in entries {
            let line = line_of(self.text, at);
            let added = match entry {
                Entry::Group(group) => self.group(&mut mapping, group, &mut group_targets),
                Entry::Field(field) => {
                    self.field(&mut mapping, field, line, &group_targets, table.dates, &mut codes)
                }
                Entry::Join(join) => self.join(&mut mapping, &join, line, &group_targets, table.dates),
            };
            if let Err(reason) = added {
                self.problem(at, reason);
            }
        }
        for constant in constants {
            let at = constant.span().start;
            let constant = constant.into_inner();
            if let Err(reason) = self.constant(&mut mapping, &constant, &group_targets) {
                self.problem(at, reason);
            }
        }
        self.unused(&codes, &table.codes);
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
            imports: table.import,
            nodes: vec![Pattern::default()],
            groups: Vec::new(),
            lines: Vec::new(),
            joins: Vec::new(),
            constants: Vec::new(),
            tables: Vec::new(),
        }
    }

    /// The places of the tables in the file, for later use by the lines that name them.
    fn code_tables<'t>(&mut self, table: &'t TableFile) -> HashMap<String, Codes<'t>> {
        let mut out: HashMap<String, Codes<'_>> = HashMap::new();
        for (name, words) in &table.codes {
            out.insert(name.clone(), Codes { words, back: table.back.get(name), used: false });
        }
        for (name, words) in &table.back {
            if !table.codes.contains_key(name) {
                let at = words.keys().next().map_or(0, |key| key.span().start);
                self.problem(at, format!("`[back.{name}]` stands without `[codes.{name}]`"));
            }
        }
        out
    }

    fn group(
        &self,
        mapping: &mut Mapping,
        entry: GroupEntry,
        groups: &mut Vec<(String, usize)>,
    ) -> Result<(), String> {
        let list = entry
            .target
            .strip_suffix("[]")
            .ok_or("a group makes entries of a list: its target ends in `[]`")?;
        let target = Target::parse(list, self.catalogue, groups)?;
        if target.kind != FieldKind::Group || !target.many {
            return Err(format!("`{}` is not a list of groups in the catalogue", entry.target));
        }
        if let Some(only) = &entry.only {
            let pattern = pattern_of(&entry.target);
            if self.catalogue.field(&format!("{pattern}.{}", only.member)).is_none() {
                return Err(format!("`only`: the group has no member `{}`", only.member));
            }
        }
        if groups.iter().any(|(text, _)| *text == entry.target) {
            return Err(format!("`{}` is bound twice", entry.target));
        }
        let at = mapping.place(&entry.source);
        let number = mapping.groups.len();
        groups.push((entry.target, number));
        mapping.groups.push(Group { target, only: entry.only, single: entry.single, constants: Vec::new() });
        match mapping.node_mut(at) {
            Some(node) if node.group.is_none() => node.group = Some(number),
            _ => return Err(format!("`{}` is a group twice", entry.source)),
        }
        Ok(())
    }

    fn field(
        &self,
        mapping: &mut Mapping,
        entry: FieldEntry,
        line: usize,
        groups: &[(String, usize)],
        dates: DateStyle,
        codes: &mut HashMap<String, Codes<'_>>,
    ) -> Result<(), String> {
        let target = Target::parse(&entry.target, self.catalogue, groups)?;
        let imports = entry.only != Some(Direction::Export) && mapping.imports;
        let convert = match (entry.convert, &entry.table) {
            (ConvertName::Code | ConvertName::Country, Some(name)) => {
                let table = codes.get_mut(name).ok_or_else(|| format!("no table `[codes.{name}]`"))?;
                table.used = true;
                let number = mapping.tables.len();
                let compiled = CodeTable::compile(
                    table.words,
                    table.back,
                    &target,
                    self.catalogue,
                    imports && entry.convert == ConvertName::Code,
                )?;
                mapping.tables.push(compiled);
                Convert::with_table(&entry, number)
            }
            (ConvertName::Code, None) => return Err("`code` needs `table`".to_owned()),
            (_, Some(_)) if entry.convert != ConvertName::Country => {
                return Err("only `code` and `country` have a `table`".to_owned());
            }
            _ => Convert::plain(&entry, &target, dates, mapping.agency(), self.catalogue)?,
        };
        convert.fits(&target)?;
        if entry.split.as_ref().is_some_and(String::is_empty) {
            return Err("`split` is empty".to_owned());
        }
        if entry.split.is_some() && !target.many {
            return Err(format!("`split` needs a list, but `{}` takes one value", target.text));
        }
        let source = if mapping.format == Format::Csv {
            format!("row/{}", entry.source)
        } else {
            entry.source.clone()
        };
        if mapping.format == Format::Csv && !mapping.columns.contains(&entry.source) {
            return Err(format!("`{}` is not one of the columns", entry.source));
        }
        let at = mapping.place(&source);
        let number = mapping.lines.len();
        mapping.lines.push(Line {
            at: line,
            target,
            convert,
            split: entry.split,
            first: entry.first,
            exports: entry.only != Some(Direction::Import),
            imports,
        });
        if let Some(node) = mapping.node_mut(at) {
            node.lines.push(number);
        }
        Ok(())
    }

    fn join(
        &self,
        mapping: &mut Mapping,
        entry: &JoinEntry,
        line: usize,
        groups: &[(String, usize)],
        dates: DateStyle,
    ) -> Result<(), String> {
        let target = Target::parse(&entry.target, self.catalogue, groups)?;
        let between: Vec<String> = entry.template.split("{}").map(str::to_owned).collect();
        let inner = between.get(1..between.len().saturating_sub(1)).unwrap_or_default();
        if between.len() != entry.sources.len() + 1 || inner.iter().any(String::is_empty) {
            return Err("the template needs one `{}` for each source, with text between them".to_owned());
        }
        let convert = match entry.convert {
            ConvertName::Text | ConvertName::Case => Convert::simple(entry.convert, dates, mapping.agency()),
            _ => return Err("a join is `text` or `case`".to_owned()),
        };
        convert.fits(&target)?;
        let prefix = if mapping.format == Format::Csv { "row/" } else { "" };
        let parts: Vec<usize> =
            entry.sources.iter().map(|source| mapping.place(&format!("{prefix}{source}"))).collect();
        let parent = |mapping: &Mapping, at: usize| mapping.nodes.get(at).map(|node| node.parent);
        let home = parts.first().and_then(|at| parent(mapping, *at)).unwrap_or_default();
        if parts.iter().any(|at| parent(mapping, *at) != Some(home)) {
            return Err("the sources of a join stand side by side".to_owned());
        }
        let number = mapping.joins.len();
        for (part, at) in parts.iter().enumerate() {
            if let Some(node) = mapping.node_mut(*at) {
                node.joined = Some((number, part));
            }
        }
        mapping.joins.push(Join { at: line, parts, between, target, convert });
        if let Some(node) = mapping.node_mut(home) {
            node.joins.push(number);
        }
        Ok(())
    }

    fn constant(
        &self,
        mapping: &mut Mapping,
        entry: &ConstantEntry,
        groups: &[(String, usize)],
    ) -> Result<(), String> {
        let target = Target::parse(&entry.target, self.catalogue, groups)?;
        let value = fixed(&target, &entry.value, self.catalogue)?;
        let number = mapping.constants.len();
        let longest = groups
            .iter()
            .filter(|(text, _)| entry.target.strip_prefix(text.as_str()).is_some_and(|r| r.starts_with('.')))
            .max_by_key(|(text, _)| text.len());
        if let Some(group) = longest.and_then(|(_, group)| mapping.groups.get_mut(*group)) {
            group.constants.push(number);
        }
        mapping.constants.push(Constant { target, value, in_group: longest.is_some() });
        Ok(())
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

struct Codes<'t> {
    words: &'t BTreeMap<Spanned<String>, CodeEntry>,
    back: Option<&'t BTreeMap<Spanned<String>, BackEntry>>,
    used: bool,
}

/// The catalogue's form of a target: choices of entries replaced by `[]`.
pub(super) fn pattern_of(target: &str) -> String {
    let mut inside = false;
    target
        .chars()
        .filter(|c| {
            let keep = !inside || *c == ']';
            match c {
                '[' => inside = true,
                ']' => inside = false,
                _ => {}
            }
            keep
        })
        .collect()
}
