//! Digests that leave inside a record: of the source, and the numbers of its persons.
//!
//! A plain digest of a source tells what of it was withheld: whoever knows the rest tries all values. These are keyed with
//! a secret of the agency and bound to one conversation, so that nobody else can try, and two conversations cannot be
//! joined by them.

use serde_json::Value;

use super::draft::{Draft, Part};
use crate::message::{ConversationId, Secret};
use crate::schema::{check_jmbg, check_svnr, matching_keys};

/// Hexadecimal digits of a person's number.
const LENGTH: usize = 32;
/// A number without a check digit names a person if it has so many characters, so many of them different: registers are
/// full of `0`, `/` and `9999` for somebody unknown.
const CHARACTERS: usize = 6;
const DIFFERENT: usize = 3;

/// With what a translation makes its digests: the same source and the same key give the same bytes.
#[derive(Debug, Clone, Copy)]
pub struct Keying<'k> {
    pub secret: &'k Secret,
    /// In which the record travels; what another conversation has is not comparable.
    pub conversation: ConversationId,
}

/// The origin of one record: what its digests are made of.
#[derive(Clone, Copy)]
pub(super) struct Origin<'o> {
    pub(super) keying: Option<Keying<'o>>,
    /// The bytes of the record at its source.
    pub(super) bytes: &'o [u8],
    /// Counts the records of the source from 1: two rows may be alike, letter by letter.
    pub(super) ordinal: u64,
}

impl Origin<'_> {
    /// The keyed digest of the source; nothing without a key, for a plain one may not be made.
    pub(super) fn source(&self) -> Option<String> {
        let keying = self.keying?;
        Some(keying.digest("source", &[self.bytes]))
    }

    /// Numbers the persons of a record. One person has one number in a conversation, by a number of identity or else by
    /// name and day of birth; of whom neither is known is numbered by place. Without a key all are numbered by place.
    pub(super) fn number(&self, persons: &mut [&mut Draft<'_>]) {
        let known: Vec<Identity> = persons.iter().map(|person| Identity::of(person)).collect();
        for (place, person) in persons.iter_mut().enumerate() {
            let id = match self.keying {
                None => format!("unkeyed-{}-{}", self.ordinal, place + 1),
                Some(keying) => {
                    let chosen = known.get(place).and_then(|one| one.chosen(&known));
                    let mut id = if let Some((kind, parts)) = chosen {
                        keying.digest(kind, &parts)
                    } else {
                        let (ordinal, place) = (self.ordinal.to_be_bytes(), (place as u64).to_be_bytes());
                        keying.digest("place", &[self.bytes, &ordinal, &place])
                    };
                    id.truncate(LENGTH);
                    id
                }
            };
            person.set("x_PersonId", Part::Value(Value::String(id)));
        }
    }
}

impl Keying<'_> {
    fn digest(&self, kind: &str, parts: &[&[u8]]) -> String {
        let mut all: Vec<&[u8]> = vec![kind.as_bytes(), self.conversation.as_bytes()];
        all.extend(parts);
        self.secret.digest(&all).to_string()
    }
}

/// By what a person is known.
#[derive(PartialEq)]
struct Identity {
    number: Option<String>,
    /// Folded given name, folded family name, whole date of birth.
    name: Option<[String; 3]>,
}

impl Identity {
    fn of(person: &Draft<'_>) -> Self {
        let number = person.text("prs_IdentityNumber").and_then(number);
        let born = person.text("prs_Birthdate").filter(|born| born.len() == 10);
        let pair = |holder: &Draft<'_>, given: &str, family: &str| {
            let folded = |name: &str| matching_keys(holder.text(name)?).into_iter().next();
            Some([folded(given)?, folded(family)?])
        };
        let listed = || {
            let names = person.parts("x_Names").iter().filter_map(Part::group);
            names.filter_map(|name| pair(name, "given", "family")).min()
        };
        let names = pair(person, "prs_FirstName", "prs_SecondName").or_else(listed);
        let name = names.zip(born).map(|([given, family], born)| [given, family, born.to_owned()]);
        Self { number, name }
    }

    /// What is digested. A number that two people of the record share, going by their names, names neither.
    fn chosen<'i>(&'i self, all: &'i [Self]) -> Option<(&'static str, Vec<&'i [u8]>)> {
        let other = |one: &&Self| one.name.is_some() && self.name.is_some() && one.name != self.name;
        let shared = |number: &&String| {
            all.iter().filter(|one| one.number.as_ref() == Some(number)).any(|one| other(&one))
        };
        if let Some(number) = self.number.as_ref().filter(|number| !shared(number)) {
            return Some(("number", vec![number.as_bytes()]));
        }
        let name = self.name.as_ref()?;
        Some(("name", name.iter().map(String::as_bytes).collect()))
    }
}

/// A number that can name a person, without what people write differently.
fn number(text: &str) -> Option<String> {
    let folded: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    let mut different: Vec<char> = folded.chars().collect();
    different.sort_unstable();
    different.dedup();
    let checked = check_jmbg(&folded).is_ok() || check_svnr(&folded).is_ok();
    let long = folded.chars().count() >= CHARACTERS;
    (different.len() >= DIFFERENT && (checked || long)).then_some(folded)
}
