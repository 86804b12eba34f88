//! How long a decision takes. Run by hand, optimised:
//! `CARGO_PROFILE_DEV_OPT_LEVEL=3 cargo test --lib policy::tests::measuring -- --ignored --nocapture`

use rustix::time::{ClockId, clock_gettime};

use super::fixture::*;
use crate::policy::{Engine, Submission};

const ROUNDS: u32 = 20_000;

/// Seconds of processor time that this thread has used: other work on the machine does not count.
fn used() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    std::time::Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap()).as_secs_f64()
}

fn micros(name: &str, engine: &Engine, draft: &Submission) -> f64 {
    let drafts: Vec<Submission> = (0..ROUNDS).map(|_| draft.clone()).collect();
    let start = used();
    for draft in drafts {
        std::hint::black_box(engine.permit(draft, now()));
    }
    let each = (used() - start) * 1e6 / f64::from(ROUNDS);
    println!("{name}: {each:.2} us/message");
    each
}

#[test]
#[ignore = "a measurement, for an optimised build"]
fn permit_takes_less_than_40_us_warm() {
    let engine = belgrade();
    let small = submission(document("rs/mup", "si/policija", &[plain()]));
    let full = submission(document("rs/mup", "si/policija", &[case("victim_identified")]));
    let ten = submission(document("rs/mup", "at/bk", &vec![case("suspect"); 10]));
    allowed(engine.permit(full.clone(), now()));
    assert!(micros("one small record", &engine, &small) < 40.0);
    assert!(micros("one full record", &engine, &full) < 40.0);
    micros("ten full records", &engine, &ten);

    let start = used();
    for _ in 0..200 {
        std::hint::black_box(belgrade());
    }
    println!("load: {:.2} ms", (used() - start) * 1e3 / 200.0);
    let engines: Vec<Engine> = (0..200).map(|_| belgrade()).collect();
    let start = used();
    for engine in &engines {
        std::hint::black_box(engine.permit(full.clone(), now()));
    }
    println!("one full record, nothing remembered: {:.2} us", (used() - start) * 1e6 / 200.0);
}
