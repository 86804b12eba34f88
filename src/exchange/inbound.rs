//! In: a partner's request becomes a durable message and its stored receipt; polls and acknowledgements.

use std::time::Duration;

use bytes::Bytes;

use super::accept::Arrival;
use super::gateway::{Gateway, Work};
use super::{ExchangeError, patiently};
use crate::audit::{self, Action};
use crate::message::{Cover, MessageId, PartyId};
use crate::receipt::SignedReceipt;
use crate::relay::{Acceptance, Code, Door, Listed, ListedReceipt, Refused};
use crate::store::{QuarantineRow, Side, State};
use crate::tls::{Peer, PeerRefusal};

/// Messages in one answer to a poll.
const LISTED: usize = 100;

impl Door for Gateway {
    fn may_speak(&self, peer: &Peer) -> Result<(), Refused> {
        let terms = self.terms();
        terms.trust.still_good(peer, self.now()).map_err(no_longer)?;
        let now = self.now();
        let in_force = |party| terms.register.agreement(party).is_some_and(|a| a.in_force(now));
        match peer.parties().iter().find(|party| terms.register.agreement(party).is_some()) {
            None => Err(Refused::new(Code::NoAgreement, "ask the gateway's administrators")),
            Some(_) if peer.parties().iter().any(in_force) => Ok(()),
            Some(_) => Err(Refused::new(Code::AgreementNotInForce, "ask the gateway's administrators")),
        }
    }

    fn longest(&self, peer: &Peer) -> usize {
        let terms = self.terms();
        peer.parties()
            .iter()
            .filter_map(|p| terms.register.agreement(p))
            .map(|a| a.limits.sealed_bytes)
            .max()
            .unwrap_or(0)
    }

    async fn accept(&self, peer: &Peer, cover: Cover, sealed: Bytes) -> Result<Acceptance, Refused> {
        if let Err(refused) = self.believable(peer, &cover, &sealed) {
            self.quarantine(peer, &cover, sealed, &refused).await;
            return Err(refused);
        }
        let id = cover.id;
        match self.take_in(Arrival { cover: cover.clone(), sealed: sealed.clone() }).await {
            Ok(Some(acceptance)) => Ok(acceptance),
            Ok(None) => {
                let refused = Refused::new(Code::IdReused, "take a new id for a new message");
                self.quarantine(peer, &cover, sealed, &refused).await;
                Err(refused)
            }
            Err(error) => {
                tracing::error!(%error, message = %id, "cannot accept a message");
                Err(Refused::new(Code::Internal, "send the same message again"))
            }
        }
    }

    async fn list(&self, party: &PartyId, after: i64, wait: Duration) -> Result<Vec<Listed>, Refused> {
        let wake = self.wake(Work::Deliver, party);
        let look = || {
            let (peer, now) = (party.clone(), self.now());
            self.inner.store.read(move |tx| tx.mailbox_list(&peer, after, LISTED, now))
        };
        let listed = patiently(&wake, wait, look).await.map_err(|error| internal(&error))?;
        Ok(listed.into_iter().map(|(seq, cover)| Listed { seq, cover }).collect())
    }

    async fn fetch(&self, party: &PartyId, id: MessageId) -> Result<(Cover, Bytes), Refused> {
        let peer = party.clone();
        let found = self.inner.store.read(move |tx| tx.mailbox_find(Side::Out, &peer, id)).await;
        let row = found.map_err(|error| internal(&error))?;
        let row =
            row.filter(|row| matches!(row.state, State::Waiting | State::Leased) && !row.body.is_empty());
        let row = row.ok_or_else(|| Refused::new(Code::NotFound, "it may have been acknowledged already"))?;
        if row.cover.expires <= self.now() {
            return Err(Refused::new(Code::Expired, "its sender did not want it delivered so late"));
        }
        Ok((row.cover, row.body))
    }

    async fn acknowledge(
        &self,
        party: &PartyId,
        id: MessageId,
        receipt: SignedReceipt,
    ) -> Result<(), Refused> {
        let mut results = self.take_receipts(std::slice::from_ref(party), vec![(id, receipt)]).await;
        results.pop().unwrap_or_else(|| Err(Refused::new(Code::Internal, "send the receipt again")))
    }

    async fn receipts(
        &self,
        peer: &Peer,
        receipts: Vec<(MessageId, SignedReceipt)>,
    ) -> Vec<Result<(), Refused>> {
        let parties: Vec<PartyId> = peer.parties().iter().cloned().collect();
        self.take_receipts(&parties, receipts).await
    }

    async fn list_receipts(&self, party: &PartyId, after: i64) -> Result<Vec<ListedReceipt>, Refused> {
        let peer = party.clone();
        let listed = self.inner.store.read(move |tx| tx.receipt_list(&peer, after, LISTED)).await;
        let listed = listed.map_err(|error| internal(&error))?;
        let read = |row: crate::store::DueReceipt| {
            let receipt = SignedReceipt::parse(&row.signed).ok()?;
            Some(ListedReceipt { seq: row.seq, message: row.message, receipt })
        };
        Ok(listed.into_iter().filter_map(read).collect())
    }
}

impl Gateway {
    /// All that can be checked without opening: the peer, the parties, the agreement, size, digest and expiry.
    fn believable(&self, peer: &Peer, cover: &Cover, sealed: &[u8]) -> Result<(), Refused> {
        let terms = self.terms();
        let now = self.now();
        if !peer.parties().contains(&cover.from) {
            return Err(Refused::new(
                Code::WrongSender,
                "send over a connection with the sender's own certificate",
            ));
        }
        if !terms.register.is_agency(&cover.to) {
            return Err(Refused::new(Code::UnknownRecipient, "see the agreement for the parties here"));
        }
        let agreement = terms.register.agreement(&cover.from);
        let agreement =
            agreement.ok_or_else(|| Refused::new(Code::NoAgreement, "ask the gateway's administrators"))?;
        if !agreement.in_force(now) {
            return Err(Refused::new(Code::AgreementNotInForce, "ask the gateway's administrators"));
        }
        if sealed.len() > agreement.limits.sealed_bytes {
            return Err(Refused::new(
                Code::TooLarge,
                format!("at most {} bytes were agreed", agreement.limits.sealed_bytes),
            ));
        }
        if cover.expires <= now {
            return Err(Refused::new(Code::Expired, "it may not be delivered any more"));
        }
        cover.matches(sealed).map_err(|error| match error.field {
            "size" => Refused::new(Code::SizeMismatch, error.to_string()),
            _ => Refused::new(Code::DigestMismatch, "send the bytes whose SHA-256 the cover gives"),
        })
    }

    /// Keeps what was refused at the door, unopened, as evidence.
    async fn quarantine(&self, peer: &Peer, cover: &Cover, sealed: Bytes, refused: &Refused) {
        let Some(party) = peer.parties().iter().next().cloned() else { return };
        let now = self.now();
        tracing::warn!(message = %cover.id, peer = %party, code = %refused.code, "message refused");
        let mut event = audit::Event::new(now, party.as_str(), Action::Quarantine);
        event.message = Some(cover.id);
        (event.from, event.to) = (Some(cover.from.clone()), Some(cover.to.clone()));
        event.code = Some(refused.code.as_str().to_owned());
        let row =
            QuarantineRow { peer: party, at: now, code: refused.code.as_str().to_owned(), bytes: sealed };
        let entry = event.entry();
        let written = self
            .inner
            .store
            .write("quarantine", move |tx| {
                tx.quarantine_add(&row)?;
                audit::append(tx, &entry)
            })
            .await;
        if let Err(error) = written {
            tracing::error!(%error, "cannot keep a refused message");
        }
    }

    /// What a partner has in quarantine: code and digest, newest first.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be read.
    pub async fn quarantined(
        &self,
        peer: &PartyId,
    ) -> Result<Vec<(String, crate::message::Sha256)>, ExchangeError> {
        let peer = peer.clone();
        Ok(self.inner.store.read(move |tx| tx.quarantine_list(&peer)).await?)
    }
}

fn internal(error: &dyn std::fmt::Display) -> Refused {
    tracing::error!(%error, "cannot answer a partner");
    Refused::new(Code::Internal, "send the same request again")
}

fn no_longer(refusal: PeerRefusal) -> Refused {
    let code = Code::from_word(refusal.code()).unwrap_or(Code::CertificateUnknown);
    Refused::new(code, "connect again with a certificate that is in force")
}
