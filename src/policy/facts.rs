//! What a rule is told about a message: attributes only, never a value of a record.

use std::collections::BTreeSet;
use std::hash::Hash;

use cedar_policy::{Context, RestrictedExpression};
use serde::{Deserialize, Serialize};

use super::consent::{self, Use};
use super::content::{Content, grade};
use super::marks::{Marks, Word};
use super::submission::Circumstances;
use super::words::{Grade, Words};
use crate::message::{
    Document, FurtherUse, Handling, Kind, LegalBasis, PartyId, Permission, Purpose, TransferBasis, Urgency,
};
use crate::partner::{self, Body, Role};
use crate::schema::DataCategory;

/// A question to the rules. All that a rule sees is in the key, so an answer holds for every equal key.
pub(super) trait Asked: Clone + Eq + Hash {
    fn sender(&self) -> &PartyId;
    fn recipient(&self) -> &PartyId;
    /// Reviewing roles of those who have released the message.
    fn roles(&self) -> Marks<Role>;
    /// The same question, had persons with these roles released the message.
    fn with_roles(&self, roles: Marks<Role>) -> Self;
    /// The context; nothing if a word is not one of this register's.
    fn context(&self, words: &Words) -> Option<Context>;
}

/// The message as a whole, as asked by `send` and `admit`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the rules, independent of the others")]
pub struct Facts {
    pub from: PartyId,
    pub to: PartyId,
    pub kind: Kind,
    pub purpose: Purpose,
    pub legal_basis: LegalBasis,
    pub urgency: Urgency,
    /// Codes of the envelope, of the records and of what is passed on: the strictest hold.
    pub handling: Marks<Handling>,
    pub handling_note: bool,
    /// Evaluation of the message and of its records.
    pub evaluations: Marks<Grade>,
    /// What kind of authority the partner is; nothing without an agreement.
    pub body: Option<Body>,
    /// Reviewing roles of the persons, other than the author, who have released the message.
    pub roles: Marks<Role>,
    pub content: Content,
    pub records: bool,
    pub free_text: bool,
    pub attachments: bool,
    /// The provider has permitted use in judicial proceedings.
    pub judicial_use_permitted: bool,
    /// Content that another party than the recipient provided goes out.
    pub passes_on: bool,
    /// Some of it under H2, without the provider's permission.
    pub passes_on_restricted: bool,
    /// Some of it was received for another purpose, or the conversation has another, without the provider's permission.
    pub purpose_changed: bool,
    /// Why it serves another purpose all the same. Decisions from before this word lack it.
    #[serde(default)]
    pub further_use: Marks<FurtherUse>,
    /// It may bring personal data from the European Union to a third country. Decisions from before this word lack it.
    #[serde(default)]
    pub leaves_union: bool,
    /// On what. Decisions from before this word lack it.
    #[serde(default)]
    pub transfer_basis: Marks<TransferBasis>,
    /// It would be kept longer than its provider allowed.
    pub keeps_longer: bool,
    /// It permits the partner to use content otherwise than it was given for. Decisions from before this word lack it.
    #[serde(default)]
    pub grants: bool,
}

impl Facts {
    /// The attributes of a message for an exchange with a partner of kind `body`; `content` is what its records hold.
    pub(super) fn of(
        document: &Document,
        body: Option<Body>,
        roles: Marks<Role>,
        circumstances: &Circumstances,
        content: Content,
    ) -> Self {
        let envelope = &document.envelope;
        let mut facts = Self {
            from: envelope.from.clone(),
            to: envelope.to.clone(),
            kind: envelope.kind,
            purpose: envelope.purpose,
            legal_basis: envelope.legal_basis.clone(),
            urgency: envelope.urgency,
            handling: handling(document),
            handling_note: envelope.handling_note.as_ref().is_some_and(|note| !note.trim().is_empty()),
            evaluations: content.evaluations,
            body,
            roles,
            content,
            records: !document.body.records.is_empty(),
            free_text: !(document.body.questions.is_empty() && document.body.answers.is_empty()),
            attachments: !document.attachments.is_empty(),
            judicial_use_permitted: circumstances.permissions.contains(&Permission::JudicialUse),
            passes_on: false,
            passes_on_restricted: false,
            purpose_changed: false,
            further_use: envelope.further_use.into_iter().collect(),
            leaves_union: transfers(document),
            transfer_basis: envelope.transfer_basis.into_iter().collect(),
            keeps_longer: false,
            grants: circumstances.grants,
        };
        if let Some(evaluation) = envelope.evaluation {
            let text = evaluation.to_string();
            let (source, information) = text.split_at(1);
            facts.evaluations.join(grade(source, information));
        }
        facts.sources(document, circumstances);
        facts
    }

    /// What the terms of passed-on content demand. Content that goes back to its provider is not passed on.
    fn sources(&mut self, document: &Document, circumstances: &Circumstances) {
        let envelope = &document.envelope;
        self.purpose_changed = circumstances.follows.is_some_and(|purpose| purpose != envelope.purpose)
            && !circumstances.permissions.contains(&Permission::PurposeChange);
        for source in &circumstances.sources {
            let may = |permission| source.permissions.contains(&permission);
            self.keeps_longer |= envelope.delete_by > source.delete_by;
            self.purpose_changed |= envelope.purpose != source.purpose && !may(Permission::PurposeChange);
            if source.provider == envelope.to {
                continue;
            }
            self.passes_on = true;
            let h2 = source.handling.contains(&Handling::H2);
            self.passes_on_restricted |= h2 && !may(Permission::Onward);
            // H1 and H3 travel on with the content; what was permitted for it does not stand in its way again.
            for code in [Handling::H1, Handling::H3] {
                let lifted = code == Handling::H1 && may(Permission::JudicialUse);
                if source.handling.contains(&code) && !lifted {
                    self.handling.add(code);
                    // What the sender permits for its own content says nothing of another provider's.
                    self.judicial_use_permitted &= code != Handling::H1;
                }
            }
        }
    }

    /// Whether a second person has released the message.
    pub(super) fn approved(&self) -> bool {
        !self.roles.is_empty()
    }
}

/// The handling codes under which a message stands: those of its envelope and those inside its records. The strictest
/// hold, wherever they are said.
#[must_use]
pub fn handling(document: &Document) -> Marks<Handling> {
    let mut handling: Marks<Handling> = document.envelope.handling.iter().copied().collect();
    handling.join(document.body.records.iter().flat_map(consent::handling).collect());
    handling
}

/// Whether a message may bring personal data from the European Union to a third country. A message without content does not.
#[must_use]
pub fn transfers(document: &Document) -> bool {
    let envelope = &document.envelope;
    document.has_content() && partner::leaves_union(&envelope.from, &envelope.to)
}

/// Whether the sender should have said on what the message leaves the European Union, and did not.
#[must_use]
pub fn transfer_unnamed(document: &Document) -> bool {
    transfers(document) && document.envelope.transfer_basis.is_none()
}

impl Use<'_> {
    /// What `document` wants to do with the data, at a partner of kind `body`.
    pub(super) fn of<'a>(
        document: &'a Document,
        body: Option<Body>,
        ages: &'a BTreeSet<(usize, usize)>,
        now: jiff::Timestamp,
    ) -> Use<'a> {
        Use { purpose: document.envelope.purpose, recipient: &document.envelope.to, body, now, ages }
    }
}

impl Asked for Facts {
    fn sender(&self) -> &PartyId {
        &self.from
    }

    fn recipient(&self) -> &PartyId {
        &self.to
    }

    fn roles(&self) -> Marks<Role> {
        self.roles
    }

    fn with_roles(&self, roles: Marks<Role>) -> Self {
        Self { roles, ..self.clone() }
    }

    fn context(&self, words: &Words) -> Option<Context> {
        let content = &self.content;
        let special = content.data.words().any(DataCategory::is_special);
        build([
            ("kind", words.word("Kind", self.kind.as_str())?),
            ("purpose", words.word("Purpose", self.purpose.as_str())?),
            ("legal_basis", words.word("LegalBasis", self.legal_basis.as_str())?),
            ("urgency", words.word("Urgency", self.urgency.as_str())?),
            ("handling", set(words, "Handling", self.handling)?),
            ("handling_note", yes(self.handling_note)),
            ("classifications", set(words, "Classification", content.classifications)?),
            ("evaluations", set(words, "Grade", self.evaluations)?),
            ("body", words.word("Body", self.body?.as_str())?),
            ("sender_body", words.body(&self.from)?),
            ("recipient_body", words.body(&self.to)?),
            ("approved", yes(self.approved())),
            ("roles", set(words, "Role", self.roles)?),
            ("data", set(words, "Data", content.data)?),
            ("victim_data", set(words, "Data", content.victim_data)?),
            ("subjects", set(words, "Subject", content.subjects)?),
            ("has_special", yes(special)),
            ("child", yes(content.child)),
            ("child_without_guardian", yes(content.child_without_guardian)),
            ("age_unknown", yes(content.age_unknown)),
            ("child_victim_without_guardian", yes(content.child_victim_without_guardian)),
            ("victim_liability", yes(content.victim_liability)),
            ("returns", set(words, "Return", content.returns)?),
            ("identified", yes(content.identified)),
            ("shields", set(words, "Shield", content.shields)?),
            ("unread", yes(content.unread)),
            ("value_elsewhere", yes(content.value_elsewhere)),
            ("file_number_names", yes(content.file_number_names)),
            ("consent_of_adults", set(words, "Consent", content.consent_of_adults)?),
            ("consent_of_children", set(words, "Consent", content.consent_of_children)?),
            ("nrm_release", yes(content.nrm_release)),
            ("records", yes(self.records)),
            ("free_text", yes(self.free_text)),
            ("attachments", yes(self.attachments)),
            ("place_without_rule", yes(content.place_without_rule)),
            ("judicial_use_permitted", yes(self.judicial_use_permitted)),
            ("passes_on", yes(self.passes_on)),
            ("passes_on_restricted", yes(self.passes_on_restricted)),
            ("purpose_changed", yes(self.purpose_changed)),
            ("further_use", set(words, "FurtherUse", self.further_use)?),
            ("leaves_union", yes(self.leaves_union)),
            ("transfer_basis", set(words, "TransferBasis", self.transfer_basis)?),
            ("keeps_longer", yes(self.keeps_longer)),
            ("grants", yes(self.grants)),
        ])
    }
}

/// The words of a set as a value of a request.
pub(super) fn set<T: Word>(words: &Words, vocabulary: &str, marks: Marks<T>) -> Option<RestrictedExpression> {
    words.set(vocabulary, marks.words().map(Word::word))
}

/// A yes or no of a request.
pub(super) fn yes(said: bool) -> RestrictedExpression {
    RestrictedExpression::new_bool(said)
}

/// The context of a request.
pub(super) fn build<const N: usize>(members: [(&str, RestrictedExpression); N]) -> Option<Context> {
    Context::from_pairs(members.into_iter().map(|(name, value)| (name.to_owned(), value))).ok()
}
