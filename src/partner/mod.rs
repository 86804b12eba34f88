//! Partners and what was agreed with each.
//!
//! In: the agreement files of `config/partners/`, read by `config`.
//! Out: [`Agreement`]s, by party, in a [`Register`].
//! Must hold: an empty list permits nothing; a party without an agreement in force is a stranger.

mod agreement;
mod contact;
mod places;
mod quota;
mod register;
mod role;
mod service;
mod union;

pub use agreement::{Agreement, BasisOf, Body, DAYS_KEPT, Delivery, Limits, Profile};
pub use contact::{Contact, ContactRole};
pub use places::{PlaceRule, Rendering};
pub use quota::{Direction, Quota};
pub use register::Register;
pub use role::{Role, RoleError};
pub use service::ServiceLevels;
pub use union::leaves_union;
