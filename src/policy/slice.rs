//! The rules that can apply to one partner, one small set per question.

use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::Arc;

use cedar_policy::{
    ActionConstraint, Authorizer, Decision, Entities, EntityUid, Policy, PolicySet, PrincipalConstraint,
    Request, ResourceConstraint, Schema,
};

use super::cache::Cache;
use super::decision::RuleId;
use super::facts::{Asked, Facts};
use super::release::Aspect;
use super::words::{Action, Words};
use crate::partner::Role;

/// Rules per question: Cedar's cost is linear in them (0.9 us each), and is paid once for each equal question.
pub(super) const MAX_RULES: usize = 256;

/// All that can be asked about one partner.
pub(super) struct Slice {
    pub(super) send: Question<Facts>,
    pub(super) admit: Question<Facts>,
    pub(super) release: Question<Aspect>,
}

/// The rules of one question, with the answers already given.
pub(super) struct Question<K> {
    action: Action,
    rules: PolicySet,
    answers: Cache<K, Answer>,
}

/// What the rules say, and which of them decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) said: Said,
    /// Where the rules say no: each set of reviewing roles with which they would say yes, as small as can be.
    pub(super) releasers: Vec<BTreeSet<Role>>,
    /// What the rules say no to whoever releases it; nothing where somebody can.
    pub(super) final_no: Option<Said>,
}

/// What the rules say to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) outcome: Outcome,
    pub(super) rules: Vec<RuleId>,
}

/// The sets of roles that a release is tried with, the smallest first.
const RELEASERS: [&[Role]; 7] = [
    &[Role::Reviewer],
    &[Role::ProtectionReviewer],
    &[Role::LegalReviewer],
    &[Role::Reviewer, Role::ProtectionReviewer],
    &[Role::Reviewer, Role::LegalReviewer],
    &[Role::ProtectionReviewer, Role::LegalReviewer],
    EVERY_RELEASER,
];

const EVERY_RELEASER: &[Role] = &[Role::Reviewer, Role::ProtectionReviewer, Role::LegalReviewer];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Yes,
    /// At least one rule forbids.
    Forbidden,
    /// No rule permits.
    NotPermitted,
    /// A rule could not be evaluated. Cedar skips such a rule; here it is as if it forbade.
    Failed,
}

impl Slice {
    /// The slice of `partner` out of all `rules`.
    pub(super) fn of(partner: &EntityUid, rules: &[Policy], words: &Words) -> Self {
        let set = |action| {
            let applying = rules.iter().filter(|rule| applies(rule, partner, action, words));
            // Every id was found unique when the rules were read, so nothing is left out here.
            PolicySet::from_policies(applying.cloned()).unwrap_or_default()
        };
        Self {
            send: Question::new(Action::Send, set(Action::Send)),
            admit: Question::new(Action::Admit, set(Action::Admit)),
            release: Question::new(Action::Release, set(Action::Release)),
        }
    }

    /// How many rules the longest question has.
    pub(super) fn longest(&self) -> usize {
        let lengths = [&self.send.rules, &self.admit.rules, &self.release.rules];
        lengths.iter().map(|rules| rules.num_of_policies()).max().unwrap_or(0)
    }
}

/// Whether the rule's scope leaves room for a message between an agency and `partner`.
///
/// Only an equality with another party excludes: every other scope could match.
fn applies(rule: &Policy, partner: &EntityUid, action: Action, words: &Words) -> bool {
    let asked = words.action(action);
    let action_fits = match rule.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(named) => named == *asked,
        ActionConstraint::In(named) => named.contains(asked),
    };
    let party_fits = if action == Action::Admit {
        !matches!(rule.principal_constraint(), PrincipalConstraint::Eq(named) if named != *partner)
    } else {
        !matches!(rule.resource_constraint(), ResourceConstraint::Eq(named) if named != *partner)
    };
    action_fits && party_fits
}

impl<K: Asked + Hash> Question<K> {
    pub(super) fn new(action: Action, rules: PolicySet) -> Self {
        Self { action, rules, answers: Cache::new() }
    }

    /// The answer to `asked`, from memory if the same was asked before.
    pub(super) fn ask(&self, asked: &K, words: &Words) -> Arc<Answer> {
        self.answers.get_or(asked, || self.answer(asked, words))
    }

    /// The answer to `asked`, by the rules.
    pub(super) fn answer(&self, asked: &K, words: &Words) -> Answer {
        let said = self.evaluate(asked, words);
        let mut answer = Answer { said, releasers: Vec::new(), final_no: None };
        if matches!(answer.said.outcome, Outcome::Yes | Outcome::Failed) {
            return answer;
        }
        if self.action == Action::Admit {
            answer.final_no = Some(answer.said.clone());
            return answer;
        }
        let with = |roles: &[Role]| {
            let mut all = asked.roles();
            all.join(roles.iter().copied().collect());
            self.evaluate(&asked.with_roles(all), words)
        };
        let most = with(EVERY_RELEASER);
        if most.outcome != Outcome::Yes {
            answer.final_no = Some(most);
            return answer;
        }
        for roles in RELEASERS {
            let set: BTreeSet<Role> = roles.iter().copied().collect();
            let smaller = answer.releasers.iter().any(|smaller| smaller.is_subset(&set));
            if !smaller && with(roles).outcome == Outcome::Yes {
                answer.releasers.push(set);
            }
        }
        answer
    }

    /// What the rules say to `asked` as it stands.
    pub(super) fn evaluate(&self, asked: &K, words: &Words) -> Said {
        let Some(request) = request(self.action, asked, words, None) else {
            return Said { outcome: Outcome::Failed, rules: Vec::new() };
        };
        let response = Authorizer::new().is_authorized(&request, &self.rules, &Entities::empty());
        let diagnostics = response.diagnostics();
        let failed: Vec<_> = diagnostics
            .errors()
            .map(|cedar_policy::AuthorizationError::PolicyEvaluationError(e)| rule(e.policy_id()))
            .collect();
        let (outcome, mut rules) = if failed.is_empty() {
            let reasons: Vec<_> = diagnostics.reason().map(rule).collect();
            let outcome = match response.decision() {
                Decision::Allow => Outcome::Yes,
                Decision::Deny if reasons.is_empty() => Outcome::NotPermitted,
                Decision::Deny => Outcome::Forbidden,
            };
            (outcome, reasons)
        } else {
            (Outcome::Failed, failed)
        };
        rules.sort();
        Said { outcome, rules }
    }
}

fn rule(id: &cedar_policy::PolicyId) -> RuleId {
    let text: &str = id.as_ref();
    RuleId::new(text)
}

/// The request that Cedar is asked; nothing if it has words that the register does not know.
///
/// Requests are well typed by construction, which a test proves with `schema`.
pub(super) fn request<K: Asked>(
    action: Action,
    asked: &K,
    words: &Words,
    schema: Option<&Schema>,
) -> Option<Request> {
    let sender = words.party(asked.sender())?.clone();
    let recipient = words.party(asked.recipient())?.clone();
    let context = asked.context(words)?;
    Request::new(sender, words.action(action).clone(), recipient, context, schema).ok()
}
