//! What comes from the European Union without saying on what its transfer rests enters, and its reader is told.

use casebridge::message::MessageId;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::{World, casebridge, foreign_document, opened, push, sealed};

/// What the officer sees who reads the message.
async fn read(world: &mut World, document: &Value) -> String {
    let (cover, bytes) = sealed(document, world.key("si/policija"), world.key("rs/mup"));
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    world.rs.until(opened(cover.id)).await;
    let (config, id) = (world.trial.folder().join("rs/gateway.toml"), cover.id.to_string());
    let command = ["inbox", "--agency", "rs/mup", "--read", &id, "--reader", "officer-5", "--config"];
    let output = casebridge().args(command).arg(config).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_officer_is_told_of_a_transfer_without_a_basis_and_of_one_that_is_not_known() {
    let mut world = World::start().await;
    for (basis, told) in [
        (None, "note      si/policija does not say on what this leaves the European Union"),
        (Some("art36"), "note      it rests on an adequacy decision"),
        (Some("art37a"), ""),
    ] {
        let mut document = foreign_document(MessageId::new(Timestamp::now()));
        if let Some(basis) = basis {
            document["envelope"]["transfer_basis"] = json!(basis);
        }
        let said = read(&mut world, &document).await;
        assert!(said.contains(told), "{said}");
        assert_eq!(said.contains("note  "), !told.is_empty(), "{said}");
    }
    world.trial.stop().await;
}
