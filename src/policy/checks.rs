//! The checks that every message passes before a rule is asked: lists and numbers of the agreement, time, parties.

use super::decision::{Ground, RuleId};
use super::inputs::{Inputs, Way};
use crate::message::MAX_DOCUMENT;
use crate::partner::Agreement;

/// A check that is no Cedar rule, because it compares with a list or a number of the agreement.
#[derive(Debug)]
pub(super) struct Check {
    /// Also the refusal's code.
    pub(super) code: &'static str,
    sentence: &'static str,
    law: &'static str,
}

macro_rules! checks {
    ($($name:ident = $code:literal, $sentence:literal, $law:literal;)*) => {
        $(pub(super) const $name: &Check = &Check { code: $code, sentence: $sentence, law: $law };)*

        /// Every built-in code. Ids of rules must differ from them.
        pub(super) const CODES: &[&str] = &[$($code,)*];

        /// The check of a code.
        pub(super) fn by_code(code: &str) -> Option<&'static Check> {
            [$($name,)*].into_iter().find(|check| check.code == code)
        }
    };
}

checks! {
    NO_AGREEMENT = "no-agreement", "There is no agreement with the partner.", "PCC SEE art. 31(1)-(3)";
    NOT_IN_FORCE = "agreement-not-in-force", "The agreement with the partner is not in force.", "PCC SEE art. 31(1)-(3)";
    NOT_AN_AGENCY = "not-an-agency", "The domestic party is not an agency of this gateway.", "PCC SEE art. 4";
    KIND = "kind-not-agreed", "Messages of this kind are not agreed with the partner.", "agreement with the partner";
    REPLY_TO = "reply-to-missing", "A message of this kind must name the message that it follows.", "agreement with the partner";
    PURPOSE = "purpose-not-agreed", "The purpose is not agreed with the partner.", "PCC SEE art. 31(4)(a)";
    LEGAL_BASIS = "legal-basis-not-agreed", "The legal basis is not agreed with the partner.", "Directive (EU) 2016/680 arts 35-39";
    LANGUAGE = "language-not-agreed", "A question or answer is in a language that the partner does not accept.", "Directive (EU) 2023/977 art. 11";
    EXPIRED = "expired", "The message has expired.", "agreement with the partner";
    DELETE_BY = "delete-by-missing-or-past", "The time of deletion lies in the past.", "PCC SEE art. 31(4)(b)";
    ATTACHMENTS = "attachments-not-supported", "The message lists attachments, but nothing carries them yet.", "agreement with the partner";
    TOO_LARGE = "too-large", "The message is larger than agreed with the partner.", "agreement with the partner";
    UNKNOWN_FIELD = "unknown-field", "A record holds a field that the catalogue does not have, or in another shape.", "Directive (EU) 2016/680 art. 4";
    POLICY_ERROR = "policy-error", "A rule could not be evaluated.", "Directive (EU) 2016/680 art. 4";
    NOT_PERMITTED = "not-permitted", "No rule permits this message.", "Directive (EU) 2016/680 art. 35";
    SECOND_PERSON = "second-person", "Only a second person can release this message.", "Directive (EU) 2016/680 art. 35";
}

/// Codes that a `forbid` rule may choose with `@code`, the first of them that fires names the refusal.
pub(super) const RULE_CODES: &[&str] = &["consent-withdrawn", "consent-missing", "guardian-missing"];

/// The code of a refusal by a rule without `@code`.
pub(super) const FORBIDDEN: &str = "forbidden";

impl Check {
    pub(super) fn ground(&self) -> Ground {
        Ground { rule: RuleId::new(self.code), sentence: self.sentence.into(), law: self.law.into() }
    }
}

/// Everything in which the message differs from the agreement.
pub(super) fn against_agreement(inputs: &Inputs, agreement: &Agreement) -> Vec<&'static Check> {
    let facts = &inputs.facts;
    let kinds = match inputs.way {
        Way::Out => &agreement.kinds_out,
        Way::In => &agreement.kinds_in,
    };
    [
        (NOT_IN_FORCE, agreement.in_force(inputs.at)),
        (KIND, kinds.contains(&facts.kind)),
        (REPLY_TO, !facts.kind.is_reply() || inputs.follows),
        (PURPOSE, agreement.purposes.contains(&facts.purpose)),
        (LEGAL_BASIS, agreement.legal_bases.contains(&facts.legal_basis)),
        (LANGUAGE, inputs.languages.is_subset(&agreement.languages)),
        (EXPIRED, inputs.at < inputs.expires),
        (DELETE_BY, inputs.at < inputs.delete_by),
        (ATTACHMENTS, !facts.attachments),
        (UNKNOWN_FIELD, inputs.way == Way::In || !inputs.unknown_fields),
    ]
    .into_iter()
    .filter_map(|(check, passed)| (!passed).then_some(check))
    .collect()
}

/// Whether `size` bytes of document stay below what was agreed.
pub(super) fn fits(size: usize, agreement: &Agreement) -> bool {
    size <= agreement.limits.sealed_bytes.min(MAX_DOCUMENT)
}

/// Counts the bytes of a document without keeping them.
#[derive(Default)]
pub(super) struct Counter {
    pub(super) bytes: usize,
}

impl std::io::Write for Counter {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        self.bytes = self.bytes.saturating_add(part.len());
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
