//! A decision in plain words: what, why, what was withheld, what to do next, whom to ask. Made from its record, so it
//! never holds a value either.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::decision::{Basis, Ground, RuleId};
use super::engine::Engine;
use super::inputs::Way;
use super::release::DEFAULT;
use super::verdict::{End, Verdict};
use crate::message::{PartyId, RefusalCode};
use crate::partner::Role;
use crate::schema::{DataCategory, Language};

/// A recorded decision, explained by the rules that made it.
#[derive(Debug, Clone, Copy)]
pub struct Explanation<'a> {
    basis: &'a Basis,
    engine: &'a Engine,
    /// The number of the decision's version, where it is known.
    number: Option<u32>,
    /// Nothing has happened: this is what would be decided.
    supposed: bool,
}

/// What deciding again comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The same rules give the same decision.
    Same,
    /// The same rules give another decision: the record or the program was changed.
    Differs,
    /// Other rules made the decision than those at hand.
    OtherVersion,
}

/// Fields that one rule withheld.
struct Withholding<'a> {
    category: DataCategory,
    code: RefusalCode,
    rule: &'a str,
    /// Who can have them released; nobody if empty.
    releasers: &'a BTreeSet<Role>,
    paths: Vec<&'a str>,
}

impl<'a> Explanation<'a> {
    /// `engine`: the rules of the decision's version, or newer ones if those are gone.
    #[must_use]
    pub const fn new(basis: &'a Basis, engine: &'a Engine) -> Self {
        Self { basis, engine, number: None, supposed: false }
    }

    /// With the number under which the store keeps the decision's version.
    #[must_use]
    pub const fn numbered(self, number: Option<u32>) -> Self {
        Self { number, ..self }
    }

    /// As what would be decided, and has not been.
    #[must_use]
    pub const fn supposed(self) -> Self {
        Self { supposed: true, ..self }
    }

    /// Decides again.
    #[must_use]
    pub fn again(&self) -> Again {
        if self.engine.version() != self.basis.version {
            Again::OtherVersion
        } else if self.engine.weigh(&self.basis.inputs) == self.basis.verdict {
            Again::Same
        } else {
            Again::Differs
        }
    }

    /// The whole explanation as text, the rules' sentences in `language`.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let (facts, verdict) = (&self.basis.inputs.facts, &self.basis.verdict);
        let mut out = String::new();
        let mut line = |head: &str, text: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{head:<10}{text}");
        };
        let parties =
            format!("{}, {} -> {}, {}", facts.kind.as_str(), facts.from, facts.to, self.basis.inputs.at);
        line(outcome(verdict), &parties);
        line("", &format!("purpose {}, legal basis {}", facts.purpose, facts.legal_basis));
        let number = self.number.map(|number| format!("{number}, ")).unwrap_or_default();
        line("", &format!("decided under policy version {number}{}", self.basis.version));
        for ground in self.grounds() {
            line("why", &told(&ground, language));
        }
        if let End::Hold { releasers } = &verdict.end {
            for roles in releasers {
                line("release", &format!("by a second person of {} as {}", facts.from, joined(roles)));
            }
            for (category, paths) in self.look_at() {
                line("look at", &format!("{}: {}", category.as_str(), paths.join(", ")));
            }
        }
        for withholding in self.withheld() {
            let (category, code) = (withholding.category.as_str(), withholding.code);
            line("withheld", &format!("{category} ({code}): {}", withholding.paths.join(", ")));
            line("", &self.rule_text(withholding.rule, language));
            if !withholding.releasers.is_empty() {
                line("", &format!("a second person as {} can release it", joined(withholding.releasers)));
            }
        }
        if !self.basis.rendered.is_empty() {
            line("places", &format!("written as agreed: {}", self.basis.rendered.join(", ")));
        }
        for next in self.next() {
            line("next", &next);
        }
        for contact in self.contacts() {
            line("ask", &contact);
        }
        if self.supposed {
            return out;
        }
        match self.again() {
            Again::Same => line("again", "decided again by the same rules: the same"),
            Again::Differs => {
                line("again", "decided again by the same rules: NOT the same; tell the operators");
            }
            Again::OtherVersion => {
                line("again", &format!("not decided again: version {} is at hand", self.engine.version()));
            }
        }
        out
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let sentence = |ground: &Ground| {
            let sentences: BTreeMap<&str, &str> =
                ground.sentences.iter().map(|(language, text)| (language.tag(), text)).collect();
            json!({ "rule": ground.rule, "sentence": sentences, "law": &*ground.law })
        };
        let withheld = |it: Withholding<'_>| {
            let rule = self.engine.ground(&RuleId::new(it.rule));
            json!({
                "category": it.category, "code": it.code, "rule": it.rule, "paths": it.paths,
                "released_by": it.releasers, "why": rule.as_ref().map(sentence),
            })
        };
        json!({
            "decision": self.basis.verdict,
            "inputs": self.basis.inputs,
            "policy_version": self.basis.version,
            "policy_number": self.number,
            "why": self.grounds().iter().map(sentence).collect::<Vec<_>>(),
            "withheld": self.withheld().into_iter().map(withheld).collect::<Vec<_>>(),
            "rendered": self.basis.rendered,
            "next": self.next(),
            "ask": self.contacts(),
            "again": match self.again() {
                Again::Same => "same",
                Again::Differs => "differs",
                Again::OtherVersion => "other-version",
            },
        })
    }

    fn grounds(&self) -> Vec<Ground> {
        self.basis.verdict.rules.iter().filter_map(|rule| self.engine.ground(rule)).collect()
    }

    fn rule_text(&self, rule: &str, language: Language) -> String {
        match self.engine.ground(&RuleId::new(rule)) {
            Some(ground) => told(&ground, language),
            None if rule == DEFAULT => "no rule releases it [default]".to_owned(),
            None => format!("rule `{rule}` of another version"),
        }
    }

    /// What a release would add to what leaves.
    fn look_at(&self) -> BTreeMap<DataCategory, Vec<&'a str>> {
        let mut found: BTreeMap<DataCategory, Vec<&str>> = BTreeMap::new();
        for (one, holding) in self.basis.verdict.released.iter().zip(&self.basis.inputs.fields) {
            if !one.releasers.is_empty() {
                found.entry(holding.category).or_default().extend(holding.paths.iter().map(String::as_str));
            }
        }
        for paths in found.values_mut() {
            paths.sort_unstable();
            paths.dedup();
        }
        found
    }

    fn withheld(&self) -> Vec<Withholding<'a>> {
        let mut all: Vec<Withholding<'a>> = Vec::new();
        if self.supposed && self.basis.withheld.is_empty() && self.basis.verdict.end == End::Allow {
            // Nothing was taken out of a message: the kinds of data tell what would be.
            let fields = self.basis.verdict.released.iter().zip(&self.basis.inputs.fields);
            return fields
                .filter(|(one, _)| !one.yes)
                .map(|(one, holding)| Withholding {
                    category: one.category,
                    code: one.code,
                    rule: one.rule.as_str(),
                    releasers: &one.releasers,
                    paths: holding.paths.iter().map(String::as_str).collect(),
                })
                .collect();
        }
        for field in &self.basis.withheld {
            let same = |it: &&mut Withholding<'_>| {
                it.category == field.category && it.code == field.code && it.rule == field.rule
            };
            if let Some(known) = all.iter_mut().find(same) {
                known.paths.push(&field.path);
                continue;
            }
            let decided =
                self.basis.verdict.released.iter().find(|one| {
                    !one.yes && one.category == field.category && one.rule.as_str() == field.rule
                });
            all.push(Withholding {
                category: field.category,
                code: field.code,
                rule: &field.rule,
                releasers: decided.map_or(&NOBODY, |one| &one.releasers),
                paths: vec![&field.path],
            });
        }
        all
    }

    /// What to do next, in words.
    fn next(&self) -> Vec<String> {
        let facts = &self.basis.inputs.facts;
        match &self.basis.verdict.end {
            End::Hold { .. } => vec![
                "a second person looks at the draft, then releases or rejects it: casebridge review".to_owned(),
            ],
            End::Refuse { code } => vec![advice(code).to_owned()],
            End::Allow if self.withheld().iter().any(|it| !it.releasers.is_empty()) => vec![
                "to send more of it, submit it again with --wait-for-release and have a second person release it"
                    .to_owned(),
            ],
            End::Allow if self.supposed => vec!["nothing was sent; casebridge submit sends it".to_owned()],
            End::Allow if self.basis.inputs.way == Way::In => {
                vec![format!("{} reads it in its inbox", facts.to)]
            }
            End::Allow => vec!["nothing: it is on its way, or already there (casebridge inbox --status)".to_owned()],
        }
    }

    /// The partner's units that answer questions.
    fn contacts(&self) -> Vec<String> {
        let facts = &self.basis.inputs.facts;
        let partner: &PartyId = match self.basis.inputs.way {
            Way::Out => &facts.to,
            Way::In => &facts.from,
        };
        let contacts = self.engine.register().agreement(partner).map_or(&[][..], |it| &it.contacts);
        let mut all = vec!["about the rule itself: your gateway's administrators".to_owned()];
        all.extend(contacts.iter().map(|contact| {
            let ways = [&contact.phone, &contact.email, &contact.hours];
            let ways: Vec<&str> = ways.into_iter().flatten().map(String::as_str).collect();
            format!("{} ({}): {}", contact.unit, contact.role.as_str(), ways.join(", "))
        }));
        all
    }
}

/// Where no release helps.
static NOBODY: BTreeSet<Role> = BTreeSet::new();

/// What became of the message, in one word.
fn outcome(verdict: &Verdict) -> &'static str {
    match verdict.end {
        End::Allow => "allowed",
        End::Hold { .. } => "held",
        End::Refuse { .. } => "refused",
    }
}

fn told(ground: &Ground, language: Language) -> String {
    format!("{} [{}; {}]", ground.sentence(language), ground.rule, ground.law)
}

fn joined(roles: &BTreeSet<Role>) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" and ")
}

/// What helps after a refusal, by its code.
fn advice(code: &str) -> &'static str {
    match code {
        "no-agreement" => {
            "ask the administrators: without an agreement nothing can be exchanged with this party"
        }
        "agreement-not-in-force" => "ask the administrators when the agreement is in force",
        "not-an-agency" => "send for an agency of this gateway",
        "kind-not-agreed" => "send another kind; the agreement lists those that this partner takes",
        "purpose-not-agreed" | "legal-basis-not-agreed" => {
            "name the purpose and legal basis that truly apply; if they are right, use mutual legal assistance or Interpol"
        }
        "data-not-agreed" | "subject-not-agreed" => {
            "leave out what the agreement does not cover; for the rest use mutual legal assistance"
        }
        "reply-to-missing" => "name the message that this one follows: --reply-to",
        "language-not-agreed" => "write questions and answers in a language of the agreement",
        "expired" | "delete-by-missing-or-past" => "submit it again with a later time",
        "too-large" => "send the records in several messages of one conversation",
        "unknown-field" => "correct the record, or the agency's translation table",
        "consent-missing" => {
            "obtain the consent, or document vital interests in the record (overridden_by, override_ground); then submit again"
        }
        "consent-withdrawn" => "respect it: nothing is sent; documented vital interests alone go before it",
        "guardian-missing" => "name the guardian in the record (x_Guardian), then submit again",
        "policy-error" => "tell the administrators: a rule is defective",
        _ => {
            "read the rule above; if it does not fit the case, ask the administrators before using another way"
        }
    }
}
