//! Further use in an emergency: the providers whose content serves another purpose are told.
//!
//! Told before the message leaves, not after: a process that dies in between has then told of a use that did not happen,
//! and not used what nobody was told of. A provider that cannot be told stops nothing: a person is in danger.

use jiff::{SignedDuration, Timestamp};

use super::gateway::{Gateway, Terms};
use super::outbound::{Drafted, Way};
use super::request::{Content, Request, Submitted};
use crate::audit::{self, Action};
use crate::message::{
    Asks, FurtherUse, Handling, Kind, LegalBasis, MessageId, PartyId, Permission, Purpose, Urgency,
};
use crate::store::{Side, TermsRow};

/// Days for which the notice is tried to be delivered, and kept by its receiver if the agreement allows so many.
const DELIVERED_WITHIN: u16 = 30;
const DAYS_KEPT: u16 = 90;
/// The code of the audit entry for a provider that could not be told.
const NOT_TOLD: &str = "provider-not-told";

/// Whether one provider was told that its content serves another purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub provider: PartyId,
    /// The provider's message.
    pub item: MessageId,
    /// The `purpose_change` that tells it and asks for permission; or the code why it was not sent.
    pub sent: Result<MessageId, String>,
}

/// What a draft uses otherwise than it was given for, and of whom.
#[derive(Debug, Clone)]
pub(super) struct FurtherUses {
    own: PartyId,
    purpose: Purpose,
    ground: Option<FurtherUse>,
    items: Vec<(PartyId, MessageId)>,
}

impl FurtherUses {
    /// Of a draft, without what its recipient provided: that one reads the ground in the message itself.
    pub(super) fn of(drafted: &Drafted) -> Self {
        let envelope = &drafted.submission.document.envelope;
        let terms = &drafted.submission.circumstances.sources;
        let otherwise = terms.iter().zip(&drafted.sources).filter(|(terms, _)| {
            terms.purpose != envelope.purpose
                && !terms.permissions.contains(&Permission::PurposeChange)
                && terms.provider != envelope.to
        });
        Self {
            own: envelope.from.clone(),
            purpose: envelope.purpose,
            ground: envelope.further_use,
            items: otherwise.map(|(_, item)| item.clone()).collect(),
        }
    }
}

impl Gateway {
    /// Tells each provider of a draft that leaves, in the name of whoever released it.
    pub(super) async fn tell_providers(&self, way: &Way, uses: &FurtherUses, by: &str) -> Vec<Notice> {
        let (Some(ground), Way::Sealed(..)) = (uses.ground, way) else { return Vec::new() };
        let terms = self.terms();
        let mut notices = Vec::with_capacity(uses.items.len());
        for (provider, item) in &uses.items {
            let sent = self.tell_provider(uses, (provider, *item), ground, by, &terms).await;
            if let Err(code) = &sent {
                self.tell_operators(uses, (provider, *item), code).await;
            }
            notices.push(Notice { provider: provider.clone(), item: *item, sent });
        }
        notices
    }

    async fn tell_provider(
        &self,
        uses: &FurtherUses,
        (provider, item): (&PartyId, MessageId),
        ground: FurtherUse,
        by: &str,
        terms: &Terms,
    ) -> Result<MessageId, String> {
        let (own, peer) = (uses.own.clone(), provider.clone());
        let given = self.inner.store.read(move |tx| tx.terms_of(Side::In, &own, &peer, item)).await;
        let given = given.map_err(|_| "store".to_owned())?.ok_or("terms-unknown")?;
        let legal_basis = basis(&given, terms);
        let kept =
            terms.register.agreement(&given.peer).map_or(DAYS_KEPT, |it| it.days_kept().min(DAYS_KEPT));
        let request = notice(given, (legal_basis, kept), (uses.purpose, ground), by, self.now());
        // Boxed: a release would contain itself otherwise.
        match Box::pin(self.submit(request)).await {
            Ok(Submitted::Sent { id, .. }) => Ok(id),
            Ok(Submitted::Held { .. }) => Err("held".to_owned()),
            Ok(Submitted::Refused { refusal, .. }) => Err(refusal.code.to_owned()),
            Ok(Submitted::UsedUp { .. }) => Err(super::quota::USED_UP.to_owned()),
            Ok(Submitted::Ended { .. }) => Err("ended".to_owned()),
            Err(error) => {
                tracing::warn!(%error, message = %item, to = %provider, "a provider cannot be told of a further use");
                Err("not-sendable".to_owned())
            }
        }
    }

    /// The release goes on, but people must tell the provider another way.
    async fn tell_operators(&self, uses: &FurtherUses, (provider, item): (&PartyId, MessageId), code: &str) {
        tracing::error!(message = %item, to = %provider, %code, "the agency must tell the provider of a further use itself");
        let mut event = audit::Event::new(self.now(), "gateway", Action::Escalate);
        event.message = Some(item);
        (event.from, event.to) = (Some(uses.own.clone()), Some(provider.clone()));
        event.code = Some(NOT_TOLD.to_owned());
        let entry = event.entry();
        if let Err(error) =
            self.inner.store.write("provider_not_told", move |tx| audit::append(tx, &entry)).await
        {
            tracing::error!(%error, message = %item, "it could not be written to the audit log either");
        }
    }
}

/// The basis on which the item came, where the agency may rest on it too; else the first on which it may.
fn basis(given: &TermsRow, terms: &Terms) -> LegalBasis {
    let Some(agreement) = terms.register.agreement(&given.peer) else { return given.legal_basis.clone() };
    let sender = terms.register.body(&given.own);
    let may = agreement.bases_of(sender, given.purpose);
    let own = may.iter().find(|basis| ***basis == given.legal_basis).or(may.first());
    own.map_or_else(|| given.legal_basis.clone(), |basis| (*basis).clone())
}

/// A request for permission that says by its ground that the use does not wait for it. It has the old purpose, as every
/// such request.
fn notice(
    given: TermsRow,
    (legal_basis, kept): (LegalBasis, u16),
    (purpose, ground): (Purpose, FurtherUse),
    by: &str,
    now: Timestamp,
) -> Request {
    let days = |days: u16| SignedDuration::from_hours(24 * i64::from(days));
    let after = |time: SignedDuration| now.saturating_add(time).unwrap_or(Timestamp::MAX);
    Request {
        id: None,
        author: by.to_owned(),
        from: given.own,
        to: given.peer,
        kind: Kind::PurposeChange,
        purpose: given.purpose,
        legal_basis,
        urgency: Urgency::UrgentDirect,
        further_use: Some(ground),
        // No content, so nothing of a person leaves with it.
        transfer_basis: None,
        handling: [Handling::H0].into(),
        handling_note: None,
        evaluation: None,
        conversation: Some(given.conversation),
        in_reply_to: Some(given.message),
        expires: after(days(DELIVERED_WITHIN.min(kept))),
        delete_by: after(days(kept)),
        questions: Vec::new(),
        answers: Vec::new(),
        waits_for_release: false,
        content: Content::Nothing,
        reason: None,
        asks: Some(Asks::Purpose(purpose)),
        passes_on: Vec::new(),
    }
}
