//! The engine and the naive evaluator say the same, always.

use std::collections::BTreeSet;

use super::fixture::*;
use super::naive::{Decided, Field, Naive};
use super::random::Random;
use crate::message::{Kind, Purpose};
use crate::partner::{Body, Register};
use crate::policy::{End, Engine, Inputs, Source, Verdict};
use crate::schema::{DataCategory, SubjectCategory};

/// The engine's verdict in the words of the naive evaluator.
pub(super) fn in_words(verdict: &Verdict) -> Decided {
    let (end, releasers) = match &verdict.end {
        End::Allow => ("allow", BTreeSet::new()),
        End::Hold { releasers } => ("hold", releasers.iter().cloned().collect()),
        End::Refuse { code } => (code.as_ref(), BTreeSet::new()),
    };
    let field = |one: &crate::policy::Released| Field {
        leaves: one.yes,
        rule: one.rule.as_str().to_owned(),
        code: one.code.as_str().to_owned(),
        releasers: one.releasers.clone(),
    };
    Decided {
        end: end.to_owned(),
        releasers,
        rules: verdict.rules.iter().map(|rule| rule.as_str().to_owned()).collect(),
        fields: verdict.released.iter().map(field).collect(),
    }
}

/// Asks both about `count` random messages.
fn agree(register: &Register, sources: &[Source], seed: u64, count: usize) {
    let engine: Engine = engine(register.clone(), sources);
    let naive = Naive::new(register.clone(), sources);
    let mut random = Random(seed);
    for case in 0..count {
        let inputs: Inputs = random.inputs(register);
        let (ours, plain) = (in_words(&engine.weigh(&inputs)), naive.decide(&inputs));
        assert_eq!(ours, plain, "case {case} of seed {seed}: {inputs:#?}");
    }
}

// Together 100,000 cases.

#[test]
fn a_naive_evaluator_agrees_on_the_shipped_rules_of_belgrade() {
    agree(&narrower(&serbian(), "at/bk"), &serbian_sources(), 1, 40_000);
}

#[test]
fn a_naive_evaluator_agrees_on_the_shipped_rules_of_ljubljana() {
    agree(&narrower(&slovene(), "rs/mup"), &slovene_sources(), 2, 40_000);
}

/// The same gateway, with an agreement that leaves out something in each of its lists.
fn narrower(register: &Register, partner: &str) -> Register {
    let agreements = register.agreements().cloned().map(|mut agreement| {
        if agreement.party == party(partner) {
            agreement.kinds_out.remove(&Kind::Answer);
            agreement.kinds_in.remove(&Kind::Refusal);
            agreement.purposes.remove(&Purpose::Prevention);
            agreement.data_out.remove(&DataCategory::Document);
            agreement.data_in.remove(&DataCategory::Finance);
            agreement.subjects_out.remove(&SubjectCategory::Official);
            agreement.subjects_in.remove(&SubjectCategory::ThirdPerson);
            agreement.most_days_kept = Some(30);
            let line = &mut agreement.bases[0];
            line.senders.remove(&Body::Protection);
            line.purposes.remove(&Purpose::Detection);
            line.legal_bases.remove(&"PCC-SEE-6".parse().unwrap());
        }
        agreement
    });
    super::fixture::register(register.agencies().clone(), agreements)
}

#[test]
fn a_naive_evaluator_agrees_on_random_rules() {
    for seed in 0..40 {
        let rules = common(&Random(seed).rules());
        agree(&serbian(), &[rules], seed, 500);
    }
}

#[test]
fn every_rule_decides_something() {
    // The first line of defence refuses the whole message, so the second is never alone.
    let mut busy: BTreeSet<String> = ["si-no-biometrics-released".to_owned()].into();
    let mut all = BTreeSet::new();
    for (register, sources) in [(serbian(), serbian_sources()), (slovene(), slovene_sources())] {
        let naive = Naive::new(register.clone(), &sources);
        let mut random = Random(7);
        let cases: Vec<(Inputs, Decided)> = (0..8000)
            .map(|_| random.inputs(&register))
            .map(|inputs| (inputs.clone(), naive.decide(&inputs)))
            .collect();
        for rule in &naive.rules {
            let fewer = naive.without(&rule.id);
            if cases.iter().any(|(inputs, before)| fewer.decide(inputs) != *before) {
                busy.insert(rule.id.clone());
            }
            all.insert(rule.id.clone());
        }
    }
    assert_eq!(all.difference(&busy).collect::<Vec<_>>(), Vec::<&String>::new());
}
