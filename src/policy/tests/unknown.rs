//! What is not known is held, refused, or taken for the worst that it may be.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fixture::{document as message, *};
use crate::message::{Handling, Kind, Purpose};
use crate::partner::Role;
use crate::policy::about::Persons;
use crate::policy::consent::Use;
use crate::policy::release::apply;
use crate::policy::words::Subject;
use crate::policy::{Circumstances, Decision, Inputs};

#[test]
fn what_is_classified_above_interno_or_by_an_unknown_level_never_leaves() {
    let decide = |level: Value, to: &str, second: bool| {
        let mut case = plain();
        case["x_Classification"] = level;
        let draft = submission(message("rs/mup", to, &[case]));
        belgrade().permit(if second { approved(draft, "officer-2") } else { draft }, now())
    };
    allowed(decide(json!("none"), "at/bk", false));
    allowed(decide(json!("INTERNO-eq"), "si/policija", false));
    let waiting = held(decide(json!("INTERNO-eq"), "at/bk", false));
    assert_eq!(rules(&waiting.grounds), ["classified-without-agreement"]);
    for level in [json!("ZAUPNO"), json!("interno-eq"), json!(""), json!(3), json!(null)] {
        for to in ["si/policija", "at/bk"] {
            assert_eq!(refused(decide(level.clone(), to, true)).code, "classification-too-high", "{level}");
        }
    }
}

#[test]
fn only_a_reviewing_role_releases() {
    let mut document = message("rs/mup", "si/policija", &[plain()]);
    document.envelope.handling.insert(Handling::H3);
    document.envelope.handling_note = Some("ask first".to_owned());
    let draft = submission(document);
    for roles in [&[Role::PolicyAuthor][..], &[Role::PolicyApprover], &[]] {
        held(belgrade().permit(approved_as(draft.clone(), "officer-2", roles), now()));
    }
    allowed(belgrade().permit(approved_as(draft, "officer-2", &[Role::LegalReviewer]), now()));
}

#[test]
fn the_case_itself_is_about_the_most_vulnerable_of_its_persons() {
    let about = |persons: Value| {
        let mut document =
            message("rs/mup", "si/policija", &[json!({ "x_CaseNumber": "KU-1/26", "x_Persons": persons })]);
        document.envelope.purpose = Purpose::VictimProtection;
        let fields = Inputs::out(&submission(document), None, &catalogue(), now()).0.fields;
        let case = fields.into_iter().find(|holding| holding.about.subject == Subject::Case).unwrap().about;
        (case.victim, case.child, case.consented)
    };
    let suspect = json!({ "x_SubjectCategory": "suspect" });
    assert_eq!(about(json!([suspect])), (false, false, true));
    let victim = json!({ "x_SubjectCategory": "victim_identified", "prs_Birthdate": "1990-01-01" });
    assert_eq!(about(json!([suspect, victim])), (true, false, false));
    let child = json!({ "x_SubjectCategory": "witness", "x_ChildNow": true });
    assert_eq!(about(json!([child, suspect])), (false, true, true));
    assert_eq!(about(json!([suspect, "somebody"])), (true, true, false), "of whom nothing can be read");
}

#[test]
fn information_that_nobody_asked_for_needs_an_evaluation_both_ways() {
    let mut bare = message("rs/mup", "si/policija", &[plain()]);
    (bare.envelope.kind, bare.envelope.evaluation) = (Kind::SpontaneousInfo, None);
    assert_eq!(refused(belgrade().permit(submission(bare.clone()), now())).code, "evaluation-missing");
    std::mem::swap(&mut bare.envelope.from, &mut bare.envelope.to);
    let refusal = belgrade().admission(bare, &Circumstances::default(), now()).unwrap_err();
    assert_eq!(refusal.code, "evaluation-missing");
}

#[test]
fn a_field_about_which_nothing_was_decided_does_not_leave() {
    // Whoever decides and whoever withholds see the same fields; were it ever otherwise, the whole message stays.
    let (mut record, recipient) = (record(plain()), party("si/policija"));
    let wanted = Use {
        purpose: Purpose::Investigation,
        recipient: &recipient,
        body: None,
        now: now(),
        ages: &BTreeSet::new(),
    };
    let persons = Persons::of(std::slice::from_ref(&record), &wanted).remove(0);
    assert!(apply(&mut record, 0, &[], &catalogue(), &persons).is_none());
}

#[test]
fn an_evaluation_that_is_not_known_is_held_or_in_spontaneous_information_refused() {
    let known = json!({ "source": "B", "information": "2" });
    // The second has the Cyrillic letter, which is the third of its alphabet.
    let unknown = [
        json!({ "source": "B", "information": "5" }),
        json!({ "source": "В", "information": "2" }),
        json!({ "source": "B" }),
        json!({ "information": "2" }),
        json!({ "source": "unknown", "information": "" }),
    ];
    let place = |case: &mut Value, at: usize, evaluation: &Value| match at {
        0 => case["x_Evaluation"] = evaluation.clone(),
        _ => case["x_Persons"][0]["x_Evaluation"] = evaluation.clone(),
    };
    for at in 0..2 {
        let decide = |evaluation: &Value, kind: Kind| {
            let mut case = plain();
            place(&mut case, at, evaluation);
            let mut document = message("rs/mup", "si/policija", &[case]);
            document.envelope.kind = kind;
            belgrade().permit(submission(document), now())
        };
        for silent in [&known, &json!({}), &json!({ "source": null })] {
            allowed(decide(silent, Kind::InfoRequest));
            allowed(decide(silent, Kind::SpontaneousInfo));
        }
        for unknown in &unknown {
            let waiting = held(decide(unknown, Kind::InfoRequest));
            assert_eq!(rules(&waiting.grounds), ["evaluation-unknown"], "{unknown}");
            assert_eq!(
                refused(decide(unknown, Kind::SpontaneousInfo)).code,
                "evaluation-missing",
                "{unknown}"
            );
        }
    }
}

#[test]
fn a_language_tag_does_not_tell_upper_from_lower_case() {
    for (tag, agreed) in [("EN", true), ("En-us", true), ("sL-Latn-SI", true), ("HU", false), ("e1", false)] {
        let mut document = message("rs/mup", "si/policija", &[plain()]);
        document.body.questions[0].language = tag.to_owned();
        let decision = belgrade().permit(submission(document), now());
        let refused = matches!(&decision, Decision::Refuse(refusal) if refusal.code == "language-not-agreed");
        assert_eq!(refused, !agreed, "{tag}");
    }
}
