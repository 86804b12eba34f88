//! What the recipient is told of what was withheld: the field, never what stood in it.

use serde_json::{Value, json};

use super::fixture::record;
use crate::message::{RefusalCode, Withheld};
use crate::policy::release::Gone;
use crate::schema::{Catalogue, FieldKind};

fn shipped() -> Catalogue {
    let fields = include_str!("../../../config/schema/fields.toml");
    Catalogue::parse(fields, include_str!("../../../config/schema/codes.toml")).unwrap()
}

/// A record with `value` at the path of a field.
fn with(path: &str, value: Value) -> Value {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let inner = rest.map_or(value.clone(), |rest| with(rest, value));
    match first.strip_suffix("[]") {
        Some(name) => json!({ name: [inner] }),
        None => json!({ first: inner }),
    }
}

#[test]
fn two_records_that_differ_in_a_withheld_code_only_have_equal_lists() {
    let catalogue = shipped();
    let mut compared = 0;
    for field in catalogue.fields().filter(|field| catalogue.has_special(field)) {
        let FieldKind::Code(list) = &field.kind else { continue };
        let lists: Vec<Vec<Withheld>> = catalogue
            .codes(list)
            .iter()
            .flat_map(|code| {
                // One value or two: their number tells nothing either.
                let one = if field.many { json!([code]) } else { json!(code) };
                let two = if field.many { json!([code, code]) } else { json!(code) };
                [one, two]
            })
            .map(|value| {
                let mut gone = Gone::default();
                let removed = record(with(&field.path, value)).withhold(&catalogue, |_, _, _| false);
                for one in removed {
                    let (path, category) = (one.path.as_str().to_owned(), one.category);
                    // By another rule and for another reason where the code is special.
                    let special = category != field.category;
                    let code = if special { RefusalCode::Endangers } else { RefusalCode::NotAvailable };
                    let rule = category.as_str().to_owned();
                    gone.tell(
                        &Withheld { record: 0, path, category, code, rule },
                        one.shown,
                        Some(field),
                        &catalogue,
                    );
                }
                gone.told
            })
            .collect();
        assert_eq!((lists[0].len(), lists[0][0].category), (1, field.category), "{}", field.path);
        assert!(lists.iter().all(|list| *list == lists[0]), "{}", field.path);
        compared += 1;
    }
    assert!(compared >= 4, "{compared}");
}

#[test]
fn positions_are_those_of_what_is_left_and_a_removed_entry_has_none() {
    let mut case = record(json!({ "x_Persons": [
        { "prs_FirstName": "Ana", "prs_SecondName": "A" },
        { "prs_FirstName": "Una", "prs_SecondName": "B" },
    ] }));
    let removed =
        case.withhold(&shipped(), |field, _, person| person == Some(1) && field.name() == "prs_FirstName");
    let shown: Vec<&str> = removed.iter().map(|one| one.shown.as_str()).collect();
    assert_eq!(
        shown,
        ["x_Persons[].prs_FirstName", "x_Persons[].prs_SecondName", "x_Persons[0].prs_SecondName"]
    );
}
