//! What stands in one cell, and the message that is asked about for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;

use super::{body_of, now};
use crate::message::{FurtherUse, Handling, Kind, LegalBasis, PartyId, Purpose, TransferBasis, Urgency};
use crate::partner::{Agreement, Body, Role, leaves_union};
use crate::policy::marks::Marks;
use crate::policy::words::{Classification, Consent, Grade, Return, Shield, Subject};
use crate::policy::{About, Content, End, Facts, Holding, Inputs, Released, Verdict, Way};
use crate::schema::DataCategory;

pub(super) const LEGEND: &str = "\
Each message has one record about one person, with case reference, identity and coded facts; legal basis PCC-SEE-4,
or CETS197 of a sender that may not rest on the former, handling H0, evaluation B2, a release decision of the National Referral Mechanism. The victim has consented, the child's guardian too.
  yes           it leaves, or enters
  hold ROLE     held until somebody with this role releases it (`any`: any reviewer); a field is withheld until then
  no CODE       refused with this code, or by this rule; a field is withheld with this ground of refusal
  uncovered     a victim whose consent does not cover this category or use
  protected     a protected witness; anonymous: an anonymous one
";

/// Whom the record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Victim,
    Child,
    Suspect,
    Witness,
    Third,
    Uncovered,
    Protected,
    Anonymous,
}

impl Column {
    pub(super) const PERSONS: [Self; 5] =
        [Self::Victim, Self::Child, Self::Suspect, Self::Witness, Self::Third];
    pub(super) const FIELDS: [Self; 8] = [
        Self::Victim,
        Self::Child,
        Self::Suspect,
        Self::Witness,
        Self::Third,
        Self::Uncovered,
        Self::Protected,
        Self::Anonymous,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Victim => "victim",
            Self::Child => "child",
            Self::Suspect => "suspect",
            Self::Witness => "witness",
            Self::Third => "third",
            Self::Uncovered => "uncovered",
            Self::Protected => "protected",
            Self::Anonymous => "anonymous",
        }
    }

    fn about(self) -> About {
        let subject = match self {
            Self::Victim | Self::Child | Self::Uncovered => Subject::VictimIdentified,
            Self::Suspect => Subject::Suspect,
            Self::Witness | Self::Protected | Self::Anonymous => Subject::Witness,
            Self::Third => Subject::ThirdPerson,
        };
        let victim = subject == Subject::VictimIdentified;
        let shield = match self {
            Self::Protected => Shield::Protected,
            Self::Anonymous => Shield::Anonymous,
            _ => Shield::None,
        };
        About { subject, victim, child: self == Self::Child, shield, consented: self != Self::Uncovered }
    }
}

/// A message with one record about a person of the column.
pub(super) fn inputs(
    agreement: &Agreement,
    agency: &PartyId,
    way: Way,
    (kind, purpose): (Kind, Purpose),
    column: Column,
) -> Inputs {
    let (from, to, sender) = ends(agreement, agency, way);
    let about = column.about();
    let data = [DataCategory::CaseReference, DataCategory::Identity, DataCategory::TraffickingFacts];
    let consent = |wanted: bool, state: Consent| if wanted { one(state) } else { Marks::default() };
    let records = Content {
        data: data.into_iter().collect(),
        victim_data: if about.victim { data.into_iter().collect() } else { Marks::default() },
        subjects: [about.subject, Subject::Case].into_iter().collect(),
        child: about.child,
        child_without_guardian: false,
        age_unknown: false,
        child_victim_without_guardian: false,
        victim_liability: false,
        returns: one(Return::Prepared),
        identified: true,
        consent_of_adults: consent(about.victim && !about.child, Consent::BySelf),
        consent_of_children: consent(about.child, Consent::ByGuardian),
        unread: false,
        value_elsewhere: false,
        file_number_names: false,
        shields: one(about.shield),
        nrm_release: true,
        classifications: Marks::default(),
        evaluations: Marks::default(),
        place_without_rule: false,
    };
    let leaves_union = leaves_union(&from, &to);
    let facts = Facts {
        from,
        to,
        kind,
        purpose,
        legal_basis: basis(agreement, sender),
        urgency: Urgency::Routine,
        handling: one(Handling::H0),
        handling_note: false,
        evaluations: one(Grade::B2),
        body: Some(agreement.body),
        roles: Marks::default(),
        content: records,
        records: true,
        free_text: true,
        attachments: false,
        judicial_use_permitted: false,
        passes_on: false,
        passes_on_restricted: false,
        purpose_changed: false,
        further_use: Marks::default(),
        leaves_union,
        transfer_basis: transfer(leaves_union),
        keeps_longer: false,
        grants: false,
    };
    let fields = data.into_iter().map(|category| Holding { category, about, paths: Vec::new() }).collect();
    Inputs {
        way,
        at: now(),
        expires: now() + 1.hours(),
        delete_by: now() + 1.hours(),
        follows: true,
        languages: ["en".to_owned()].into(),
        unknown_fields: false,
        waits_for_release: false,
        size: None,
        facts,
        fields,
        apart: BTreeMap::new(),
        ages: BTreeSet::new(),
        elsewhere: Vec::new(),
    }
}

/// Who sends, who receives, and what the sender is.
fn ends(agreement: &Agreement, agency: &PartyId, way: Way) -> (PartyId, PartyId, Option<Body>) {
    match way {
        Way::Out => (agency.clone(), agreement.party.clone(), body_of(agency)),
        Way::In => (agreement.party.clone(), agency.clone(), Some(agreement.body)),
    }
}

/// What a sender in the European Union names as its basis.
fn transfer(leaves_union: bool) -> Marks<TransferBasis> {
    leaves_union.then_some(TransferBasis::BindingInstrument).into_iter().collect()
}

/// The legal basis that a sender of this kind names.
fn basis(agreement: &Agreement, sender: Option<Body>) -> LegalBasis {
    let own: LegalBasis = "PCC-SEE-4".parse().unwrap();
    let listed = agreement.bases.is_empty()
        || agreement.bases.iter().any(|line| {
            sender.is_some_and(|body| line.senders.contains(&body)) && line.legal_bases.contains(&own)
        });
    if listed { own } else { "CETS197".parse().unwrap() }
}

fn one<T: crate::policy::marks::Word>(word: T) -> Marks<T> {
    [word].into_iter().collect()
}

/// The same message with every kind of data about every kind of person.
pub(super) fn every_field(mut inputs: Inputs) -> Inputs {
    let all = DataCategory::ALL.into_iter().flat_map(|category| {
        Column::FIELDS.map(|column| Holding { category, about: column.about(), paths: Vec::new() })
    });
    inputs.fields = all.collect();
    inputs
}

pub(super) fn mark(verdict: &Verdict) -> String {
    match &verdict.end {
        End::Allow => "yes".to_owned(),
        End::Hold { releasers } => {
            let sets: Vec<String> = releasers.iter().map(|set| roles(set.iter().copied())).collect();
            let any = ["reviewer", "protection", "legal"];
            format!("hold {}", if sets == any { "any".to_owned() } else { sets.join(" or ") })
        }
        End::Refuse { code } if code == "forbidden" => format!("no {}", verdict.rules[0]),
        End::Refuse { code } => format!("no {code}"),
    }
}

/// A mark for each field; nothing if the message itself is refused.
pub(super) fn released(verdict: &Verdict) -> Option<Vec<String>> {
    let field = |one: &Released| {
        if one.yes {
            "yes".to_owned()
        } else if one.releasers.is_empty() {
            format!("no {}", one.code)
        } else {
            // Where a plain reviewer suffices, so does any other.
            let all = roles(one.releasers.iter().copied());
            format!("hold {}", if all == "reviewer" { "any".to_owned() } else { all })
        }
    };
    (!matches!(verdict.end, End::Refuse { .. })).then(|| verdict.released.iter().map(field).collect())
}

fn roles(roles: impl Iterator<Item = Role>) -> String {
    roles.map(|role| role.as_str().trim_end_matches("_reviewer")).collect::<Vec<_>>().join("+")
}

type Change = (&'static str, (Kind, Purpose), fn(&mut Inputs, Column));

const POLICE: (Kind, Purpose) = (Kind::InfoRequest, Purpose::Investigation);
const TRIAL: (Kind, Purpose) = (Kind::InfoRequest, Purpose::Prosecution);
const CARE: (Kind, Purpose) = (Kind::VictimReferral, Purpose::VictimProtection);
const ALERT: (Kind, Purpose) = (Kind::MissingChildAlert, Purpose::MissingChild);
const RETURN: (Kind, Purpose) = (Kind::SafeReturn, Purpose::SafeReturn);
const GRANT: (Kind, Purpose) = (Kind::Accept, Purpose::Investigation);
const GIVEN: (Kind, Purpose) = (Kind::SpontaneousInfo, Purpose::Detection);

/// One change each, so that the rule behind it is alone.
#[rustfmt::skip]
pub(super) const CHANGES: &[Change] = &[
    ("nothing", POLICE, |_, _| {}),
    ("no record", POLICE, |it, _| { it.facts.records = false; it.facts.content = Content::default(); it.fields.clear(); }),
    ("a role, sex or birth that was not read", POLICE, |it, _| it.facts.content.unread = true),
    ("no release decision", POLICE, |it, _| it.facts.content.nrm_release = false),
    ("a referral without release decision", CARE, |it, _| it.facts.content.nrm_release = false),
    ("consent missing", CARE, |it, column| consent(it, column, Consent::Missing)),
    ("consent expired", CARE, |it, column| consent(it, column, Consent::Expired)),
    ("consent for another use", CARE, |it, column| consent(it, column, Consent::OutOfScope)),
    ("consent withdrawn", CARE, |it, column| consent(it, column, Consent::Withdrawn)),
    ("vital interests documented", CARE, |it, column| consent(it, column, Consent::Overridden)),
    ("vital interests documented after a withdrawal", CARE, |it, column| consent(it, column, Consent::WithdrawalOverridden)),
    ("the person's own consent", CARE, |it, column| consent(it, column, Consent::BySelf)),
    ("the guardian's, without the child's view", CARE, |it, column| consent(it, column, Consent::ByGuardianAlone)),
    ("basis CONSENT, consent missing", POLICE, |it, column| {
        it.facts.legal_basis = "CONSENT".parse().unwrap();
        consent(it, column, Consent::Missing);
    }),
    ("the child's age is not known", POLICE, |it, column| unknown(it, column)),
    ("the child's age is not known, and consented alone", CARE, |it, column| {
        unknown(it, column);
        if column == Column::Child {
            it.facts.content.consent_of_adults = one(Consent::BySelf);
            it.facts.content.consent_of_children = Marks::default();
        }
    }),
    ("no guardian named, a victim", POLICE, |it, column| guardian(it, column, true)),
    ("no guardian named, no victim", POLICE, |it, column| guardian(it, column, false)),
    ("no guardian named, a victim", ALERT, |it, column| guardian(it, column, true)),
    ("the victim's own offence, or a false document", POLICE, |it, _| it.facts.content.victim_liability = true),
    ("the victim's own offence, or a false document", ALERT, |it, _| it.facts.content.victim_liability = true),
    ("the victim's own offence, or a false document", TRIAL, |it, _| it.facts.content.victim_liability = true),
    ("a return against the will", RETURN, |it, _| it.facts.content.returns = one(Return::AgainstWill)),
    ("a return without risk assessment", RETURN, |it, _| it.facts.content.returns = one(Return::Unassessed)),
    ("a return within the recovery period", RETURN, |it, _| it.facts.content.returns = one(Return::InRecovery)),
    ("a return, recovery period not known", RETURN, |it, _| it.facts.content.returns = one(Return::RecoveryUnknown)),
    ("a return of which nothing is said", RETURN, |it, _| it.facts.content.returns = Marks::default()),
    ("a return against the will", POLICE, |it, _| it.facts.content.returns = one(Return::AgainstWill)),
    ("a protected witness, and a question", POLICE, |it, _| it.facts.content.shields = one(Shield::Protected)),
    ("an anonymous witness, and a question", POLICE, |it, _| it.facts.content.shields = one(Shield::Anonymous)),
    ("a protected witness, no question", POLICE, |it, _| {
        it.facts.content.shields = one(Shield::Protected);
        it.facts.free_text = false;
    }),
    ("a protected witness, and a note", POLICE, |it, _| {
        it.facts.content.shields = one(Shield::Protected);
        (it.facts.free_text, it.facts.handling_note) = (false, true);
    }),
    ("nobody identified", POLICE, |it, _| it.facts.content.identified = false),
    ("no handling code", POLICE, |it, _| it.facts.handling = Marks::default()),
    ("H1", POLICE, |it, _| it.facts.handling = one(Handling::H1)),
    ("H1, judicial use permitted", POLICE, |it, _| {
        it.facts.handling = one(Handling::H1);
        it.facts.judicial_use_permitted = true;
    }),
    ("H2", POLICE, |it, _| it.facts.handling = one(Handling::H2)),
    ("H3 without note", POLICE, |it, _| it.facts.handling = one(Handling::H3)),
    ("H3 with note", POLICE, |it, _| { it.facts.handling = one(Handling::H3); it.facts.handling_note = true; }),
    ("no evaluation", GIVEN, |it, _| it.facts.evaluations = Marks::default()),
    ("evaluation not known", GIVEN, |it, _| it.facts.evaluations = one(Grade::Unknown)),
    ("evaluation not known", POLICE, |it, _| it.facts.evaluations = one(Grade::Unknown)),
    ("classified INTERNO", POLICE, |it, _| it.facts.content.classifications = one(Classification::InternoEq)),
    ("classified higher, or unknown", POLICE, |it, _| it.facts.content.classifications = one(Classification::Unknown)),
    ("passes on another's content", POLICE, |it, _| it.facts.passes_on = true),
    ("passes on another's content under H2", POLICE, |it, _| {
        it.facts.passes_on = true;
        it.facts.passes_on_restricted = true;
    }),
    ("for another purpose than received", POLICE, |it, _| it.facts.purpose_changed = true),
    ("for another purpose, against an immediate threat", ALERT, |it, _| emergency(it)),
    ("for another purpose, against an immediate threat", POLICE, |it, _| emergency(it)),
    ("for another purpose, against an immediate threat, under H2", ALERT, |it, _| {
        emergency(it);
        it.facts.passes_on_restricted = true;
    }),
    ("kept longer than allowed", POLICE, |it, _| it.facts.keeps_longer = true),
    ("kept for 180 days", POLICE, |it, _| it.delete_by = now() + 4320.hours()),
    ("kept for a day more than 180", POLICE, |it, _| it.delete_by = now() + 4344.hours()),
    ("no transfer basis", POLICE, |it, _| it.facts.transfer_basis = Marks::default()),
    ("transfer by an adequacy decision", POLICE, |it, _| it.facts.transfer_basis = one(TransferBasis::Adequacy)),
    ("transfer by a derogation", POLICE, |it, _| it.facts.transfer_basis = one(TransferBasis::Art38a)),
    ("permits another use of what was given", GRANT, |it, _| it.facts.grants = true),
    ("a note", POLICE, |it, _| it.facts.handling_note = true),
    ("a place without a rule", POLICE, |it, _| it.facts.content.place_without_rule = true),
    ("offence data", POLICE, |it, column| data(it, column, DataCategory::Offence)),
    ("immigration data", POLICE, |it, column| data(it, column, DataCategory::ImmigrationStatus)),
    ("offence data", (Kind::InfoRequest, Purpose::Detection), |it, column| data(it, column, DataCategory::Offence)),
    ("offence data", TRIAL, |it, column| data(it, column, DataCategory::Offence)),
    ("immigration data", TRIAL, |it, column| data(it, column, DataCategory::ImmigrationStatus)),
    ("biometric data", POLICE, |it, column| data(it, column, DataCategory::Biometrics)),
    ("free text held for its reader", POLICE, |it, column| {
        it.waits_for_release = true;
        let about = column.about();
        it.fields.push(Holding { category: DataCategory::FreeText, about, paths: Vec::new() });
    }),
];

fn emergency(inputs: &mut Inputs) {
    inputs.facts.purpose_changed = true;
    inputs.facts.further_use = one(FurtherUse::ImmediateSeriousThreat);
}

fn consent(inputs: &mut Inputs, column: Column, state: Consent) {
    let content = &mut inputs.facts.content;
    match column {
        Column::Victim | Column::Uncovered => content.consent_of_adults = one(state),
        Column::Child => content.consent_of_children = one(state),
        _ => {}
    }
}

fn unknown(inputs: &mut Inputs, column: Column) {
    inputs.facts.content.age_unknown = column == Column::Child;
}

fn guardian(inputs: &mut Inputs, column: Column, victim: bool) {
    let content = &mut inputs.facts.content;
    content.child_without_guardian = column == Column::Child;
    content.child_victim_without_guardian = column == Column::Child && victim;
}

fn data(inputs: &mut Inputs, column: Column, category: DataCategory) {
    let about = column.about();
    let content = &mut inputs.facts.content;
    content.data.join(one(category));
    if about.victim {
        content.victim_data.join(one(category));
    }
    inputs.fields.push(Holding { category, about, paths: Vec::new() });
}
