//! A message accepted once is never accepted again, and each is handed to its reader once.

use casebridge::app::trial::Desk;
use casebridge::exchange::Submitted;
use casebridge::message::MessageId;
use casebridge::store::Side;
use jiff::Timestamp;

use crate::world::{World, foreign_document, opened, party, push, record, sealed, warning};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_sent_many_times_at_once_is_delivered_once_with_one_receipt() {
    let mut world = World::start().await;
    let document = foreign_document(MessageId::new(Timestamp::now()));
    let (cover, bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    let clients: Vec<_> = (0..12).map(|_| world.slovenia()).collect();
    let answers = clients.iter().map(|client| push(client, &cover, bytes.clone()));
    let answers = futures(answers).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1, "one is new");
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 201)));
    assert!(answers.iter().all(|answer| answer.body == answers[0].body), "all get the same receipt");
    world.rs.until(opened(cover.id)).await;

    // And once more when it is long done.
    let late = push(&world.slovenia(), &cover, bytes).await;
    assert_eq!((late.status, &late.body), (200, &answers[0].body));
    let mut desk = Desk::new(world.trial.rs.gateway.clone(), party("rs/mup"));
    assert!(desk.next(std::time::Duration::ZERO).await.unwrap().is_some());
    assert!(desk.next(std::time::Duration::ZERO).await.unwrap().is_none());
    assert_eq!((desk.taken(), desk.duplicates), (1, 0));
    assert_eq!(world.trial.rs.gateway.counts(Side::In).await.unwrap()[2], 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_repeated_under_its_id_is_sent_once() {
    let mut world = World::start().await;
    let id = MessageId::new(Timestamp::now());
    for _ in 0..3 {
        let request = casebridge::exchange::Request { id: Some(id), ..warning(record()) };
        let submitted = world.trial.rs.gateway.submit(request).await.unwrap();
        assert!(matches!(submitted, Submitted::Sent { id: sent, .. } if sent == id));
    }
    world.rs.until(opened(id)).await;
    assert_eq!(world.trial.rs.gateway.counts(Side::Out).await.unwrap().iter().sum::<u64>(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_messages_both_ways_arrive_once_each() {
    let mut world = World::start().await;
    let mut ids = Vec::new();
    for _ in 0..100 {
        ids.push(world.send().await);
        let request = casebridge::exchange::Request {
            from: party("si/policija"),
            to: party("rs/mup"),
            transfer_basis: None,
            ..warning(record())
        };
        match world.slovene().gateway.submit(request).await.unwrap() {
            Submitted::Sent { id, .. } => ids.push(id),
            other => panic!("{other:?}"),
        }
    }
    for id in &ids {
        let events = if ids.iter().position(|other| other == id).unwrap() % 2 == 0 {
            &mut world.rs
        } else {
            &mut world.si
        };
        events.until(opened(*id)).await;
    }
    for (gateway, agency) in [(&world.slovene().gateway, "si/policija"), (&world.trial.rs.gateway, "rs/mup")]
    {
        let mut desk = Desk::new(gateway.clone(), party(agency));
        while desk.next(std::time::Duration::ZERO).await.unwrap().is_some() {}
        assert_eq!((desk.taken(), desk.duplicates), (100, 0));
    }
    world.end().await;
}

/// Runs all at once.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, slot) in all.iter_mut().zip(&mut done) {
            if slot.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *slot = Some(output),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    done.into_iter().flatten().collect()
}
