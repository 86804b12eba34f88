//! Content serves another purpose against an immediate threat: a legal reviewer releases it, its provider is told.

use casebridge::exchange::{Content, Gateway, Notice, Request, Submitted};
use casebridge::message::{Asks, FurtherUse, Kind, MessageId, Purpose};
use jiff::{SignedDuration, Timestamp};

use crate::world::{World, casebridge, opened, party, record, warning};

const LEGAL: &str = "test-legal-mup";
const PLAIN: &str = "test-plain-mup";

/// Slovene information for an investigation, opened in Serbia.
async fn given(world: &mut World) -> MessageId {
    let request = Request {
        from: party("si/policija"),
        to: party("rs/mup"),
        kind: Kind::SpontaneousInfo,
        purpose: Purpose::Investigation,
        legal_basis: "CETS197".parse().unwrap(),
        evaluation: Some("B2".parse().unwrap()),
        transfer_basis: None,
        ..warning(record())
    };
    let Submitted::Sent { id, .. } = world.slovene().gateway.submit(request).await.unwrap() else {
        panic!("not sent");
    };
    world.rs.until(opened(id)).await;
    id
}

/// The same content to Austria, to prevent what threatens.
fn to_austria(item: MessageId) -> Request {
    Request {
        to: party("at/bk"),
        kind: Kind::SpontaneousInfo,
        purpose: Purpose::Prevention,
        legal_basis: "CETS197".parse().unwrap(),
        evaluation: Some("B2".parse().unwrap()),
        delete_by: Timestamp::now() + SignedDuration::from_hours(24),
        further_use: Some(FurtherUse::ImmediateSeriousThreat),
        content: Content::Common(vec![record()]),
        passes_on: vec![item],
        ..warning(record())
    }
}

async fn waiting(gateway: &Gateway, item: MessageId) -> MessageId {
    match gateway.submit(to_austria(item)).await.unwrap() {
        Submitted::Held { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

fn people(folder: &std::path::Path) {
    let path = folder.join("people.toml");
    let before = std::fs::read_to_string(&path).unwrap();
    let person = |id: &str, role: &str| {
        format!("\n[[person]]\nid = \"{id}\"\nparty = \"rs/mup\"\nroles = [\"{role}\"]\n")
    };
    std::fs::write(path, before + &person(LEGAL, "legal_reviewer") + &person(PLAIN, "reviewer")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_is_told_before_its_content_serves_another_purpose() {
    let mut world = World::start().await;
    world.trial.change_serbia(people).await.unwrap();
    // The provider keeps what it receives for fewer days than a notice asks for.
    let briefly = |folder: &std::path::Path| {
        let path = folder.join("partners/si.toml");
        let file = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, file.replacen("most_days_kept = 180", "most_days_kept = 7", 1)).unwrap();
    };
    world.trial.change_serbia(briefly).await.unwrap();
    let item = given(&mut world).await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    let id = waiting(&gateway, item).await;
    // Nobody is told of what does not leave.
    assert!(matches!(gateway.release(&agency, id, PLAIN).await.unwrap(), Submitted::Held { .. }));
    let Submitted::Sent { notices, .. } = gateway.release(&agency, id, LEGAL).await.unwrap() else {
        panic!("not sent");
    };
    let [Notice { provider, item: about, sent: Ok(notice) }] = notices.as_slice() else {
        panic!("{notices:?}");
    };
    assert_eq!((provider, *about), (&party("si/policija"), item));
    world.si.until(opened(*notice)).await;
    let read = world.slovene().gateway.read(provider, *notice, "officer-1").await.unwrap();
    let envelope = &read.document.envelope;
    assert_eq!((envelope.kind, envelope.in_reply_to), (Kind::PurposeChange, Some(item)));
    assert_eq!(envelope.further_use, Some(FurtherUse::ImmediateSeriousThreat));
    assert_eq!(read.document.body.asks, Some(Asks::Purpose(Purpose::Prevention)));
    let (config, id) = (world.trial.folder().join("si/gateway.toml"), notice.to_string());
    let command = ["inbox", "--agency", "si/policija", "--read", &id, "--reader", "officer-1", "--config"];
    let output = casebridge().args(command).arg(config).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("what you gave serves the purpose that this asks for"), "{told}");
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_be_told_stops_nothing_and_somebody_is_told_so() {
    let mut world = World::start().await;
    world.trial.change_serbia(people).await.unwrap();
    let item = given(&mut world).await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    let silent = |folder: &std::path::Path| {
        let path = folder.join("partners/si.toml");
        let file = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, file.replacen("\"purpose_change\", ", "", 1)).unwrap();
    };
    world.trial.change_serbia(silent).await.unwrap();
    let id = waiting(&gateway, item).await;
    let Submitted::Sent { notices, .. } = gateway.release(&agency, id, LEGAL).await.unwrap() else {
        panic!("not sent");
    };
    assert_eq!(
        notices,
        [Notice { provider: party("si/policija"), item, sent: Err("kind-not-agreed".to_owned()) }]
    );
    world.trial.stop().await;
}
