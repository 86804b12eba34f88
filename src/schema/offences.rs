//! What a case says about its persons by its articles, its circumstances and its register.

use serde_json::{Map, Value};

use super::person::{each, one_has_unread};
use super::script::to_latin;

/// Articles and paragraphs that are about a child: Serbian KZ, Slovene KZ-1 (a minor, or with means), Austrian `StGB`.
/// Without a paragraph: all of the article.
const ABOUT_CHILDREN: [(&str, &str, Option<&str>); 7] = [
    ("RS", "388", Some("2")),
    ("RS", "388", Some("3")),
    ("RS", "388", Some("9")),
    ("RS", "388", Some("10")),
    ("RS", "389", None),
    ("SI", "113", Some("2")),
    ("AT", "104a", Some("5")),
];
/// The Serbian prosecution's register of cases of minors.
const REGISTER: &str = "KTM";

/// Whether an article of the record, or a circumstance that raises the penalty, is about a child victim. One that was not
/// read may be.
pub(super) fn against_child(record: &Map<String, Value>) -> bool {
    let aggravated = || each(record.get("x_Aggravating")).any(|it| it.as_str() == Some("ChildVictim"));
    each(record.get("x_Offence")).filter_map(Value::as_object).any(is_about_children)
        || aggravated()
        || one_has_unread(record, "Offence")
}

fn is_about_children(offence: &Map<String, Value>) -> bool {
    let text = |name: &str| offence.get(name).and_then(Value::as_str).map(str::trim);
    ABOUT_CHILDREN.iter().any(|(jurisdiction, article, paragraph)| {
        text("jurisdiction").is_none_or(|named| named.eq_ignore_ascii_case(jurisdiction))
            && text("article").is_some_and(|named| named.eq_ignore_ascii_case(article))
            && paragraph.is_none_or(|paragraph| text("paragraph") == Some(paragraph))
    })
}

/// Whether the case number stands in the register of cases of minors.
pub(super) fn register_of_children(record: &Map<String, Value>) -> bool {
    let Some(number) = record.get("x_CaseId").and_then(Value::as_str) else { return false };
    // In the exchange the agency stands before the number.
    let number = number.rsplit(':').next().unwrap_or_default().trim();
    let register: String = to_latin(number).chars().take_while(|c| c.is_alphabetic()).collect();
    register.eq_ignore_ascii_case(REGISTER)
}
