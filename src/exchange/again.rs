//! A request that comes again: recognised in the transaction that would carry it out, so that of two at once one is carried
//! out and the other is told.

use jiff::Timestamp;

use super::ExchangeError;
use super::gateway::Gateway;
use super::plan::{Done, sentences};
use super::request::Submitted;
use crate::audit::{self, Action};
use crate::message::{ConversationId, MessageId};
use crate::policy::{Ground, RuleId};
use crate::store::{DecisionRow, Ended, Side, StoreError, Tx};
use crate::translate::Report;

/// The code of the audit entry for an id that was used for another message.
const USED: &str = "id-used";

/// What became of the same request when it came first.
#[derive(Debug, Clone, Copy)]
pub(super) enum First {
    Sent(Option<ConversationId>),
    Held(Option<ConversationId>),
    Ended(Ended),
}

/// What a request comes to whose id was used before; nothing for a new one, and for one that was refused: it is decided
/// anew, since nothing came of it.
pub(super) fn look(
    tx: &Tx<'_>,
    minutes: &DecisionRow,
    author: &str,
    now: Timestamp,
) -> Result<Option<Done>, StoreError> {
    let (id, own) = (minutes.message, &minutes.own);
    let Some(request) = minutes.request else { return Ok(None) };
    match tx.decision_asked(id, own, request)? {
        None => Ok(None),
        Some(false) => used(tx, minutes, author, now).map(Some),
        Some(true) => {
            if let Some(row) = tx.mailbox_facts(Side::Out, own, id)? {
                return Ok(Some(Done::Again(First::Sent(row.conversation))));
            }
            let held = tx.held_state(own, id)?;
            Ok(held.map(|state| {
                Done::Again(match state.ended {
                    Some((_, ended)) => First::Ended(ended),
                    None => First::Held(state.conversation),
                })
            }))
        }
    }
}

/// The id is another message's. The attempt is recorded.
pub(super) fn used(
    tx: &Tx<'_>,
    minutes: &DecisionRow,
    author: &str,
    now: Timestamp,
) -> Result<Done, StoreError> {
    let mut event = audit::Event::new(now, author, Action::Deny);
    event.message = Some(minutes.message);
    (event.from, event.to) = (Some(minutes.own.clone()), Some(minutes.peer.clone()));
    event.code = Some(USED.to_owned());
    audit::append(tx, &event.entry())?;
    Ok(Done::IdUsed)
}

impl Gateway {
    /// The first result of a request, for whoever has made it again.
    pub(super) async fn first_result(
        &self,
        id: MessageId,
        first: First,
        reports: Vec<Report>,
    ) -> Result<Submitted, ExchangeError> {
        let basis =
            self.decisions(id).await?.pop().ok_or(ExchangeError::Unreadable { code: "bad-record" })?;
        let conversation = |known: Option<ConversationId>| {
            known.ok_or(ExchangeError::Unreadable { code: "draft-of-earlier-version" })
        };
        Ok(match first {
            First::Ended(ended) => Submitted::Ended { id, ended },
            First::Sent(known) => Submitted::Sent {
                id,
                conversation: conversation(known)?,
                withheld: basis.withheld.len(),
                again: true,
                reports,
                notices: Vec::new(),
            },
            First::Held(known) => {
                let grounds = self.with_rules(|engine| {
                    let ground = |rule: &RuleId| engine.ground(rule);
                    basis.verdict.rules.iter().filter_map(ground).collect::<Vec<Ground>>()
                });
                let grounds = sentences(&grounds);
                let (conversation, basis) = (conversation(known)?, Box::new(basis));
                Submitted::Held { id, conversation, grounds, basis, reports }
            }
        })
    }
}
