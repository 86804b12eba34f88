//! No rule of `config/policies/` is idle.

use std::collections::BTreeSet;

use cedar_policy::PolicySet;
use serde_json::json;

use super::fixture::*;
use super::properties::told;
use crate::message::{Document, Handling, Kind, Purpose};
use crate::policy::{Basis, Circumstances, Decision, Engine, Submission};

/// Messages of all kinds, both ways, that touch every rule.
fn battery() -> Vec<Submission> {
    let mut child = case("victim_presumed");
    child["x_Persons"][0]["x_ChildNow"] = json!(true);
    let mut guarded = child.clone();
    guarded["x_Persons"][0]["x_Guardian"] = json!({ "name": "guardian" });
    guarded["x_Persons"][0]["x_Consent"] = json!({ "given_by": "self" });
    let mut adult = case("victim_identified");
    adult["x_Persons"][0]["x_Consent"] = json!({ "given_by": "self" });
    adult["x_Persons"][0]["x_Accused"] = json!("text");
    let mut narrow = adult.clone();
    narrow["x_Persons"][0]["x_Consent"]["scope_categories"] = json!(["identity"]);
    let mut withdrawn = adult.clone();
    withdrawn["x_Persons"][0]["x_Consent"]["withdrawn_at"] = json!("2026-03-01");
    let mut traced = plain();
    traced["x_Persons"][0]["x_Fingerprint"] = json!("ridge");
    let unknown = json!({ "x_Persons": [{ "prs_FirstName": "Ana" }] });
    let mut cases = vec![plain(), case("witness"), child, guarded, adult, narrow, withdrawn, traced, unknown];
    let missing = case("victim_identified");
    cases.push(missing);
    let ways = [
        ("rs/mup", "si/policija"),
        ("rs/mup", "at/bk"),
        ("rs/cztlj", "si/policija"),
        ("si/policija", "rs/mup"),
        ("si/policija", "rs/jt"),
        ("si/policija", "rs/minrzs"),
        ("si/policija", "rs/cztlj"),
    ];
    let uses = [
        (Kind::InfoRequest, Purpose::Investigation),
        (Kind::SpontaneousInfo, Purpose::Detection),
        (Kind::SafeReturn, Purpose::SafeReturn),
        (Kind::EarlyWarning, Purpose::EarlyWarning),
        (Kind::Answer, Purpose::Statistics),
    ];
    let mut out = Vec::new();
    for case in &cases {
        for (from, to) in ways {
            for (kind, purpose) in uses {
                let mut document = document(from, to, std::slice::from_ref(case));
                document.envelope.kind = kind;
                document.envelope.purpose = purpose;
                document.envelope.in_reply_to = kind.is_reply().then_some(document.envelope.id);
                let extra = case == &cases[0] && purpose == Purpose::Investigation;
                let drafts = if extra { marked(&document) } else { vec![document] };
                for draft in drafts.into_iter().map(submission) {
                    out.push(approved(draft.clone(), "officer-2"));
                    out.push(draft);
                }
            }
        }
    }
    out
}

/// The message as it is, and under other handling codes.
fn marked(document: &Document) -> Vec<Document> {
    let coded = |code, note: Option<&str>| {
        let mut coded = document.clone();
        coded.envelope.handling = [code].into();
        coded.envelope.handling_note = note.map(str::to_owned);
        coded
    };
    let others = [coded(Handling::H1, None), coded(Handling::H3, None), coded(Handling::H3, Some("note"))];
    others.into_iter().chain([document.clone()]).collect()
}

/// What the engine says to a message that comes in from its partner.
fn told_inward(engine: &Engine, draft: &Submission, to: &str) -> String {
    let mut document = draft.document.clone();
    document.envelope.from = document.envelope.to;
    document.envelope.to = party(to);
    match engine.admission(document, &Circumstances::default(), now()) {
        Ok(admitted) => format!("{:?}", admitted.basis().rules()),
        Err(refusal) => format!("{} {:?}", refusal.code, refusal.grounds),
    }
}

#[test]
fn every_rule_decides_something() {
    let battery = battery();
    // Two lines of defence: the first refuses the whole message.
    let mut idle: BTreeSet<String> = BTreeSet::new();
    let mut busy: BTreeSet<String> = ["si-no-biometrics-released".to_owned()].into();
    for (register, sources, domestic) in
        [(serbian(), serbian_sources(), "rs/jt"), (slovene(), slovene_sources(), "si/policija")]
    {
        let own: Vec<&Submission> =
            battery.iter().filter(|d| register.agreement(&d.document.envelope.to).is_some()).collect();
        let answers = |engine: &Engine, draft: &Submission| {
            (told(engine, draft.clone()), told_inward(engine, draft, domestic))
        };
        let whole = engine(register.clone(), &sources);
        let before: Vec<_> = own.iter().map(|draft| answers(&whole, draft)).collect();
        for (file, source) in sources.iter().enumerate() {
            for rule in source.text.parse::<PolicySet>().unwrap().policies() {
                let mut fewer = sources.clone();
                fewer[file].text = source.text.replace(&rule.to_cedar().unwrap(), "");
                let engine = engine(register.clone(), &fewer);
                let differs =
                    own.iter().zip(&before).any(|(draft, before)| answers(&engine, draft) != *before);
                let id = rule.annotation("id").unwrap().to_owned();
                if differs {
                    busy.insert(id)
                } else {
                    idle.insert(id)
                };
            }
        }
    }
    assert_eq!(idle.difference(&busy).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn a_message_waits_for_the_release_of_its_fields_only_if_its_author_says_so() {
    let engine = belgrade();
    let mut draft = submission(document("rs/mup", "si/policija", &[case("suspect")]));
    let sent = allowed(engine.permit(draft.clone(), now()));
    assert!(sent.document().withheld.iter().any(|field| field.path == "x_Notes"));
    draft.waits_for_release = true;
    let waiting = held(engine.permit(draft.clone(), now()));
    assert_eq!(waiting.grounds[0].rule.as_str(), "second-person");
    let paths: Vec<&str> =
        waiting.look_at.iter().flat_map(|holding| holding.paths.iter().map(String::as_str)).collect();
    assert!(paths.contains(&"x_Notes"), "the reviewer is told what to look at: {paths:?}");
    let released = allowed(engine.permit(approved(draft, "officer-2"), now()));
    assert!(released.document().withheld.iter().all(|field| field.path != "x_Notes"));
}

#[test]
fn a_recorded_decision_is_read_back_and_made_again_with_the_same_result() {
    let engine = belgrade();
    for draft in battery().into_iter().step_by(7) {
        let basis = match engine.permit(draft, now()) {
            Decision::Allow(permitted) => permitted.into_parts().1,
            Decision::Hold(held) => held.basis,
            Decision::Refuse(refusal) => refusal.basis,
        };
        let kept = serde_json::to_vec(&basis).unwrap();
        let again: Basis = serde_json::from_slice(&kept).unwrap();
        assert_eq!(again, basis);
        assert_eq!(engine.weigh(&again.inputs), basis.verdict);
    }
}
