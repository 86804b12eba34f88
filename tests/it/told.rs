//! What people are told who see only what the commands say: the truth, once, and what to do next.

use std::path::Path;
use std::process::Command;

use casebridge::app::trial::{APPROVER, AUTHOR};

use crate::versions::{edit, installed};

/// What a command says, on both outputs.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// The id in the line that says what became of a message.
fn id_of(became: &str, told: &str) -> String {
    let line = |line: &str| Some(line.strip_prefix(became)?.trim().to_owned());
    told.lines().find_map(line).unwrap_or_else(|| panic!("not {became}: {told}"))
}

#[test]
fn a_decision_names_the_version_that_was_in_force_and_never_a_rejected_one_that_decides_alike() {
    let (folder, command) = installed();
    let rs = folder.path().join("rs");
    let submit = || {
        let mut submit =
            command(&["submit", "--from", "rs/mup", "--to", "si/policija", "--kind", "info_request"]);
        submit.args(["--purpose", "investigation", "--legal-basis", "PCC-SEE-4", "--author", "officer-7"]);
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples/rs-mup.xml");
        let told = said(submit.arg(sample));
        id_of("sent", &told)
    };
    let explained = |id: &str| said(&mut command(&["explain", id, "--reader", "lawyer-1"]));
    let first = submit();
    // People do not change what the rules decide, so this version decides as the first one does.
    edit(&rs, "people.toml", "example-reviewer-jt", "example-reviewer-jt-2");
    let apply = || said(command(&["policy", "apply", "--author", AUTHOR, "--reason", "a test"]).arg(&rs));
    apply();
    let rejected = said(&mut command(&["policy", "reject", "2", "--by", AUTHOR]));
    assert!(rejected.starts_with("rejected  version 2"), "{rejected}");
    apply();
    assert!(explained(&first).contains("under policy version 1, "), "{}", explained(&first));
    let approved = said(&mut command(&["policy", "approve", "3", "--approver", APPROVER]));
    assert!(approved.starts_with("approved  version 3"), "{approved}");
    let second = submit();
    assert!(explained(&first).contains("under policy version 1, "), "{}", explained(&first));
    assert!(explained(&second).contains("under policy version 3, "), "{}", explained(&second));
    assert!(explained(&second).contains("decided again by the same rules: the same"));
}

#[test]
fn one_mistake_in_a_partners_file_or_among_the_people_is_told_as_one() {
    let (folder, command) = installed();
    let rs = folder.path().join("rs");
    let kept = |name: &str| std::fs::read_to_string(rs.join(name)).unwrap();
    let (partner, people) = (kept("partners/si.toml"), kept("people.toml"));
    let cases = [
        ("partners/si.toml", "valid_until = 2031-01-01", "valid_until = 2025-01-01", "must be later than"),
        ("partners/si.toml", "id = \"si/policija\"", "id = \"SI/Policija\"", "in lower case"),
        ("partners/si.toml", "purposes = [", "purposes = ", "this is not TOML"),
        ("people.toml", "\"policy_author\"", "\"policy-author\"", "did you mean `policy_author`?"),
        (
            "people.toml",
            "party = \"rs/mup\"",
            "party = \"rs/mupp\"",
            "there are: rs/cztlj, rs/jt, rs/minrzs, rs/mup",
        ),
    ];
    for (name, old, new, told) in cases {
        edit(&rs, name, old, new);
        let mut apply = command(&["policy", "apply", "--author", AUTHOR, "--reason", "a test"]);
        let text = said(apply.arg(&rs));
        let mistakes: Vec<_> = text.lines().skip(1).filter(|line| !line.contains(": warning: ")).collect();
        assert!(mistakes.iter().all(|line| line.contains(told)) && !mistakes.is_empty(), "{new}: {text}");
        std::fs::write(rs.join("partners/si.toml"), &partner).unwrap();
        std::fs::write(rs.join("people.toml"), &people).unwrap();
    }
    // Past, but not senseless: to end an agreement is no mistake, and is said.
    edit(&rs, "partners/si.toml", "valid_from = 2026-01-01", "valid_from = 2024-01-01");
    edit(&rs, "partners/si.toml", "valid_until = 2031-01-01", "valid_until = 2025-01-01");
    let text = said(command(&["policy", "apply", "--author", AUTHOR, "--reason", "it ended"]).arg(&rs));
    assert!(text.contains("si.toml:1: warning: the agreement ended at 2025-01-01T00:00:00Z"), "{text}");
    assert!(text.contains("proposed  version 2"), "{text}");
}

#[test]
fn whoever_sends_and_whoever_reviews_at_night_is_told_why_it_waits_who_may_release_it_and_what_to_type() {
    let (folder, command) = installed();
    let config = folder.path().join("rs/gateway.toml").display().to_string();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples/rs-minrzs.json");
    let mut submit =
        command(&["submit", "--from", "rs/minrzs", "--to", "at/bk", "--kind", "victim_referral"]);
    submit.args(["--purpose", "victim_protection", "--legal-basis", "CETS197", "--urgency", "urgent_direct"]);
    // The agency's only reviewer writes it: then nobody there can release it.
    let alone = said(submit.args(["--author", "Example-Reviewer-MINRZS"]).arg(&sample));
    assert!(alone.contains("nobody has that role: ask the administrators"), "{alone}");
    let mut submit =
        command(&["submit", "--from", "rs/minrzs", "--to", "at/bk", "--kind", "victim_referral"]);
    submit.args(["--purpose", "victim_protection", "--legal-basis", "CETS197", "--urgency", "urgent_direct"]);
    let held = said(submit.args(["--author", "officer-7"]).arg(&sample));
    let id = &*id_of("held", &held);
    for part in [
        "why       Data of a child".to_owned(),
        "these may: example-reviewer-minrzs (reviewer, protection_reviewer, legal_reviewer)".to_owned(),
        format!("casebridge review --config {config} --agency rs/minrzs --reviewer ID --show {id}"),
        format!("casebridge review --config {config} --agency rs/minrzs --reviewer ID --release {id}"),
    ] {
        assert!(held.contains(&part), "{part}: {held}");
    }
    let list = said(&mut command(&["review", "--agency", "rs/minrzs"]));
    let entry = list.split_once(id).unwrap().1;
    for part in [
        "by officer-7",
        "victim_referral to at/bk, urgent_direct",
        "why: Data of a child",
        "released by: reviewer, or ",
    ] {
        assert!(entry.contains(part), "{part}: {list}");
    }
    let wrong = ["review", "--agency", "rs/minrzs", "--release", id, "--reviewer", "officer-7"];
    let wrong = said(&mut command(&wrong));
    assert!(wrong.contains("does not stand in `people.toml`"), "{wrong}");
    assert!(wrong.contains("these review for rs/minrzs: example-reviewer-minrzs"), "{wrong}");
    let release = || {
        let mut release = command(&["review", "--agency", "rs/minrzs", "--release", id]);
        said(release.args(["--reviewer", "example-reviewer-minrzs"]))
    };
    id_of("sent", &release());
    let again = release();
    assert!(
        again.contains("does not wait for review at rs/minrzs") && again.contains("casebridge explain"),
        "{again}"
    );
}
