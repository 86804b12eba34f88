//! What may not leave, and what a second person must release.

use jiff::ToSpan as _;
use serde_json::json;

use super::fixture::*;
use crate::message::{Answer, Attachment, Document, Handling, Kind, MessageId, Purpose, Sha256};
use crate::partner::{Agreement, BasisOf, Body};
use crate::policy::{Actor, ActorError, Circumstances, Decision, RuleId};
use crate::schema::Language;

fn to_slovenia(records: &[serde_json::Value]) -> Document {
    document("rs/mup", "si/policija", records)
}

/// The code with which `change` to an acceptable message is refused.
fn code(change: impl FnOnce(&mut Document)) -> &'static str {
    let mut document = to_slovenia(&[plain()]);
    change(&mut document);
    refused(belgrade().permit(submission(document), now())).code
}

/// The code with which an acceptable message is refused under a changed agreement.
fn code_under(change: impl FnOnce(&mut Agreement)) -> &'static str {
    let mut agreement = agreement("si/policija", Body::Police);
    change(&mut agreement);
    let register = register([party("rs/mup")].into(), [agreement]);
    let engine = engine(register, &sources(&["policies/common", "policies/si"]));
    refused(engine.permit(submission(to_slovenia(&[plain()])), now())).code
}

#[test]
fn an_agreed_message_leaves_with_the_rules_and_the_version() {
    let engine = belgrade();
    let permitted = allowed(engine.permit(submission(to_slovenia(&[plain()])), now()));
    assert_eq!(permitted.document().envelope.policy_version, engine.version());
    assert_eq!(permitted.basis().version, engine.version());
    assert_eq!(
        permitted.basis().rules().into_iter().map(RuleId::as_str).collect::<Vec<_>>(),
        ["si-policija-receives"]
    );
    assert_eq!(permitted.document().body.records, [record(plain())]);
    assert!(permitted.document().withheld.is_empty());
}

#[test]
fn every_departure_from_the_agreement_has_its_code() {
    assert_eq!(code(|d| d.envelope.to = party("hr/policija")), "no-agreement");
    assert_eq!(code(|d| d.envelope.to = party("rs/jt")), "no-agreement");
    assert_eq!(code(|d| d.envelope.from = party("at/bk")), "not-an-agency");
    assert_eq!(code(|d| d.envelope.from = party("hr/policija")), "not-an-agency");
    assert_eq!(code(|d| d.envelope.expires = now()), "expired");
    assert_eq!(code(|d| d.envelope.delete_by = now()), "delete-by-missing-or-past");
    assert_eq!(code(|d| d.envelope.legal_basis = "NATIONAL-1".parse().unwrap()), "legal-basis-not-agreed");
    assert_eq!(code(|d| d.body.questions[0].language = "hu".to_owned()), "language-not-agreed");
    let text = |language: &str| Answer { to: 1, language: language.to_owned(), text: String::new() };
    assert_eq!(code(|d| d.body.answers.push(text("de"))), "language-not-agreed");
    assert_eq!(code_under(|a| a.valid_until = now()), "agreement-not-in-force");
    assert_eq!(code_under(|a| a.valid_from = now() + 1.second()), "agreement-not-in-force");
    assert_eq!(code_under(|a| _ = a.kinds_out.remove(&Kind::InfoRequest)), "kind-not-agreed");
    assert_eq!(code_under(|a| _ = a.purposes.remove(&Purpose::Investigation)), "purpose-not-agreed");
    assert_eq!(code_under(|a| a.limits.sealed_bytes = 100), "too-large");
}

#[test]
fn an_empty_list_permits_nothing() {
    assert_eq!(code_under(|a| a.kinds_out.clear()), "kind-not-agreed");
    assert_eq!(code_under(|a| a.purposes.clear()), "purpose-not-agreed");
    assert_eq!(code_under(|a| a.legal_bases.clear()), "legal-basis-not-agreed");
    assert_eq!(code_under(|a| a.languages.clear()), "language-not-agreed");
}

#[test]
fn a_regional_tag_is_the_agreed_language() {
    let mut document = to_slovenia(&[plain()]);
    document.body.questions[0].language = "en-GB".to_owned();
    allowed(belgrade().permit(submission(document), now()));
}

#[test]
fn all_departures_are_told_together() {
    let mut document = to_slovenia(&[plain()]);
    document.envelope.expires = now();
    document.envelope.delete_by = now();
    let refusal = refused(belgrade().permit(submission(document), now()));
    assert_eq!(rules(&refusal.grounds), ["expired", "delete-by-missing-or-past"]);
    assert_eq!(&*refusal.grounds[1].law, "PCC SEE art. 31(4)(b)");
}

#[test]
fn a_partner_without_rules_receives_nothing() {
    let engine = engine(serbian(), &serbian_sources()[..1]);
    assert_eq!(refused(engine.permit(submission(to_slovenia(&[plain()])), now())).code, "not-permitted");
}

#[test]
fn a_field_outside_the_catalogue_or_in_another_shape_is_refused_and_not_named() {
    for unknown in [
        json!({ "secret name": true }),
        json!({ "x_CaseNumber": { "hidden": "value" } }),
        json!({ "x_CaseNumber": [["value"]] }),
        json!({ "x_Persons": [{ "x_Country": { "code": "XK", "scheme": "user-assigned", "secret": "value" } }] }),
        json!({ "x_Persons": [{ "x_Country": { "code": { "secret": "value" }, "scheme": "other" } }] }),
        json!({ "x_Persons": "text" }),
        json!({ "x_Persons": [["text"]] }),
        json!({ "x_Persons": [{ "x_SubjectCategory": "suspect", "other": 1 }] }),
        json!({ "x_Persons[0].prs_FirstName": "value" }),
    ] {
        let refusal =
            refused(belgrade().permit(submission(to_slovenia(std::slice::from_ref(&unknown))), now()));
        assert_eq!(refusal.code, "unknown-field", "{unknown}");
        assert!(!format!("{refusal:?}").contains("secret"));
    }
}

#[test]
fn which_kind_of_sender_may_rest_on_what_is_the_agreements_to_say() {
    let line = |senders: &[Body], purposes: &[Purpose]| BasisOf {
        senders: senders.iter().copied().collect(),
        legal_bases: ["PCC-SEE-4".parse().unwrap()].into(),
        purposes: purposes.iter().copied().collect(),
    };
    let wrong = "legal-basis-not-for-sender";
    assert_eq!(code_under(|it| it.bases = vec![line(&[Body::Protection], Purpose::ALL)]), wrong);
    assert_eq!(code_under(|it| it.bases = vec![line(&[Body::Police], &[Purpose::Detection])]), wrong);
    assert_eq!(code_under(|it| it.bases[0].legal_bases = ["CETS197".parse().unwrap()].into()), wrong);
    // Lines do not add up to what none of them says.
    assert_eq!(
        code_under(|it| {
            it.bases = vec![
                line(&[Body::Police], &[Purpose::Detection]),
                line(&[Body::Protection], &[Purpose::Investigation]),
            ];
        }),
        wrong
    );
    // Of whom nobody says what it is may rest on nothing.
    let agreement = agreement("si/policija", Body::Police);
    let nobody = crate::partner::Register::new([party("rs/mup")].into(), [agreement]);
    let engine = engine(nobody, &sources(&["policies/common", "policies/si"]));
    let refusal = refused(engine.permit(submission(to_slovenia(&[plain()])), now()));
    assert_eq!(refusal.code, wrong);
    // An agreement from before these lines tells no senders apart.
    let agreement = Agreement { bases: Vec::new(), ..super::fixture::agreement("si/policija", Body::Police) };
    let register = crate::partner::Register::new([party("rs/mup")].into(), [agreement]);
    let register = register.with_bodies([(party("rs/mup"), Body::Police)]);
    let engine = super::fixture::engine(register, &sources(&["policies/common", "policies/si"]));
    assert!(matches!(engine.permit(submission(to_slovenia(&[plain()])), now()), Decision::Allow(_)));
}

/// Rules ask what a party is, so a party that no rule knows is met by them too.
#[test]
fn rules_meet_a_new_party_by_its_kind() {
    let si = || agreement("si/policija", Body::Police);
    let with = |body| {
        let register = crate::partner::Register::new([party("rs/new")].into(), [si()]);
        let register = register.with_bodies([(party("rs/new"), body)]);
        engine(register, &sources(&["policies/common", "policies/si"]))
    };
    let code =
        |body| match with(body).permit(submission(document("rs/new", "si/policija", &[plain()])), now()) {
            Decision::Allow(_) => "allow".to_owned(),
            Decision::Hold(_) => "hold".to_owned(),
            Decision::Refuse(refusal) => rules(&refusal.grounds).join(" "),
        };
    assert_eq!(code(Body::Police), "allow");
    assert_eq!(code(Body::Prosecution), "allow");
    assert_eq!(code(Body::Protection), "nrm-release-before-police");
    let enter = |body| {
        let mut document = document("si/policija", "rs/new", &[plain()]);
        document.envelope.handling = [Handling::H1].into();
        with(body).admission(document, &Circumstances::default(), now()).err().map(|it| it.code)
    };
    assert_eq!(enter(Body::Prosecution), Some("judicial-use-not-permitted"));
    assert_eq!(enter(Body::Police), None);
}

#[test]
fn biometrics_are_refused_for_slovenia_and_leave_for_austria_under_a_treaty_by_two() {
    let mut case = plain();
    case["x_Persons"][0]["x_Fingerprint"] = json!("ridge");
    let engine = belgrade();
    let refusal = refused(engine.permit(submission(to_slovenia(&[case.clone()])), now()));
    assert_eq!(refusal.code, "forbidden");
    assert_eq!(rules(&refusal.grounds), ["si-no-biometrics"]);
    for word in ["R-D", "mutual legal assistance", "Interpol"] {
        assert!(refusal.grounds[0].sentence(Language::English).contains(word), "{word}");
    }
    // No approval lifts it.
    let again = approved(submission(to_slovenia(&[case.clone()])), "officer-2");
    assert_eq!(refused(engine.permit(again, now())).code, "forbidden");

    let mut document = document("rs/mup", "at/bk", &[case.clone()]);
    let permitted = allowed(engine.permit(approved(submission(document.clone()), "officer-2"), now()));
    assert_eq!(permitted.document().body.records, [record(case)]);
    document.envelope.legal_basis = "CETS197".parse().unwrap();
    let permitted = allowed(engine.permit(submission(document), now()));
    assert_eq!(permitted.document().withheld[0].path, "x_Persons[0].x_Fingerprint");
}

#[test]
fn a_child_is_held_until_another_person_than_the_author_releases_it() {
    let engine = belgrade();
    for mark in ["x_ChildAtOffence", "x_ChildNow", "x_AgeDisputed"] {
        let mut case = plain();
        case["x_Persons"][0][mark] = json!(true);
        case["x_Persons"][0]["x_Guardian"] = json!({ "name": "guardian" });
        let draft = submission(to_slovenia(&[case]));
        let held = held(engine.permit(draft.clone(), now()));
        assert_eq!(rules(&held.grounds), ["child-second-person"], "{mark}");
        assert_eq!(held.submission, draft, "{mark}: the draft comes back unchanged");
        allowed(engine.permit(approved(held.submission, "officer-2"), now()));
    }
}

#[test]
fn an_approval_by_the_author_or_from_the_future_does_not_count() {
    let engine = belgrade();
    let mut document = to_slovenia(&[plain()]);
    document.envelope.handling.insert(Handling::H3);
    document.envelope.handling_note = Some("ask first".to_owned());
    let draft = submission(document);
    held(engine.permit(approved(draft.clone(), "officer-1"), now()));
    held(engine.permit(approved(draft.clone(), "OFFICER-1"), now()));
    held(engine.permit(approved(draft.clone(), "officer-2"), now() - 1.second()));
    allowed(engine.permit(approved(draft, "officer-2"), now()));
}

#[test]
fn a_child_without_guardian_is_refused() {
    for guardian in [json!(null), json!({}), json!({ "name": " " })] {
        let mut case = case("victim_identified");
        case["x_Persons"][0]["x_AgeDisputed"] = json!(true);
        case["x_Persons"][0]["x_Guardian"] = guardian;
        let draft = approved(submission(to_slovenia(&[case])), "officer-2");
        let refusal = refused(belgrade().permit(draft, now()));
        assert!(["guardian-missing", "unknown-field"].contains(&refusal.code), "{}", refusal.code);
    }
    let mut case = case("victim_identified");
    case["x_Persons"][0]["x_AgeDisputed"] = json!(true);
    assert_eq!(refused(belgrade().permit(submission(to_slovenia(&[case])), now())).code, "guardian-missing");
}

#[test]
fn handling_h1_is_refused_for_a_prosecution_body_only() {
    let engine = ljubljana();
    let mut document = document("si/policija", "rs/jt", &[plain()]);
    allowed(engine.permit(submission(document.clone()), now()));
    document.envelope.handling.insert(Handling::H1);
    let refusal = refused(engine.permit(submission(document.clone()), now()));
    assert_eq!(rules(&refusal.grounds), ["h1-not-to-prosecution"]);
    document.envelope.to = party("rs/mup");
    allowed(engine.permit(submission(document), now()));
}

#[test]
fn handling_h3_is_held_and_needs_its_note() {
    let mut document = to_slovenia(&[plain()]);
    document.envelope.handling.insert(Handling::H3);
    let refusal = refused(belgrade().permit(submission(document.clone()), now()));
    assert_eq!(rules(&refusal.grounds), ["h3-needs-note"]);
    document.envelope.handling_note = Some(" \t".to_owned());
    let refusal = refused(belgrade().permit(submission(document.clone()), now()));
    assert_eq!(rules(&refusal.grounds), ["h3-needs-note"], "a blank note says nothing");
    document.envelope.handling_note = Some("ask first".to_owned());
    assert_eq!(rules(&held(belgrade().permit(submission(document), now())).grounds), ["h3-second-person"]);
}

#[test]
fn a_records_own_handling_codes_hold_whatever_the_envelope_says() {
    let mut case = plain();
    case["x_Handling"] = json!(["H1"]);
    let draft = submission(document("si/policija", "rs/jt", &[case.clone()]));
    assert_eq!(rules(&refused(ljubljana().permit(draft, now())).grounds), ["h1-not-to-prosecution"]);
    case["x_Handling"] = json!(["H9"]);
    let draft = submission(document("si/policija", "rs/jt", &[case]));
    assert_eq!(rules(&refused(ljubljana().permit(draft, now())).grounds), ["h3-needs-note"]);
}

#[test]
fn social_work_reaches_police_only_with_a_release_decision() {
    let engine = belgrade();
    for agency in ["rs/minrzs", "rs/cztlj"] {
        let mut case = plain();
        let draft = |case| submission(document(agency, "si/policija", &[case]));
        let refusal = refused(engine.permit(draft(case.clone()), now()));
        assert_eq!(rules(&refusal.grounds), ["nrm-release-before-police"], "{agency}");
        let decision = nrm_release();
        for missing in ["decided_by", "decided_at", "reference"] {
            case["x_NrmRelease"] = decision.clone();
            case["x_NrmRelease"].as_object_mut().unwrap().remove(missing);
            refused(engine.permit(draft(case.clone()), now()));
        }
        case["x_NrmRelease"] = decision;
        allowed(engine.permit(draft(case.clone()), now()));
        case["x_NrmRelease"]["withdrawn_at"] = json!("2026-03-05");
        refused(engine.permit(draft(case), now()));
    }
}

#[test]
fn a_referral_with_consent_counts_as_the_release_decision_for_that_purpose() {
    let engine = belgrade();
    let mut document =
        document("rs/cztlj", "si/policija", &[victim(&agreed(&json!({ "given_by": "self" })))]);
    document.envelope.kind = Kind::VictimReferral;
    document.envelope.purpose = Purpose::VictimProtection;
    allowed(engine.permit(submission(document.clone()), now()));
    document.envelope.purpose = Purpose::Investigation;
    assert_eq!(
        rules(&refused(engine.permit(submission(document), now())).grounds),
        ["nrm-release-before-police"]
    );
}

#[test]
fn a_victims_offence_or_immigration_data_is_held() {
    for field in ["x_Accused", "x_Permit"] {
        let mut case = plain();
        case["x_Persons"] =
            json!([{ "x_SubjectCategory": "victim_presumed", "prs_Birthdate": "1990-01-01", field: "text" }]);
        let mut document = to_slovenia(&[case.clone()]);
        document.envelope.purpose = Purpose::Prosecution;
        assert_eq!(
            rules(&held(belgrade().permit(submission(document.clone()), now())).grounds),
            ["non-punishment"]
        );
        case["x_Persons"][0]["x_SubjectCategory"] = json!("suspect");
        document.body.records = vec![record(case)];
        allowed(belgrade().permit(submission(document), now()));
    }
}

#[test]
fn statistics_carry_no_record_and_early_warnings_no_person() {
    let mut document = to_slovenia(&[plain()]);
    document.envelope.purpose = Purpose::Statistics;
    let refusal = refused(belgrade().permit(submission(document.clone()), now()));
    assert_eq!(rules(&refusal.grounds), ["statistics-without-records"]);
    document.envelope.purpose = Purpose::EarlyWarning;
    document.envelope.kind = Kind::EarlyWarning;
    let refusal = refused(belgrade().permit(submission(document.clone()), now()));
    assert_eq!(rules(&refusal.grounds), ["early-warning-without-persons"]);
    document.body.records = vec![record(json!({ "x_Means": ["deception"] }))];
    let draft = submission(document);
    assert_eq!(rules(&held(belgrade().permit(draft.clone(), now())).grounds), ["early-warning-read"]);
    allowed(belgrade().permit(approved(draft, "officer-2"), now()));
}

#[test]
fn what_lists_attachments_may_not_leave_even_with_a_release() {
    let mut document = to_slovenia(&[plain()]);
    document.attachments.push(Attachment {
        name: "a1".to_owned(),
        media_type: "application/pdf".to_owned(),
        size: 1,
        digest: Sha256::of(b"x"),
    });
    let draft = submission(document);
    for draft in [draft.clone(), approved(draft, "officer-2")] {
        assert_eq!(refused(belgrade().permit(draft, now())).code, "attachments-not-supported");
    }
}

#[test]
fn an_answer_that_names_no_message_may_not_leave() {
    let mut document = to_slovenia(&[plain()]);
    document.envelope.kind = Kind::Answer;
    let refusal = refused(belgrade().permit(submission(document.clone()), now()));
    assert_eq!(refusal.code, "reply-to-missing");
    document.envelope.in_reply_to = Some(MessageId::new(now()));
    allowed(belgrade().permit(submission(document), now()));
}

#[test]
fn no_answer_shows_content_in_debug_output() {
    let mut document = to_slovenia(&[case("victim_identified")]);
    document.envelope.handling_note = Some("Ana".to_owned());
    let released = approved(submission(document.clone()), "officer-2");
    let shown = format!("{:?}", belgrade().permit(released, now()));
    assert!(shown.starts_with("Allow") && !shown.contains("Ana"), "{shown}");
    document.envelope.handling.insert(Handling::H3);
    let shown = format!("{:?}", belgrade().permit(submission(document), now()));
    assert!(shown.starts_with("Hold") && !shown.contains("Ana") && !shown.contains("officer-1"), "{shown}");
}

#[test]
fn an_actor_is_printable_and_does_not_show_in_debug_output() {
    for bad in ["", "two words", "š", "a\n", &"x".repeat(129)] {
        assert_eq!(bad.parse::<Actor>(), Err(ActorError), "{bad:?}");
    }
    assert_eq!(format!("{:?}", actor("officer-1")), "Actor(..)");
}
