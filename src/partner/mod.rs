//! Partners and what was agreed with each.
//!
//! In: the agreement files of `config/partners/`, read by `config`.
//! Out: [`Agreement`]s, by party, in a [`Register`].
//! Must hold: an empty list permits nothing; a party without an agreement in force is a stranger.

mod agreement;
mod register;
mod role;

pub use agreement::{Agreement, Body, Delivery, Limits, Profile};
pub use register::Register;
pub use role::{Role, RoleError};
