//! The law that a rule rests on binds the partner or both; a court asks the sender for its own.

use super::fixture::*;

/// Rules whose ground is not the protection of data: the return of a person, classification, and what was agreed.
const OTHER_GROUNDS: [&str; 11] = [
    "return-against-will",
    "return-without-assessment",
    "return-in-recovery",
    "return-recovery-unknown",
    "classification-cap",
    "classified-without-agreement",
    "place-without-rule",
    "h1-not-to-prosecution",
    "h1-not-to-own-prosecution",
    "h3-second-person",
    "h3-needs-note",
];

/// The law of the sender in each country, as the rules write it.
const LAWS: [(&str, &str); 3] =
    [("rs", "ZZPL (Sl. glasnik RS 87/2018)"), ("si", "ZVOPOKD (Ur. l. RS 177/20)"), ("at", "DSG §§ 36 ff.")];

#[test]
fn every_rule_about_data_names_the_law_of_its_sender_as_a_proposal() {
    for (engine, own) in [(belgrade(), "rs"), (ljubljana(), "si")] {
        for rule in engine.rules() {
            let said = |name| rule.annotation(name).unwrap_or_default();
            let (id, law) = (said("id"), said("law"));
            let proposed = law.split_once("; of the sender, proposed for a lawyer: ").map(|(_, laws)| laws);
            if OTHER_GROUNDS.contains(&id) {
                assert_eq!(proposed, None, "{id}");
                continue;
            }
            let proposed = proposed.unwrap_or_else(|| panic!("{id}: {law}"));
            // No other law stands there: what a rule names was looked up.
            let known = LAWS.iter().map(|(_, law)| *law);
            assert!(proposed.split(", ").all(|one| known.clone().any(|law| law == one)), "{id}: {proposed}");
            // Whoever sends under a rule finds the own law: an agency here, or the partner whose messages it lets in.
            let admits = rule.to_string().contains("Action::\"admit\"");
            let sends = rule.to_string().contains("Action::\"send\"");
            let senders: Vec<&str> = match (admits && !sends, id) {
                (true, id) if id.starts_with("si-") => vec!["si"],
                (true, id) if id.starts_with("at-") => vec!["at"],
                (true, id) if id.starts_with("rs-") => vec!["rs"],
                _ if id.starts_with("transfer-") => vec!["si", "at"],
                _ => vec![own],
            };
            for (country, law) in LAWS.iter().filter(|(country, _)| senders.contains(country)) {
                assert!(proposed.contains(law), "{id} does not name the law of {country}");
            }
        }
    }
}
