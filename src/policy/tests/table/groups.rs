//! Equal rows stand together.

use std::fmt::Write as _;

use super::cells::Column;
use crate::message::{Kind, Purpose};

/// Kinds with equal answers together, and below them purposes with equal answers.
pub(super) fn by_kind(ask: impl Fn(Kind, Purpose) -> [String; 5]) -> String {
    let mut groups: Vec<(Vec<[String; 5]>, Vec<&str>)> = Vec::new();
    for kind in Kind::ALL {
        let rows: Vec<[String; 5]> = Purpose::ALL.iter().map(|purpose| ask(*kind, *purpose)).collect();
        match groups.iter_mut().find(|(known, _)| *known == rows) {
            Some((_, kinds)) => kinds.push(kind.as_str()),
            None => groups.push((rows, vec![kind.as_str()])),
        }
    }
    let mut out = String::new();
    for (number, (rows, kinds)) in groups.into_iter().enumerate() {
        let kinds = wrapped(&kinds);
        write!(out, "{}{kinds}\n{}", if number == 0 { "" } else { "\n" }, head("", "purpose")).unwrap();
        let mut same: Vec<([String; 5], Vec<&str>)> = Vec::new();
        for (row, purpose) in rows.into_iter().zip(Purpose::ALL) {
            match same.iter_mut().find(|(known, _)| *known == row) {
                Some((_, purposes)) => purposes.push(purpose.as_str()),
                None => same.push((row, vec![purpose.as_str()])),
            }
        }
        let all = same.len() == 1;
        for (row, purposes) in same {
            let (last, others) = purposes.split_last().unwrap();
            if all {
                out.push_str(&line("", "all", &row));
                continue;
            }
            for purpose in others {
                writeln!(out, "  {purpose},").unwrap();
            }
            out.push_str(&line("", last, &row));
        }
    }
    out
}

/// Uses (kind and purpose) with the same answer together, each answer once.
pub(super) fn by_use<T: PartialEq>(
    ask: impl Fn(Kind, Purpose) -> Option<T>,
    show: impl Fn(&T) -> String,
) -> String {
    let mut answers: Vec<(T, Vec<(Kind, Purpose)>)> = Vec::new();
    for (kind, purpose) in Kind::ALL.iter().flat_map(|kind| Purpose::ALL.iter().map(move |p| (*kind, *p))) {
        let Some(answer) = ask(kind, purpose) else { continue };
        match answers.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, uses)) => uses.push((kind, purpose)),
            None => answers.push((answer, vec![(kind, purpose)])),
        }
    }
    let mut out = String::new();
    for (answer, uses) in answers {
        let mut lines: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
        for kind in Kind::ALL {
            let purposes: Vec<&str> =
                uses.iter().filter(|(one, _)| one == kind).map(|(_, purpose)| purpose.as_str()).collect();
            match lines.iter_mut().find(|(known, _)| *known == purposes) {
                _ if purposes.is_empty() => {}
                Some((_, kinds)) => kinds.push(kind.as_str()),
                None => lines.push((purposes, vec![kind.as_str()])),
            }
        }
        for (purposes, kinds) in lines {
            write!(out, "\n{}for {}", wrapped(&kinds), wrapped(&purposes)).unwrap();
        }
        out.push_str(&show(&answer));
    }
    out
}

pub(super) fn head(first: &str, second: &str) -> String {
    line(first, second, &Column::PERSONS.map(|column| column.name().to_owned()))
}

/// One row; columns that say the same as the first are left to it.
pub(super) fn line(first: &str, second: &str, cells: &[String]) -> String {
    let label = if first.is_empty() { format!("  {second}") } else { format!("  {first} [{second}]") };
    let same = cells.iter().all(|cell| *cell == cells[0]);
    let shown = if same { vec![format!("all: {}", cells[0])] } else { cells.to_vec() };
    let shown: Vec<String> = shown.iter().map(|cell| format!("{cell:<20}")).collect();
    format!("{label:<56} {}", shown.join(" ")).trim_end().to_owned() + "\n"
}

/// Category by person.
pub(super) fn matrix(rows: &[&str], cells: &[String]) -> String {
    let mut out = format!("  {:<20}", "");
    for column in Column::FIELDS {
        write!(out, " {:<16}", column.name()).unwrap();
    }
    out = out.trim_end().to_owned() + "\n";
    for (row, cells) in rows.iter().zip(cells.chunks(Column::FIELDS.len())) {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<16}")).collect();
        out.push_str(format!("  {row:<20} {}", cells.join(" ")).trim_end());
        out.push('\n');
    }
    out
}

/// Rows with the same mark together.
pub(super) fn list(rows: &[&str], cells: &[String]) -> String {
    let mut marks: Vec<(&str, Vec<&str>)> = Vec::new();
    for (row, cell) in rows.iter().zip(cells) {
        match marks.iter_mut().find(|(known, _)| known == cell) {
            Some((_, rows)) => rows.push(row),
            None => marks.push((cell, vec![row])),
        }
    }
    let mut out = String::new();
    for (mark, rows) in marks {
        writeln!(out, "  {mark:<16} {}", rows.join(", ")).unwrap();
    }
    out
}

/// Words on lines of at most 100 characters.
fn wrapped(words: &[&str]) -> String {
    let mut lines = vec![String::new()];
    for (number, word) in words.iter().enumerate() {
        let comma = if number + 1 == words.len() { "" } else { "," };
        let line = lines.last_mut().unwrap();
        if !line.is_empty() && line.len() + word.len() > 100 {
            lines.push(format!("{word}{comma}"));
        } else {
            let space = if line.is_empty() { "" } else { " " };
            write!(line, "{space}{word}{comma}").unwrap();
        }
    }
    lines.join("\n") + "\n"
}
