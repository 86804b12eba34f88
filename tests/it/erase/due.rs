//! What becomes due with time, and what does not come in time.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_consent_is_an_erasure() {
    let mut scene = Scene::start().await;
    let ends = scene.clock.now() + SignedDuration::from_hours(2);
    let id = scene.disclosed(|request| request.content = Content::Common(vec![victim(Some(ends))])).await;
    let lasting = scene.disclosed(|_| {}).await;
    scene.clock.advance(Duration::from_hours(3));
    scene.world.si.until(erased(id)).await;
    assert_eq!(
        scene.state("si/policija", id).await,
        (DisclosureState::EraseSent, Some(Reason::ConsentExpired))
    );
    assert_eq!(scene.state("si/policija", lasting).await.0, DisclosureState::Live);
    scene.certify_in_slovenia(id).await;
    scene.world.rs.until(certified(id)).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_time_of_deletion_has_passed_is_gone_at_its_receiver_who_certifies_it() {
    let mut scene = Scene::start().await;
    let until = scene.clock.now() + SignedDuration::from_hours(2);
    let id = scene.disclosed(|request| request.delete_by = until).await;
    let question = scene
        .disclosed(|request| {
            (request.delete_by, request.content) = (until, Content::Nothing);
            request.questions = vec![casebridge::message::Question {
                number: 1,
                language: "en".to_owned(),
                text: "Known?".to_owned(),
                ..casebridge::message::Question::default()
            }];
        })
        .await;
    scene.clock.advance(Duration::from_hours(3));
    for id in [id, question] {
        scene.world.si.until(erased(id)).await;
        let read = scene.si().read(&party("si/policija"), id, "officer-5").await;
        assert!(matches!(read, Err(ExchangeError::Erased { .. })), "{read:?}");
    }
    // The sender reminds of it too; one certificate settles both.
    let told = |event: &Event| matches!(event.what, What::Allowed { kind: Kind::Erase, .. });
    let erase = scene.world.rs.until(told).await.message;
    scene.world.si.until(opened(erase)).await;
    let duties = scene.si().duties(&party("si/policija")).await.unwrap();
    let due: Vec<_> = duties.iter().map(|row| (row.duty.message, row.duty.why, row.duty.erase)).collect();
    assert_eq!(due, [(id, Reason::DeleteByPassed, Some(erase))], "no certificate about a mere question");
    scene.certify_in_slovenia(id).await;
    scene.world.rs.until(certified(id)).await;
    assert_eq!(scene.state("si/policija", id).await.0, DisclosureState::Erased);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_due_while_the_gateway_was_down_is_done_when_it_runs_again() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || TrialOptions { folder: Some(folder.path().to_owned()), ..TrialOptions::default() };
    let mut scene = Scene::with(kept()).await;
    let ends = scene.clock.now() + SignedDuration::from_hours(2);
    let id = scene.disclosed(|request| request.content = Content::Common(vec![victim(Some(ends))])).await;
    let clock = scene.clock.clone();
    scene.end().await;
    clock.advance(Duration::from_hours(3));
    let timed = || Options { clock: clock.clone(), ..Options::default() };
    let options = TrialOptions { keep_keys: true, rs: timed(), si: timed(), ..kept() };
    let mut scene = Scene { world: World::with(options).await, clock };
    scene.world.si.until(erased(id)).await;
    scene.certify_in_slovenia(id).await;
    scene.world.rs.until(certified(id)).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_certificate_is_reported_every_day_until_it_comes() {
    let mut scene = Scene::start().await;
    let id = scene.disclosed(|_| {}).await;
    scene.withdraw().await;
    scene.world.si.until(erased(id)).await;
    scene.clock.advance(Duration::from_hours(71));
    assert_eq!(scene.state("si/policija", id).await.0, DisclosureState::EraseSent);
    let missing = overdue(id, "certificate-missing");
    assert_eq!(scene.world.rs.count(&missing), 0, "the agreed time has not passed");
    for reports in 1..4_u32 {
        scene.clock.advance(Duration::from_hours(25));
        let reported = async {
            loop {
                let row = scene.rs().erasures(&party("rs/mup")).await.unwrap().pop().unwrap();
                if row.escalations >= reports {
                    return row;
                }
                tokio::task::yield_now().await;
            }
        };
        let row = tokio::time::timeout(PATIENCE, reported).await.expect("no report");
        assert_eq!((row.state, row.escalations), (DisclosureState::Overdue, reports));
    }
    scene.certify_in_slovenia(id).await;
    scene.world.rs.until(certified(id)).await;
    scene.clock.advance(Duration::from_hours(25));
    assert!(scene.rs().erasures(&party("rs/mup")).await.unwrap().is_empty());
    assert_eq!(scene.world.rs.count(&missing), 3);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_the_partner_cannot_be_told_is_reported_at_once_and_tried_again() {
    let mut scene = Scene::start().await;
    let id = scene.disclosed(|_| {}).await;
    // The list of what may go to Slovenia stands first in its file.
    let agreed = |old: &'static str, new: &'static str| {
        scene.world.trial.change_serbia(move |folder| {
            let file = folder.join("partners/si.toml");
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, text.replacen(old, new, 1)).unwrap();
        })
    };
    let (with, without) = ("\"erase\", \"deletion_certificate\"", "\"deletion_certificate\"");
    agreed(with, without).await.unwrap();
    let told = scene.withdraw().await;
    assert_eq!(told[0].2, Told::Not { code: "kind-not-agreed".to_owned() });
    scene.world.rs.until(overdue(id, "kind-not-agreed")).await;
    let row = scene.rs().erasures(&party("rs/mup")).await.unwrap().pop().unwrap();
    assert_eq!((row.state, row.erase, row.escalations), (DisclosureState::Overdue, None, 1));
    agreed(without, with).await.unwrap();
    scene.clock.advance(Duration::from_hours(25));
    scene.world.si.until(erased(id)).await;
    assert_eq!(scene.state("si/policija", id).await.0, DisclosureState::EraseSent);
    scene.world.trial.stop().await;
}
