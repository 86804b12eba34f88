//! The engine: all rules of one version, ready to be asked.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cedar_policy::Schema;
use jiff::Timestamp;

use super::checks::{self, Check, Way};
use super::decision::{Admitted, Basis, Decision, Ground, Held, Permitted, Refusal, RuleId};
use super::facts::Facts;
use super::release::Release;
use super::slice::{Answer, MAX_RULES, Outcome, Slice};
use super::source::{self, PolicyProblem, Rules, Source};
use super::submission::Submission;
use super::words::{self, Words};
use crate::message::{Document, PartyId, Sha256, Withheld};
use crate::partner::{Agreement, Register};
use crate::schema::Catalogue;

/// All rules of one version. It never changes: new rules or agreements make a new engine.
pub struct Engine {
    catalogue: Arc<Catalogue>,
    register: Arc<Register>,
    words: Words,
    rules: Rules,
    slices: BTreeMap<PartyId, Slice>,
    version: String,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Engine {
    /// Reads the common rules and those of each partner.
    ///
    /// # Errors
    /// Everything that is wrong in any file, with its place.
    pub fn load(
        catalogue: Arc<Catalogue>,
        register: Arc<Register>,
        sources: &[Source],
    ) -> Result<Self, Vec<PolicyProblem>> {
        let text = words::schema(&register);
        let broken =
            |reason: String| vec![PolicyProblem { file: "policy schema".to_owned(), line: None, reason }];
        let (schema, _) = Schema::from_cedarschema_str(&text).map_err(|e| broken(e.to_string()))?;
        let words = Words::new(&register).map_err(|e| broken(e.to_string()))?;
        let rules = source::read(sources, schema, &words)?;
        let mut slices = BTreeMap::new();
        let mut problems = Vec::new();
        for agreement in register.agreements() {
            // Every party of the register has its word.
            let Some(partner) = words.party(&agreement.party) else { continue };
            let slice = Slice::of(partner, &rules.policies, &words);
            if slice.longest() > MAX_RULES {
                let reason = format!(
                    "`{}` has a question with {} rules, at most {MAX_RULES} are allowed",
                    agreement.party,
                    slice.longest()
                );
                problems.push(PolicyProblem { file: "policies".to_owned(), line: None, reason });
            }
            slices.insert(agreement.party.clone(), slice);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let version = version(&text, &catalogue, &register, sources);
        Ok(Self { catalogue, register, words, rules, slices, version })
    }

    /// The version of all rules and agreements: 16 hexadecimal digits, equal for equal input.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// May this message leave, and which of its fields?
    #[must_use]
    pub fn permit(&self, submission: Submission, now: Timestamp) -> Decision {
        let document = &submission.document;
        let envelope = &document.envelope;
        let (agreement, slice) = match self.partner(&envelope.to) {
            Ok(partner) => partner,
            Err(refusal) => return Decision::Refuse(refusal),
        };
        let mut failed = checks::against_agreement(document, agreement, Way::Out, now);
        if !self.register.is_agency(&envelope.from) {
            failed.insert(0, checks::NOT_AN_AGENCY);
        }
        let facts = Facts::of(document, agreement.body, submission.approved(now), &self.catalogue, now);
        if facts.content.unknown {
            failed.push(checks::UNKNOWN_FIELD);
        }
        if !failed.is_empty() {
            return Decision::Refuse(self.stop(&failed));
        }
        let answer = slice.send.ask(&facts, &self.words);
        if answer.outcome == Outcome::Yes {
            return self.release(submission.document, agreement, slice, &facts, &answer);
        }
        let with_approval = Facts { approved: true, ..facts };
        let lifted = slice.send.ask(&with_approval, &self.words);
        if answer.outcome != Outcome::Failed && lifted.outcome == Outcome::Yes {
            let mut grounds = self.grounds(&answer.rules);
            if grounds.is_empty() {
                grounds.push(checks::SECOND_PERSON.ground());
            }
            let basis = self.basis(grounds.iter().map(|ground| ground.rule.clone()));
            return Decision::Hold(Held { submission, grounds, basis });
        }
        // What no approval lifts is the reason; what one would lift is beside the point.
        let answer = if answer.outcome == Outcome::Failed { answer } else { lifted };
        Decision::Refuse(self.refusal(&answer))
    }

    /// May this opened message enter?
    ///
    /// Crate-visible for one caller, `seal::Opened::admit`: whatever comes here has a verified signature
    /// (`docs/decisions/0001-opened-admits-itself.md`; `tests/tidy.rs` counts the callers).
    pub(crate) fn admission(&self, document: Document, now: Timestamp) -> Result<Admitted, Refusal> {
        let envelope = &document.envelope;
        let (agreement, slice) = self.partner(&envelope.from)?;
        let mut failed = checks::against_agreement(&document, agreement, Way::In, now);
        if !self.register.is_agency(&envelope.to) {
            failed.insert(0, checks::NOT_AN_AGENCY);
        }
        if size_of(&document).is_none_or(|size| !checks::fits(size, agreement)) {
            failed.push(checks::TOO_LARGE);
        }
        if !failed.is_empty() {
            return Err(self.stop(&failed));
        }
        let facts = Facts::of(&document, agreement.body, false, &self.catalogue, now);
        let answer = slice.admit.ask(&facts, &self.words);
        match answer.outcome {
            Outcome::Yes => Ok(Admitted::new(document, self.basis(answer.rules.iter().cloned()))),
            _ => Err(self.refusal(&answer)),
        }
    }

    fn partner(&self, party: &PartyId) -> Result<(&Agreement, &Slice), Refusal> {
        let known = self.register.agreement(party).zip(self.slices.get(party));
        known.ok_or_else(|| self.stop(&[checks::NO_AGREEMENT]))
    }

    /// Removes what may not leave and gives the permission for the rest.
    fn release(
        &self,
        mut document: Document,
        agreement: &Agreement,
        slice: &Slice,
        facts: &Facts,
        answer: &Answer,
    ) -> Decision {
        let mut release = Release::new(facts, &slice.release, &self.words);
        let mut withheld: Vec<Withheld> = Vec::new();
        for (number, record) in document.body.records.iter_mut().enumerate() {
            let Ok(number) = u16::try_from(number) else {
                return Decision::Refuse(self.stop(&[checks::TOO_LARGE]));
            };
            match release.apply(record, number, &self.catalogue) {
                Some(removed) => withheld.extend(removed),
                None => return Decision::Refuse(self.stop(&[checks::POLICY_ERROR])),
            }
        }
        let basis = self.basis(answer.rules.iter().cloned().chain(release.withholding()));
        document.withheld = withheld;
        document.envelope.policy_version.clone_from(&self.version);
        if size_of(&document).is_none_or(|size| !checks::fits(size, agreement)) {
            return Decision::Refuse(self.stop(&[checks::TOO_LARGE]));
        }
        Decision::Allow(Permitted::new(document, basis))
    }

    /// A refusal by built-in checks, named after the first.
    fn stop(&self, failed: &[&'static Check]) -> Refusal {
        let grounds: Vec<Ground> = failed.iter().map(|check| check.ground()).collect();
        let basis = self.basis(grounds.iter().map(|ground| ground.rule.clone()));
        let code = failed.first().map_or(checks::NOT_PERMITTED.code, |check| check.code);
        Refusal { code, grounds, basis }
    }

    /// A refusal by rules, or for want of a rule.
    fn refusal(&self, answer: &Answer) -> Refusal {
        let check = match answer.outcome {
            Outcome::Forbidden => {
                let said = |code: &&&str| {
                    answer
                        .rules
                        .iter()
                        .any(|id| self.rules.said.get(id).is_some_and(|s| s.code == Some(**code)))
                };
                let code = checks::RULE_CODES.iter().find(said).copied().unwrap_or(checks::FORBIDDEN);
                let basis = self.basis(answer.rules.iter().cloned());
                return Refusal { code, grounds: self.grounds(&answer.rules), basis };
            }
            Outcome::Failed => checks::POLICY_ERROR,
            // A `Yes` never comes here; if it did, it would be refused.
            Outcome::NotPermitted | Outcome::Yes => checks::NOT_PERMITTED,
        };
        let mut refusal = self.stop(&[check]);
        refusal.grounds.extend(self.grounds(&answer.rules));
        refusal
    }

    fn grounds(&self, rules: &[RuleId]) -> Vec<Ground> {
        rules.iter().filter_map(|id| self.rules.said.get(id)).map(|said| said.ground.clone()).collect()
    }

    fn basis(&self, rules: impl Iterator<Item = RuleId>) -> Basis {
        let mut rules: Vec<RuleId> = rules.collect();
        rules.sort();
        rules.dedup();
        Basis { rules, version: self.version.clone() }
    }
}

/// Bytes of the document as sealed; nothing if it cannot be written.
fn size_of(document: &Document) -> Option<usize> {
    let mut counter = checks::Counter::default();
    serde_json::to_writer(&mut counter, document).ok()?;
    Some(counter.bytes)
}

/// A digest over everything that a decision depends on, in one order.
fn version(schema: &str, catalogue: &Catalogue, register: &Register, sources: &[Source]) -> String {
    let mut parts = vec![schema.to_owned(), catalogue.version().to_owned()];
    parts.extend(
        catalogue
            .fields()
            .map(|field| format!("{} {} {}", field.path, field.category.as_str(), field.anonymous)),
    );
    for list in catalogue.lists() {
        for code in catalogue.codes(list) {
            if let Some(special) = catalogue.code(list, code).and_then(|code| code.special) {
                parts.push(format!("{list} {code} {}", special.as_str()));
            }
        }
    }
    parts.extend(register.agencies().iter().map(PartyId::to_string));
    parts.extend(register.agreements().map(describe));
    let mut sources: Vec<&Source> = sources.iter().collect();
    sources.sort_by(|a, b| (&a.partner, &a.name, &a.text).cmp(&(&b.partner, &b.name, &b.text)));
    for source in sources {
        parts.push(source.partner.as_ref().map(PartyId::to_string).unwrap_or_default());
        parts.push(source.text.clone());
    }
    // Lengths keep neighbours apart.
    let bytes: Vec<u8> = parts
        .iter()
        .flat_map(|part| [part.len().to_string().as_bytes(), b":", part.as_bytes()].concat())
        .collect();
    Sha256::of(&bytes).to_string().chars().take(16).collect()
}

/// The terms of an agreement that decide about messages, as text.
fn describe(agreement: &Agreement) -> String {
    fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
        items.map(|item| item.to_string()).collect::<Vec<_>>().join(",")
    }
    [
        agreement.party.to_string(),
        agreement.body.as_str().to_owned(),
        agreement.valid_from.to_string(),
        agreement.valid_until.to_string(),
        list(agreement.kinds_out.iter().map(|kind| kind.as_str())),
        list(agreement.kinds_in.iter().map(|kind| kind.as_str())),
        list(agreement.purposes.iter()),
        list(agreement.legal_bases.iter()),
        list(agreement.languages.iter()),
        agreement.limits.sealed_bytes.to_string(),
    ]
    .join(";")
}

#[cfg(test)]
impl Engine {
    pub(super) const fn words(&self) -> &Words {
        &self.words
    }

    pub(super) fn rules(&self) -> &[cedar_policy::Policy] {
        &self.rules.policies
    }

    pub(super) fn slice(&self, partner: &PartyId) -> &Slice {
        self.slices.get(partner).expect("a partner of the register")
    }
}
