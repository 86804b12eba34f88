//! What a message changes beside its deposit, in the transaction that makes it true: terms on file, permissions,
//! erasures, certificates.

use std::time::Duration;

use jiff::Timestamp;

use crate::audit::{self, Action};
use crate::message::{Asks, Document, Kind, MessageId, Reason};
use crate::policy;
use crate::store::{EraseRow, NewDuty, NewPermission, Side, StoreError, TermsRow, Tx};

/// The effects of one message, ready for its transaction.
#[derive(Debug, Clone)]
pub(super) struct Effects {
    pub(super) terms: TermsRow,
    reason: Option<Reason>,
    /// How long the partner has for its certificate.
    certificate_within: Duration,
}

/// What was changed, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// The body of a received message was removed here.
    Erased(MessageId),
    /// The partner has certified that a disclosed message is gone.
    Certified(MessageId),
}

impl Effects {
    pub(super) fn of(side: Side, document: &Document) -> Self {
        let envelope = &document.envelope;
        let (own, peer) = match side {
            Side::Out => (&envelope.from, &envelope.to),
            Side::In => (&envelope.to, &envelope.from),
        };
        let asks = document.body.asks.as_ref();
        let terms = TermsRow {
            side,
            message: envelope.id,
            peer: peer.clone(),
            own: own.clone(),
            conversation: envelope.conversation,
            follows: envelope.in_reply_to,
            kind: envelope.kind,
            purpose: envelope.purpose,
            legal_basis: envelope.legal_basis.clone(),
            handling: policy::handling(document).words().collect(),
            delete_by: envelope.delete_by,
            records: !document.body.records.is_empty(),
            new_purpose: asks.and_then(|asks| match asks {
                Asks::Purpose(purpose) => Some(*purpose),
                Asks::Recipient(_) => None,
            }),
            new_recipient: asks.and_then(|asks| match asks {
                Asks::Recipient(recipient) => Some(recipient.clone()),
                Asks::Purpose(_) => None,
            }),
            erased: None,
        };
        Self { terms, reason: document.body.reason, certificate_within: Duration::ZERO }
    }

    /// The same, with the time that was agreed for a certificate.
    pub(super) fn certified_within(self, certificate_within: Duration) -> Self {
        Self { certificate_within, ..self }
    }

    /// The erase message that went out before this one for the same disclosure: then this one must not go.
    pub(super) fn already_erased_by(&self, tx: &Tx<'_>) -> Result<Option<MessageId>, StoreError> {
        let terms = &self.terms;
        let (Kind::Erase, Some(item)) = (terms.kind, terms.follows) else { return Ok(None) };
        let known = tx.disclosure_of(&terms.own, &terms.peer, item)?;
        Ok(known.and_then(|row| row.erase).filter(|erase| *erase != terms.message))
    }

    /// A message of an agency is on its way.
    pub(super) fn sent(&self, tx: &Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
        let terms = &self.terms;
        tx.terms_add(terms)?;
        let Some(about) = terms.follows else { return Ok(()) };
        match terms.kind {
            Kind::Erase => {
                let erase = EraseRow {
                    own: terms.own.clone(),
                    peer: terms.peer.clone(),
                    message: about,
                    erase: terms.message,
                    why: self.reason.unwrap_or(Reason::ConsentWithdrawn),
                    at: now,
                    due: now.saturating_add(self.certificate_within).unwrap_or(now),
                };
                tx.disclosure_claim(&erase)?;
                // What has not left yet need not leave any more.
                tx.mailbox_stop(&terms.peer, about)
            }
            Kind::DeletionCertificate => {
                tx.duty_certified(&terms.own, &terms.peer, about, terms.message).map(|_| ())
            }
            Kind::Accept => self.permit(tx, Side::In, now),
            Kind::Withdrawal => tx.permission_end(&terms.own, &terms.peer, about, now).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// A message of a partner was opened and admitted.
    pub(super) fn received(&self, tx: &Tx<'_>, now: Timestamp) -> Result<Option<Effect>, StoreError> {
        let terms = &self.terms;
        tx.terms_add(terms)?;
        let duty = tx.duty_of(&terms.own, Some(&terms.peer), terms.message)?;
        if duty.is_some_and(|row| row.duty.message == terms.message) {
            // Its erase message was quicker.
            tx.duty_held(&terms.own, &terms.peer, terms.message)?;
            return self.erase_here(tx, terms.message, now);
        }
        let Some(about) = terms.follows else { return Ok(None) };
        match terms.kind {
            Kind::Erase => self.must_erase(tx, about, now),
            Kind::DeletionCertificate => self.certified(tx, about, now),
            Kind::Accept => self.permit(tx, Side::Out, now).map(|()| None),
            Kind::Withdrawal => {
                tx.permission_end(&terms.peer, &terms.own, about, now)?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// The partner wants a message of its own erased. One that never came is noted too: it may still come, and the
    /// agency answers that it does not have it.
    fn must_erase(&self, tx: &Tx<'_>, item: MessageId, now: Timestamp) -> Result<Option<Effect>, StoreError> {
        let terms = &self.terms;
        let cover = tx.mailbox_cover(Side::In, &terms.peer, item)?;
        let held = cover.is_some_and(|cover| cover.to == terms.own);
        let why = self.reason.unwrap_or(Reason::ConsentWithdrawn);
        tx.duty_add(&NewDuty {
            own: terms.own.clone(),
            peer: terms.peer.clone(),
            message: item,
            held,
            why,
            since: now,
            erase: Some(terms.message),
        })?;
        tx.disclosure_source_gone(&terms.own, &terms.peer, item, why, now)?;
        if held { self.erase_here(tx, item, now) } else { Ok(None) }
    }

    fn erase_here(&self, tx: &Tx<'_>, item: MessageId, now: Timestamp) -> Result<Option<Effect>, StoreError> {
        let terms = &self.terms;
        if !tx.terms_erase(&terms.own, &terms.peer, item, now)? {
            return Ok(None);
        }
        let mut event = audit::Event::new(now, terms.peer.as_str(), Action::Erase);
        event.message = Some(item);
        (event.from, event.to) = (Some(terms.peer.clone()), Some(terms.own.clone()));
        audit::append(tx, &event.entry())?;
        Ok(Some(Effect::Erased(item)))
    }

    /// The partner certifies. What is not this partner's, or settled already, is left as it is.
    fn certified(&self, tx: &Tx<'_>, about: MessageId, now: Timestamp) -> Result<Option<Effect>, StoreError> {
        let terms = &self.terms;
        let said = self.reason.unwrap_or(Reason::Deleted);
        let Some(item) = tx.disclosure_settle(&terms.own, &terms.peer, about, terms.message, said)? else {
            return Ok(None);
        };
        let mut event = audit::Event::new(now, terms.peer.as_str(), Action::Erase);
        event.message = Some(item);
        (event.from, event.to) = (Some(terms.own.clone()), Some(terms.peer.clone()));
        event.code = Some(said.to_string());
        audit::append(tx, &event.entry())?;
        Ok(Some(Effect::Certified(item)))
    }

    /// An `accept` of a request for permission puts the permission on file; `asked` is the side that the request
    /// stands on.
    fn permit(&self, tx: &Tx<'_>, asked: Side, now: Timestamp) -> Result<(), StoreError> {
        let terms = &self.terms;
        let Some(request) = terms.follows else { return Ok(()) };
        let Some(request) = tx.terms_of(asked, &terms.own, &terms.peer, request)? else { return Ok(()) };
        let Some(item) = request.follows.filter(|_| request.kind.asks_permission()) else { return Ok(()) };
        let (provider, grantee) = match asked {
            Side::In => (&terms.own, &terms.peer),
            Side::Out => (&terms.peer, &terms.own),
        };
        tx.permission_add(&NewPermission {
            provider: provider.clone(),
            grantee: grantee.clone(),
            item,
            request: request.message,
            accept: terms.message,
            conversation: request.conversation,
            used: request.kind,
            new_purpose: request.new_purpose,
            new_recipient: request.new_recipient,
            granted: now,
        })
    }
}
