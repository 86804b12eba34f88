//! Reading policy files: what is wrong is told with file and line, all of it, and nothing is loaded.

use std::sync::Arc;

use super::fixture::*;
use crate::partner::{Body, Register};
use crate::policy::{Engine, PolicyProblem, Source};
use crate::schema::Catalogue;

fn source(text: &str) -> Source {
    Source { name: "common.cedar".to_owned(), partner: None, text: text.to_owned() }
}

fn problems(sources: &[Source]) -> Vec<PolicyProblem> {
    Engine::load(catalogue(), Arc::new(serbian()), sources).unwrap_err()
}

/// The problems with one file, as `line: reason`.
fn wrong(text: &str) -> Vec<String> {
    let line = |problem: &PolicyProblem| problem.line.map_or("-".to_owned(), |line| line.to_string());
    problems(&[source(text)]).iter().map(|p| format!("{}: {}", line(p), p.reason)).collect()
}

const GOOD: &str = "@id(\"a\")\n@sentence(\"s\")\n@law(\"l\")\n";

#[test]
fn the_files_of_both_gateways_are_valid_and_short() {
    belgrade();
    ljubljana();
}

#[test]
fn a_file_that_is_not_cedar_is_told_with_its_line() {
    let found = wrong(&format!("{GOOD}permit (principal, action, resource);\n\npermit (principal action);"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("6: cannot be read: unexpected token"), "{found:?}");
}

#[test]
fn an_unknown_word_is_told_with_its_line() {
    for (condition, word) in [
        ("context.category == Data::\"helth\"", "helth"),
        ("context.purpose == Purpose::\"fun\"", "fun"),
        ("context.kind == Kind::\"letter\"", "letter"),
        ("context.subject == Subject::\"victim\"", "victim"),
        ("context.legal_basis == LegalBasis::\"PCC\"", "PCC"),
        ("context.colour == true", "colour"),
    ] {
        let text = format!(
            "{GOOD}forbid (principal, action == Action::\"release\", resource)\nwhen {{\n  {condition}\n}};"
        );
        let found = wrong(&text);
        assert!(found[0].starts_with("6: ") && found[0].contains(word), "{condition}: {found:?}");
    }
}

#[test]
fn a_rule_that_can_never_apply_is_told() {
    let text = format!("{GOOD}permit (principal, action == Action::\"release\", resource) when {{ false }};");
    assert!(wrong(&text)[0].starts_with("1: "), "{:?}", wrong(&text));
}

#[test]
fn an_unknown_action_or_a_wrong_type_is_told() {
    let found = wrong(&format!("{GOOD}permit (principal, action == Action::\"open\", resource);"));
    assert!(found.iter().any(|problem| problem.contains("open")), "{found:?}");
    let found = wrong(&format!(
        "{GOOD}permit (principal, action == Action::\"send\", resource) when {{ context.child == \"yes\" }};"
    ));
    assert!(found[0].starts_with("4: "), "{found:?}");
}

#[test]
fn every_rule_needs_id_sentence_and_law() {
    let rule = "permit (principal, action == Action::\"send\", resource);\n";
    let needs_id = "1: the rule needs an `@id` of lower-case letters, digits and hyphens, at most 64";
    assert_eq!(wrong(rule), [needs_id]);
    assert_eq!(wrong(&format!("@id(\"Big Id\")\n{rule}")), [needs_id]);
    assert_eq!(
        wrong(&format!("\n@id(\"a\")\n{rule}")),
        ["2: rule `a` needs `@law`", "2: rule `a` needs `@sentence`"]
    );
    assert_eq!(
        wrong(&format!("@id(\"a\")\n@sentence(\" \")\n@law(\"l\")\n{rule}")),
        ["1: rule `a` needs `@sentence`"]
    );
    assert_eq!(
        wrong(&format!("{GOOD}@colour(\"red\")\n{rule}")),
        ["1: rule `a` has an unknown annotation `@colour`"]
    );
}

#[test]
fn an_id_stands_once_in_all_files_and_is_no_built_in_name() {
    let rule = "permit (principal, action == Action::\"send\", resource);\n";
    let twice = format!("{GOOD}{rule}\n{GOOD}forbid (principal, action, resource);");
    assert_eq!(wrong(&twice), ["6: the id `a` stands twice"]);
    let same = format!("{GOOD}{rule}\n{GOOD}{rule}");
    assert_eq!(wrong(&same), ["6: the id `a` stands twice"]);
    for name in ["expired", "default", "forbidden"] {
        let text = format!("@id(\"{name}\")\n@sentence(\"s\")\n@law(\"l\")\n{rule}");
        assert_eq!(wrong(&text), [format!("1: the id `{name}` is the name of a built-in check")]);
    }
}

#[test]
fn a_code_is_for_forbid_rules_and_one_of_the_list() {
    let reason = "1: rule `a`: `@code` is for `forbid` rules, one of consent-withdrawn, consent-missing, guardian-missing";
    let rule = |effect: &str, code: &str| {
        format!("{GOOD}@code(\"{code}\")\n{effect} (principal, action == Action::\"send\", resource);")
    };
    assert_eq!(wrong(&rule("permit", "consent-missing")), [reason]);
    assert_eq!(wrong(&rule("forbid", "other")), [reason]);
}

#[test]
fn a_partners_file_speaks_for_that_partner_only() {
    let partner = |text: &str| {
        let source = Source {
            name: "si.cedar".to_owned(),
            partner: Some(party("si/policija")),
            text: text.to_owned(),
        };
        Engine::load(catalogue(), Arc::new(serbian()), &[source]).map(drop)
    };
    let reason = "rule `a` stands in the file of `si/policija`, so it must say `resource == Party::\"si/policija\"` (or `principal` for `admit`)";
    for scope in [
        "principal, action == Action::\"send\", resource",
        "principal, action, resource == Party::\"si/policija\"",
        "principal, action == Action::\"send\", resource == Party::\"at/bk\"",
        "principal, action in [Action::\"release\", Action::\"send\"], resource",
        "principal, action == Action::\"admit\", resource == Party::\"si/policija\"",
    ] {
        let found = partner(&format!("{GOOD}permit ({scope});")).unwrap_err();
        assert_eq!(found[0].reason, reason, "{scope}");
    }
    partner(&format!(
        "{GOOD}permit (principal, action == Action::\"send\", resource == Party::\"si/policija\");"
    ))
    .unwrap();
}

#[test]
fn a_file_for_a_stranger_a_slot_and_a_misspelt_party_are_told() {
    let stranger =
        Source { name: "hr.cedar".to_owned(), partner: Some(party("hr/policija")), text: String::new() };
    assert_eq!(problems(&[stranger])[0].to_string(), "hr.cedar: there is no agreement with `hr/policija`");
    let slot = format!("{GOOD}permit (principal == ?principal, action, resource);");
    assert!(wrong(&slot)[0].contains("slot"), "{:?}", wrong(&slot));
    let party =
        format!("{GOOD}permit (principal == Party::\"RS-MUP\", action == Action::\"send\", resource);");
    assert_eq!(wrong(&party), ["1: rule `a`: `RS-MUP` is not the name of a party"]);
}

#[test]
fn defects_of_all_files_are_reported_together() {
    let mut sources = serbian_sources();
    sources[0].text.push_str("permit (principal, action == Action::\"send\", resource);");
    sources[1].text.push_str("garbage");
    sources[2].text.push_str("@id(\"x\") @sentence(\"s\") @law(\"l\") forbid (principal, action == Action::\"release\", resource == Party::\"at/bk\") when { context.category == Data::\"x\" };");
    let files: Vec<String> = problems(&sources).into_iter().map(|problem| problem.file).collect();
    assert_eq!(files, ["at.cedar", "common.cedar", "si.cedar"]);
}

#[test]
fn more_rules_than_a_question_may_have_are_refused() {
    let rule = |n: u32| {
        format!(
            "@id(\"r{n}\") @sentence(\"s\") @law(\"l\") permit (principal, action == Action::\"send\", resource);\n"
        )
    };
    let rules = (0..21).map(rule).collect::<Vec<_>>().concat();
    let found = problems(&[source(&rules)]);
    assert!(found[0].reason.contains("21 rules, at most 20"), "{found:?}");
}

#[test]
fn the_version_is_stable_and_changes_with_rules_and_agreements() {
    let version = belgrade().version().to_owned();
    assert_eq!(version.len(), 16);
    let mut sources = serbian_sources();
    sources.reverse();
    assert_eq!(engine(serbian(), &sources).version(), version, "the order of files is no difference");
    sources[0].text.push_str("// changed\n");
    assert_ne!(engine(serbian(), &sources).version(), version);
    let mut changed = agreement("si/policija", Body::Police);
    changed.limits.sealed_bytes -= 1;
    let register = Register::new(serbian().agencies().clone(), [changed, agreement("at/bk", Body::Police)]);
    assert_ne!(engine(register, &serbian_sources()).version(), version);
}

#[test]
fn the_version_changes_with_all_that_the_catalogue_says_of_release() {
    let fields = include_str!("../../../config/schema/fields.toml");
    let codes = include_str!("../../../config/schema/codes.toml");
    let version = |fields: &str, codes: &str| {
        let catalogue = Arc::new(Catalogue::parse(fields, codes).unwrap());
        Engine::load(catalogue, Arc::new(serbian()), &serbian_sources()).unwrap().version().to_owned()
    };
    let now = version(fields, codes);
    assert_eq!(version(fields, codes), now);
    for (fields, codes) in [
        (fields.replacen("category = \"case_reference\"", "category = \"identity\"", 1), codes.to_owned()),
        (fields.replacen("anonymous = true\n", "", 1), codes.to_owned()),
        (fields.to_owned(), codes.replacen("special = \"health\"", "special = \"biometrics\"", 1)),
    ] {
        assert_ne!(version(&fields, &codes), now);
    }
}
