//! What was agreed with one partner.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::contact::Contact;
use super::places::PlaceRule;
use super::quota::{Direction, Quota};
use super::service::ServiceLevels;
use crate::message::{Kind, LegalBasis, PartyId, Purpose, TransferBasis};
use crate::schema::{DataCategory, SubjectCategory};

/// The terms agreed with one partner, as this gateway applies them.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    pub party: PartyId,
    pub name: String,
    pub body: Body,
    pub valid_from: Timestamp,
    pub valid_until: Timestamp,
    pub profile: Profile,
    pub delivery: Delivery,
    /// Message kinds that may go to the partner.
    pub kinds_out: BTreeSet<Kind>,
    /// Message kinds that may come from the partner.
    pub kinds_in: BTreeSet<Kind>,
    pub purposes: BTreeSet<Purpose>,
    pub legal_bases: BTreeSet<LegalBasis>,
    /// Which kind of sender may rest on which of them, for which purpose. Who is in no line may rest on none.
    pub bases: Vec<BasisOf>,
    /// Languages of questions and answers (ISO 639-1).
    pub languages: BTreeSet<String>,
    /// The most that may go to the partner, by kind of data. The rules may release less, never more.
    pub data_out: BTreeSet<DataCategory>,
    /// The most that may come from the partner, by kind of data.
    pub data_in: BTreeSet<DataCategory>,
    /// About whom data may go to the partner. A person of unknown category is in no list; the case itself is no person.
    pub subjects_out: BTreeSet<SubjectCategory>,
    /// About whom data may come from the partner.
    pub subjects_in: BTreeSet<SubjectCategory>,
    /// The most days for which the partner may keep what it receives, as agreed; [`Agreement::days_kept`] counts.
    pub most_days_kept: Option<u16>,
    /// On what data leaves the European Union for the partner, unless a message says otherwise.
    pub transfer_basis: Option<TransferBasis>,
    pub service: ServiceLevels,
    /// How places of disputed coding are written; without a rule a message that names one is held.
    pub places: Option<PlaceRule>,
    /// Units of the partner that answer.
    pub contacts: Vec<Contact>,
    /// How many messages of a kind may go one way. A kind without a quota is bounded by `limits` alone.
    pub quotas: BTreeMap<(Direction, Kind), Quota>,
    pub limits: Limits,
}

/// One line of the table of legal bases: these kinds of sender may rest on these bases for these purposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasisOf {
    pub senders: BTreeSet<Body>,
    pub legal_bases: BTreeSet<LegalBasis>,
    pub purposes: BTreeSet<Purpose>,
}

/// What kind of authority a party is: field release differs by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    Police,
    Protection,
    Prosecution,
}

/// Which OpenPGP formats the partner's software reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// RFC 9580: version 6 keys, AEAD.
    #[serde(rename = "v6")]
    V6,
    /// RFC 9580 with ML-KEM-768+X25519 and ML-DSA-65+Ed25519.
    #[serde(rename = "v6-pq")]
    V6Pq,
    /// RFC 4880 with Curve25519: version 4 keys, SEIPDv1; for partners on GnuPG.
    #[serde(rename = "v4-compat")]
    V4Compat,
}

/// How messages reach the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// This gateway connects to the partner's.
    Push { host: String, port: u16 },
    /// The partner fetches from its mailbox here.
    Poll,
}

/// Days for which a partner may keep what it receives, where the agreement does not say: what a message asks for that
/// names no time itself.
pub const DAYS_KEPT: u16 = 90;

/// Numbers that bound what a partner can make this gateway do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest sealed message, in bytes.
    pub sealed_bytes: usize,
    /// Requests per second that the partner may make, on average, of each class.
    pub requests_per_second: u32,
    /// Requests of each class that it may make at once.
    pub burst: u32,
    /// Deliveries to the partner under way at once.
    pub deliveries_at_once: usize,
}

impl Agreement {
    /// Whether the agreement is in force at `now`.
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.valid_from <= now && now < self.valid_until
    }

    /// Whether a sender of this kind may rest on the legal basis for the purpose. One of unknown kind may not, where the
    /// agreement tells senders apart; one without lines was agreed for all of them.
    #[must_use]
    pub fn rests(&self, sender: Option<Body>, basis: &LegalBasis, purpose: Purpose) -> bool {
        self.bases.is_empty()
            || self.bases.iter().any(|line| {
                sender.is_some_and(|sender| line.senders.contains(&sender))
                    && line.legal_bases.contains(basis)
                    && line.purposes.contains(&purpose)
            })
    }

    /// The legal bases on which a sender of this kind may rest for the purpose.
    #[must_use]
    pub fn bases_of(&self, sender: Option<Body>, purpose: Purpose) -> Vec<&LegalBasis> {
        self.legal_bases.iter().filter(|basis| self.rests(sender, basis, purpose)).collect()
    }

    /// The most days for which the partner may keep what it receives.
    #[must_use]
    pub fn days_kept(&self) -> u16 {
        self.most_days_kept.unwrap_or(DAYS_KEPT)
    }

    /// Whether what leaves at `now` may be kept until `delete_by`.
    #[must_use]
    pub fn may_keep(&self, now: Timestamp, delete_by: Timestamp) -> bool {
        let most = SignedDuration::from_hours(24 * i64::from(self.days_kept()));
        now.checked_add(most).is_ok_and(|until| delete_by <= until)
    }

    /// Whether no kind of message is agreed, either way.
    #[must_use]
    pub fn permits_nothing(&self) -> bool {
        self.kinds_out.is_empty() && self.kinds_in.is_empty()
    }

    /// The terms that decide about messages, as text: equal for agreements that decide alike. Part of the policy
    /// version, so a term that is left out here would let two different decisions claim the same version.
    #[must_use]
    pub fn deciding_terms(&self) -> String {
        fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
            items.map(|item| item.to_string()).collect::<Vec<_>>().join(",")
        }
        // Whoever adds a term is asked here whether it decides.
        let Self {
            party,
            name: _,
            body,
            valid_from,
            valid_until,
            profile: _,
            delivery: _,
            kinds_out,
            kinds_in,
            purposes,
            legal_bases,
            bases,
            languages,
            data_out,
            data_in,
            subjects_out,
            subjects_in,
            // As it counts: an agreement that writes the default out decides alike.
            most_days_kept: _,
            transfer_basis,
            service: _,
            places,
            contacts: _,
            quotas,
            limits: Limits { sealed_bytes, .. },
        } = self;
        let places = places
            .as_ref()
            .map(|rule| format!("{} {:?} {:?}", rule.kosovo.as_str(), rule.region, rule.footnote));
        let quotas = quotas.iter().map(|((direction, kind), quota)| {
            format!("{} {} {} {}", direction.as_str(), kind.as_str(), quota.per_hour, quota.burst)
        });
        let bases = bases.iter().map(|line| {
            let senders = list(line.senders.iter().map(|body| body.as_str()));
            format!("{senders} {} {}", list(line.legal_bases.iter()), list(line.purposes.iter()))
        });
        [
            party.to_string(),
            body.as_str().to_owned(),
            valid_from.to_string(),
            valid_until.to_string(),
            list(kinds_out.iter().map(|kind| kind.as_str())),
            list(kinds_in.iter().map(|kind| kind.as_str())),
            list(purposes.iter()),
            list(legal_bases.iter()),
            bases.collect::<Vec<_>>().join("|"),
            list(languages.iter()),
            list(data_out.iter().map(|category| category.as_str())),
            list(data_in.iter().map(|category| category.as_str())),
            list(subjects_out.iter().map(|category| category.as_str())),
            list(subjects_in.iter().map(|category| category.as_str())),
            places.unwrap_or_default(),
            list(quotas),
            sealed_bytes.to_string(),
            self.days_kept().to_string(),
            transfer_basis.map_or("", TransferBasis::as_str).to_owned(),
        ]
        .join(";")
    }
}

impl Body {
    /// The word used in policies and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Police => "police",
            Self::Protection => "protection",
            Self::Prosecution => "prosecution",
        }
    }
}

impl Profile {
    /// The word used in configuration and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V6 => "v6",
            Self::V6Pq => "v6-pq",
            Self::V4Compat => "v4-compat",
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { sealed_bytes: 32 << 20, requests_per_second: 200, burst: 400, deliveries_at_once: 16 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::{SignedDuration, Timestamp};

    use super::{Agreement, BasisOf, Body, Delivery, Limits, Profile};
    use crate::message::{Kind, TransferBasis};
    use crate::partner::{Direction, PlaceRule, Quota, Rendering, ServiceLevels};
    use crate::schema::{DataCategory, SubjectCategory};

    fn agreement() -> Agreement {
        Agreement {
            party: "si/policija".parse().unwrap(),
            name: "Policija".to_owned(),
            body: Body::Police,
            valid_from: Timestamp::UNIX_EPOCH,
            valid_until: Timestamp::MAX,
            profile: Profile::V6,
            delivery: Delivery::Poll,
            kinds_out: BTreeSet::new(),
            kinds_in: BTreeSet::new(),
            purposes: BTreeSet::new(),
            legal_bases: BTreeSet::new(),
            bases: Vec::new(),
            languages: BTreeSet::new(),
            data_out: BTreeSet::new(),
            data_in: BTreeSet::new(),
            subjects_out: BTreeSet::new(),
            subjects_in: BTreeSet::new(),
            most_days_kept: None,
            transfer_basis: None,
            service: ServiceLevels::default(),
            places: None,
            contacts: Vec::new(),
            quotas: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    #[test]
    fn every_term_that_decides_is_told_apart_and_no_other() {
        let rule = |footnote: Option<&str>| PlaceRule {
            kosovo: Rendering::AsXk,
            region: None,
            footnote: footnote.map(str::to_owned),
        };
        let changes: [&dyn Fn(&mut Agreement); 16] = [
            &|_| {},
            &|a| {
                a.bases.push(BasisOf {
                    senders: [Body::Police].into(),
                    legal_bases: BTreeSet::new(),
                    purposes: BTreeSet::new(),
                });
            },
            &|a| a.body = Body::Protection,
            &|a| _ = a.kinds_out.insert(Kind::Answer),
            &|a| _ = a.kinds_in.insert(Kind::Answer),
            &|a| _ = a.languages.insert("en".to_owned()),
            &|a| _ = a.data_out.insert(DataCategory::Identity),
            &|a| _ = a.data_in.insert(DataCategory::Identity),
            &|a| _ = a.subjects_out.insert(SubjectCategory::Witness),
            &|a| _ = a.subjects_in.insert(SubjectCategory::Witness),
            &|a| a.places = Some(rule(None)),
            &|a| a.places = Some(rule(Some("note"))),
            &|a| _ = a.quotas.insert((Direction::In, Kind::Answer), Quota { per_hour: 1, burst: 1 }),
            &|a| a.limits.sealed_bytes = 1,
            &|a| a.most_days_kept = Some(91),
            &|a| a.transfer_basis = Some(TransferBasis::OwnAssessment),
        ];
        let told: BTreeSet<String> = changes
            .iter()
            .map(|change| {
                let mut agreement = agreement();
                change(&mut agreement);
                agreement.deciding_terms()
            })
            .collect();
        assert_eq!(told.len(), changes.len());
        let mut other = agreement();
        other.name = "Other".to_owned();
        other.service.routine *= 2;
        other.limits.burst = 1;
        other.most_days_kept = Some(super::DAYS_KEPT);
        assert_eq!(other.deciding_terms(), agreement().deciding_terms());
    }

    #[test]
    fn nothing_is_kept_longer_than_agreed_and_no_longer_than_the_default_where_nothing_is() {
        let now: Timestamp = "2026-03-06T10:15:00Z".parse().unwrap();
        let days = |days: i64| now + SignedDuration::from_hours(24 * days);
        for (agreed, most) in [(None, 90), (Some(30), 30), (Some(3660), 3660)] {
            let agreement = Agreement { most_days_kept: agreed, ..agreement() };
            assert!(agreement.may_keep(now, days(most)), "{agreed:?}");
            assert!(!agreement.may_keep(now, days(most) + SignedDuration::from_secs(1)), "{agreed:?}");
        }
        // A time that no calendar has is past every term.
        assert!(!agreement().may_keep(Timestamp::MAX, Timestamp::MAX));
    }
}
