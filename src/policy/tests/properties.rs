//! What must hold for every record and every set of rules.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cedar_policy::{PolicySet, Schema};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::fixture::*;
use crate::message::{Document, Handling, Kind, Purpose};
use crate::partner::Body;
use crate::policy::facts::{Asked, Facts};
use crate::policy::release::Aspect;
use crate::policy::slice::{Outcome, Question, request};
use crate::policy::words::{self, Action, Shield, Subject, Words};
use crate::policy::{About, Decision, Engine, Inputs};
use crate::schema::{Catalogue, DataCategory, FieldKind, Record, SubjectCategory};

const PERSONAL: [&str; 15] = [
    "prs_FirstName",
    "x_Number",
    "x_Phone",
    "x_Place",
    "x_Shelter",
    "x_Health",
    "x_Faith",
    "x_Fingerprint",
    "x_Risk",
    "x_Accused",
    "x_Permit",
    "x_Bank",
    "x_Kin",
    "x_Remark",
    "x_New",
];

fn a_person() -> impl Strategy<Value = Value> {
    let subject =
        proptest::sample::select(vec!["suspect", "victim_presumed", "victim_identified", "witness", "?"]);
    let fields = proptest::sample::subsequence(PERSONAL[..14].to_vec(), 0..8);
    let codes = proptest::sample::subsequence(vec!["labour", "sexual", "new"], 0..3);
    let consent = proptest::sample::select(vec!["self", "guardian", "nobody"]);
    (subject, fields, codes, consent, proptest::bool::weighted(0.2), any::<bool>()).prop_map(
        |(subject, fields, codes, consent, child, guardian)| {
            let mut person = Map::new();
            person.insert("x_SubjectCategory".to_owned(), json!(subject));
            person
                .extend(fields.into_iter().map(|name| (name.to_owned(), json!(format!("value of {name}")))));
            person.insert("x_Exploitation".to_owned(), json!(codes));
            person.insert("x_Consent".to_owned(), agreed(&json!({ "given_by": consent })));
            person.insert("x_ChildNow".to_owned(), json!(child));
            if guardian {
                person.insert("x_Guardian".to_owned(), json!({ "name": "guardian" }));
            }
            Value::Object(person)
        },
    )
}

fn a_record() -> impl Strategy<Value = Value> {
    let fields = proptest::sample::subsequence(vec!["x_CaseNumber", "x_Shelter", "x_Route", "x_Notes"], 0..4);
    let means = proptest::sample::subsequence(vec!["deception", "restricts_medical_care"], 0..2);
    (fields, means, proptest::collection::vec(a_person(), 0..3), any::<bool>()).prop_map(
        |(fields, means, persons, nrm)| {
            let mut record = Map::new();
            record.extend(fields.into_iter().map(|name| (name.to_owned(), json!("value"))));
            record.insert("x_Means".to_owned(), json!(means));
            record.insert("x_Persons".to_owned(), json!(persons));
            if nrm {
                record.insert("x_NrmRelease".to_owned(), nrm_release());
            }
            Value::Object(record)
        },
    )
}

/// A message of either gateway.
pub(super) fn a_document() -> impl Strategy<Value = Document> {
    let ways = vec![
        ("rs/mup", "si/policija"),
        ("rs/cztlj", "at/bk"),
        ("si/policija", "rs/mup"),
        ("si/policija", "rs/jt"),
        ("si/policija", "rs/cztlj"),
    ];
    let kinds = vec![Kind::InfoRequest, Kind::SpontaneousInfo, Kind::SafeReturn, Kind::VictimReferral];
    let purposes =
        vec![Purpose::Investigation, Purpose::Prosecution, Purpose::SafeReturn, Purpose::VictimProtection];
    let bases = vec!["PCC-SEE-4", "CETS197", "CONSENT"];
    let handling = proptest::sample::subsequence(Handling::ALL.to_vec(), 0..3);
    (
        proptest::sample::select(ways),
        proptest::sample::select(kinds),
        proptest::sample::select(purposes),
        proptest::sample::select(bases),
        handling,
        proptest::collection::vec(a_record(), 1..3),
    )
        .prop_map(|((from, to), kind, purpose, basis, handling, records)| {
            let mut document = document(from, to, &records);
            document.envelope.kind = kind;
            document.envelope.purpose = purpose;
            document.envelope.legal_basis = basis.parse().unwrap();
            document.envelope.handling = handling.into_iter().collect();
            document.envelope.handling_note = Some("note".to_owned());
            document
        })
}

fn engine_of(document: &Document) -> &'static Engine {
    static BELGRADE: LazyLock<Engine> = LazyLock::new(belgrade);
    static LJUBLJANA: LazyLock<Engine> = LazyLock::new(ljubljana);
    if document.envelope.from.country() == "rs" { &BELGRADE } else { &LJUBLJANA }
}

fn body_of(document: &Document) -> Body {
    match document.envelope.to.as_str() {
        "rs/jt" => Body::Prosecution,
        "rs/cztlj" => Body::Protection,
        _ => Body::Police,
    }
}

/// Every single value, with its path, category and the category of the person it is about.
pub(super) fn leaves(catalogue: &Catalogue, record: &Record) -> Vec<(String, DataCategory, Option<Value>)> {
    fn walk(
        catalogue: &Catalogue,
        at: (&str, &str),
        value: &Value,
        person: Option<&Value>,
        out: &mut Vec<(String, DataCategory, Option<Value>)>,
    ) {
        let (path, pattern) = at;
        match value {
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    let person =
                        if pattern == "x_Persons" { Some(&item["x_SubjectCategory"]) } else { person };
                    walk(catalogue, (&format!("{path}[{n}]"), &format!("{pattern}[]")), item, person, out);
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    walk(
                        catalogue,
                        (&format!("{path}.{name}"), &format!("{pattern}.{name}")),
                        value,
                        person,
                        out,
                    );
                }
            }
            _ => {
                let field = catalogue.field(pattern).unwrap();
                assert_ne!(field.kind, FieldKind::Group);
                let category =
                    value.as_str().map_or(field.category, |code| catalogue.category_of(field, code));
                out.push((path.to_owned(), category, person.cloned()));
            }
        }
    }
    let mut out = Vec::new();
    for (name, value) in record.members() {
        walk(catalogue, (name, name), value, None, &mut out);
    }
    out
}

/// The matrix of the field, written down a second time: may this category ever reach this kind of body?
fn may_reach(category: DataCategory, body: Body, to: &str, approved: bool) -> bool {
    use DataCategory as D;
    match (category, body) {
        (D::CaseReference | D::Identity | D::Document | D::TraffickingFacts, _)
        | (D::Offence | D::Photograph, Body::Police | Body::Prosecution)
        | (D::Identifier, Body::Prosecution)
        | (D::Contact | D::Assessment, Body::Protection) => true,
        (D::FreeText, _)
        | (D::Identifier, Body::Police)
        | (D::LocationCurrent | D::Health | D::ShelterLocation, Body::Protection) => approved,
        (D::Biometrics, Body::Police) => to == "at/bk" && approved,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_field_leaves_whose_category_was_not_released(document in a_document(), second: bool) {
        let draft = submission(document.clone());
        let draft = if second { approved(draft, "officer-2") } else { draft };
        let Decision::Allow(permitted) = engine_of(&document).permit(draft, now()) else { return Ok(()) };
        let catalogue = catalogue();
        let sent = permitted.document();
        for (number, before) in document.body.records.iter().enumerate() {
            let after = leaves(&catalogue, &sent.body.records[number]);
            for (path, category, person) in &after {
                let to = document.envelope.to.as_str();
                prop_assert!(may_reach(*category, body_of(&document), to, second), "{path} {category:?}");
                if let Some(person) = person {
                    let known = person.as_str().and_then(SubjectCategory::from_word);
                    prop_assert!(known.is_some(), "{path} of an unknown person");
                }
            }
            // Everything either leaves or is listed as withheld: never a silent omission.
            let withheld = &permitted.basis().withheld;
            let gone = withheld.iter().filter(|field| usize::from(field.record) == number).count();
            prop_assert_eq!(after.len() + gone, leaves(&catalogue, before).len());
            let all: BTreeSet<String> =
                leaves(&catalogue, before).into_iter().map(|(path, ..)| path).collect();
            prop_assert!(withheld.iter().all(|f| usize::from(f.record) != number || all.contains(&f.path)));
        }
    }

    #[test]
    fn every_request_is_well_typed(document in a_document(), second: bool) {
        let register = if document.envelope.from.country() == "rs" { serbian() } else { slovene() };
        let (schema, _) = Schema::from_cedarschema_str(&words::schema(&register)).unwrap();
        let words = Words::new(&register).unwrap();
        let facts = facts_of(&document, Some(body_of(&document)), second);
        prop_assert!(request(Action::Send, &facts, &words, Some(&schema)).is_some());
        prop_assert!(request(Action::Admit, &facts, &words, Some(&schema)).is_some());
        let aspect = Aspect::new(&facts, facts.roles, DataCategory::Health, abouts(&document)[0]);
        prop_assert!(request(Action::Release, &aspect, &words, Some(&schema)).is_some());
    }
}

/// What rules are told about a draft.
fn facts_of(document: &Document, body: Option<Body>, second: bool) -> Facts {
    let draft = submission(document.clone());
    let draft = if second { approved(draft, "officer-2") } else { draft };
    Inputs::out(&draft, body, &catalogue(), now()).0.facts
}

/// Someone of whom nothing is known, and every person and case of the document.
fn abouts(document: &Document) -> Vec<About> {
    let unknown = About {
        subject: Subject::Unknown,
        victim: true,
        child: true,
        shield: Shield::None,
        consented: false,
    };
    let draft = submission(document.clone());
    let fields = Inputs::out(&draft, None, &catalogue(), now()).0.fields;
    std::iter::once(unknown).chain(fields.into_iter().map(|holding| holding.about)).collect()
}

#[test]
fn a_rule_that_fails_refuses_even_if_another_permits() {
    // Strict validation leaves one way to fail: numbers that overflow, for which no context has a member.
    // So the rules go straight to the question, without validation.
    let rules = r"
        permit (principal, action, resource);
        forbid (principal, action, resource) when { context.nowhere };
    ";
    let set: PolicySet = rules.parse().unwrap();
    let engine = belgrade();
    let document = document("rs/mup", "si/policija", &[plain()]);
    let facts = facts_of(&document, Some(Body::Police), false);
    let question: Question<Facts> = Question::new(Action::Send, set);
    assert_eq!(question.ask(&facts, engine.words()).said.outcome, Outcome::Failed);
    assert_eq!(facts.sender(), &party("rs/mup"));
}
