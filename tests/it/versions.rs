//! A policy version comes into force on all nodes of a gateway at once, without a restart; a bad one does not.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use casebridge::access::Caller;
use casebridge::app::Options;
use casebridge::app::trial::{APPROVER, AUTHOR, TrialOptions, write_folder};
use casebridge::app::versions::{Unchanged, Versions};
use casebridge::clock::Clock;
use casebridge::exchange::{ExchangeError, Submitted, What};
use casebridge::message::MessageId;
use casebridge::store::Store;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::world::{PATIENCE, World, casebridge, foreign_document, opened, push, record, sealed, warning};

fn edit(folder: &Path, name: &str, old: &str, new: &str) {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    assert!(text.contains(old), "`{old}` does not stand in {name}");
    std::fs::write(folder.join(name), text.replace(old, new)).unwrap();
}

/// Takes early warnings out of what was agreed with Slovenia.
fn no_warnings(folder: &Path) {
    edit(folder, "partners/si.toml", "\"early_warning\",\n", "\n");
}

/// Changes what was agreed, and permits all that the tests send.
fn no_prevention(folder: &Path) {
    edit(folder, "partners/si.toml", "\"prevention\", ", "");
}

fn versions(world: &World, clock: Clock) -> Versions {
    Versions::open(&world.trial.folder().join("rs/gateway.toml"), clock).unwrap()
}

fn caller(id: &str) -> Caller {
    Caller::here(id).unwrap()
}

/// The audit log of the Serbian gateway, in its order.
async fn log(world: &World) -> Vec<Value> {
    let store =
        Store::open(&world.trial.folder().join("rs/casebridge.db"), std::sync::Arc::default()).unwrap();
    let entries = store.read(|tx| tx.audit_list(0, 100_000)).await.unwrap();
    entries.iter().map(|(_, entry, _)| serde_json::from_slice(entry).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_nodes_decide_by_a_new_version_from_the_same_moment() {
    let world = World::start().await;
    let second = world.trial.second_serbia().await.unwrap();
    for node in [&world.trial.rs.gateway, &second.gateway] {
        assert!(matches!(node.submit(warning(record())).await.unwrap(), Submitted::Sent { .. }));
    }
    // The approval comes from beside, as from a command: no node is told.
    let versions = versions(&world, Clock::system());
    no_warnings(&world.trial.folder().join("rs"));
    let folder = versions.folder().to_path_buf();
    let number = versions.propose(folder, &caller(AUTHOR), "a test", None).await.unwrap().number;
    versions.approve(number, &caller(APPROVER)).await.unwrap();
    for node in [&second.gateway, &world.trial.rs.gateway] {
        let submitted = node.submit(warning(record())).await.unwrap();
        assert!(matches!(submitted, Submitted::Refused { .. }), "{submitted:?}");
        assert_eq!(node.version(), number);
    }
    second.stop().await;
    world.end_with_work().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_takes_a_new_version_without_being_asked_anything() {
    let world = World::start().await;
    let versions = versions(&world, Clock::system());
    no_prevention(&world.trial.folder().join("rs"));
    let folder = versions.folder().to_path_buf();
    let number = versions.propose(folder, &caller(AUTHOR), "a test", None).await.unwrap().number;
    versions.approve(number, &caller(APPROVER)).await.unwrap();
    let taken = async {
        while world.trial.rs.gateway.version() != number {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.expect("the version was not taken");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_decision_is_committed_under_a_version_that_is_no_longer_in_force() {
    let mut world = World::start().await;
    let second = world.trial.second_serbia().await.unwrap();
    let (sender, own) = (world.key("si/policija").clone(), world.key("rs/mup").clone());
    let mut sending = tokio::task::JoinSet::new();
    let (end, ended) = tokio::sync::watch::channel(false);
    for node in [world.trial.rs.gateway.clone(), second.gateway.clone()] {
        for _ in 0..3 {
            let (node, ended) = (node.clone(), ended.clone());
            sending.spawn(async move {
                while !*ended.borrow() {
                    let submitted = node.submit(warning(record())).await.unwrap();
                    assert!(matches!(submitted, Submitted::Sent { .. }), "{submitted:?}");
                }
            });
        }
    }
    let mut received = Vec::new();
    for n in 0..30 {
        if n == 15 {
            world.trial.change_serbia(no_prevention).await.unwrap();
        }
        let (cover, bytes) = sealed(&foreign_document(MessageId::new(Timestamp::now())), &sender, &own);
        assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
        received.push(cover.id);
    }
    end.send(true).unwrap();
    while let Some(sent) = sending.join_next().await {
        sent.unwrap();
    }
    for id in received {
        // Whichever node opened it.
        let gateway = world.trial.rs.gateway.clone();
        let read = async {
            while gateway.read(&crate::world::party("rs/mup"), id, "test").await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, read).await.expect("not opened");
    }
    let log = log(&world).await;
    let approved = log.iter().position(|entry| entry["action"] == "approve").unwrap();
    let by = |entries: &[Value], action: &str| {
        let entries = entries.iter().filter(|entry| entry["action"] == action);
        entries.map(|entry| entry["policy_version"].to_string()).collect::<std::collections::BTreeSet<_>>()
    };
    let (before, after) = log.split_at(approved);
    for action in ["disclose", "open"] {
        let (old, new) = (by(before, action), by(after, action));
        assert!(old.len() <= 1 && new.len() == 1 && old.is_disjoint(&new), "{action}: {old:?}, then {new:?}");
    }
    assert_eq!(by(after, "disclose"), by(after, "open"));
    second.stop().await;
    world.rs.count(|_| true);
    world.end_with_work().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_as_a_version_comes_into_force_is_decided_by_that_version() {
    let clock = Clock::standing_at(Timestamp::now());
    let rs = Options { clock: clock.clone(), ..Options::default() };
    let mut world = World::with(TrialOptions { rs, ..TrialOptions::default() }).await;
    let (sender, own) = (world.key("si/policija").clone(), world.key("rs/mup").clone());
    let versions = versions(&world, clock.clone());
    no_warnings(versions.folder());
    let (folder, from) = (versions.folder().to_path_buf(), clock.now() + SignedDuration::from_mins(1));
    versions.propose(folder, &caller(AUTHOR), "a test", Some(from)).await.unwrap();
    versions.approve(2, &caller(APPROVER)).await.unwrap();
    for (number, opens) in [(1, true), (2, false)] {
        let (cover, bytes) = sealed(&foreign_document(MessageId::new(Timestamp::now())), &sender, &own);
        assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
        let is_verdict = |what: &What| matches!(what, What::Opened { .. } | What::Quarantined { .. });
        let verdict = world.rs.until(|event| event.message == cover.id && is_verdict(&event.what)).await;
        assert_eq!(matches!(verdict.what, What::Opened { .. }), opens, "{:?}", verdict.what);
        assert_eq!(world.trial.rs.gateway.version(), number);
        // The next comes at once, before the node has looked by itself.
        clock.advance(Duration::from_mins(u64::from(opens)));
    }
    world.end_with_work().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_version_is_refused_and_the_old_one_stays() {
    let mut world = World::start().await;
    let versions = versions(&world, Clock::system());
    let folder = versions.folder().to_path_buf();
    let rules = folder.join("policies/common/bad.cedar");
    std::fs::write(&rules, "@id(\"x\")\npermit (principal, action, resource;\n").unwrap();
    let proposed = versions.propose(folder, &caller(AUTHOR), "a test", None).await;
    let Err(Unchanged::Problems(problems)) = proposed else { panic!("{proposed:?}") };
    assert!(problems.to_string().contains("bad.cedar:2: cannot be read"), "{problems}");
    // Nor does a reload take what stands on the disk.
    world.trial.reload_serbia(|_| ()).await.unwrap();
    assert_eq!(world.trial.rs.gateway.version(), 1);
    let id = world.send().await;
    world.rs.until(opened(id)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_cannot_put_a_version_in_force_keeps_the_old_one_and_decides_nothing_by_it() {
    let clock = Clock::standing_at(Timestamp::now());
    let rs = Options { clock: clock.clone(), ..Options::default() };
    let world = World::with(TrialOptions { rs, ..TrialOptions::default() }).await;
    let versions = versions(&world, clock.clone());
    let folder = versions.folder().to_path_buf();
    let (crl, moved) = (folder.join("keys/si.crl"), folder.join("keys/other.crl"));
    std::fs::copy(&crl, &moved).unwrap();
    edit(&folder, "partners/si.toml", "../keys/si.crl", "../keys/other.crl");
    let from = clock.now() + SignedDuration::from_hours(1);
    versions.propose(folder, &caller(AUTHOR), "a test", Some(from)).await.unwrap();
    versions.approve(2, &caller(APPROVER)).await.unwrap();
    let gateway = &world.trial.rs.gateway;
    assert!(matches!(gateway.submit(warning(record())).await.unwrap(), Submitted::Sent { .. }));

    std::fs::remove_file(&moved).unwrap();
    clock.advance(Duration::from_hours(1));
    let submitted = gateway.submit(warning(record())).await;
    let Err(ExchangeError::NotInForce { version: 2, reason }) = submitted else { panic!("{submitted:?}") };
    assert!(
        reason.contains("policy version 2/partners/si.toml:") && reason.contains("other.crl"),
        "{reason}"
    );
    assert_eq!(gateway.version(), 1, "the old one stays");

    std::fs::copy(&crl, &moved).unwrap();
    assert!(matches!(gateway.submit(warning(record())).await.unwrap(), Submitted::Sent { .. }));
    assert_eq!(gateway.version(), 2);
    world.end_with_work().await;
}

/// A folder with a first version in its store, and a way to run commands on it.
fn installed() -> (tempfile::TempDir, impl Fn(&[&str]) -> Command) {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), 18455, 18456).unwrap();
    let config = folder.path().join("rs/gateway.toml");
    let command = move |arguments: &[&str]| {
        let mut command = casebridge();
        command.args(arguments).arg("--config").arg(&config);
        command
    };
    let output = command(&["inbox", "--agency", "rs/mup"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (folder, command)
}

#[test]
fn of_several_processes_at_once_one_approves() {
    let (folder, command) = installed();
    let rs = folder.path().join("rs");
    no_prevention(&rs);
    let mut apply = command(&["policy", "apply", "--author", AUTHOR, "--reason", "a test"]);
    assert!(apply.arg(&rs).output().unwrap().status.success());
    let approve = |n: usize| {
        let by = [APPROVER, "example-deputy"][n % 2];
        let mut approve = command(&["policy", "approve", "2", "--approver", by]);
        approve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = (0..6).map(approve).collect();
    let outputs = running.into_iter().map(|child| child.wait_with_output().unwrap());
    let (taken, late): (Vec<_>, Vec<_>) = outputs.partition(|output| output.status.success());
    assert_eq!((taken.len(), late.len()), (1, 5));
    for output in late {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("version 2 was approved by"), "{told}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn files_that_differ_from_the_version_in_force_are_told_with_what_to_type_and_count_for_nothing() {
    let (folder, command) = installed();
    let check = || {
        let output = command(&["check"]).output().unwrap();
        assert!(output.status.success());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let (before, told) = check();
    assert!(before.contains("policy version 1 in force") && !told.contains("differ"), "{before}{told}");
    no_warnings(&folder.path().join("rs"));
    std::fs::write(folder.path().join("rs/policies/common/bad.cedar"), "permit(").unwrap();
    let (after, told) = check();
    assert_eq!(before, after, "what is in force is what it was");
    assert!(told.contains("differ from policy version 1, which is in force"), "{told}");
    assert!(told.contains("casebridge policy apply --config"), "{told}");
    // A list of revoked certificates waits for nobody.
    std::fs::write(folder.path().join("rs/keys/si.crl"), "no list").unwrap();
    let output = command(&["check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&output.stderr).contains("policy version 1/partners/si.toml:"));
}

/// What a command says, on both outputs.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
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
        told.lines().next().unwrap().strip_prefix("sent      ").unwrap().to_owned()
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
    let id = held.lines().next().unwrap().strip_prefix("held      ").unwrap();
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
    let release = || {
        let mut release = command(&["review", "--agency", "rs/minrzs", "--release", id]);
        said(release.args(["--reviewer", "example-reviewer-minrzs"]))
    };
    assert!(release().starts_with("sent "));
    let again = release();
    assert!(
        again.contains("does not wait for review at rs/minrzs") && again.contains("casebridge explain"),
        "{again}"
    );
}
