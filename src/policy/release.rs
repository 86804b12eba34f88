//! Which fields leave: one question per kind of data and kind of subject, never one per field.

use cedar_policy::Context;

use super::about::{About, Persons};
use super::facts::{Asked, Facts, build, set, yes};
use super::marks::Marks;
use super::verdict::Released;
use super::words::Words;
use crate::message::{Kind, LegalBasis, PartyId, Purpose, RefusalCode, Withheld};
use crate::partner::{Body, Role};
use crate::schema::{Catalogue, DataCategory, Field, Record};

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
            ("sender_body", words.body(&self.from)?),
            ("recipient_body", words.body(&self.to)?),
            ("approved", yes(!self.roles.is_empty())),
            ("roles", set(words, "Role", self.roles)?),
            ("category", words.word("Data", self.category.as_str())?),
            ("special", yes(self.category.is_special())),
            ("subject", words.word("Subject", self.about.subject.as_str())?),
            ("victim", yes(self.about.victim)),
            ("child", yes(self.about.child)),
            ("shield", words.word("Shield", self.about.shield.as_str())?),
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
) -> Option<Gone> {
    let mut by: Vec<(&Released, &Field)> = Vec::new();
    let mut undecided = false;
    let removed = record.withhold(catalogue, |field, category, position| {
        let about = persons.whom(field, position).about(category);
        match released.iter().find(|one| one.category == category && one.about == about) {
            Some(one) if one.yes => true,
            Some(one) => {
                by.push((one, field));
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
    let mut gone = Gone::default();
    for (removed, (one, field)) in removed.into_iter().zip(by) {
        let exact = Withheld {
            record: number,
            path: removed.path.as_str().to_owned(),
            category: removed.category,
            code: one.code,
            rule: one.rule.as_str().to_owned(),
        };
        gone.tell(&exact, removed.shown, Some(field), catalogue);
        gone.exact.push(exact);
    }
    Some(gone)
}

/// The word for the rule in what the recipient is told.
pub(super) const TOLD: &str = "policy";

/// What was taken out.
#[derive(Default)]
pub(super) struct Gone {
    /// For the sender's own record of the decision: every value, at its place in the draft, by the rule that withheld it.
    pub(super) exact: Vec<Withheld>,
    /// For the recipient: every field once, with the field's own category. Rules, and categories of single codes, would tell
    /// what stood there.
    pub(super) told: Vec<Withheld>,
}

impl Gone {
    /// Tells the recipient of a withheld value; `shown` is its place in what is left.
    pub(super) fn tell(
        &mut self,
        exact: &Withheld,
        shown: String,
        field: Option<&Field>,
        catalogue: &Catalogue,
    ) {
        let category = field.map_or(DataCategory::FreeText, |field| field.category);
        // A field of whose codes some are special is withheld for one reason, whichever code was there.
        let code = if exact.category != category || field.is_some_and(|field| catalogue.has_special(field)) {
            RefusalCode::OutsideCategories
        } else {
            exact.code
        };
        let told = Withheld { record: exact.record, path: shown, category, code, rule: TOLD.to_owned() };
        if !self.told.iter().any(|known| (known.record, &known.path) == (told.record, &told.path)) {
            self.told.push(told);
        }
    }
}
