//! A record made of nothing but a table, to try the table both ways.

use super::super::convert::{Convert, Flag};
use super::super::date;
use super::super::mapping::{Format, Line, Mapping, Pattern};
use super::super::write::{self, Out, Scalar};

/// Values of each kind that every table knows.
const NUMBERS: [&str; 3] = ["1506985719998", "0311979804992", "9877120392"];
const PHONES: [&str; 2] = ["+381641234567", "+38631234567"];
const COUNTRIES: [&str; 2] = ["AT", "SI"];
const LANGUAGES: [&str; 2] = ["deu", "hun"];
const OFFENCES: [&str; 2] = ["388/1", "389/2"];

/// A record with a value at every place that the table reads.
pub(super) fn example(mapping: &Mapping) -> Vec<u8> {
    let mut maker = Maker { mapping, made: 0 };
    let mut roots = Vec::new();
    maker.place(0, &mut roots);
    let root = roots.into_iter().next().unwrap_or_default();
    match mapping.format {
        Format::Xml => write::xml(&root, mapping),
        Format::Json => write::json(&root),
        Format::Csv => write::csv(&root, &mapping.columns, mapping.delimiter, mapping.encoding),
    }
}

struct Maker<'m> {
    mapping: &'m Mapping,
    /// Numbers the values, so that no two are equal.
    made: usize,
}

impl<'m> Maker<'m> {
    fn place(&mut self, at: usize, out: &mut Vec<Out>) {
        let mapping = self.mapping;
        let Some(place) = mapping.nodes.get(at) else { return };
        let group = place.group.and_then(|group| mapping.groups.get(group));
        // The rows of a case have its key alike, which values that are numbered have not.
        let times = match group {
            Some(group) if !group.single && mapping.format != Format::Csv => 2,
            _ => 1,
        };
        for _ in 0..times {
            self.one(at, place, times > 1, out);
        }
    }

    fn one(&mut self, at: usize, place: &'m Pattern, list: bool, out: &mut Vec<Out>) {
        let mut children = Vec::new();
        for child in &place.order {
            self.place(*child, &mut children);
        }
        let name = place.name.to_string();
        let mut values = self.values(at, place).into_iter();
        let first = values.next();
        if first.is_none() && children.is_empty() && at != 0 {
            return;
        }
        out.push(Out { name: name.clone(), value: first, children, list });
        out.extend(values.map(|value| Out {
            name: name.clone(),
            value: Some(value),
            children: Vec::new(),
            list: true,
        }));
    }

    fn values(&mut self, at: usize, place: &Pattern) -> Vec<Scalar> {
        if let Some(literal) = &place.literal {
            return vec![Scalar::Text(literal.to_string())];
        }
        let mapping = self.mapping;
        let lines = place.lines.iter().filter_map(|line| mapping.lines.get(*line));
        let mut lines = lines.filter(|line| line.exports && !matches!(line.convert, Convert::Set(_)));
        let Some(line) = lines.next() else {
            let joined = place.joined.is_some();
            return joined.then(|| Scalar::Text((1000 + self.next()).to_string())).into_iter().collect();
        };
        let one = line.first
            || line.single
            || !line.target.many
            || matches!(line.convert, Convert::Offence(_) | Convert::Flag(_))
            || (line.split.is_none() && mapping.room(at).is_some_and(|room| room < 2))
            || (line.split.is_none() && !place.children.is_empty());
        let mut texts: Vec<String> = Vec::new();
        for _ in 0..if one { 1 } else { 2 } {
            let text = self.text(line);
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        match &line.split {
            Some(mark) if !texts.is_empty() => vec![Scalar::Text(texts.join(mark))],
            _ => texts.into_iter().map(|text| scalar(mapping.format, line, text)).collect(),
        }
    }

    fn next(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    /// A text that the line knows; empty when there is none.
    fn text(&mut self, line: &Line) -> String {
        let made = self.next();
        let of =
            |all: &[&str]| all.get(made % all.len().max(1)).map_or_else(String::new, |one| (*one).to_owned());
        match &line.convert {
            Convert::Text | Convert::Latin { .. } | Convert::Name | Convert::Case(_) => {
                format!("Primer{made}")
            }
            Convert::Date(style) => {
                let iso = format!("19{:02}-0{}-1{}", 50 + made % 40, 1 + made % 9, made % 10);
                date::format(&iso, *style).unwrap_or_default()
            }
            Convert::Integer => made.to_string(),
            Convert::Decimal => format!("{}.5", made % 90),
            Convert::Boolean(words) => words.first().cloned().unwrap_or_default(),
            Convert::Code(table) => self.word(*table, made),
            Convert::Country { .. } => of(&COUNTRIES),
            Convert::Number(check) => {
                let valid: Vec<&str> = NUMBERS.into_iter().filter(|number| check(number).is_ok()).collect();
                of(&valid)
            }
            Convert::Phone(_) => of(&PHONES),
            Convert::Language { .. } => of(&LANGUAGES),
            Convert::Timestamp => format!("2024-03-1{}T10:15:00Z", made % 10),
            Convert::Flag(flag) => yes(flag),
            Convert::Offence(_) => of(&OFFENCES),
            Convert::Set(_) => String::new(),
        }
    }

    fn word(&self, table: usize, made: usize) -> String {
        let mut words: Vec<&str> =
            self.mapping.tables.get(table).map(|table| table.words().collect()).unwrap_or_default();
        words.sort_unstable();
        words.get(made % words.len().max(1)).map_or_else(String::new, |word| (*word).to_owned())
    }
}

fn yes(flag: &Flag) -> String {
    flag.words.yes.clone()
}

fn scalar(format: Format, line: &Line, text: String) -> Scalar {
    match (&line.convert, text.parse()) {
        (Convert::Boolean([yes, _]), _) if format == Format::Json && yes == "true" => {
            Scalar::Bool(text == "true")
        }
        (Convert::Integer | Convert::Decimal, Ok(number)) if format == Format::Json => Scalar::Number(number),
        _ => Scalar::Text(text),
    }
}
