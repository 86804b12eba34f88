//! A partner that is away: nothing is lost, and nobody else waits for it.

use casebridge::app::trial::TrialOptions;
use casebridge::exchange::{Progress, Submitted, What};
use casebridge::store::Side;

use crate::world::{World, opened, party, record, warning};

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_delivered_is_there_after_both_gateways_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || TrialOptions { folder: Some(folder.path().to_path_buf()), ..TrialOptions::default() };
    let mut world = World::with(options()).await;
    world.trial.stop_slovenia().await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(world.send().await);
    }
    world.rs.until(|event| matches!(event.what, What::Retried { .. })).await;
    let status = world.trial.rs.gateway.status(&party("rs/mup"), ids[0]).await.unwrap();
    assert_eq!((status.progress, status.stages), (Progress::Waiting, vec![]));
    world.trial.stop().await;

    // The same folder: the same keys, agreements and databases, other ports.
    let mut world = World::with(TrialOptions { keep_keys: true, ..options() }).await;
    for id in &ids {
        world.rs.until(opened(*id)).await;
    }
    assert_eq!(world.slovene().gateway.counts(Side::In).await.unwrap(), [0, 0, 20, 0, 0]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_is_away_does_not_slow_another() {
    let mut world = World::start().await;
    world.trial.stop_slovenia().await;
    for _ in 0..50 {
        world.send().await;
    }
    let to_austria = casebridge::exchange::Request { to: party("at/bk"), ..warning(record()) };
    let Submitted::Sent { id, .. } = world.trial.rs.gateway.submit(to_austria).await.unwrap() else {
        panic!("not sent")
    };
    let mut austria = world.trial.take_stranger().unwrap();
    let received = austria.poll(std::time::Duration::ZERO).await.unwrap();
    assert_eq!(received.len(), 1);
    world.rs.until(opened(id)).await;
    let [waiting, leased, ..] = world.trial.rs.gateway.counts(Side::Out).await.unwrap();
    assert_eq!(waiting + leased, 50, "Slovenia's messages still wait");
    world.trial.stop().await;
}
