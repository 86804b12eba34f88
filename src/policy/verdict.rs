//! The decision itself: a pure function of the rules, the agreement and the inputs.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::about::About;
use super::checks::{self, Check};
use super::decision::RuleId;
use super::engine::Engine;
use super::inputs::{Inputs, Way};
use super::release::{Aspect, DEFAULT};
use super::slice::{Outcome, Said, Slice};
use crate::message::RefusalCode;
use crate::partner::{Agreement, Role};
use crate::schema::DataCategory;

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    #[serde(flatten)]
    pub end: End,
    /// The rules and checks that caused it, without those that only withheld a field.
    pub rules: Vec<RuleId>,
    /// For a message that may leave or is held: each kind of data in it.
    pub released: Vec<Released>,
}

/// How a decision ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    Allow,
    /// Each set of roles that together release the message; every set is as small as can be.
    Hold {
        releasers: Vec<BTreeSet<Role>>,
    },
    Refuse {
        code: Cow<'static, str>,
    },
}

/// Whether data of one category about one kind of subject leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    pub category: DataCategory,
    pub about: About,
    /// It leaves.
    pub yes: bool,
    /// The first rule that withholds it, or releases it.
    pub rule: RuleId,
    /// Why it is withheld, in the codes that authorities know.
    pub code: RefusalCode,
    /// It would leave once persons with these roles together have released the message; empty if nothing helps.
    pub releasers: BTreeSet<Role>,
}

impl End {
    /// The word used in records and answers.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Hold { .. } => "hold",
            Self::Refuse { .. } => "refuse",
        }
    }
}

impl Verdict {
    /// A refusal by one built-in check.
    pub(super) fn stopped(check: &'static Check) -> Self {
        stop(&[check])
    }
}

impl Engine {
    /// Decides. Equal inputs and equal versions of rules and agreements give equal verdicts.
    #[must_use]
    pub fn weigh(&self, inputs: &Inputs) -> Verdict {
        let facts = &inputs.facts;
        let (partner, domestic) = match inputs.way {
            Way::Out => (&facts.to, &facts.from),
            Way::In => (&facts.from, &facts.to),
        };
        let Some((agreement, slice)) = self.partner(partner) else {
            return stop(&[checks::NO_AGREEMENT]);
        };
        let mut failed = checks::against_agreement(inputs, agreement, self.register().body(&facts.from));
        if !self.register().is_agency(domestic) {
            failed.insert(0, checks::NOT_AN_AGENCY);
        }
        if inputs.way == Way::In && !size_fits(inputs, agreement) {
            failed.push(checks::TOO_LARGE);
        }
        if !failed.is_empty() {
            return stop(&failed);
        }
        match inputs.way {
            Way::Out => self.weigh_out(inputs, agreement, slice),
            Way::In => {
                let answer = slice.admit.ask(facts, self.words());
                match answer.said.outcome {
                    Outcome::Yes => {
                        let rules = answer.said.rules.clone();
                        Verdict { end: End::Allow, rules, released: Vec::new() }
                    }
                    _ => self.refusal(&answer.said),
                }
            }
        }
    }

    fn weigh_out(&self, inputs: &Inputs, agreement: &Agreement, slice: &Slice) -> Verdict {
        let answer = slice.send.ask(&inputs.facts, self.words());
        if answer.said.outcome == Outcome::Failed {
            return self.refusal(&answer.said);
        }
        if let Some(no) = &answer.final_no {
            // What no release lifts is the reason; what one would lift is beside the point.
            return self.refusal(no);
        }
        let Some(released) = self.weigh_fields(inputs, agreement, slice) else {
            return stop(&[checks::POLICY_ERROR]);
        };
        if answer.said.outcome != Outcome::Yes {
            let mut rules = answer.said.rules.clone();
            if rules.is_empty() {
                rules.push(RuleId::new(checks::SECOND_PERSON.code));
            }
            return Verdict { end: End::Hold { releasers: answer.releasers.clone() }, rules, released };
        }
        let waiting: BTreeSet<Role> = released.iter().flat_map(|one| one.releasers.iter().copied()).collect();
        // Whoever has released it has decided: it does not wait for a role that he lacks.
        let waits = inputs.waits_for_release && inputs.facts.roles.is_empty();
        if waits && !waiting.is_empty() {
            let rules = vec![RuleId::new(checks::SECOND_PERSON.code)];
            return Verdict { end: End::Hold { releasers: vec![waiting] }, rules, released };
        }
        if !size_fits(inputs, agreement) {
            return stop(&[checks::TOO_LARGE]);
        }
        Verdict { end: End::Allow, rules: answer.said.rules.clone(), released }
    }

    /// Each kind of data in the message; nothing if a rule failed.
    pub(super) fn weigh_fields(
        &self,
        inputs: &Inputs,
        agreement: &Agreement,
        slice: &Slice,
    ) -> Option<Vec<Released>> {
        let mut released = Vec::with_capacity(inputs.fields.len());
        for holding in &inputs.fields {
            let (category, about) = (holding.category, holding.about);
            if let Some(check) = checks::field(agreement, Way::Out, holding) {
                let (rule, code) = (RuleId::new(check.code), RefusalCode::OutsideCategories);
                released.push(Released {
                    category,
                    about,
                    yes: false,
                    rule,
                    code,
                    releasers: BTreeSet::new(),
                });
                continue;
            }
            let asked = Aspect::new(&inputs.facts, inputs.roles_for(category), category, about);
            let answer = slice.release.ask(&asked, self.words());
            let yes = match answer.said.outcome {
                Outcome::Failed => return None,
                outcome => outcome == Outcome::Yes,
            };
            let rule = answer.said.rules.first().cloned().unwrap_or_else(|| RuleId::new(DEFAULT));
            let code = self.withholding_code(&rule);
            let releasers = answer.releasers.first().cloned().unwrap_or_default();
            released.push(Released { category, about, yes, rule, code, releasers });
        }
        Some(released)
    }

    /// A refusal by rules, or for want of a rule.
    fn refusal(&self, said: &Said) -> Verdict {
        let check = match said.outcome {
            Outcome::Forbidden => {
                let code = Cow::Borrowed(self.code_of(&said.rules));
                let rules = said.rules.clone();
                return Verdict { end: End::Refuse { code }, rules, released: Vec::new() };
            }
            Outcome::Failed => checks::POLICY_ERROR,
            // A `Yes` never comes here; if it did, it would be refused.
            Outcome::NotPermitted | Outcome::Yes => checks::NOT_PERMITTED,
        };
        let mut verdict = stop(&[check]);
        verdict.rules.extend(said.rules.iter().cloned());
        verdict
    }
}

/// A refusal by built-in checks, named after the first.
fn stop(failed: &[&'static Check]) -> Verdict {
    let code = Cow::Borrowed(failed.first().map_or(checks::NOT_PERMITTED.code, |check| check.code));
    let rules = failed.iter().map(|check| RuleId::new(check.code)).collect();
    Verdict { end: End::Refuse { code }, rules, released: Vec::new() }
}

fn size_fits(inputs: &Inputs, agreement: &Agreement) -> bool {
    inputs.size.is_none_or(|size| checks::fits(size, agreement))
}
