//! Which fields leave: one question per kind of data and kind of subject, never one per field.

use cedar_policy::Context;

use super::about::{About, Persons};
use super::facts::{Asked, Facts, build, set, yes};
use super::marks::Marks;
use super::verdict::Released;
use super::words::Words;
use crate::message::{Kind, LegalBasis, PartyId, Purpose, Withheld};
use crate::partner::{Body, Role};
use crate::schema::{Catalogue, DataCategory, Record};

/// The rule of a field that no rule releases.
pub(super) const DEFAULT: &str = "default";

/// Data of one category about one kind of subject, as asked by `release`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Aspect {
    pub(super) from: PartyId,
    pub(super) to: PartyId,
    pub(super) kind: Kind,
    pub(super) purpose: Purpose,
    pub(super) legal_basis: LegalBasis,
    pub(super) body: Option<Body>,
    pub(super) roles: Marks<Role>,
    pub(super) category: DataCategory,
    pub(super) about: About,
}

impl Aspect {
    /// `roles`: of those who have released data of this category.
    pub(super) fn new(facts: &Facts, roles: Marks<Role>, category: DataCategory, about: About) -> Self {
        Self {
            from: facts.from.clone(),
            to: facts.to.clone(),
            kind: facts.kind,
            purpose: facts.purpose,
            legal_basis: facts.legal_basis.clone(),
            body: facts.body,
            roles,
            category,
            about,
        }
    }
}

impl Asked for Aspect {
    fn sender(&self) -> &PartyId {
        &self.from
    }

    fn recipient(&self) -> &PartyId {
        &self.to
    }

    fn roles(&self) -> Marks<Role> {
        self.roles
    }

    fn with_roles(&self, roles: Marks<Role>) -> Self {
        Self { roles, ..self.clone() }
    }

    fn context(&self, words: &Words) -> Option<Context> {
        build([
            ("kind", words.word("Kind", self.kind.as_str())?),
            ("purpose", words.word("Purpose", self.purpose.as_str())?),
            ("legal_basis", words.word("LegalBasis", self.legal_basis.as_str())?),
            ("body", words.word("Body", self.body?.as_str())?),
            ("approved", yes(!self.roles.is_empty())),
            ("roles", set(words, "Role", self.roles)?),
            ("category", words.word("Data", self.category.as_str())?),
            ("special", yes(self.category.is_special())),
            ("subject", words.word("Subject", self.about.subject.as_str())?),
            ("victim", yes(self.about.victim)),
            ("child", yes(self.about.child)),
            ("consented", yes(self.about.consented)),
        ])
    }
}

/// Removes from record number `number` what was not released, and lists it. Nothing if a field was not decided
/// about, or the record holds fields that the catalogue does not have: their names could tell a value. `persons` are those
/// about whom it was decided.
pub(super) fn apply(
    record: &mut Record,
    number: u16,
    released: &[Released],
    catalogue: &Catalogue,
    persons: &Persons,
) -> Option<Vec<Withheld>> {
    let mut by: Vec<&Released> = Vec::new();
    let mut undecided = false;
    let removed = record.withhold(catalogue, |field, category, position| {
        let about = persons.whom(field, position).about(category);
        match released.iter().find(|one| one.category == category && one.about == about) {
            Some(one) if one.yes => true,
            Some(one) => {
                by.push(one);
                false
            }
            None => {
                undecided = true;
                false
            }
        }
    });
    if undecided || removed.len() != by.len() {
        return None;
    }
    let withheld = removed.into_iter().zip(by).map(|((path, category), one)| Withheld {
        record: number,
        path: path.as_str().to_owned(),
        category,
        code: one.code,
        rule: one.rule.as_str().to_owned(),
    });
    Some(withheld.collect())
}
