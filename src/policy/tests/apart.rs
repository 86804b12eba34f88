//! Kinds of data released apart: what nobody released is decided as if nobody had released anything.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::fixture::*;
use super::properties::a_document;
use crate::partner::Role;
use crate::policy::{Decision, Engine, Extent, Released, Submission};
use crate::schema::DataCategory;

fn categories() -> impl Strategy<Value = BTreeSet<DataCategory>> {
    proptest::sample::subsequence(DataCategory::ALL.to_vec(), 1..8).prop_map(|all| all.into_iter().collect())
}

fn an_extent() -> impl Strategy<Value = Extent> {
    prop_oneof![
        categories().prop_map(Extent::Only),
        categories().prop_map(Extent::Without),
        Just(Extent::Everything)
    ]
}

fn roles() -> impl Strategy<Value = Vec<Role>> {
    proptest::sample::subsequence(Role::ALL.to_vec(), 0..4)
}

/// What was decided of each kind of data; nothing for what is refused.
fn released(draft: Submission) -> Option<Vec<Released>> {
    static ENGINES: LazyLock<[Engine; 2]> = LazyLock::new(|| [belgrade(), ljubljana()]);
    let [serbia, slovenia] = &*ENGINES;
    let engine = if draft.document.envelope.from.as_str().starts_with("rs/") { serbia } else { slovenia };
    match engine.permit(draft, now()) {
        Decision::Allow(permitted) => Some(permitted.basis().verdict.released.clone()),
        Decision::Hold(held) => Some(held.basis.verdict.released),
        Decision::Refuse(_) => None,
    }
}

proptest! {
    #[test]
    fn each_kind_of_data_leaves_by_the_roles_of_those_who_released_it(
        document in a_document(),
        first in (roles(), an_extent()),
        second in (roles(), an_extent()),
    ) {
        let draft = || submission(document.clone());
        let both = approved_for(draft(), "officer-2", &first.0, first.1.clone());
        let both = approved_for(both, "officer-3", &second.0, second.1.clone());
        let Some(found) = released(both) else { return Ok(()) };
        for one in &found {
            // The same draft, released as a whole by those who released this kind of data.
            let mut alone = draft();
            for (name, (roles, extent)) in [("officer-2", &first), ("officer-3", &second)] {
                if extent.covers(one.category) {
                    alone = approved_as(alone, name, roles);
                }
            }
            let Some(expected) = released(alone) else { continue };
            let same = |it: &&Released| (it.category, it.about) == (one.category, one.about);
            prop_assert_eq!(Some(one), expected.iter().find(same));
        }
    }
}

#[test]
fn who_releases_one_kind_of_data_lets_no_other_go() {
    let draft = || submission(document("rs/mup", "si/policija", &[case("suspect")]));
    let left = |extent| {
        let permitted =
            allowed(belgrade().permit(approved_for(draft(), "officer-2", &[Role::Reviewer], extent), now()));
        let document = permitted.document();
        let person = document.body.records[0].persons().next().unwrap().clone();
        (person.contains_key("x_Number"), person.contains_key("x_Remark"))
    };
    assert_eq!(left(Extent::Everything), (true, true));
    assert_eq!(left(Extent::Only([DataCategory::Identifier].into())), (true, false));
    assert_eq!(left(Extent::Without([DataCategory::Identifier].into())), (false, true));
    assert_eq!(left(Extent::Only([DataCategory::Health].into())), (false, false));
}
