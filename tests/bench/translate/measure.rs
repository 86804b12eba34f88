//! Paired rounds of CPU time.

use std::hint::black_box;
use std::time::Duration;

use casebridge::schema::{Catalogue, Record};
use casebridge::translate::{import, records};
use rustix::time::{ClockId, clock_gettime};

use super::Outcome;
use super::inputs::{Input, Parser};

/// Most records of one input that are translated back.
const MOST_BACK: usize = 2_000;

/// How often, and how long at least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    pub(crate) count: usize,
    slice: Duration,
}

impl Rounds {
    pub(crate) const FULL: Self = Self { count: 15, slice: Duration::from_millis(20) };
    pub(crate) const QUICK: Self = Self { count: 7, slice: Duration::from_millis(5) };
}

/// One way of one input: medians per record, and the median of the rounds' ratios.
#[derive(Debug)]
pub(crate) struct Paired {
    pub(crate) bytes_each: f64,
    pub(crate) ours_us: f64,
    pub(crate) bare_us: f64,
    pub(crate) ratio: f64,
}

/// CPU time of this thread so far.
pub(crate) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// National to common, and back when the table has an inbound form.
pub(crate) fn both_ways(
    input: &Input,
    catalogue: &Catalogue,
    rounds: Rounds,
) -> Outcome<(Paired, Option<Paired>)> {
    let (mut count, mut commons): (usize, Vec<Record>) = (0, Vec::new());
    for translated in records(&input.mapping, catalogue, &input.bytes[..]) {
        let record = translated?.record;
        record.check(catalogue)?;
        count += 1;
        if commons.len() < MOST_BACK {
            commons.push(record);
        }
    }
    let there = || {
        for translated in records(&input.mapping, catalogue, &input.bytes[..]) {
            if let Ok(translated) = &translated {
                let _ = black_box(translated.record.check(catalogue));
            }
            let _ = black_box(translated);
        }
    };
    let (ours, bare) = (there, || input.parser.parse(&input.bytes));
    let there = Paired::of(count, input.bytes.len(), rounds, ours, bare);

    let forms: Vec<Vec<u8>> = commons
        .iter()
        .map_while(|record| import(&input.mapping, catalogue, record).ok().map(|national| national.bytes))
        .collect();
    if forms.len() < commons.len() {
        return Ok((there, None));
    }
    let back = || {
        for record in &commons {
            let _ = black_box(record.check(catalogue));
            let _ = black_box(import(&input.mapping, catalogue, record));
        }
    };
    // Rows can stand in one file; to make a reader for each form would cost more than to read it.
    let files = if matches!(input.parser, Parser::Csv(_)) { vec![forms.concat()] } else { forms };
    let bare = || files.iter().for_each(|file| input.parser.parse(file));
    let back = Paired::of(commons.len(), files.iter().map(Vec::len).sum(), rounds, back, bare);
    Ok((there, Some(back)))
}

impl Paired {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    fn of(count: usize, bytes: usize, rounds: Rounds, ours: impl FnMut(), bare: impl FnMut()) -> Self {
        let mut ratios = Vec::new();
        let count = count.max(1) as f64;
        let (ours, bare) = paired_ratios(rounds, ours, bare, &mut ratios);
        let us = |time: Duration| time.as_secs_f64() * 1e6 / count;
        ratios.sort_by(f64::total_cmp);
        Self {
            bytes_each: bytes as f64 / count,
            ours_us: us(ours),
            bare_us: us(bare),
            ratio: ratios.get(ratios.len() / 2).copied().unwrap_or_default(),
        }
    }
}

/// The medians of one call of each.
pub(crate) fn paired(rounds: Rounds, ours: impl FnMut(), bare: impl FnMut()) -> (Duration, Duration) {
    paired_ratios(rounds, ours, bare, &mut Vec::new())
}

fn paired_ratios(
    rounds: Rounds,
    mut ours: impl FnMut(),
    mut bare: impl FnMut(),
    ratios: &mut Vec<f64>,
) -> (Duration, Duration) {
    let (times_ours, times_bare) = (times(rounds.slice, &mut ours), times(rounds.slice, &mut bare));
    let (mut all_ours, mut all_bare) = (Vec::new(), Vec::new());
    for round in 0..rounds.count {
        // Neither is always the first: what the machine does meanwhile falls on both.
        let (one, other) = if round % 2 == 0 {
            let one = each(times_ours, &mut ours);
            (one, each(times_bare, &mut bare))
        } else {
            let other = each(times_bare, &mut bare);
            (each(times_ours, &mut ours), other)
        };
        all_ours.push(one);
        all_bare.push(other);
        ratios.push(one.as_secs_f64() / other.as_secs_f64().max(1e-12));
    }
    (median(all_ours), median(all_bare))
}

/// How many calls fill a slice.
fn times(slice: Duration, what: &mut impl FnMut()) -> u32 {
    let mut times = 1;
    loop {
        let took = each(times, what) * times;
        if took >= slice || times >= 1 << 20 {
            return times;
        }
        times *= 2;
    }
}

/// The time of one of so many calls.
fn each(times: u32, what: &mut impl FnMut()) -> Duration {
    let began = cpu_time();
    for _ in 0..times {
        what();
    }
    cpu_time().saturating_sub(began) / times
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

impl Parser {
    /// Reads the bytes to their end with the parser crate and nothing else.
    fn parse(self, bytes: &[u8]) {
        match self {
            Self::Csv(delimiter) => {
                let mut reader =
                    csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(bytes);
                let mut row = csv::ByteRecord::new();
                while reader.read_byte_record(&mut row).is_ok_and(|more| more) {
                    black_box(&row);
                }
            }
            Self::Xml => {
                let Ok(text) = std::str::from_utf8(bytes) else { return };
                let mut reader = quick_xml::Reader::from_str(text);
                loop {
                    match black_box(reader.read_event()) {
                        Ok(quick_xml::events::Event::Eof) | Err(_) => return,
                        Ok(
                            quick_xml::events::Event::Start(start) | quick_xml::events::Event::Empty(start),
                        ) => start.attributes().for_each(|attribute| drop(black_box(attribute))),
                        Ok(_) => {}
                    }
                }
            }
            Self::Json => drop(black_box(serde_json::from_slice::<serde_json::Value>(bytes))),
        }
    }
}
