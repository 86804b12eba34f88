//! One policy version: people, agreements with their certificates, rules.

use std::collections::BTreeMap;
use std::path::Path;

use super::bundle::Bundle;
use super::files::File;
use super::problems::{At, Problems};
use super::settings::{AgencySettings, PartnerSettings};
use super::shelf::Shelf;
use super::{partner_file, people_file};
use crate::access::{Roster, Seat};
use crate::message::PartyId;
use crate::partner::Body;

/// What could be read of a policy version, and what was wrong with it.
#[derive(Debug, Clone)]
pub struct PolicyDraft {
    /// The folder, or the version that was kept.
    pub at: At,
    /// Its number; none while it is only a draft in a folder.
    pub number: Option<u32>,
    /// The files that were read: what is proposed, approved and kept.
    pub bundle: Bundle,
    pub roster: Roster,
    /// What kind of body each agency is.
    pub bodies: BTreeMap<PartyId, Body>,
    pub partners: Vec<PartnerSettings>,
    /// Rules (Cedar).
    pub rules: Vec<File>,
    pub problems: Problems,
}

impl PolicyDraft {
    /// Reads the draft in `folder`.
    #[must_use]
    pub fn of_folder(folder: &Path) -> Self {
        Self::read(Shelf::folder(folder), None)
    }

    /// Reads a version that was kept. Revocation lists are taken from `folder`, where the draft is.
    #[must_use]
    pub fn of_version(number: u32, bundle: Bundle, folder: &Path) -> Self {
        Self::read(Shelf::version(number, bundle, folder), Some(number))
    }

    fn read(shelf: Shelf, number: Option<u32>) -> Self {
        let mut problems = Problems::new();
        let at = At { file: shelf.shown().into(), line: 0 };
        let (roster, bodies) = people_file::read(&shelf, &mut problems);
        let mut partners = Vec::new();
        for name in shelf.names("partners", ".toml", false, &mut problems) {
            match shelf.text(&name) {
                Ok(text) => partners.extend(partner_file::read(&shelf.place(&name), &text, &mut problems)),
                Err(reason) => problems.push(&shelf.path(&name), 0, reason),
            }
        }
        if partners.is_empty() {
            problems.warn_at(&at, "there is no `partners/*.toml`: nobody can send here or be sent anything");
        }
        let mut rules = Vec::new();
        for name in shelf.names("policies", ".cedar", true, &mut problems) {
            match shelf.file(&name) {
                Ok(file) => rules.push(file),
                Err(reason) => problems.push(&shelf.path(&name), 0, reason),
            }
        }
        if rules.is_empty() {
            problems.warn_at(&at, "there is no `policies/**/*.cedar`: nothing may leave or enter");
        }
        Self { at, number, bundle: shelf.into_bundle(), roster, bodies, partners, rules, problems }
    }

    /// The files are those of `other`, name by name and byte by byte.
    #[must_use]
    pub fn same_files(&self, other: &Bundle) -> bool {
        self.bundle == *other
    }

    /// Holds the version against the gateway's own agencies: one party, one place, since a party named twice would have
    /// two keys or two agreements; and nobody can act for an agency that is not here.
    pub fn check_against(&self, agencies: &[AgencySettings], problems: &mut Problems) {
        let own = agencies.iter().map(|agency| (&agency.party, &agency.at));
        let parties = self.partners.iter().flat_map(|partner| &partner.parties);
        let mut first: BTreeMap<&PartyId, &At> = BTreeMap::new();
        for (party, at) in own.chain(parties.map(|party| (&party.agreement.party, &party.at))) {
            match first.get(party) {
                None => drop(first.insert(party, at)),
                Some(first) => problems
                    .push_at(at, format!("`{party}` is named twice, first at {first}; keep one of the two")),
            }
        }
        for agency in agencies.iter().filter(|agency| !self.bodies.contains_key(&agency.party)) {
            let at = At { file: self.at.file.join("people.toml").into(), line: 0 };
            let text = format!(
                "no `[[agency]]` says what kind of body `{}` is: under an agreement with `[[basis]]` it can send nothing, and rules count it as social work",
                agency.party
            );
            problems.warn_at(&at, text);
        }
        for party in self.bodies.keys().filter(|party| !agencies.iter().any(|it| it.party == **party)) {
            let at = At { file: self.at.file.join("people.toml").into(), line: 0 };
            problems.warn_at(&at, format!("`[[agency]]` names `{party}`, which is no agency here"));
        }
        for person in self.roster.people() {
            if let Seat::Agency(party) = &person.seat
                && !agencies.iter().any(|agency| agency.party == *party)
            {
                let at = At { file: self.at.file.join("people.toml").into(), line: 0 };
                problems.warn_at(&at, format!("`{}` is of `{party}`, which is no agency here", person.id));
            }
        }
    }
}
