//! Random questions and random rules, the same for the same seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::ToSpan as _;

use super::fixture::*;
use crate::message::{Handling, Kind, PartyId, Purpose, TransferBasis, Urgency};
use crate::partner::{Register, Role};
use crate::policy::marks::{Marks, Word};
use crate::policy::words::{Classification, Consent, Grade, Return, Shield, Subject};
use crate::policy::{About, Content, Facts, Holding, Inputs, Way};
use crate::schema::DataCategory;

/// `SplitMix64` (Steele, Lea, Flood 2014).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(super) fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    pub(super) fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// Each word of the list with one chance in `bound`.
    fn some<T: Word>(&mut self, bound: usize) -> Marks<T> {
        T::all().iter().copied().filter(|_| self.one_in(bound)).collect()
    }

    /// A message of either way between an agency and a partner of `register`, mostly within the agreement.
    pub(super) fn inputs(&mut self, register: &Register) -> Inputs {
        let agreements: Vec<_> = register.agreements().collect();
        let agencies: Vec<PartyId> = register.agencies().iter().cloned().collect();
        let agreement = self.pick(&agreements);
        let (agency, way) = (self.pick(&agencies), if self.one_in(4) { Way::In } else { Way::Out });
        let (from, to) = match way {
            Way::Out => (agency, agreement.party.clone()),
            Way::In => (agreement.party.clone(), agency),
        };
        let stray = self.one_in(40);
        let kind = self.pick(if way == Way::Out { &OFTEN } else { Kind::ALL });
        // What is seldom alone is common in practice.
        let returns = kind == Kind::SafeReturn && self.one_in(2);
        let mut facts = Facts {
            from: if stray { party("xx/nobody") } else { from },
            to,
            kind,
            purpose: if returns { Purpose::SafeReturn } else { self.pick(Purpose::ALL) },
            legal_basis: self.pick(&agreement.legal_bases.iter().cloned().collect::<Vec<_>>()),
            urgency: self.pick(Urgency::ALL),
            handling: if self.one_in(2) { [Handling::H0].into_iter().collect() } else { self.some(4) },
            handling_note: self.one_in(2),
            evaluations: if self.one_in(3) {
                Marks::default()
            } else {
                [self.pick(Grade::ALL)].into_iter().collect()
            },
            body: Some(agreement.body),
            roles: if self.one_in(2) {
                Marks::default()
            } else {
                [self.pick(&Role::ALL[..3])].into_iter().collect()
            },
            content: self.content(),
            records: !self.one_in(4),
            free_text: self.one_in(2),
            attachments: self.one_in(60),
            judicial_use_permitted: self.one_in(2),
            passes_on: self.one_in(4),
            passes_on_restricted: self.one_in(12),
            purpose_changed: self.one_in(6),
            further_use: self.some(2),
            leaves_union: self.one_in(2),
            transfer_basis: if self.one_in(3) {
                Marks::default()
            } else {
                [self.pick(TransferBasis::ALL)].into_iter().collect()
            },
            keeps_longer: self.one_in(12),
            grants: self.one_in(12),
        };
        if returns && self.one_in(2) {
            facts.content.returns = [Return::Prepared].into_iter().collect();
        }
        // Hours: none, and both sides of what is agreed.
        let kept = if self.one_in(12) { self.pick(&[0_i64, 720, 721, 2160, 2161]) } else { 1 };
        let fields: Vec<Holding> = (0..self.below(4)).map(|_| self.holding()).collect();
        let apart = if facts.roles.is_empty() || !self.one_in(3) {
            BTreeMap::new()
        } else {
            fields.iter().filter(|_| self.one_in(2)).map(|it| (it.category, Marks::default())).collect()
        };
        Inputs {
            way,
            at: now(),
            expires: now() + if self.one_in(60) { 0.hours() } else { 1.hours() },
            delete_by: now() + kept.hours(),
            follows: !self.one_in(10),
            languages: [self.pick(&["en", "en", "en", "en", "xx"]).to_owned()].into(),
            unknown_fields: self.one_in(60),
            waits_for_release: self.one_in(3),
            size: None,
            facts,
            fields,
            apart,
            ages: BTreeSet::new(),
            elsewhere: Vec::new(),
        }
    }

    fn content(&mut self) -> Content {
        let child = self.one_in(2);
        let unguarded = self.one_in(3);
        Content {
            data: self.some(6),
            victim_data: self.some(8),
            subjects: self.some(6),
            child,
            age_unknown: child && self.one_in(3),
            child_without_guardian: child && unguarded,
            child_victim_without_guardian: child && unguarded && self.one_in(2),
            victim_liability: self.one_in(8),
            returns: if self.one_in(2) {
                Marks::default()
            } else {
                [self.pick(Return::ALL)].into_iter().collect()
            },
            identified: self.one_in(2),
            consent_of_adults: if self.one_in(2) {
                Marks::default()
            } else {
                [self.consent()].into_iter().collect()
            },
            consent_of_children: if child {
                [self.consent()].into_iter().collect()
            } else {
                Marks::default()
            },
            unread: self.one_in(8),
            value_elsewhere: self.one_in(8),
            file_number_names: self.one_in(12),
            shields: if self.one_in(3) {
                [self.pick(Shield::ALL)].into_iter().collect()
            } else {
                Marks::default()
            },
            nrm_release: self.one_in(2),
            classifications: if self.one_in(2) {
                Marks::default()
            } else {
                [self.pick(&CLASSIFIED)].into_iter().collect()
            },
            evaluations: Marks::default(),
            place_without_rule: self.one_in(6),
        }
    }

    fn consent(&mut self) -> Consent {
        if self.one_in(2) { Consent::ByGuardian } else { self.pick(Consent::ALL) }
    }

    fn holding(&mut self) -> Holding {
        // What one rule names together is seldom drawn together.
        let compared = self.one_in(8);
        let subject = if compared { Subject::Suspect } else { self.pick(Subject::ALL) };
        let victim =
            matches!(subject, Subject::VictimPresumed | Subject::VictimIdentified | Subject::Unknown)
                || subject == Subject::Case && self.one_in(2);
        let shield = if self.one_in(3) { self.pick(Shield::ALL) } else { Shield::None };
        let about =
            About { subject, victim, child: self.one_in(4), shield, consented: !victim || self.one_in(2) };
        let category = if compared { DataCategory::Biometrics } else { self.pick(&DataCategory::ALL) };
        Holding { category, about, paths: Vec::new() }
    }

    /// A set of valid rules over the words, as text: one file for every partner.
    pub(super) fn rules(&mut self) -> String {
        let mut text = String::new();
        for number in 0..(6 + self.below(10)) {
            let action = self.pick(&["send", "admit", "release"]);
            let permits = self.one_in(2);
            let code = if !permits && self.one_in(2) {
                format!("@code(\"{}\")", self.pick(&["R-F2", "consent-missing", "purpose-changed R-H"]))
            } else {
                String::new()
            };
            let effect = if permits { "permit" } else { "forbid" };
            let (from, to) = (self.scope("principal"), self.scope("resource"));
            write!(
                text,
                "{}{code}{effect} ({from}, action == Action::\"{action}\", {to})",
                annotations(&format!("r{number}"))
            )
            .unwrap();
            for _ in 0..self.below(3) {
                write!(text, "\nwhen {{ {} }}", self.condition(action, 2)).unwrap();
            }
            if self.one_in(2) {
                write!(text, "\nunless {{ {} }}", self.released(action)).unwrap();
            }
            text.push_str(";\n");
        }
        text
    }

    fn scope(&mut self, side: &str) -> String {
        if self.one_in(4) {
            let party = self.pick(&["rs/mup", "rs/cztlj", "si/policija", "at/bk"]);
            format!("{side} == Party::\"{party}\"")
        } else {
            side.to_owned()
        }
    }

    fn released(&mut self, action: &str) -> String {
        match self.below(3) {
            0 => "context.approved".to_owned(),
            1 => format!("context.roles.contains(Role::\"{}\")", self.pick(&Role::ALL[..3])),
            _ => self.condition(action, 1),
        }
    }

    fn condition(&mut self, action: &str, depth: usize) -> String {
        if depth > 0 && self.one_in(2) {
            let operator = self.pick(&["&&", "||"]);
            return format!(
                "({} {operator} {})",
                self.condition(action, depth - 1),
                self.condition(action, depth - 1)
            );
        }
        let not = self.pick(&["", "!"]);
        if action == "release" {
            return match self.below(5) {
                0 => format!(
                    "{not}context.{}",
                    self.pick(&["victim", "child", "consented", "special", "approved"])
                ),
                1 => format!("context.subject == Subject::\"{}\"", self.pick(Subject::ALL).as_str()),
                2 => format!(
                    "{not}(context.purpose in [Purpose::\"{}\", Purpose::\"{}\"])",
                    self.pick(Purpose::ALL),
                    self.pick(Purpose::ALL)
                ),
                3 => format!("context.kind != Kind::\"{}\"", self.pick(&OFTEN).as_str()),
                _ => {
                    let some: Vec<String> = (0..6)
                        .map(|_| format!("Data::\"{}\"", self.pick(&DataCategory::ALL).as_str()))
                        .collect();
                    format!("context.category in [{}]", some.join(", "))
                }
            };
        }
        match self.below(6) {
            0 => format!(
                "{not}context.{}",
                self.pick(&[
                    "child",
                    "identified",
                    "records",
                    "nrm_release",
                    "unread",
                    "free_text",
                    "approved",
                    "passes_on",
                    "has_special"
                ])
            ),
            1 => format!("{not}context.data.contains(Data::\"{}\")", self.pick(&DataCategory::ALL).as_str()),
            2 => format!(
                "{not}context.handling.containsAny([Handling::\"H1\", Handling::\"{}\"])",
                self.pick(Handling::ALL)
            ),
            3 => format!(
                "{not}context.subjects.containsAll([Subject::\"{}\"])",
                self.pick(Subject::ALL).as_str()
            ),
            4 => format!("{not}context.evaluations.isEmpty()"),
            _ => format!(
                "context.purpose == Purpose::\"{}\" || context.kind == Kind::\"{}\"",
                self.pick(Purpose::ALL),
                self.pick(&OFTEN).as_str()
            ),
        }
    }
}

/// Kinds for which there are rules, and one more.
const OFTEN: [Kind; 6] = [
    Kind::InfoRequest,
    Kind::SpontaneousInfo,
    Kind::VictimReferral,
    Kind::SafeReturn,
    Kind::EarlyWarning,
    Kind::Answer,
];

const CLASSIFIED: [Classification; 4] =
    [Classification::None, Classification::None, Classification::InternoEq, Classification::Unknown];
