//! Everything that a decision depends on, so that it can be recorded and decided again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::about::Persons;
use super::consent::Use;
use super::content::{Holding, Saying, Walk};
use super::elsewhere::Elsewhere;
use super::facts::Facts;
use super::marks::Marks;
use super::submission::{Circumstances, Submission};
use crate::message::Document;
use crate::partner::{Body, Role};
use crate::schema::{Catalogue, DataCategory};

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Out,
    In,
}

/// What one decision was made from: terms, words, categories and places, never a value of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    pub way: Way,
    /// When it was decided.
    pub at: Timestamp,
    pub expires: Timestamp,
    pub delete_by: Timestamp,
    /// It names the message that it follows.
    pub follows: bool,
    /// Languages of questions and answers, without script and region.
    pub languages: BTreeSet<String>,
    /// A record holds a field that the catalogue does not have, or in another shape.
    pub unknown_fields: bool,
    /// The author wants the message to wait for whoever may release what would be withheld.
    pub waits_for_release: bool,
    /// Bytes of the document, where the decision depended on them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    pub facts: Facts,
    pub fields: Vec<Holding>,
    /// Kinds of data in it that not everybody released who released the message: the roles of those who did.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apart: BTreeMap<DataCategory, Marks<Role>>,
    /// The persons whose age a protection reviewer has stated, by the positions of record and person.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ages: BTreeSet<(usize, usize)>,
    /// Places of what leaves that hold what is withheld or belongs nowhere, for the officer to look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
}

/// What was seen in the records of a message, record by record. It holds values, and is never kept.
pub(super) struct Seen<'a> {
    pub(super) persons: Vec<Persons>,
    pub(super) sayings: Vec<Vec<Saying<'a>>>,
}

impl Inputs {
    /// What decides whether a draft may leave, and what was seen in its records.
    pub(super) fn out<'a>(
        submission: &'a Submission,
        body: Option<Body>,
        catalogue: &'a Catalogue,
        now: Timestamp,
    ) -> (Self, Seen<'a>) {
        let roles = submission.released_by(now);
        let (mut inputs, seen) = Self::of(
            &submission.document,
            (Way::Out, body),
            roles,
            &submission.circumstances,
            &submission.ages(now),
            catalogue,
            now,
        );
        inputs.waits_for_release = submission.waits_for_release;
        inputs.ages = submission.ages(now);
        let content = &inputs.facts.content;
        // Who releases as a protection reviewer states the ages that are not known. A release without them is none in that
        // role, so that it cannot lift what waits for the statement.
        let unstated = content.age_unknown && content.identified;
        let counted = |roles: Marks<Role>| -> Marks<Role> {
            roles.words().filter(|role| !unstated || *role != Role::ProtectionReviewer).collect()
        };
        let roles = counted(roles);
        inputs.facts.roles = roles;
        for category in inputs.fields.iter().map(|holding| holding.category) {
            let of_it = counted(submission.released_for(category, now));
            if of_it != roles {
                inputs.apart.insert(category, of_it);
            }
        }
        (inputs, seen)
    }

    /// Reviewing roles of those who have released data of the category.
    pub(super) fn roles_for(&self, category: DataCategory) -> Marks<Role> {
        self.apart.get(&category).copied().unwrap_or(self.facts.roles)
    }

    /// What decides whether an opened message may enter.
    pub(super) fn into(
        document: &Document,
        body: Option<Body>,
        circumstances: &Circumstances,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Self {
        let ages = BTreeSet::new();
        Self::of(document, (Way::In, body), Marks::default(), circumstances, &ages, catalogue, now).0
    }

    fn of<'a>(
        document: &'a Document,
        (way, body): (Way, Option<Body>),
        roles: Marks<Role>,
        circumstances: &Circumstances,
        ages: &BTreeSet<(usize, usize)>,
        catalogue: &'a Catalogue,
        now: Timestamp,
    ) -> (Self, Seen<'a>) {
        let envelope = &document.envelope;
        let mut walk = Walk::through(&document.body.records, catalogue, &Use::of(document, body, ages, now));
        let seen =
            Seen { persons: std::mem::take(&mut walk.persons), sayings: std::mem::take(&mut walk.sayings) };
        let inputs = Self {
            way,
            at: now,
            expires: envelope.expires,
            delete_by: envelope.delete_by,
            follows: envelope.in_reply_to.is_some(),
            languages: languages(document),
            unknown_fields: walk.unknown,
            waits_for_release: false,
            size: None,
            facts: Facts::of(document, body, roles, circumstances, walk.content),
            fields: walk.holdings(),
            apart: BTreeMap::new(),
            ages: BTreeSet::new(),
            elsewhere: Vec::new(),
        };
        (inputs, seen)
    }
}

#[cfg(test)]
impl Inputs {
    pub(super) fn for_tests(document: &Document) -> Self {
        let catalogue =
            Catalogue::parse("version = \"none\"\nfield = []\n", "[lists]\n").expect("an empty catalogue");
        let (body, now) = (None, document.envelope.created);
        Self::into(document, body, &Circumstances::default(), &catalogue, now)
    }
}

/// The languages of all texts. Agreements name languages, texts may add script or region; what is no language at
/// all is `?`, which nobody agrees on: a tag is text from outside, and could hold anything.
fn languages(document: &Document) -> BTreeSet<String> {
    let questions = document.body.questions.iter().map(|question| &question.language);
    let answers = document.body.answers.iter().map(|answer| &answer.language);
    let language = |tag: &String| {
        // Tags do not tell upper from lower case (RFC 5646 section 2.1.1).
        let language = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let fits = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
        if fits { language } else { "?".to_owned() }
    };
    questions.chain(answers).map(language).collect()
}
