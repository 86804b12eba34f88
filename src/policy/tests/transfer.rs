//! On what personal data leaves the European Union (Directive (EU) 2016/680 arts 36 to 38).

use super::fixture::*;
use crate::message::{Document, Kind, MessageId, TransferBasis};
use crate::partner::Role;
use crate::policy::{Circumstances, Decision, Explanation, transfer_unnamed};
use crate::schema::Language;

fn from_slovenia(basis: Option<TransferBasis>) -> Document {
    let mut document = document("si/policija", "rs/mup", &[plain()]);
    document.envelope.transfer_basis = basis;
    document
}

fn decide(basis: Option<TransferBasis>, roles: &[Role]) -> Decision {
    let draft = submission(from_slovenia(basis));
    let draft = if roles.is_empty() { draft } else { approved_as(draft, "officer-2", roles) };
    ljubljana().permit(draft, now())
}

#[test]
fn a_member_state_sends_nothing_to_serbia_without_naming_a_transfer_basis() {
    let refusal = refused(decide(None, &[Role::Reviewer, Role::ProtectionReviewer, Role::LegalReviewer]));
    assert_eq!(
        (refusal.code, rules(&refusal.grounds)),
        ("transfer-basis-missing", vec!["transfer-basis-missing"])
    );
    allowed(decide(Some(TransferBasis::BindingInstrument), &[]));
    allowed(decide(Some(TransferBasis::OwnAssessment), &[]));
}

#[test]
fn a_derogation_waits_for_a_second_person_and_an_adequacy_decision_for_a_legal_reviewer() {
    let derogations = TransferBasis::ALL.iter().copied().filter(|basis| basis.as_str().starts_with("art38"));
    for basis in derogations {
        held(decide(Some(basis), &[]));
        allowed(decide(Some(basis), &[Role::Reviewer]));
    }
    let adequacy = Some(TransferBasis::Adequacy);
    assert_eq!(held(decide(adequacy, &[])).releasers, [[Role::LegalReviewer].into()]);
    held(decide(adequacy, &[Role::Reviewer, Role::ProtectionReviewer]));
    allowed(decide(adequacy, &[Role::LegalReviewer]));
}

#[test]
fn the_basis_is_sealed_into_the_message_and_recorded() {
    let permitted = allowed(decide(Some(TransferBasis::OwnAssessment), &[]));
    assert_eq!(permitted.document().envelope.transfer_basis, Some(TransferBasis::OwnAssessment));
    let recorded = serde_json::to_value(permitted.basis()).unwrap();
    assert_eq!(recorded["inputs"]["facts"]["transfer_basis"], serde_json::json!(["art37b"]));
}

#[test]
fn serbia_needs_none_and_what_holds_no_content_needs_none() {
    let draft = submission(document("rs/mup", "si/policija", &[plain()]));
    assert_eq!(draft.document.envelope.transfer_basis, None);
    allowed(belgrade().permit(draft, now()));
    let mut empty = from_slovenia(None);
    empty.body = crate::message::Body::default();
    (empty.envelope.kind, empty.envelope.in_reply_to) = (Kind::Withdrawal, Some(MessageId::new(now())));
    allowed(ljubljana().permit(submission(empty.clone()), now()));
    // A note can hold anything.
    empty.envelope.handling_note = Some("see the file".to_owned());
    assert_eq!(refused(ljubljana().permit(submission(empty), now())).code, "transfer-basis-missing");
}

#[test]
fn what_comes_without_a_basis_enters_and_is_told() {
    let document = from_slovenia(None);
    assert!(transfer_unnamed(&document));
    let engine = belgrade();
    let admitted = engine.admission(document, &Circumstances::default(), now()).unwrap();
    let told = Explanation::new(admitted.basis(), &engine).text(Language::English);
    assert!(told.contains("transfer  its sender names none"), "{told}");
    let named = from_slovenia(Some(TransferBasis::BindingInstrument));
    assert!(!transfer_unnamed(&named));
    let admitted = engine.admission(named, &Circumstances::default(), now()).unwrap();
    let told = Explanation::new(admitted.basis(), &engine).text(Language::English);
    assert!(told.contains("transfer  art37a"), "{told}");
}
