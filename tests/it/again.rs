//! An id names one message for ever: the same request under it gives the first result, another one is refused by name.

use casebridge::exchange::{Content, Ended, ExchangeError, Gateway, Progress, Request, Submitted};
use casebridge::message::{ConversationId, Kind, MessageId, Purpose, Question, Reason};
use casebridge::store::Side;

use crate::release::{POLICE, waiting};
use crate::world::{World, opened, party, record, warning};

fn under(id: MessageId, request: Request) -> Request {
    Request { id: Some(id), ..request }
}

fn new_id() -> MessageId {
    MessageId::new(jiff::Timestamp::now())
}

/// The same request otherwise: each differs in one thing from `request`.
fn others(request: &Request) -> Vec<(&'static str, Request)> {
    let question =
        Question { number: 1, language: "en".to_owned(), text: "Other?".to_owned(), ..Question::default() };
    let same = || request.clone();
    vec![
        (
            "another agency",
            Request { from: party("rs/jt"), content: Content::Common(vec![record()]), ..same() },
        ),
        ("another partner", Request { to: party("at/bk"), ..same() }),
        ("another kind", Request { kind: Kind::InfoRequest, ..same() }),
        ("another purpose", Request { purpose: Purpose::Prosecution, ..same() }),
        ("another author", Request { author: "officer-77".to_owned(), ..same() }),
        ("another question", Request { questions: vec![question], ..same() }),
        (
            "a conversation",
            Request { conversation: Some(ConversationId::new(jiff::Timestamp::now())), ..same() },
        ),
        ("another record", Request { content: Content::Nothing, ..same() }),
        ("waiting or not", Request { waits_for_release: !request.waits_for_release, ..same() }),
    ]
}

async fn all_others_are_refused(gateway: &Gateway, id: MessageId, request: &Request, state: &str) {
    for (what, other) in others(request) {
        let told = gateway.submit(under(id, other)).await;
        let named = matches!(&told, Err(ExchangeError::IdUsed { id: used }) if *used == id);
        assert!(named, "{state}, {what}: {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_was_sent_names_that_message_for_ever() {
    let mut world = World::start().await;
    let gateway = world.trial.rs.gateway.clone();
    let (id, request) = (new_id(), warning(record()));
    let Submitted::Sent { conversation: first, again: false, .. } =
        gateway.submit(under(id, request.clone())).await.unwrap()
    else {
        panic!("not sent")
    };
    all_others_are_refused(&gateway, id, &request, "sent").await;
    world.rs.until(opened(id)).await;
    all_others_are_refused(&gateway, id, &request, "opened").await;
    // Times count from now: they do not make another request of it.
    let later = Request { expires: request.expires + jiff::SignedDuration::from_hours(1), ..request };
    match gateway.submit(under(id, later)).await.unwrap() {
        Submitted::Sent { id: same, conversation, again, .. } => {
            assert_eq!((same, conversation, again), (id, first, true));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(gateway.counts(Side::Out).await.unwrap().iter().sum::<u64>(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_waits_or_was_rejected_stopped_or_refused_is_used_too() {
    let world = World::start().await;
    let (gateway, agency) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    let (id, request) = (new_id(), waiting());
    let Submitted::Held { conversation: first, .. } =
        gateway.submit(under(id, request.clone())).await.unwrap()
    else {
        panic!("not held")
    };
    all_others_are_refused(&gateway, id, &request, "held").await;
    match gateway.submit(under(id, request.clone())).await.unwrap() {
        Submitted::Held { conversation, grounds, .. } => {
            assert_eq!((conversation, grounds.is_empty()), (first, false));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(gateway.status(&agency, id).await.unwrap().progress, Progress::Held { .. }));
    assert_eq!(gateway.held(&agency).await.unwrap().len(), 1);

    gateway.reject(&agency, id, POLICE).await.unwrap();
    all_others_are_refused(&gateway, id, &request, "rejected").await;
    let again = gateway.submit(under(id, request.clone())).await.unwrap();
    assert!(matches!(again, Submitted::Ended { ended: Ended::Rejected, .. }), "{again:?}");
    let progress = gateway.status(&agency, id).await.unwrap().progress;
    assert!(matches!(progress, Progress::Ended { ended: Ended::Rejected, .. }), "{progress:?}");

    let refused = new_id();
    let bad = Request { kind: Kind::JitSetup, ..request };
    let told = gateway.submit(under(refused, bad.clone())).await.unwrap();
    assert!(matches!(told, Submitted::Refused { .. }), "{told:?}");
    all_others_are_refused(&gateway, refused, &bad, "refused").await;
    let told = gateway.submit(under(refused, bad)).await.unwrap();
    assert!(matches!(told, Submitted::Refused { .. }), "{told:?}");
    assert_eq!(gateway.status(&agency, refused).await.unwrap().progress, Progress::Refused);
    assert_eq!(Ended::Stopped(Reason::ConsentWithdrawn).to_string(), "stopped (consent-withdrawn)");
    assert_eq!(gateway.counts(Side::Out).await.unwrap(), [0; 5]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_different_requests_at_once_under_one_id_one_wins_and_the_others_are_told() {
    let world = World::start().await;
    let gateway = world.trial.rs.gateway.clone();
    let (id, request) = (new_id(), warning(record()));
    let requests: Vec<_> = (0..8)
        .map(|n| under(id, Request { author: format!("officer-{n}"), ..request.clone() }))
        .map(|request| {
            let gateway = gateway.clone();
            tokio::spawn(async move { gateway.submit(request).await })
        })
        .collect();
    let (mut sent, mut told) = (0, 0);
    for request in requests {
        match request.await.unwrap() {
            Ok(Submitted::Sent { again: false, .. }) => sent += 1,
            Err(ExchangeError::IdUsed { .. }) => told += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((sent, told), (1, 7));
    // In one batch too.
    let other = new_id();
    let batch = ["officer-1", "officer-2", "officer-1"]
        .map(|author| under(other, Request { author: author.to_owned(), ..request.clone() }));
    let results = gateway.submit_all(batch.into()).await.unwrap();
    assert!(matches!(results[0], Ok(Submitted::Sent { again: false, .. })), "{results:?}");
    assert!(matches!(results[1], Err(ExchangeError::IdUsed { .. })), "{results:?}");
    assert!(matches!(results[2], Ok(Submitted::Sent { again: true, .. })), "{results:?}");
    world.end_with_work().await;
}
