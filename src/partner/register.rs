//! Who is domestic, who is a partner.

use std::collections::{BTreeMap, BTreeSet};

use super::agreement::Agreement;
use crate::message::PartyId;

/// The parties that one gateway knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Register {
    agencies: BTreeSet<PartyId>,
    partners: BTreeMap<PartyId, Agreement>,
}

impl Register {
    /// A register of `agencies`, for whom the gateway speaks, and the partners agreed with.
    #[must_use]
    pub fn new(agencies: BTreeSet<PartyId>, agreements: impl IntoIterator<Item = Agreement>) -> Self {
        let partners = agreements.into_iter().map(|a| (a.party.clone(), a)).collect();
        Self { agencies, partners }
    }

    /// Whether this gateway speaks for `party`.
    #[must_use]
    pub fn is_agency(&self, party: &PartyId) -> bool {
        self.agencies.contains(party)
    }

    #[must_use]
    pub const fn agencies(&self) -> &BTreeSet<PartyId> {
        &self.agencies
    }

    /// The agreement with `party`, in force or not.
    #[must_use]
    pub fn agreement(&self, party: &PartyId) -> Option<&Agreement> {
        self.partners.get(party)
    }

    /// Every agreement, by party.
    pub fn agreements(&self) -> impl Iterator<Item = &Agreement> {
        self.partners.values()
    }
}
