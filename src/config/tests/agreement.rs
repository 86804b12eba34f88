//! The sections of a partner file: what they hold, and which mistakes in them are told.

use std::time::Duration;

use super::Place;
use crate::message::Kind;
use crate::partner::{ContactRole, Direction, Quota, Rendering, ServiceLevels};

const SI: &str = "partners/si.toml";

fn si(place: &Place) -> crate::partner::Agreement {
    let register = place.register("gateway.toml");
    register.agreement(&"si/policija".parse().unwrap()).unwrap().clone()
}

#[test]
fn a_deadline_is_a_number_with_its_unit_in_the_key() {
    let place = Place::new();
    place.edit(SI, "urgent_direct_hours = 8", "urgent_direct_hours = 6");
    place.edit(SI, "routine_days = 7", "routine_days = 10");
    place.edit(SI, "deletion_certificate_hours = 72\n", "");
    let expected = ServiceLevels {
        urgent_direct: Duration::from_hours(6),
        routine: Duration::from_hours(240),
        ..ServiceLevels::default()
    };
    assert_eq!(si(&place).service, expected);
}

#[test]
fn the_table_of_legal_bases_names_what_the_agreement_has() {
    let place = Place::new();
    let table = "[[basis]]\nsenders = [\"prosecution\"]";
    let line = place.line(SI, table.lines().last().unwrap());
    for (wrong, at, told) in [
        (
            "[[basis]]\nsenders = [\"prosecutor\"]",
            0,
            "an entry of `senders` does not know `prosecutor`; did you mean `prosecution`?",
        ),
        (
            "[[basis]]\nsenders = [\"police\"]\nlegal_bases = [\"PCC-SEE-7\"]\n[[basis]]\nsenders = [\"prosecution\"]",
            1,
            "an entry of `legal_bases` does not know `PCC-SEE-7`; did you mean `PCC-SEE-4`?",
        ),
        (
            "[[basis]]\nsenders = [\"police\"]\nlegal_bases = [\"CETS197\"]\npurposes = [\"investigations\"]\n[[basis]]\nsenders = [\"prosecution\"]",
            2,
            "an entry of `purposes` does not know `investigations`; did you mean `investigation`?",
        ),
    ] {
        let place = Place::new();
        place.edit(SI, table, wrong);
        let found = place.problems("gateway.toml");
        assert!(found.contains(&format!("{SI}:{}: {told}", line + at)), "{found:#?}");
    }
    // A basis on which nobody may rest is told, and without a table nobody may rest on any.
    place.edit(SI, "legal_bases = [\"PCC-SEE-4\", \"PCC-SEE-5\", \"PCC-SEE-6\", \"BIL-SI-2012\", \"CETS197\"]\n\n[[basis]]", "legal_bases = [\"CETS197\"]\n\n[[basis]]");
    let found = place.problems("gateway.toml");
    assert!(
        found
            .iter()
            .any(|told| told.contains("warning: `PCC-SEE-4` is in no `[[basis]]`: no sender may rest on it")),
        "{found:#?}"
    );
    let (police, basis) = (Some(crate::partner::Body::Police), "PCC-SEE-4".parse().unwrap());
    assert!(!si(&place).rests(police, &basis, crate::message::Purpose::Investigation));
}

#[test]
fn a_quota_a_contact_and_the_rule_for_places_are_read_as_written() {
    let place = Place::new();
    place.edit(SI, "kosovo = \"as-XK\"", "kosovo = \"region-only\"");
    place.edit(SI, "unit = \"Single point of contact\"", "unit = \"ENT\"\nphone = \"+38600000000\"");
    place.edit(
        SI,
        "[trust]",
        "[[quota]]\nkind = \"answer\"\ndirection = \"out\"\nper_hour = 5\nburst = 1\n[trust]",
    );
    let agreement = si(&place);
    let rule = agreement.places.unwrap();
    assert_eq!(rule.kosovo, Rendering::RegionOnly);
    assert!(rule.footnote.unwrap().ends_with("to be agreed."));
    let spoc = &agreement.contacts[0];
    assert_eq!((spoc.role, spoc.unit.as_str()), (ContactRole::Spoc, "ENT"));
    assert_eq!(spoc.phone.as_deref(), Some("+38600000000"));
    assert_eq!(spoc.languages, ["en".to_owned(), "sl".to_owned()].into());
    let quota = agreement.quotas[&(Direction::Out, Kind::Answer)];
    assert_eq!(quota, Quota { per_hour: 5, burst: 1 });
    assert_eq!(agreement.quotas.len(), 3);
}

#[test]
fn a_mistake_in_a_section_is_told_with_what_it_must_be() {
    let quota = |kind: &str, direction: &str| {
        format!("[[quota]]\nkind = \"{kind}\"\ndirection = \"{direction}\"\nper_hour = 5\nburst = 1\n[trust]")
    };
    let (twice, way) = (quota("person_check", "in"), quota("answer", "inward"));
    let erase = quota("erase", "out");
    let cases = [
        ("routine_days = 7", "routine_days = 0", "`routine_days` must be 1 to 365, not 0"),
        (
            "routine_days = 7",
            "routine_day = 7",
            "unknown key `routine_day` in `[service]`; did you mean `routine_days`?",
        ),
        (
            "kosovo = \"as-XK\"",
            "kosovo = \"XK\"",
            "`kosovo` does not know `XK`; use one of `as-XK`, `as-RS-with-region`, `region-only` or `withhold`",
        ),
        (
            "kosovo = \"as-XK\"\n",
            "",
            "`footnote` says nothing without `kosovo`: add how the places are written",
        ),
        ("role = \"spoc\"", "role = \"spock\"", "`role` does not know `spock`; did you mean `spoc`?"),
        ("email = \"spoc@police.si.example\"\n", "", "a contact has a `phone` or an `email`: add one"),
        (
            "email = \"spoc@police.si.example\"",
            "email = \"spoc at police\"",
            "`email` must be an e-mail address, not `spoc at police`",
        ),
        (
            "email = \"spoc@police.si.example\"",
            "phone = \"01 234\"",
            "`phone` must be `+`, country and number without spaces (E.164), not `01 234`",
        ),
        ("[trust]", &twice, "there are two quotas of `person_check` with direction `in`; keep one"),
        ("[trust]", &erase, "`erase` has no quota: an erasure waits for nobody; remove this one"),
        ("[trust]", &way, "`direction` does not know `inward`; use one of `out` or `in`"),
        (
            "data_out = [\n    \"case_reference\", ",
            "data_out = [\n    \"case_reference\", \"biometric\", ",
            "an entry of `data_out` does not know `biometric`; did you mean `biometrics`?",
        ),
        (
            "subjects_out = [\"suspect\", ",
            "subjects_out = [\"suspect\", \"suspect\", ",
            "an entry of `subjects_out` stands twice: `suspect`",
        ),
    ];
    for (old, new, text) in cases {
        let place = Place::new();
        place.edit(SI, old, new);
        let found = place.problems("gateway.toml");
        assert!(found.len() == 1 && found[0].ends_with(&format!(": {text}")), "{new}: {found:#?}");
        assert!(place.policy("gateway.toml").problems.any_mistake(), "{new}");
    }
}

#[test]
fn a_quota_of_a_kind_that_is_not_agreed_is_a_warning() {
    let place = Place::new();
    let quota = "[[quota]]\nkind = \"jit_setup\"\ndirection = \"in\"\nper_hour = 5\nburst = 1\n[trust]";
    place.edit(SI, "[trust]", quota);
    let line = place.line(SI, "kind = \"jit_setup\"");
    let expected =
        format!("{SI}:{line}: warning: `jit_setup` is not in `kinds_in`, so its quota bounds nothing");
    assert_eq!(place.problems("gateway.toml"), [expected]);
}
