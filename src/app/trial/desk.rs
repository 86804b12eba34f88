//! An officer's desk at a gateway: takes what comes in, and may answer it.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::exchange::{ExchangeError, Gateway, MessageRead};
use crate::message::{MessageId, PartyId};

/// One agency's desk. Counts what it was given twice: never more than nothing.
#[derive(Debug)]
pub struct Desk {
    gateway: Gateway,
    agency: PartyId,
    seen: HashSet<MessageId>,
    /// Messages that were handed over a second time.
    pub duplicates: u64,
}

impl Desk {
    #[must_use]
    pub fn new(gateway: Gateway, agency: PartyId) -> Self {
        Self { gateway, agency, seen: HashSet::new(), duplicates: 0 }
    }

    /// How many different messages the desk has taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.seen.len()
    }

    /// Takes and opens the next message, waiting up to `wait` for one.
    ///
    /// # Errors
    /// [`ExchangeError`] when the gateway cannot give it.
    pub async fn next(&mut self, wait: Duration) -> Result<Option<MessageRead>, ExchangeError> {
        let Some(unread) = self.gateway.inbox(&self.agency, 0, 1, wait).await?.into_iter().next() else {
            return Ok(None);
        };
        let read = self.gateway.read(&self.agency, unread.cover.id, "desk").await?;
        if !self.gateway.take(&self.agency, &unread, "desk").await? || !self.seen.insert(unread.cover.id) {
            self.duplicates += 1;
        }
        Ok(Some(read))
    }
}

/// How often each code stands in the records that a gateway has opened, by field. Reads every message again.
///
/// # Errors
/// [`ExchangeError`] when a message cannot be read.
pub async fn code_counts(
    gateway: &Gateway,
) -> Result<BTreeMap<String, BTreeMap<String, u64>>, ExchangeError> {
    let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for agency in gateway.agencies() {
        let mut after = 0;
        loop {
            let page = gateway.inbox(&agency, after, 500, Duration::ZERO).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let ids = page.iter().map(|unread| unread.cover.id).collect();
            for read in gateway.read_all(&agency, ids, "statistics").await? {
                for record in &read.document.body.records {
                    tally(record.members(), "", &mut counts);
                }
            }
        }
    }
    Ok(counts)
}

/// Counts short texts and flags; what differs in every record (ids, digests) is left out.
fn tally(members: &Map<String, Value>, path: &str, counts: &mut BTreeMap<String, BTreeMap<String, u64>>) {
    for (name, value) in members {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for item in items {
            match item {
                // Persons apart by what they are: a victim's sex and a suspect's are two tables.
                Value::Object(inner) => match inner.get("x_SubjectCategory").and_then(Value::as_str) {
                    Some(category) => tally(inner, &format!("{path}[{category}]"), counts),
                    None => tally(inner, &path, counts),
                },
                Value::String(code) if !path.starts_with("x_Source") && !path.ends_with("Id") => {
                    *counts.entry(path.clone()).or_default().entry(code.clone()).or_default() += 1;
                }
                Value::Bool(flag) => {
                    *counts.entry(path.clone()).or_default().entry(flag.to_string()).or_default() += 1;
                }
                _ => {}
            }
        }
    }
}
