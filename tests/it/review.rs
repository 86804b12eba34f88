//! Held messages: a second person decides, never the author, and only once.

use casebridge::exchange::{Content, ExchangeError, Request, Submitted};
use casebridge::message::{Kind, MessageId, Purpose};
use casebridge::partner::Role;
use casebridge::policy::End;
use casebridge::store::Side;

use crate::world::{World, opened, party, record, warning};

/// The prosecution's sample holds offence data of a victim and asks for an investigation: held.
fn investigation() -> Request {
    let sample = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/config/samples/rs-jt.csv")).unwrap();
    Request {
        author: "officer-1".to_owned(),
        from: party("rs/jt"),
        kind: Kind::InfoRequest,
        purpose: Purpose::Investigation,
        legal_basis: "CETS197".parse().unwrap(),
        content: Content::National(sample.into()),
        ..warning(record())
    }
}

/// Of the prosecution, by the shipped `people.toml`.
const REVIEWER: &str = "example-reviewer-jt";

pub(crate) async fn held(world: &World) -> MessageId {
    held_by(world, "officer-1").await
}

async fn held_by(world: &World, author: &str) -> MessageId {
    let request = Request { author: author.to_owned(), ..investigation() };
    match world.trial.rs.gateway.submit(request).await.unwrap() {
        Submitted::Held { id, grounds, .. } => {
            assert!(!grounds.is_empty(), "the author must learn why");
            id
        }
        other => panic!("not held: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_message_goes_when_a_second_person_releases_it() {
    let mut world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/jt"));
    let id = held(&world).await;
    assert_eq!(gateway.counts(Side::Out).await.unwrap(), [0; 5], "nothing is on its way");
    assert_eq!(gateway.held(&agency).await.unwrap().len(), 1);
    assert!(matches!(gateway.release(&agency, id, REVIEWER).await.unwrap(), Submitted::Sent { .. }));
    world.rs.until(opened(id)).await;
    assert!(gateway.held(&agency).await.unwrap().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_author_cannot_release_in_any_spelling() {
    let world = World::start().await;
    let id = held_by(&world, REVIEWER).await;
    for name in [REVIEWER, "EXAMPLE-REVIEWER-JT", "Example-Reviewer-JT"] {
        let released = world.trial.rs.gateway.release(&party("rs/jt"), id, name).await.unwrap();
        assert!(matches!(released, Submitted::Held { .. }), "{name}");
    }
    assert_eq!(world.trial.rs.gateway.counts(Side::Out).await.unwrap(), [0; 5]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_person_of_the_agency_with_a_reviewing_role_can_release() {
    let world = World::start().await;
    let id = held(&world).await;
    for name in ["officer-2", "example-reviewer-mup", "example-approver", "", "two words"] {
        let released = world.trial.rs.gateway.release(&party("rs/jt"), id, name).await;
        let denied = matches!(released, Err(ExchangeError::Denied(_) | ExchangeError::Actor(_)));
        assert!(denied, "{name}: {released:?}");
    }
    assert_eq!(world.trial.rs.gateway.held(&party("rs/jt")).await.unwrap().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_agency_cannot_see_or_release_it() {
    let world = World::start().await;
    let id = held(&world).await;
    let gateway = &world.trial.rs.gateway;
    assert!(gateway.held(&party("rs/mup")).await.unwrap().is_empty());
    let released = gateway.release(&party("rs/mup"), id, "example-reviewer-mup").await;
    assert!(matches!(released, Err(ExchangeError::NoSuchMessage { .. })));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_reviewers_at_once_send_it_once() {
    let mut world = World::start().await;
    let id = held(&world).await;
    let releases: Vec<_> = (0..16)
        .map(|_| {
            let gateway = world.trial.rs.gateway.clone();
            tokio::spawn(async move { gateway.release(&party("rs/jt"), id, REVIEWER).await })
        })
        .collect();
    let mut sent = 0;
    for release in releases {
        match release.await.unwrap() {
            Ok(Submitted::Sent { .. }) => sent += 1,
            Err(ExchangeError::NoSuchMessage { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(sent, 1);
    world.rs.until(opened(id)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_message_is_gone() {
    let world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/jt"));
    let id = held(&world).await;
    for name in ["officer-2", "example-reviewer-mup", "example-approver"] {
        let rejected = gateway.reject(&agency, id, name).await;
        assert!(matches!(rejected, Err(ExchangeError::Denied(_))), "{name}: {rejected:?}");
    }
    gateway.reject(&agency, id, REVIEWER).await.unwrap();
    assert!(matches!(gateway.release(&agency, id, REVIEWER).await, Err(ExchangeError::NoSuchMessage { .. })));
    assert!(matches!(gateway.reject(&agency, id, REVIEWER).await, Err(ExchangeError::NoSuchMessage { .. })));
    let own = held(&world).await;
    gateway.reject(&agency, own, "OFFICER-1").await.unwrap();
    world.end().await;
}

/// What the audit log has about a message, as action and person.
pub(crate) async fn recorded(world: &World, id: MessageId) -> Vec<(String, String)> {
    let path = world.trial.folder().join("rs/casebridge.db");
    let store = casebridge::store::Store::open(&path, std::sync::Arc::default()).unwrap();
    let entries = store.read(|tx| tx.audit_list(0, 10_000)).await.unwrap();
    let entries =
        entries.iter().map(|(_, entry, _)| serde_json::from_slice::<serde_json::Value>(entry).unwrap());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let about = entries.filter(|entry| entry["message"] == id.to_string());
    about.map(|entry| (text(&entry["action"]), text(&entry["actor"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_review_is_recorded_with_who_took_it() {
    let world = World::start().await;
    world.trial.change_serbia(ask_for_two).await.unwrap();
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/jt"));
    let (released, rejected) = (held(&world).await, held_by(&world, "test-legal").await);
    let times = async |id, action: &str, by: &str| {
        let step = (action.to_owned(), by.to_owned());
        recorded(&world, id).await.into_iter().filter(|one| *one == step).count()
    };
    for nobody in ["somebody-else", "example-reviewer-mup"] {
        let looked = gateway.look_at_held(&agency, released, nobody).await;
        assert!(matches!(looked, Err(ExchangeError::Denied(_))), "{nobody}: {looked:?}");
    }
    gateway.look_at_held(&agency, released, "test-legal").await.unwrap();
    assert_eq!(times(released, "consult", "test-legal").await, 1);
    gateway.release(&agency, released, "test-legal").await.unwrap();
    gateway.release(&agency, released, "test-legal").await.unwrap();
    assert_eq!(times(released, "approve", "test-legal").await, 1, "once, however often");
    gateway.release(&agency, released, "test-protection").await.unwrap();
    assert_eq!(times(released, "release", "test-protection").await, 1);

    // What its own author releases is no release.
    gateway.release(&agency, rejected, "TEST-LEGAL").await.unwrap();
    assert!(recorded(&world, rejected).await.iter().all(|(action, _)| action != "approve"));
    let other = gateway.reject(&party("rs/mup"), rejected, "example-reviewer-mup").await;
    assert!(matches!(other, Err(ExchangeError::NoSuchMessage { .. })), "another agency's draft: {other:?}");
    gateway.reject(&agency, rejected, "test-protection").await.unwrap();
    assert_eq!(times(rejected, "deny", "test-protection").await, 1);
    world.end_with_work().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_repeated_under_its_id_is_held_once() {
    let world = World::start().await;
    let id = MessageId::new(jiff::Timestamp::now());
    for _ in 0..3 {
        let request = Request { id: Some(id), ..investigation() };
        let submitted = world.trial.rs.gateway.submit(request).await.unwrap();
        assert!(matches!(submitted, Submitted::Held { id: held, .. } if held == id), "{submitted:?}");
    }
    assert_eq!(world.trial.rs.gateway.held(&party("rs/jt")).await.unwrap().len(), 1);
    world.end().await;
}

/// A rule of the prosecution that asks for a protection reviewer, beside the shipped one that asks for a legal reviewer.
const PROTECTION: &str = r#"
@id("test-protection")
@sentence("A protection reviewer looks at what the prosecution sends.")
@sr("Оно што тужилаштво шаље прегледа лице задужено за заштиту.")
@sl("Kar pošlje tožilstvo, pregleda oseba za zaščito.")
@de("Was die Staatsanwaltschaft sendet, sieht eine Schutzbeauftragte durch.")
@law("proposal")
forbid (principal == Party::"rs/jt", action == Action::"send", resource)
unless { context.roles.contains(Role::"protection_reviewer") };
"#;

const TWO_REVIEWERS: &str = r#"
[[person]]
id = "test-legal"
party = "rs/jt"
roles = ["legal_reviewer"]

[[person]]
id = "test-protection"
party = "rs/jt"
roles = ["protection_reviewer"]
"#;

/// Puts both into a policy folder.
pub(crate) fn ask_for_two(folder: &std::path::Path) {
    for (file, text) in [("policies/common/message.cedar", PROTECTION), ("people.toml", TWO_REVIEWERS)] {
        let path = folder.join(file);
        let before = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, before + text).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_two_roles_goes_when_a_person_of_each_has_released_it() {
    let mut world = World::start().await;
    world.trial.change_serbia(ask_for_two).await.unwrap();
    let id = held(&world).await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/jt"));
    let decisions = gateway.explain(id, "officer-1").await.unwrap();
    let End::Hold { releasers } = &decisions[0].verdict.end else { panic!("not held") };
    assert_eq!(releasers, &[[Role::LegalReviewer, Role::ProtectionReviewer].into()]);
    // The same person twice, in any spelling, is one person.
    for by in ["test-legal", "TEST-LEGAL", "test-legal"] {
        assert!(matches!(gateway.release(&agency, id, by).await.unwrap(), Submitted::Held { .. }), "{by}");
    }
    assert!(matches!(gateway.release(&agency, id, "test-protection").await.unwrap(), Submitted::Sent { .. }));
    world.rs.until(opened(id)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_by_somebody_who_has_lost_the_role_since_does_not_count() {
    let world = World::start().await;
    world.trial.change_serbia(ask_for_two).await.unwrap();
    let id = held(&world).await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/jt"));
    assert!(matches!(gateway.release(&agency, id, "test-legal").await.unwrap(), Submitted::Held { .. }));
    let demote = |folder: &std::path::Path| {
        let path = folder.join("people.toml");
        let people = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, people.replace("roles = [\"legal_reviewer\"]", "roles = [\"reviewer\"]"))
            .unwrap();
    };
    world.trial.change_serbia(demote).await.unwrap();
    assert!(matches!(gateway.release(&agency, id, "test-protection").await.unwrap(), Submitted::Held { .. }));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_put_in_the_place_of_another_does_not_leave_by_its_release() {
    let world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/jt"));
    let (looked_at, other) = (held(&world).await, held(&world).await);
    let conn = rusqlite::Connection::open(world.trial.folder().join("rs/casebridge.db")).unwrap();
    let moved = "UPDATE held SET parked = (SELECT parked FROM held WHERE id = ?2) WHERE id = ?1";
    conn.execute(moved, [&looked_at.as_bytes()[..], &other.as_bytes()[..]]).unwrap();
    drop(conn);
    let released = gateway.release(&agency, looked_at, REVIEWER).await;
    assert!(matches!(released, Err(ExchangeError::Altered { .. })), "{released:?}");
    let shown = gateway.look_at_held(&agency, looked_at, REVIEWER).await;
    assert!(matches!(shown, Err(ExchangeError::Altered { .. })), "{:?}", shown.is_ok());
    assert_eq!(gateway.counts(Side::Out).await.unwrap(), [0; 5]);
    world.trial.stop().await;
}
