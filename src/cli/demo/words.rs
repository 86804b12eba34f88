//! The words in which the demo tells a step.

use std::collections::BTreeMap;

use crate::cli::translate::safe;
use crate::exchange::{Event, What};
use crate::message::Withheld;

/// A step and what it did.
pub(super) fn describe(gateway: &str, event: &Event) -> (&'static str, String) {
    match &event.what {
        What::Translated { mapping, records, carried } => {
            let noun = if *records == 1 { "record" } else { "records" };
            let text = format!(
                "{mapping}: {records} {noun}, {} values mapped, {} with loss, {} unmapped",
                carried.mapped,
                carried.lossy.len(),
                carried.unmapped.len()
            );
            ("translated", text)
        }
        What::Allowed { policy_version, .. } => ("decided", format!("allowed (policy {policy_version})")),
        What::Held { grounds, .. } => ("decided", format!("held: {}", grounds.join(" "))),
        What::Approved { by } => ("approved", format!("by {by}, a second person, who has looked at it")),
        What::Refused { code, grounds, .. } => {
            ("decided", format!("refused ({code}): {}", grounds.join(" ")))
        }
        What::Sealed { bytes, profile } => ("sealed", format!("{bytes} bytes for {} ({profile})", event.to)),
        What::Stored { by } if *by == event.from => ("stored", format!("in the mailbox for {}", event.to)),
        What::Stored { by } if by.country() == gateway => {
            ("accepted", format!("by {by}, durably; receipt signed"))
        }
        What::Stored { by } => ("receipt", format!("of {by}: stored")),
        What::Collected { by } if by.country() == gateway => ("collected", format!("by {by}")),
        What::Collected { by } => ("receipt", format!("of {by}: collected")),
        What::Opened { by } if by.country() == gateway => {
            ("opened", format!("by {by}: signature, parties and policy hold"))
        }
        What::Opened { by } => ("receipt", format!("of {by}: opened")),
        What::Outcome { by } => ("receipt", format!("of {by}: outcome")),
        What::Quarantined { code } => ("quarantined", code.clone()),
        What::ReceiptRefused { by, stage, code } => ("refused", format!("by {by} at stage {stage} ({code})")),
        What::Imported { mapping, carried } => (
            "translated",
            format!(
                "to {mapping}: {} values, {} with loss, {} without place",
                carried.mapped,
                carried.lossy.len(),
                carried.unmapped.len()
            ),
        ),
        What::Retried { reason } => ("put off", reason.clone()),
        What::Failed { code } => ("failed", code.clone()),
        What::Erased => ("erased", "its body is gone here".to_owned()),
        What::Certified => ("certified", format!("{} has deleted it", event.to)),
        What::Overdue { code } => ("overdue", code.clone()),
    }
}

/// What is told below an event, one thing a line: what translation lost, what policy withheld.
pub(super) fn more(event: &Event) -> Vec<(&'static str, String)> {
    match &event.what {
        What::Translated { carried, .. } | What::Imported { carried, .. } => {
            let lossy = carried.lossy.iter().map(|path| ("with loss", safe(path).into_owned()));
            lossy.chain(carried.unmapped.iter().map(|path| ("unmapped", safe(path).into_owned()))).collect()
        }
        What::Allowed { withheld, .. } => {
            group(withheld).into_iter().map(|line| ("withheld", line)).collect()
        }
        _ => Vec::new(),
    }
}

/// Withheld fields by rule: what, how many, where the first stands.
fn group(withheld: &[Withheld]) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for field in withheld {
        groups.entry((field.category.as_str(), &field.rule)).or_default().push(&field.path);
    }
    let line = |((category, rule), paths): (_, Vec<&str>)| {
        let more = if paths.len() > 1 { format!(" and {} more", paths.len() - 1) } else { String::new() };
        format!("{category}: {}{more} (rule {rule})", paths.first().copied().unwrap_or_default())
    };
    groups.into_iter().map(line).collect()
}
