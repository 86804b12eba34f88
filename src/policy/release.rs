//! Which fields leave: one question per kind of data and kind of subject, never one per field.

use std::sync::Arc;

use cedar_policy::Context;

use super::decision::RuleId;
use super::facts::{self, About, Asked, Facts, build, yes};
use super::slice::{Answer, Outcome, Question};
use super::words::Words;
use crate::message::{Kind, LegalBasis, PartyId, Purpose, Withheld};
use crate::partner::Body;
use crate::schema::{Catalogue, DataCategory, Field, Record, Subject};

/// The rule of a field that no rule releases.
pub(super) const DEFAULT: &str = "default";

/// Data of one category about one kind of subject, as asked by `release`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Aspect {
    pub(super) from: PartyId,
    pub(super) to: PartyId,
    pub(super) kind: Kind,
    pub(super) purpose: Purpose,
    pub(super) legal_basis: LegalBasis,
    pub(super) body: Body,
    pub(super) approved: bool,
    pub(super) category: DataCategory,
    pub(super) about: About,
}

impl Aspect {
    pub(super) fn new(facts: &Facts, category: DataCategory, about: About) -> Self {
        Self {
            from: facts.from.clone(),
            to: facts.to.clone(),
            kind: facts.kind,
            purpose: facts.purpose,
            legal_basis: facts.legal_basis.clone(),
            body: facts.body,
            approved: facts.approved,
            category,
            about,
        }
    }
}

impl Asked for Aspect {
    fn sender(&self) -> &PartyId {
        &self.from
    }

    fn recipient(&self) -> &PartyId {
        &self.to
    }

    fn context(&self, words: &Words) -> Option<Context> {
        build([
            ("kind", words.word("Kind", self.kind.as_str())?),
            ("purpose", words.word("Purpose", self.purpose.as_str())?),
            ("legal_basis", words.word("LegalBasis", self.legal_basis.as_str())?),
            ("body", words.word("Body", self.body.as_str())?),
            ("approved", yes(self.approved)),
            ("category", words.word("Data", self.category.as_str())?),
            ("special", yes(self.category.is_special())),
            ("subject", words.word("Subject", self.about.subject.as_str())?),
            ("victim", yes(self.about.victim)),
            ("child", yes(self.about.child)),
        ])
    }
}

/// The answers for one message.
pub(super) struct Release<'a> {
    pub(super) facts: &'a Facts,
    pub(super) question: &'a Question<Aspect>,
    pub(super) words: &'a Words,
    answers: Vec<(DataCategory, About, Arc<Answer>)>,
}

impl<'a> Release<'a> {
    pub(super) const fn new(facts: &'a Facts, question: &'a Question<Aspect>, words: &'a Words) -> Self {
        Self { facts, question, words, answers: Vec::new() }
    }

    fn answer(&mut self, category: DataCategory, about: About) -> Arc<Answer> {
        let known = self.answers.iter().find(|(c, a, _)| (*c, *a) == (category, about));
        if let Some((_, _, answer)) = known {
            return Arc::clone(answer);
        }
        let answer = self.question.ask(&Aspect::new(self.facts, category, about), self.words);
        self.answers.push((category, about, Arc::clone(&answer)));
        answer
    }

    /// Removes from record number `number` what no rule releases. Returns what was removed, and by which rule;
    /// nothing if a rule failed or the record holds fields that the catalogue does not have.
    pub(super) fn apply(
        &mut self,
        record: &mut Record,
        number: u16,
        catalogue: &Catalogue,
    ) -> Option<Vec<Withheld>> {
        let case = facts::about_case(record);
        let mut by = Vec::new();
        let mut failed = false;
        let removed = record.withhold(catalogue, |field, category, subject| {
            let answer = self.answer(category, whom(field, subject, case));
            failed |= answer.outcome == Outcome::Failed;
            let released = answer.outcome == Outcome::Yes;
            if !released {
                by.push(answer);
            }
            released
        });
        // More removed than asked about: unknown fields. Their names could tell a value, so none is listed.
        if failed || removed.len() != by.len() {
            return None;
        }
        let withheld = removed.into_iter().zip(by).map(|((path, category), answer)| Withheld {
            record: number,
            path: path.as_str().to_owned(),
            category,
            rule: answer.rules.first().map_or(DEFAULT, RuleId::as_str).to_owned(),
        });
        Some(withheld.collect())
    }

    /// The rules that withheld something, in any record.
    pub(super) fn withholding(&self) -> impl Iterator<Item = RuleId> {
        let by =
            self.answers.iter().map(|(_, _, answer)| answer).filter(|answer| answer.outcome != Outcome::Yes);
        by.map(|answer| answer.rules.first().cloned().unwrap_or_else(|| RuleId::new(DEFAULT)))
    }
}

fn whom(field: &Field, subject: Option<Subject>, case: About) -> About {
    match subject {
        Some(subject) => About {
            subject: subject.category.into(),
            victim: subject.category.is_victim(),
            child: subject.child,
        },
        None if facts::is_personal(&field.path) => About::UNKNOWN,
        None => case,
    }
}
