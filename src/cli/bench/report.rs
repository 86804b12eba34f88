//! The figures, for people and for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

use super::machine;
use super::primitives::Primitives;
use crate::cli::print_line;
use crate::telemetry::{Step, Steps};

/// What was measured.
pub(super) struct Measured<'a> {
    pub(super) messages: usize,
    /// Length of the common record.
    pub(super) record_bytes: usize,
    /// Length of the national record.
    pub(super) source_bytes: usize,
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) took: Vec<Duration>,
    pub(super) steps: &'a Steps,
    pub(super) disk: u64,
    pub(super) primitives: Primitives,
    pub(super) rate: Option<u32>,
    pub(super) in_flight: usize,
}

/// What is printed.
pub(super) struct Report {
    messages: usize,
    record_bytes: usize,
    source_bytes: usize,
    load: String,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_us: f64,
    /// CPU microseconds per message by step; the rest is HTTP, TLS, queues and the kernel.
    steps: Vec<(&'static str, f64)>,
    disk_bytes: f64,
    peak_rss: u64,
    commits_per_message: f64,
    group: f64,
    primitives: Vec<(&'static str, f64, f64)>,
    primitives_us: f64,
}

impl Report {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub(super) fn new(measured: &Measured<'_>) -> Self {
        let count = measured.messages as f64;
        let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
        let mut took = measured.took.clone();
        took.sort_unstable();
        let at = |share: f64| {
            let place = ((took.len() as f64 - 1.0) * share).round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a place in the list"
            )]
            took.get(place.max(0.0) as usize).map_or(0.0, |d| d.as_secs_f64() * 1e3)
        };
        let cpu_us = micros(measured.cpu) / count;
        let mut steps: Vec<_> = Step::ALL
            .iter()
            .map(|step| (step.as_str(), measured.steps.total(*step).0 as f64 / 1e3 / count))
            .collect();
        let known: f64 = steps.iter().map(|(_, us)| us).sum();
        steps.push(("http_tls_queues", (cpu_us - known).max(0.0)));
        let (commits, grouped) = measured.steps.commits();
        let commits_per_message = commits as f64 / count;
        let primitives = needed(&measured.primitives, commits_per_message);
        let load = match measured.rate {
            Some(rate) => format!("{rate} messages/s offered"),
            None => format!("as fast as it goes, {} under way", measured.in_flight),
        };
        Self {
            messages: measured.messages,
            record_bytes: measured.record_bytes,
            source_bytes: measured.source_bytes,
            load,
            per_second: count / measured.wall.as_secs_f64(),
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            cpu_us,
            steps,
            disk_bytes: measured.disk as f64 / count,
            peak_rss: machine::peak_rss_bytes(),
            commits_per_message,
            group: grouped as f64 / (commits.max(1)) as f64,
            primitives_us: primitives.iter().map(|(_, each, times)| each * times).sum(),
            primitives,
        }
    }

    pub(super) fn print(&self, json: bool) {
        if json {
            let steps: serde_json::Map<_, _> =
                self.steps.iter().map(|(n, us)| ((*n).to_owned(), json!(us))).collect();
            let primitives: serde_json::Map<_, _> = self
                .primitives
                .iter()
                .map(|(n, each, times)| ((*n).to_owned(), json!({ "us": each, "times": times })))
                .collect();
            let line = json!({
                "messages": self.messages,
                "record_bytes": self.record_bytes,
                "national_bytes": self.source_bytes,
                "load": self.load,
                "messages_per_second": self.per_second,
                "p50_ms": self.p50_ms,
                "p99_ms": self.p99_ms,
                "cpu_us_per_message": self.cpu_us,
                "cpu_us_by_step": steps,
                "disk_bytes_per_message": self.disk_bytes,
                "peak_rss_bytes": self.peak_rss,
                "commits_per_message": self.commits_per_message,
                "operations_per_commit": self.group,
                "primitives": primitives,
                "primitives_us": self.primitives_us,
                "ratio_to_primitives": self.cpu_us / self.primitives_us,
            });
            print_line(&line.to_string());
            return;
        }
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{} messages, each with a record of {} bytes ({} as the police send it), {}; from submission to the opened receipt, both gateways in this process",
            self.messages, self.record_bytes, self.source_bytes, self.load
        );
        let _ = writeln!(out, "\n  {:>9.0} messages/s", self.per_second);
        let _ = writeln!(out, "  {:>9.1} ms p50, {:.1} ms p99", self.p50_ms, self.p99_ms);
        let _ = writeln!(out, "  {:>9.0} us CPU per message, of which", self.cpu_us);
        for (step, us) in &self.steps {
            let _ = writeln!(out, "            {us:>7.1}  {step}");
        }
        let _ = writeln!(out, "  {:>9.0} bytes on disk per message, both gateways", self.disk_bytes);
        let _ = writeln!(out, "  {:>9} MiB memory at the peak", self.peak_rss >> 20);
        let _ = writeln!(
            out,
            "  {:>9.2} commits per message, {:.1} operations each",
            self.commits_per_message, self.group
        );
        let _ = writeln!(
            out,
            "\nbare primitives on this machine, CPU us each and how often a message needs them"
        );
        for (name, each, times) in &self.primitives {
            let _ = writeln!(out, "            {each:>7.1} x {times:<5.2} {name}");
        }
        let _ = write!(
            out,
            "  {:>9.0} us in sum; the whole path costs {:.2} times that",
            self.primitives_us,
            self.cpu_us / self.primitives_us
        );
        print_line(&out);
    }
}

/// Each primitive with how often one message cannot do without it, receipts included.
fn needed(p: &Primitives, commits: f64) -> Vec<(&'static str, f64, f64)> {
    vec![
        // The message, the stored receipt, the opened receipt.
        ("ed25519_sign", p.ed25519_sign, 3.0),
        ("ed25519_verify", p.ed25519_verify, 3.0),
        ("x25519_keypair", p.x25519_keypair, 1.0),
        // Once to seal, once to open.
        ("x25519_agree", p.x25519_agree, 2.0),
        ("aes_gcm_4k", p.aes_gcm, 2.0),
        // The signature's digest, on both sides.
        ("sha512_4k", p.sha512, 2.0),
        // The cover's digest, on both sides.
        ("sha256_4k", p.sha256, 2.0),
        // Push and answer, receipt and answer.
        ("tls_record_4k", p.tls_record, 4.0),
        ("synced_write_4k", p.synced_write, commits),
    ]
}
