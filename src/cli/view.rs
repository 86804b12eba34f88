//! Source and result side by side, for those who write a table.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde_json::Value;

use super::translate::{counts, describe, safe, warnings};
use super::{Exit, Failure};
use crate::schema::Catalogue;
use crate::translate::{self, Fate, Mapping, Traced, Translated, traced_records};

/// Narrowest screen that the view is laid out for.
const NARROW: usize = 40;

/// What became of a sample, and whether everything of it could be translated.
pub(super) fn sample(path: &Path, mapping: &Mapping, catalogue: &Catalogue, width: usize) -> (String, Exit) {
    let name = path.display();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => {
            return (format!("error: {}\n", Failure::of(&name.to_string(), &error).text), Exit::Bad);
        }
    };
    let (mut out, mut exit, mut number) = (String::new(), Exit::Good, 0);
    for translated in traced_records(mapping, catalogue, BufReader::new(file)) {
        number += 1;
        match translated {
            Ok(translated) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "{name}, record {number}\n{}", sides(&translated, width));
                out.push_str(&account(&translated, mapping, catalogue));
            }
            Err(error) => {
                exit = Exit::Bad;
                let _ = writeln!(out, "error: {name}, record {number}: {error}");
            }
        }
    }
    if number == 0 {
        let _ = writeln!(out, "error: {name}: there is no record in the file");
        exit = Exit::Bad;
    }
    (out, exit)
}

/// Each value of the source with what became of it, in two columns.
fn sides(translated: &Translated, width: usize) -> String {
    let width = width.max(NARROW);
    let left = (width - 3) * 2 / 5;
    let right = width - 3 - left;
    let rule = format!("{}-+-{}\n", "-".repeat(left), "-".repeat(right));
    let mut out = format!("{}{rule}", row("source", "common record [line of the table]", left, right));
    let mut before = None;
    for step in &translated.trace {
        let place = match step.path.as_str() {
            "" => "(constant)".to_owned(),
            path => format!("{path} = {}", step.text),
        };
        let shown = if before.as_ref() == Some(&place) { "" } else { &place };
        out.push_str(&row(shown, &fate(step), left, right));
        before = Some(place);
    }
    out.push_str(&rule);
    out
}

fn fate(step: &Traced) -> String {
    let fate = match &step.fate {
        Fate::Carried { target, value: Value::String(text) } => format!("{target} = {text}"),
        Fate::Carried { target, value } => format!("{target} = {value}"),
        Fate::Understood => "(understood; nothing to carry)".to_owned(),
        Fate::Loss(note) => format!("! LOSS: {note}"),
        Fate::Unmapped => "! UNMAPPED".to_owned(),
    };
    match step.line {
        Some(line) => format!("{fate} [{line}]"),
        None => fate,
    }
}

/// What must be known beside the values: counts, warnings, what the schema says, and what comes back.
fn account(translated: &Translated, mapping: &Mapping, catalogue: &Catalogue) -> String {
    let mut out = counts(&translated.report) + &warnings(&translated.report);
    let problems = match translated.record.check(catalogue) {
        Ok(notes) => notes,
        Err(error) => error.problems,
    };
    for problem in problems {
        let _ = writeln!(out, "  schema     {}: {}", problem.path, problem.text);
    }
    match translate::import(mapping, catalogue, &translated.record) {
        Ok(mut national) => {
            // What has no place on the way in has been told above.
            national
                .report
                .unmapped
                .retain(|path| !path.starts_with("x_Unmapped") && !path.starts_with("x_LossNote"));
            national.report.partial = !national.report.unmapped.is_empty();
            let _ = write!(out, "back: {}", describe(&national.report));
        }
        Err(error) => {
            let _ = writeln!(out, "back: {error}");
        }
    }
    out
}

/// One row of two cells, as many lines as they need.
fn row(left: &str, right: &str, left_width: usize, right_width: usize) -> String {
    let (left, right) = (wrapped(left, left_width), wrapped(right, right_width));
    let mut out = String::new();
    for index in 0..left.len().max(right.len()) {
        let cell = |cells: &[String]| cells.get(index).cloned().unwrap_or_default();
        let line = format!("{:<left_width$} | {}", cell(&left), cell(&right));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Lines of at most `width` characters. What would move the cursor or turn the line around is shown as an escape.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = safe(text).chars().collect();
    let mut lines = Vec::new();
    let mut rest = letters.as_slice();
    while !rest.is_empty() {
        let most = rest.len().min(width.max(1));
        let (line, _) = rest.split_at(most);
        // At a space, when one stands in the second half of the line.
        let cut = match line.iter().rposition(|c| *c == ' ') {
            Some(space) if rest.len() > most && space > most / 2 => space + 1,
            _ => most,
        };
        let (line, after) = rest.split_at(cut);
        lines.push(line.iter().collect::<String>().trim_end().to_owned());
        rest = after;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_long_text_is_cut_at_spaces_and_nothing_of_it_is_hidden() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert!(wrapped("", 4).is_empty());
    }

    #[test]
    fn what_moves_the_cursor_or_turns_the_line_is_shown_as_an_escape() {
        assert_eq!(wrapped("a\u{1b}[2Jb\u{202E}", 40), ["a\\u{1b}[2Jb\\u{202e}"]);
    }
}
