//! What policy answers, and the two permissions that only policy can give.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::checks;
use super::content::Holding;
use super::inputs::Inputs;
use super::submission::Submission;
use super::verdict::{End, Verdict};
use crate::message::{Document, Withheld};
use crate::partner::Role;
use crate::schema::{Labels, Language};

/// The answer to "may this leave?".
#[derive(Debug)]
pub enum Decision {
    Allow(Permitted),
    /// A second person must release it: see [`Held`].
    Hold(Held),
    Refuse(Refusal),
}

/// A message that may leave, with what policy withheld already removed. Demanded by `seal::close`.
pub struct Permitted {
    document: Document,
    basis: Basis,
}

/// A message that may leave once other persons than its author have approved it.
///
/// Add an [`Approval`](super::Approval) to the submission and ask again.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub submission: Submission,
    pub grounds: Vec<Ground>,
    /// Who may release it: each set of roles that together suffices.
    pub releasers: Vec<BTreeSet<Role>>,
    /// What the release would add to what leaves: the reviewer must have looked at it.
    pub look_at: Vec<Holding>,
    pub basis: Basis,
}

/// A message that may not leave, or not enter.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Stable, in kebab-case; listed in `config/policies/README.md`.
    pub code: &'static str,
    pub grounds: Vec<Ground>,
    pub basis: Box<Basis>,
}

impl Refusal {
    /// The code for a place that is not sealed, such as the audit log: one that tells that the message is about a child, or
    /// about somebody who has withdrawn consent, stands in the sealed record of the decision only.
    #[must_use]
    pub fn open_code(&self) -> &'static str {
        if checks::TELLING.contains(&self.code) { checks::FORBIDDEN } else { self.code }
    }
}

/// A message that may enter. `exchange` takes records for import out of it and from nowhere else.
pub struct Admitted {
    document: Document,
    basis: Basis,
}

/// Why: a rule, what it says, and the law it rests on. Never a value of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    pub rule: RuleId,
    pub sentences: Arc<Labels>,
    pub law: Arc<str>,
}

impl Ground {
    /// What the rule says, in one of the five languages.
    #[must_use]
    pub fn sentence(&self, language: Language) -> &str {
        self.sentences.get(language)
    }
}

/// All that a decision rests on: recorded with it, and enough to decide again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Version of all rules and agreements.
    pub version: String,
    pub inputs: Inputs,
    pub verdict: Verdict,
    /// What was withheld, place by place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// Places that were written as the agreement says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rendered: Vec<String>,
}

/// The name of a rule: its `@id`, or the code of a check that every message passes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

// Neither shows its message in debug output: the envelope has free text too.
impl fmt::Debug for Permitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show("Permitted", &self.document, &self.basis, f)
    }
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show("Admitted", &self.document, &self.basis, f)
    }
}

fn show(name: &str, document: &Document, basis: &Basis, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct(name)
        .field("id", &document.envelope.id)
        .field("rules", &basis.rules())
        .finish_non_exhaustive()
}

impl Permitted {
    /// For tests of what comes after the decision; no such message ever leaves.
    #[cfg(test)]
    pub(crate) fn for_tests(document: Document) -> Self {
        let verdict = Verdict { end: End::Allow, rules: Vec::new(), released: Vec::new() };
        let inputs = Inputs::for_tests(&document);
        let basis =
            Basis { version: String::new(), inputs, verdict, withheld: Vec::new(), rendered: Vec::new() };
        Self { document, basis }
    }

    pub(super) const fn new(document: Document, basis: Basis) -> Self {
        Self { document, basis }
    }

    /// The message as it may leave.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    #[must_use]
    pub const fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Gives up the permission for what it permits.
    #[must_use]
    pub fn into_parts(self) -> (Document, Basis) {
        (self.document, self.basis)
    }
}

impl Admitted {
    pub(super) const fn new(document: Document, basis: Basis) -> Self {
        Self { document, basis }
    }

    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    #[must_use]
    pub const fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Gives up the permission for what it permits.
    #[must_use]
    pub fn into_parts(self) -> (Document, Basis) {
        (self.document, self.basis)
    }
}

impl Basis {
    /// The rules that decided, each once, in order of their ids.
    #[must_use]
    pub fn rules(&self) -> Vec<&RuleId> {
        let withholding = self.verdict.released.iter().filter(|one| !one.yes).map(|one| &one.rule);
        let withholding = withholding.filter(|_| self.verdict.end == End::Allow);
        let mut rules: Vec<&RuleId> = self.verdict.rules.iter().chain(withholding).collect();
        rules.sort();
        rules.dedup();
        rules
    }
}

impl RuleId {
    pub(super) fn new(text: &str) -> Self {
        Self(text.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for RuleId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
