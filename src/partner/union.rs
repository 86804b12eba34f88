//! Transfers from the European Union to a third country: Directive (EU) 2016/680 binds who sends them, arts 36 to 38.

use crate::message::PartyId;

/// Member states (ISO 3166-1 alpha-2).
const MEMBERS: [&str; 27] = [
    "at", "be", "bg", "cy", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hr", "hu", "ie", "it", "lt",
    "lu", "lv", "mt", "nl", "pl", "pt", "ro", "se", "si", "sk",
];

/// Whether what `from` sends to `to` leaves the Union. A country that is not known is a third country.
#[must_use]
pub fn leaves_union(from: &PartyId, to: &PartyId) -> bool {
    MEMBERS.contains(&from.country()) && !MEMBERS.contains(&to.country())
}

#[cfg(test)]
mod tests {
    use super::leaves_union;

    #[test]
    fn what_a_member_state_sends_to_a_third_country_leaves_the_union() {
        for (from, to, leaves) in [
            ("si/policija", "rs/mup", true),
            ("at/bk", "rs/jt", true),
            ("at/bk", "zz/nobody", true),
            ("rs/mup", "si/policija", false),
            ("si/policija", "at/bk", false),
            ("rs/mup", "ba/sipa", false),
        ] {
            assert_eq!(leaves_union(&from.parse().unwrap(), &to.parse().unwrap()), leaves, "{from} {to}");
        }
    }
}
