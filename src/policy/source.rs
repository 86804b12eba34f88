//! Reading policy files: every defect is found, none stops the search for the next.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use cedar_policy::{
    ActionConstraint, Effect, EntityUid, Policy, PolicyId, PolicySet, PrincipalConstraint,
    ResourceConstraint, Schema, ValidationMode, Validator,
};
use miette::Diagnostic;

use super::annotation::{self, Codes};
use super::checks::CODES;
use super::decision::{Ground, RuleId};
use super::words::{Action, Words};
use super::{checks, release};
use crate::message::{PartyId, RefusalCode};

/// Longest policy file that is read, in bytes.
const MAX_FILE: usize = 1 << 20;

/// The folder of the rules for every partner.
const COMMON: &str = "common";

/// One policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name of the file, for problems.
    pub name: String,
    pub scope: Scope,
    pub text: String,
}

/// Whom the rules of a file are for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Every partner.
    Common,
    /// The parties of one partner file. Each rule names one of them; with none there can be no rule.
    Parties(Vec<PartyId>),
}

impl Source {
    /// The file at `path`: its folder is `common`, or has the name of a partner file without `.toml`.
    ///
    /// `parties` tells the parties of the partner file with that name; nothing if there is none.
    ///
    /// # Errors
    /// The folder is neither.
    pub fn at(
        path: &Path,
        text: &str,
        parties: impl FnOnce(&str) -> Option<Vec<PartyId>>,
    ) -> Result<Self, PolicyProblem> {
        let name = path.display().to_string();
        let folder =
            path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
        let scope = if folder == COMMON { Some(Scope::Common) } else { parties(folder).map(Scope::Parties) };
        match scope {
            Some(scope) => Ok(Self { name, scope, text: text.to_owned() }),
            None => Err(PolicyProblem {
                file: name,
                line: Some(1),
                reason: format!(
                    "stands in the folder `{folder}`; move it to `{COMMON}`, or to a folder named like the partner's file without `.toml`"
                ),
            }),
        }
    }
}

/// The rules of a file for every partner that open more than a partner's own: a version that would take effect has none.
///
/// Whoever may send or be sent anything is named. A `permit` without a name would hold for every partner, also for one
/// that is added later and has no rules yet, and one without a condition would release every kind of data.
#[must_use]
pub fn opens_to_all(source: &Source) -> Vec<PolicyProblem> {
    let rules: PolicySet = match (&source.scope, source.text.parse()) {
        (Scope::Common, Ok(rules)) => rules,
        // What cannot be read is told by whoever reads it.
        _ => return Vec::new(),
    };
    let found = rules.policies().filter(|rule| rule.effect() == Effect::Permit).filter_map(|rule| {
        let about = |action: Action| match rule.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(named) => is_action(&named, action),
            ActionConstraint::In(named) => named.iter().any(|named| is_action(named, action)),
        };
        let to = matches!(rule.resource_constraint(), ResourceConstraint::Eq(_));
        let from = matches!(rule.principal_constraint(), PrincipalConstraint::Eq(_));
        let reason = if (about(Action::Send) && !to) || (about(Action::Admit) && !from) {
            "permits every partner to send or be sent something, also one that is added later; write it into the partner's folder"
        } else if about(Action::Release) && !rule.has_non_scope_constraint() {
            "releases every kind of data; say in a `when` which"
        } else {
            return None;
        };
        let offset = rule.to_cedar().and_then(|text| source.text.find(&text));
        let line = offset.map(|offset| line_of(&source.text, offset));
        let id = rule.annotation("id").unwrap_or_default();
        Some(PolicyProblem { file: source.name.clone(), line, reason: format!("rule `{id}` {reason}") })
    });
    found.collect()
}

fn is_action(named: &EntityUid, action: Action) -> bool {
    let id: &str = named.id().as_ref();
    id == action.as_str()
}

/// Why policies cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyProblem {
    pub file: String,
    /// Counted from 1.
    pub line: Option<usize>,
    pub reason: String,
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.reason),
            None => write!(f, "{}: {}", self.file, self.reason),
        }
    }
}

/// What is told about a rule that decided.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) ground: Ground,
    pub(super) codes: Codes,
}

/// All rules of all files.
#[derive(Default)]
pub(super) struct Rules {
    /// By id, each under its `@id`.
    pub(super) policies: Vec<Policy>,
    pub(super) said: BTreeMap<RuleId, Said>,
}

impl Rules {
    /// Why a rule withholds a field, in the codes that authorities know.
    pub(super) fn withholding_code(&self, rule: &RuleId) -> RefusalCode {
        let named = self.said.get(rule).and_then(|said| said.codes.ground);
        named.unwrap_or(RefusalCode::OutsideCategories)
    }
}

struct Reader<'a> {
    words: &'a Words,
    rules: Rules,
    /// Where each rule stands: source number and offset.
    places: BTreeMap<String, (usize, usize)>,
    problems: Vec<PolicyProblem>,
}

/// Reads all files and holds them against the schema.
///
/// # Errors
/// Everything wrong in any of them.
pub(super) fn read(sources: &[Source], schema: Schema, words: &Words) -> Result<Rules, Vec<PolicyProblem>> {
    let mut reader = Reader { words, rules: Rules::default(), places: BTreeMap::new(), problems: Vec::new() };
    for (number, source) in sources.iter().enumerate() {
        reader.file(number, source);
    }
    reader.validate(sources, schema);
    if reader.problems.is_empty() {
        // One order, whatever the order of files and of rules in them.
        reader.rules.policies.sort_by(|a, b| a.id().cmp(b.id()));
        Ok(reader.rules)
    } else {
        reader.problems.sort_by(|a, b| (&a.file, a.line, &a.reason).cmp(&(&b.file, b.line, &b.reason)));
        Err(reader.problems)
    }
}

impl Reader<'_> {
    fn problem(&mut self, source: &Source, offset: Option<usize>, reason: impl Into<String>) {
        let line = offset.map(|offset| line_of(&source.text, offset));
        self.problems.push(PolicyProblem { file: source.name.clone(), line, reason: reason.into() });
    }

    fn file(&mut self, number: usize, source: &Source) {
        if source.text.len() > MAX_FILE {
            return self.problem(source, None, format!("is longer than {MAX_FILE} bytes"));
        }
        if let Scope::Parties(parties) = &source.scope {
            for partner in parties.iter().filter(|party| self.words.party(party).is_none()) {
                self.problem(source, None, format!("there is no agreement with `{partner}`"));
            }
        }
        let set: PolicySet = match source.text.parse() {
            Ok(set) => set,
            Err(errors) => {
                let errors: &cedar_policy::ParseErrors = &errors;
                for error in errors.iter() {
                    let hint = "; look here and at the end of the rule before: is a `;`, a bracket or a quote missing?";
                    self.problem(source, offset_of(error), format!("cannot be read: {error}{hint}"));
                }
                return;
            }
        };
        if set.num_of_templates() > 0 {
            self.problem(source, None, "has a rule with a slot (`?principal`); write the party instead");
        }
        for policy in set.policies() {
            self.policy(number, source, policy);
        }
    }

    fn policy(&mut self, number: usize, source: &Source, policy: &Policy) {
        let first =
            policy.to_cedar().and_then(|text| Some((source.text.find(&text)?, source.text.rfind(&text)?)));
        let (offset, again) = first.unwrap_or((0, 0));
        let before = self.problems.len();
        let Some(id) = policy.annotation("id").filter(|id| is_id(id)).map(str::to_owned) else {
            let reason = "the rule needs an `@id` of lower-case letters, digits and hyphens, at most 64";
            return self.problem(source, Some(offset), reason);
        };
        if self.places.contains_key(&id) {
            return self.problem(source, Some(again), format!("the id `{id}` stands twice"));
        }
        if CODES.contains(&id.as_str()) || [checks::FORBIDDEN, release::DEFAULT].contains(&id.as_str()) {
            self.problem(source, Some(offset), format!("the id `{id}` is the name of a built-in check"));
        }
        for defect in annotation::defects(&id, policy) {
            self.problem(source, Some(offset), defect);
        }
        self.scope(source, offset, &id, policy);
        self.parties(source, offset, &id, policy);
        self.places.insert(id.clone(), (number, offset));
        let ground = Ground {
            rule: RuleId::new(&id),
            sentences: annotation::sentences(policy),
            law: policy.annotation("law").unwrap_or_default().into(),
        };
        self.rules.policies.push(policy.new_id(PolicyId::new(&id)));
        if self.problems.len() == before {
            // Codes that cannot be read are a defect, told above.
            let codes = annotation::codes(policy).unwrap_or_default();
            self.rules.said.insert(ground.rule.clone(), Said { ground, codes });
        }
    }

    /// A rule in a partner's folder must name one of its parties, or it would speak for the others too.
    fn scope(&mut self, source: &Source, offset: usize, id: &str, policy: &Policy) {
        let Scope::Parties(parties) = &source.scope else { return };
        let own = |named: &EntityUid| parties.iter().any(|party| self.words.party(party) == Some(named));
        let about = |action: Action| match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(named) => named == *self.words.action(action),
            ActionConstraint::In(named) => named.contains(self.words.action(action)),
        };
        let inward = about(Action::Admit);
        let outward = about(Action::Send) || about(Action::Release);
        let from_own = matches!(policy.principal_constraint(), PrincipalConstraint::Eq(named) if own(&named));
        let to_own = matches!(policy.resource_constraint(), ResourceConstraint::Eq(named) if own(&named));
        if (inward && !from_own) || (outward && !to_own) {
            let parties: Vec<_> = parties.iter().map(|party| format!("`Party::\"{party}\"`")).collect();
            let reason = format!(
                "rule `{id}` stands in a partner's folder, so it must say `resource ==` (for `admit` `principal ==`) and one of {}",
                parties.join(", ")
            );
            self.problem(source, Some(offset), reason);
        }
    }

    /// Names of parties are open, so at least their form is checked.
    fn parties(&mut self, source: &Source, offset: usize, id: &str, policy: &Policy) {
        for uid in policy.entity_literals() {
            let name: &str = uid.id().as_ref();
            if uid.type_name().basename() == "Party" && name.parse::<PartyId>().is_err() {
                self.problem(
                    source,
                    Some(offset),
                    format!("rule `{id}`: `{name}` is not the name of a party"),
                );
            }
        }
    }

    fn validate(&mut self, sources: &[Source], schema: Schema) {
        let Ok(set) = PolicySet::from_policies(self.rules.policies.iter().cloned()) else {
            // Cannot be: duplicate ids were set aside above. Without a set there is no permission either.
            return self.problems.push(PolicyProblem {
                file: "policies".to_owned(),
                line: None,
                reason: "have an id that stands twice".to_owned(),
            });
        };
        let result = Validator::new(schema).validate(&set, ValidationMode::Strict);
        let errors = result.validation_errors().map(|e| (e.policy_id(), offset_of(e), plain(e)));
        let warnings = result.validation_warnings().map(|w| (w.policy_id(), offset_of(w), w.to_string()));
        let found: Vec<_> = errors.chain(warnings).collect();
        for (id, offset, text) in found {
            let id: &str = id.as_ref();
            let Some((number, start)) = self.places.get(id).copied() else { continue };
            let Some(source) = sources.get(number) else { continue };
            self.problem(source, Some(offset.unwrap_or(start)), text);
        }
    }
}

/// A defect in plain words, with what could stand there instead.
fn plain(error: &(impl Diagnostic + fmt::Display)) -> String {
    let text = error.to_string();
    let text = match text.split_once(" is of an enumerated entity type, but ") {
        Some((unknown, _)) => format!("{unknown} is not known"),
        None => text,
    };
    error
        .help()
        .map(|help| format!("{text}; {}", help.to_string().replace("valid entity eids:", "there are:")))
        .unwrap_or(text)
}

/// Where in its file the defect stands.
fn offset_of(error: &dyn Diagnostic) -> Option<usize> {
    error.labels()?.next().map(|label| label.offset())
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
