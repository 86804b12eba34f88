//! What partners may and may not do with an `erase` and a `deletion_certificate`.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_partner_or_about_another_message_settles_nothing() {
    let mut scene = Scene::start().await;
    let id = scene.disclosed(|_| {}).await;
    let other = {
        let mut members = victim(None).into_members();
        members.insert("x_CaseId".to_owned(), json!("TEST-CASE-OTHER"));
        let content = Content::Common(vec![Record::new(members)]);
        scene.disclosed(|request| request.content = content).await
    };
    let told = scene.withdraw().await;
    let erase = erase_of(&told, id);
    for (from, about) in [("at/bk", erase), ("at/bk", id), ("si/policija", MessageId::new(Timestamp::now()))]
    {
        scene.arrives(from, &foreign(from, "deletion_certificate", about, "deleted")).await;
        assert_eq!(scene.state("si/policija", id).await.0, DisclosureState::EraseSent, "{from}");
    }
    scene.arrives("si/policija", &foreign("si/policija", "deletion_certificate", other, "deleted")).await;
    assert_eq!(scene.state("si/policija", other).await.0, DisclosureState::Erased);
    assert_eq!(scene.state("si/policija", id).await.0, DisclosureState::EraseSent);
    scene.arrives("si/policija", &foreign("si/policija", "deletion_certificate", erase, "deleted")).await;
    assert_eq!(scene.state("si/policija", id).await.0, DisclosureState::Erased);
    scene.world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erase_of_somebody_elses_message_erases_nothing() {
    let mut scene = Scene::start().await;
    let theirs = foreign_information();
    let id = scene.arrives("si/policija", &theirs).await;
    scene.arrives("at/bk", &foreign("at/bk", "erase", id, "consent-withdrawn")).await;
    assert!(scene.rs().read(&party("rs/mup"), id, "officer-1").await.is_ok());
    let duties = scene.rs().duties(&party("rs/mup")).await.unwrap();
    assert_eq!((duties[0].duty.held, &duties[0].duty.peer), (false, &party("at/bk")));
    // It is answered as it is: no such message of that partner is here.
    let submitted = scene.rs().certify(&party("rs/mup"), id, "officer-1").await.unwrap();
    assert!(matches!(submitted, Submitted::Sent { .. }), "{submitted:?}");
    let mut stranger = scene.world.trial.take_stranger().unwrap();
    let answer = stranger.poll(Duration::ZERO).await.unwrap();
    assert_eq!(answer[0].document["envelope"]["kind"], "deletion_certificate");
    assert_eq!(answer[0].document["body"], json!({ "reason": "not-held" }));
    scene.world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_after_its_erase_message_is_erased_at_once() {
    let mut scene = Scene::start().await;
    let document = foreign_information();
    let id: MessageId = document["envelope"]["id"].as_str().unwrap().parse().unwrap();
    scene.arrives("si/policija", &foreign("si/policija", "erase", id, "consent-withdrawn")).await;
    assert!(!scene.rs().duties(&party("rs/mup")).await.unwrap()[0].duty.held);
    scene.arrives("si/policija", &document).await;
    let read = scene.rs().read(&party("rs/mup"), id, "officer-1").await;
    assert!(matches!(read, Err(ExchangeError::Erased { .. })), "{read:?}");
    assert!(scene.rs().duties(&party("rs/mup")).await.unwrap()[0].duty.held);
    scene.world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_of_an_erased_source_is_erased_too() {
    let mut scene = Scene::start().await;
    let source = scene.arrives("si/policija", &foreign_information()).await;
    let passed_on = scene
        .disclose("at/bk", |request| {
            request.passes_on = vec![source];
            (request.kind, request.evaluation) = (Kind::SpontaneousInfo, Some("B2".parse().unwrap()));
            request.delete_by = scene.clock.now() + SignedDuration::from_hours(24);
        })
        .await;
    scene.arrives("si/policija", &foreign("si/policija", "erase", source, "consent-withdrawn")).await;
    let told = |event: &Event| matches!(event.what, What::Allowed { kind: Kind::Erase, .. });
    let erase = scene.world.rs.until(told).await.message;
    let stored = |event: &Event| event.message == erase && matches!(event.what, What::Stored { .. });
    scene.world.rs.until(stored).await;
    let (state, why) = scene.state("at/bk", passed_on).await;
    assert_eq!((state, why), (DisclosureState::EraseSent, Some(Reason::ConsentWithdrawn)));
    let again = Request {
        passes_on: vec![source],
        kind: Kind::SpontaneousInfo,
        evaluation: Some("B2".parse().unwrap()),
        ..on_consent(&scene.clock, victim(None))
    };
    let refused = scene.rs().submit(again).await;
    assert!(matches!(refused, Err(ExchangeError::Erased { id, .. }) if id == source), "{refused:?}");
    scene.world.trial.stop().await;
}
