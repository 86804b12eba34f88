//! Reading policy files: what is wrong is told with file and line, all of it, and nothing is loaded.

use std::sync::Arc;

use super::fixture::*;
use crate::partner::Body;
use crate::policy::{Engine, PolicyProblem, Scope, Source, opens_to_all};
use crate::schema::Catalogue;

fn problems(sources: &[Source]) -> Vec<PolicyProblem> {
    Engine::load(catalogue(), Arc::new(serbian()), sources).unwrap_err()
}

/// The problems with one file, as `line: reason`.
fn wrong(text: &str) -> Vec<String> {
    let line = |problem: &PolicyProblem| problem.line.map_or("-".to_owned(), |line| line.to_string());
    problems(&[common(text)]).iter().map(|p| format!("{}: {}", line(p), p.reason)).collect()
}

/// Three lines of annotations.
const GOOD: &str = "@id(\"a\")\n@sentence(\"s\") @sr(\"с\") @sl(\"s\") @de(\"s\")\n@law(\"l\")\n";

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
fn every_rule_needs_an_id_of_its_own_form() {
    let rule = "permit (principal, action == Action::\"send\", resource);\n";
    let needs_id = "1: the rule needs an `@id` of lower-case letters, digits and hyphens, at most 64";
    assert_eq!(wrong(rule), [needs_id]);
    for bad in ["Big Id", "", "a_b", "а", &"a".repeat(65)] {
        assert_eq!(wrong(&format!("@id(\"{bad}\")\n{rule}")), [needs_id]);
    }
}

#[test]
fn every_rule_needs_its_sentence_in_each_language_and_the_law() {
    let rule = "permit (principal, action == Action::\"send\", resource);\n";
    let missing = |name: &str| format!("2: rule `a` needs `@{name}`");
    assert_eq!(wrong(&format!("\n@id(\"a\")\n{rule}")), ["de", "law", "sentence", "sl", "sr"].map(missing));
    for (name, said) in [("sentence", "s"), ("sr", "с"), ("sl", "s"), ("de", "s"), ("law", "l")] {
        let good = format!("@{name}(\"{said}\")");
        assert!(annotations("a").contains(&good), "{good}");
        for empty in ["", &format!("@{name}"), &format!("@{name}(\"\")"), &format!("@{name}(\" \")")] {
            let text = format!("\n{}{rule}", annotations("a").replace(&good, empty));
            assert_eq!(wrong(&text), [missing(name)], "{empty}");
        }
        for bad in ["two\\nlines", &"s".repeat(601)] {
            let text = format!("\n{}{rule}", annotations("a").replace(&good, &format!("@{name}(\"{bad}\")")));
            let reason = format!("2: rule `a` `@{name}`: write one line of at most 600 characters");
            assert_eq!(wrong(&text), [reason]);
        }
    }
    assert_eq!(
        wrong(&format!("{}@colour(\"red\")\n{rule}", annotations("a"))),
        ["1: rule `a` has an unknown annotation `@colour`"]
    );
}

#[test]
fn a_sentence_stands_in_the_script_of_its_language() {
    let rule = "permit (principal, action == Action::\"send\", resource);\n";
    let told = |name: &str, old: &str, said: &str| {
        let text = annotations("a").replace(&format!("@{name}(\"{old}\")"), &format!("@{name}(\"{said}\")"));
        let (source, words) = (common(&format!("{text}{rule}")), "write it in");
        let found = Engine::load(catalogue(), Arc::new(serbian()), &[source]).err().unwrap_or_default();
        assert!(
            found.iter().all(|problem| problem.line == Some(1) && problem.reason.contains(words)),
            "{found:?}"
        );
        found.into_iter().map(|problem| problem.reason).collect::<Vec<_>>()
    };
    let right = ["Порука улази.", "Одбијено по основу R-D (CETS 197)."];
    for said in right {
        assert!(told("sr", "с", said).is_empty(), "{said}");
    }
    // Latin, a look-alike, letters that Serbian does not have, more Latin than Cyrillic.
    for said in ["Poruka ulazi.", "Пoрука", "Сообщение: ы", "А European handling code"] {
        assert_eq!(told("sr", "с", said), ["rule `a` `@sr`: write it in Serbian Cyrillic letters"], "{said}");
    }
    for name in ["sentence", "sl", "de"] {
        let reason = format!("rule `a` `@{name}`: write it in Latin letters");
        assert_eq!(told(name, "s", "порука"), [reason.as_str()]);
        assert_eq!(told(name, "s", "mess\u{430}ge"), [reason.as_str()]);
        assert!(told(name, "s", "Übermittlung, kršitev – Prüm").is_empty());
    }
}

#[test]
fn a_ground_says_its_sentence_in_five_languages() {
    use crate::schema::Language;
    let rule = "forbid (principal, action == Action::\"send\", resource);";
    let texts = "@id(\"a\") @sentence(\"No.\") @sr(\"Не, Љиљо.\") @sl(\"Ne.\") @de(\"Nein.\") @law(\"l\")";
    let engine = engine(serbian(), &[common(&format!("{texts} {rule}"))]);
    let refusal = refused(engine.permit(submission(document("rs/mup", "at/bk", &[plain()])), now()));
    let said = Language::ALL.map(|language| refusal.grounds[0].sentence(language));
    assert_eq!(said, ["No.", "Не, Љиљо.", "Ne, Ljiljo.", "Ne.", "Nein."]);
}

#[test]
fn an_id_stands_once_in_all_files_and_is_no_built_in_name() {
    let rule = "permit (principal, action == Action::\"send\", resource);\n";
    let twice = format!("{GOOD}{rule}\n{GOOD}forbid (principal, action, resource);");
    assert_eq!(wrong(&twice), ["6: the id `a` stands twice"]);
    let same = format!("{GOOD}{rule}\n{GOOD}{rule}");
    assert_eq!(wrong(&same), ["6: the id `a` stands twice"]);
    for name in ["expired", "default", "forbidden"] {
        let text = format!("{}{rule}", annotations(name));
        assert_eq!(wrong(&text), [format!("1: the id `{name}` is the name of a built-in check")]);
    }
}

#[test]
fn a_code_is_for_forbid_rules_and_one_of_each_list() {
    let reason = format!(
        "1: rule `a`: `@code` is for `forbid` rules: one of {}; \
         one of R-A, R-B, R-C, R-D, R-E, R-F1, R-F2, R-F3, R-G1, R-G2, R-H; or both",
        crate::policy::checks::RULE_CODES.join(", ")
    );
    let rule = |effect: &str, code: &str| {
        format!(
            "{}@code(\"{code}\")\n{effect} (principal, action == Action::\"send\", resource);",
            annotations("a")
        )
    };
    for code in ["consent-missing", "R-F2", "consent-missing R-E", "R-E consent-missing"] {
        assert_eq!(wrong(&rule("permit", code)), [reason.as_str()]);
        engine(serbian(), &[common(&rule("forbid", code))]);
    }
    for code in ["other", "", "R-F", "r-a", "R-A R-B", "consent-missing guardian-missing", "R-A R-A"] {
        assert_eq!(wrong(&rule("forbid", code)), [reason.as_str()], "{code}");
    }
}

#[test]
fn the_code_of_the_machine_names_the_refusal_also_beside_one_of_the_law() {
    let code = |code: &str| {
        let rule = format!(
            "{}@code(\"{code}\") forbid (principal, action == Action::\"send\", resource);",
            annotations("a")
        );
        let engine = engine(serbian(), &[common(&rule)]);
        refused(engine.permit(submission(document("rs/mup", "at/bk", &[plain()])), now())).code
    };
    assert_eq!(code("R-E guardian-missing"), "guardian-missing");
    assert_eq!(code("R-E"), "forbidden");
}

#[test]
fn a_partners_folder_speaks_for_its_parties_only() {
    let load = |text: &str| {
        let scope = Scope::Parties(["rs/mup", "rs/jt"].map(party).into());
        let source = Source { name: "rs.cedar".to_owned(), scope, text: text.to_owned() };
        Engine::load(catalogue(), Arc::new(slovene()), &[source]).map(drop)
    };
    let reason = "rule `a` stands in a partner's folder, so it must say `resource ==` (for `admit` `principal ==`) and one of `Party::\"rs/mup\"`, `Party::\"rs/jt\"`";
    for scope in [
        "principal, action == Action::\"send\", resource",
        "principal, action, resource == Party::\"rs/mup\"",
        "principal, action == Action::\"send\", resource == Party::\"rs/cztlj\"",
        "principal, action == Action::\"send\", resource in Party::\"rs/mup\"",
        "principal, action in [Action::\"release\", Action::\"send\"], resource",
        "principal, action == Action::\"admit\", resource == Party::\"rs/mup\"",
    ] {
        let found = load(&format!("{GOOD}permit ({scope});")).unwrap_err();
        assert_eq!((found[0].line, found[0].reason.as_str()), (Some(1), reason), "{scope}");
    }
    for own in ["rs/mup", "rs/jt"] {
        load(&format!("{GOOD}permit (principal, action == Action::\"send\", resource == Party::\"{own}\");"))
            .unwrap();
        load(&format!(
            "{GOOD}permit (principal == Party::\"{own}\", action == Action::\"admit\", resource);"
        ))
        .unwrap();
    }
}

#[test]
fn a_folder_is_common_or_has_the_name_of_a_partner_file() {
    let at = |path: &str| {
        Source::at(path.as_ref(), "", |folder| (folder == "si").then(|| vec![party("si/policija")]))
    };
    assert_eq!(at("policies/common/a.cedar").unwrap().scope, Scope::Common);
    assert_eq!(at("/etc/policies/si/a.cedar").unwrap().scope, Scope::Parties(vec![party("si/policija")]));
    for (path, folder) in [
        ("policies/sl/a.cedar", "sl"),
        ("a.cedar", ""),
        ("policies/a.cedar", "policies"),
        ("si/../a.cedar", ""),
        ("si/b/a.cedar", "b"),
    ] {
        let told = at(path).unwrap_err().to_string();
        let start = format!("{path}:1: stands in the folder `{folder}`; move it to `common`");
        assert!(told.starts_with(&start), "{told}");
    }
}

#[test]
fn a_folder_without_parties_can_have_no_rule() {
    let empty = Source {
        name: "xx.cedar".to_owned(),
        scope: Scope::Parties(Vec::new()),
        text: format!("{GOOD}permit (principal, action == Action::\"send\", resource);"),
    };
    assert_eq!(problems(&[empty]).len(), 1);
}

#[test]
fn a_file_for_a_stranger_a_slot_and_a_misspelt_party_are_told() {
    let scope = Scope::Parties(vec![party("hr/policija")]);
    let stranger = Source { name: "hr.cedar".to_owned(), scope, text: String::new() };
    assert_eq!(problems(&[stranger])[0].to_string(), "hr.cedar: there is no agreement with `hr/policija`");
    let slot = format!("{GOOD}permit (principal == ?principal, action, resource);");
    assert!(wrong(&slot)[0].contains("slot"), "{:?}", wrong(&slot));
    let party =
        format!("{GOOD}permit (principal == Party::\"RS-MUP\", action == Action::\"send\", resource);");
    assert_eq!(wrong(&party), ["1: rule `a`: `RS-MUP` is not the name of a party"]);
}

#[test]
fn defects_of_all_files_are_reported_together() {
    let named = |file: &str, text: &str| Source { name: file.to_owned(), ..common(text) };
    let sources = [
        named("c.cedar", "permit (principal, action == Action::\"send\", resource);"),
        named("b.cedar", "garbage"),
        named(
            "a.cedar",
            &format!(
                "{GOOD}forbid (principal, action == Action::\"release\", resource) when {{ context.category == Data::\"x\" }};"
            ),
        ),
        named(
            "d.cedar",
            &format!("{}permit (principal, action == Action::\"send\", resource);", annotations("good")),
        ),
    ];
    let files: Vec<String> = problems(&sources).into_iter().map(|problem| problem.file).collect();
    assert_eq!(files, ["a.cedar", "b.cedar", "c.cedar"]);
}

#[test]
fn more_rules_than_a_question_may_have_are_refused() {
    let rule = |n: u32| {
        format!(
            "{}permit (principal, action == Action::\"send\", resource);\n",
            annotations(&format!("r{n}"))
        )
    };
    let rules = (0..257).map(rule).collect::<Vec<_>>().concat();
    let found = problems(&[common(&rules)]);
    assert!(found[0].reason.contains("257 rules, at most 256"), "{found:?}");
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
    let register = register(serbian().agencies().clone(), [changed, agreement("at/bk", Body::Police)]);
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

#[test]
fn a_rule_for_all_opens_the_exchange_to_no_partner_that_it_does_not_name() {
    let told = |rule: &str| {
        let problems = opens_to_all(&common(&format!("{}{rule};", annotations("a"))));
        problems.into_iter().map(|problem| problem.reason).collect::<String>()
    };
    for rule in [
        "permit (principal, action, resource)",
        "permit (principal, action == Action::\"send\", resource)\nwhen { context.records }",
        "permit (principal, action in [Action::\"release\", Action::\"send\"], resource)",
        "permit (principal == Party::\"rs/mup\", action == Action::\"send\", resource)",
        "permit (principal, action == Action::\"admit\", resource == Party::\"rs/mup\")",
    ] {
        assert!(told(rule).contains("every partner"), "{rule}");
    }
    assert!(
        told("permit (principal, action == Action::\"release\", resource)").contains("every kind of data")
    );
    for rule in [
        "permit (principal, action == Action::\"send\", resource == Party::\"si/policija\")",
        "permit (principal == Party::\"si/policija\", action == Action::\"admit\", resource)",
        "permit (principal, action == Action::\"release\", resource)\nwhen { context.child }",
        "forbid (principal, action, resource)",
    ] {
        assert_eq!(told(rule), "", "{rule}");
    }
    for source in serbian_sources().iter().chain(&slovene_sources()) {
        assert_eq!(opens_to_all(source), []);
    }
}
