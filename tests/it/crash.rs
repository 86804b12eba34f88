//! Both gateways are killed without warning while messages are on their way: none is lost, none comes twice.

use std::path::Path;
use std::process::{Child, Stdio};

use casebridge::app::trial::{Desk, write_folder};
use casebridge::app::{Options, beside, check};
use casebridge::exchange::{Gateway, Submitted};
use casebridge::message::MessageId;
use casebridge::store::Side;
use jiff::Timestamp;

use crate::world::{casebridge, party, record, warning};

/// A `casebridge serve` that dies with the test.
struct Server(Child);

impl Server {
    fn start(config: &Path) -> Self {
        let mut command = casebridge();
        command.arg("serve").arg("--config").arg(config).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }

    /// SIGKILL: no drain, no last write.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The store of a gateway, opened beside its server as the commands do.
async fn desk(config: &Path) -> Gateway {
    beside(check(config, Timestamp::now()).unwrap(), Options::default()).await.unwrap()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_gateways_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), free_port(), free_port()).unwrap();
    let (rs, si) = (folder.path().join("rs/gateway.toml"), folder.path().join("si/gateway.toml"));
    let (serbia, slovenia) = (desk(&rs).await, desk(&si).await);
    let mut accepted = Vec::<MessageId>::new();
    for round in 0..6 {
        let (belgrade, ljubljana) = (Server::start(&rs), Server::start(&si));
        // Each round ends in another phase of the work: the kill comes when so many are through.
        let enough = accepted.len() as u64 + 5 + 7 * round;
        for _ in 0..40 {
            match serbia.submit(warning(record())).await.unwrap() {
                Submitted::Sent { id, .. } => accepted.push(id),
                other => panic!("{other:?}"),
            }
        }
        let through = async {
            while serbia.stage_counts(Side::Out).await.unwrap()[2].0 < enough.min(accepted.len() as u64) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(crate::world::PATIENCE, through).await.expect("no progress");
        belgrade.kill();
        ljubljana.kill();
    }
    let (_belgrade, _ljubljana) = (Server::start(&rs), Server::start(&si));
    let through = async {
        while serbia.stage_counts(Side::Out).await.unwrap()[2].0 < accepted.len() as u64 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(2 * crate::world::PATIENCE, through).await.expect("messages are missing");
    let mut reader = Desk::new(slovenia.clone(), party("si/policija"));
    while reader.next(std::time::Duration::ZERO).await.unwrap().is_some() {}
    assert_eq!((reader.taken(), reader.duplicates), (accepted.len(), 0));
    for gateway in [&serbia, &slovenia] {
        gateway.verify_audit(None).await.unwrap().unwrap();
    }
}
