//! The most memory that a long CSV needs while it goes through as a stream.

use std::io::{BufReader, Read};
use std::process::{Command, Stdio};

use casebridge::config::shipped;
use casebridge::translate::records;

use super::inputs::{Rows, table};
use super::{Outcome, catalogue, measure};

/// Starts this program again, so that nothing else counts, and tells what it found.
pub(crate) fn parent(megabytes: u64) -> Outcome {
    let child = Command::new(std::env::current_exe()?)
        .args(["--stream-child", "--stream", &megabytes.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    if !child.status.success() {
        return Err("the process that reads the stream has failed".into());
    }
    print!("\n{}", String::from_utf8_lossy(&child.stdout));
    Ok(())
}

/// Translates a 16-column CSV of this length that is made while it is read.
pub(crate) fn child(megabytes: u64) -> Outcome {
    let catalogue = catalogue()?;
    let name = "translate/ctdc-vp.toml";
    let mapping =
        table((name, shipped::file(name).ok_or("the 16-column table is not shipped")?), &catalogue)?;
    let length = megabytes * 1_000_000;
    let source = Made { rows: Rows::new(u64::MAX), ready: Vec::new(), at: 0, left: length };
    let before = peak_kib();
    let began = measure::cpu_time();
    let (mut count, mut early) = (0_u64, 0);
    for translated in records(&mapping, &catalogue, BufReader::with_capacity(1 << 16, source)) {
        translated?.record.check(&catalogue)?;
        count += 1;
        if count == 10_000 {
            early = peak_kib();
        }
    }
    let seconds = measure::cpu_time().saturating_sub(began).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "kibibytes of one process")]
    let mib = |kib: u64| kib as f64 / 1024.0;
    println!(
        "a 16-column CSV of {megabytes} MB as a stream: {count} records in {seconds:.0} s CPU (its making included)\n\
         peak memory: {:.1} MiB with the tables loaded, {:.1} MiB after 10000 records, {:.1} MiB at the end",
        mib(before),
        mib(early),
        // The system counts the pages of each thread lazily.
        mib(peak_kib().max(early)),
    );
    Ok(())
}

/// The most memory that this process has had (`VmHWM` of proc(5)), in KiB; 0 where the system does not say.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

/// Rows that are made as they are read. The last one is whole.
struct Made {
    rows: Rows,
    ready: Vec<u8>,
    at: usize,
    left: u64,
}

impl Read for Made {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.ready.len() {
            self.ready.clear();
            self.at = 0;
            while self.left > 0 && self.ready.len() < 1 << 15 {
                let length = self.ready.len();
                self.rows.next_row(&mut self.ready);
                self.left = self.left.saturating_sub((self.ready.len() - length) as u64);
            }
        }
        let read = self.ready.get(self.at..).unwrap_or_default().read(out)?;
        self.at += read;
        Ok(read)
    }
}
