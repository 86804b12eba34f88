//! Mistakes are told all at once, each with its place and what to do.

use proptest::prelude::*;

use super::{Place, set_mode};
use crate::config::{At, Problems};

#[test]
fn ten_mistakes_are_ten_problems_with_their_lines() {
    let place = Place::new();
    let mistakes = [
        ("listen = \"0.0.0.0:8443\"", "listen = \"0.0.0.0\""),
        ("public_host = \"gateway.rs.example\"\n", ""),
        ("drain_seconds = 30", "drain_seconds = \"30\""),
        ("lease_seconds = 60", "lease_seconds = 4"),
        ("connections = 1024", "conections = 1024"),
        ("keys/gateway.crt", "keys/gatewy.crt"),
        ("party = \"rs/jt\"", "party = \"RS/jt\""),
        ("keys/rs-mup.secret.pgp", "keys/gateway.crt"),
        ("level = \"info\"", "level = \"verbose\""),
        ("policy = \".\"", "policy = \"gateway.toml\""),
    ];
    for (old, new) in mistakes {
        place.edit("gateway.full.toml", old, new);
    }
    let line = |text: &str| place.line("gateway.full.toml", text);
    set_mode(&place.path("keys/gateway.crt"), 0o644);
    let path = |name: &str| {
        place.path(name).display().to_string().replace(&place.path("").display().to_string(), "")
    };
    let mut expected = vec![
        (
            line("[gateway]"),
            "`public_host` is missing in `[gateway]`: add `public_host = \"gateway.example.org\"`".to_owned(),
        ),
        (
            line("listen ="),
            "`listen` must be an address and a port, such as `0.0.0.0:8443`, not `0.0.0.0`".to_owned(),
        ),
        (line("drain_seconds"), "`drain_seconds` must be a whole number, not a text".to_owned()),
        (line("lease_seconds"), "`lease_seconds` must be 5 to 3600, not 4".to_owned()),
        (
            line("conections"),
            "unknown key `conections` in `[gateway]`; did you mean `connections`?".to_owned(),
        ),
        (
            line("gatewy.crt"),
            format!(
                "`certificate` names `{}`: there is no such file; correct the path or put it there",
                path("keys/gatewy.crt")
            ),
        ),
        (
            line("openpgp = [\"keys/gateway.crt\"]"),
            "an entry of `openpgp` names `keys/gateway.crt`: this secret may be used by others (mode 0644); \
             type `chmod 600 keys/gateway.crt`"
                .to_owned(),
        ),
        (
            line("RS/jt"),
            "`party` must be a country and an authority in lower case, such as `si/policija`, not `RS/jt`"
                .to_owned(),
        ),
        (
            line("policy = "),
            "`policy` names `gateway.toml`: this is not a folder; correct the path".to_owned(),
        ),
        (
            line("level ="),
            "`level` does not know `verbose`; use one of `error`, `warn`, `info`, `debug` or `trace`"
                .to_owned(),
        ),
    ];
    expected.sort();
    let expected: Vec<_> =
        expected.into_iter().map(|(line, text)| format!("gateway.full.toml:{line}: {text}")).collect();
    assert_eq!(place.problems("gateway.full.toml"), expected);
    assert!(place.draft("gateway.full.toml").finish().is_err());
}

#[test]
fn mistakes_of_a_partner_file_are_told_in_that_file() {
    let place = Place::new();
    for (old, new) in [
        ("valid_until = 2031-01-01", "valid_until = 2025-01-01"),
        ("profile = \"v6\"", "profile = \"v6pq\""),
        ("port = 8443", "port = 0x1_0000"),
        ("id = \"si/policija\"", "id = \"at/bk\""),
    ] {
        place.edit("partners/si.toml", old, new);
    }
    place.edit("partners/si.toml", "\"prevention\", ", "\"preventing\", \"detection\", ");
    place.edit("partners/si.toml", "languages = [\"en\", \"sl\", \"sr\"]", "languages = [\"english\"]");
    let line = |text: &str| place.line("partners/si.toml", text);
    let expected = [
        (line("valid_until"), "`valid_until` must be later than `valid_from`"),
        (line("profile ="), "`profile` does not know `v6pq`; did you mean `v6-pq`?"),
        (line("port ="), "`port` must be 1 to 65535, not 0x10000"),
        (line("preventing"), "an entry of `purposes` does not know `preventing`; did you mean `prevention`?"),
        (line("preventing"), "an entry of `purposes` stands twice: `detection`"),
        (
            line("languages"),
            "an entry of `languages` must be a language of two letters (ISO 639-1) such as `en`, not `english`",
        ),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(line, text)| format!("partners/si.toml:{line}: {text}")).collect();
    assert_eq!(place.problems("gateway.toml"), expected);
}

#[test]
fn a_wrong_value_is_told_with_what_it_must_be() {
    let cases = [
        (
            "host = \"gateway.si.example\"",
            "host = \"at.example:8443\"",
            "`host` must be a host name or an address without port or scheme, such as `gateway.example.org`, not `at.example:8443`",
        ),
        ("host = \"gateway.si.example\"", "host = \"\"", "`host` must not be empty"),
        (
            "valid_from = 2026-01-01",
            "valid_from = \"2026-01-01\"",
            "`valid_from` must be a date without quotes, such as 2026-01-01, not a text",
        ),
        (
            "valid_from = 2026-01-01",
            "valid_from = 2026-01-01T00:00:00",
            "`valid_from` must say its zone: end it in `Z` for UTC",
        ),
        (
            "valid_from = 2026-01-01",
            "valid_from = 10:00:00",
            "`valid_from` must have a date, such as 2026-01-01",
        ),
        (
            "most_days_kept = 180",
            "most_days_kept = 180\ntransfer_basis = \"art38a\"",
            "`transfer_basis` must be `art36`, `art37a` or `art37b`; a derogation is for the individual case: name it in the message",
        ),
        (
            "most_days_kept = 180",
            "most_days_kept = 180\ntransfer_basis = \"art39\"",
            "`transfer_basis` must be `art36`, `art37a` or `art37b`; a derogation is for the individual case: name it in the message, not `art39`",
        ),
        ("port = 8443", "port = -1", "`port` must be 1 to 65535, not -1"),
        (
            "port = 8443",
            "port = 99_999_999_999_999_999_999",
            "`port` must be 1 to 65535, not 99999999999999999999",
        ),
        ("port = 8443", "", "`port` is missing: add `port = 8443`"),
        (
            "crl_required = true",
            "crl_required = 1",
            "`crl_required` must be `true` or `false`, not a whole number",
        ),
        (
            "anchors = [\"../keys/si-anchor.pem\"]",
            "anchors = \"../keys/si-anchor.pem\"",
            "`anchors` must be a list in brackets, not a text",
        ),
        (
            "legal_bases = [\"PCC-SEE-4\", \"PCC-SEE-5\", \"PCC-SEE-6\", \"BIL-SI-2012\", \"CETS197\"]\n\n# Languages",
            "legal_bases = [\"pcc see\", \"PCC-SEE-4\", \"PCC-SEE-5\", \"PCC-SEE-6\", \"BIL-SI-2012\", \"CETS197\"]\n\n# Languages",
            "an entry of `legal_bases` must be capital letters, digits, `-`, `/` and `.`, such as `PCC-SEE-4`, not `pcc see`",
        ),
        ("[limits]", "[limit]", "unknown key `limit`; did you mean `limits`?"),
        (
            "burst = 400",
            "burst = 400\nburts = 1",
            "unknown key `burts` in `[limits]`; remove it; the keys here are `sealed_bytes`, `requests_per_second`, `burst` or `deliveries_at_once`",
        ),
        ("[[party]]", "[party]", "`party` can stand several times: write `[[party]]`"),
        ("name = \"Policija\"", "name = \"a\\u001Bb\"", "`name` must be one line of at most 100 characters"),
    ];
    for (old, new, text) in cases {
        let place = Place::new();
        place.edit("partners/si.toml", old, new);
        let found = place.problems("gateway.toml");
        assert!(found.len() == 1 && found[0].ends_with(&format!(": {text}")), "{new}: {found:#?}");
        assert!(place.policy("gateway.toml").problems.any_mistake(), "{new}");
    }
}

#[test]
fn a_list_that_is_absent_or_empty_is_told_in_words() {
    let place = Place::new();
    place.write(
        "partners/si.toml",
        "name = \"Policija\"\nbody = \"police\"\nvalid_from = 2026-01-01\nvalid_until = 2031-01-01\nprofile = \"v6\"\n\
         delivery = \"poll\"\nkinds_in = []\n[[party]]\nid = \"si/policija\"\n",
    );
    let expected = [
        "1: warning: `data_in` is absent: no record may come from this partner",
        "1: warning: `data_out` is absent: every field of a record is withheld from this partner",
        "1: warning: `kinds_out` is absent: nothing may go to this partner",
        "1: warning: `languages` is absent: no language is agreed, so no question or answer may be exchanged",
        "1: warning: `legal_bases` is absent: no legal basis is agreed, so nothing may be exchanged",
        "1: warning: `most_days_kept` is absent: this partner may keep what it receives for 90 days at most",
        "1: warning: `purposes` is absent: no purpose is agreed, so nothing may be exchanged",
        "1: warning: `subjects_in` is absent: nothing about any person may come from this partner",
        "1: warning: `subjects_out` is absent: nothing about any person may go to this partner",
        "1: warning: `anchors` is absent in `[trust]`: nobody can connect as this partner, nor be reached",
        "1: warning: there are no `crls`, but `crl_required`: every certificate of this partner is refused",
        "7: warning: `kinds_in` is empty: nothing may come from this partner",
        "8: warning: `openpgp` is absent in `[[party]]`: nothing can be sealed to this party or believed of it",
    ];
    let mut expected: Vec<_> = expected.iter().map(|text| format!("partners/si.toml:{text}")).collect();
    expected.sort();
    let mut found = place.problems("gateway.toml");
    found.sort();
    assert_eq!(found, expected);
    // Warnings do not keep the gateway from starting; the lists are empty, which permits nothing.
    let policy = place.policy("gateway.toml");
    assert!(!policy.problems.any_mistake());
    let si = policy.partners.iter().find(|p| p.parties[0].agreement.party.as_str() == "si/policija").unwrap();
    assert!(si.parties[0].agreement.kinds_out.is_empty());
    assert!(si.anchors.is_empty());
}

#[test]
fn an_empty_gateway_file_says_what_a_gateway_needs() {
    let place = Place::new();
    place.write("gateway.toml", "");
    let found = place.problems("gateway.toml");
    let mistakes = found.iter().filter(|text| text.contains(" is missing in ")).count();
    assert_eq!(mistakes, 7, "{found:#?}");
    assert!(found.contains(
        &"gateway.toml:1: warning: there is no `[[agency]]`: this gateway speaks for nobody".to_owned()
    ));
    assert!(found.iter().any(|text| text.contains("`policy` is missing in `[files]`: add `policy = \".\"`")));
    assert!(place.draft("gateway.toml").finish().is_err());
}

#[test]
fn a_party_stands_in_one_place_only() {
    let place = Place::new();
    place.edit("partners/si.toml", "id = \"si/policija\"", "id = \"rs/jt\"");
    let found = place.problems("gateway.toml");
    let first = place.line("gateway.toml", "rs/jt\"");
    let second = place.line("partners/si.toml", "id =");
    let gateway = place.path("gateway.toml").display().to_string();
    let gateway = gateway.strip_prefix(&place.path("").display().to_string()).unwrap();
    assert_eq!(
        found,
        [format!(
            "partners/si.toml:{second}: `rs/jt` is named twice, first at {gateway}:{first}; keep one of the two"
        )]
    );
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    let place = Place::new();
    place.edit("gateway.toml", "[files]", "[tls]");
    let found = place.problems("gateway.toml");
    let line = place.path("gateway.toml");
    let text = std::fs::read_to_string(line).unwrap();
    let second = text.lines().enumerate().filter(|(_, line)| *line == "[tls]").nth(1).unwrap().0 + 1;
    assert!(found[0].starts_with(&format!("gateway.toml:{second}: this is not TOML: ")), "{found:?}");
    place.write("gateway.toml", "[gateway]\nname = \"rs\n");
    assert!(place.problems("gateway.toml")[0].starts_with("gateway.toml:2: this is not TOML: "));
    std::fs::write(place.path("gateway.toml"), b"a = \"\xff\"").unwrap();
    assert_eq!(
        place.problems("gateway.toml"),
        ["gateway.toml: this is not UTF-8 after byte 5; save it as UTF-8"]
    );
    place.write("gateway.toml", &"#".repeat((256 << 10) + 1));
    assert_eq!(
        place.problems("gateway.toml"),
        ["gateway.toml: this is longer than 262144 bytes; is it the right file?"]
    );
    assert_eq!(
        place.problems("none.toml"),
        ["none.toml: there is no such file; correct the path or put it there"]
    );
}

#[test]
fn a_polling_partner_has_no_address() {
    let place = Place::new();
    place.edit("partners/si.toml", "delivery = \"push\"", "delivery = \"poll\"");
    let found = place.problems("gateway.toml");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|text| text.contains("has no meaning when the partner polls")), "{found:?}");
}

#[test]
#[cfg(unix)]
fn a_secret_that_others_may_use_is_refused() {
    let place = Place::new();
    let key = place.path("keys/gateway.key");
    for mode in [0o600, 0o400] {
        set_mode(&key, mode);
        assert_eq!(place.problems("gateway.toml"), Vec::<String>::new(), "{mode:o}");
    }
    for mode in [0o640, 0o604, 0o610, 0o602, 0o700] {
        set_mode(&key, mode);
        let found = place.problems("gateway.toml");
        assert_eq!(found.len(), 1, "{mode:o} {found:?}");
        assert!(found[0].ends_with("type `chmod 600 keys/gateway.key`"), "{found:?}");
    }
}

#[test]
fn a_secret_does_not_print() {
    let place = Place::new();
    let text = format!("{:?}", place.settings("gateway.toml"));
    assert!(text.contains("gateway.key, secret"));
    assert!(!text.contains("stand-in for a secret"));
    assert!(!text.contains(&format!("{:?}", b"stand-in for a secret")));
}

#[test]
fn other_folders_add_what_they_find() {
    let place = Place::new();
    let mut draft = place.draft("gateway.toml");
    let at: At = draft.agencies[2].mapping_at.clone();
    assert_eq!(at.line, place.line("gateway.toml", "mapping = \"rs-minrzs\""));
    draft.problems.push_at(&at, "there is no table `rs-minrzs`");
    draft.problems.push(&place.path("a.pem"), 0, "this is no certificate");
    let problems = draft.finish().unwrap_err().to_string();
    let gateway = place.path("gateway.toml").display().to_string();
    let a = place.path("a.pem").display().to_string();
    assert_eq!(
        problems,
        format!("{a}: this is no certificate\n{gateway}:{}: there is no table `rs-minrzs`", at.line)
    );
}

#[test]
fn problems_are_bounded() {
    let mut problems = Problems::new();
    for line in 1..=1000 {
        problems.push("a.toml".as_ref(), line, "wrong");
    }
    let text = problems.to_string();
    assert_eq!(text.lines().count(), 201);
    assert!(text.ends_with("and 800 more; correct these first"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}", file in 0..3_usize) {
        let place = Place::new();
        place.write(["gateway.toml", "partners/si.toml", "people.toml"][file], &text);
        place.problems("gateway.toml");
    }

    /// Well-formed files with the right words in the wrong places.
    #[test]
    fn no_mixture_of_its_own_words_makes_the_reader_panic(
        lines in proptest::collection::vec((0..15_usize, 0..12_usize), 0..30),
        file in 0..2_usize,
    ) {
        let keys = ["gateway", "tls", "log", "agency", "files", "party", "trust", "limits", "name", "body", "delivery",
            "anchors", "policy", "openpgp", "valid_from"];
        let values = ["1", "\"\"", "\"poll\"", "[]", "[[]]", "[1, \"a\"]", "{}", "[{}]", "2026-01-01", "true", "1.5",
            "{ name = 1, openpgp = [[1]], limits = 2026-01-01T00:00:00 }"];
        let mut used = std::collections::BTreeSet::new();
        let lines: Vec<String> = lines
            .into_iter()
            .filter(|(key, _)| used.insert(*key))
            .map(|(key, value)| format!("{} = {}", keys[key], values[value]))
            .collect();
        let text = lines.join("\n");
        let place = Place::new();
        place.write(["gateway.toml", "partners/si.toml"][file], &text);
        let (own, policy) = (place.draft("gateway.toml").problems, place.policy_of_folder().problems);
        let found: Vec<_> = own.iter().chain(policy.iter()).collect();
        prop_assert!(!found.is_empty());
        prop_assert!(found.iter().all(|problem| problem.at.line > 0));
    }
}
