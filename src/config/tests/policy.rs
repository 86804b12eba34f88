//! A policy version says what its bundle says, wherever it is read.

use super::Place;
use crate::config::{Bundle, PolicyDraft};

#[test]
fn a_version_is_people_agreements_their_certificates_and_rules_and_nothing_else() {
    let place = Place::new();
    let policy = place.policy("gateway.toml");
    let names: Vec<&str> = policy.bundle.files().map(|(name, _)| name).collect();
    for expected in
        ["people.toml", "partners/si.toml", "partners/at.toml", "keys/si-anchor.pem", "keys/si-policija.pgp"]
    {
        assert!(names.contains(&expected), "{expected} is not in {names:?}");
    }
    assert!(names.iter().any(|name| name.starts_with("policies/common/")));
    let strange = |name: &&&str| {
        !(**name == "people.toml"
            || name.starts_with("partners/")
            || name.starts_with("policies/")
            || name.starts_with("keys/"))
    };
    assert_eq!(names.iter().find(strange), None);
    for outside in
        ["keys/si.crl", "keys/gateway.key", "keys/rs-mup.secret.pgp", "gateway.toml", "keys/rs-mup.pgp"]
    {
        assert!(!names.contains(&outside), "{outside} is in the version");
    }
}

#[test]
fn a_version_that_was_kept_says_what_the_folder_said_but_for_revocation_lists() {
    let place = Place::new();
    let before = place.policy("gateway.toml");
    let kept = Bundle::parse(&before.bundle.to_bytes()).unwrap();
    // The folder changes, and counts no more.
    place.edit("partners/si.toml", "burst = 400", "burst = 1");
    place.write("people.toml", "");
    place.write("keys/si-policija.pgp", "another key");
    place.write("keys/si.crl", "a new list");
    let version = PolicyDraft::of_version(7, kept.clone(), place.folder.path());
    assert_eq!(place.told(&version.problems), Vec::<String>::new());
    assert_eq!((version.number, &version.bundle), (Some(7), &kept));
    assert_eq!(version.roster, before.roster);
    let agreements = |policy: &PolicyDraft| {
        policy.partners.iter().flat_map(|partner| partner.agreements().cloned()).collect::<Vec<_>>()
    };
    assert_eq!(agreements(&version), agreements(&before));
    let si =
        version.partners.iter().find(|p| p.parties[0].agreement.party.as_str() == "si/policija").unwrap();
    assert_eq!(si.parties[0].openpgp[0].bytes, b"si-policija.pgp");
    assert_eq!(si.crls[0].bytes, b"a new list", "a revocation does not wait for a second person");
    assert!(!place.policy("gateway.toml").same_files(&kept));
}

#[test]
fn a_defect_of_a_version_is_told_with_its_file_and_line() {
    let place = Place::new();
    place.edit("partners/si.toml", "burst = 400", "burst = 0");
    let line = place.line("partners/si.toml", "burst = 0");
    let bundle = place.policy("gateway.toml").bundle;
    let told = place.told(&PolicyDraft::of_version(3, bundle, place.folder.path()).problems);
    assert_eq!(
        told,
        [format!("policy version 3/partners/si.toml:{line}: `burst` must be 1 to 100000, not 0")]
    );
}

#[test]
fn what_a_partner_file_names_outside_of_the_folder_is_refused() {
    for outside in ["../../keys/si-anchor.pem", "/etc/ssl/si-anchor.pem"] {
        let place = Place::new();
        place.edit("partners/si.toml", "../keys/si-anchor.pem", outside);
        let told = place.problems("gateway.toml");
        let expected =
            format!("an entry of `anchors` names `{outside}`, which is not in the policy's folder");
        assert!(told[0].contains(&expected), "{told:?}");
    }
}

#[test]
fn a_secret_key_does_not_become_part_of_a_version() {
    let place = Place::new();
    place.write("keys/si-policija.pgp", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n");
    let told = place.problems("gateway.toml");
    assert!(told[0].ends_with("this is a secret key; name the certificate instead"), "{told:?}");
}

#[test]
fn people_are_told_apart_by_id_and_user() {
    let place = Place::new();
    place.write(
        "people.toml",
        "[[person]]\nid = \"Anna\"\nparty = \"gateway\"\nroles = [\"policy_author\"]\nuid = 7\n\
         [[person]]\nid = \"anna\"\nparty = \"rs/mup\"\nroles = [\"policy_aprover\"]\n\
         [[person]]\nid = \"two words\"\nparty = \"police\"\nroles = []\n\
         [[person]]\nid = \"b\"\nparty = \"at/bk\"\nroles = [\"policy_approver\"]\nuid = 7\n",
    );
    let expected = [
        "7: `anna` stands twice (case does not count), first at people.toml:2",
        "9: an entry of `roles` does not know `policy_aprover`; did you mean `policy_approver`?",
        "11: `id` must be 1 to 128 printable ASCII characters without white space, not `two words`",
        "12: `party` must be `gateway` or an agency, such as `rs/mup`, not `police`",
        "13: warning: `roles` is empty in `[[person]]`: this person may do nothing",
        "15: `uid` 7 is that of another person already, at people.toml:2",
    ];
    let told = place.problems("gateway.toml");
    let path = format!("{}/", place.folder.path().display());
    let of_people: Vec<String> = told
        .iter()
        .filter_map(|text| text.strip_prefix("people.toml:"))
        .filter(|text| !text.starts_with(' '))
        .map(|text| text.replace(&path, ""))
        .collect();
    assert_eq!(of_people, expected, "{told:#?}");
    assert!(told.iter().any(|text| text.contains("`b` is of `at/bk`, which is no agency here")), "{told:#?}");
}

#[test]
fn a_policy_that_nobody_could_change_is_told() {
    let place = Place::new();
    std::fs::remove_file(place.path("people.toml")).unwrap();
    let told = place.problems("gateway.toml");
    let nobody =
        "people.toml: warning: there is no such file: nobody may release a held message or change the policy";
    let bodies = |told: &str| told.contains("no `[[agency]]` says what kind of body `rs/");
    assert_eq!(told.iter().filter(|told| bodies(told)).count(), 4, "{told:#?}");
    assert_eq!(told.iter().filter(|told| !bodies(told)).collect::<Vec<_>>(), [nobody]);
    let alone =
        "[[person]]\nid = \"a\"\nparty = \"gateway\"\nroles = [\"policy_author\", \"policy_approver\"]\n";
    place.write("people.toml", alone);
    let told = place.problems("gateway.toml");
    assert!(told.iter().any(|told| told.contains("the policy could never be changed")), "{told:#?}");
}

#[test]
fn an_agency_is_one_kind_of_body_and_one_of_this_gateway() {
    let place = Place::new();
    let people = std::fs::read_to_string(place.path("people.toml")).unwrap();
    let line = 1 + people.lines().count();
    let more = "[[agency]]\nparty = \"rs/mup\"\nbody = \"protection\"\n\
                [[agency]]\nparty = \"rs/other\"\nbody = \"polic\"\n\
                [[agency]]\nparty = \"rs/third\"\nbody = \"police\"\n";
    place.write("people.toml", &(people + more));
    let mut told = place.problems("gateway.toml");
    told.sort();
    let expected = [
        "people.toml: warning: `[[agency]]` names `rs/third`, which is no agency here".to_owned(),
        format!("people.toml:{}: `rs/mup` stands twice; keep one of the two", line + 1),
        format!("people.toml:{}: `body` does not know `polic`; did you mean `police`?", line + 5),
    ];
    assert_eq!(told, expected);
}
