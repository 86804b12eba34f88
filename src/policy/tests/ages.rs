//! Whose age is not known waits for a protection reviewer's statement; what the statement changes; who is one person.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::*;
use super::table::shipped_catalogue;
use crate::message::{Kind, Purpose};
use crate::partner::Role;
use crate::policy::{Decision, Engine, StatedAge, Submission, ages_wanted};

fn shipped() -> Engine {
    Engine::load(shipped_catalogue(), std::sync::Arc::new(serbian()), &serbian_sources()).unwrap()
}

fn case(persons: &[Value]) -> Value {
    json!({ "x_CaseId": "1", "x_Persons": persons })
}

fn draft(kind: Kind, purpose: Purpose, records: &[Value]) -> Submission {
    let mut document = document("rs/mup", "si/policija", records);
    (document.envelope.kind, document.envelope.purpose) = (kind, purpose);
    submission(document)
}

fn outcome(decision: &Decision) -> String {
    match decision {
        Decision::Allow(_) => "allow".to_owned(),
        Decision::Hold(held) => rules(&held.grounds).join(" "),
        Decision::Refuse(refusal) => refusal.code.to_owned(),
    }
}

fn stated(submission: Submission, roles: &[Role], years: u8) -> Submission {
    let mut submission = approved_as(submission, "officer-2", roles);
    let age = StatedAge { record: 0, person: 0, years, ground: "Impression".to_owned() };
    submission.approvals.last_mut().unwrap().ages.push(age);
    submission
}

fn victim_of_unknown_age() -> Value {
    json!({
        "x_SubjectCategory": "victim_presumed", "prs_FirstName": "Test",
        "x_Consent": { "con_Consent": true, "given_by": "self", "scope": ["victim_protection"] },
    })
}

#[test]
fn an_adult_victim_without_papers_is_held_for_a_protection_reviewer_and_not_refused() {
    let draft = draft(Kind::VictimReferral, Purpose::VictimProtection, &[case(&[victim_of_unknown_age()])]);
    let held = held(shipped().permit(draft.clone(), now()));
    assert_eq!(rules(&held.grounds), ["age-unknown", "child-second-person"]);
    assert_eq!(held.releasers, [[Role::ProtectionReviewer].into()]);
    let all = [Role::Reviewer, Role::ProtectionReviewer, Role::LegalReviewer];
    for (roles, years, expected) in [
        (&all[..], Some(25), "allow"),
        (&[Role::ProtectionReviewer], Some(25), "allow"),
        // Nobody lifts it without the statement, nor states it in another role.
        (&all, None, "age-unknown"),
        (&[Role::Reviewer, Role::LegalReviewer], Some(25), "age-unknown"),
        // A child by the statement: with all that protects children.
        (&all, Some(16), "consent-missing"),
    ] {
        let released = match years {
            Some(years) => stated(draft.clone(), roles, years),
            None => approved_as(draft.clone(), "officer-2", roles),
        };
        let told = outcome(&shipped().permit(released, now()));
        assert!(told.split(' ').any(|rule| rule == expected), "{roles:?} {years:?}: {told}");
    }
    let sent = allowed(shipped().permit(stated(draft.clone(), &all, 25), now()));
    let person = sent.document().body.records[0].persons().next().unwrap().clone();
    assert_eq!((&person["x_AgeStated"], &person["x_AgeEstimated"]), (&json!(25), &json!(true)));
    assert_eq!(person["x_AgeGround"], json!("Impression"));
    // The author's own statement counts for nothing.
    let mut own = stated(draft, &all, 25);
    own.approvals[0].by = actor("OFFICER-1");
    assert_ne!(outcome(&shipped().permit(own, now())), "allow");
}

#[test]
fn an_authors_estimate_lifts_nothing_and_a_statement_does_not_lift_a_date() {
    let with = |more: Value, years: Option<u8>| {
        let mut person = victim_of_unknown_age();
        person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let draft = draft(Kind::InfoRequest, Purpose::Investigation, &[case(&[person])]);
        let released = years.map_or(draft.clone(), |years| stated(draft, &[Role::ProtectionReviewer], years));
        outcome(&shipped().permit(released, now()))
    };
    assert_eq!(
        with(json!({ "x_AgeStated": 30, "x_AgeEstimated": true }), None),
        "age-unknown child-second-person"
    );
    assert_eq!(with(json!({ "x_AgeStated": 30 }), None), "allow");
    assert_eq!(with(json!({ "prs_Birthdate": "2012-07-07" }), Some(30)), "guardian-missing");
    let contradiction = json!({ "prs_Birthdate": "1985-06-15", "x_Guardian": { "name": "x" } });
    assert_eq!(with(contradiction.clone(), None), "age-unknown child-second-person");
    assert_eq!(with(contradiction, Some(40)), "allow");
}

#[test]
fn entries_are_one_person_across_records_spellings_and_a_third_entry() {
    let born = "1985-06-15";
    let victim = |more: Value| {
        let mut person = json!({ "x_SubjectCategory": "victim_presumed", "x_AgeStated": 40 });
        person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        person
    };
    let suspect = |more: Value| {
        let mut person = json!({ "x_SubjectCategory": "suspect", "per_RoleInProcess": ["Transporter"] });
        person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        person
    };
    let name = |given: &str, family: &str, born: &str| {
        let mut person = json!({ "prs_FirstName": given, "prs_SecondName": family });
        if !born.is_empty() {
            person["prs_Birthdate"] = json!(born);
        }
        person
    };
    let passport = json!({ "x_Documents": [{ "type": "Passport", "number": "P 0001" }] });
    let card = json!({ "x_Documents": [{ "type": "IdentityCard", "number": "P0001" }] });
    let djordje = name("Đorđe", "Müller", born);
    for (one, other, same) in [
        (djordje.clone(), name("Djordje", "Mueller", born), true),
        (djordje.clone(), name("DORDE", "MULLER", "1985"), true),
        (djordje.clone(), name("Ђорђе", "Müller", ""), true),
        (djordje.clone(), name("Müller", "Đorđe", born), true),
        (djordje.clone(), name("Đorđe", "Müller", "1985-06-16"), false),
        (djordje, name("Đorđa", "Müller", born), false),
        (passport.clone(), json!({ "x_Documents": [{ "type": "Passport", "number": "p0001" }] }), true),
        (passport, card, false),
    ] {
        let expected = if same { "non-punishment" } else { "allow" };
        let (one, other) = (victim(one), suspect(other));
        for records in [
            vec![case(&[one.clone(), other.clone()])],
            vec![case(std::slice::from_ref(&other)), case(std::slice::from_ref(&one))],
        ] {
            let draft = draft(Kind::InfoRequest, Purpose::Investigation, &records);
            let told = outcome(&shipped().permit(draft, now()));
            assert_eq!(told, expected, "{one} {other}");
        }
    }
}

/// Entries of few people, so that many share something.
fn entry() -> impl Strategy<Value = Value> {
    let category = proptest::sample::select(vec!["suspect", "victim_presumed", "witness"]);
    let given = proptest::sample::select(vec!["", "Ana", "Ана", "ANA", "Iva"]);
    let family = proptest::sample::select(vec!["", "Đokić", "Djokic", "Ђокић", "Prva"]);
    let born = proptest::sample::select(vec!["", "1985", "1985-06-15", "2012-07-07", "1990-01-01"]);
    let number = proptest::sample::select(vec!["", "", "N-1", "n1", "N2"]);
    (category, given, family, born, number).prop_map(|(category, given, family, born, number)| {
        let mut person = json!({ "x_SubjectCategory": category });
        for (name, value) in [
            ("prs_FirstName", given),
            ("prs_SecondName", family),
            ("prs_Birthdate", born),
            ("prs_IdentityNumber", number),
        ] {
            if !value.is_empty() {
                person[name] = json!(value);
            }
        }
        person
    })
}

/// Whether two entries are plainly one person: written without the engine's keys.
fn plainly_same(one: &Value, other: &Value) -> bool {
    let text = |person: &Value, name: &str| person[name].as_str().unwrap_or_default().to_owned();
    let number = |person: &Value| text(person, "prs_IdentityNumber").replace('-', "").to_lowercase();
    let fold = |name: String| match name.as_str() {
        "Ана" | "ANA" => "Ana".to_owned(),
        "Djokic" | "Ђокић" => "Đokić".to_owned(),
        _ => name,
    };
    let names = |person: &Value| (fold(text(person, "prs_FirstName")), fold(text(person, "prs_SecondName")));
    let (a, b) = (text(one, "prs_Birthdate"), text(other, "prs_Birthdate"));
    let full = !names(one).0.is_empty() && !names(one).1.is_empty();
    (!number(one).is_empty() && number(one) == number(other))
        || (full && names(one) == names(other) && (a.starts_with(&b) || b.starts_with(&a)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn who_is_listed_several_times_in_any_order_and_record_has_the_marks_that_a_plain_closure_finds(
        people in proptest::collection::vec(entry(), 1..7),
        cuts in proptest::collection::vec(any::<bool>(), 7),
        turn in 0..7_usize,
    ) {
        let mut people = people;
        let length = people.len();
        people.rotate_left(turn % length);
        let mut records: Vec<Vec<Value>> = vec![Vec::new()];
        for (person, cut) in people.iter().zip(cuts) {
            if cut && !records.last().unwrap().is_empty() {
                records.push(Vec::new());
            }
            records.last_mut().unwrap().push(person.clone());
        }
        let records: Vec<Value> = records.iter().map(|persons| case(persons)).collect();
        let submission = draft(Kind::InfoRequest, Purpose::Investigation, &records);
        let wanted = crate::policy::vulnerable::marks_for_tests(&submission.document, now());
        // The closure: joined until nothing changes.
        let mut group: Vec<usize> = (0..length).collect();
        for _ in 0..length {
            for a in 0..length {
                for b in 0..length {
                    if plainly_same(&people[a], &people[b]) {
                        let least = group[a].min(group[b]);
                        (group[a], group[b]) = (least, least);
                    }
                }
            }
        }
        let is_victim = |n: usize| people[n]["x_SubjectCategory"] == "victim_presumed";
        let is_child = |n: usize| people[n]["prs_Birthdate"] == "2012-07-07";
        let is_unknown = |n: usize| is_victim(n) && people[n].get("prs_Birthdate").is_none();
        for n in 0..length {
            let any = |of: &dyn Fn(usize) -> bool| (0..length).any(|m| group[m] == group[n] && of(m));
            let child = any(&is_child);
            let expected = (any(&is_victim), child || any(&is_unknown), !child && any(&is_unknown));
            prop_assert_eq!(wanted[n], expected, "{} of {:?}", n, people);
        }
        let asked = ages_wanted(&submission.document, now()).len();
        prop_assert!(asked <= (0..length).filter(|n| is_unknown(*n)).count());
    }
}
