//! Every decision can be explained and made again; what is tried out is decided by the same code.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use casebridge::app::trial::write_folder;
use casebridge::exchange::{Content, Releasing, Request, Submitted};
use casebridge::message::{ConversationId, Kind, MessageId, Purpose};
use casebridge::partner::Role;
use casebridge::policy::{Again, Engine, Explanation};
use casebridge::schema::Language;
use serde_json::Value;

use crate::world::{World, casebridge, opened, party, record, warning};

fn sample(name: &str) -> Content {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples").join(name);
    Content::National(std::fs::read(path).unwrap().into())
}

/// A police record to Slovenia, from which fields are withheld.
fn spontaneous() -> Request {
    Request {
        kind: Kind::SpontaneousInfo,
        purpose: Purpose::Investigation,
        evaluation: Some("B2".parse().unwrap()),
        content: sample("rs-mup-spontaneous.xml"),
        ..warning(record())
    }
}

fn sent(submitted: &Submitted) -> MessageId {
    match submitted {
        Submitted::Sent { id, withheld, .. } => {
            assert!(*withheld > 0, "the sample must lose something for these tests to mean anything");
            *id
        }
        other => panic!("not sent: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_is_explained_with_rules_laws_and_withheld_fields_on_both_sides() {
    let mut world = World::start().await;
    let rs = world.trial.rs.gateway.clone();
    let id = sent(&rs.submit(spontaneous()).await.unwrap());
    world.rs.until(opened(id)).await;

    let decisions = rs.explain(id, "officer-1").await.unwrap();
    assert_eq!(decisions.len(), 1);
    let text = rs.with_rules(|rules| Explanation::new(&decisions[0], rules).text(Language::English));
    for part in [
        "allowed   spontaneous_info, rs/mup -> si/policija",
        "PCC SEE arts 4 and 6",
        "withheld  identifier (R-D)\n          Identity number: x_Persons[0].prs_IdentityNumber, ",
        "again     decided again by the same rules: the same",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let serbian =
        rs.with_rules(|rules| Explanation::new(&decisions[0], rules).text(Language::SerbianCyrillic));
    assert!(serbian.contains("словеначк") || serbian.contains("Словеначк"), "{serbian}");

    // The recipient's decision is recorded on its own side.
    let si = world.slovene().gateway.clone();
    let theirs = si.explain(id, "officer-1").await.unwrap();
    assert_eq!(theirs.len(), 1);
    si.with_rules(|rules| assert_eq!(Explanation::new(&theirs[0], rules).again(), Again::Same));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_and_its_release_are_two_decisions_and_a_refusal_is_one() {
    let mut world = World::start().await;
    let rs = world.trial.rs.gateway.clone();
    let held = Request {
        from: party("rs/jt"),
        kind: Kind::InfoRequest,
        purpose: Purpose::Investigation,
        legal_basis: "CETS197".parse().unwrap(),
        content: sample("rs-jt.csv"),
        ..warning(record())
    };
    let Submitted::Held { id, .. } = rs.submit(held).await.unwrap() else { panic!("not held") };
    let first = rs.explain(id, "officer-1").await.unwrap();
    let text = rs.with_rules(|rules| Explanation::new(&first[0], rules).text(Language::English));
    assert!(text.starts_with("held"), "{text}");
    assert!(text.contains("release   by a second person of rs/jt as "), "{text}");
    let reviewers = rs.roster().reviewers(&party("rs/jt"));
    let named = rs.with_rules(|rules| {
        Explanation::new(&first[0], rules).with_reviewers(&reviewers).text(Language::English)
    });
    assert!(
        named.contains(&format!("these may: {REVIEWER} (")) && !named.contains("reviewer-mup"),
        "{named}"
    );
    let nobody = [("somebody".to_owned(), BTreeSet::from([Role::PolicyAuthor]))];
    let named = rs.with_rules(|rules| {
        Explanation::new(&first[0], rules).with_reviewers(&nobody).text(Language::English)
    });
    assert!(named.contains("nobody has that role: ask the administrators"), "{named}");
    rs.release(&party("rs/jt"), id, REVIEWER).await.unwrap();
    world.rs.until(opened(id)).await;
    let both = rs.explain(id, "officer-1").await.unwrap();
    let ends: Vec<_> = both.iter().map(|basis| basis.verdict.end.as_str()).collect();
    assert_eq!(ends, ["hold", "allow"]);

    let refused = Request { kind: Kind::JitSetup, ..spontaneous() };
    let Submitted::Refused { id, .. } = rs.submit(refused).await.unwrap() else { panic!("not refused") };
    let decisions = rs.explain(id, "officer-1").await.unwrap();
    let text = rs.with_rules(|rules| Explanation::new(&decisions[0], rules).text(Language::English));
    assert!(text.starts_with("refused") && text.contains("[kind-not-agreed; "), "{text}");
    assert!(text.contains("code      kind-not-agreed"), "{text}");
    assert!(
        text.contains("next      send another kind\nnext      agreed with si/policija: person_check, "),
        "{text}"
    );
    world.end().await;
}

/// Who may release for the prosecution.
const REVIEWER: &str = "example-reviewer-jt";

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_decision_holds_no_value_of_the_record_and_is_sealed_in_the_store() {
    let world = World::start().await;
    let rs = world.trial.rs.gateway.clone();
    let id = sent(&rs.submit(spontaneous()).await.unwrap());
    let decisions = rs.explain(id, "officer-1").await.unwrap();
    let record = serde_json::to_string(&decisions[0]).unwrap();
    for value in ["Njegovan", "Његован", "Ljiljana", "Љиљана", "КУ-1234", "KU-1234"] {
        assert!(!record.contains(value), "{value}");
    }
    world.trial.stop().await;
}

/// The rules that stand in the trial's folder.
fn rules_of(world: &World) -> Arc<Engine> {
    let folder = world.trial.folder().join("rs");
    let config = folder.join("gateway.toml");
    Arc::new(casebridge::app::versions::engine(&config, &folder, jiff::Timestamp::now()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_replayed_on_past_decisions_and_only_what_it_changes_flips() {
    let mut world = World::start().await;
    let rs = world.trial.rs.gateway.clone();
    let id = sent(&rs.submit(spontaneous()).await.unwrap());
    world.rs.until(opened(id)).await;
    let _ = rs.submit(Request { kind: Kind::JitSetup, ..spontaneous() }).await.unwrap();
    let start = jiff::Timestamp::UNIX_EPOCH;
    let replay = rs.replay(rules_of(&world), start, "admin-1").await.unwrap();
    assert_eq!((replay.decided, replay.unreadable, replay.flips.len()), (2, 0, 0), "the same rules");

    let path = world.trial.folder().join("rs/policies/si/policija.cedar");
    let stricter = r#"
@id("no-identity")
@sentence("No identity goes to Slovenia.")
@sr("Идентитет се не шаље у Словенију.")
@sl("Identiteta se v Slovenijo ne pošilja.")
@de("Keine Identität geht nach Slowenien.")
@law("proposal")
forbid (principal, action == Action::"release", resource == Party::"si/policija")
when { context.category == Data::"identity" };
"#;
    std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + stricter).unwrap();
    let replay = rs.replay(rules_of(&world), start, "admin-1").await.unwrap();
    let [flip] = replay.flips.as_slice() else { panic!("{} flips", replay.flips.len()) };
    assert_eq!(flip.message, id, "the refused message stays refused");
    let rules = flip.after.verdict.released.iter().filter(|one| one.rule.as_str() == "no-identity");
    assert!(rules.count() > 0 && flip.after.verdict.released.len() == flip.before.verdict.released.len());
    assert_eq!(
        rs.replay(rules_of(&world), jiff::Timestamp::now(), "admin-1").await.unwrap().decided,
        0,
        "later ones only"
    );
    let told = replayed(&world, &[]);
    assert!(
        told.starts_with("2 decisions of the last 90 days decided again, 1 would be otherwise\n"),
        "{told}"
    );
    assert!(told.contains("1  spontaneous_info: identity withheld by no-identity\n"), "{told}");
    let told = replayed(&world, &["--message", &id.to_string(), "--language", "sl"]);
    assert!(told.starts_with("now       allow\nallowed   spontaneous_info"), "{told}");
    assert!(
        told.contains("Identiteta se v Slovenijo ne pošilja."),
        "every withheld field is explained: {told}"
    );
    // Under which version it was decided is told, after the draft was written too.
    let config = world.trial.folder().join("rs/gateway.toml");
    let output = casebridge()
        .args(["explain", &id.to_string(), "--reader", "officer-1", "--config", config.to_str().unwrap()])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("decided under policy version 1, ") && told.contains(": the same\n"), "{told}");
    world.end().await;
}

/// What `casebridge policy replay` prints about the draft in the trial's folder.
fn replayed(world: &World, arguments: &[&str]) -> String {
    let folder = world.trial.folder().join("rs");
    let output = casebridge()
        .args(["policy", "replay", "--reader", "admin-1", "--config"])
        .arg(folder.join("gateway.toml"))
        .args(arguments)
        .arg(&folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_draft_is_tried_out_without_being_sent_and_shown_as_the_partner_would_see_it() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), 18453, 18454).unwrap();
    let config = folder.path().join("rs/gateway.toml");
    let run = |arguments: &[&str]| {
        let mut command = casebridge();
        command.args(["policy", "explain", "--config"]).arg(&config);
        command.args(["--from", "rs/mup", "--to", "si/policija", "--kind", "spontaneous_info"]);
        command.args(["--purpose", "investigation", "--legal-basis", "PCC-SEE-6", "--evaluation", "B2"]);
        command.args(arguments).arg("config/samples/rs-mup-spontaneous.xml");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let told = run(&[]);
    assert!(told.starts_with("allowed") && told.contains("\nwithheld  "), "{told}");

    let seen: Value = serde_json::from_str(&run(&["--as-seen"])).unwrap();
    let withheld = seen["withheld"].as_array().unwrap();
    assert!(withheld.iter().any(|field| field["category"] == "identifier" && field["code"].is_string()));
    assert!(seen["body"]["records"][0]["x_Persons"].is_array());
    assert!(!seen["body"].to_string().contains("prs_IdentityNumber"), "the number must not be there");

    // With a second person's release more of it would leave.
    let released: Value = serde_json::from_str(&run(&["--as-seen", "--released-by", "reviewer"])).unwrap();
    assert!(released["withheld"].as_array().map_or(0, Vec::len) < withheld.len());

    let json: Value = serde_json::from_str(&run(&["--json"])).unwrap();
    assert_eq!(json["again"], "same");
    let nothing = casebridge()
        .args(["inbox", "--config", config.to_str().unwrap(), "--agency", "rs/mup"])
        .output()
        .unwrap();
    assert!(String::from_utf8(nothing.stdout).unwrap().starts_with("nothing waits"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_as_seen_is_the_very_document_that_the_partner_opens() {
    let mut world = World::start().await;
    let (rs, si) = (world.trial.rs.gateway.clone(), world.slovene().gateway.clone());
    for released in [false, true] {
        let now = jiff::Timestamp::now();
        let request = Request {
            id: Some(MessageId::new(now)),
            conversation: Some(ConversationId::new(now)),
            waits_for_release: released,
            ..spontaneous()
        };
        let reviewer = Releasing::everything("example-reviewer-mup");
        let releases = if released { vec![reviewer] } else { Vec::new() };
        let tried = rs.try_out(request.clone(), releases).await.unwrap();
        let mut seen = tried.document.expect("it would leave");
        let id = match rs.submit(request).await.unwrap() {
            Submitted::Sent { id, .. } if !released => id,
            Submitted::Held { id, .. } if released => {
                rs.release(&party("rs/mup"), id, "example-reviewer-mup").await.unwrap();
                id
            }
            other => panic!("{other:?}"),
        };
        world.rs.until(opened(id)).await;
        let read = si.read(&party("si/policija"), id, "officer-5").await.unwrap().document;
        // It was written a moment later.
        seen.envelope.created = read.envelope.created;
        assert_eq!(seen.to_bytes(), read.to_bytes(), "released: {released}");
        // Where the case comes from is given to nobody by a release.
        let released_all = read.withheld.iter().all(|one| one.path == "cas_ReferringOrganisation");
        assert_eq!((released_all, read.body.records.len()), (released, 1));
    }
    world.end().await;
}
