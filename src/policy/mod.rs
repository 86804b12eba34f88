//! May it leave, may it enter, which fields: a pure decision.
//!
//! In: a draft message or an opened document, the agreement with the partner, the time.
//! Out: a decision with the rules that caused it; `Permitted` and `Admitted`, which nobody else can make.
//! Must hold: no policy, no agreement, an empty list or an unknown value means refused.

mod about;
mod advice;
mod annotation;
mod cache;
mod checks;
mod consent;
mod content;
mod decision;
mod elsewhere;
mod engine;
mod explain;
mod facts;
mod foresee;
mod inputs;
mod marks;
mod places;
mod references;
mod release;
mod returns;
mod same;
mod slice;
mod source;
mod submission;
mod verdict;
mod vulnerable;
mod words;

#[cfg(test)]
mod tests;

pub use about::About;
pub use content::{Content, Holding};
pub use decision::{Admitted, Basis, Decision, Ground, Held, Permitted, Refusal, RuleId};
pub use elsewhere::Elsewhere;
pub use engine::Engine;
pub use explain::{Again, Explanation};
pub use facts::{Facts, handling, transfer_unnamed, transfers};
pub use foresee::{Foreseen, Whose, Would};
pub use inputs::{Inputs, Way};
pub use marks::Marks;
pub use places::{How, Rendered, needs_rendering, render};
pub use references::{Concern, References, consent_until, tells_of_withdrawal};
pub use source::{PolicyProblem, Scope, Source, opens_to_all};
pub use submission::{
    Actor, ActorError, Approval, Circumstances, Extent, ReceivedTerms, StatedAge, Submission,
};
pub use verdict::{End, Released, Verdict};
pub use vulnerable::ages_wanted;
