//! Consent, read as plainly as can be, from the words of the record alone.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::Value;

/// Whether the consent lets a message go to `recipient`, a body of kind `body`, for `purpose`, now. Vital interests
/// that go before it are another question.
pub(in crate::policy::tests) fn covers(
    consent: &Value,
    (purpose, recipient, body): (&str, &str, &str),
    now: Timestamp,
) -> bool {
    let words = |name: &str| -> Vec<&str> {
        match &consent[name] {
            Value::Array(items) => items.iter().map(|item| item.as_str().unwrap_or("?")).collect(),
            item => vec![item.as_str().unwrap_or("?")],
        }
    };
    let purposes = [
        "victim_identification",
        "victim_protection",
        "safe_return",
        "investigation",
        "prosecution",
        "missing_child",
    ];
    if consent["con_Consent"] != Value::Bool(true) || !consent["withdrawn_at"].is_null() {
        return false;
    }
    let scope = words("scope");
    if !scope.contains(&purpose) || scope.iter().any(|word| !purposes.contains(word)) {
        return false;
    }
    let named = consent.get("scope_recipients").is_some();
    let to = words("scope_recipients");
    let bodies = ["police", "protection", "prosecution"];
    let known = |word: &&str| bodies.contains(word) || word.split('/').count() == 2;
    let reached = if named {
        to.iter().all(known) && (to.contains(&recipient) || to.contains(&body))
    } else if ["investigation", "prosecution"].contains(&purpose) {
        body != "protection"
    } else {
        body != "prosecution"
    };
    // A day begins at midnight and lasts until the next.
    let time = |name: &str, days: i32| -> Option<Timestamp> {
        let text = consent[name].as_str()?;
        let day = |day: civil::Date| {
            let day = day.checked_add(jiff::Span::new().days(days)).ok()?;
            TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
        };
        text.parse().ok().or_else(|| day(text.parse().ok()?))
    };
    let begun = consent.get("given_at").is_none() || time("given_at", 0).is_some_and(|at| at <= now);
    let ended = consent.get("expires_at").is_some() && time("expires_at", 1).is_none_or(|at| at <= now);
    let by = consent["given_by"].as_str().unwrap_or_default();
    reached && begun && !ended && ["self", "guardian", "representative"].contains(&by)
}
