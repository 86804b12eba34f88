//! What is withheld in its own field does not leave in another one, whichever it is and however it is written.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::fixture::{
    agreement, approved, document, held, now, party, refused, rules, serbian_sources, submission,
};
use crate::message::{Document, Kind, Purpose, Question};
use crate::partner::Body;
use crate::policy::{Decision, Engine};
use crate::schema::{Catalogue, DataCategory, FieldKind};

const NUMBER: &str = "1506985719998";
/// What the police of the partner are not given of a victim: its place in a person, the value, and other spellings.
const WITHHELD: [(&str, &str, &[&str]); 6] = [
    (
        "prs_IdentityNumber",
        NUMBER,
        &[
            "1506985 719998",
            "150 698 571 9998",
            "1506985-719998",
            "15069857\u{200B}19998",
            "\u{FF11}506985719998",
            "١٥٠٦٩٨٥٧١٩٩٩٨",
            "१५०६९८५-७१९९९८",
        ],
    ),
    ("prs_MobilePhone", "+381641234567", &["064/123-4567", "00381 64 123 45 67", "+381 (64) 1234567"]),
    ("prs_Email", "ana.proba@example.rs", &["ANA.PROBA@EXAMPLE.RS", "ana.proba@example.rs."]),
    (
        "prs_MailingStreet",
        "Ulica Žikice Đurića 7",
        &["ул. Жикице Ђурића 7", "ULICA ZIKICE DJURICA 7", "Улица Жикице Ђурића, 7"],
    ),
    ("x_Shelter.address", "Sigurna kuća Dunja 12", &["СИГУРНА КУЋА ДУЊА 12", "sigurna kuca dunja-12"]),
    ("prs_MailingCity", "Lapovo", &[]),
];
/// Texts in which any town may be meant, and no more is said by this one.
const PROSE: [&str; 3] = ["x_CaseId", "cas_ReferringOrganisation", "x_RelatedCase"];

static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let fields = include_str!("../../../config/schema/fields.toml");
    Arc::new(Catalogue::parse(fields, include_str!("../../../config/schema/codes.toml")).unwrap())
});

static ENGINE: LazyLock<Engine> = LazyLock::new(|| engine(DataCategory::ALL.into()));

fn engine(data_out: std::collections::BTreeSet<DataCategory>) -> Engine {
    let partner = crate::partner::Agreement { data_out, ..agreement("si/policija", Body::Police) };
    let register = super::fixture::register([party("rs/mup")].into(), [partner]);
    let sources: Vec<_> =
        serbian_sources().into_iter().filter(|source| !source.name.contains("at")).collect();
    Engine::load(CATALOGUE.clone(), Arc::new(register), &sources).unwrap()
}

/// Puts `value` at a path of the catalogue; lists have one entry.
fn put(members: &mut Map<String, Value>, path: &str, value: Value) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let name = first.trim_end_matches("[]");
    let many = first.ends_with("[]");
    let Some(rest) = rest else {
        members.insert(name.to_owned(), value);
        return;
    };
    let group = members.entry(name).or_insert_with(|| if many { json!([{}]) } else { json!({}) });
    let group = if many { &mut group[0] } else { group };
    put(group.as_object_mut().unwrap(), rest, value);
}

/// A victim of full age with everything of [`WITHHELD`].
fn case() -> Map<String, Value> {
    let mut case = Map::new();
    for (name, value, _) in WITHHELD {
        put(&mut case, &format!("x_Persons[].{name}"), json!(value));
    }
    let person = [
        ("x_SubjectCategory", "victim_identified"),
        ("prs_Birthdate", "1985-06-15"),
        ("prs_FirstName", "Ana"),
        ("prs_SecondName", "Proba"),
    ];
    for (name, value) in person {
        put(&mut case, &format!("x_Persons[].{name}"), json!(value));
    }
    case
}

fn draft(case: Map<String, Value>) -> Document {
    document("rs/mup", "si/policija", &[Value::Object(case)])
}

fn decide(document: Document) -> Decision {
    ENGINE.permit(submission(document), now())
}

/// The texts of the catalogue that this partner is given, with `text` in one of them.
fn targets() -> Vec<(String, bool)> {
    let texts =
        CATALOGUE.fields().filter(|field| matches!(field.kind, FieldKind::Text | FieldKind::LongText));
    let own = |path: &str| WITHHELD.iter().any(|(name, ..)| path == format!("x_Persons[].{name}"));
    texts
        .filter(|field| !own(&field.path))
        // The gateway's own, and what stops or renders by itself.
        .filter(|field| {
            !["x_Schema", "x_Source", "x_Return", "x_PlaceRegion"].iter().any(|it| field.path.contains(it))
        })
        .map(|field| (field.path.clone(), field.many))
        .filter(|target| {
            matches!(decide(with(target, "ništa")), Decision::Allow(permitted)
            if serde_json::to_string(&permitted.document().body).unwrap().contains("ništa"))
        })
        .collect()
}

fn with((path, many): &(String, bool), text: &str) -> Document {
    let mut case = case();
    put(&mut case, path, if *many { json!([text]) } else { json!(text) });
    draft(case)
}

/// Whether the message waits or is refused because of that place, and says which.
fn stops(decision: Decision, place: &str, like: &str) -> bool {
    let (named, basis) = match decision {
        Decision::Allow(_) => return false,
        Decision::Hold(held) => (rules(&held.grounds).contains(&"elsewhere-second-person"), held.basis),
        Decision::Refuse(refusal) => (refusal.code == "file-number-names", *refusal.basis),
    };
    named && basis.inputs.elsewhere.iter().any(|one| one.place.contains(place) && one.like.contains(like))
}

#[test]
fn a_case_without_repetitions_leaves() {
    assert!(matches!(decide(draft(case())), Decision::Allow(_)));
}

#[test]
fn a_withheld_value_in_any_other_text_stops_the_message_and_its_place_is_told() {
    let targets = targets();
    assert!(targets.len() > 20, "{targets:?}");
    for (name, value, spellings) in WITHHELD {
        for spelling in spellings.iter().copied().chain([value]) {
            let texts = [spelling.to_owned(), format!("see {spelling}, please")];
            for text in texts {
                let mut question = draft(case());
                question.body.questions = vec![Question {
                    number: 1,
                    language: "en".into(),
                    text: text.clone(),
                    ..Question::default()
                }];
                assert!(stops(decide(question), "questions[0]", ""), "{name} {text} in a question");
                let town = name == "prs_MailingCity";
                for target in targets.iter().filter(|(path, _)| !town || PROSE.contains(&path.as_str())) {
                    let place = target.0.replace("[]", "[0]");
                    assert!(stops(decide(with(target, &text)), &place, ""), "{name} {text} in {}", target.0);
                }
            }
        }
    }
}

#[test]
fn a_second_person_who_has_seen_it_may_release_it() {
    let draft = with(&("x_RegistrationYear".to_owned(), false), "Ulica Žikice Đurića 7");
    let waiting = held(decide(draft.clone()));
    assert_eq!(waiting.basis.inputs.elsewhere[0].place, "body.records[0].x_RegistrationYear");
    assert_eq!(waiting.basis.inputs.elsewhere[0].like, "x_Persons[].prs_MailingStreet");
    let released = ENGINE.permit(approved(submission(draft), "officer-2"), now());
    assert!(matches!(released, Decision::Allow(_)));
}

#[test]
fn a_file_number_names_nobody_whoever_releases() {
    let file_numbers = ["x_CaseId", "x_RelatedCase", "x_CourtCaseNumber"];
    for path in file_numbers {
        let target = CATALOGUE.field(path).map(|field| (path.to_owned(), field.many)).unwrap();
        for text in [
            "KU-1/24 Proba",
            "КУ-1/24 ПРОБА",
            "Ana Proba 7",
            "KU-1/24-1506985719998",
            "1506985 719998",
            // What would only hold the message stands before what refuses it.
            "Lapovo 1/24 Proba",
            "064/123-4567 Proba",
            "+381641234567 1506985719998",
            "ana.proba@example.rs 0101006500006",
        ] {
            let decision = ENGINE.permit(approved(submission(with(&target, text)), "officer-2"), now());
            assert_eq!(refused(decision).code, "file-number-names", "{text} in {path}");
        }
        for text in ["KU-1/24", "Probacija 1/24", "KT-1506985/24", "Ana"] {
            let decision = decide(with(&target, text));
            assert!(matches!(decision, Decision::Allow(_)), "{text} in {path}");
        }
    }
}

#[test]
fn a_withheld_name_or_birth_stops_the_message_too() {
    let without_identity: Vec<DataCategory> =
        DataCategory::ALL.into_iter().filter(|one| *one != DataCategory::Identity).collect();
    let engine = engine(without_identity.into_iter().collect());
    let target = ("x_RegistrationYear".to_owned(), false);
    for text in ["za Ana Proba", "Proba, Ana", "ПРОБА", "rođ. 15.06.1985.", "15. 6. 1985", "1985-06-15"]
    {
        let decision = engine.permit(submission(with(&target, text)), now());
        assert!(stops(decision, "x_RegistrationYear", "prs_"), "{text}");
    }
    for text in ["15.06.1986.", "Uprava 15, 1985", "Probna"] {
        assert!(
            matches!(engine.permit(submission(with(&target, text)), now()), Decision::Allow(_)),
            "{text}"
        );
    }
}

#[test]
fn a_number_a_telephone_or_an_address_of_somebody_who_is_in_no_record_stops_the_message() {
    for text in [
        "Do you know JMBG 0101006500006?",
        "svnr 1237010180",
        "tel. +386 41 234 567",
        "tel. +٣٨٦ ٤١ ٢٣٤ ٥٦٧",
        "tel. ＋３８６ ４１ ２３４ ５６７",
        "0038641234567",
        "call 064 123 4567",
        "mail to petra@example.si",
    ] {
        let mut question = draft(case());
        question.body.questions =
            vec![Question { number: 1, language: "en".into(), text: text.into(), ..Question::default() }];
        assert!(stops(decide(question), "questions[0]", ""), "{text}");
    }
    // A number that begins as a telephone does is one in prose only.
    for text in ["000000001", "001234567890", "0649999999"] {
        let target = ("x_RegistrationYear".to_owned(), false);
        assert!(matches!(decide(with(&target, text)), Decision::Allow(_)), "{text}");
    }
    for text in [
        "KU-1234/24 of 05.03.2024.",
        "between 2020 and 2024, 15 persons",
        "article 388/3",
        "at 14:30, 3 of 5",
    ] {
        let mut question = draft(case());
        question.body.questions =
            vec![Question { number: 1, language: "en".into(), text: text.into(), ..Question::default() }];
        assert!(matches!(decide(question), Decision::Allow(_)), "{text}");
    }
}

#[test]
fn an_early_warning_with_a_number_in_it_is_refused_whoever_releases() {
    let mut warning = draft(Map::from_iter([("x_Industry".to_owned(), json!(["Agriculture"]))]));
    warning.envelope.kind = Kind::EarlyWarning;
    warning.envelope.purpose = Purpose::EarlyWarning;
    warning.body.records.clear();
    warning.body.questions = vec![Question {
        number: 1,
        language: "en".into(),
        text: "tel. +386 41 234 567".into(),
        ..Question::default()
    }];
    let decision = ENGINE.permit(approved(submission(warning), "officer-2"), now());
    assert!(rules(&refused(decision).grounds).contains(&"early-warning-elsewhere"));
}

proptest! {
    /// What leaves in its own field may be repeated, and what is nowhere withheld says nothing.
    #[test]
    fn ordinary_texts_are_not_found(text in "[a-zčćšž]{3,9}( [A-ZČĆŠŽ][a-z]{2,8}){0,4}( [0-9]{1,4}(/[0-9]{2})?)?") {
        prop_assume!(!["Dunja", "Lapovo", "Proba", "Ana"].iter().any(|word| text.to_lowercase().contains(&word.to_lowercase())));
        prop_assert!(matches!(decide(with(&("x_RegistrationYear".to_owned(), false), &text)), Decision::Allow(_)));
    }
}

#[test]
fn a_file_number_may_begin_with_the_code_of_its_office() {
    let mut case = case();
    put(&mut case, "cas_ReferringOrganisation", json!("CSR-NI"));
    put(&mut case, "x_CaseId", json!("rs/minrzs:CSR-NI-45/24"));
    assert!(matches!(decide(draft(case)), Decision::Allow(_)));
}

#[test]
fn a_digest_of_the_gateway_is_no_number_of_anybody() {
    // Ten digits between letters, with a right check digit.
    let digest = "a1237010180b".repeat(6)[..64].to_owned();
    let mut case = case();
    put(&mut case, "x_Source.hmac_sha256", json!(digest));
    put(&mut case, "x_Persons[].x_PersonId", json!(digest[..32]));
    assert!(matches!(decide(draft(case.clone())), Decision::Allow(_)));
    put(&mut case, "x_Persons[].x_PersonId", json!(NUMBER));
    assert!(matches!(decide(draft(case)), Decision::Hold(_)));
}
