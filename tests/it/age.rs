//! Whose age is not known: held, not refused; a protection reviewer states the age, and the partner is told an estimate.

use casebridge::exchange::{Content, ExchangeError, Releasing, Request, Submitted};
use casebridge::message::{Kind, MessageId, Purpose};
use casebridge::policy::{Extent, StatedAge};
use casebridge::schema::Record;
use serde_json::{Value, json};

use crate::world::{World, opened, party, record, warning};

/// Of the police, with all reviewing roles, by the shipped `people.toml`.
const REVIEWER: &str = "example-reviewer-mup";

/// An adult victim without papers, who asks for help herself.
fn without_papers() -> Record {
    let Value::Object(members) = json!({
        "x_Schema": "1",
        "x_CaseId": "TEST-1",
        "x_Persons": [{
            "x_PersonId": "a",
            "x_SubjectCategory": "victim_presumed",
            "prs_FirstName": "Mina",
            "x_Consent": { "con_Consent": true, "given_by": "self", "scope": ["victim_protection"] },
        }],
    }) else {
        panic!("an object")
    };
    Record::new(members)
}

async fn held(world: &World) -> MessageId {
    let request = Request {
        author: "officer-1".to_owned(),
        from: party("rs/mup"),
        kind: Kind::InfoRequest,
        purpose: Purpose::VictimIdentification,
        legal_basis: "PCC-SEE-4".parse().unwrap(),
        content: Content::Common(vec![without_papers()]),
        ..warning(record())
    };
    match world.trial.rs.gateway.submit(request).await.unwrap() {
        Submitted::Held { id, .. } => id,
        other => panic!("not held: {other:?}"),
    }
}

fn stating(years: u8, person: usize, ground: &str) -> Releasing {
    let stated = StatedAge { record: 0, person, years, ground: ground.to_owned() };
    Releasing { by: REVIEWER.to_owned(), extent: Extent::Everything, ages: vec![stated], digest: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_without_the_age_says_what_to_state_and_loses_nothing_and_one_with_it_leaves() {
    let mut world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    let id = held(&world).await;
    let told = gateway.release(&agency, id, REVIEWER).await.unwrap_err().to_string();
    assert!(told.contains("--age 0=YEARS --age-ground CODE (one of OwnStatement, "), "{told}");
    for (releasing, expected) in [
        (stating(25, 1, "Impression"), "nobody asks for the age of 1"),
        (stating(25, 0, "Guess"), "no such ground"),
    ] {
        let told = gateway.release(&agency, id, releasing).await.unwrap_err().to_string();
        assert!(told.starts_with(expected), "{told}");
    }
    assert_eq!(gateway.held(&agency).await.unwrap().len(), 1, "nothing is lost");
    let released = gateway.release(&agency, id, stating(25, 0, "Impression")).await.unwrap();
    assert!(matches!(released, Submitted::Sent { .. }), "{released:?}");
    let basis = gateway.decisions(id).await.unwrap().pop().unwrap();
    assert_eq!(basis.inputs.ages, [(0, 0)].into(), "the decision tells for whom an age was stated");
    world.rs.until(opened(id)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_author_states_no_age() {
    let world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    let id = held(&world).await;
    let own = Releasing { by: "officer-1".to_owned(), ..stating(25, 0, "Impression") };
    assert!(matches!(gateway.release(&agency, id, own).await, Err(ExchangeError::Denied(_))));
    assert_eq!(gateway.held(&agency).await.unwrap().len(), 1);
    world.end().await;
}
