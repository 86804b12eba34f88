//! What an answer would be let out is known before it is written, and it is what then happens.

use serde_json::json;

use super::fixture::*;
use crate::message::{Envelope, Kind, Purpose, RefusalCode};
use crate::policy::{Decision, Engine, Would};
use crate::schema::DataCategory;

fn question(from: &str) -> Envelope {
    document(from, "rs/mup", &[]).envelope
}

/// What would become of `category` about `whose`.
fn would(engine: &Engine, from: &str, category: DataCategory, whose: &str) -> Would {
    let foreseen = engine.foresee(&question(from), &[category].into());
    let fits =
        |(_, all): &&(Would, Vec<_>)| all.iter().any(|one: &crate::policy::Whose| one.to_string() == whose);
    foreseen[0].would.iter().find(fits).unwrap().0.clone()
}

#[test]
fn a_category_outside_the_partners_profile_is_told_with_its_code() {
    let engine = belgrade();
    assert_eq!(would(&engine, "si/policija", DataCategory::Identity, "suspect"), Would::Leave);
    let after = would(&engine, "si/policija", DataCategory::Identifier, "suspect");
    assert!(matches!(&after, Would::After(roles) if !roles.is_empty()), "{after:?}");
    // Biometrics: Austria by treaty and two people, Slovenia never.
    let never = Would::Never(RefusalCode::OutsideCategories);
    assert_eq!(would(&engine, "si/policija", DataCategory::Biometrics, "suspect"), never);
    let after = would(&engine, "at/bk", DataCategory::Biometrics, "suspect");
    assert!(matches!(&after, Would::After(_)), "{after:?}");
    assert_eq!(would(&engine, "at/bk", DataCategory::Biometrics, "witness"), never);
    for whose in ["suspect", "victim_identified", "victim_presumed (child)"] {
        let shelter = would(&engine, "si/policija", DataCategory::ShelterLocation, whose);
        assert!(matches!(shelter, Would::Never(_)), "{whose}: {shelter:?}");
    }
}

#[test]
fn where_consent_decides_that_is_told() {
    let mut question = question("at/bk");
    question.purpose = Purpose::VictimProtection;
    let foreseen = belgrade().foresee(&question, &[DataCategory::Identity].into());
    let of = |would: Would| {
        let group = foreseen[0].would.iter().find(|(known, _)| *known == would);
        group.map(|(_, whose)| whose.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap_or_default()
    };
    assert!(of(Would::WithConsent).contains(&"victim_identified".to_owned()), "{foreseen:?}");
    assert!(of(Would::Leave).contains(&"suspect".to_owned()), "{foreseen:?}");
}

#[test]
fn it_foresees_an_answer_and_not_information_that_nobody_asked_for() {
    let child = would(&belgrade(), "si/policija", DataCategory::Identity, "victim_identified (child)");
    assert_eq!(child, Would::Leave, "the name of a child is withheld from spontaneous information only");
}

#[test]
fn a_stranger_would_get_nothing() {
    let foreseen = belgrade().foresee(&question("hr/mup"), &DataCategory::ALL.into());
    assert_eq!(foreseen.len(), DataCategory::ALL.len());
    for one in foreseen {
        assert!(matches!(one.would.as_slice(), [(Would::Never(_), _)]), "{one}");
    }
}

#[test]
fn it_reads_as_a_line_for_the_officer() {
    let line =
        belgrade().foresee(&question("si/policija"), &[DataCategory::Biometrics].into())[0].to_string();
    assert!(line.starts_with("biometrics: never (R-D): suspect, convicted, victim_presumed, "), "{line}");
    assert!(line.contains("victim_presumed (child)"), "{line}");
}

#[test]
fn what_is_foreseen_is_what_happens() {
    let engine = belgrade();
    for to in ["si/policija", "at/bk"] {
        for subject in ["suspect", "convicted", "witness", "contact", "third_person", "official"] {
            let mut record = case(subject);
            record["x_Persons"][0]["x_Bank"] = json!("account");
            // With biometrics, an answer to Slovenia is refused as a whole.
            if to == "at/bk" {
                record["x_Persons"][0]["x_Fingerprint"] = json!("ridge");
            }
            let before = record["x_Persons"][0].clone();
            let mut answer = document("rs/mup", to, &[record]);
            answer.envelope.kind = Kind::PartialAnswer;
            answer.envelope.in_reply_to = Some(answer.envelope.id);
            let Decision::Allow(permitted) = engine.permit(submission(answer), now()) else {
                panic!("{to}: the answer about a {subject} as a whole may leave")
            };
            let released = &permitted.document().body.records[0];
            let person = [
                ("prs_FirstName", DataCategory::Identity),
                ("x_Number", DataCategory::Identifier),
                ("x_Passport", DataCategory::Document),
                ("x_Phone", DataCategory::Contact),
                ("x_Place", DataCategory::LocationCurrent),
                ("x_Health", DataCategory::Health),
                ("x_Risk", DataCategory::Assessment),
                ("x_Fingerprint", DataCategory::Biometrics),
                ("x_Bank", DataCategory::Finance),
            ];
            for (field, category) in person.into_iter().filter(|(field, _)| before.get(field).is_some()) {
                let there = released.members().get("x_Persons").and_then(|it| it[0].get(field)).is_some();
                let foreseen = would(&engine, to, category, subject);
                assert_eq!(there, foreseen == Would::Leave, "{to} {subject} {field}: {foreseen:?}");
            }
        }
    }
}
