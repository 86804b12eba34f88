//! Who is domestic, who is a partner.

use std::collections::{BTreeMap, BTreeSet};

use super::agreement::{Agreement, Body};
use crate::message::PartyId;

/// The parties that one gateway knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Register {
    agencies: BTreeSet<PartyId>,
    /// What kind of body each agency is, where the policy says it.
    bodies: BTreeMap<PartyId, Body>,
    partners: BTreeMap<PartyId, Agreement>,
}

impl Register {
    /// A register of `agencies`, for whom the gateway speaks, and the partners agreed with.
    #[must_use]
    pub fn new(agencies: BTreeSet<PartyId>, agreements: impl IntoIterator<Item = Agreement>) -> Self {
        let partners = agreements.into_iter().map(|a| (a.party.clone(), a)).collect();
        Self { agencies, bodies: BTreeMap::new(), partners }
    }

    /// The same register, which knows what kind of body agencies are.
    #[must_use]
    pub fn with_bodies(mut self, bodies: impl IntoIterator<Item = (PartyId, Body)>) -> Self {
        self.bodies.extend(bodies.into_iter().filter(|(party, _)| self.agencies.contains(party)));
        self
    }

    /// What kind of body a party is, agency or partner; nothing where nobody says it.
    #[must_use]
    pub fn body(&self, party: &PartyId) -> Option<Body> {
        let partner = self.partners.get(party).map(|agreement| agreement.body);
        partner.or_else(|| self.bodies.get(party).copied())
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
