//! Two people change the policy, and nobody alone: every way round that was thought of is tried here.

use std::path::PathBuf;
use std::time::Duration;

use casebridge::access::{Caller, Denied};
use casebridge::app::trial::write_folder;
use casebridge::app::versions::{Unchanged, VersionRow, Versions};
use casebridge::app::{Options, beside, check};
use casebridge::clock::Clock;
use casebridge::store::Store;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

const AUTHOR: &str = "example-author";
const APPROVER: &str = "example-approver";
/// Has both roles.
const DEPUTY: &str = "example-deputy";

/// A gateway's folder and store, with its first version, and a clock that stands.
struct Place {
    folder: tempfile::TempDir,
    clock: Clock,
    versions: Versions,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_folder(folder.path(), 18443, 18444).unwrap();
        let config = folder.path().join("rs/gateway.toml");
        let clock = Clock::standing_at(Timestamp::now());
        let options = Options { clock: clock.clone(), ..Options::default() };
        drop(beside(check(&config, clock.now()).unwrap(), options).await.unwrap());
        let versions = Versions::open(&config, clock.clone()).unwrap();
        Self { folder, clock, versions }
    }

    /// Another session: a connection of its own to the same store, as another process has.
    fn session(&self) -> Versions {
        Versions::open(&self.path("gateway.toml"), self.clock.clone()).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("rs").join(name)
    }

    fn edit(&self, name: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(old), "`{old}` does not stand in {name}");
        std::fs::write(self.path(name), text.replacen(old, new, 1)).unwrap();
    }

    /// Changes a number of the agreement with Slovenia, so that there is something to propose.
    fn change(&self, burst: u32) {
        let text = std::fs::read_to_string(self.path("partners/si.toml")).unwrap();
        let line = text.lines().find(|line| line.starts_with("burst = ")).unwrap().to_owned();
        self.edit("partners/si.toml", &line, &format!("burst = {burst}"));
    }

    async fn propose(&self, by: &str, from: Option<Timestamp>) -> Result<VersionRow, Unchanged> {
        self.versions.propose(self.path(""), &caller(by), "a test", from).await
    }

    async fn approve(&self, number: u32, by: &str) -> Result<VersionRow, Unchanged> {
        self.versions.approve(number, &caller(by)).await
    }

    async fn in_force(&self) -> u32 {
        self.versions.history().await.unwrap().1
    }

    /// How often the audit log has each step about a version.
    async fn steps(&self, action: &str) -> usize {
        let store = Store::open(&self.path("casebridge.db"), std::sync::Arc::default()).unwrap();
        let entries = store.read(|tx| tx.audit_list(0, 10_000)).await.unwrap();
        let entries = entries.iter().map(|(_, entry, _)| serde_json::from_slice::<Value>(entry).unwrap());
        entries.filter(|entry| entry["action"] == action && entry["version"].is_u64()).count()
    }

    fn after(&self, hours: i64) -> Timestamp {
        self.clock.now() + SignedDuration::from_hours(hours)
    }
}

fn caller(id: &str) -> Caller {
    Caller::here(id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_person_proposes_another_approves_and_then_it_is_in_force() {
    let place = Place::new().await;
    assert_eq!((place.in_force().await, place.steps("install").await), (1, 1));
    place.change(10);
    let row = place.propose(AUTHOR, None).await.unwrap();
    assert_eq!((row.number, row.base, place.in_force().await), (2, Some(1), 1));
    let row = place.approve(2, APPROVER).await.unwrap();
    assert_eq!((row.from, place.in_force().await), (Some(place.clock.now()), 2));
    assert_eq!((place.steps("propose").await, place.steps("approve").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_author_approves_in_no_spelling_and_in_no_session() {
    let place = Place::new().await;
    place.change(10);
    place.propose(DEPUTY, None).await.unwrap();
    for name in [DEPUTY, "EXAMPLE-DEPUTY", "Example-Deputy"] {
        for session in [&place.versions, &place.session()] {
            let approved = session.approve(2, &caller(name)).await;
            let same = matches!(approved, Err(Unchanged::Denied(Denied::SamePerson { .. })));
            assert!(same, "{name}: {approved:?}");
        }
    }
    assert_eq!((place.in_force().await, place.steps("approve").await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_the_role_proposes_approves_or_rejects() {
    let place = Place::new().await;
    place.change(10);
    for name in [APPROVER, "example-reviewer-mup", "installation", "somebody"] {
        assert!(matches!(place.propose(name, None).await, Err(Unchanged::Denied(_))), "{name}");
    }
    place.propose(AUTHOR, None).await.unwrap();
    for name in ["example-reviewer-mup", "installation", "somebody"] {
        assert!(matches!(place.approve(2, name).await, Err(Unchanged::Denied(_))), "{name}");
        let rejected = place.versions.reject(2, &caller(name)).await;
        assert!(matches!(rejected, Err(Unchanged::Denied(_))), "{name}");
    }
    assert_eq!(place.in_force().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_those_of_the_version_in_force_when_it_is_approved() {
    let place = Place::new().await;
    place.change(10);
    let (second, third) = (place.propose(AUTHOR, None), place.propose(DEPUTY, None));
    let (second, third) = (second.await.unwrap().number, third.await.unwrap().number);
    // Meanwhile the author of one and the approver lose their roles, properly.
    let people = std::fs::read_to_string(place.path("people.toml")).unwrap();
    let people = people.replace("roles = [\"policy_author\"]", "roles = [\"reviewer\"]");
    let people = people.replace("roles = [\"policy_approver\"]", "roles = [\"reviewer\"]");
    let new =
        "\n[[person]]\nid = \"new\"\nparty = \"gateway\"\nroles = [\"policy_author\", \"policy_approver\"]\n";
    std::fs::write(place.path("people.toml"), people + new).unwrap();
    let fourth = place.propose(DEPUTY, None).await.unwrap().number;
    place.approve(fourth, APPROVER).await.unwrap();

    let approved = place.approve(third, APPROVER).await;
    assert!(matches!(approved, Err(Unchanged::Denied(Denied::NoRole { .. }))), "{approved:?}");
    let approved = place.approve(second, "new").await;
    assert!(matches!(approved, Err(Unchanged::Denied(Denied::Author { .. }))), "{approved:?}");
    // With the roles it would still undo what was approved since.
    let approved = place.approve(third, "new").await;
    assert!(matches!(approved, Err(Unchanged::Overtaken { newest: 4, .. })), "{approved:?}");
    assert_eq!((place.in_force().await, place.steps("approve").await), (4, 1));
}

/// The approver loses the role at a moment that two people have agreed to, while approvals are on their way.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_lost_meanwhile_approves_nothing() {
    for round in 0..8 {
        let place = Place::new().await;
        let lost = place.after(1);
        let people = std::fs::read_to_string(place.path("people.toml")).unwrap();
        let without = people.replace("roles = [\"policy_approver\"]", "roles = [\"reviewer\"]");
        std::fs::write(place.path("people.toml"), without).unwrap();
        place.propose(AUTHOR, Some(lost)).await.unwrap();
        place.approve(2, DEPUTY).await.unwrap();
        place.change(10);
        place.propose(AUTHOR, Some(place.after(2))).await.unwrap();
        let approvals: Vec<_> = (0..4)
            .map(|_| {
                let session = place.session();
                tokio::spawn(async move { session.approve(3, &caller(APPROVER)).await })
            })
            .collect();
        for _ in 0..round * 40 {
            tokio::task::yield_now().await;
        }
        place.clock.advance(Duration::from_hours(1));
        for approval in approvals {
            match approval.await.unwrap() {
                Ok(row) => assert!(row.approved.unwrap().1 < lost, "approved without the role"),
                Err(Unchanged::Denied(Denied::NoRole { .. }) | Unchanged::Approved { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_approvals_at_once_exactly_one_takes_effect() {
    let place = Place::new().await;
    place.change(10);
    place.propose(AUTHOR, None).await.unwrap();
    let sessions: Vec<_> = (0..4).map(|_| std::sync::Arc::new(place.session())).collect();
    let approvals: Vec<_> = (0..1000)
        .map(|n| {
            let (session, by) = (sessions[n % 4].clone(), caller([APPROVER, DEPUTY][n / 4 % 2]));
            tokio::spawn(async move { session.approve(2, &by).await })
        })
        .collect();
    let mut taken = 0;
    for approval in approvals {
        match approval.await.unwrap() {
            Ok(_) => taken += 1,
            Err(Unchanged::Approved { number: 2, .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((taken, place.steps("approve").await, place.in_force().await), (1, 1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_proposals_on_one_version_only_one_is_ever_approved() {
    for round in 0..5 {
        let place = Place::new().await;
        place.change(10 + round);
        place.propose(AUTHOR, None).await.unwrap();
        place.change(20 + round);
        place.propose(AUTHOR, None).await.unwrap();
        let (one, other) = (place.session(), place.session());
        let (first, second) = (caller(APPROVER), caller(DEPUTY));
        let approved = tokio::join!(one.approve(2, &first), other.approve(3, &second));
        assert_eq!(usize::from(approved.0.is_ok()) + usize::from(approved.1.is_ok()), 1, "{approved:?}");
        assert_eq!(place.steps("approve").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_or_unknown_is_not_approved() {
    let place = Place::new().await;
    place.change(10);
    assert!(matches!(place.approve(1, APPROVER).await, Err(Unchanged::Approved { number: 1, .. })));
    assert!(matches!(place.approve(2, APPROVER).await, Err(Unchanged::NoSuchVersion { number: 2 })));
    place.propose(AUTHOR, None).await.unwrap();
    place.versions.reject(2, &caller(AUTHOR)).await.unwrap();
    assert!(matches!(place.approve(2, APPROVER).await, Err(Unchanged::Rejected { number: 2, .. })));
    place.propose(AUTHOR, None).await.unwrap();
    place.approve(3, APPROVER).await.unwrap();
    assert!(matches!(place.approve(3, DEPUTY).await, Err(Unchanged::Approved { number: 3, .. })));
    let rejected = place.versions.reject(3, &caller(APPROVER)).await;
    assert!(matches!(rejected, Err(Unchanged::WasInForce { number: 3 })), "{rejected:?}");
    assert!(matches!(place.propose(AUTHOR, None).await, Err(Unchanged::Same { number: 3 })));
    assert_eq!((place.steps("reject").await, place.steps("approve").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_comes_back_only_with_a_second_person() {
    let place = Place::new().await;
    place.change(10);
    place.propose(AUTHOR, None).await.unwrap();
    place.approve(2, APPROVER).await.unwrap();
    let back = place.versions.roll_back(1, &caller(DEPUTY), "it was better", None).await.unwrap();
    assert_eq!((back.number, place.in_force().await), (3, 2));
    assert!(matches!(place.approve(3, DEPUTY).await, Err(Unchanged::Denied(Denied::SamePerson { .. }))));
    place.approve(3, APPROVER).await.unwrap();
    let (rows, in_force) = place.versions.history().await.unwrap();
    assert_eq!((in_force, rows[0].digest), (3, rows[2].digest));
    let gone = place.versions.roll_back(9, &caller(AUTHOR), "there is none", None).await;
    assert!(matches!(gone, Err(Unchanged::NoSuchVersion { number: 9 })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_never_begins_in_the_past_or_before_one_that_is_approved() {
    let place = Place::new().await;
    place.change(10);
    for from in [place.after(-1), place.clock.now()] {
        assert!(matches!(place.propose(AUTHOR, Some(from)).await, Err(Unchanged::Past { .. })), "{from}");
    }
    place.propose(AUTHOR, Some(place.after(4))).await.unwrap();
    place.approve(2, APPROVER).await.unwrap();
    assert_eq!(place.in_force().await, 1, "not yet");
    place.change(20);
    for from in [None, Some(place.after(1)), Some(place.after(4))] {
        let overlap = place.propose(AUTHOR, from).await;
        assert!(matches!(overlap, Err(Unchanged::Overlap { pending: 2, .. })), "{from:?}: {overlap:?}");
    }
    // An earlier change needs the later one out of the way; what is in force stays.
    place.versions.reject(2, &caller(APPROVER)).await.unwrap();
    place.propose(AUTHOR, Some(place.after(1))).await.unwrap();
    place.clock.advance(Duration::from_hours(2));
    let late = place.approve(3, APPROVER).await;
    assert!(matches!(late, Err(Unchanged::Past { .. })), "approved after its time: {late:?}");
    place.clock.advance(Duration::from_hours(9));
    assert_eq!(place.in_force().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_with_a_defect_is_refused_at_its_file_and_line_and_nothing_is_kept() {
    let place = Place::new().await;
    let line = |file: &str, text: &str| {
        let content = std::fs::read_to_string(place.path(file)).unwrap();
        content.lines().position(|line| line.contains(text)).unwrap() + 1
    };
    let told = async || match place.propose(AUTHOR, None).await {
        Err(Unchanged::Problems(problems)) => problems.to_string(),
        other => panic!("{other:?}"),
    };
    // The key of another partner in the place of the partner's.
    let (own, other) = (place.path("keys/si-policija.pgp"), place.path("keys/at-bk.pgp"));
    let certificate = std::fs::read(&own).unwrap();
    std::fs::copy(other, &own).unwrap();
    let expected = format!("partners/si.toml:{}: ", line("partners/si.toml", "openpgp ="));
    let problems = told().await;
    assert!(
        problems.contains(&expected) && problems.contains("that of `at/bk`, not of `si/policija`"),
        "{problems}"
    );
    std::fs::write(&own, certificate).unwrap();

    // Nobody would be left to approve the next change.
    let people = std::fs::read_to_string(place.path("people.toml")).unwrap();
    std::fs::write(place.path("people.toml"), people.replace("policy_approver", "reviewer")).unwrap();
    let problems = told().await;
    assert!(problems.contains("people.toml"), "{problems}");
    std::fs::write(place.path("people.toml"), people).unwrap();

    place.edit("partners/si.toml", "\"prevention\"", "\"preventing\"");
    assert!(told().await.contains(&format!("partners/si.toml:{}: ", line("partners/si.toml", "preventing"))));
    assert_eq!(place.versions.history().await.unwrap().0.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_that_is_no_longer_valid_is_not_approved() {
    let place = Place::new().await;
    place.change(10);
    place.propose(AUTHOR, None).await.unwrap();
    std::fs::write(place.path("keys/si.crl"), "no list").unwrap();
    let approved = place.approve(2, APPROVER).await;
    assert!(matches!(approved, Err(Unchanged::Problems(_))), "{approved:?}");
    assert_eq!(place.in_force().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_a_user_acts_under_that_user_only_and_the_user_as_nobody_else() {
    let place = Place::new().await;
    let own = caller(AUTHOR).uid.unwrap();
    let people = std::fs::read_to_string(place.path("people.toml")).unwrap();
    let (first, second) =
        (format!("\"{AUTHOR}\"\nuid = {own}"), format!("\"{APPROVER}\"\nuid = {}", own + 1));
    let people = people.replace(&format!("\"{AUTHOR}\""), &first);
    std::fs::write(place.path("people.toml"), people.replace(&format!("\"{APPROVER}\""), &second)).unwrap();
    place.propose(AUTHOR, None).await.unwrap();
    place.approve(2, DEPUTY).await.unwrap();
    place.change(10);
    place.propose(AUTHOR, None).await.unwrap();
    let approved = place.approve(3, APPROVER).await;
    assert!(matches!(approved, Err(Unchanged::Denied(Denied::OtherUser { .. }))), "{approved:?}");
    // The deputy has no user of its own, but the author's user cannot borrow its id.
    let approved = place.approve(3, DEPUTY).await;
    assert!(matches!(approved, Err(Unchanged::Denied(Denied::OtherPerson { .. }))), "{approved:?}");
    let elsewhere = Caller { uid: Some(own + 2), ..caller(DEPUTY) };
    place.versions.approve(3, &elsewhere).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_a_reason_is_refused() {
    let place = Place::new().await;
    place.change(10);
    for reason in ["", "  ", "two\nlines", &"x".repeat(501)] {
        let proposed = place.versions.propose(place.path(""), &caller(AUTHOR), reason, None).await;
        assert!(matches!(proposed, Err(Unchanged::Reason)), "{reason:?}");
    }
}
