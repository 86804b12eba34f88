//! What an answer to a question would be let out: asked before anybody writes it.
//!
//! A partner that names what it asks for gets a partial answer with the codes of what is left out, never a silent
//! omission. For that the officer must know beforehand what the rules let go, by the very code that will decide.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::about::About;
use super::content::{Content, Holding};
use super::engine::Engine;
use super::facts::Facts;
use super::inputs::{Inputs, Way};
use super::marks::Marks;
use super::submission::Circumstances;
use super::words::{Shield, Subject};
use crate::message::{Body, Document, Envelope, Kind, RefusalCode};
use crate::partner::Role;
use crate::schema::DataCategory;

/// What would become of data of one category in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    pub category: DataCategory,
    /// Each different outcome, with those whose data it would be; in one order.
    pub would: Vec<(Would, Vec<Whose>)>,
}

/// Whose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose {
    pub subject: Subject,
    /// A child when the acts happened or now, or of disputed age.
    pub child: bool,
}

/// What would become of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Would {
    Leave,
    /// It would leave for persons whose consent covers it.
    WithConsent,
    /// It would be withheld until persons with these roles together have released the answer.
    After(BTreeSet<Role>),
    /// It would be withheld, whoever releases the answer; the code belongs into the answer.
    Never(RefusalCode),
}

impl Engine {
    /// What the rules would let out of an answer to a message with this envelope, for each of the categories asked for.
    ///
    /// Only the release of fields is asked: whether the answer as a whole may leave depends on what will stand in it.
    #[must_use]
    pub fn foresee(&self, question: &Envelope, asked: &BTreeSet<DataCategory>) -> Vec<Foreseen> {
        let mut envelope = question.clone();
        std::mem::swap(&mut envelope.from, &mut envelope.to);
        (envelope.in_reply_to, envelope.kind) = (Some(question.id), Kind::PartialAnswer);
        let (expires, delete_by) = (envelope.expires, envelope.delete_by);
        let Some((agreement, slice)) = self.partner(&envelope.to) else {
            let never = |category| Foreseen {
                category,
                would: vec![(Would::Never(RefusalCode::OutsideCategories), everybody().collect())],
            };
            return asked.iter().copied().map(never).collect();
        };
        let answer =
            Document { envelope, body: Body::default(), attachments: Vec::new(), withheld: Vec::new() };
        let facts = Facts::of(
            &answer,
            Some(agreement.body),
            Marks::default(),
            &Circumstances::default(),
            Content::default(),
        );
        let mut inputs = Inputs {
            way: Way::Out,
            at: question.created,
            expires,
            delete_by,
            follows: true,
            languages: BTreeSet::new(),
            unknown_fields: false,
            waits_for_release: false,
            size: None,
            facts,
            fields: Vec::new(),
            apart: BTreeMap::new(),
            ages: BTreeSet::new(),
            elsewhere: Vec::new(),
        };
        let mut would = |category, whose: Whose, consented| {
            inputs.fields = vec![Holding { category, about: whose.about(consented), paths: Vec::new() }];
            let released = self.weigh_fields(&inputs, agreement, slice)?.pop()?;
            Some(match released {
                one if one.yes => Would::Leave,
                one if !one.releasers.is_empty() => Would::After(one.releasers),
                one => Would::Never(one.code),
            })
        };
        let mut all = Vec::with_capacity(asked.len());
        for category in asked.iter().copied() {
            let mut groups: Vec<(Would, Vec<Whose>)> = Vec::new();
            for whose in everybody() {
                let failed = Would::Never(RefusalCode::OutsideCategories);
                let without = would(category, whose, !whose.victim()).unwrap_or(failed);
                let with = if whose.victim() { would(category, whose, true) } else { None };
                let outcome = match (without, with) {
                    (Would::Leave, _) => Would::Leave,
                    (_, Some(Would::Leave)) => Would::WithConsent,
                    (Would::Never(_), Some(after @ Would::After(_))) => after,
                    (without, _) => without,
                };
                match groups.iter_mut().find(|(known, _)| *known == outcome) {
                    Some((_, whose_all)) => whose_all.push(whose),
                    None => groups.push((outcome, vec![whose])),
                }
            }
            groups.sort();
            all.push(Foreseen { category, would: groups });
        }
        all
    }
}

/// Everybody whom data may be about, as the schema knows them; victims also as children.
fn everybody() -> impl Iterator<Item = Whose> {
    let known = Subject::ALL.iter().copied().filter(|subject| *subject != Subject::Unknown);
    known.flat_map(|subject| {
        let adult = Whose { subject, child: false };
        let child = adult.victim().then_some(Whose { subject, child: true });
        std::iter::once(adult).chain(child)
    })
}

impl Whose {
    fn victim(self) -> bool {
        matches!(self.subject, Subject::VictimPresumed | Subject::VictimIdentified)
    }

    /// Nobody is foreseen to be shielded: whoever answers sees what is withheld for that.
    fn about(self, consented: bool) -> About {
        let shield = Shield::None;
        About { subject: self.subject, victim: self.victim(), child: self.child, shield, consented }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.subject.as_str())?;
        if self.child { f.write_str(" (child)") } else { Ok(()) }
    }
}

impl fmt::Display for Would {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leave => f.write_str("leaves"),
            Self::WithConsent => f.write_str("leaves if the person's consent covers it"),
            Self::After(roles) => {
                let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
                write!(f, "withheld until released by {}", roles.join(" and "))
            }
            Self::Never(code) => write!(f, "never ({code})"),
        }
    }
}

impl fmt::Display for Foreseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.category.as_str())?;
        for (place, (would, whose)) in self.would.iter().enumerate() {
            let whose: Vec<String> = whose.iter().map(Whose::to_string).collect();
            let mark = if place == 0 { "" } else { ";" };
            write!(f, "{mark} {would}: {}", whose.join(", "))?;
        }
        Ok(())
    }
}
