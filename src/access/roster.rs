//! The people of one policy version, and what they may do.

use std::collections::{BTreeMap, BTreeSet};

use super::caller::Caller;
use super::person::{Person, PersonId, Seat};
use crate::message::PartyId;
use crate::partner::Role;

/// The people of one policy version, by id. An empty one permits nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    people: BTreeMap<String, Person>,
}

/// Why somebody may not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("`{id}` does not stand in `people.toml` of the policy in force")]
    Stranger { id: String },
    #[error("`{id}` does not have the role `{role}` in `people.toml` of the policy in force")]
    NoRole { id: String, role: &'static str },
    #[error("`{id}` has no reviewing role for `{agency}` in `people.toml` of the policy in force")]
    NoReviewer { id: String, agency: PartyId },
    #[error("commands act as `{id}` under the operating system's user {uid} only; run it as that user")]
    OtherUser { id: String, uid: u32 },
    #[error(
        "the operating system's user {uid} is that of `{owner}`, who acts under no other id; not as `{id}`"
    )]
    OtherPerson { id: String, owner: String, uid: u32 },
    #[error("`{id}` proposed it; another person must approve it")]
    SamePerson { id: String },
    #[error("its author `{id}` may no longer propose: {reason}; somebody else proposes it anew")]
    Author { id: String, reason: Box<Self> },
}

impl Roster {
    /// Of several people with one id the last counts; whoever reads the file refuses such.
    #[must_use]
    pub fn new(people: impl IntoIterator<Item = Person>) -> Self {
        Self { people: people.into_iter().map(|person| (person.id.key(), person)).collect() }
    }

    /// Everybody, by id.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// The person with this id, however it is spelt.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.people.get(&id.key())
    }

    /// Whether somebody may propose a change that somebody else may approve.
    #[must_use]
    pub fn can_change_policy(&self) -> bool {
        let with = |role: Role| self.people().filter(move |person| person.roles.contains(&role));
        with(Role::PolicyAuthor)
            .any(|author| with(Role::PolicyApprover).any(|approver| approver.id != author.id))
    }

    /// May this caller act under this id at all? An id with a user belongs to that user, and the user to that id: nobody
    /// writes under one name what he releases under another.
    ///
    /// # Errors
    /// [`Denied::OtherUser`] when the id belongs to another user of the operating system, [`Denied::OtherPerson`] when the
    /// user belongs to another id.
    pub fn may_act(&self, caller: &Caller) -> Result<(), Denied> {
        let id = || caller.id.to_string();
        if let Some(uid) = self.person(&caller.id).and_then(|person| person.uid)
            && caller.uid != Some(uid)
        {
            return Err(Denied::OtherUser { id: id(), uid });
        }
        let owner = self.people().find(|person| person.uid.is_some() && person.uid == caller.uid);
        match (owner, caller.uid) {
            (Some(owner), Some(uid)) if owner.id != caller.id => {
                Err(Denied::OtherPerson { id: id(), owner: owner.id.to_string(), uid })
            }
            _ => Ok(()),
        }
    }

    /// The reviewing roles with which a person may release a held message of `agency`: never none.
    ///
    /// # Errors
    /// [`Denied`] for a stranger, somebody of another agency, or without a reviewing role.
    pub fn reviews(&self, id: &PersonId, agency: &PartyId) -> Result<BTreeSet<Role>, Denied> {
        let person = self.known(id)?;
        let roles: BTreeSet<Role> = person.roles.iter().copied().filter(|role| role.reviews()).collect();
        if roles.is_empty() || person.seat != Seat::Agency(agency.clone()) {
            return Err(Denied::NoReviewer { id: id.to_string(), agency: agency.clone() });
        }
        Ok(roles)
    }

    /// Everybody who reviews for `agency`, with the reviewing roles.
    #[must_use]
    pub fn reviewers(&self, agency: &PartyId) -> Vec<(String, BTreeSet<Role>)> {
        let reviewer =
            |person: &Person| Some((person.id.to_string(), self.reviews(&person.id, agency).ok()?));
        self.people().filter_map(reviewer).collect()
    }

    /// May this caller propose a policy version?
    ///
    /// # Errors
    /// [`Denied`] with the reason.
    pub fn may_propose(&self, caller: &Caller) -> Result<(), Denied> {
        self.has(&caller.id, Role::PolicyAuthor)?;
        self.may_act(caller)
    }

    /// May this caller approve what `author` has proposed?
    ///
    /// # Errors
    /// [`Denied`] with the reason: also when the author may no longer propose.
    pub fn may_approve(&self, author: &PersonId, caller: &Caller) -> Result<(), Denied> {
        if *author == caller.id {
            return Err(Denied::SamePerson { id: caller.id.to_string() });
        }
        self.has(&caller.id, Role::PolicyApprover)?;
        self.may_act(caller)?;
        self.has(author, Role::PolicyAuthor)
            .map_err(|reason| Denied::Author { id: author.to_string(), reason: Box::new(reason) })
    }

    /// May this caller reject what `author` has proposed? The author takes it back; an approver says no.
    ///
    /// # Errors
    /// [`Denied`] with the reason.
    pub fn may_reject(&self, author: &PersonId, caller: &Caller) -> Result<(), Denied> {
        if *author == caller.id {
            self.has(&caller.id, Role::PolicyAuthor)?;
        } else {
            self.has(&caller.id, Role::PolicyApprover)?;
        }
        self.may_act(caller)
    }

    fn known(&self, id: &PersonId) -> Result<&Person, Denied> {
        self.person(id).ok_or_else(|| Denied::Stranger { id: id.to_string() })
    }

    fn has(&self, id: &PersonId, role: Role) -> Result<(), Denied> {
        if self.known(id)?.roles.contains(&role) {
            Ok(())
        } else {
            Err(Denied::NoRole { id: id.to_string(), role: role.as_str() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Denied, Roster};
    use crate::access::{Caller, Person, PersonId, Seat};
    use crate::partner::Role;

    fn id(text: &str) -> PersonId {
        text.parse().unwrap()
    }

    fn person(name: &str, party: &str, roles: &[Role]) -> Person {
        let seat = if party == "gateway" { Seat::Gateway } else { Seat::Agency(party.parse().unwrap()) };
        Person { id: id(name), seat, roles: roles.iter().copied().collect(), uid: None }
    }

    fn caller(name: &str) -> Caller {
        Caller { id: id(name), uid: Some(1000) }
    }

    fn roster() -> Roster {
        Roster::new([
            person("Author", "gateway", &[Role::PolicyAuthor]),
            person("approver", "gateway", &[Role::PolicyApprover]),
            person("both", "gateway", &[Role::PolicyAuthor, Role::PolicyApprover]),
            person("mup", "rs/mup", &[Role::Reviewer, Role::LegalReviewer, Role::PolicyAuthor]),
        ])
    }

    #[test]
    fn an_empty_roster_permits_nobody() {
        let empty = Roster::default();
        assert!(!empty.can_change_policy());
        assert!(matches!(empty.may_propose(&caller("a")), Err(Denied::Stranger { .. })));
        assert!(matches!(empty.may_approve(&id("a"), &caller("b")), Err(Denied::Stranger { .. })));
        assert!(matches!(empty.may_reject(&id("a"), &caller("b")), Err(Denied::Stranger { .. })));
        assert!(empty.reviews(&id("a"), &"rs/mup".parse().unwrap()).is_err());
    }

    #[test]
    fn nobody_approves_his_own_proposal_in_any_spelling() {
        let roster = roster();
        for name in ["both", "BOTH", "Both"] {
            let denied = roster.may_approve(&id("both"), &caller(name));
            assert!(matches!(denied, Err(Denied::SamePerson { .. })), "{name}: {denied:?}");
        }
        assert_eq!(roster.may_approve(&id("both"), &caller("APPROVER")), Ok(()));
        assert_eq!(roster.may_approve(&id("author"), &caller("both")), Ok(()));
    }

    #[test]
    fn each_step_needs_its_role() {
        let roster = roster();
        assert_eq!(roster.may_propose(&caller("author")), Ok(()));
        assert!(matches!(roster.may_propose(&caller("approver")), Err(Denied::NoRole { .. })));
        assert!(matches!(roster.may_approve(&id("both"), &caller("author")), Err(Denied::NoRole { .. })));
        assert!(matches!(roster.may_approve(&id("approver"), &caller("both")), Err(Denied::Author { .. })));
        assert!(matches!(roster.may_approve(&id("gone"), &caller("both")), Err(Denied::Author { .. })));
        assert_eq!(roster.may_reject(&id("author"), &caller("AUTHOR")), Ok(()));
        assert!(matches!(roster.may_reject(&id("both"), &caller("author")), Err(Denied::NoRole { .. })));
    }

    #[test]
    fn a_change_needs_an_author_and_another_approver() {
        let both = person("both", "gateway", &[Role::PolicyAuthor, Role::PolicyApprover]);
        assert!(!Roster::new([both.clone()]).can_change_policy());
        assert!(Roster::new([both, person("b", "gateway", &[Role::PolicyApprover])]).can_change_policy());
    }

    #[test]
    fn only_the_agencys_own_reviewers_release_and_with_their_reviewing_roles() {
        let roster = roster();
        let (mup, jt) = ("rs/mup".parse().unwrap(), "rs/jt".parse().unwrap());
        assert_eq!(roster.reviews(&id("MUP"), &mup), Ok([Role::Reviewer, Role::LegalReviewer].into()));
        assert!(matches!(roster.reviews(&id("mup"), &jt), Err(Denied::NoReviewer { .. })));
        assert!(matches!(roster.reviews(&id("both"), &mup), Err(Denied::NoReviewer { .. })));
    }

    #[test]
    fn a_person_with_a_user_acts_under_that_user_only() {
        let mut people: Vec<Person> = roster().people().cloned().collect();
        for (person, uid) in people.iter_mut().zip(1001..) {
            person.uid = Some(uid);
        }
        people[2].uid = Some(1000);
        let roster = Roster::new(people);
        let first = roster.people().next().unwrap().id.clone();
        assert_eq!(first, id("approver"));
        let denied = roster.may_approve(&id("author"), &caller("approver"));
        assert!(matches!(denied, Err(Denied::OtherUser { uid: 1001, .. })), "{denied:?}");
        let unknown = Caller { uid: None, ..caller("both") };
        assert!(matches!(roster.may_propose(&unknown), Err(Denied::OtherUser { .. })));
        assert_eq!(roster.may_propose(&caller("both")), Ok(()));
    }

    #[test]
    fn a_user_with_a_person_acts_as_no_other_person_and_as_nobody_unknown() {
        let mut people: Vec<Person> = roster().people().cloned().collect();
        people.iter_mut().find(|person| person.id == id("author")).unwrap().uid = Some(1000);
        let roster = Roster::new(people);
        // `approver` has no user of its own: the author's user must not borrow its id.
        let denied = roster.may_approve(&id("author"), &caller("approver"));
        assert!(matches!(denied, Err(Denied::OtherPerson { uid: 1000, .. })), "{denied:?}");
        for name in ["both", "mup", "somebody-else"] {
            assert!(matches!(roster.may_act(&caller(name)), Err(Denied::OtherPerson { .. })), "{name}");
        }
        assert_eq!(roster.may_act(&caller("AUTHOR")), Ok(()));
        let elsewhere = Caller { uid: Some(1001), ..caller("approver") };
        assert_eq!(roster.may_approve(&id("author"), &elsewhere), Ok(()));
    }
}
