//! What comes from the European Union without saying on what its transfer rests enters, and its reader is told.

use casebridge::exchange::{Request, Submitted};
use casebridge::message::{Kind, MessageId, Purpose, TransferBasis};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::{World, casebridge, foreign_document, opened, party, push, record, sealed, warning};

/// What the officer sees who reads the message.
async fn read(world: &mut World, document: &Value) -> String {
    let (cover, bytes) = sealed(document, world.key("si/policija"), world.key("rs/mup"));
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    world.rs.until(opened(cover.id)).await;
    let (config, id) = (world.trial.folder().join("rs/gateway.toml"), cover.id.to_string());
    let command = ["inbox", "--agency", "rs/mup", "--read", &id, "--reader", "officer-5", "--config"];
    let output = casebridge().args(command).arg(config).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // Beside the message, which programs read.
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_officer_is_told_of_a_transfer_without_a_basis_and_of_one_that_is_not_known() {
    let mut world = World::start().await;
    let notes = [
        "si/policija does not say on what this leaves the European Union",
        "it rests on an adequacy decision",
    ];
    for (basis, told) in
        [(None, [true, false]), (Some("art36"), [false, true]), (Some("art37a"), [false, false])]
    {
        let mut document = foreign_document(MessageId::new(Timestamp::now()));
        if let Some(basis) = basis {
            document["envelope"]["transfer_basis"] = json!(basis);
        }
        let said = read(&mut world, &document).await;
        assert_eq!(notes.map(|note| said.contains(note)), told, "{said}");
    }
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_basis_that_was_agreed_stands_in_a_message_whose_author_says_none() {
    let mut world = World::start().await;
    for (said, stands) in [
        (None, TransferBasis::BindingInstrument),
        (Some(TransferBasis::OwnAssessment), TransferBasis::OwnAssessment),
    ] {
        let request = Request {
            from: party("si/policija"),
            to: party("rs/mup"),
            kind: Kind::SpontaneousInfo,
            purpose: Purpose::Investigation,
            legal_basis: "CETS197".parse().unwrap(),
            evaluation: Some("B2".parse().unwrap()),
            transfer_basis: said,
            ..warning(record())
        };
        let Submitted::Sent { id, .. } = world.slovene().gateway.submit(request).await.unwrap() else {
            panic!("not sent");
        };
        world.rs.until(opened(id)).await;
        let gateway = world.trial.rs.gateway.clone();
        let read = gateway.read(&party("rs/mup"), id, "officer-1").await.unwrap();
        assert_eq!(read.document.envelope.transfer_basis, Some(stands), "{said:?}");
    }
    world.trial.stop().await;
}
