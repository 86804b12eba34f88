//! How long a partner may keep what it receives: as agreed, or 90 days.

use jiff::{SignedDuration, ToSpan as _};

use super::fixture::*;
use crate::message::{Kind, MessageId, Reason};
use crate::partner::Body;
use crate::policy::{Circumstances, Engine, Explanation, Submission};

/// A gateway whose agreement says so.
fn keeping(most_days_kept: Option<u16>) -> Engine {
    let agreement = crate::partner::Agreement { most_days_kept, ..agreement("si/policija", Body::Police) };
    let register = register([party("rs/mup")].into(), [agreement]);
    engine(register, &sources(&["policies/common", "policies/si"]))
}

fn kept_for(days: i64) -> Submission {
    let mut document = document("rs/mup", "si/policija", &[plain()]);
    document.envelope.delete_by = now() + SignedDuration::from_hours(24 * days);
    submission(document)
}

#[test]
fn nothing_leaves_to_be_kept_longer_than_agreed() {
    for (agreed, most) in [(None, 90), (Some(30), 30), (Some(400), 400)] {
        allowed(keeping(agreed).permit(kept_for(most), now()));
        let mut longer = kept_for(most);
        longer.document.envelope.delete_by += 1.second();
        let longer = approved(longer, "officer-2");
        assert_eq!(refused(keeping(agreed).permit(longer, now())).code, "kept-too-long", "{agreed:?}");
    }
}

#[test]
fn the_refusal_names_the_days_that_were_agreed_and_those_asked_for() {
    let engine = keeping(Some(30));
    let refusal = refused(engine.permit(kept_for(3660), now()));
    let next = Explanation::new(&refusal.basis, &engine).next();
    assert!(
        next.iter()
            .any(|text| text == "agreed with si/policija: kept for 30 days at most; this asks for 3660"),
        "{next:?}"
    );
}

#[test]
fn what_waits_is_held_against_the_day_on_which_it_leaves() {
    let engine = keeping(Some(30));
    let draft = kept_for(31);
    assert_eq!(refused(engine.permit(draft.clone(), now())).code, "kept-too-long");
    let tomorrow = now() + 23.hours();
    assert_eq!(refused(engine.permit(draft.clone(), tomorrow)).code, "kept-too-long");
    // A day later, of the same time of deletion 30 days are left; the agreement of these tests ends then.
    let agreement = crate::partner::Agreement {
        most_days_kept: Some(30),
        valid_until: now() + 48.hours(),
        ..agreement("si/policija", Body::Police)
    };
    let register = register([party("rs/mup")].into(), [agreement]);
    let engine = super::fixture::engine(register, &sources(&["policies/common", "policies/si"]));
    allowed(engine.permit(draft, now() + 24.hours()));
}

#[test]
fn an_erasure_is_never_stopped_for_its_time() {
    let mut draft = kept_for(3660);
    draft.document.envelope.kind = Kind::Erase;
    draft.document.envelope.in_reply_to = Some(MessageId::new(now()));
    draft.document.body =
        crate::message::Body { reason: Some(Reason::ConsentWithdrawn), ..Default::default() };
    allowed(keeping(Some(1)).permit(draft, now()));
}

#[test]
fn how_long_this_side_keeps_it_is_for_the_partner_to_say() {
    let mut document = document("si/policija", "rs/mup", &[plain()]);
    document.envelope.delete_by = now() + SignedDuration::from_hours(24 * 3660);
    keeping(Some(1)).admission(document, &Circumstances::default(), now()).unwrap();
}
