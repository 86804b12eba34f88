//! The path itself, in each direction.
//!
//! In: records and requests from the doors, sealed messages from `relay`.
//! Out: messages on their way, receipts, opened records.
//! Must hold: every step takes only what the step before hands over; an answer follows its commit.

mod accept;
mod acknowledge;
mod again;
mod batch;
mod deliver;
mod draft;
mod effects;
mod erase;
mod event;
mod expire;
mod explain;
mod further;
mod gateway;
mod inbound;
mod known;
mod minutes;
mod outbound;
mod plan;
mod process;
mod quota;
mod read;
mod release;
mod request;
mod review;
mod shown;
mod switch;
mod withdraw;

pub use crate::store::{DisclosureRow, DisclosureState, DutyRow, Ended, NewDuty, Side};
pub use event::{Event, Observer, What};
pub use explain::{Flip, Replay, TriedOut};
pub use further::Notice;
pub use gateway::{Agency, Gateway, Parts, Terms};
pub use read::{MessageRead, Progress, Status};
pub use release::Releasing;
pub use request::{Content, Request, Submitted};
pub use shown::Shown;
pub use switch::Compile;
pub use withdraw::{Told, Withdrawn};

use std::time::Duration;

use tokio::sync::Notify;

use crate::access::Denied;
use crate::policy::ActorError;
use crate::receipt::ReceiptError;
use crate::seal::SealError;
use crate::store::StoreError;
use crate::translate::TranslateError;

/// Why the path could not be walked. A refusal is not an error: see [`Submitted`].
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    #[error("this gateway does not speak for `{party}`")]
    NotAnAgency { party: crate::message::PartyId },
    #[error("there is no message {id} for `{party}` here")]
    NoSuchMessage { party: crate::message::PartyId, id: crate::message::MessageId },
    #[error(
        "message {id} was erased here on {at}: its provider demanded it, or its time of deletion has passed"
    )]
    Erased { id: crate::message::MessageId, at: jiff::Timestamp },
    #[error("{reason}")]
    Misfit { reason: String },
    #[error("a message passes on at most {most} received messages; send several")]
    TooManySources { most: usize },
    #[error("the record cannot be translated: {0}")]
    Translate(#[source] TranslateError),
    #[error("the message cannot be sealed: {0}")]
    Seal(#[source] SealError),
    #[error("a receipt cannot be signed: {0}")]
    Receipt(#[source] ReceiptError),
    #[error("agency `{agency}` has no OpenPGP key of profile `{profile}`; add one to its `openpgp` list")]
    NoKey { agency: crate::message::PartyId, profile: &'static str },
    #[error("the author or reviewer cannot be recorded: {0}")]
    Actor(#[source] ActorError),
    #[error(
        "policy version {version} is in force, but cannot be put in force here; correct this, then try again: {reason}"
    )]
    NotInForce { version: u32, reason: String },
    #[error("no policy version is in force in the store; restore it from a backup")]
    NoVersion,
    #[error("the policy changed while this was decided; try again")]
    Changing,
    #[error("may not release or reject this message: {0}")]
    Denied(#[source] Denied),
    #[error(
        "{} would leave even without a release: no rule asks for one here; reject the message, and have its author leave it out",
        words(kept_back)
    )]
    LeavesAnyway { kept_back: Vec<crate::schema::DataCategory> },
    #[error(
        "{id} was used for another message before; each message has an id of its own: leave out `--id`, or give a new one"
    )]
    IdUsed { id: crate::message::MessageId },
    #[error(
        "draft {id} is not what its author had parked: {what} was changed in the store since; nothing was sent; tell the operators, reject it, and submit it again"
    )]
    Altered { id: crate::message::MessageId, what: &'static str },
    #[error(
        "the message goes on waiting: say how old you believe these persons to be, and on what ground: {} --age-ground CODE (one of {})",
        ages(wanted),
        grounds.join(", ")
    )]
    AgesWanted { wanted: Vec<(usize, usize)>, grounds: Vec<String> },
    #[error("only a protection reviewer states an age; release without `--age`, or have one release it")]
    AgesNotTheirs,
    #[error("no such ground; `--age-ground` is one of {}", grounds.join(", "))]
    AgeGround { grounds: Vec<String> },
    #[error("nobody asks for the age of {}; asked is: {}", person(*place), ages(wanted))]
    AgeNotWanted { place: (usize, usize), wanted: Vec<(usize, usize)> },
    #[error(
        "what would leave of {id} is not what was shown; nothing was sent; look at it again{}",
        if new.is_empty() { String::new() } else { format!("; it would leave now: {}", new.join(", ")) }
    )]
    OtherThanShown { id: crate::message::MessageId, new: Vec<String> },
    #[error("the message cannot be opened again (`{code}`)")]
    Unreadable { code: &'static str },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the gateway is stopping")]
    Stopping,
}

/// A person of a message by its place, as `--age` names it: the record comes first where it is not the first.
#[must_use]
pub fn person((record, person): (usize, usize)) -> String {
    if record == 0 { person.to_string() } else { format!("{record}:{person}") }
}

fn ages(wanted: &[(usize, usize)]) -> String {
    let all: Vec<String> = wanted.iter().map(|place| format!("--age {}=YEARS", person(*place))).collect();
    if all.is_empty() { "nobody's".to_owned() } else { all.join(" ") }
}

fn words(categories: &[crate::schema::DataCategory]) -> String {
    categories.iter().map(|category| category.as_str()).collect::<Vec<_>>().join(", ")
}

/// How often somebody who waits looks without being woken: another process may have written.
const LOOK: Duration = Duration::from_secs(1);

/// Looks again whenever woken, and once a second, until something is there or `wait` is over.
async fn patiently<T, E, F>(wake: &Notify, wait: Duration, look: impl Fn() -> F) -> Result<Vec<T>, E>
where
    F: Future<Output = Result<Vec<T>, E>>,
{
    let over = tokio::time::sleep(wait);
    tokio::pin!(over);
    loop {
        let woken = wake.notified();
        let found = look().await?;
        if !found.is_empty() || wait.is_zero() {
            return Ok(found);
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep(LOOK) => {}
            () = &mut over => return look().await,
        }
    }
}

/// Waits for the order to stop.
async fn stopped(stop: &mut tokio::sync::watch::Receiver<bool>) {
    // A sender that is gone means the same: nobody will ever say it.
    let _ = stop.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests;
