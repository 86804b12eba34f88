//! What the translation costs on one core: `cargo bench --bench translate`, a table of every format and every shipped
//! profile both ways, beside what the parser crate alone needs for the same bytes.
//!
//! `-- --quick` takes a few seconds; `-- --only rs-mup` measures the inputs whose name holds that word. The official
//! synthetic data set is measured too when `CTDC_DATA` names its folder.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

#[path = "translate/inputs.rs"]
mod inputs;
#[path = "translate/measure.rs"]
mod measure;
#[path = "translate/stream.rs"]
mod stream;

use std::error::Error;

use casebridge::config::shipped;
use casebridge::schema::Catalogue;
use casebridge::translate::Mapping;
use clap::Parser;

use self::measure::{Paired, Rounds};

/// The binary's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[derive(Debug, Parser)]
struct Args {
    /// Fewer and shorter rounds, and a stream of 50 MB
    #[arg(long)]
    quick: bool,
    /// Only the inputs whose name holds this, and no stream
    #[arg(long, value_name = "WORD")]
    only: Option<String>,
    /// Length of the stream
    #[arg(long, value_name = "MB")]
    stream: Option<u64>,
    /// The process that reads the stream: nothing else counts in its memory
    #[arg(long, hide = true)]
    stream_child: bool,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Outcome {
    let args = Args::parse();
    let megabytes = args.stream.unwrap_or(if args.quick { 50 } else { 1000 });
    if args.stream_child {
        return stream::child(megabytes);
    }
    machine();
    let catalogue = catalogue()?;
    let rounds = if args.quick { Rounds::QUICK } else { Rounds::FULL };
    if args.only.is_none() {
        loading(rounds)?;
    }
    println!(
        "\nCPU time of one thread, `Record::check` included; medians of {} rounds, ours and the parser by turns. Beside\n\
         it the parser crate alone over the same bytes: csv (byte records), quick-xml (events and attributes),\n\
         serde_json (values). in: national to common; out: common to national.\n",
        rounds.count
    );
    println!(
        "{:<28} {:>3}  {:>7} {:>9} {:>8} {:>8}  {:>9} {:>7}",
        "input", "", "bytes", "records/s", "MB/s", "us each", "parser us", "ratio"
    );
    let wanted = |name: &str| args.only.as_deref().is_none_or(|word| name.contains(word));
    let (found, without) = inputs::all(&catalogue)?;
    for input in found.iter().filter(|input| wanted(&input.name)) {
        let (there, back) = measure::both_ways(input, &catalogue, rounds)?;
        row(&input.name, "in", &there);
        match back {
            Some(back) => row("", "out", &back),
            None => println!("{:<28} {:>3}  the table describes no inbound form", "", "out"),
        }
    }
    for name in without.iter().filter(|name| wanted(name)) {
        println!("{name:<28}      no sample among the shipped files");
    }
    if args.only.is_none() {
        stream::parent(megabytes)?;
    }
    Ok(())
}

fn machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!(
        "{}, {cores} cores, of which one is used; {} {}; {} build",
        model.map_or("unknown processor", |(_, name)| name),
        std::env::consts::OS,
        std::env::consts::ARCH,
        if cfg!(debug_assertions) { "UNOPTIMISED (figures mean nothing)" } else { "optimised" },
    );
}

fn catalogue() -> Outcome<Catalogue> {
    let file = |name: &str| -> Outcome<&'static str> {
        Ok(std::str::from_utf8(shipped::file(name).ok_or("no catalogue among the shipped files")?)?)
    };
    Ok(Catalogue::parse(file("schema/fields.toml")?, file("schema/codes.toml")?)?)
}

/// The catalogue and every table, as a gateway loads them when it starts.
fn loading(rounds: Rounds) -> Outcome {
    let load = || -> Outcome<usize> {
        let catalogue = catalogue()?;
        let tables: Vec<Mapping> = shipped::folder("translate")
            .map(|file| inputs::table(file, &catalogue))
            .collect::<Outcome<_>>()?;
        Ok(std::hint::black_box(tables).len())
    };
    let began = measure::cpu_time();
    let tables = load()?;
    let first = measure::cpu_time().saturating_sub(began);
    let (again, _) = measure::paired(rounds, || drop(load()), || ());
    println!(
        "loading the catalogue and all {tables} tables: {:.1} ms at first, {:.1} ms when warm",
        first.as_secs_f64() * 1e3,
        again.as_secs_f64() * 1e3,
    );
    Ok(())
}

fn row(name: &str, way: &str, paired: &Paired) {
    println!(
        "{name:<28} {way:>3}  {:>7.0} {:>9.0} {:>8.1} {:>8.2}  {:>9.2} {:>7.1}",
        paired.bytes_each,
        1e6 / paired.ours_us,
        paired.bytes_each / paired.ours_us,
        paired.ours_us,
        paired.bare_us,
        paired.ratio,
    );
}
