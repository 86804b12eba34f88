//! The words that rules may use, and the Cedar schema made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cedar_policy::{EntityId, EntityTypeName, EntityUid, ParseErrors, RestrictedExpression};
use serde::{Deserialize, Serialize};

use crate::message::{FurtherUse, Handling, Kind, LegalBasis, PartyId, Purpose, TransferBasis, Urgency};
use crate::partner::{Body, Register, Role};
use crate::schema::{DataCategory, SubjectCategory};

/// Legal bases that rules may name although no agreement lists them yet.
const LEGAL_BASES: [&str; 9] = [
    "BIL-SI-2012",
    "CETS197",
    "CONSENT",
    "EUROJUST-2019",
    "EUROPOL-OP",
    "MLA-1959/2AP",
    "PCC-SEE-4",
    "PCC-SEE-5",
    "PCC-SEE-6",
];

const BODIES: [Body; 3] = [Body::Police, Body::Protection, Body::Prosecution];

/// The kind of a party of which the register does not say it.
const NO_BODY: &str = "unknown";

/// What is asked. Each has its own rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// May the message leave?
    Send,
    /// May the message enter?
    Admit,
    /// May data of one category about one kind of subject leave with it?
    Release,
}

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in rules and records of decisions.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

vocabulary! {
    /// The state of one person's consent, from the best to the worst.
    Consent {
        /// Somebody documented vital interests that go before consent.
        Overridden = "overridden",
        /// By the guardian, with the child's view recorded.
        ByGuardian = "guardian",
        ByRepresentative = "representative",
        BySelf = "self",
        /// By the guardian, without a word on what the child thinks.
        ByGuardianAlone = "guardian_alone",
        /// Vital interests are documented, but the person has expressly withdrawn the consent.
        WithdrawalOverridden = "withdrawal_overridden",
        OutOfScope = "out_of_scope",
        Expired = "expired",
        Missing = "missing",
        Withdrawn = "withdrawn",
    }
}

vocabulary! {
    /// How the return of a person is prepared.
    Return {
        /// Voluntary, its risks assessed, after the recovery period.
        Prepared = "prepared",
        /// The record does not say that it is voluntary.
        AgainstWill = "against_will",
        /// Without an assessment of its risks.
        Unassessed = "unassessed",
        /// Before the recovery period is over.
        InRecovery = "in_recovery",
        /// Of a recovery period the record says nothing.
        RecoveryUnknown = "recovery_unknown",
    }
}

vocabulary! {
    /// How far a court or the police keep secret who a person is.
    Shield {
        None = "none",
        /// Protection was granted or asked for.
        Protected = "protected",
        /// Nobody may learn who the person is; also a word that is not known: it may say so.
        Anonymous = "anonymous",
    }
}

// Who is not said to be shielded is not.
#[expect(clippy::derivable_impls, reason = "the vocabulary is made by a macro, which marks no default")]
impl Default for Shield {
    fn default() -> Self {
        Self::None
    }
}

vocabulary! {
    /// The security classification that the records carry (domain cap: INTERNO and its equals).
    Classification {
        None = "none",
        InternoEq = "INTERNO-eq",
        /// A level that the catalogue does not have: it may be any.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// 4x4 evaluation: reliability of the source, then of the information.
    Grade {
        A1 = "A1",
        A2 = "A2",
        A3 = "A3",
        A4 = "A4",
        B1 = "B1",
        B2 = "B2",
        B3 = "B3",
        B4 = "B4",
        C1 = "C1",
        C2 = "C2",
        C3 = "C3",
        C4 = "C4",
        X1 = "X1",
        X2 = "X2",
        X3 = "X3",
        X4 = "X4",
        /// Not one of them, or only half of one: it may be any.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// Whom a field is about.
    Subject {
        Suspect = "suspect",
        Convicted = "convicted",
        VictimPresumed = "victim_presumed",
        VictimIdentified = "victim_identified",
        Witness = "witness",
        Contact = "contact",
        ThirdPerson = "third_person",
        Official = "official",
        /// A person whose category is not known: treated as a victim.
        Unknown = "unknown",
        /// The case as a whole.
        Case = "case",
    }
}

impl From<SubjectCategory> for Subject {
    fn from(category: SubjectCategory) -> Self {
        match category {
            SubjectCategory::Suspect => Self::Suspect,
            SubjectCategory::Convicted => Self::Convicted,
            SubjectCategory::VictimPresumed => Self::VictimPresumed,
            SubjectCategory::VictimIdentified => Self::VictimIdentified,
            SubjectCategory::Witness => Self::Witness,
            SubjectCategory::Contact => Self::Contact,
            SubjectCategory::ThirdPerson => Self::ThirdPerson,
            SubjectCategory::Official => Self::Official,
        }
    }
}

/// Every word as Cedar writes it.
pub(super) struct Words {
    known: BTreeMap<&'static str, BTreeMap<String, RestrictedExpression>>,
    parties: BTreeMap<PartyId, EntityUid>,
    bodies: BTreeMap<PartyId, &'static str>,
    send: EntityUid,
    admit: EntityUid,
    release: EntityUid,
}

impl Words {
    /// The words of the exchange with the parties and legal bases of `register`.
    pub(super) fn new(register: &Register) -> Result<Self, Box<ParseErrors>> {
        let mut known = BTreeMap::new();
        for (name, words) in vocabularies(register) {
            let kind: EntityTypeName = type_name(name)?;
            let expressions = words.into_iter().map(|word| {
                let uid = EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(&word));
                (word, RestrictedExpression::new_entity_uid(uid))
            });
            known.insert(name, expressions.collect());
        }
        let party = type_name("Party")?;
        let action = type_name("Action")?;
        let uid = |kind: &EntityTypeName, id: &str| {
            EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
        };
        let partners = register.agreements().map(|agreement| &agreement.party);
        let parties: Vec<&PartyId> = register.agencies().iter().chain(partners).collect();
        let body = |party: &&PartyId| {
            let body = register.body(party).map_or(NO_BODY, Body::as_str);
            ((*party).clone(), body)
        };
        Ok(Self {
            known,
            bodies: parties.iter().map(body).collect(),
            parties: parties.into_iter().map(|id| (id.clone(), uid(&party, id.as_str()))).collect(),
            send: uid(&action, Action::Send.as_str()),
            admit: uid(&action, Action::Admit.as_str()),
            release: uid(&action, Action::Release.as_str()),
        })
    }

    /// The word as a value of a request; nothing for a word that was not in the register.
    pub(super) fn word(&self, vocabulary: &str, word: &str) -> Option<RestrictedExpression> {
        self.known.get(vocabulary)?.get(word).cloned()
    }

    /// Several words as a set; nothing if one is unknown.
    pub(super) fn set<'a>(
        &self,
        vocabulary: &str,
        words: impl Iterator<Item = &'a str>,
    ) -> Option<RestrictedExpression> {
        let words: Option<Vec<_>> = words.map(|word| self.word(vocabulary, word)).collect();
        words.map(RestrictedExpression::new_set)
    }

    pub(super) fn party(&self, party: &PartyId) -> Option<&EntityUid> {
        self.parties.get(party)
    }

    /// What kind of body the party is, as a value of a request.
    pub(super) fn body(&self, party: &PartyId) -> Option<RestrictedExpression> {
        self.word("Body", self.bodies.get(party).copied().unwrap_or(NO_BODY))
    }

    pub(super) const fn action(&self, action: Action) -> &EntityUid {
        match action {
            Action::Send => &self.send,
            Action::Admit => &self.admit,
            Action::Release => &self.release,
        }
    }
}

fn type_name(name: &str) -> Result<EntityTypeName, Box<ParseErrors>> {
    name.parse().map_err(Box::new)
}

impl Action {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Admit => "admit",
            Self::Release => "release",
        }
    }
}

/// The closed lists of words, by the name of their Cedar type.
fn vocabularies(register: &Register) -> Vec<(&'static str, BTreeSet<String>)> {
    fn all<T: Copy>(items: &[T], word: impl Fn(T) -> &'static str) -> BTreeSet<String> {
        items.iter().map(|item| word(*item).to_owned()).collect()
    }
    let mut bases = all(&LEGAL_BASES, |basis| basis);
    let agreed = register.agreements().flat_map(|agreement| &agreement.legal_bases);
    bases.extend(agreed.map(LegalBasis::to_string));
    vec![
        ("Kind", all(Kind::ALL, Kind::as_str)),
        ("Purpose", all(Purpose::ALL, Purpose::as_str)),
        ("LegalBasis", bases),
        ("Urgency", all(Urgency::ALL, Urgency::as_str)),
        ("Handling", all(Handling::ALL, Handling::as_str)),
        ("TransferBasis", all(TransferBasis::ALL, TransferBasis::as_str)),
        ("FurtherUse", all(FurtherUse::ALL, FurtherUse::as_str)),
        ("Body", {
            let mut bodies = all(&BODIES, Body::as_str);
            bodies.insert(NO_BODY.to_owned());
            bodies
        }),
        ("Data", all(&DataCategory::ALL, DataCategory::as_str)),
        ("Subject", all(Subject::ALL, Subject::as_str)),
        ("Consent", all(Consent::ALL, Consent::as_str)),
        ("Return", all(Return::ALL, Return::as_str)),
        ("Shield", all(Shield::ALL, Shield::as_str)),
        ("Role", all(Role::ALL, Role::as_str)),
        ("Classification", all(Classification::ALL, Classification::as_str)),
        ("Grade", all(Grade::ALL, Grade::as_str)),
    ]
}

/// The Cedar schema. An unknown word in a rule is a defect, because every list of words is closed.
pub(super) fn schema(register: &Register) -> String {
    let mut text = String::from("entity Party;\n");
    for (name, words) in vocabularies(register) {
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "entity {name} enum [{}];", words.join(", "));
    }
    text.push_str(QUESTIONS);
    text
}

/// What a rule is told. Every member is described in `config/policies/README.md`.
const QUESTIONS: &str = r#"
type Message = {
    kind: Kind,
    purpose: Purpose,
    legal_basis: LegalBasis,
    urgency: Urgency,
    handling: Set<Handling>,
    handling_note: Bool,
    classifications: Set<Classification>,
    evaluations: Set<Grade>,
    body: Body,
    sender_body: Body,
    recipient_body: Body,
    approved: Bool,
    roles: Set<Role>,
    data: Set<Data>,
    victim_data: Set<Data>,
    subjects: Set<Subject>,
    has_special: Bool,
    child: Bool,
    child_without_guardian: Bool,
    age_unknown: Bool,
    child_victim_without_guardian: Bool,
    victim_liability: Bool,
    returns: Set<Return>,
    identified: Bool,
    shields: Set<Shield>,
    unread: Bool,
    value_elsewhere: Bool,
    file_number_names: Bool,
    consent_of_adults: Set<Consent>,
    consent_of_children: Set<Consent>,
    nrm_release: Bool,
    records: Bool,
    free_text: Bool,
    attachments: Bool,
    place_without_rule: Bool,
    judicial_use_permitted: Bool,
    passes_on: Bool,
    passes_on_restricted: Bool,
    purpose_changed: Bool,
    further_use: Set<FurtherUse>,
    leaves_union: Bool,
    transfer_basis: Set<TransferBasis>,
    keeps_longer: Bool,
    grants: Bool,
};
action "send", "admit" appliesTo { principal: Party, resource: Party, context: Message };
action "release" appliesTo {
    principal: Party,
    resource: Party,
    context: {
        kind: Kind,
        purpose: Purpose,
        legal_basis: LegalBasis,
        body: Body,
        sender_body: Body,
        recipient_body: Body,
        approved: Bool,
        roles: Set<Role>,
        category: Data,
        special: Bool,
        subject: Subject,
        victim: Bool,
        child: Bool,
        shield: Shield,
        consented: Bool,
    },
};
"#;
