//! What is looked for, and where it counts.

use std::collections::{HashMap, HashSet};

use super::folded::{Folded, Word, hash, plain_digits};
use super::{is_file_number, numbers};
use crate::policy::about::About;
use crate::policy::content::Saying;
use crate::schema::{DataCategory, Field, FieldKind};

/// A name or town of fewer letters is a syllable of many words.
const SHORTEST_WORD: usize = 4;
/// A number of fewer characters, or with fewer digits among them, may be any other number.
const SHORTEST_NUMBER: usize = 6;
const FEWEST_DIGITS: usize = 3;
/// Digits at the end by which a telephone is known, however it is dialled.
const TELEPHONE: usize = 8;
/// Words of a value that are compared: more tell no more.
const MOST_WORDS: usize = 8;

const BIRTH: &str = "x_Persons[].prs_Birthdate";
const NUMBER: &str = "x_Persons[].prs_IdentityNumber";
const EMAIL: &str = "x_Persons[].prs_Email";
/// Names by which a file number may not go.
const NAMES: [&str; 5] = [
    "x_Persons[].prs_FirstName",
    "x_Persons[].prs_MiddleName",
    "x_Persons[].prs_SecondName",
    "x_Persons[].x_Names[].given",
    "x_Persons[].x_Names[].family",
];
const RELATIVES: [&str; 2] = ["x_Persons[].x_Names[].parent", "x_Persons[].x_Guardian.name"];
/// Fields of places that hold no more than a town.
const TOWNS: [&str; 4] = ["City", "State", "x_ReferringPlace", "x_BirthPlace"];
/// Whose code many file numbers begin with.
const OFFICE: &str = "cas_ReferringOrganisation";
/// Fields that name whoever acts for an authority: many bear the name of somebody in the case.
const OFFICIALS: [&str; 5] = [
    "cas_CaseOwner",
    "cas_ReferringPrimaryCaseWorker",
    "cas_ReferredPrimaryCaseWorker",
    "x_NrmRelease.decided_by",
    "x_Persons[].x_Consent.overridden_by",
];
/// A short text that people fill as they like, as they do names of organisations.
const EVIDENCE: &str = "x_Persons[].x_Consent.evidence_ref";

/// Everything that is looked for in one message.
#[derive(Debug, Default)]
pub(super) struct Needles<'a> {
    /// By the words of the value, one after the other.
    words: Map<'a>,
    /// By its letters and digits, whatever stands between them.
    numbers: Map<'a>,
    /// By the last digits of a telephone.
    telephones: Map<'a>,
    /// First words of values: most words of a text begin none.
    begins: Sieve,
    /// Numbers and addresses that leave in their own field.
    known: HashSet<u64>,
}

type Map<'a> = HashMap<u64, Vec<(&'a Field, Counts)>>;

/// Where a value counts, beside its own field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Everywhere,
    /// Not in names: several people bear one.
    Name,
    /// In file numbers only: the name itself leaves.
    FileNumber,
    /// Not where another place may be meant.
    Town,
}

/// What was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Like<'n> {
    pub(super) what: &'n str,
    /// It stands in a file number and names a person.
    pub(super) refuses: bool,
}

/// A set that may say yes too often.
#[derive(Debug, Default)]
struct Sieve([u64; 8]);

impl Sieve {
    fn add(&mut self, hash: u64) {
        if let Some(bits) = self.0.get_mut((hash >> 6) as usize & 7) {
            *bits |= 1 << (hash & 63);
        }
    }

    fn has(&self, hash: u64) -> bool {
        self.0.get((hash >> 6) as usize & 7).is_some_and(|bits| bits >> (hash & 63) & 1 == 1)
    }
}

/// Takes the values of one record.
pub(super) struct OfRecord<'n, 'a> {
    needles: &'n mut Needles<'a>,
    folded: Folded,
    /// The names of the person who is being read, and whom they are about.
    names: Vec<(About, Vec<Word>)>,
}

impl<'a> Needles<'a> {
    pub(super) fn of_record(&mut self) -> OfRecord<'_, 'a> {
        OfRecord { needles: self, folded: Folded::default(), names: Vec::new() }
    }

    fn add_words(&mut self, words: impl Iterator<Item = Word>, field: &'a Field, counts: Counts) {
        let mut hash = None;
        for word in words.take(MOST_WORDS) {
            if hash.is_none() {
                self.begins.add(word.hash);
            }
            hash = Some(after(hash.unwrap_or_default(), word.hash));
        }
        if let Some(hash) = hash {
            add(&mut self.words, hash, field, counts);
        }
    }

    /// What should not stand in a text, if anything does: first what refuses the message. `field` is the text's own;
    /// nothing outside the records.
    pub(super) fn find(&self, text: &str, field: Option<&Field>, folded: &mut Folded) -> Option<Like<'a>> {
        folded.read(text);
        let found = self.withheld(field, folded);
        if found.is_some_and(|like| like.refuses) {
            return found;
        }
        let number = self.strange_number(field, folded);
        if number.is_some_and(|like| like.refuses) {
            return number;
        }
        found.or(number).or_else(|| self.strange_contact(text, field))
    }

    /// A withheld value, or the name of a person in a file number.
    fn withheld(&self, field: Option<&Field>, folded: &Folded) -> Option<Like<'a>> {
        let refuses = field.is_some_and(is_file_number);
        let mut best: Option<Like<'a>> = None;
        // Whether to look on: a file number may hold several values, and one of them refuses it.
        let mut see = |map: &Map<'a>, hash: u64| {
            for (own, counts) in map.get(&hash).into_iter().flatten().filter(|(own, how)| how.at(own, field))
            {
                let named = matches!(counts, Counts::Name | Counts::FileNumber) || own.path == NUMBER;
                let like = Like { what: &own.path, refuses: refuses && named };
                if best.is_none() || like.refuses {
                    best = Some(like);
                }
            }
            best.is_none_or(|like| refuses && !like.refuses)
        };
        for (at, word) in folded.words.iter().enumerate() {
            let rest = folded.words.get(at..).unwrap_or_default();
            if self.begins.has(word.hash) {
                let mut hash = 0;
                for word in rest.iter().take(MOST_WORDS) {
                    hash = after(hash, word.hash);
                    if !see(&self.words, hash) {
                        return best;
                    }
                }
            }
            if !self.numbers.is_empty() && rest.iter().take(2).any(|word| word.number) {
                for last in rest.iter().take(MOST_WORDS) {
                    if !see(&self.numbers, hash(folded.between(word, last))) {
                        return best;
                    }
                }
            }
        }
        for end in folded.runs().filter_map(end_of) {
            if !see(&self.telephones, hash(end)) {
                return best;
            }
        }
        best
    }

    /// A number of identity that does not leave in its own field. In a file number not even one that does.
    fn strange_number(&self, field: Option<&Field>, folded: &Folded) -> Option<Like<'a>> {
        if field.is_some_and(|field| field.path == NUMBER) {
            return None;
        }
        let refuses = field.is_some_and(is_file_number);
        let strange = |number: &str| refuses || !self.known.contains(&hash(number));
        let found = folded.runs().any(|run| numbers::identity(run).is_some_and(strange));
        found.then_some(Like { what: "identity number", refuses })
    }

    /// A telephone or an e-mail address that does not leave in its own field.
    fn strange_contact(&self, text: &str, field: Option<&Field>) -> Option<Like<'a>> {
        if field.is_some_and(|field| field.path == EMAIL) {
            return None;
        }
        let text = plain_digits(text);
        let contact = numbers::contact(&text, field.is_none_or(is_prose))?;
        let strange = !self.known.contains(&hash(&Folded::of(contact).squeezed));
        strange.then_some(Like { what: "telephone or e-mail", refuses: false })
    }
}

impl<'a> OfRecord<'_, 'a> {
    /// Takes a value that leaves or is withheld.
    pub(super) fn take(&mut self, saying: &Saying<'a>, leaves: bool) {
        let Saying { field, category, text, .. } = *saying;
        let path = field.path.as_str();
        if NAMES.contains(&path) || RELATIVES.contains(&path) {
            self.name(saying, if leaves { Counts::FileNumber } else { Counts::Name });
            return;
        }
        let wanted = matches!(
            category,
            DataCategory::Identity
                | DataCategory::Identifier
                | DataCategory::Document
                | DataCategory::Contact
                | DataCategory::LocationCurrent
                | DataCategory::ShelterLocation
        );
        if !wanted
            || path == OFFICE
            || !matches!(field.kind, FieldKind::Text | FieldKind::Phone | FieldKind::Date)
        {
            return;
        }
        self.folded.read(text);
        if leaves {
            if path == NUMBER || path == EMAIL || field.kind == FieldKind::Phone {
                self.needles.known.insert(hash(&self.folded.squeezed));
            }
            return;
        }
        let words = &self.folded.words;
        let place = matches!(category, DataCategory::LocationCurrent | DataCategory::ShelterLocation);
        if path == BIRTH {
            if words.len() == 3 {
                // Year, month and day, and the way people write them.
                self.needles.add_words(words.iter().copied(), field, Counts::Everywhere);
                self.needles.add_words(words.iter().rev().copied(), field, Counts::Everywhere);
            }
        } else if field.kind == FieldKind::Phone {
            if let Some(end) = self.folded.runs().next().and_then(end_of) {
                add(&mut self.needles.telephones, hash(end), field, Counts::Everywhere);
            }
        } else if place {
            let long = self.folded.squeezed.chars().count();
            let address =
                words.len() > 1 && (long >= 8 || (long >= 6 && words.iter().any(|word| word.number)));
            let town = TOWNS.iter().any(|end| path.ends_with(end));
            if address && !town {
                self.needles.add_words(words.iter().copied(), field, Counts::Everywhere);
                // `Ulica` is written `ul.` as well, or left out.
                if words.len() > 2 && long >= 10 {
                    self.needles.add_words(words.iter().skip(1).copied(), field, Counts::Everywhere);
                }
            } else if self.folded.letters() >= SHORTEST_WORD {
                self.needles.add_words(words.iter().copied(), field, Counts::Town);
            }
        } else if (self.folded.digits() >= FEWEST_DIGITS || path == EMAIL)
            && self.folded.squeezed.chars().count() >= SHORTEST_NUMBER
        {
            add(&mut self.needles.numbers, hash(&self.folded.squeezed), field, Counts::Everywhere);
        }
    }

    fn name(&mut self, saying: &Saying<'a>, counts: Counts) {
        self.folded.read(saying.text);
        let mut short = false;
        for word in &self.folded.words {
            if self.folded.text(word).chars().count() >= SHORTEST_WORD {
                self.needles.add_words(std::iter::once(*word), saying.field, counts);
            } else {
                short = true;
            }
        }
        // A short name is told by another one of the same person beside it, in either order.
        self.names.retain(|(about, _)| *about == saying.about);
        let words = self.folded.words.clone();
        for (_, other) in self
            .names
            .iter()
            .filter(|(_, other)| short || other.iter().any(|word| word.len() < SHORTEST_WORD))
        {
            self.needles.add_words(other.iter().chain(&words).copied(), saying.field, counts);
            self.needles.add_words(words.iter().chain(other).copied(), saying.field, counts);
        }
        if self.names.len() < MOST_WORDS && !words.is_empty() {
            self.names.push((saying.about, words));
        }
    }
}

impl Counts {
    /// Whether a value of `own` counts in a text of `field`.
    fn at(self, own: &Field, field: Option<&Field>) -> bool {
        let Some(field) = field else { return self != Self::FileNumber };
        if own.path == field.path {
            return false;
        }
        match self {
            Self::Everywhere => true,
            Self::Name => {
                let named = matches!(field.category, DataCategory::Identity | DataCategory::Family);
                !named && !OFFICIALS.contains(&field.path.as_str())
            }
            Self::FileNumber => is_file_number(field),
            Self::Town => {
                is_file_number(field) || is_prose(field) || field.organisation || field.path == EVIDENCE
            }
        }
    }
}

fn is_prose(field: &Field) -> bool {
    field.kind == FieldKind::LongText
}

fn add<'a>(map: &mut Map<'a>, hash: u64, field: &'a Field, counts: Counts) {
    let known = map.entry(hash).or_default();
    if !known.iter().any(|(one, how)| std::ptr::eq(*one, field) && *how == counts) {
        known.push((field, counts));
    }
}

/// The hash of words, one more than `before` tells of.
const fn after(before: u64, word: u64) -> u64 {
    (before.rotate_left(7) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The digits at the end of a telephone.
fn end_of(digits: &str) -> Option<&str> {
    digits.get(digits.len().checked_sub(TELEPHONE)?..)
}
