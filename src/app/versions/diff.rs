//! What differs between two policy versions, in words for the person who must approve it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cedar_policy::PolicySet;
use jiff::Timestamp;
use toml::{Table, Value};

use crate::config::Bundle;
use crate::message::Sha256;
use crate::seal::Certificate;
use crate::tls;

/// Rules longer than this are not compared line by line, but shown whole.
const LONGEST_RULE: usize = 400;

/// The differences, file by file, one in a line; nothing when there are none. `now` decides whether a certificate can
/// still be read as one.
#[must_use]
pub fn diff(old: &Bundle, new: &Bundle, now: Timestamp) -> String {
    let names: BTreeSet<&str> = old.files().chain(new.files()).map(|(name, _)| name).collect();
    let mut out = String::new();
    for name in names {
        let (before, after) = (old.file(name), new.file(name));
        if before == after {
            continue;
        }
        let state = match (before, after) {
            (None, _) => ": added",
            (_, None) => ": removed",
            _ => "",
        };
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{}{state}", plain(name));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        let lines = match name.rsplit_once('.').map(|(_, end)| end) {
            Some("toml") => settings(before, after),
            Some("cedar") => rules(before, after),
            _ => Some(certificates(before, after, now)),
        };
        let mut lines = lines.unwrap_or_else(|| vec!["cannot be read as what it should be".to_owned()]);
        if lines.is_empty() {
            lines.push("only comments, spaces or the order of sections".to_owned());
        }
        for line in lines {
            let _ = writeln!(out, "  {}", plain(&line));
        }
    }
    out
}

/// The text as a terminal shows it and nothing else: a character that moves the cursor, turns the direction of writing
/// or shows nothing could hide from the approver what the author has changed.
fn plain(text: &str) -> String {
    let hides = |c: char| {
        c.is_control() && c != '\t'
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hides(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// A setting: one value, or a list of which the order may count.
#[derive(PartialEq)]
enum Setting {
    One(String),
    List(Vec<String>),
}

/// Settings by their place, such as `limits.burst` or `party si/policija: openpgp`.
fn settings(before: &[u8], after: &[u8]) -> Option<Vec<String>> {
    let read = |bytes: &[u8]| -> Option<BTreeMap<String, Setting>> {
        let table: Table = std::str::from_utf8(bytes).ok()?.parse().ok()?;
        let mut out = BTreeMap::new();
        flatten(&table, "", &mut out);
        Some(out)
    };
    let (before, after) = (read(before)?, read(after)?);
    let places: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut lines = Vec::new();
    for place in places {
        match (before.get(place), after.get(place)) {
            (old, new) if old == new => {}
            (None, Some(Setting::One(new))) => lines.push(format!("{place}: added: {new}")),
            (Some(Setting::One(old)), None) => lines.push(format!("{place}: removed: {old}")),
            (Some(Setting::One(old)), Some(Setting::One(new))) => {
                lines.push(format!("{place}: {old} -> {new}"));
            }
            (old, new) => lines.push(format!("{place}: {}", changed(items(old), items(new)))),
        }
    }
    Some(lines)
}

fn items(setting: Option<&Setting>) -> &[String] {
    match setting {
        Some(Setting::One(item)) => std::slice::from_ref(item),
        Some(Setting::List(items)) => items,
        None => &[],
    }
}

/// What came into a list and what went; or its new order.
fn changed(old: &[String], new: &[String]) -> String {
    let added = new.iter().filter(|item| !old.contains(item)).map(|item| format!("+ {item}"));
    let removed = old.iter().filter(|item| !new.contains(item)).map(|item| format!("- {item}"));
    let mut words: Vec<String> = added.chain(removed).collect();
    match (words.is_empty(), new.is_empty()) {
        (true, true) => words.push("(none)".to_owned()),
        (true, false) => words.push(format!("new order: {}", new.join(", "))),
        (false, true) => words.push("(none is left: nothing is permitted)".to_owned()),
        (false, false) => {}
    }
    words.join("  ")
}

fn flatten(table: &Table, place: &str, out: &mut BTreeMap<String, Setting>) {
    for (key, value) in table {
        let place = if place.is_empty() || place.ends_with(' ') {
            format!("{place}{key}")
        } else {
            format!("{place}.{key}")
        };
        match value {
            Value::Table(inner) => flatten(inner, &place, out),
            Value::Array(items) => {
                let mut list = Vec::new();
                for item in items {
                    // A party or a person is known by its id; any other section by all that it says.
                    match item.as_table().and_then(|inner| inner.get("id")?.as_str()) {
                        Some(id) => {
                            list.push(id.to_owned());
                            if let Some(inner) = item.as_table() {
                                flatten(inner, &format!("{place} {id}: "), out);
                            }
                        }
                        None => list.push(word(item)),
                    }
                }
                out.insert(place, Setting::List(list));
            }
            value => drop(out.insert(place, Setting::One(word(value)))),
        }
    }
}

/// A value in one line, texts without their quotes.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Rules by their id.
fn rules(before: &[u8], after: &[u8]) -> Option<Vec<String>> {
    let read = |bytes: &[u8]| -> Option<BTreeMap<String, String>> {
        let set: PolicySet = std::str::from_utf8(bytes).ok()?.parse().ok()?;
        let rule = |policy: &cedar_policy::Policy| {
            let id = policy.annotation("id").map_or_else(|| policy.id().to_string(), str::to_owned);
            (id, policy.to_cedar().unwrap_or_default())
        };
        Some(set.policies().map(rule).collect())
    };
    let (before, after) = (read(before)?, read(after)?);
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut lines = Vec::new();
    for id in ids {
        let (old, new) = (before.get(id), after.get(id));
        if old == new {
            continue;
        }
        let state = match (old, new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        lines.push(format!("rule {id}: {state}"));
        let (old, new) = (old.map_or("", String::as_str), new.map_or("", String::as_str));
        lines.extend(line_by_line(old, new).into_iter().map(|line| format!("  {line}")));
    }
    Some(lines)
}

/// The lines that went and those that came, in their places (by the longest common sequence).
fn line_by_line(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len().max(new.len()) > LONGEST_RULE {
        let went = old.iter().map(|line| format!("- {line}"));
        return went.chain(new.iter().map(|line| format!("+ {line}"))).collect();
    }
    let width = new.len() + 1;
    let mut common = vec![0_usize; (old.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    let get = |common: &[usize], i, j| common.get(at(i, j)).copied().unwrap_or(0);
    for (i, before) in old.iter().enumerate().rev() {
        for (j, after) in new.iter().enumerate().rev() {
            let best = if before == after {
                get(&common, i + 1, j + 1) + 1
            } else {
                get(&common, i + 1, j).max(get(&common, i, j + 1))
            };
            if let Some(place) = common.get_mut(at(i, j)) {
                *place = best;
            }
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    loop {
        match (old.get(i), new.get(j)) {
            (None, None) => return lines,
            (Some(before), Some(after)) if before == after => (i, j) = (i + 1, j + 1),
            (Some(before), after) if after.is_none() || get(&common, i + 1, j) >= get(&common, i, j + 1) => {
                lines.push(format!("- {before}"));
                i += 1;
            }
            (_, Some(after)) => {
                lines.push(format!("+ {after}"));
                j += 1;
            }
            (Some(_), None) => i += 1,
        }
    }
}

/// Certificates by fingerprint: what a partner reads out over the telephone.
fn certificates(before: &[u8], after: &[u8], now: Timestamp) -> Vec<String> {
    let (old, new) = (prints(before, now), prints(after, now));
    let mut lines: Vec<String> =
        old.iter().filter(|print| !new.contains(print)).map(|print| format!("- {print}")).collect();
    lines.extend(new.iter().filter(|print| !old.contains(print)).map(|print| format!("+ {print}")));
    if lines.is_empty() {
        lines.push("the same certificates, otherwise written or with other signatures".to_owned());
    }
    lines
}

fn prints(bytes: &[u8], now: Timestamp) -> Vec<String> {
    if bytes.is_empty() {
        return Vec::new();
    }
    if let Ok(certificate) = Certificate::parse(bytes, now) {
        return vec![format!("OpenPGP {} of {}", certificate.fingerprint(), certificate.party())];
    }
    // Read as the gateway reads it: a second reader could overlook what the first believes.
    match tls::digests(bytes) {
        Some(digests) => digests.iter().map(|digest| format!("certificate SHA-256 {digest}")).collect(),
        None => vec![format!("bytes with SHA-256 {}", Sha256::of(bytes))],
    }
}

#[cfg(test)]
mod tests {
    use super::diff;
    use crate::config::Bundle;
    use crate::tls;

    fn bundle(files: &[(&str, &str)]) -> Bundle {
        let mut bundle = Bundle::default();
        for (name, text) in files {
            bundle.add(name, text.as_bytes().to_vec()).unwrap();
        }
        bundle
    }

    fn lines(name: &str, old: &str, new: &str) -> Vec<String> {
        let now = "2026-03-06T10:15:00Z".parse().unwrap();
        let told = diff(&bundle(&[(name, old)]), &bundle(&[(name, new)]), now);
        told.lines().map(str::to_owned).collect()
    }

    #[test]
    fn equal_versions_do_not_differ() {
        let one = bundle(&[("people.toml", "")]);
        assert_eq!(diff(&one, &one, jiff::Timestamp::UNIX_EPOCH), "");
    }

    #[test]
    fn lists_are_told_by_what_came_and_what_went() {
        let old =
            "purposes = [\"prevention\", \"detection\"]\nkinds_in = [\"answer\"]\n[limits]\nburst = 400\n";
        let new = "purposes = [\"detection\", \"investigation\"]\nkinds_in = []\nvalid_from = 2026-01-01\n[limits]\nburst = 500\n";
        assert_eq!(
            lines("partners/si.toml", old, new),
            [
                "partners/si.toml",
                "  kinds_in: - answer  (none is left: nothing is permitted)",
                "  limits.burst: 400 -> 500",
                "  purposes: + investigation  - prevention",
                "  valid_from: added: 2026-01-01",
            ]
        );
    }

    #[test]
    fn people_and_parties_are_known_by_their_ids() {
        let old = "[[person]]\nid = \"a\"\nroles = [\"policy_author\"]\n";
        let new = "[[person]]\nid = \"b\"\nroles = []\n[[person]]\nid = \"a\"\nroles = [\"policy_author\", \"policy_approver\"]\n";
        assert_eq!(
            lines("people.toml", old, new),
            [
                "people.toml",
                "  person: + b",
                "  person a: roles: + policy_approver",
                "  person b: id: added: b",
                "  person b: roles: (none)",
            ]
        );
    }

    #[test]
    fn the_order_counts_where_the_first_is_sealed_to() {
        let told = lines("partners/si.toml", "openpgp = [\"a\", \"b\"]", "openpgp = [\"b\", \"a\"]");
        assert_eq!(told[1], "  openpgp: new order: b, a");
    }

    #[test]
    fn rules_are_told_by_id_with_the_lines_that_changed() {
        let old = "@id(\"a\")\npermit (principal, action, resource)\nwhen { 1 == 1 };\n@id(\"b\")\nforbid (principal, action, resource);";
        let new = "// moved\n@id(\"a\")\npermit (principal, action, resource)\nwhen { 1 == 2 };\n@id(\"c\")\nforbid (principal, action, resource);";
        assert_eq!(
            lines("policies/si/a.cedar", old, new),
            [
                "policies/si/a.cedar",
                "  rule a: changed",
                "    - when { 1 == 1 };",
                "    + when { 1 == 2 };",
                "  rule b: removed",
                "    - @id(\"b\")",
                "    - forbid (principal, action, resource);",
                "  rule c: added",
                "    + @id(\"c\")",
                "    + forbid (principal, action, resource);",
            ]
        );
        let told = lines("policies/a.cedar", old, &format!("// only a comment\n{old}"));
        assert_eq!(told[1], "  only comments, spaces or the order of sections");
    }

    #[test]
    fn nothing_in_a_draft_can_hide_a_change_from_whoever_approves_it() {
        // Up a line and wipe it; back to its start; turned round; a second line that is none.
        for hiding in ["\\u001b[1A\\u001b[2K", "\\r", "\\u202E", "\\u2066", "\\u200B", "\\nkinds_in: nothing"]
        {
            let told = lines("partners/si.toml", "name = \"a\"", &format!("name = \"{hiding}\""));
            assert_eq!(told.len(), 2, "{told:?}");
            let strange = |c: char| !c.is_ascii() || c.is_ascii_control();
            assert!(told[1].contains("\\u{") && !told[1].contains(strange), "{told:?}");
        }
        let rule = |end: &str| format!("@id(\"a\")\npermit (principal, action, resource){end};");
        let told = lines("policies/a.cedar", &rule(""), &rule("\rwhen { 1 == 1 } // \u{202e}\n"));
        assert!(told.iter().any(|line| line.contains("\\u{d}when")), "{told:?}");
    }

    fn anchor(name: &str) -> String {
        let now = "2026-03-06T10:15:00Z".parse().unwrap();
        tls::throwaway::Authority::new(name, now).unwrap().certificate_pem()
    }

    #[test]
    fn every_anchor_that_would_be_believed_is_shown_however_it_is_written() {
        let (one, other) = (anchor("SI"), anchor("XX"));
        // Lines that end as on old machines are lines to whoever reads the anchors.
        let hidden = format!("{one}{}", other.replace('\n', "\r"));
        assert_eq!(tls::digests(hidden.as_bytes()).map(|all| all.len()), Some(2));
        let told = lines("keys/si.pem", &one, &hidden);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[1].starts_with("  + certificate SHA-256 "), "{told:?}");
    }

    #[test]
    fn a_rule_of_any_length_is_shown_whole() {
        let long = format!(
            "@id(\"a\")\nforbid (principal, action, resource)\nwhen {{ {}true }};",
            "true &&\n".repeat(500)
        );
        let told = lines("policies/a.cedar", &long, &long.replacen("forbid", "permit", 1));
        assert!(told.iter().any(|line| line.trim() == "- forbid (principal, action, resource)"));
        assert!(told.iter().any(|line| line.trim() == "+ permit (principal, action, resource)"));
    }

    #[test]
    fn a_file_that_came_or_went_is_told_as_such() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let (none, one) = (Bundle::default(), bundle(&[("keys/si.pem", "x")]));
        assert!(diff(&none, &one, now).starts_with("keys/si.pem: added\n  + bytes with SHA-256 "));
        assert!(diff(&one, &none, now).starts_with("keys/si.pem: removed\n  - bytes with SHA-256 "));
    }
}
