//! The elements of the offence: act, means and purpose (Palermo Protocol article 3).
//!
//! A record is never refused for lacking one: Slovenia asks for no means, an investigation may not know the purpose
//! yet. What the law of the reader asks for and the record does not say is a warning, so that the reader knows.

use serde_json::Value;

use super::derive::{Members, list};
use crate::schema::{Problem, SubjectCategory};

/// The articles on trafficking in human beings: Serbian KZ, Slovene KZ-1, Austrian `StGB`.
const ARTICLES: [(&str, &str); 3] = [("RS", "388"), ("SI", "113"), ("AT", "104a")];
/// Their paragraphs that are about children, where no means are asked for. Slovene KZ-1 113(2) is about children or
/// means, and so tells neither.
const CHILD_PARAGRAPHS: [(&str, &str); 5] =
    [("RS", "2"), ("RS", "3"), ("RS", "9"), ("RS", "10"), ("AT", "5")];

/// The warnings about elements that the laws named in the record ask for; `country` is the law when it names none.
pub(super) fn missing(record: &Members, country: &str) -> Vec<Problem> {
    let named = trafficking(record).map(|(law, _)| law.to_ascii_lowercase()).collect::<Vec<_>>();
    if named.is_empty() { missing_for(record, country) } else { warnings(record, &named) }
}

/// The same for a record that goes to a country, whatever law it names.
pub(super) fn missing_for(record: &Members, country: &str) -> Vec<Problem> {
    warnings(record, &[country.to_owned()])
}

fn warnings(record: &Members, laws: &[String]) -> Vec<Problem> {
    let any = |name: &str| list(record, name).next().is_some();
    let offence = trafficking(record).next().is_some();
    let mut out = Vec::new();
    let mut warn = |missing: bool, path: &str, code, text: &str| {
        if missing {
            out.push(Problem { path: path.to_owned(), code, text: text.to_owned() });
        }
    };
    warn(offence && !any("x_Act"), "x_Act", "W-ACT", "the record names the offence, but no act");
    let asks = laws.iter().any(|law| law != "si");
    let adult = victims(record).any(|victim| !child(victim)) && !child_offence(record);
    warn(
        asks && adult && (any("x_Act") || offence) && !any("x_Means"),
        "x_Means",
        "W-MEANS",
        "no means for an adult victim, which the law of Serbia and of Austria asks for",
    );
    let purpose = victims(record).any(|victim| list(victim, "vic_TypeOfExploitation").next().is_some());
    warn(
        offence && !purpose,
        "x_Persons[].vic_TypeOfExploitation",
        "W-PURPOSE",
        "the record names the offence, but no purpose",
    );
    out
}

/// The offences of trafficking that the record names: jurisdiction and paragraph.
fn trafficking(record: &Members) -> impl Iterator<Item = (&str, &str)> {
    list(record, "x_Offence").filter_map(|offence| {
        let text = |name: &str| offence.get(name).and_then(Value::as_str);
        let law = text("jurisdiction")?;
        let known = ARTICLES.contains(&(law, text("article")?));
        known.then(|| (law, text("paragraph").unwrap_or_default()))
    })
}

fn child_offence(record: &Members) -> bool {
    let mut all = trafficking(record).peekable();
    all.peek().is_some() && all.all(|offence| CHILD_PARAGRAPHS.contains(&offence))
}

fn victims(record: &Members) -> impl Iterator<Item = &Members> {
    list(record, "x_Persons").filter_map(Value::as_object).filter(|person| {
        let category = person.get("x_SubjectCategory").and_then(Value::as_str);
        category.and_then(SubjectCategory::from_word).is_some_and(SubjectCategory::is_victim)
    })
}

/// A child when the acts happened, or of disputed age. Whether someone is a child now does not matter.
fn child(person: &Members) -> bool {
    ["x_ChildAtOffence", "x_AgeDisputed"].iter().any(|name| person.get(*name) == Some(&Value::Bool(true)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{missing, missing_for};

    fn record(offences: &[(&str, &str, &str)], more: &Value, person: &Value) -> super::Members {
        let offence = |(law, article, paragraph): &(&str, &str, &str)| json!({"jurisdiction": law, "article": article, "paragraph": paragraph});
        let mut record = json!({
            "x_Offence": offences.iter().map(offence).collect::<Vec<_>>(),
            "x_Persons": [{"x_SubjectCategory": "victim_presumed"}],
        });
        let (whole, victim) = (more.as_object().unwrap(), person.as_object().unwrap());
        record.as_object_mut().unwrap().extend(whole.clone());
        record["x_Persons"][0].as_object_mut().unwrap().extend(victim.clone());
        record.as_object().unwrap().clone()
    }

    fn codes(problems: &[crate::schema::Problem]) -> Vec<&str> {
        problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn an_offence_is_complete_with_act_purpose_and_means_unless_a_child_or_slovenia_needs_none() {
        let act = json!({"x_Act": ["Recruit"]});
        let both = json!({"x_Act": ["Recruit"], "x_Means": ["Force"]});
        let purpose = json!({"vic_TypeOfExploitation": ["ForcedLabour"]});
        let child = json!({"vic_TypeOfExploitation": ["ForcedLabour"], "x_ChildAtOffence": true});
        let now = json!({"vic_TypeOfExploitation": ["ForcedLabour"], "x_ChildAtOffence": false, "x_ChildNow": true});
        for (offence, more, person, expected) in [
            (("RS", "388", "1"), &both, &purpose, &[][..]),
            (("RS", "388", "1"), &act, &purpose, &["W-MEANS"]),
            (("AT", "104a", "1"), &act, &purpose, &["W-MEANS"]),
            (("SI", "113", "1"), &act, &purpose, &[]),
            (("RS", "388", "1"), &act, &child, &[]),
            (("RS", "388", "1"), &act, &now, &["W-MEANS"]),
            (("RS", "388", "3"), &act, &purpose, &[]),
            (("AT", "104a", "5"), &act, &purpose, &[]),
            (("RS", "388", "1"), &json!({}), &json!({}), &["W-ACT", "W-MEANS", "W-PURPOSE"]),
            // Another offence says nothing about trafficking.
            (("RS", "246", "1"), &json!({}), &json!({}), &[]),
        ] {
            assert_eq!(
                codes(&missing(&record(&[offence], more, person), "rs")),
                expected,
                "{offence:?} {more} {person}"
            );
        }
    }

    #[test]
    fn a_slovene_record_without_means_is_complete_at_home_and_warned_of_in_serbia_and_austria() {
        let slovene = record(
            &[("SI", "113", "1")],
            &json!({"x_Act": ["Recruit"]}),
            &json!({"vic_TypeOfExploitation": ["Servitude"]}),
        );
        assert_eq!(codes(&missing_for(&slovene, "si")), [""; 0]);
        assert_eq!(codes(&missing_for(&slovene, "rs")), ["W-MEANS"]);
        assert_eq!(codes(&missing_for(&slovene, "at")), ["W-MEANS"]);
    }

    #[test]
    fn a_record_without_an_offence_is_warned_of_only_for_acts_without_means() {
        let bare = record(&[], &json!({}), &json!({}));
        assert_eq!(codes(&missing(&bare, "rs")), [""; 0]);
        let act = record(&[], &json!({"x_Act": ["Recruit"]}), &json!({}));
        assert_eq!(codes(&missing(&act, "rs")), ["W-MEANS"]);
        assert_eq!(codes(&missing(&act, "si")), [""; 0]);
    }
}
