//! Further use in an emergency (PCC SEE art. 31(4)(a)): a ground, a purpose that can avert a threat, a legal reviewer.

use std::collections::BTreeSet;

use jiff::ToSpan as _;

use super::fixture::*;
use crate::message::{FurtherUse, Handling, Kind, Purpose};
use crate::partner::Role;
use crate::policy::{Circumstances, Decision, ReceivedTerms, Submission};

const THREAT: Option<FurtherUse> = Some(FurtherUse::ImmediateSeriousThreat);

/// Slovene content, given for an investigation, on its way to Austria for `purpose`.
fn passing(purpose: Purpose, ground: Option<FurtherUse>) -> Submission {
    let mut document = document("rs/mup", "at/bk", &[plain()]);
    document.envelope.kind = Kind::InfoRequest;
    (document.envelope.purpose, document.envelope.further_use) = (purpose, ground);
    let mut draft = submission(document);
    draft.circumstances.sources = vec![ReceivedTerms {
        provider: party("si/policija"),
        purpose: Purpose::Investigation,
        handling: [Handling::H0].into(),
        delete_by: now() + 480.hours(),
        permissions: BTreeSet::new(),
    }];
    draft
}

#[test]
fn without_a_ground_another_purpose_is_refused_whoever_agrees() {
    let all = [Role::Reviewer, Role::ProtectionReviewer, Role::LegalReviewer];
    let draft = approved_as(passing(Purpose::Prevention, None), "officer-2", &all);
    assert_eq!(refused(belgrade().permit(draft, now())).code, "purpose-changed");
}

#[test]
fn an_immediate_threat_waits_for_a_legal_reviewer_and_for_nobody_else() {
    let draft = passing(Purpose::Prevention, THREAT);
    let waiting = held(belgrade().permit(draft.clone(), now()));
    assert_eq!(rules(&waiting.grounds), ["purpose-changed-emergency"]);
    assert_eq!(waiting.releasers, [[Role::LegalReviewer].into()]);
    for role in [Role::Reviewer, Role::ProtectionReviewer] {
        held(belgrade().permit(approved_as(draft.clone(), "officer-2", &[role]), now()));
    }
    let own = approved_as(draft.clone(), "officer-1", &[Role::LegalReviewer]);
    held(belgrade().permit(own, now()));
    allowed(belgrade().permit(approved_as(draft, "officer-2", &[Role::LegalReviewer]), now()));
}

#[test]
fn the_ground_is_recorded_and_told_in_the_message() {
    let draft = approved_as(passing(Purpose::MissingChild, THREAT), "officer-2", &[Role::LegalReviewer]);
    let permitted = allowed(belgrade().permit(draft, now()));
    assert_eq!(permitted.document().envelope.further_use, THREAT);
    let recorded = serde_json::to_value(permitted.basis()).unwrap();
    assert_eq!(recorded["inputs"]["facts"]["further_use"], serde_json::json!(["immediate_serious_threat"]));
}

#[test]
fn only_what_can_avert_a_threat_is_an_emergency() {
    for purpose in Purpose::ALL.iter().copied().filter(|purpose| *purpose != Purpose::Investigation) {
        let averts = [
            Purpose::Prevention,
            Purpose::VictimIdentification,
            Purpose::VictimProtection,
            Purpose::MissingChild,
        ];
        let draft = approved_as(passing(purpose, THREAT), "officer-2", &[Role::LegalReviewer]);
        let stopped = match belgrade().permit(draft, now()) {
            Decision::Refuse(refusal) => rules(&refusal.grounds).contains(&"purpose-changed-emergency"),
            Decision::Allow(_) | Decision::Hold(_) => false,
        };
        assert_eq!(stopped, !averts.contains(&purpose), "{purpose}");
    }
}

#[test]
fn an_emergency_lifts_the_purpose_and_no_other_term_of_the_provider() {
    let change = |change: &dyn Fn(&mut ReceivedTerms)| {
        let mut draft =
            approved_as(passing(Purpose::Prevention, THREAT), "officer-2", &[Role::LegalReviewer]);
        change(&mut draft.circumstances.sources[0]);
        refused(belgrade().permit(draft, now())).code
    };
    assert_eq!(change(&|terms| _ = terms.handling.insert(Handling::H2)), "onward-not-permitted");
    assert_eq!(change(&|terms| terms.delete_by = now() + 1.hours()), "keeps-longer");
}

#[test]
fn a_partner_can_tell_that_it_used_what_it_was_given_against_a_threat() {
    let told = |purpose, ground| {
        let mut document = document("si/policija", "rs/mup", &[plain()]);
        (document.envelope.purpose, document.envelope.further_use) = (purpose, ground);
        let known = Circumstances { follows: Some(Purpose::Investigation), ..Circumstances::default() };
        belgrade().admission(document, &known, now()).map_err(|refusal| refusal.code)
    };
    assert_eq!(told(Purpose::Prevention, None).unwrap_err(), "purpose-changed");
    assert_eq!(told(Purpose::Prosecution, THREAT).unwrap_err(), "purpose-changed");
    let admitted = told(Purpose::Prevention, THREAT).unwrap();
    assert_eq!(admitted.document().envelope.further_use, THREAT);
}
