//! A person takes consent back.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_consent_is_erased_at_every_recipient_until_each_has_certified() {
    let mut scene = Scene::start().await;
    let slovenia = scene.disclosed(|_| {}).await;
    let austria = scene.disclose("at/bk", |_| {}).await;
    assert_eq!(scene.state("at/bk", austria).await.0, DisclosureState::Live);

    let told = scene.withdraw().await;
    assert_eq!(told.len(), 2, "{told:?}");
    let path = scene.world.trial.folder().join("rs/casebridge.db");
    let store = casebridge::store::Store::open(&path, std::sync::Arc::default()).unwrap();
    let entries = store.read(|tx| tx.audit_list(0, 10_000)).await.unwrap();
    let mut entries = entries.iter().map(|(_, entry, _)| serde_json::from_slice::<Value>(entry));
    let looked = |entry: Value| entry["action"] == "consult" && entry["code"] == "consent-withdrawn";
    assert!(entries.any(|entry| looked(entry.unwrap())), "who looked through the disclosures is recorded");
    scene.world.si.until(erased(slovenia)).await;
    let read = scene.si().read(&party("si/policija"), slovenia, "officer-5").await;
    assert!(matches!(read, Err(ExchangeError::Erased { id, .. }) if id == slovenia), "{read:?}");
    let unread = scene.si().inbox(&party("si/policija"), 0, 10, Duration::ZERO).await.unwrap();
    let ids: Vec<_> = unread.iter().map(|unread| unread.cover.id).collect();
    assert_eq!(ids, [erase_of(&told, slovenia)], "the erase message is there, its object is not");
    let duties = scene.si().duties(&party("si/policija")).await.unwrap();
    let duty = &duties[0].duty;
    assert_eq!((duty.message, duty.held, duty.why), (slovenia, true, Reason::ConsentWithdrawn));
    let status = scene.rs().status(&party("rs/mup"), slovenia).await.unwrap();
    assert!(status.stages.iter().any(|(stage, ..)| stage.as_str() == "opened"), "the proof stays");

    scene.certify_in_slovenia(slovenia).await;
    scene.world.rs.until(certified(slovenia)).await;
    assert_eq!(
        scene.state("si/policija", slovenia).await,
        (DisclosureState::Erased, Some(Reason::ConsentWithdrawn))
    );
    assert!(scene.si().duties(&party("si/policija")).await.unwrap().is_empty());

    // Austria had not fetched it yet: it gets the erase message, and what is to be erased never leaves.
    let mut stranger = scene.world.trial.take_stranger().unwrap();
    let received = stranger.poll(Duration::ZERO).await.unwrap();
    assert_eq!(received.len(), 1);
    let document = &received[0].document;
    assert_eq!(document["envelope"]["kind"], "erase");
    assert_eq!(document["envelope"]["in_reply_to"], json!(austria));
    assert_eq!(document["body"], json!({ "reason": "consent-withdrawn" }));
    let answer = foreign("at/bk", "deletion_certificate", erase_of(&told, austria), "not-held");
    scene.arrives("at/bk", &answer).await;
    scene.world.rs.until(certified(austria)).await;
    assert!(scene.rs().erasures(&party("rs/mup")).await.unwrap().is_empty(), "all is settled");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_of_a_disclosure_stands_in_the_store() {
    let mut scene = Scene::start().await;
    scene.disclosed(|_| {}).await;
    scene.withdraw().await;
    let mut stored = Vec::new();
    for name in ["rs/casebridge.db", "rs/casebridge.db-wal"] {
        stored.extend(std::fs::read(scene.world.trial.folder().join(name)).unwrap_or_default());
    }
    assert!(!stored.is_empty());
    for secret in [CASE, PERSON, "TEST-CONSENT-1"] {
        let found = stored.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "{secret} stands in the store");
    }
    scene.world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_touches_only_what_rests_on_the_consent_of_that_person() {
    let mut scene = Scene::start().await;
    let agency = party("rs/mup");
    let on_consent = scene.disclosed(|_| {}).await;
    let investigated = scene
        .disclosed(|request| {
            (request.kind, request.purpose) = (Kind::SpontaneousInfo, Purpose::Investigation);
            request.legal_basis = "PCC-SEE-4".parse().unwrap();
            request.evaluation = Some("B2".parse().unwrap());
        })
        .await;
    let withdraw = |case: &'static str, person: Option<&'static str>| {
        let (gateway, agency) = (scene.rs().clone(), agency.clone());
        async move { gateway.withdraw_consent(&agency, case, person, "officer-1").await.unwrap() }
    };
    let other = withdraw("TEST-CASE-471", None).await;
    assert!(other.told.is_empty() && other.look_at.is_empty() && other.other_ground.is_empty());
    let stranger = withdraw(CASE, Some("TEST-PERSON-2")).await;
    assert!(stranger.told.is_empty());
    assert_eq!(stranger.look_at, [(on_consent, party("si/policija"))], "people must look");
    assert_eq!(scene.state("si/policija", on_consent).await.0, DisclosureState::Live);
    // By the reference of the consent itself.
    let withdrawn = withdraw(CASE, Some("TEST-CONSENT-1")).await;
    assert_eq!(withdrawn.told.len(), 1);
    assert_eq!(withdrawn.told[0].0, on_consent);
    assert_eq!(withdrawn.other_ground, [(investigated, party("si/policija"))]);
    assert_eq!(scene.state("si/policija", investigated).await.0, DisclosureState::Live);
    let other = scene.rs().withdraw_consent(&party("rs/cztlj"), CASE, None, "officer-2").await.unwrap();
    assert!(other.told.is_empty(), "another agency's disclosures are not its own");
    scene.world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_disclosure_has_one_erase_message_whoever_orders_it_and_how_often() {
    let mut scene = Scene::start().await;
    let id = scene.disclosed(|_| {}).await;
    // A second node on the same store, and several orders on each.
    let config = scene.world.trial.folder().join("rs/gateway.toml");
    let options = Options { clock: scene.clock.clone(), ..Options::default() };
    let second = beside(check(&config, scene.clock.now()).unwrap(), options).await.unwrap();
    let orders: Vec<_> = (0..8)
        .map(|n| {
            let gateway = if n % 2 == 0 { scene.rs().clone() } else { second.clone() };
            tokio::spawn(
                async move { gateway.withdraw_consent(&party("rs/mup"), CASE, None, "officer-1").await },
            )
        })
        .collect();
    let mut erases = std::collections::BTreeSet::new();
    for order in orders {
        for (message, _, told) in order.await.unwrap().unwrap().told {
            assert_eq!(message, id);
            match told {
                Told::Sent { erase } => erases.insert(erase),
                Told::Not { code } => panic!("{code}"),
            };
        }
    }
    assert_eq!(erases.len(), 1, "all of them name the same erase message");
    scene.world.si.until(erased(id)).await;
    let by_hand = Request {
        kind: Kind::Erase,
        in_reply_to: Some(id),
        reason: Some(Reason::ConsentWithdrawn),
        content: Content::Nothing,
        ..on_consent(&scene.clock, victim(None))
    };
    let submitted = scene.rs().submit(by_hand).await.unwrap();
    assert!(matches!(submitted, Submitted::Sent { id, .. } if erases.contains(&id)), "{submitted:?}");
    let erase = *erases.iter().next().unwrap();
    scene.world.rs.until(opened(erase)).await;
    let [waiting, leased, settled, failed, _] = scene.rs().counts(Side::Out).await.unwrap();
    assert_eq!((waiting, leased, settled, failed), (0, 0, 2, 0), "the message and its one erase message");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_waits_on_a_consent_is_not_released_after_its_withdrawal() {
    let scene = Scene::start().await;
    let (gateway, agency) = (scene.rs().clone(), party("rs/mup"));
    let waiting = async |of: &str| {
        let mut members = victim(None).into_members();
        members.insert("x_CaseId".to_owned(), json!(of));
        members.insert("cco_CaseComment".to_owned(), json!(["read me first"]));
        let request = on_consent(&scene.clock, Record::new(members));
        match gateway.submit(Request { waits_for_release: true, ..request }).await.unwrap() {
            Submitted::Held { id, .. } => id,
            other => panic!("not held: {other:?}"),
        }
    };
    let (concerned, another) = (waiting(CASE).await, waiting("TEST-CASE-OTHER").await);
    let withdrawn = gateway.withdraw_consent(&agency, CASE, None, "officer-1").await.unwrap();
    assert_eq!((withdrawn.stopped, withdrawn.drafts), (vec![concerned], 1));
    let release = async |id| gateway.release(&agency, id, "example-reviewer-mup").await;
    let released = release(concerned).await;
    assert!(matches!(released, Err(ExchangeError::NoSuchMessage { .. })), "{released:?}");
    assert!(matches!(release(another).await, Ok(Submitted::Sent { .. })));
    scene.world.trial.stop().await;
}
