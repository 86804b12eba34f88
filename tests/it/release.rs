//! A release lets go what it says, and what was shown is what is sent.

use casebridge::exchange::{Content, ExchangeError, Releasing, Request, Submitted};
use casebridge::message::{Document, Kind, MessageId, Purpose};
use casebridge::partner::Role;
use casebridge::policy::Extent;
use casebridge::schema::DataCategory;
use casebridge::store::Side;

use crate::review::{ask_for_two, held, recorded};
use crate::world::{World, opened, party, record, warning};

/// Of the police, by the shipped `people.toml`: with all three reviewing roles.
pub(crate) const POLICE: &str = "example-reviewer-mup";

/// A police record that waits for whoever releases its numbers and texts.
pub(crate) fn waiting() -> Request {
    let sample =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/config/samples/rs-mup-spontaneous.xml")).unwrap();
    Request {
        kind: Kind::SpontaneousInfo,
        purpose: Purpose::Investigation,
        evaluation: Some("B2".parse().unwrap()),
        content: Content::National(sample.into()),
        // Persons are numbered anew in each conversation: what is shown and what is sent belong to one.
        conversation: Some("018f4d2e-7c1a-7b3d-9e5f-0a1b2c3d4e5f".parse().unwrap()),
        waits_for_release: true,
        ..warning(record())
    }
}

async fn draft(world: &World) -> MessageId {
    match world.trial.rs.gateway.submit(waiting()).await.unwrap() {
        Submitted::Held { id, .. } => id,
        other => panic!("not held: {other:?}"),
    }
}

/// What the partner opens.
async fn read(world: &mut World, id: MessageId) -> Document {
    world.rs.until(opened(id)).await;
    world.slovene().gateway.read(&party("si/policija"), id, "officer-5").await.unwrap().document
}

fn by(extent: Extent) -> Releasing {
    Releasing { extent, ..Releasing::everything(POLICE) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_releases_apart_leaves_alone_and_as_it_was_shown() {
    let mut world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    let (number, text) = (DataCategory::Identifier, DataCategory::FreeText);
    for extent in [
        Extent::Everything,
        Extent::Only([number].into()),
        Extent::Without([number].into()),
        Extent::Only([DataCategory::Health, text].into()),
    ] {
        let shown = gateway.try_out(waiting(), vec![by(extent.clone())]).await.unwrap().document.unwrap();
        let id = draft(&world).await;
        let released = gateway.release(&agency, id, by(extent.clone())).await.unwrap();
        assert!(matches!(released, Submitted::Sent { .. }), "{released:?}");
        let got = read(&mut world, id).await;
        assert_eq!((&shown.body, &shown.withheld), (&got.body, &got.withheld), "{extent:?}");
        let withheld = got.withheld.iter().any(|field| field.category == number);
        assert_eq!(withheld, !extent.covers(number), "{extent:?}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_leave_without_a_release_cannot_be_kept_back_by_one() {
    let world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    let id = draft(&world).await;
    let without = by(Extent::Without([DataCategory::Identity, DataCategory::Identifier].into()));
    let told = gateway.release(&agency, id, without.clone()).await.unwrap_err();
    let named =
        matches!(&told, ExchangeError::LeavesAnyway { kept_back } if *kept_back == [DataCategory::Identity]);
    assert!(named, "{told}");
    assert!(gateway.try_out(waiting(), vec![without]).await.is_err(), "nor is it shown so");
    assert_eq!(gateway.held(&agency).await.unwrap().len(), 1, "it waits as before");
    assert_eq!(gateway.counts(Side::Out).await.unwrap(), [0; 5]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_of_several_persons_add_up_for_each_kind_of_data() {
    let world = World::start().await;
    world.trial.change_serbia(ask_for_two).await.unwrap();
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/jt"));
    let apart = |by: &str, extent| Releasing { extent, ..Releasing::everything(by) };
    let one = [DataCategory::Offence];
    let id = held(&world).await;
    let first = apart("test-legal", Extent::Only(one.into()));
    assert!(matches!(gateway.release(&agency, id, first).await.unwrap(), Submitted::Held { .. }));
    // The rest leaves by no rule that asks for one: what is kept back here was released by the other.
    let second = apart("test-protection", Extent::Only([DataCategory::Identity].into()));
    assert!(matches!(gateway.release(&agency, id, second).await.unwrap(), Submitted::Sent { .. }));
    let basis = gateway.decisions(id).await.unwrap().pop().unwrap();
    let of = |category| basis.inputs.apart.get(&category).map(|roles| roles.words().collect::<Vec<_>>());
    assert_eq!(of(DataCategory::Offence), Some(vec![Role::LegalReviewer]));
    assert_eq!(of(DataCategory::Identity), Some(vec![Role::ProtectionReviewer]));
    assert_eq!(of(DataCategory::CaseReference), Some(Vec::new()));
    world.end_with_work().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_written_into_the_database_counts_for_nothing() {
    let world = World::start().await;
    world.trial.change_serbia(ask_for_two).await.unwrap();
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/jt"));
    let (id, other) = (held(&world).await, held(&world).await);
    assert!(matches!(gateway.release(&agency, other, "test-legal").await.unwrap(), Submitted::Held { .. }));
    let conn = rusqlite::Connection::open(world.trial.folder().join("rs/casebridge.db")).unwrap();
    let copied = "INSERT INTO held_release (message, by, at, sealed) \
                  SELECT ?1, by, at, sealed FROM held_release WHERE message = ?2";
    assert_eq!(conn.execute(copied, [&id.as_bytes()[..], &other.as_bytes()[..]]).unwrap(), 1);
    drop(conn);
    let released = gateway.release(&agency, id, "test-protection").await.unwrap();
    assert!(matches!(released, Submitted::Held { .. }), "{released:?}");
    world.end_with_work().await;
}

/// Writes into the database behind the gateway's back.
fn write(world: &World, sql: &str, id: MessageId) {
    let conn = rusqlite::Connection::open(world.trial.folder().join("rs/casebridge.db")).unwrap();
    assert_eq!(conn.execute(sql, [&id.as_bytes()[..]]).unwrap(), 1, "{sql}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_whose_row_was_changed_in_the_database_is_not_released_and_the_operators_learn_it() {
    let world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    for change in [
        "author = 'officer-9'",
        "author = upper(author)",
        "passes_on = id",
        "conversation = id",
        "conversation = NULL",
    ] {
        // Its own author reviews: only the column could make somebody else of that person.
        let mine = Request { author: POLICE.to_owned(), ..waiting() };
        let Submitted::Held { id, .. } = gateway.submit(mine).await.unwrap() else { panic!("not held") };
        write(&world, &format!("UPDATE held SET {change} WHERE id = ?1"), id);
        let released = gateway.release(&agency, id, POLICE).await;
        assert!(matches!(released, Err(ExchangeError::Altered { .. })), "{change}: {released:?}");
        let shown = gateway.look_at_held(&agency, id, POLICE).await.map(drop);
        assert!(matches!(shown, Err(ExchangeError::Altered { .. })), "{change}: {shown:?}");
        let alarm = ("escalate".to_owned(), "gateway".to_owned());
        assert!(recorded(&world, id).await.contains(&alarm), "{change}");
    }
    assert_eq!(gateway.counts(Side::Out).await.unwrap(), [0; 5]);
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_sends_what_was_shown_byte_for_byte_and_nothing_more() {
    let mut world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    let id = draft(&world).await;
    // Shown without the number: with it, it is something else.
    let less = by(Extent::Only([DataCategory::Health].into()));
    let first = gateway.show(&agency, id, less.clone()).await.unwrap();
    let told = gateway.release(&agency, id, POLICE).await.unwrap_err();
    assert!(told.to_string().contains("prs_IdentityNumber"), "{told}");
    let shown = gateway.show(&agency, id, POLICE).await.unwrap();
    assert_ne!(first.digest, shown.digest);
    let other = Releasing { digest: Some(first.digest), ..Releasing::everything(POLICE) };
    assert!(matches!(gateway.release(&agency, id, other).await, Err(ExchangeError::OtherThanShown { .. })));
    assert_eq!(gateway.counts(Side::Out).await.unwrap(), [0; 5]);
    let same = Releasing { digest: Some(shown.digest), ..Releasing::everything(POLICE) };
    assert!(matches!(gateway.release(&agency, id, same).await.unwrap(), Submitted::Sent { .. }));
    let got = read(&mut world, id).await;
    assert_eq!(shown.released.document.unwrap().to_bytes(), got.to_bytes());

    // Less than what was shown may leave, and a look that somebody wrote into the database is none.
    let id = draft(&world).await;
    gateway.show(&agency, id, POLICE).await.unwrap();
    write(&world, "UPDATE held_look SET sealed = x'00' WHERE message = ?1", id);
    assert!(matches!(gateway.release(&agency, id, POLICE).await, Err(ExchangeError::OtherThanShown { .. })));
    gateway.show(&agency, id, POLICE).await.unwrap();
    assert!(matches!(gateway.release(&agency, id, less).await.unwrap(), Submitted::Sent { .. }));
    world.end_with_work().await;
}
