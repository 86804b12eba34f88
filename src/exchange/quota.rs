//! Quotas per kind: checked and counted in the transaction that sends or settles the message.

use jiff::Timestamp;

use super::gateway::Terms;
use crate::message::{Cover, Kind};
use crate::partner::Direction;
use crate::store::{QuotaShare, Side, StoreError, Tx};

/// The code of a message for which the quota of its kind is used up.
pub(super) const USED_UP: &str = "quota-used-up";

/// The share of a message of `kind`; nothing when no quota was agreed for it. Erasing waits for no quota.
pub(super) fn share(terms: &Terms, side: Side, cover: &Cover, kind: Kind) -> Option<QuotaShare> {
    if matches!(kind, Kind::Erase | Kind::DeletionCertificate) {
        return None;
    }
    let peer = side.peer(cover);
    let direction = match side {
        Side::Out => Direction::Out,
        Side::In => Direction::In,
    };
    let quota = *terms.register.agreement(peer)?.quotas.get(&(direction, kind))?;
    Some(QuotaShare { side, peer: peer.clone(), kind, quota })
}

/// When a message that is to be sent may go, if not now. One that is there already was counted then.
pub(super) fn sends_at(
    tx: &Tx<'_>,
    share: &QuotaShare,
    cover: &Cover,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(free_at) = tx.quota_free_at(share, now)? else { return Ok(None) };
    let there = tx.mailbox_facts(Side::Out, &cover.from, cover.id)?.is_some();
    Ok((!there).then_some(free_at))
}
