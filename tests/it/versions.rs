//! A policy version comes into force on all nodes of a gateway at once, without a restart; a bad one does not.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use casebridge::access::Caller;
use casebridge::app::Options;
use casebridge::app::trial::{APPROVER, AUTHOR, TrialOptions, write_folder};
use casebridge::app::versions::{Unchanged, Versions};
use casebridge::clock::Clock;
use casebridge::exchange::{ExchangeError, Request, Submitted, What};
use casebridge::message::{Handling, MessageId};
use casebridge::store::Store;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::world::{PATIENCE, World, casebridge, foreign_document, opened, push, record, sealed, warning};

pub(crate) fn edit(folder: &Path, name: &str, old: &str, new: &str) {
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
    let (agency, reviewer) = (crate::world::party("rs/mup"), "example-reviewer-mup");
    let asks_first = Request {
        handling: [Handling::H3].into(),
        handling_note: Some("ask first".to_owned()),
        ..warning(record())
    };
    let held = match gateway.submit(asks_first).await.unwrap() {
        Submitted::Held { id, .. } => id,
        other => panic!("{other:?}"),
    };

    std::fs::remove_file(&moved).unwrap();
    clock.advance(Duration::from_hours(1));
    let submitted = gateway.submit(warning(record())).await;
    let Err(ExchangeError::NotInForce { version: 2, reason }) = submitted else { panic!("{submitted:?}") };
    assert!(
        reason.contains("policy version 2/partners/si.toml:") && reason.contains("other.crl"),
        "{reason}"
    );
    let released = gateway.release(&agency, held, reviewer).await;
    assert!(matches!(released, Err(ExchangeError::NotInForce { version: 2, .. })), "{released:?}");
    assert_eq!(gateway.version(), 1, "the old one stays");

    std::fs::copy(&crl, &moved).unwrap();
    assert!(matches!(gateway.submit(warning(record())).await.unwrap(), Submitted::Sent { .. }));
    assert_eq!(gateway.version(), 2);
    assert!(matches!(gateway.release(&agency, held, reviewer).await.unwrap(), Submitted::Sent { .. }));
    world.end_with_work().await;
}

/// A folder with a first version in its store, and a way to run commands on it.
pub(crate) fn installed() -> (tempfile::TempDir, impl Fn(&[&str]) -> Command) {
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
