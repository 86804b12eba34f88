//! The engine: all rules of one version, ready to be asked.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cedar_policy::Schema;
use jiff::Timestamp;

use super::about::Persons;
use super::advice;
use super::checks::{self, Check};
use super::content::Holding;
use super::decision::{Admitted, Basis, Decision, Ground, Held, Permitted, Refusal, RuleId};
use super::elsewhere;
use super::inputs::Inputs;
use super::places::Places;
use super::release;
use super::slice::{MAX_RULES, Slice};
use super::source::{self, PolicyProblem, Rules, Scope, Source};
use super::submission::{Circumstances, Submission};
use super::verdict::{End, Verdict};
use super::words::{self, Words};
use crate::message::{Document, Kind, PartyId, RefusalCode, Sha256};
use crate::partner::{Agreement, Body, Register};
use crate::schema::{Catalogue, FieldPath};

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
    ///
    /// An answer from which something is withheld is a partial answer, and is decided and sent as one.
    #[must_use]
    pub fn permit(&self, mut submission: Submission, now: Timestamp) -> Decision {
        submission.state_ages(now);
        let agreement = self.register.agreement(&submission.document.envelope.to);
        let body = agreement.map(|agreement| agreement.body);
        let places = agreement.and_then(|agreement| agreement.places.as_ref());
        let rendered = Places::render(&mut submission.document, places, &self.catalogue);
        let (mut inputs, seen) = Inputs::out(&submission, body, &self.catalogue, now);
        inputs.facts.content.place_without_rule = rendered.without_rule;
        let mut verdict = self.weigh(&inputs);
        let partial = !rendered.withheld.is_empty() || verdict.released.iter().any(|one| !one.yes);
        if inputs.facts.kind == Kind::Answer && partial {
            inputs.facts.kind = Kind::PartialAnswer;
            verdict = self.weigh(&inputs);
        }
        if !matches!(verdict.end, End::Refuse { .. }) {
            let found = elsewhere::look(&submission.document, &seen.sayings, &verdict.released);
            if !found.places.is_empty() {
                let content = &mut inputs.facts.content;
                (content.value_elsewhere, content.file_number_names) = (true, found.file_number);
                inputs.elsewhere = found.places;
                verdict = self.weigh(&inputs);
            }
        }
        let persons = seen.persons;
        submission.document.envelope.kind = inputs.facts.kind;
        match verdict.end {
            End::Refuse { .. } => Decision::Refuse(self.refused(verdict, inputs)),
            End::Hold { ref releasers } => {
                let releasers = releasers.clone();
                let look_at = look_at(&verdict, &inputs);
                let grounds = self.grounds(&verdict.rules);
                let basis = self.basis(verdict, inputs);
                Decision::Hold(Held { submission, grounds, releasers, look_at, basis })
            }
            End::Allow => self.release(submission.document, &persons, verdict, inputs, rendered),
        }
    }

    /// May this opened message enter?
    ///
    /// Crate-visible for one caller, `seal::Opened::admit`: whatever comes here has a verified signature
    /// (`docs/decisions/0001-opened-admits-itself.md`; `tests/tidy.rs` counts the callers).
    pub(crate) fn admission(
        &self,
        document: Document,
        circumstances: &Circumstances,
        now: Timestamp,
    ) -> Result<Admitted, Refusal> {
        let body = self.register.agreement(&document.envelope.from).map(|agreement| agreement.body);
        let mut inputs = Inputs::into(&document, body, circumstances, &self.catalogue, now);
        // What cannot be measured is larger than anything.
        inputs.size = Some(size_of(&document).unwrap_or(usize::MAX));
        let verdict = self.weigh(&inputs);
        match verdict.end {
            End::Allow => Ok(Admitted::new(document, self.basis(verdict, inputs))),
            _ => Err(self.refused(verdict, inputs)),
        }
    }

    pub(super) fn partner(&self, party: &PartyId) -> Option<(&Agreement, &Slice)> {
        self.register.agreement(party).zip(self.slices.get(party))
    }

    /// Whom to call at a partner: its units that answer, each in one line.
    #[must_use]
    pub fn contacts(&self, partner: &PartyId) -> Vec<String> {
        advice::contacts(&self.register, partner)
    }

    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub(super) fn register(&self) -> &Register {
        &self.register
    }

    pub(super) const fn words(&self) -> &Words {
        &self.words
    }

    /// Why a rule withholds a field, in the codes that authorities know.
    pub(super) fn withholding_code(&self, rule: &RuleId) -> RefusalCode {
        self.rules.withholding_code(rule)
    }

    /// The code of a refusal by these rules.
    pub(super) fn code_of(&self, rules: &[RuleId]) -> &'static str {
        let said = |code: &&&str| {
            rules.iter().any(|id| self.rules.said.get(id).is_some_and(|s| s.codes.refusal == Some(**code)))
        };
        checks::RULE_CODES.iter().find(said).copied().unwrap_or(checks::FORBIDDEN)
    }

    /// What a rule or check says, and the law it rests on.
    #[must_use]
    pub fn ground(&self, rule: &RuleId) -> Option<Ground> {
        self.rules
            .said
            .get(rule)
            .map(|said| said.ground.clone())
            .or_else(|| checks::by_code(rule.as_str()).map(Check::ground))
    }

    /// Removes what may not leave and gives the permission for the rest.
    fn release(
        &self,
        mut document: Document,
        persons: &[Persons],
        verdict: Verdict,
        mut inputs: Inputs,
        rendered: Places,
    ) -> Decision {
        let withheld = withhold(&mut document, persons, &verdict, &self.catalogue);
        let Some(mut gone) = withheld else {
            let verdict = Verdict::stopped(checks::POLICY_ERROR);
            return Decision::Refuse(self.refused(verdict, inputs));
        };
        for one in rendered.withheld {
            // Places are written before persons are taken out: which entry it was, positions cannot say any more.
            let pattern = FieldPath::pattern_of(&one.path);
            let field = self.catalogue.field(&pattern);
            let field = field.or_else(|| self.catalogue.field(pattern.trim_end_matches("[]")));
            gone.tell(&one, pattern.clone(), field, &self.catalogue);
            gone.exact.push(one);
        }
        document.withheld = gone.told;
        document.envelope.policy_version.clone_from(&self.version);
        let size = size_of(&document).unwrap_or(usize::MAX);
        let fits = self
            .register
            .agreement(&document.envelope.to)
            .is_some_and(|agreement| checks::fits(size, agreement));
        if !fits {
            inputs.size = Some(size);
            let verdict = Verdict::stopped(checks::TOO_LARGE);
            return Decision::Refuse(self.refused(verdict, inputs));
        }
        let basis = Basis { withheld: gone.exact, rendered: rendered.written, ..self.basis(verdict, inputs) };
        Decision::Allow(Permitted::new(document, basis))
    }

    fn refused(&self, verdict: Verdict, inputs: Inputs) -> Refusal {
        let code = match verdict.end {
            End::Refuse { code: Cow::Borrowed(code) } => code,
            // Only a recorded verdict owns its code, and none comes here.
            _ => checks::NOT_PERMITTED.code,
        };
        let grounds = self.grounds(&verdict.rules);
        Refusal { code, grounds, basis: Box::new(self.basis(verdict, inputs)) }
    }

    fn grounds(&self, rules: &[RuleId]) -> Vec<Ground> {
        rules.iter().filter_map(|rule| self.ground(rule)).collect()
    }

    fn basis(&self, verdict: Verdict, inputs: Inputs) -> Basis {
        Basis { version: self.version.clone(), inputs, verdict, withheld: Vec::new(), rendered: Vec::new() }
    }
}

/// What a release would add to what leaves.
fn look_at(verdict: &Verdict, inputs: &Inputs) -> Vec<Holding> {
    let lifted = verdict.released.iter().zip(&inputs.fields).filter(|(one, _)| !one.releasers.is_empty());
    lifted.map(|(_, holding)| holding.clone()).collect()
}

/// Removes what was not released from every record; nothing if that cannot be done.
fn withhold(
    document: &mut Document,
    persons: &[Persons],
    verdict: &Verdict,
    catalogue: &Catalogue,
) -> Option<release::Gone> {
    let records = &mut document.body.records;
    if records.len() != persons.len() {
        return None;
    }
    let mut all = release::Gone::default();
    for (number, (record, persons)) in records.iter_mut().zip(persons).enumerate() {
        let number = u16::try_from(number).ok()?;
        let gone = release::apply(record, number, &verdict.released, catalogue, persons)?;
        all.exact.extend(gone.exact);
        all.told.extend(gone.told);
    }
    Some(all)
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
            let Some(about) = catalogue.code(list, code) else { continue };
            if let Some(special) = about.special {
                parts.push(format!("{list} {code} {}", special.as_str()));
            }
            if about.liability {
                parts.push(format!("{list} {code} liability"));
            }
        }
    }
    parts.extend(register.agencies().iter().map(|agency| {
        let body = register.body(agency).map_or("", Body::as_str);
        format!("{agency} {body}")
    }));
    parts.extend(register.agreements().map(Agreement::deciding_terms));
    let mut sources: Vec<&Source> = sources.iter().collect();
    sources.sort_by(|a, b| (&a.scope, &a.name, &a.text).cmp(&(&b.scope, &b.name, &b.text)));
    for source in sources {
        parts.push(match &source.scope {
            Scope::Common => String::new(),
            Scope::Parties(parties) => list(parties.iter()),
        });
        parts.push(source.text.clone());
    }
    // Lengths keep neighbours apart.
    let bytes: Vec<u8> = parts
        .iter()
        .flat_map(|part| [part.len().to_string().as_bytes(), b":", part.as_bytes()].concat())
        .collect();
    Sha256::of(&bytes).to_string().chars().take(16).collect()
}

fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
impl Engine {
    pub(super) fn rules(&self) -> &[cedar_policy::Policy] {
        &self.rules.policies
    }

    pub(super) fn slice(&self, partner: &PartyId) -> &Slice {
        self.slices.get(partner).expect("a partner of the register")
    }
}
