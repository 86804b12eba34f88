//! The twelve default rules of the field, and the acceptance tests of the field that concern policy, each by its number.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::fixture::*;
use crate::message::{Document, Handling, Kind, LegalBasis, MessageId, Permission, Purpose, RefusalCode};
use crate::partner::{Body, Role};
use crate::policy::{Circumstances, Engine, ReceivedTerms, Submission};
use crate::schema::{DataCategory, SubjectCategory};

fn to(partner: &str, kind: Kind, purpose: Purpose, case: &Value) -> Document {
    let from = if partner.starts_with("rs/") { "si/policija" } else { "rs/mup" };
    let mut document = document(from, partner, std::slice::from_ref(case));
    document.envelope.kind = kind;
    document.envelope.purpose = purpose;
    document
}

/// What is withheld, as `path code`.
fn withheld(engine: &Engine, draft: Submission) -> Vec<String> {
    let permitted = allowed(engine.permit(draft, now()));
    permitted.basis().withheld.iter().map(|field| format!("{} {}", field.path, field.code)).collect()
}

fn why(engine: &Engine, document: Document) -> String {
    let refusal = refused(engine.permit(submission(document), now()));
    format!("{} {}", refusal.code, rules(&refusal.grounds).join(" "))
}

fn roles(sets: &[BTreeSet<Role>]) -> Vec<Vec<Role>> {
    sets.iter().map(|set| set.iter().copied().collect()).collect()
}

#[test]
fn rule_1_nothing_leaves_without_terms_and_an_active_agreement_that_covers_it() {
    let engine_with = |change: &dyn Fn(&mut crate::partner::Agreement)| {
        let mut agreement = agreement("si/policija", Body::Police);
        change(&mut agreement);
        engine(register([party("rs/mup")].into(), [agreement]), &sources(&["policies/common", "policies/si"]))
    };
    let draft = || to("si/policija", Kind::InfoRequest, Purpose::Investigation, &plain());
    let mut bare = draft();
    bare.envelope.handling.clear();
    assert_eq!(why(&belgrade(), bare), "handling-missing handling-missing");
    let mut late = draft();
    late.envelope.delete_by = now();
    assert_eq!(refused(belgrade().permit(submission(late), now())).code, "delete-by-missing-or-past");
    let code = |engine: &Engine| refused(engine.permit(submission(draft()), now())).code;
    assert_eq!(code(&engine_with(&|it| it.valid_until = now())), "agreement-not-in-force");
    assert_eq!(code(&engine_with(&|it| it.purposes.clear())), "purpose-not-agreed");
    assert_eq!(code(&engine_with(&|it| it.legal_bases.clear())), "legal-basis-not-agreed");
    let narrow = engine_with(&|it| {
        it.data_out = [DataCategory::CaseReference].into();
        it.subjects_out = [SubjectCategory::Suspect].into();
    });
    let found = withheld(&narrow, submission(draft()));
    assert_eq!(found, ["x_Persons[0].prs_FirstName R-D"], "the agreement leaves identity out");
}

#[test]
fn rule_2_police_get_no_place_shelter_health_or_assessment_of_a_victim_without_asking_for_consent() {
    let draft = to("at/bk", Kind::InfoRequest, Purpose::Investigation, &case("victim_identified"));
    let found = withheld(&belgrade(), approved_as(submission(draft), "officer-2", Role::ALL));
    for path in ["x_Persons[0].x_Place R-F2", "x_Persons[0].x_Risk R-F2", "x_Shelter R-F2"] {
        assert!(found.iter().any(|field| field == path), "{path}: {found:?}");
    }
    assert!(found.iter().any(|field| field.starts_with("x_Persons[0].x_Health R-")), "{found:?}");
}

#[test]
fn rule_3_protection_and_return_need_consent_or_documented_vital_interests() {
    let draft = |consent: Value| {
        let mut case = victim(&consent);
        case["x_Persons"][0]["x_Return"] = prepared_return();
        to("si/policija", Kind::SafeReturn, Purpose::SafeReturn, &case)
    };
    assert_eq!(why(&belgrade(), draft(json!({}))), "consent-missing consent-missing");
    let withdrawn = json!({ "given_by": "self", "withdrawn_at": "2026-03-01" });
    assert_eq!(why(&belgrade(), draft(withdrawn)), "consent-withdrawn consent-withdrawn");
    allowed(belgrade().permit(submission(draft(agreed(&json!({ "given_by": "self" })))), now()));
    // Vital interests go before consent, but not on one officer's word.
    let vital = submission(draft(json!({ "overridden_by": "judge", "override_ground": "art. 38" })));
    assert_eq!(rules(&held(belgrade().permit(vital.clone(), now())).grounds), ["consent-overridden"]);
    allowed(belgrade().permit(approved_as(vital, "officer-2", &[Role::ProtectionReviewer]), now()));
}

#[test]
fn rule_4_a_child_needs_guardian_and_second_person_and_has_no_name_in_spontaneous_information() {
    let mut case = victim(&agreed(&json!({ "given_by": "guardian", "child_view": true })));
    case["x_Persons"][0]["x_AgeDisputed"] = json!(true);
    let draft = |case: &Value| to("si/policija", Kind::SpontaneousInfo, Purpose::Detection, case);
    assert_eq!(why(&belgrade(), draft(&case)), "guardian-missing child-guardian");
    case["x_Persons"][0]["x_Guardian"] = json!({ "name": "guardian" });
    let waiting = held(belgrade().permit(submission(draft(&case)), now()));
    assert_eq!(rules(&waiting.grounds), ["child-second-person"]);
    let found = withheld(&belgrade(), approved(submission(draft(&case)), "officer-2"));
    assert_eq!(found, ["x_Persons[0].prs_Birthdate R-F2", "x_Persons[0].prs_FirstName R-F2"]);
}

#[test]
fn rule_5_biometrics_go_to_austria_under_a_treaty_and_to_slovenia_never() {
    let mut case = plain();
    case["x_Persons"][0]["x_Fingerprint"] = json!("ridge");
    let slovenia = to("si/policija", Kind::InfoRequest, Purpose::Investigation, &case);
    let refusal = refused(belgrade().permit(submission(slovenia), now()));
    assert_eq!(rules(&refusal.grounds), ["si-no-biometrics"]);
    for language in crate::schema::Language::ALL {
        assert!(refusal.grounds[0].sentence(language).contains("R-D"), "{language:?}");
    }
    let austria = to("at/bk", Kind::InfoRequest, Purpose::Investigation, &case);
    assert_eq!(withheld(&belgrade(), submission(austria.clone())), ["x_Persons[0].x_Fingerprint R-D"]);
    assert!(withheld(&belgrade(), approved(submission(austria.clone()), "officer-2")).is_empty());
    let basis: LegalBasis = "CETS197".parse().unwrap();
    let other =
        Document { envelope: crate::message::Envelope { legal_basis: basis, ..austria.envelope }, ..austria };
    assert_eq!(
        withheld(&belgrade(), approved(submission(other), "officer-2")),
        ["x_Persons[0].x_Fingerprint R-D"]
    );
    // Of nobody but suspects and convicted persons.
    let mut witness = case;
    witness["x_Persons"][0]["x_SubjectCategory"] = json!("witness");
    let witness = to("at/bk", Kind::InfoRequest, Purpose::Investigation, &witness);
    assert_eq!(
        withheld(&belgrade(), approved(submission(witness), "officer-2")),
        ["x_Persons[0].x_Fingerprint R-D"]
    );
}

#[test]
fn rule_6_h1_stops_before_prosecutors_h2_before_other_parties_and_h3_before_a_person() {
    let mut h1 = to("rs/jt", Kind::InfoRequest, Purpose::Investigation, &plain());
    h1.envelope.handling = [Handling::H1].into();
    assert_eq!(why(&ljubljana(), h1), "judicial-use-not-permitted h1-not-to-prosecution");

    let received = |handling, permissions: &[Permission]| ReceivedTerms {
        provider: party("si/policija"),
        purpose: Purpose::Investigation,
        handling: [handling].into(),
        delete_by: now() + 480.hours(),
        permissions: permissions.iter().copied().collect(),
    };
    let passing = |source: ReceivedTerms| {
        let mut draft = submission(to("at/bk", Kind::InfoRequest, Purpose::Investigation, &plain()));
        draft.circumstances.sources = vec![source];
        belgrade().permit(draft, now())
    };
    let refusal = refused(passing(received(Handling::H2, &[])));
    assert_eq!((refusal.code, rules(&refusal.grounds)), ("onward-not-permitted", vec!["h2-not-passed-on"]));
    allowed(passing(received(Handling::H2, &[Permission::Onward])));
    allowed(passing(received(Handling::H0, &[])));

    let mut h3 = to("at/bk", Kind::InfoRequest, Purpose::Investigation, &plain());
    h3.envelope.handling = [Handling::H3].into();
    h3.envelope.handling_note = Some("ask first".to_owned());
    assert_eq!(rules(&held(belgrade().permit(submission(h3), now())).grounds), ["h3-second-person"]);
}

#[test]
fn rule_7_social_work_reaches_police_only_with_a_release_decision() {
    let mut draft = to("si/policija", Kind::InfoRequest, Purpose::VictimIdentification, &plain());
    draft.envelope.from = party("rs/minrzs");
    assert_eq!(why(&belgrade(), draft.clone()), "forbidden nrm-release-before-police");
    let mut case = plain();
    case["x_NrmRelease"] = nrm_release();
    draft.body.records = vec![record(case)];
    allowed(belgrade().permit(submission(draft), now()));
}

#[test]
fn rule_8_statistics_carry_no_record() {
    let draft = to("at/bk", Kind::InfoRequest, Purpose::Statistics, &plain());
    assert_eq!(why(&belgrade(), draft.clone()), "forbidden statistics-without-records");
    let numbers = Document { body: crate::message::Body { records: Vec::new(), ..draft.body }, ..draft };
    allowed(belgrade().permit(submission(numbers), now()));
}

#[test]
fn rule_9_a_victims_offence_data_waits_for_a_legal_reviewer() {
    let mut case = victim(&json!({}));
    case["x_Persons"][0]["x_Accused"] = json!("text");
    let draft = submission(to("si/policija", Kind::InfoRequest, Purpose::Prosecution, &case));
    let waiting = held(belgrade().permit(draft.clone(), now()));
    assert_eq!(rules(&waiting.grounds), ["non-punishment"]);
    assert_eq!(roles(&waiting.releasers), [[Role::LegalReviewer]]);
    let other = [Role::Reviewer, Role::ProtectionReviewer];
    held(belgrade().permit(approved_as(draft.clone(), "officer-2", &other), now()));
    allowed(belgrade().permit(approved_as(draft, "officer-2", &[Role::LegalReviewer]), now()));
}

#[test]
fn rule_10_no_rule_stops_or_holds_an_erasure_or_its_certificate() {
    for (engine, partner) in [(belgrade(), "si/policija"), (belgrade(), "at/bk"), (ljubljana(), "rs/jt")] {
        for kind in [Kind::Erase, Kind::DeletionCertificate] {
            for (purpose, basis) in
                [(Purpose::VictimProtection, "CONSENT"), (Purpose::Investigation, "PCC-SEE-4")]
            {
                let mut erase = to(partner, kind, purpose, &plain());
                erase.envelope.legal_basis = basis.parse().unwrap();
                erase.envelope.evaluation = None;
                erase.envelope.in_reply_to = Some(MessageId::new(now()));
                erase.body = crate::message::Body::default();
                allowed(engine.permit(submission(erase), now()));
            }
        }
    }
}

#[test]
fn rule_11_a_partner_that_asks_for_too_much_gets_a_partial_answer_with_a_code_for_each_field() {
    let mut answer = to("si/policija", Kind::Answer, Purpose::Investigation, &case("witness"));
    answer.envelope.in_reply_to = Some(MessageId::new(now()));
    let permitted = allowed(belgrade().permit(submission(answer), now()));
    let sent = permitted.document();
    assert_eq!(sent.envelope.kind, Kind::PartialAnswer);
    assert!(!sent.withheld.is_empty());
    let code = |path: &str| sent.withheld.iter().find(|field| field.path == path).map(|field| field.code);
    assert_eq!(code("x_Persons[0].x_Phone"), Some(RefusalCode::OutsideCategories));
    assert_eq!(code("x_Shelter"), Some(RefusalCode::Endangers));
}

#[test]
fn rule_12_a_place_without_a_rule_of_the_agreement_waits_for_a_person() {
    let mut case = plain();
    case["x_Persons"][0]["x_Citizenship"] =
        json!([{ "code": "RS", "scheme": "iso3166-1", "as_received": "XK" }]);
    let draft = submission(to("si/policija", Kind::InfoRequest, Purpose::Investigation, &case));
    assert_eq!(rules(&held(belgrade().permit(draft, now())).grounds), ["place-without-rule"]);
}

#[test]
fn content_keeps_its_purpose_its_time_and_its_classification() {
    let passing = |change: &dyn Fn(&mut ReceivedTerms)| {
        let mut source = ReceivedTerms {
            provider: party("si/policija"),
            purpose: Purpose::Investigation,
            handling: [Handling::H0].into(),
            delete_by: now() + 480.hours(),
            permissions: BTreeSet::new(),
        };
        change(&mut source);
        let mut draft = submission(to("at/bk", Kind::InfoRequest, Purpose::Investigation, &plain()));
        draft.circumstances.sources = vec![source];
        belgrade().permit(draft, now())
    };
    allowed(passing(&|_| {}));
    assert_eq!(refused(passing(&|it| it.purpose = Purpose::MissingChild)).code, "purpose-changed");
    assert_eq!(refused(passing(&|it| it.delete_by = now() + 1.hours())).code, "keeps-longer");
    allowed(passing(&|it| {
        it.purpose = Purpose::MissingChild;
        it.permissions.insert(Permission::PurposeChange);
    }));
}

#[test]
fn item_1_an_adult_who_was_a_child_then_is_a_child_here_and_needs_no_means() {
    let mut case = victim(&json!({}));
    case["x_Persons"][0]["x_ChildAtOffence"] = json!(true);
    case["x_Persons"][0]["x_ChildNow"] = json!(false);
    case["x_Persons"][0]["x_Guardian"] = json!({ "name": "guardian" });
    assert!(case.get("x_Means").is_none());
    let draft = submission(to("si/policija", Kind::InfoRequest, Purpose::Investigation, &case));
    assert_eq!(rules(&held(belgrade().permit(draft.clone(), now())).grounds), ["child-second-person"]);
    allowed(belgrade().permit(approved(draft, "officer-2"), now()));
}

#[test]
fn item_2_a_slovene_record_without_means_is_accepted() {
    let document = document("si/policija", "rs/mup", &[victim(&json!({}))]);
    belgrade().admission(document, &Circumstances::default(), now()).unwrap();
}

#[test]
fn item_8_biometrics_to_slovenia_are_refused_and_to_austria_allowed() {
    rule_5_biometrics_go_to_austria_under_a_treaty_and_to_slovenia_never();
}

#[test]
fn item_9_the_prosecution_gets_an_h1_item_after_the_providers_permission() {
    let mut document = document("si/policija", "rs/jt", &[plain()]);
    document.envelope.handling = [Handling::H1].into();
    let refusal = belgrade().admission(document.clone(), &Circumstances::default(), now()).unwrap_err();
    assert_eq!(refusal.code, "judicial-use-not-permitted");
    let permitted =
        Circumstances { permissions: [Permission::JudicialUse].into(), ..Circumstances::default() };
    belgrade().admission(document.clone(), &permitted, now()).unwrap();
    // The other way too: what its own agency permits.
    let draft = submission(document);
    assert_eq!(refused(ljubljana().permit(draft.clone(), now())).code, "judicial-use-not-permitted");
    allowed(ljubljana().permit(Submission { circumstances: permitted, ..draft }, now()));
}

#[test]
fn item_13_what_is_permitted_is_for_one_partner() {
    // That the other one cannot open it is proven in `seal/tests/`.
    let mut case = plain();
    case["x_Persons"][0]["x_Fingerprint"] = json!("ridge");
    let permitted = allowed(belgrade().permit(
        approved(submission(to("at/bk", Kind::InfoRequest, Purpose::Investigation, &case)), "officer-2"),
        now(),
    ));
    assert_eq!(permitted.document().envelope.to, party("at/bk"));
    let mut turned = permitted.into_parts().0;
    turned.envelope.to = party("si/policija");
    refused(belgrade().permit(submission(turned), now()));
}

#[test]
fn item_18_a_partial_answer_refuses_two_fields_with_r_f2_and_delivers_the_rest() {
    let mut case = victim(&json!({}));
    case["x_Persons"][0]["x_Place"] = json!("hotel");
    case["x_Persons"][0]["x_Risk"] = json!("high");
    let mut answer = to("at/bk", Kind::Answer, Purpose::Investigation, &case);
    answer.envelope.in_reply_to = Some(MessageId::new(now()));
    let permitted = allowed(belgrade().permit(submission(answer), now()));
    let sent = permitted.document();
    assert_eq!(sent.envelope.kind, Kind::PartialAnswer);
    let listed: Vec<_> = sent.withheld.iter().map(|field| (field.path.as_str(), field.code)).collect();
    let code = RefusalCode::Endangers;
    assert_eq!(listed, [("x_Persons[0].x_Place", code), ("x_Persons[0].x_Risk", code)]);
    assert_eq!(sent.body.records[0].persons().next().unwrap()["prs_FirstName"], "Ana");
}
