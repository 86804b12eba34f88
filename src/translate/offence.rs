//! Articles of a criminal code in one text: `388/3 u vezi 33`, `čl. 388 st. 3 u vezi st. 1`.
//!
//! Which number is an article and which a paragraph is a question of law, not of how many digits it has: the catalogue
//! knows the paragraphs of the articles that matter here. What it cannot decide is not read.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::schema::script::{normal, to_latin};
use crate::schema::{Catalogue, Offence, Problem};

/// Most numbers in one text: more are no offence that anyone named.
const MAX_NUMBERS: usize = 32;
/// The highest paragraph up to which a range is taken apart.
const MAX_PARAGRAPH: u32 = 20;

/// What the catalogue knows of the articles of one jurisdiction.
pub(super) struct Articles {
    pub(super) jurisdiction: String,
    /// How many paragraphs an article has, where the catalogue says so.
    paragraphs: BTreeMap<String, Option<u32>>,
}

/// A number in the text, and what the words before it say that it is.
enum Number {
    Article(String),
    Paragraph(String),
    /// A bare number: at the beginning, or after "in connection with".
    Either(String),
}

/// What a word of the text says.
enum Word {
    Article,
    Paragraph,
    Connection,
    /// `i` or a comma: another number of the same kind.
    And,
    /// The code itself, which the field names already.
    Law,
    Stroke,
    Number(String),
    /// `1-3`: each of them.
    Range(u32, u32),
}

impl Articles {
    pub(super) fn new(jurisdiction: String, catalogue: &Catalogue) -> Self {
        let mut paragraphs: BTreeMap<String, Option<u32>> = BTreeMap::new();
        for offence in catalogue.offences().iter().filter(|offence| offence.jurisdiction == jurisdiction) {
            let known = || highest(catalogue, &jurisdiction, &offence.article);
            paragraphs.entry(offence.article.clone()).or_insert_with(known);
        }
        Self { jurisdiction, paragraphs }
    }

    /// Whether the article has this paragraph; nothing when the catalogue does not know.
    fn has(&self, article: &str, paragraph: &str) -> Option<bool> {
        let highest = (*self.paragraphs.get(article)?)?;
        Some(is_one_of(paragraph, highest))
    }

    /// The offences that a text names, or nothing when a part of it is not understood.
    pub(super) fn read(&self, text: &str) -> Option<Value> {
        let named = self.named(text)?;
        let entry = |(article, paragraph): (String, Option<String>)| {
            let mut entry = Map::new();
            entry.insert("article".to_owned(), Value::String(article));
            entry.insert("jurisdiction".to_owned(), Value::String(self.jurisdiction.clone()));
            entry.extend(paragraph.map(|paragraph| ("paragraph".to_owned(), Value::String(paragraph))));
            Value::Object(entry)
        };
        Some(Value::Array(named.into_iter().map(entry).collect()))
    }

    pub(super) fn named(&self, text: &str) -> Option<Vec<(String, Option<String>)>> {
        let text = normal(text).to_lowercase();
        let text = to_latin(&text);
        let mut out: Vec<(String, Option<String>)> = Vec::new();
        for number in numbers(&text)? {
            let before = out.last().map(|(article, _)| article.clone());
            match number {
                Number::Article(article) => out.push((article, None)),
                Number::Paragraph(paragraph) => {
                    let article = before?;
                    if self.has(&article, &paragraph) == Some(false) {
                        return None;
                    }
                    match out.last_mut() {
                        // The first paragraph after its article, as in `388/3`.
                        Some((_, empty @ None)) => *empty = Some(paragraph),
                        _ => out.push((article, Some(paragraph))),
                    }
                }
                Number::Either(number) => match before {
                    None => out.push((number, None)),
                    Some(article) => match self.has(&article, &number) {
                        Some(true) => out.push((article, Some(number))),
                        Some(false) => out.push((number, None)),
                        // No article of a code has a hundred paragraphs.
                        None if number.len() > 2 || self.paragraphs.contains_key(&number) => {
                            out.push((number, None));
                        }
                        None => return None,
                    },
                },
            }
        }
        (!out.is_empty()).then_some(out)
    }

    /// The way back. Entries of other jurisdictions have no place in the form.
    pub(super) fn write<'v>(&self, entries: impl Iterator<Item = &'v Map<String, Value>>) -> Option<String> {
        let mut named: Vec<(String, Option<String>)> = Vec::new();
        let mut out = String::new();
        for entry in entries {
            let text = |name: &str| entry.get(name).and_then(Value::as_str);
            let Some(article) = text("article") else { continue };
            let paragraph = text("paragraph");
            let same = named.last().is_some_and(|(before, _)| before == article);
            let (short, long) = match paragraph {
                Some(paragraph) if same => (paragraph.to_owned(), format!("{article}/{paragraph}")),
                Some(paragraph) => {
                    (format!("{article}/{paragraph}"), format!("cl. {article} st. {paragraph}"))
                }
                None => (article.to_owned(), format!("cl. {article}")),
            };
            named.push((article.to_owned(), paragraph.map(str::to_owned)));
            let with =
                |form: &str| if out.is_empty() { form.to_owned() } else { format!("{out} u vezi {form}") };
            let reads = |form: &String| self.named(&with(form)).as_ref() == Some(&named);
            // The short form is written where it says the same.
            out = with(if reads(&short) { &short } else { &long });
        }
        (!out.is_empty()).then_some(out)
    }
}

/// Warns of paragraphs that their article does not have, in whichever form they came.
pub(super) fn doubts(record: &Map<String, Value>, catalogue: &Catalogue) -> Vec<Problem> {
    let offences = record.get("x_Offence").and_then(Value::as_array).into_iter().flatten();
    let doubtful = |offence: &Value| {
        let text = |name: &str| offence.get(name).and_then(Value::as_str);
        let (law, article, paragraph) = (text("jurisdiction")?, text("article")?, text("paragraph")?);
        Some(!is_one_of(paragraph, highest(catalogue, law, article)?))
    };
    let wrong = offences.enumerate().filter(|(_, offence)| doubtful(offence).unwrap_or_default());
    wrong
        .map(|(index, _)| Problem {
            path: format!("x_Offence[{index}].paragraph"),
            code: "W-PARAGRAPH",
            text: "the article has no such paragraph; check it at its source".to_owned(),
        })
        .collect()
}

/// The highest paragraph of an article in the catalogue.
fn highest(catalogue: &Catalogue, jurisdiction: &str, article: &str) -> Option<u32> {
    let this = |offence: &&Offence| offence.jurisdiction == jurisdiction && offence.article == article;
    let numbers = catalogue.offences().iter().filter(this).filter_map(|offence| offence.paragraph.as_deref());
    numbers.filter_map(|number| number.parse().ok()).max()
}

/// Whether a paragraph is one of so many. `1a` was put in later: it is one as long as its number is.
fn is_one_of(paragraph: &str, highest: u32) -> bool {
    let digits = paragraph.trim_end_matches(|c: char| c.is_ascii_lowercase());
    digits.parse().is_ok_and(|number: u32| (1..=highest).contains(&number))
}

/// The numbers of a text in small Latin letters, each with what it is said to be.
fn numbers(text: &str) -> Option<Vec<Number>> {
    let mut out: Vec<Number> = Vec::new();
    // What the next number is: said by a word, by a stroke, or by nothing.
    let mut next = Some(Word::Connection);
    for word in words(text)? {
        if out.len() >= MAX_NUMBERS {
            return None;
        }
        let again = match out.last() {
            Some(Number::Article(_)) => Word::Article,
            Some(Number::Paragraph(_)) => Word::Paragraph,
            Some(Number::Either(_)) | None => Word::Connection,
        };
        match (word, next.take()) {
            (Word::Number(number), Some(Word::Article)) => out.push(Number::Article(number)),
            (Word::Number(number), Some(Word::Paragraph)) => out.push(Number::Paragraph(number)),
            (Word::Number(number), Some(Word::Connection)) => out.push(Number::Either(number)),
            (Word::Range(first, last), Some(Word::Paragraph)) => {
                out.extend((first..=last).map(|number| Number::Paragraph(number.to_string())));
            }
            (Word::Stroke, None) if !matches!(again, Word::Paragraph) => {
                // What has a paragraph is an article.
                if let Some(before @ Number::Either(_)) = out.last_mut()
                    && let Number::Either(number) = before
                {
                    *before = Number::Article(std::mem::take(number));
                }
                next = Some(Word::Paragraph);
            }
            (Word::And, None) => next = Some(again),
            (Word::Law, None) => {}
            (word @ (Word::Paragraph | Word::Connection), None) if !out.is_empty() => next = Some(word),
            (word @ (Word::Article | Word::Paragraph), Some(Word::Connection)) => next = Some(word),
            _ => return None,
        }
    }
    (next.is_none() && !out.is_empty()).then_some(out)
}

/// The words of a text; nothing when one is not known.
fn words(text: &str) -> Option<Vec<Word>> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let (word, after) = if first.is_ascii_digit() {
            let (number, after) = rest.split_at(end(|c| c.is_ascii_alphanumeric()));
            match after.strip_prefix('-') {
                Some(after) => {
                    let (last, after) =
                        after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len()));
                    let (first, last) = (number.parse().ok()?, last.parse().ok()?);
                    let few = first < last && last <= MAX_PARAGRAPH;
                    (few.then_some(Word::Range(first, last))?, after)
                }
                None if number.len() <= 5 => (Word::Number(number.to_owned()), after),
                None => return None,
            }
        } else if first.is_alphabetic() {
            let (word, after) = rest.split_at(end(char::is_alphabetic));
            match word.replace('č', "c").as_str() {
                "cl" | "clan" | "clana" | "clanu" | "clanom" => (Word::Article, after),
                "st" | "stav" | "stava" | "stavu" | "stavom" => (Word::Paragraph, after),
                "kz" => (Word::Law, after),
                "i" => (Word::And, after),
                "u" => {
                    let after = after.trim_start().strip_prefix("vezi")?;
                    let with =
                        |word| after.trim_start().strip_prefix(word).filter(|after| after.starts_with(' '));
                    (Word::Connection, with("sa").or_else(|| with("s")).unwrap_or(after))
                }
                _ => return None,
            }
        } else {
            let word = match first {
                '/' => Word::Stroke,
                ',' => Word::And,
                _ => return None,
            };
            (word, rest.get(1..)?)
        };
        // A point after a number or a short word says nothing.
        let point = matches!(word, Word::Number(_) | Word::Range(..) | Word::Article | Word::Paragraph);
        rest = if point { after.strip_prefix('.').unwrap_or(after) } else { after }.trim_start();
        out.push(word);
    }
    Some(out)
}
