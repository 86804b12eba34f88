//! Expire: what waited for a partner longer than its sender wanted fails, and the sender learns it.
//!
//! A pushed message is failed by its own worker; one for a partner that polls has none.

use tokio::sync::watch;

use super::event::What;
use super::gateway::Gateway;
use super::{ExchangeError, LOOK, stopped};
use crate::audit::{self, Action};
use crate::message::Cover;

/// Messages that fail in one transaction at most.
const BATCH: usize = 256;
const CODE: &str = "expired";

impl Gateway {
    /// Looks once a second until `stop` turns true.
    pub(super) async fn expire(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.expire_batch().await {
                tracing::error!(%error, "cannot fail expired messages");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = stopped(&mut stop) => break,
            }
        }
    }

    async fn expire_batch(&self) -> Result<(), ExchangeError> {
        let (now, store) = (self.now(), &self.inner.store);
        // Mostly there is nothing: that is seen without a write, which would cost a sync.
        if store.read(move |tx| tx.mailbox_expired(now, 1)).await?.is_empty() {
            return Ok(());
        }
        let failed: Vec<Cover> = store
            .write("expire", move |tx| {
                let expired = tx.mailbox_expired(now, BATCH)?;
                for (seq, cover) in &expired {
                    tx.mailbox_expire(*seq)?;
                    let mut event = audit::Event::new(now, "gateway", Action::Fail);
                    (event.message, event.digest) = (Some(cover.id), Some(cover.digest));
                    (event.from, event.to) = (Some(cover.from.clone()), Some(cover.to.clone()));
                    event.code = Some(CODE.to_owned());
                    audit::append(tx, &event.entry())?;
                }
                Ok(expired.into_iter().map(|(_, cover)| cover).collect())
            })
            .await?;
        for cover in failed {
            tracing::warn!(message = %cover.id, to = %cover.to, "message expired before it was delivered");
            self.tell(cover.id, &cover.from, &cover.to, || What::Failed { code: CODE.to_owned() });
        }
        Ok(())
    }
}
