//! A decision in plain words: what, why, what was withheld, what to do next, whom to ask. Made from its record, so it
//! never holds a value either.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::iter;

use serde_json::{Value, json};

use super::advice;
use super::decision::{Basis, Ground, RuleId};
use super::engine::Engine;
use super::inputs::Way;
use super::release::DEFAULT;
use super::verdict::{End, Verdict};
use crate::message::{PartyId, RefusalCode};
use crate::partner::Role;
use crate::schema::{DataCategory, FieldPath, Language};

/// A recorded decision, explained by the rules that made it.
#[derive(Debug, Clone, Copy)]
pub struct Explanation<'a> {
    basis: &'a Basis,
    engine: &'a Engine,
    /// The number of the decision's version, where it is known.
    number: Option<u32>,
    /// Nothing has happened: this is what would be decided.
    supposed: bool,
    /// What was held waits no more.
    settled: bool,
    /// Who reviews for the agency, with their roles; where that was asked.
    reviewers: Option<&'a [(String, BTreeSet<Role>)]>,
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
        Self { basis, engine, number: None, supposed: false, settled: false, reviewers: None }
    }

    /// With the number under which the store keeps the decision's version.
    #[must_use]
    pub const fn numbered(self, number: Option<u32>) -> Self {
        Self { number, ..self }
    }

    /// With the people who review for the agency that sends, so that a hold says who can release it.
    #[must_use]
    pub const fn with_reviewers(self, reviewers: &'a [(String, BTreeSet<Role>)]) -> Self {
        Self { reviewers: Some(reviewers), ..self }
    }

    /// Of a message that waits no more, whatever was decided: nobody needs to review it.
    #[must_use]
    pub const fn settled(self, settled: bool) -> Self {
        Self { settled, ..self }
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
        let parties =
            format!("{}, {} -> {}, {}", facts.kind.as_str(), facts.from, facts.to, self.basis.inputs.at);
        line(&mut out, outcome(verdict), &parties);
        line(&mut out, "", &format!("purpose {}, legal basis {}", facts.purpose, facts.legal_basis));
        let number = self.number.map(|number| format!("{number}, ")).unwrap_or_default();
        line(&mut out, "", &format!("decided under policy version {number}{}", self.basis.version));
        if let End::Refuse { code } = &verdict.end {
            line(&mut out, "code", code);
        }
        out += &self.reasons(language);
        for next in self.next() {
            line(&mut out, "next", &next);
        }
        for contact in self.contacts() {
            line(&mut out, "ask", &contact);
        }
        if self.supposed {
            return out;
        }
        match self.again() {
            Again::Same => line(&mut out, "again", "decided again by the same rules: the same"),
            Again::Differs => {
                line(&mut out, "again", "decided again by the same rules: NOT the same; tell the operators");
            }
            Again::OtherVersion => {
                let version = self.engine.version();
                line(&mut out, "again", &format!("not decided again: version {version} is at hand"));
            }
        }
        out
    }

    /// A hold in few lines, for a list: what waits, for whom, and why.
    #[must_use]
    pub fn brief(&self, language: Language) -> String {
        let facts = &self.basis.inputs.facts;
        let mut out = String::new();
        let (kind, to, urgency) = (facts.kind.as_str(), &facts.to, facts.urgency);
        line(&mut out, "", &format!("{kind} to {to}, {urgency}"));
        for ground in self.grounds() {
            line(&mut out, "", &format!("why: {}", ground.sentence(language)));
        }
        if let End::Hold { releasers } = &self.basis.verdict.end {
            line(&mut out, "", &format!("released by: {}", ways(releasers)));
        }
        out
    }

    /// Its middle: why, who may release, what was withheld.
    #[must_use]
    pub fn reasons(&self, language: Language) -> String {
        let mut out = String::new();
        for ground in self.grounds() {
            line(&mut out, "why", &told(&ground, language));
        }
        if let End::Hold { releasers } = &self.basis.verdict.end {
            self.tell_who(&mut out, releasers);
            for (category, paths) in self.look_at() {
                line(&mut out, "look at", category.as_str());
                self.tell_fields(&mut out, &paths, language);
            }
        }
        for (head, text) in advice::terms(&self.basis.inputs.facts) {
            line(&mut out, head, &text);
        }
        for one in &self.basis.inputs.elsewhere {
            line(&mut out, "elsewhere", &format!("{}: as {}", one.place, one.like));
        }
        for withholding in self.withheld() {
            let (category, code) = (withholding.category.as_str(), withholding.code);
            line(&mut out, "withheld", &format!("{category} ({code})"));
            self.tell_fields(&mut out, &withholding.paths, language);
            line(&mut out, "", &self.rule_text(withholding.rule, language));
            if !withholding.releasers.is_empty() {
                let roles = joined(withholding.releasers);
                line(&mut out, "", &format!("a second person as {roles} can release it"));
            }
        }
        if !self.basis.rendered.is_empty() {
            line(&mut out, "places", &format!("written as agreed: {}", self.basis.rendered.join(", ")));
        }
        out
    }

    /// Who may end a hold: any of these sets of roles, which several persons may have together.
    fn tell_who(&self, out: &mut String, releasers: &[BTreeSet<Role>]) {
        let from = &self.basis.inputs.facts.from;
        line(out, "release", &format!("by a second person of {from} as {}", ways(releasers)));
        let Some(reviewers) = self.reviewers else { return };
        let fits = |roles: &BTreeSet<Role>| releasers.iter().any(|way| !way.is_disjoint(roles));
        let people = reviewers.iter().filter(|(_, roles)| fits(roles));
        let people: Vec<String> =
            people.map(|(id, roles)| format!("{id} ({})", words(roles).join(", "))).collect();
        if people.is_empty() {
            line(out, "", "nobody has that role: ask the administrators (`people.toml`)");
        } else {
            line(out, "", &format!("never its author; these may: {}", people.join(", ")));
        }
    }

    /// Fields by what they are called, each with its places.
    fn tell_fields(&self, out: &mut String, paths: &[&str], language: Language) {
        let mut named: Vec<(&str, Vec<&str>)> = Vec::new();
        for path in paths {
            let pattern = FieldPath::pattern_of(path);
            let field = self.engine.catalogue().field(pattern.trim_end_matches("[]"));
            let name = field.map_or("", |field| field.labels.get(language));
            match named.iter_mut().find(|(known, _)| *known == name) {
                Some((_, places)) => places.push(path),
                None => named.push((name, vec![path])),
            }
        }
        for (name, places) in named {
            let places = places.join(", ");
            line(out, "", &if name.is_empty() { places } else { format!("{name}: {places}") });
        }
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
    #[must_use]
    pub fn next(&self) -> Vec<String> {
        let facts = &self.basis.inputs.facts;
        match &self.basis.verdict.end {
            End::Hold { .. } if self.settled => Vec::new(),
            End::Hold { .. } => vec![
                "a second person looks at the draft, then releases or rejects it: casebridge review".to_owned(),
            ],
            End::Refuse { code } => {
                let partner = self.partner();
                iter::once(advice::after(code).to_owned())
                    .chain(advice::agreed(code, self.engine.register(), partner, &self.basis.inputs))
                    .collect()
            }
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

    const fn partner(&self) -> &'a PartyId {
        match self.basis.inputs.way {
            Way::Out => &self.basis.inputs.facts.to,
            Way::In => &self.basis.inputs.facts.from,
        }
    }

    /// Whom to ask.
    fn contacts(&self) -> Vec<String> {
        iter::once("about the rule itself: your gateway's administrators".to_owned())
            .chain(self.engine.contacts(self.partner()))
            .collect()
    }
}

/// Where no release helps.
static NOBODY: BTreeSet<Role> = BTreeSet::new();

fn line(out: &mut String, head: &str, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{head:<10}{text}");
}

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
    words(roles).join(" and ")
}

/// Each set of roles that suffices.
fn ways(releasers: &[BTreeSet<Role>]) -> String {
    releasers.iter().map(joined).collect::<Vec<_>>().join(", or ")
}

fn words(roles: &BTreeSet<Role>) -> Vec<&'static str> {
    roles.iter().map(|role| role.as_str()).collect()
}
