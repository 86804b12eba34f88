//! The same path under each OpenPGP profile that a partner may have.

use casebridge::app::trial::TrialOptions;
use casebridge::exchange::Submitted;
use casebridge::partner::Profile;

use crate::world::{World, opened, party, record, warning};

async fn walks(profile: Profile) {
    let mut world = World::with(TrialOptions { profile: Some(profile), ..TrialOptions::default() }).await;
    let pushed = world.send().await;
    world.rs.until(opened(pushed)).await;
    let to_austria = casebridge::exchange::Request { to: party("at/bk"), ..warning(record()) };
    let Submitted::Sent { id, .. } = world.trial.rs.gateway.submit(to_austria).await.unwrap() else {
        panic!("not sent")
    };
    let mut austria = world.trial.take_stranger().unwrap();
    let received = austria.poll(std::time::Duration::ZERO).await.unwrap();
    world.rs.until(opened(id)).await;
    let answer = austria.answer(&received[0], "answer", "seen").await.unwrap();
    world.rs.until(opened(answer)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_receipts_pass_under_rfc_9580() {
    walks(Profile::V6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_receipts_pass_under_the_post_quantum_profile() {
    walks(Profile::V6Pq).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_receipts_pass_under_the_profile_for_gnupg() {
    walks(Profile::V4Compat).await;
}
