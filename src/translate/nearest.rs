//! The names that a mistyped one was most likely meant to be.

/// Most names that are offered.
const MOST: usize = 3;

/// The names nearest to `word` by letters to change, nearest first; none when all are far away. The last part of a
/// path counts alone too, so that a forgotten group is found.
pub(super) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = word.to_lowercase();
    let end = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let (wanted_end, far) = (end(&wanted), wanted.len() / 4 + 1);
    let mut found: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let whole = distance(&wanted, &lower);
            let last = distance(&wanted_end, &end(&lower)) + 1;
            let near = if last <= wanted_end.len() / 4 + 1 { last } else { usize::MAX };
            let best = whole.min(near);
            (best <= far.max(2)).then_some((best, name))
        })
        .collect();
    found.sort_unstable();
    let best = found.first().map_or(0, |(best, _)| *best);
    found.into_iter().filter(|(far, _)| *far <= best + 1).take(MOST).map(|(_, name)| name).collect()
}

/// `; did you mean …?` with the nearest names, or nothing.
pub(super) fn did_you_mean<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> String {
    let near: Vec<String> = nearest(word, names).into_iter().map(|name| format!("`{name}`")).collect();
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

/// How many letters must be put in, left out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut before = index;
        let mut left = index + 1;
        for (cell, against) in row.iter_mut().skip(1).zip(&other) {
            let changed = before + usize::from(letter != *against);
            before = *cell;
            left = changed.min(before + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_distance_counts_letters_put_in_left_out_or_changed() {
        for (one, other, far) in
            [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("дата", "датум", 2)]
        {
            assert_eq!(distance(one, other), far, "{one} {other}");
        }
    }

    #[test]
    fn a_slip_a_wrong_case_and_a_forgotten_group_are_found_and_nonsense_is_not() {
        let names =
            ["x_CaseId", "x_Persons[].prs_Birthdate", "x_Persons[].prs_Gender", "x_Events[].hte_Date"];
        let near = |word| nearest(word, names.into_iter());
        assert_eq!(near("x_caseID"), ["x_CaseId"]);
        assert_eq!(near("x_Persons[].prs_Brithdate"), ["x_Persons[].prs_Birthdate"]);
        assert_eq!(near("prs_Gender"), ["x_Persons[].prs_Gender"]);
        assert!(near("favourite_colour").is_empty());
    }
}
