//! Who may do what: the people of the policy in force, and their roles.
//!
//! In: `people.toml` of a policy version, read by `config`; the id under which somebody acts.
//! Out: a [`Roster`] that answers what a person may do, or why not.
//! Must hold: an empty roster permits nobody; nobody is two persons by spelling an id otherwise.

mod caller;
mod person;
mod roster;

pub use caller::Caller;
pub use person::{Person, PersonId, PersonIdError, Seat};
pub use roster::{Denied, Roster};
