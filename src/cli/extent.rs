//! Who releases, and which kinds of data, as arguments.

use super::Failure;
use crate::access::Roster;
use crate::exchange::Releasing;
use crate::message::PartyId;
use crate::partner::Role;
use crate::policy::Extent;
use crate::schema::DataCategory;

#[derive(Debug, clap::Args)]
pub(super) struct Apart {
    /// Release these kinds of data only, such as `identity,document`: of the others leaves what would leave without a
    /// release
    #[arg(long, value_name = "CATEGORIES", value_delimiter = ',', value_parser = category)]
    only: Vec<DataCategory>,
    /// Release everything but these kinds of data, such as `location_current,health`: none of them leaves
    #[arg(long, value_name = "CATEGORIES", value_delimiter = ',', value_parser = category, conflicts_with = "only")]
    without: Vec<DataCategory>,
}

impl Apart {
    pub(super) fn extent(&self) -> Extent {
        match (self.only.as_slice(), self.without.as_slice()) {
            ([], []) => Extent::Everything,
            ([], without) => Extent::Without(without.iter().copied().collect()),
            (only, _) => Extent::Only(only.iter().copied().collect()),
        }
    }

    pub(super) const fn is_given(&self) -> bool {
        !(self.only.is_empty() && self.without.is_empty())
    }
}

/// The kind of data that a word names.
pub(super) fn category(word: &str) -> Result<DataCategory, String> {
    let known = DataCategory::ALL.into_iter().find(|category| category.as_str() == word.trim());
    known.ok_or_else(|| {
        let all = DataCategory::ALL.map(DataCategory::as_str).join(", ");
        format!("there is no `{word}`; there are: {all}")
    })
}

/// The person of the agency whom `word` means, and what must be said of that: an id, or a role, if whoever has it has the
/// same roles. A release counts with all roles of a person, so a role alone would show less than leaves.
pub(super) fn reviewer(
    roster: &Roster,
    agency: &PartyId,
    word: &str,
    extent: Extent,
) -> Result<(Releasing, Option<String>), Failure> {
    let people = roster.reviewers(agency);
    let named = |(id, roles): &(String, std::collections::BTreeSet<Role>)| {
        let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        format!("{id} ({})", roles.join(", "))
    };
    let list = |people: &[_]| people.iter().map(named).collect::<Vec<_>>().join(", ");
    if let Some((id, _)) = people.iter().find(|(id, _)| id.eq_ignore_ascii_case(word)) {
        return Ok((Releasing { extent, ..Releasing::everything(id) }, None));
    }
    let Ok(role) = word.parse::<Role>() else {
        let all = list(&people);
        return Err(Failure::new(format!("`{word}` does not review for {agency}; these do: {all}")));
    };
    let with: Vec<_> = people.iter().filter(|(_, roles)| roles.contains(&role)).cloned().collect();
    let Some((id, roles)) = with.first() else {
        let all = list(&people);
        return Err(Failure::new(format!("nobody reviews for {agency} as {role}; these review: {all}")));
    };
    if with.iter().any(|(_, others)| others != roles) {
        return Err(Failure::new(format!(
            "as {role} several people review for {agency}, with other roles beside it, and all roles of a person count; name one: {}",
            list(&with)
        )));
    }
    let note = format!("as released by {}: all roles of a person count", list(&with[..1]));
    Ok((Releasing { extent, ..Releasing::everything(id) }, Some(note)))
}

#[cfg(test)]
mod tests {
    use super::{category, reviewer};
    use crate::access::{Person, Roster, Seat};
    use crate::partner::Role;
    use crate::policy::Extent;

    fn roster(people: &[(&str, &[Role])]) -> Roster {
        Roster::new(people.iter().map(|(id, roles)| Person {
            id: id.parse().unwrap(),
            seat: Seat::Agency("rs/mup".parse().unwrap()),
            roles: roles.iter().copied().collect(),
            uid: None,
        }))
    }

    #[test]
    fn a_role_stands_for_a_person_only_if_all_who_have_it_have_the_same_roles() {
        let (agency, all) = ("rs/mup".parse().unwrap(), Extent::Everything);
        let both: &[Role] = &[Role::Reviewer, Role::LegalReviewer];
        let one = roster(&[("anna", both)]);
        let (releasing, note) = reviewer(&one, &agency, "reviewer", all.clone()).unwrap();
        assert_eq!(releasing.by, "anna");
        assert!(note.unwrap().contains("anna (reviewer, legal_reviewer)"));
        let same = roster(&[("anna", both), ("bela", both)]);
        assert!(reviewer(&same, &agency, "legal_reviewer", all.clone()).is_ok());
        let other = roster(&[("anna", both), ("bela", &[Role::Reviewer])]);
        let told = reviewer(&other, &agency, "reviewer", all.clone()).unwrap_err().text;
        assert!(told.contains("anna (reviewer, legal_reviewer), bela (reviewer)"), "{told}");
        let (releasing, note) = reviewer(&other, &agency, "BELA", all.clone()).unwrap();
        assert_eq!((releasing.by.as_str(), note), ("bela", None));
        for nobody in ["protection_reviewer", "policy_author", "carol", ""] {
            assert!(reviewer(&other, &agency, nobody, all.clone()).is_err(), "{nobody}");
        }
    }

    #[test]
    fn an_unknown_kind_of_data_is_refused_with_those_there_are() {
        assert!(category(" health").is_ok());
        let told = category("helth").unwrap_err();
        assert!(told.starts_with("there is no `helth`; there are: case_reference, identity"), "{told}");
    }
}
