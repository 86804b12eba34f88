//! What must hold for every set of rules: the shipped ones of both gateways, and random ones.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::{Policy, PolicySet};
use serde_json::Value;

use super::agreeing::in_words;
use super::fixture::*;
use super::properties::{a_document, leaves};
use super::random::Random;
use crate::message::{Document, Sha256};
use crate::partner::Register;
use crate::policy::release::Aspect;
use crate::policy::slice::Question;
use crate::policy::words::Action;
use crate::policy::{Basis, Decision, End, Engine, Inputs, Source, Verdict, Way};
use crate::schema::{Catalogue, DataCategory};

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

type Gateway = (Register, Vec<Source>);

/// Both gateways as shipped, and gateways with random rules.
fn gateways(random: u64) -> Vec<Gateway> {
    let shipped = [(serbian(), serbian_sources()), (slovene(), slovene_sources())];
    let random = (0..random).map(|seed| (serbian(), vec![common(&Random(seed).rules())]));
    shipped.into_iter().chain(random).collect()
}

fn cases(register: &Register, seed: u64, count: usize) -> Vec<Inputs> {
    let mut random = Random(seed);
    (0..count).map(|_| random.inputs(register)).collect()
}

/// The fields that leave, by their place in the question.
fn leaving(verdict: &Verdict) -> BTreeSet<usize> {
    let numbered = verdict.released.iter().enumerate();
    let yes = numbered.filter(|(_, one)| one.yes && verdict.end == End::Allow);
    yes.map(|(number, _)| number).collect()
}

#[test]
fn removing_any_permit_never_releases_more() {
    for (register, sources) in gateways(6) {
        let whole = engine(register.clone(), &sources);
        let mut cases = cases(&register, 3, 300);
        // A message that waits for a release leaves at once when nobody can give it any more, with less in it.
        for inputs in &mut cases {
            inputs.waits_for_release = false;
        }
        let before: Vec<Verdict> = cases.iter().map(|inputs| whole.weigh(inputs)).collect();
        for (file, permit) in permits(&sources) {
            let mut fewer = sources.clone();
            fewer[file].text = fewer[file].text.replacen(&permit, "", 1);
            let fewer = engine(register.clone(), &fewer);
            for (inputs, before) in cases.iter().zip(&before) {
                let after = fewer.weigh(inputs);
                assert!(leaving(&after).is_subset(&leaving(before)), "without {permit}: {inputs:#?}");
                assert!(after.end != End::Allow || before.end == End::Allow, "without {permit}: {inputs:#?}");
            }
        }
    }
}

#[test]
fn the_order_of_rules_and_of_files_makes_no_difference() {
    for (number, (register, sources)) in gateways(6).into_iter().enumerate() {
        let whole = engine(register.clone(), &sources);
        let mut other: Vec<Source> = sources
            .iter()
            .map(|source| Source { text: shuffled(&source.text, number), ..source.clone() })
            .collect();
        other.reverse();
        // Where a rule of every partner stands makes no difference either.
        let rest = common(&other.pop().unwrap().text);
        other.insert(0, Source { name: "z.cedar".to_owned(), ..rest });
        let other = engine(register.clone(), &other);
        for inputs in cases(&register, 4, 500) {
            assert_eq!(whole.weigh(&inputs), other.weigh(&inputs));
        }
    }
}

#[test]
fn a_cached_answer_equals_a_fresh_one_and_that_of_all_rules() {
    for (register, sources) in gateways(6) {
        let engine = engine(register.clone(), &sources);
        let words = engine.words();
        let all = || PolicySet::from_policies(engine.rules().iter().cloned()).unwrap();
        let (send, admit) = (Question::new(Action::Send, all()), Question::new(Action::Admit, all()));
        let release = Question::new(Action::Release, all());
        let cases = cases(&register, 5, 300);
        // Twice: the second time from memory.
        for inputs in cases.iter().chain(&cases) {
            let facts = &inputs.facts;
            let partner = if inputs.way == Way::Out { &facts.to } else { &facts.from };
            if register.agreement(partner).is_none() {
                continue;
            }
            let slice = engine.slice(partner);
            if inputs.way == Way::In {
                assert_eq!(*slice.admit.ask(facts, words), admit.answer(facts, words));
                continue;
            }
            assert_eq!(*slice.send.ask(facts, words), send.answer(facts, words));
            for holding in &inputs.fields {
                let aspect = Aspect::new(facts, facts.roles, holding.category, holding.about);
                assert_eq!(*slice.release.ask(&aspect, words), release.answer(&aspect, words));
            }
        }
    }
}

#[test]
fn rules_of_one_partner_change_nothing_for_another() {
    let alone = sources(&["policies/common", "policies/si"]);
    let only =
        register(serbian().agencies().clone(), [serbian().agreement(&party("si/policija")).unwrap().clone()]);
    let (alone, both) = (engine(only.clone(), &alone), belgrade());
    for inputs in cases(&only, 6, 500) {
        assert_eq!(alone.weigh(&inputs), both.weigh(&inputs));
    }
}

#[test]
fn no_field_leaves_that_the_verdict_did_not_release_whatever_the_rules() {
    let mut runner = TestRunner::deterministic();
    let catalogue = catalogue();
    let mut left = 0;
    for (register, sources) in gateways(20) {
        let engine = engine(register.clone(), &sources);
        for _ in 0..60 {
            let mut document = a_document().new_tree(&mut runner).unwrap().current();
            if register.agreement(&document.envelope.to).is_none() {
                document.envelope.from = party("rs/mup");
                document.envelope.to = party("at/bk");
            }
            if register.agreement(&document.envelope.to).is_none() {
                continue;
            }
            let draft = approved(submission(document.clone()), "officer-2");
            if let Decision::Allow(permitted) = engine.permit(draft, now()) {
                left += holds(&catalogue, &document, permitted.document(), permitted.basis());
            }
        }
    }
    assert!(left > 1000, "too few values left for a proof: {left}");
}

/// Every value that left was released; every other one is listed, with its category. The answer: how many left.
fn holds(catalogue: &Arc<Catalogue>, before: &Document, sent: &Document, basis: &Basis) -> usize {
    let (mut left, verdict) = (0, &basis.verdict);
    for (number, record) in before.body.records.iter().enumerate() {
        let listed = basis.withheld.iter().filter(|field| usize::from(field.record) == number);
        let mut gone: Vec<(&str, DataCategory)> =
            listed.map(|field| (field.path.as_str(), field.category)).collect();
        let mut rest = Vec::new();
        // A person whose category stays here is still whom the sender's record says.
        for (path, category, person) in leaves(catalogue, record) {
            if let Some(place) = gone.iter().position(|listed| *listed == (path.as_str(), category)) {
                gone.swap_remove(place);
                continue;
            }
            let subject = person.as_ref().map_or("case", |said| known(said));
            let yes = verdict
                .released
                .iter()
                .any(|one| one.yes && one.category == category && one.about.subject.as_str() == subject);
            assert!(yes, "{path} {category:?} about {subject}");
            rest.push((shape(&path), category));
        }
        assert!(gone.is_empty(), "listed, but not there: {gone:?}");
        let after = leaves(catalogue, &sent.body.records[number]);
        let mut after: Vec<_> = after.iter().map(|(path, category, _)| (shape(path), *category)).collect();
        after.sort();
        rest.sort();
        assert_eq!(after, rest);
        left += after.len();
    }
    left
}

/// The path without positions, which change when something before is withheld.
fn shape(path: &str) -> String {
    path.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn known(said: &Value) -> &str {
    let word = said.as_str().unwrap_or_default();
    crate::schema::SubjectCategory::from_word(word).map_or("unknown", |_| word)
}

#[test]
fn a_recorded_decision_can_be_decided_again() {
    for (register, sources) in gateways(3) {
        let engine: Engine = engine(register.clone(), &sources);
        for inputs in cases(&register, 8, 300) {
            let written = serde_json::to_string(&inputs).unwrap();
            let read: Inputs = serde_json::from_str(&written).unwrap();
            assert_eq!(read, inputs);
            assert_eq!(in_words(&engine.weigh(&read)), in_words(&engine.weigh(&inputs)));
        }
    }
}

/// Every `permit` rule: file number and text.
fn permits(sources: &[Source]) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        let set: PolicySet = source.text.parse().unwrap();
        let permits = set.policies().filter(|rule| rule.effect() == cedar_policy::Effect::Permit);
        out.extend(permits.map(|rule| (file, rule.to_cedar().unwrap())));
    }
    out
}

/// The rules of a file in another order.
fn shuffled(text: &str, seed: usize) -> String {
    let set: PolicySet = text.parse().unwrap();
    let mut rules: Vec<String> = set.policies().filter_map(Policy::to_cedar).collect();
    rules.sort_by_key(|rule| Sha256::of(format!("{seed}{rule}").as_bytes()));
    rules.join("\n")
}
