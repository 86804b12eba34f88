//! A message that nobody takes in time fails, and its sender learns it.

use std::time::Duration;

use casebridge::app::Options;
use casebridge::app::trial::TrialOptions;
use casebridge::clock::Clock;
use casebridge::exchange::{Progress, Request, Submitted, What};
use casebridge::store::Side;
use jiff::Timestamp;

use crate::world::{World, party, record, warning};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_a_polling_partner_does_not_fetch_in_time_fails_as_expired() {
    let clock = Clock::standing_at(Timestamp::now());
    let rs = Options { clock: clock.clone(), ..Options::default() };
    let mut world = World::with(TrialOptions { rs, ..TrialOptions::default() }).await;
    let send = |hours| {
        let mut request = Request { to: party("at/bk"), ..warning(record()) };
        request.expires = clock.now() + jiff::SignedDuration::from_hours(hours);
        let gateway = world.trial.rs.gateway.clone();
        async move {
            match gateway.submit(request).await.unwrap() {
                Submitted::Sent { id, .. } => id,
                other => panic!("not sent: {other:?}"),
            }
        }
    };
    let (late, fresh) = (send(2).await, send(24).await);
    clock.advance(Duration::from_hours(3));
    world
        .rs
        .until(|e| e.message == late && matches!(&e.what, What::Failed { code } if code == "expired"))
        .await;
    let gateway = &world.trial.rs.gateway;
    let status = gateway.status(&party("rs/mup"), late).await.unwrap();
    assert_eq!(status.progress, Progress::Failed { code: "expired".to_owned() });
    let status = gateway.status(&party("rs/mup"), fresh).await.unwrap();
    assert_eq!(status.progress, Progress::Waiting, "what has not expired still waits");
    assert_eq!(gateway.counts(Side::Out).await.unwrap(), [1, 0, 0, 1, 0]);
    gateway.verify_audit(None).await.unwrap().unwrap();
    world.trial.stop().await;
}
