//! The catalogue as a page for people: every field, every code, every law.

use std::fmt::Write as _;

use super::catalogue::{Catalogue, Code, FieldKind};
use super::labels::{Labels, Language};
use super::law::Law;

/// Where the names and codes come from, as the licence wants it (CC BY 4.0 section 3(a)).
pub(super) const ATTRIBUTION: &str = "Field names without `x_` and codes without `x:` are those of the Human Trafficking \
    Case Data Standard (HTCDS) 2.0 of the International Organization for Migration (IOM), licence CC BY 4.0 \
    (https://creativecommons.org/licenses/by/4.0/), changed and extended as marked. IOM has not reviewed or endorsed \
    this schema.";

/// What the types mean in JSON.
const TYPES: [(&str, &str); 12] = [
    ("text, long_text", "string"),
    ("boolean", "`true` or `false`"),
    ("integer", "whole number, without fraction"),
    ("number", "number"),
    ("date", "string `1985-06-15`, `1985-06` or `1985`: as exact as known"),
    ("timestamp", "string, RFC 3339 with zone: `2026-03-06T10:15:00Z`"),
    ("code", "string of the named list; an unknown code is kept and reported, not refused"),
    (
        "country",
        "string: ISO 3166-1 alpha-2 as received. For anything else an object `{\"code\": \"XK\", \"scheme\": \
         \"user-assigned\", \"as_received\": \"XKX\"}`; schemes are `iso3166-1`, `iso3166-3`, `user-assigned`, `other`. \
         One value, released or withheld as a whole. RS and XK are never turned into each other",
    ),
    ("language", "string: ISO 639-2/T, three letters; another code is kept and reported"),
    ("phone", "string: E.164, `^\\+?[1-9]\\d{1,14}$`; another form is kept and reported"),
    ("group", "object with the members named below it"),
    ("… list", "list of these"),
];

impl Catalogue {
    /// `docs/schema.md`.
    #[must_use]
    pub fn page(&self) -> String {
        let mut page = format!(
            "# The common record, version {}\n\n\
             Made from the field catalogue (`config/schema/`) by `casebridge schema page`; do not edit. The same as JSON \
             Schema: `casebridge schema export` and [schema.json](schema.json).\n\n{ATTRIBUTION}\n\n\
             In a path, `[]` stands for a list's elements. The category decides who gets a value; `anonymous` marks values \
             that single nobody out; `protects` marks what withdraws, ends, restricts or protects: a value there that \
             translation cannot read stops the record.\n\n## Types\n\n| Type | JSON |\n|---|---|\n",
            self.version()
        );
        for (name, meaning) in TYPES {
            row(&mut page, [name, meaning]);
        }
        self.fields_section(&mut page);
        page.push_str("\n## Code lists\n");
        for list in self.lists() {
            self.list_section(&mut page, list);
        }
        self.offences_section(&mut page);
        page
    }

    fn fields_section(&self, page: &mut String) {
        page.push_str("\n## Fields\n\n");
        head(page, &["Field", "Type", "Category", "HTCDS"], &Language::ALL.map(Language::tag));
        for field in self.fields() {
            let kind = match &field.kind {
                FieldKind::Code(list) => format!("code [{list}](#{})", anchor(list)),
                kind => kind.as_str().to_owned(),
            };
            let kind = if field.many { format!("{kind}, list") } else { kind };
            let marks = [(field.anonymous, ", anonymous"), (field.protects, ", protects")];
            let mut category = field.category.as_str().to_owned();
            category.extend(marks.iter().filter(|(has, _)| *has).map(|(_, mark)| *mark));
            let htcds = field.htcds.as_deref().unwrap_or_default();
            let first = [format!("`{}`", field.path), kind, category, htcds.to_owned()];
            row(page, first.iter().map(String::as_str).chain(texts(&field.labels)));
        }
    }

    fn list_section(&self, page: &mut String, list: &str) {
        let codes: Vec<(&str, &Code)> = self
            .codes(list)
            .iter()
            .filter_map(|code| Some((code.as_str(), self.code(list, code)?)))
            .collect();
        let special = codes.iter().any(|(_, about)| about.special.is_some());
        let liability = codes.iter().any(|(_, about)| about.liability);
        let law = codes.iter().any(|(_, about)| about.law.is_some());
        let _ = write!(page, "\n### {list}\n\n");
        let mut more = Language::ALL.map(Language::tag).to_vec();
        if special {
            more.push("Category of its own");
        }
        if liability {
            more.push("Against a victim");
        }
        if law {
            more.extend(Law::HEADS);
        }
        head(page, &["Code"], &more);
        for (code, about) in &codes {
            let mut cells = vec![format!("`{code}`")];
            cells.extend(texts(&about.labels).map(str::to_owned));
            if special {
                cells.push(about.special.map(|category| category.as_str().to_owned()).unwrap_or_default());
            }
            if liability {
                cells.push(if about.liability { "yes" } else { "" }.to_owned());
            }
            if law {
                let columns = about.law.as_ref().map(Law::columns).unwrap_or_default();
                cells.extend(columns.map(|wording| wording.unwrap_or("–").to_owned()));
            }
            row(page, cells.iter().map(String::as_str));
        }
        let mut aliases: Vec<(&String, &String)> =
            self.lists.get(list).into_iter().flat_map(|list| &list.aliases).collect();
        aliases.sort();
        for (spelling, code) in aliases {
            let _ = write!(page, "\n`{spelling}` is read as `{code}`.\n");
        }
    }

    fn offences_section(&self, page: &mut String) {
        if self.offences().is_empty() {
            return;
        }
        page.push_str(
            "\n## Offences\n\nWhat `x_Offence` may name. Penalties are those of the texts that were read; check a law in \
             force before relying on one, above all where *unchecked*.\n\n",
        );
        head(page, &["Jurisdiction", "Law", "Article", "Paragraph", "What", "Penalty"], &[]);
        for offence in self.offences() {
            let what = if offence.unchecked {
                format!("{} (*unchecked*)", offence.what)
            } else {
                offence.what.clone()
            };
            let or_none = |text: &Option<String>| text.as_deref().unwrap_or("–").to_owned();
            let (paragraph, penalty) = (or_none(&offence.paragraph), or_none(&offence.penalty));
            row(
                page,
                [&*offence.jurisdiction, &*offence.law, &*offence.article, &*paragraph, &*what, &*penalty],
            );
        }
    }
}

fn texts(labels: &Labels) -> impl Iterator<Item = &str> {
    labels.iter().map(|(_, text)| text)
}

fn head(page: &mut String, first: &[&str], more: &[&str]) {
    row(page, first.iter().chain(more).copied());
    page.push('|');
    page.push_str(&"---|".repeat(first.len() + more.len()));
    page.push('\n');
}

fn row<'a>(page: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    page.push('|');
    for cell in cells {
        let _ = write!(page, " {} |", cell.replace('|', "\\|"));
    }
    page.push('\n');
}

/// The name by which a heading is reached in rendered Markdown.
fn anchor(heading: &str) -> String {
    heading.to_lowercase()
}
