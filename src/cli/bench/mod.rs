//! `casebridge bench`: what the whole path costs on this machine, beside what its primitives cost.

mod machine;
mod primitives;
mod report;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, Semaphore};

use self::report::Report;
use super::demo::sample_record;
use super::{Exit, Failure, Outcome, runtime};
use crate::app::Options;
use crate::app::trial::{Trial, TrialOptions};
use crate::exchange::{Content, Event, Gateway, Observer, Request, Submitted, What};
use crate::message::{Handling, Kind, MessageId, Purpose, Urgency};
use crate::partner::Limits;
use crate::telemetry::Steps;

/// Nothing opened for so long means that something is broken.
const STANDSTILL: Duration = Duration::from_secs(30);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Messages to measure, after a tenth as many to warm up
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Messages under way at once
    #[arg(long, default_value_t = 256)]
    in_flight: usize,
    /// Send so many a second instead of as many as go through
    #[arg(long)]
    rate: Option<u32>,
    /// Size of the common record, in bytes; the nearest below that the sample can have
    #[arg(long, default_value_t = 4096)]
    record: usize,
    /// Where the databases are: a folder on the disk to be measured
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// When each message was submitted and how long it took until its *opened* receipt was kept.
#[derive(Debug)]
struct Watch {
    began: Mutex<HashMap<MessageId, Instant>>,
    took: Mutex<Vec<Duration>>,
    places: Semaphore,
    moved: Notify,
}

pub(super) fn run(args: &Args) -> Outcome {
    if args.messages == 0 || args.in_flight == 0 {
        return Err(Failure::new("`--messages` and `--in-flight` must be at least 1"));
    }
    runtime()?.block_on(measure(args))
}

async fn measure(args: &Args) -> Outcome {
    let primitives = primitives::measure(args.folder.as_deref()).await?;
    let watch = Arc::new(Watch {
        began: Mutex::default(),
        took: Mutex::default(),
        places: Semaphore::new(args.in_flight),
        moved: Notify::new(),
    });
    let steps = Arc::new(Steps::default());
    let limits =
        Limits { requests_per_second: 100_000, burst: 100_000, deliveries_at_once: 64, ..Limits::default() };
    let trial = Trial::start(TrialOptions {
        folder: args.folder.clone(),
        rs: Options { observer: Some(watched(&watch)), steps: Arc::clone(&steps), ..Options::default() },
        si: Options { steps: Arc::clone(&steps), ..Options::default() },
        limits: Some(limits),
        ..TrialOptions::default()
    })
    .await
    .map_err(|error| Failure::of("the measurement cannot start", &error))?;

    let (source, record_bytes) = sample_record(args.record)?;
    let source = bytes::Bytes::from(source);
    let gateway = trial.rs.gateway.clone();
    send(&gateway, &watch, &source, (args.messages / 10).max(1), args.rate).await?;
    let disk_before = trial.disk_bytes();
    watch.took.lock().unwrap_or_else(PoisonError::into_inner).clear();
    steps.switch_on();
    let (began, cpu) = (Instant::now(), machine::cpu_time());
    send(&gateway, &watch, &source, args.messages, args.rate).await?;
    let (wall, cpu) = (began.elapsed(), machine::cpu_time().saturating_sub(cpu));
    let took = std::mem::take(&mut *watch.took.lock().unwrap_or_else(PoisonError::into_inner));
    let report = Report::new(&report::Measured {
        messages: args.messages,
        record_bytes,
        source_bytes: source.len(),
        wall,
        cpu,
        took,
        steps: &steps,
        disk: trial.disk_bytes().saturating_sub(disk_before),
        primitives,
        rate: args.rate,
        in_flight: args.in_flight,
    });
    report.print(args.json);
    trial.stop().await;
    Ok(Exit::Good)
}

/// Sends `count` messages and waits for their *opened* receipts.
async fn send(
    gateway: &Gateway,
    watch: &Arc<Watch>,
    source: &bytes::Bytes,
    count: usize,
    rate: Option<u32>,
) -> Result<(), Failure> {
    let mut pace = rate.map(|rate| tokio::time::interval(Duration::from_secs(1) / rate.max(1)));
    let mut submitting = tokio::task::JoinSet::new();
    for _ in 0..count {
        if let Some(pace) = &mut pace {
            pace.tick().await;
        }
        let waiting = tokio::time::timeout(STANDSTILL, watch.places.acquire());
        let free = waiting.await.map_err(|_| Failure::new("no message has come through for 30 seconds"))?;
        // Given back by the watcher, when the message has been opened.
        free.map_err(|e| Failure::of("measuring", &e))?.forget();
        let request = request(source.clone(), Timestamp::now())?;
        let (gateway, watch) = (gateway.clone(), Arc::clone(watch));
        submitting.spawn(async move {
            if let Some(id) = request.id {
                watch.began.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Instant::now());
            }
            match gateway.submit(request).await {
                Ok(Submitted::Sent { .. }) => Ok(()),
                Ok(other) => Err(Failure::new(format!("a message was not sent: {other:?}"))),
                Err(error) => Err(Failure::of("a message was not sent", &error)),
            }
        });
        while let Some(done) = submitting.try_join_next() {
            done.map_err(|e| Failure::of("measuring", &e))??;
        }
    }
    while let Some(done) = submitting.join_next().await {
        done.map_err(|e| Failure::of("measuring", &e))??;
    }
    loop {
        let moved = watch.moved.notified();
        if watch.began.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return Ok(());
        }
        let waiting = tokio::time::timeout(STANDSTILL, moved).await;
        waiting.map_err(|_| Failure::new("no message has come through for 30 seconds"))?;
    }
}

fn watched(watch: &Arc<Watch>) -> Observer {
    let watch = Arc::clone(watch);
    Arc::new(move |event: &Event| {
        if !matches!(event.what, What::Opened { .. } | What::Failed { .. } | What::ReceiptRefused { .. }) {
            return;
        }
        let began = watch.began.lock().unwrap_or_else(PoisonError::into_inner).remove(&event.message);
        if let Some(began) = began {
            watch.took.lock().unwrap_or_else(PoisonError::into_inner).push(began.elapsed());
            watch.places.add_permits(1);
            watch.moved.notify_one();
        }
    })
}

fn request(source: bytes::Bytes, now: Timestamp) -> Result<Request, Failure> {
    let failed = |error: &dyn std::error::Error| Failure::of("request", error);
    Ok(Request {
        id: Some(MessageId::new(now)),
        author: "bench".to_owned(),
        from: "rs/mup".parse().map_err(|e| failed(&e))?,
        to: "si/policija".parse().map_err(|e| failed(&e))?,
        kind: Kind::VictimIdentificationSupport,
        purpose: Purpose::VictimIdentification,
        legal_basis: "PCC-SEE-4".parse().map_err(|e| failed(&e))?,
        urgency: Urgency::Routine,
        further_use: None,
        transfer_basis: None,
        handling: [Handling::H0].into(),
        handling_note: None,
        evaluation: None,
        conversation: None,
        in_reply_to: None,
        expires: now + SignedDuration::from_hours(24),
        delete_by: now + SignedDuration::from_hours(24 * 90),
        questions: Vec::new(),
        answers: Vec::new(),
        waits_for_release: false,
        content: Content::National(source),
        reason: None,
        asks: None,
        passes_on: Vec::new(),
    })
}
