//! `casebridge demo --profile NAME --records FILE`: a whole file through the complete path to Slovenia.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Args;
use crate::app::trial::{Trial, TrialOptions, code_counts};
use crate::app::{self, Options};
use crate::cli::{Exit, Failure, Outcome, print_line};
use crate::clock::Clock;
use crate::exchange::{Content, Event, Gateway, Observer, Request, Side, Submitted, What};
use crate::message::{ConversationId, Handling, Kind, MessageId, Purpose, Urgency};
use crate::partner::Limits;
use crate::schema::Record;
use crate::translate;

/// Rows that are sent together, sharing one commit.
const BATCH: usize = 64;
/// How often the bar moves.
const GLANCE: Duration = Duration::from_millis(50);
/// So many glances without any movement, and the demo gives up: a minute.
const STANDSTILL: u32 = 1200;

/// What the watchers count.
#[derive(Debug, Default)]
struct Tally {
    stored: AtomicU64,
    opened: AtomicU64,
    acknowledged: AtomicU64,
    failed: AtomicU64,
    refusals: Mutex<BTreeMap<String, u64>>,
}

/// What came of reading the file.
#[derive(Default)]
struct Sent {
    rows: u64,
    accepted: u64,
    refused: u64,
    held: u64,
    unreadable: Vec<String>,
}

pub(super) async fn run(args: &Args, profile: &str, records: &Path) -> Outcome {
    let what = records.display().to_string();
    let file = File::open(records).map_err(|error| Failure::of(&what, &error))?;
    let total = count_lines(records).map_err(|error| Failure::of(&what, &error))?;
    let tally = Arc::new(Tally::default());
    let limits =
        Limits { requests_per_second: 100_000, burst: 100_000, deliveries_at_once: 32, ..Limits::default() };
    let trial = Trial::start(TrialOptions {
        folder: args.folder.clone(),
        rs: watched(&tally, false),
        si: watched(&tally, true),
        mapping: Some(profile.to_owned()),
        limits: Some(limits),
        ..TrialOptions::default()
    })
    .await
    .map_err(|error| Failure::of("the demo cannot start", &error))?;

    let bar = if args.json { ProgressBar::hidden() } else { ProgressBar::new(total) };
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {pos}/{len} opened and acknowledged, {per_sec}, {eta} left")
    {
        bar.set_style(style);
    }
    let sending = send_all(trial.rs.gateway.clone(), profile.to_owned(), file, what.clone());
    let sending = tokio::spawn(sending);
    let sent = watch(&tally, &bar, sending).await?;
    let took = bar.elapsed();
    bar.finish_and_clear();
    let outcome = close(args, &trial, &tally, sent, took).await;
    trial.stop().await;
    outcome
}

/// Reads, translates and sends the file; rows that cannot be translated are noted and stop nothing.
async fn send_all(gateway: Gateway, profile: String, file: File, what: String) -> Result<Sent, Failure> {
    let (rows, mut batches) = tokio::sync::mpsc::channel::<Vec<Result<Record, String>>>(4);
    let reader = tokio::task::spawn_blocking(move || {
        let catalogue = app::catalogue();
        let mapping = crate::cli::translate::mapping(&profile, &catalogue)?;
        let mut batch = Vec::with_capacity(BATCH);
        for translated in translate::records(&mapping, &catalogue, BufReader::new(file)) {
            batch.push(translated.map(|t| t.record).map_err(|error| format!("{what}: {error}")));
            if batch.len() == BATCH && rows.blocking_send(std::mem::take(&mut batch)).is_err() {
                break;
            }
        }
        let _ = rows.blocking_send(batch);
        Ok::<(), Failure>(())
    });
    let mut sent = Sent::default();
    while let Some(batch) = batches.recv().await {
        let mut requests = Vec::with_capacity(batch.len());
        for row in batch {
            sent.rows += 1;
            match row {
                Ok(record) => requests.push(request(record, Clock::system().now())?),
                Err(reason) => sent.unreadable.push(reason),
            }
        }
        let submitted = gateway.submit_all(requests).await.map_err(|e| Failure::of("not sent", &e))?;
        for result in submitted {
            match result {
                Ok(Submitted::Sent { .. }) => sent.accepted += 1,
                Ok(Submitted::Held { .. }) => sent.held += 1,
                Ok(Submitted::Refused { .. } | Submitted::UsedUp { .. } | Submitted::Ended { .. }) => {
                    sent.refused += 1;
                }
                Err(error) => sent.unreadable.push(error.to_string()),
            }
        }
    }
    reader.await.map_err(|e| Failure::of("reading", &e))??;
    Ok(sent)
}

/// An early warning: a pattern without a person, so that it may leave without a second pair of eyes.
fn request(record: Record, now: Timestamp) -> Result<Request, Failure> {
    let failed = |error: &dyn std::error::Error| Failure::of("request", error);
    Ok(Request {
        id: Some(MessageId::new(now)),
        author: "demo".to_owned(),
        from: "rs/mup".parse().map_err(|e| failed(&e))?,
        to: "si/policija".parse().map_err(|e| failed(&e))?,
        kind: Kind::EarlyWarning,
        purpose: Purpose::EarlyWarning,
        legal_basis: "PCC-SEE-6".parse().map_err(|e| failed(&e))?,
        urgency: Urgency::Routine,
        further_use: None,
        transfer_basis: None,
        handling: [Handling::H0].into(),
        handling_note: None,
        evaluation: None,
        conversation: Some(ConversationId::new(now)),
        in_reply_to: None,
        expires: now + SignedDuration::from_hours(24),
        delete_by: now + SignedDuration::from_hours(24 * 90),
        questions: Vec::new(),
        answers: Vec::new(),
        waits_for_release: false,
        content: Content::Common(vec![record]),
        reason: None,
        asks: None,
        passes_on: Vec::new(),
    })
}

/// Moves the bar until all that was sent is acknowledged.
async fn watch(
    tally: &Tally,
    bar: &ProgressBar,
    mut sending: tokio::task::JoinHandle<Result<Sent, Failure>>,
) -> Result<Sent, Failure> {
    let (mut sent, mut last, mut still) = (None, 0, 0);
    loop {
        let done = tally.acknowledged.load(Ordering::Relaxed) + tally.failed.load(Ordering::Relaxed);
        bar.set_position(done);
        still = if done == last { still + 1 } else { 0 };
        last = done;
        match &sent {
            Some(Sent { accepted: count, .. }) if done >= *count => break,
            _ if still > STANDSTILL => break,
            _ => {}
        }
        tokio::select! {
            result = &mut sending, if sent.is_none() => sent = Some(result.map_err(|e| Failure::of("sending", &e))??),
            () = tokio::time::sleep(GLANCE) => {}
        }
    }
    sent.ok_or_else(|| Failure::new("nothing has moved for a minute; the demo gives up"))
}

async fn close(args: &Args, trial: &Trial, tally: &Tally, sent: Sent, took: Duration) -> Outcome {
    let failed = |error: &dyn std::error::Error| Failure::of("counting", error);
    let slovenia =
        trial.slovenia().ok_or_else(|| Failure::new("the Slovene gateway is gone"))?.gateway.clone();
    let at_slovenia = slovenia.counts(Side::In).await.map_err(|e| failed(&e))?;
    let stages = trial.rs.gateway.stage_counts(Side::Out).await.map_err(|e| failed(&e))?;
    let [_, _, opened_there, _, quarantined] =
        [0, 1, 2, 3, 4].map(|i: usize| at_slovenia.get(i).copied().unwrap_or(0));
    let opened = stages.get(2).map_or(0, |stage| stage.0);
    let audit = trial.rs.gateway.verify_audit(None).await.map_err(|e| failed(&e))?;
    let lost = sent.accepted.saturating_sub(opened);
    // The store takes each id once: more opened events than opened rows would be a second delivery.
    let duplicates = tally.opened.load(Ordering::Relaxed).saturating_sub(opened_there);
    let codes = code_counts(&slovenia).await.map_err(|e| failed(&e))?;
    #[expect(clippy::cast_precision_loss, reason = "far fewer messages than 2^52")]
    let rate = sent.accepted as f64 / took.as_secs_f64();
    if args.json {
        let line = json!({
            "event": "totals", "rows": sent.rows, "sent": sent.accepted, "stored": stages[0].0, "collected": opened,
            "opened": opened, "answered": 0, "withheld": 0, "refused": sent.refused, "held": sent.held,
            "untranslated": sent.unreadable.len(), "quarantined": quarantined, "lost": lost, "duplicates": duplicates,
            "seconds": took.as_secs_f64(), "codes": codes,
        });
        print_line(&line.to_string());
    } else {
        table(&sent, opened, lost, duplicates, &codes, rate, took);
        match audit {
            Ok(point) => print_line(&format!(
                "audit log of Serbia: {} entries, chain unbroken, head {}",
                point.seq, point.hash
            )),
            Err(error) => print_line(&format!("audit log of Serbia: {error}")),
        }
        refusals(tally);
    }
    let good = lost == 0 && duplicates == 0 && audit.is_ok() && sent.refused + sent.held == 0;
    Ok(if good { Exit::Good } else { Exit::Bad })
}

fn table(
    sent: &Sent,
    opened: u64,
    lost: u64,
    duplicates: u64,
    codes: &BTreeMap<String, BTreeMap<String, u64>>,
    rate: f64,
    took: Duration,
) {
    for reason in &sent.unreadable {
        print_line(&format!("not translated: {reason}"));
    }
    print_line("as counted in Slovenia, from the opened records:");
    for (field, values) in codes {
        let values: Vec<_> = values.iter().map(|(code, count)| format!("{code} {count}")).collect();
        print_line(&format!("  {field:<34} {}", values.join(", ")));
    }
    print_line(&format!(
        "{} rows: {} sent, {} not translated, {} held, {} refused",
        sent.rows,
        sent.accepted,
        sent.unreadable.len(),
        sent.held,
        sent.refused
    ));
    print_line(&format!(
        "{opened} opened, {lost} lost, {duplicates} twice; {:.1} s, {rate:.0} messages/s",
        took.as_secs_f64()
    ));
}

fn refusals(tally: &Tally) {
    let refusals = tally.refusals.lock().unwrap_or_else(PoisonError::into_inner);
    for (code, count) in refusals.iter() {
        print_line(&format!("  {code}: {count}"));
    }
}

fn watched(tally: &Arc<Tally>, slovenia: bool) -> Options {
    let tally = Arc::clone(tally);
    let observer: Observer = Arc::new(move |event: &Event| match &event.what {
        What::Opened { .. } if slovenia => count(&tally.opened),
        What::Opened { .. } => count(&tally.acknowledged),
        What::Stored { .. } if slovenia => count(&tally.stored),
        What::Refused { code, grounds, .. } => {
            note(&tally, &format!("refused ({code}): {}", grounds.join(" ")));
        }
        What::Held { grounds, .. } => note(&tally, &format!("held: {}", grounds.join(" "))),
        What::Quarantined { code } => note(&tally, &format!("quarantined ({code})")),
        What::ReceiptRefused { code, .. } | What::Failed { code } => {
            count(&tally.failed);
            note(&tally, &format!("failed ({code})"));
        }
        _ => {}
    });
    Options { observer: Some(observer), ..Options::default() }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn note(tally: &Tally, reason: &str) {
    *tally.refusals.lock().unwrap_or_else(PoisonError::into_inner).entry(reason.to_owned()).or_default() += 1;
}

/// Lines after the header: what the bar counts to.
fn count_lines(path: &Path) -> std::io::Result<u64> {
    use std::io::Read;
    let (mut file, mut lines, mut chunk) = (File::open(path)?, 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok(u64::saturating_sub(lines, 1));
        }
        lines += chunk.iter().take(read).filter(|byte| **byte == b'\n').count() as u64;
    }
}
