//! What helps after a refusal.

use super::facts::Facts;
use super::inputs::{Inputs, Way};
use crate::message::{Kind, LegalBasis, PartyId, TransferBasis};
use crate::partner::{Body, Contact, Register};

/// Seconds of a day, as agreements count: 24 hours.
const DAY: i64 = 24 * 60 * 60;

/// What helps after a refusal, by its code.
pub(super) fn after(code: &str) -> &'static str {
    match code {
        "no-agreement" => {
            "ask the administrators: without an agreement nothing can be exchanged with this party"
        }
        "agreement-not-in-force" => "ask the administrators when the agreement is in force",
        "not-an-agency" => "send for an agency of this gateway",
        "kind-not-agreed" => "send another kind",
        "purpose-not-agreed" | "legal-basis-not-agreed" | "legal-basis-not-for-sender" => {
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
            "obtain the consent, or document vital interests in the record (overridden_by, override_ground), which a protection reviewer must release; then submit again"
        }
        "consent-withdrawn" => "respect it: nothing is sent; documented vital interests alone go before it",
        "guardian-missing" => {
            "name the guardian in the record, then submit again; if your agency's form has no place for the guardian, have the agency send it that keeps the guardian's data"
        }
        "return-stopped" => {
            "nobody returns against their will, before the recovery period is over or without an assessment of the risks: complete the record (voluntary, risk_assessment, recovery_period_until), or do not return the person"
        }
        "file-number-names" => {
            "give the case a number that names nobody, then submit again: file numbers stand in lists and file names of the partner"
        }
        "quota-used-up" => "submit it again, with the same id, when the quota is free",
        "handling-missing" => "say how the data may be used: --handling, and --handling-note with H3",
        "evaluation-missing" => "say how reliable source and information are: --evaluation, such as B2",
        "transfer-basis-missing" => {
            "say on what it leaves the European Union: --transfer-basis, such as art37a (a binding instrument with safeguards)"
        }
        "classification-too-high" => "use another way: nothing above INTERNO goes here",
        "judicial-use-not-permitted" => "ask its provider first: submit --kind judicial_use_permission",
        "onward-not-permitted" => "ask its provider first: submit --kind onward_permission",
        "purpose-changed" => {
            "ask its provider first: submit --kind purpose_change; or keep to the first purpose. Against an immediate and serious threat: --further-use immediate_serious_threat, for prevention, victim_identification, victim_protection or missing_child, which a legal reviewer releases"
        }
        "kept-too-long" | "keeps-longer" => "let it be deleted earlier: --delete-after",
        "policy-error" => "tell the administrators: a rule is defective",
        _ => {
            "read the rule above; if it does not fit the case, ask the administrators before using another way"
        }
    }
}

/// What the agreement knows instead of what was refused, in words.
pub(super) fn agreed(code: &str, register: &Register, partner: &PartyId, inputs: &Inputs) -> Option<String> {
    let list = |words: Vec<&str>| if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
    if code == "no-agreement" {
        let known: Vec<&str> = register.agreements().map(|it| it.party.as_str()).collect();
        return Some(format!("there are agreements with {}", list(known)));
    }
    let agreement = register.agreement(partner)?;
    let facts = &inputs.facts;
    let kinds = match inputs.way {
        Way::Out => &agreement.kinds_out,
        Way::In => &agreement.kinds_in,
    };
    let words = match code {
        "kind-not-agreed" => kinds.iter().map(|kind: &Kind| kind.as_str()).collect(),
        "purpose-not-agreed" => agreement.purposes.iter().map(|it| it.as_str()).collect(),
        "legal-basis-not-agreed" => agreement.legal_bases.iter().map(LegalBasis::as_str).collect(),
        "legal-basis-not-for-sender" => {
            let Some(sender) = register.body(&facts.from) else {
                return Some(format!(
                    "nobody says what kind of body {} is: the administrators add it to `people.toml` (`[[agency]]`)",
                    facts.from
                ));
            };
            let bases = agreement.bases_of(Some(sender), facts.purpose);
            let bases = list(bases.into_iter().map(LegalBasis::as_str).collect());
            let (sender, purpose) = (Body::as_str(sender), facts.purpose.as_str());
            return Some(format!("agreed with {partner} for a {sender} body and {purpose}: {bases}"));
        }
        "language-not-agreed" => agreement.languages.iter().map(String::as_str).collect(),
        "kept-too-long" => {
            let asked = inputs.delete_by.duration_since(inputs.at);
            let asked = asked.as_secs().saturating_add(DAY - 1) / DAY;
            return Some(format!(
                "agreed with {partner}: kept for {} days at most; this asks for {asked}",
                agreement.days_kept()
            ));
        }
        "agreement-not-in-force" => {
            let (from, until) = (agreement.valid_from, agreement.valid_until);
            return Some(format!("it is in force from {from} until {until}"));
        }
        _ => return None,
    };
    Some(format!("agreed with {partner}: {}", list(words)))
}

/// Terms of a message that whoever looks at it must know, each with the word before it.
pub(super) fn terms(facts: &Facts) -> Vec<(&'static str, String)> {
    let further = facts.further_use.words();
    let mut told: Vec<_> = further
        .map(|ground| ("ground", format!("{ground}: used without waiting for its provider's permission")))
        .collect();
    if facts.leaves_union {
        let named: Vec<&str> = facts.transfer_basis.words().map(TransferBasis::as_str).collect();
        told.push((
            "transfer",
            if named.is_empty() { "its sender names none".to_owned() } else { named.join(", ") },
        ));
    }
    told
}

/// A partner's units that answer, each in one line; none without an agreement.
pub(super) fn contacts(register: &Register, partner: &PartyId) -> Vec<String> {
    let contacts = register.agreement(partner).map_or(&[][..], |it| &it.contacts);
    let told = |contact: &Contact| {
        let ways = [&contact.phone, &contact.email, &contact.hours];
        let ways: Vec<&str> = ways.into_iter().flatten().map(String::as_str).collect();
        format!("{} ({}): {}", contact.unit, contact.role.as_str(), ways.join(", "))
    };
    contacts.iter().map(told).collect()
}
