//! What may enter.

use jiff::ToSpan as _;
use serde_json::json;

use super::fixture::*;
use crate::message::{Attachment, Document, Handling, Kind, MessageId, Permission, Purpose, Sha256};
use crate::partner::{Agreement, Body};
use crate::policy::Circumstances;
use crate::schema::{DataCategory, SubjectCategory};

fn from_slovenia() -> Document {
    let mut document = document("si/policija", "rs/mup", &[plain()]);
    document.envelope.policy_version = "theirs".to_owned();
    document
}

fn code(change: impl FnOnce(&mut Document)) -> &'static str {
    let mut document = from_slovenia();
    change(&mut document);
    belgrade().admission(document, &Circumstances::default(), now()).unwrap_err().code
}

fn code_under(change: impl FnOnce(&mut Agreement)) -> &'static str {
    let mut agreement = agreement("si/policija", Body::Police);
    change(&mut agreement);
    let engine = engine(
        register([party("rs/mup")].into(), [agreement]),
        &sources(&["policies/common", "policies/si"]),
    );
    engine.admission(from_slovenia(), &Circumstances::default(), now()).unwrap_err().code
}

#[test]
fn an_agreed_message_enters_unchanged() {
    let engine = belgrade();
    let admitted = engine.admission(from_slovenia(), &Circumstances::default(), now()).unwrap();
    assert_eq!(admitted.document().body.records, [record(plain())]);
    assert_eq!(admitted.document().envelope.policy_version, "theirs");
    assert_eq!(admitted.basis().version, engine.version());
    assert_eq!(admitted.basis().rules()[0].as_str(), "si-policija-may-write");
}

#[test]
fn every_departure_from_the_agreement_has_its_code() {
    assert_eq!(code(|d| d.envelope.from = party("hr/policija")), "no-agreement");
    assert_eq!(code(|d| d.envelope.from = party("rs/jt")), "no-agreement");
    assert_eq!(code(|d| d.envelope.to = party("at/bk")), "not-an-agency");
    assert_eq!(code(|d| d.envelope.to = party("rs/other")), "not-an-agency");
    assert_eq!(code(|d| d.envelope.expires = now()), "expired");
    assert_eq!(code(|d| d.envelope.delete_by = now() - 1.second()), "delete-by-missing-or-past");
    assert_eq!(code(|d| d.envelope.legal_basis = "NATIONAL-1".parse().unwrap()), "legal-basis-not-agreed");
    assert_eq!(code(|d| d.body.questions[0].language = "hu".to_owned()), "language-not-agreed");
    assert_eq!(code_under(|a| a.valid_until = now()), "agreement-not-in-force");
    assert_eq!(code_under(|a| a.kinds_in.clear()), "kind-not-agreed");
    assert_eq!(code_under(|a| a.purposes.clear()), "purpose-not-agreed");
    assert_eq!(code_under(|a| a.limits.sealed_bytes = 100), "too-large");
    assert_eq!(code_under(|a| _ = a.data_in.remove(&DataCategory::Identity)), "data-not-agreed");
    assert_eq!(code_under(|a| _ = a.subjects_in.remove(&SubjectCategory::Suspect)), "subject-not-agreed");
}

#[test]
fn what_holds_biometrics_does_not_enter_from_slovenia_and_does_from_austria() {
    let mut case = plain();
    case["x_Persons"][0]["x_Fingerprint"] = json!("ridge");
    let code = |from: &str, data_in: &[DataCategory]| {
        let mut agreement = agreement(from, Body::Police);
        agreement.data_in = data_in.iter().copied().collect();
        let register = register([party("rs/mup")].into(), [agreement]);
        let folder = if from == "si/policija" { "policies/si" } else { "policies/at" };
        let engine = engine(register, &sources(&["policies/common", folder]));
        let document = document(from, "rs/mup", std::slice::from_ref(&case));
        engine.admission(document, &Circumstances::default(), now()).err().map(|refusal| refusal.code)
    };
    let slovenia = [DataCategory::CaseReference, DataCategory::Identity];
    assert_eq!(code("si/policija", &slovenia), Some("data-not-agreed"));
    assert_eq!(code("at/bk", &[&slovenia[..], &[DataCategory::Biometrics]].concat()), None);
}

#[test]
fn a_person_in_no_agreed_category_does_not_enter() {
    let mut case = plain();
    for category in [json!("stranger"), json!(null), json!(["suspect"])] {
        case["x_Persons"][0]["x_SubjectCategory"] = category.clone();
        assert_eq!(code(|d| d.body.records = vec![record(case.clone())]), "subject-not-agreed", "{category}");
    }
}

#[test]
fn a_rule_that_asks_for_a_second_person_refuses_what_comes_in() {
    let rule = |effect: &str, id: &str, rest: &str| {
        format!("{}{effect} (principal, action == Action::\"admit\", resource){rest};", annotations(id))
    };
    let permit = rule("permit", "enters", "");
    let hold = rule("forbid", "second", " unless { context.approved }");
    let register = register([party("rs/mup")].into(), [agreement("si/policija", Body::Police)]);
    let engine = engine(register, &[common(&(permit + &hold))]);
    let refusal = engine.admission(from_slovenia(), &Circumstances::default(), now()).unwrap_err();
    assert_eq!((refusal.code, refusal.basis.rules()[0].as_str()), ("forbidden", "second"));
}

#[test]
fn a_conversation_keeps_its_purpose_unless_another_is_permitted() {
    let follows = |purpose, permissions: &[Permission]| {
        let permissions = permissions.iter().copied().collect();
        let known = Circumstances { follows: Some(purpose), permissions, ..Circumstances::default() };
        belgrade().admission(from_slovenia(), &known, now()).err().map(|refusal| refusal.code)
    };
    assert_eq!(follows(Purpose::Investigation, &[]), None);
    assert_eq!(follows(Purpose::MissingChild, &[]), Some("purpose-changed"));
    assert_eq!(follows(Purpose::MissingChild, &[Permission::JudicialUse]), Some("purpose-changed"));
    assert_eq!(follows(Purpose::MissingChild, &[Permission::PurposeChange]), None);
}

#[test]
fn what_follows_a_message_may_enter_only_if_it_names_that_message() {
    for kind in Kind::ALL.iter().copied() {
        let reply = |to| {
            let mut document = from_slovenia();
            (document.envelope.kind, document.envelope.in_reply_to) = (kind, to);
            belgrade().admission(document, &Circumstances::default(), now()).err().map(|refusal| refusal.code)
        };
        let missing = reply(None) == Some("reply-to-missing");
        assert_eq!(missing, kind.is_reply(), "{kind:?}");
        assert_ne!(reply(Some(MessageId::new(now()))), Some("reply-to-missing"), "{kind:?}");
    }
}

#[test]
fn what_lists_attachments_may_not_enter() {
    let attachment = Attachment {
        name: "a1".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 1,
        digest: Sha256::of(b"x"),
    };
    assert_eq!(code(|d| d.attachments.push(attachment)), "attachments-not-supported");
}

#[test]
fn what_may_only_leave_may_not_enter() {
    let code = code_under(|a| _ = a.kinds_in.remove(&Kind::InfoRequest));
    assert_eq!(code, "kind-not-agreed");
}

#[test]
fn a_partner_without_rules_may_not_write() {
    let engine = engine(serbian(), &serbian_sources()[..1]);
    assert_eq!(
        engine.admission(from_slovenia(), &Circumstances::default(), now()).unwrap_err().code,
        "not-permitted"
    );
}

#[test]
fn inbound_rules_forbid_with_their_grounds() {
    let admit = |change: &dyn Fn(&mut Document)| {
        let mut document = from_slovenia();
        change(&mut document);
        let refusal = belgrade().admission(document, &Circumstances::default(), now()).unwrap_err();
        format!("{} {}", refusal.code, rules(&refusal.grounds).join(" "))
    };
    assert_eq!(admit(&|d| _ = d.envelope.handling.insert(Handling::H3)), "forbidden h3-needs-note");
    assert_eq!(admit(&|d| d.envelope.purpose = Purpose::Statistics), "forbidden statistics-without-records");
    assert_eq!(admit(&|d| d.envelope.kind = Kind::EarlyWarning), "forbidden early-warning-without-persons");
    assert_eq!(admit(&|d| d.envelope.handling.clear()), "handling-missing handling-missing");
    let to_prosecution = |d: &mut Document| {
        d.envelope.to = party("rs/jt");
        d.envelope.handling.insert(Handling::H1);
    };
    assert_eq!(admit(&to_prosecution), "judicial-use-not-permitted h1-not-to-own-prosecution");
}

#[test]
fn an_unknown_field_of_a_newer_partner_enters_for_translation_to_judge() {
    let mut document = from_slovenia();
    document.body.records.push(record(json!({ "x_New": 1 })));
    assert!(belgrade().admission(document, &Circumstances::default(), now()).is_ok());
}
