//! What the store knows of a message beside its text: what it follows, what was permitted, whose content it passes on.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::ExchangeError;
use super::gateway::Gateway;
use crate::message::{ConversationId, Document, Envelope, Kind, MessageId, PartyId, Permission, Purpose};
use crate::policy::{Circumstances, ReceivedTerms};
use crate::store::{PermissionRow, Side, StoreError, Tx};

/// Messages that one draft can pass on.
pub(super) const MOST_SOURCES: usize = 64;

/// What is asked about a draft.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) own: PartyId,
    pub(super) peer: PartyId,
    pub(super) kind: Kind,
    pub(super) purpose: Purpose,
    pub(super) conversation: Option<ConversationId>,
    pub(super) follows: Option<MessageId>,
    pub(super) passes_on: Vec<MessageId>,
}

/// What the store knows about a draft.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) circumstances: Circumstances,
    /// The conversation of the message that the draft follows.
    pub(super) conversation: Option<ConversationId>,
    /// What the draft passes on, with the providers.
    pub(super) sources: Vec<(PartyId, MessageId)>,
}

/// What a draft names and the agency does not have.
pub(super) enum Missing {
    Message(MessageId),
    /// Its content had to be erased.
    Erased(MessageId, Timestamp),
}

/// Whose messages a kind follows.
enum Followed {
    Received,
    Sent,
    Either,
}

impl Followed {
    const fn by(kind: Kind) -> Self {
        match kind {
            // Both are about what the sender itself has sent: its own content, its own request, its own permission.
            Kind::Erase | Kind::Withdrawal => Self::Sent,
            Kind::Clarification
            | Kind::DelayNotice
            | Kind::Correction
            | Kind::DisputedMark
            | Kind::Reclassify => Self::Either,
            _ => Self::Received,
        }
    }
}

impl Draft {
    pub(super) fn of(document: &Document, passes_on: Vec<MessageId>) -> Self {
        let envelope = &document.envelope;
        Self {
            own: envelope.from.clone(),
            peer: envelope.to.clone(),
            kind: envelope.kind,
            purpose: envelope.purpose,
            conversation: Some(envelope.conversation),
            follows: envelope.in_reply_to,
            passes_on,
        }
    }

    /// Whether there is nothing to look up: a conversation that begins.
    fn stands_alone(&self) -> bool {
        self.conversation.is_none() && self.follows.is_none() && self.passes_on.is_empty()
    }

    fn look(&self, tx: &Tx<'_>) -> Result<Result<Known, Missing>, StoreError> {
        let mut known = Known::default();
        let mut terms = None;
        if let Some(id) = self.follows {
            let Some(side) = self.side_of(tx, id)? else { return Ok(Err(Missing::Message(id))) };
            terms = tx.terms_of(side, &self.own, &self.peer, id)?;
            // What was not opened, or was refused, has no terms that a draft could be held against. To ask for the
            // permission that it lacked is all that can follow it.
            if terms.is_none() && !self.kind.asks_permission() {
                return Ok(Err(Missing::Message(id)));
            }
        }
        known.conversation = terms.as_ref().map(|terms| terms.conversation);
        known.circumstances.grants =
            self.kind == Kind::Accept && terms.as_ref().is_some_and(|terms| terms.kind.asks_permission());
        if let Some(conversation) = self.conversation.or(known.conversation) {
            known.circumstances.follows = match &terms {
                Some(terms) => Some(terms.purpose),
                None => tx.terms_purpose(&self.own, &self.peer, conversation)?,
            };
            known.circumstances.permissions =
                permitted(tx, &self.own, &self.peer, conversation, self.follows, self.purpose)?;
        }
        for id in self.passes_on.iter().take(MOST_SOURCES) {
            // Ids are the senders' own: of messages under one id, every one counts.
            let sources = tx.terms_received(&self.own, *id)?;
            if sources.is_empty() {
                return Ok(Err(Missing::Message(*id)));
            }
            for source in sources {
                if let Some(at) = source.erased {
                    return Ok(Err(Missing::Erased(*id, at)));
                }
                let rows = tx.permission_of(&source.peer, &self.own, *id)?;
                let may = rows.iter().filter_map(|row| self.lifted_by(row)).collect();
                known.sources.push((source.peer.clone(), *id));
                known.circumstances.sources.push(ReceivedTerms {
                    provider: source.peer,
                    purpose: source.purpose,
                    handling: source.handling.into_iter().collect(),
                    delete_by: source.delete_by,
                    permissions: may,
                });
            }
        }
        Ok(Ok(known))
    }

    /// Where the followed message stands; nothing when the agency has no such message with this partner.
    fn side_of(&self, tx: &Tx<'_>, id: MessageId) -> Result<Option<Side>, StoreError> {
        let sides: &[Side] = match Followed::by(self.kind) {
            Followed::Received => &[Side::In],
            Followed::Sent => &[Side::Out],
            Followed::Either => &[Side::In, Side::Out],
        };
        for side in sides {
            let cover = tx.mailbox_cover(*side, &self.peer, id)?;
            if cover.is_some_and(|cover| side.own(&cover) == &self.own) {
                return Ok(Some(*side));
            }
        }
        Ok(None)
    }

    /// What a permission about a source lifts for this draft.
    fn lifted_by(&self, row: &PermissionRow) -> Option<Permission> {
        match row.used {
            Kind::JudicialUsePermission => Some(Permission::JudicialUse),
            Kind::OnwardPermission => {
                (row.new_recipient.as_ref() == Some(&self.peer)).then_some(Permission::Onward)
            }
            Kind::PurposeChange => {
                (row.new_purpose == Some(self.purpose)).then_some(Permission::PurposeChange)
            }
            _ => None,
        }
    }
}

impl Gateway {
    /// What the store knows about each draft, in one look.
    pub(super) async fn known(
        &self,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Result<Known, ExchangeError>>, ExchangeError> {
        let too_many = |draft: &Draft| draft.passes_on.len() > MOST_SOURCES;
        if drafts.iter().all(|draft| draft.stands_alone() && !too_many(draft)) {
            return Ok(drafts.iter().map(|_| Ok(Known::default())).collect());
        }
        let looked = self
            .inner
            .store
            .read(move |tx| {
                let look = |draft: Draft| Ok((draft.look(tx)?, draft));
                drafts.into_iter().map(look).collect::<Result<Vec<_>, StoreError>>()
            })
            .await?;
        let answer = |(found, draft): (Result<Known, Missing>, Draft)| match found {
            _ if too_many(&draft) => Err(ExchangeError::TooManySources { most: MOST_SOURCES }),
            Ok(known) => Ok(known),
            Err(Missing::Message(id)) => Err(ExchangeError::NoSuchMessage { party: draft.own, id }),
            Err(Missing::Erased(id, at)) => Err(ExchangeError::Erased { id, at }),
        };
        Ok(looked.into_iter().map(answer).collect())
    }
}

/// What the store knows about a message that was opened; the code when it names what it may not.
pub(super) fn of_arrival(
    tx: &Tx<'_>,
    envelope: &Envelope,
) -> Result<Result<Circumstances, &'static str>, StoreError> {
    let (own, peer) = (&envelope.to, &envelope.from);
    let mut terms = None;
    if let Some(id) = envelope.in_reply_to {
        if envelope.kind.asks_permission() {
            // Only the provider can permit: the item must be this agency's own, and have gone to the asker.
            let item = tx.mailbox_cover(Side::Out, peer, id)?;
            if item.is_none_or(|cover| cover.from != *own) {
                return Ok(Err("item-unknown"));
            }
        }
        terms = tx.terms_of(Side::Out, own, peer, id)?;
        if terms.is_none() {
            terms = tx.terms_of(Side::In, own, peer, id)?;
        }
    }
    let follows = match &terms {
        Some(terms) => Some(terms.purpose),
        None => tx.terms_purpose(own, peer, envelope.conversation)?,
    };
    // Most messages begin a conversation: nothing was permitted in it.
    let permissions = if envelope.in_reply_to.is_none() && follows.is_none() {
        BTreeSet::new()
    } else {
        permitted(tx, peer, own, envelope.conversation, envelope.in_reply_to, envelope.purpose)?
    };
    Ok(Ok(Circumstances { permissions, sources: Vec::new(), follows, grants: false }))
}

/// What the sender of a message has permitted its recipient, for content of the sender's own.
fn permitted(
    tx: &Tx<'_>,
    from: &PartyId,
    to: &PartyId,
    conversation: ConversationId,
    follows: Option<MessageId>,
    purpose: Purpose,
) -> Result<BTreeSet<Permission>, StoreError> {
    let changed = |row: &PermissionRow| row.used == Kind::PurposeChange && row.new_purpose == Some(purpose);
    let granted = tx.permission_in(from, to, conversation, follows)?;
    let mut permissions = BTreeSet::new();
    if granted.iter().any(|row| row.used == Kind::JudicialUsePermission) {
        permissions.insert(Permission::JudicialUse);
    }
    // A purpose that was changed with the other's permission is the conversation's purpose for both.
    let other = tx.permission_in(to, from, conversation, follows)?;
    if granted.iter().chain(&other).any(changed) {
        permissions.insert(Permission::PurposeChange);
    }
    Ok(permissions)
}
