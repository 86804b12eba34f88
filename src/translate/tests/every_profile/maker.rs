//! Makes a national record from nothing but its table.

use std::collections::BTreeMap;

use crate::schema::script::Script;
use crate::translate::convert::{Convert, Flag};
use crate::translate::date;
use crate::translate::mapping::{Format, Line, Mapping, Pattern};
use crate::translate::write::{self, Out, Scalar};

/// Decisions, taken one after the other; when they run out, the smallest.
struct Choices<'c> {
    left: std::slice::Iter<'c, u16>,
    /// Numbers the texts, so that no two are equal.
    made: usize,
}

impl Choices<'_> {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.left.next().copied().unwrap_or_default()) % n.max(1)
    }

    fn of<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        of.get(self.below(of.len()))
    }
}

/// Makes one record in the table's format.
pub(super) struct Maker<'m, 'c> {
    mapping: &'m Mapping,
    choices: Choices<'c>,
    /// The key columns of a case, equal in all its rows.
    key: BTreeMap<String, String>,
    /// What stands in the place of some dates.
    dates: &'static [&'static str],
}

impl<'m, 'c> Maker<'m, 'c> {
    pub(super) fn new(mapping: &'m Mapping, choices: &'c [u16]) -> Self {
        Self { mapping, choices: Choices { left: choices.iter(), made: 0 }, key: BTreeMap::new(), dates: &[] }
    }

    /// The same with one of these texts in the place of every other date.
    pub(super) fn with_dates(mut self, dates: &'static [&'static str]) -> Self {
        self.dates = dates;
        self
    }

    /// The bytes of one record.
    pub(super) fn record(&mut self) -> Vec<u8> {
        let mut roots = Vec::new();
        self.place(0, &mut roots);
        let root = roots.into_iter().next().unwrap_or_default();
        match self.mapping.format {
            Format::Xml => write::xml(&root, self.mapping),
            Format::Json => write::json(&root),
            Format::Csv => {
                write::csv(&root, &self.mapping.columns, self.mapping.delimiter, self.mapping.encoding)
            }
        }
    }

    fn place(&mut self, at: usize, out: &mut Vec<Out>) {
        let mapping = self.mapping;
        let place = &mapping.nodes[at];
        let times = match place.group.map(|group| &mapping.groups[group]) {
            Some(group) if group.single => self.choices.below(2),
            Some(_) if &*place.name == "row" && mapping.key.is_empty() => 1,
            Some(_) if &*place.name == "row" => 1 + self.choices.below(3),
            Some(_) => self.choices.below(4),
            None if at == 0 || &*place.name == "row" => 1,
            None => 1,
        };
        for _ in 0..times {
            self.one(at, place, out);
        }
    }

    fn one(&mut self, at: usize, place: &Pattern, out: &mut Vec<Out>) {
        let mut children = Vec::new();
        for child in &place.order {
            self.place(*child, &mut children);
        }
        // What the table does not know.
        let inside = !place.children.is_empty() && self.mapping.format != Format::Csv;
        if inside && !place.guards && self.choices.below(12) == 11 {
            let value = Some(Scalar::Text(self.strange()));
            children.push(Out { name: "Nepoznato".to_owned(), value, children: Vec::new(), list: false });
        }
        let values = self.values(place);
        let name = place.name.to_string();
        let list = place.group.is_some_and(|group| !self.mapping.groups[group].single);
        let mut values = values.into_iter();
        let first = values.next();
        if first.is_none() && children.is_empty() && at != 0 {
            return;
        }
        out.push(Out { name: name.clone(), value: first, children, list });
        for value in values {
            out.push(Out { name: name.clone(), value: Some(value), children: Vec::new(), list: true });
        }
    }

    fn values(&mut self, place: &Pattern) -> Vec<Scalar> {
        if let Some(literal) = &place.literal {
            return vec![Scalar::Text(literal.to_string())];
        }
        // What protects stands once in a record: a row that says otherwise stops it.
        let once = self.mapping.format == Format::Csv && place.guards;
        let key = once || self.mapping.key.iter().any(|key| **key == *place.name);
        if let Some(known) = self.key.get(&*place.name) {
            return vec![Scalar::Text(known.clone())];
        }
        let lines: Vec<&Line> = place.lines.iter().map(|n| &self.mapping.lines[*n]).collect();
        let line = lines.iter().find(|line| line.exports && !matches!(line.convert, Convert::Set(_)));
        let values = match line {
            // A part of a joined value: digits stand in every template.
            None if place.joined.is_some() => {
                self.choices.made += 1;
                vec![Scalar::Text((1000 + self.choices.made).to_string())]
            }
            None => Vec::new(),
            Some(_) if !key && self.choices.below(3) == 0 => Vec::new(),
            Some(line) => self.line(line, place),
        };
        if key && let Some(Scalar::Text(text)) = values.first() {
            self.key.insert(place.name.to_string(), text.clone());
        }
        values
    }

    fn line(&mut self, line: &Line, place: &Pattern) -> Vec<Scalar> {
        let lists =
            line.target.many && !line.first && !line.single && !matches!(line.convert, Convert::Offence(_));
        let alone =
            place.name.starts_with('@') || self.mapping.format == Format::Csv || !place.children.is_empty();
        let count = if lists && (line.split.is_some() || !alone) { 1 + self.choices.below(3) } else { 1 };
        let mut texts: Vec<String> = Vec::new();
        for _ in 0..count {
            let closed = !matches!(
                line.convert,
                Convert::Text
                    | Convert::Latin { .. }
                    | Convert::Name
                    | Convert::Case(_)
                    | Convert::Number(_)
                    | Convert::Set(_)
            );
            let strange = closed && !line.strict && !place.guards && self.choices.below(24) == 23;
            let text = if strange { self.strange() } else { self.text(&line.convert) };
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        if let Some(mark) = &line.split {
            texts.retain(|text| mark.trim().is_empty() || !text.contains(mark.trim()));
            return if texts.is_empty() { Vec::new() } else { vec![Scalar::Text(texts.join(mark))] };
        }
        let json = self.mapping.format == Format::Json;
        let scalar = |text: String| match (&line.convert, text.parse()) {
            (Convert::Boolean(words), _) if json && words[0] == "true" && words.contains(&text) => {
                Scalar::Bool(text == "true")
            }
            (Convert::Integer | Convert::Decimal, Ok(number)) if json => Scalar::Number(number),
            _ => Scalar::Text(text),
        };
        texts.into_iter().map(scalar).collect()
    }

    /// A text that no conversion but that of free text knows.
    fn strange(&mut self) -> String {
        self.choices.made += 1;
        format!("neznano{}", self.choices.made)
    }

    /// A text that the conversion knows.
    fn text(&mut self, convert: &Convert) -> String {
        let cyrillic = self.mapping.script == Script::Cyrl;
        self.choices.made += 1;
        let n = self.choices.made;
        let words: &[&str] = if cyrillic {
            &["Љиљана", "Његован Џорџ", "а; б", "ћирилица & <знак>", "\"наводници\"", "к'о"]
        } else {
            &["Ljiljana", "Đorđević Šaš", "a; b", "č ć ž š đ & <mark>", "\"quoted\"", "d'or", "two\nlines"]
        };
        let iso = format!("19{:02}-0{}-1{}", 50 + n % 50, 1 + n % 9, n % 10);
        match convert {
            Convert::Text | Convert::Latin { .. } | Convert::Name | Convert::Case(_) => {
                format!("{} {n}", self.choices.of(words).unwrap())
            }
            Convert::Date(_) if !self.dates.is_empty() && self.choices.below(2) == 0 => {
                (*self.choices.of(self.dates).unwrap()).to_owned()
            }
            Convert::Date(style) => {
                let exact = *self.choices.of(&[10, 7, 4]).unwrap();
                date::format(&iso[..exact], *style).unwrap()
            }
            Convert::Integer => (n % 100).to_string(),
            Convert::Decimal => format!("{}.{}5", n % 90, n % 9 + 1),
            Convert::Boolean(words) => words[self.choices.below(2)].clone(),
            Convert::Code(table) => self.word(*table),
            Convert::Country { words, .. } => match words {
                Some(table) if self.choices.below(2) == 0 => self.word(*table),
                _ => (*self.choices.of(&["RS", "SI", "AT", "040", "SRB", "688", "YU", "XK"]).unwrap())
                    .to_owned(),
            },
            Convert::Number(check) => {
                let known = [
                    "1506985719998",
                    "0311979804992",
                    "2902004739982",
                    "1203992504996",
                    "9877120392",
                    "9930300908",
                ];
                let valid: Vec<&str> = known.into_iter().filter(|number| check(number).is_ok()).collect();
                (*self.choices.of(&valid).unwrap()).to_owned()
            }
            Convert::Phone(_) => format!("+38164{}", 1_234_567 + n),
            Convert::Language { .. } => {
                (*self.choices.of(&["sr", "srp", "ger", "deu", "hun"]).unwrap()).to_owned()
            }
            Convert::Timestamp => format!("{iso}T10:15:00.5+02:00"),
            Convert::Flag(flag) => self.flag(flag),
            Convert::Offence(_) => (*self
                .choices
                .of(&["388", "388/3", "388/3 u vezi 1", "389/2", "388/1 u vezi 390/2"])
                .unwrap())
            .to_owned(),
            Convert::Set(_) => String::new(),
        }
    }

    fn flag(&mut self, flag: &Flag) -> String {
        let mut words = vec![flag.words.yes.clone()];
        words.extend(flag.words.no.clone());
        words.extend(flag.words.unknown.clone());
        self.choices.of(&words).unwrap().clone()
    }

    fn word(&mut self, table: usize) -> String {
        let mut words: Vec<&str> = self.mapping.tables[table].words().collect();
        words.sort_unstable();
        (*self.choices.of(&words).unwrap()).to_owned()
    }
}
