//! Tells what happens, as it happens, and keeps count.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::tell;
use super::words::{describe, more};
use crate::cli::print_line;
use crate::clock::Clock;
use crate::exchange::{Event, MessageRead, What};
use crate::message::{Kind, MessageId, PartyId};

/// What should become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Opened,
    Answered,
    Refused,
}

/// The last object of `--json`, and the closing table.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Totals {
    pub(super) sent: usize,
    pub(super) stored: usize,
    pub(super) collected: usize,
    pub(super) opened: usize,
    pub(super) answered: usize,
    pub(super) withheld: usize,
    pub(super) refused: usize,
    pub(super) lost: usize,
    pub(super) duplicates: u64,
}

/// Prints and counts.
pub(super) struct Teller {
    json: bool,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// The scripted messages, in their order.
    cast: Vec<Part>,
    number: HashMap<MessageId, usize>,
    sent: BTreeSet<MessageId>,
    stored: BTreeSet<MessageId>,
    collected: BTreeSet<MessageId>,
    opened: BTreeSet<MessageId>,
    answered: BTreeSet<MessageId>,
    refused: BTreeSet<MessageId>,
    withheld: usize,
    duplicates: u64,
}

struct Part {
    id: MessageId,
    kind: Kind,
    from: PartyId,
    to: PartyId,
    end: End,
    reached: &'static str,
    note: String,
}

impl Teller {
    pub(super) fn new(json: bool) -> Self {
        Self { json, state: Mutex::default(), changed: Notify::new() }
    }

    /// A line for people.
    pub(super) fn say(&self, line: &str) {
        tell(self.json, line);
    }

    /// A message that the script is about to send.
    pub(super) fn announce(&self, id: MessageId, kind: Kind, from: &PartyId, to: &PartyId, end: End) {
        let mut state = self.state();
        let number = state.cast.len() + 1;
        state.number.insert(id, number);
        let (from, to, note) = (from.clone(), to.clone(), String::new());
        self.say(&format!("\n#{number}  {from} -> {to}  {}", kind.as_str().replace('_', " ")));
        state.cast.push(Part { id, kind, from, to, end, reached: "submitted", note });
    }

    /// What a gateway's path reports.
    pub(super) fn event(&self, gateway: &'static str, event: &Event) {
        let mut state = self.state();
        state.count(event);
        if self.json {
            let mut line = serde_json::to_value(event).unwrap_or(Value::Null);
            line["gateway"] = json!(gateway);
            print_line(&line.to_string());
        } else {
            let (step, text) = describe(gateway, event);
            let label = state.label(event.message);
            print_line(&format!("{}  {label:>3}  {step:<11} {text}", time(event)));
            for (what, line) in more(event) {
                print_line(&format!("{}  {label:>3}  {what:<11} {line}", time(event)));
            }
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// A Serbian officer has read an answer.
    pub(super) fn answer_read(&self, read: &MessageRead) {
        let envelope = &read.document.envelope;
        let forms = read.national.iter().flatten().count();
        let text = if forms > 0 {
            format!("{} has it in its own form ({forms} record translated back)", envelope.to)
        } else {
            format!("{} has it: {} without record", envelope.to, envelope.kind.as_str())
        };
        let mut state = self.state();
        if let Some(asked) = envelope.in_reply_to {
            state.answered.insert(asked);
            state.reach(asked, "answered", "");
            let label = state.label(asked);
            let line =
                json!({ "event": "answered", "message": asked, "answer": envelope.id, "records": forms });
            self.line(&line, &format!("{label:>3}  {:<11} {text}", "answered"));
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// A foreign officer sees a record in the national form.
    pub(super) fn opened_form(&self, party: &str, read: &MessageRead) {
        let id = read.document.envelope.id;
        let forms = read.national.iter().flatten().count();
        let label = self.state().label(id);
        let line =
            json!({ "event": "translated_to_national", "message": id, "party": party, "records": forms });
        self.line(
            &line,
            &format!("{label:>3}  {:<11} {party} reads {forms} record(s) in its own form", "read"),
        );
    }

    /// The foreign system has sent an answer.
    pub(super) fn sent_by_stranger(&self, id: MessageId) {
        self.line(
            &json!({ "event": "sent_by_partner_system", "message": id }),
            &format!("{:>3}  {:<11} at/bk sealed an answer with its own OpenPGP and pushed it", "", "answer"),
        );
    }

    pub(super) fn trouble(&self, who: &str, error: &dyn std::fmt::Display) {
        self.line(
            &json!({ "event": "trouble", "who": who, "reason": error.to_string() }),
            &format!("{:>3}  {:<11} {who}: {error}", "", "trouble"),
        );
    }

    pub(super) fn duplicates(&self, more: u64) {
        self.state().duplicates += more;
    }

    /// Waits until every scripted message has reached its end.
    pub(super) async fn complete(&self) {
        loop {
            let changed = self.changed.notified();
            if self.state().is_complete() {
                return;
            }
            changed.await;
        }
    }

    pub(super) fn totals(&self) -> Totals {
        let state = self.state();
        let sent = state.sent.len();
        Totals {
            sent,
            stored: state.stored.len(),
            collected: state.collected.len(),
            opened: state.opened.len(),
            answered: state.answered.len(),
            withheld: state.withheld,
            refused: state.refused.len(),
            lost: state.sent.difference(&state.opened).count(),
            duplicates: state.duplicates,
        }
    }

    /// The table at the end.
    pub(super) fn close(&self, totals: &Totals) {
        if self.json {
            let mut line = serde_json::to_value(totals).unwrap_or(Value::Null);
            line["event"] = json!("totals");
            print_line(&line.to_string());
            return;
        }
        let state = self.state();
        let mut table = String::from("\n");
        let _ = writeln!(table, "     {:<12} {:<12} {:<31} {:<10} note", "from", "to", "kind", "reached");
        for (number, part) in (1..).zip(&state.cast) {
            let _ = writeln!(
                table,
                " #{number}  {:<12} {:<12} {:<31} {:<10} {}",
                part.from.as_str(),
                part.to.as_str(),
                part.kind.as_str(),
                part.reached,
                part.note
            );
        }
        let _ = write!(
            table,
            "\n{} sent (answers included), {} stored, {} collected, {} opened, {} answered; {} fields withheld, {} refused; {} lost, {} twice",
            totals.sent,
            totals.stored,
            totals.collected,
            totals.opened,
            totals.answered,
            totals.withheld,
            totals.refused,
            totals.lost,
            totals.duplicates
        );
        print_line(&table);
    }

    /// A message that was sent, for the commands to try next.
    pub(super) fn first_sent(&self) -> Option<(MessageId, PartyId)> {
        let state = self.state();
        state.cast.iter().find(|part| state.sent.contains(&part.id)).map(|part| (part.id, part.from.clone()))
    }

    fn line(&self, json: &Value, text: &str) {
        if self.json {
            print_line(&json.to_string());
        } else {
            print_line(&format!("{}  {text}", clock(Clock::system().now())));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, event: &Event) {
        let id = event.message;
        match &event.what {
            What::Allowed { withheld, .. } => {
                self.withheld += withheld.len();
                self.note(id, &format!("{} fields withheld", withheld.len()));
            }
            What::Refused { code, .. } => {
                self.refused.insert(id);
                self.reach(id, "refused", code);
            }
            What::Held { .. } => self.reach(id, "held", "held"),
            What::Stored { by } if *by == event.from => {
                self.sent.insert(id);
                self.reach(id, "sent", "");
            }
            // What a partner's system has sent shows first when it is accepted.
            What::Stored { .. } => {
                self.sent.insert(id);
                self.stored.insert(id);
                self.reach(id, "stored", "");
            }
            What::Collected { .. } => {
                self.stored.insert(id);
                self.collected.insert(id);
                self.reach(id, "collected", "");
            }
            // Opened implies the stages before it.
            What::Opened { .. } => {
                self.stored.insert(id);
                self.collected.insert(id);
                self.opened.insert(id);
                self.reach(id, "opened", "");
            }
            What::Quarantined { code } | What::ReceiptRefused { code, .. } | What::Failed { code } => {
                self.reach(id, "failed", code);
            }
            _ => {}
        }
    }

    /// A stage never goes back: receipts may come in any order.
    fn reach(&mut self, id: MessageId, reached: &'static str, note: &str) {
        const LADDER: [&str; 9] =
            ["submitted", "held", "sent", "stored", "collected", "opened", "answered", "refused", "failed"];
        let rank = |stage| LADDER.iter().position(|s| *s == stage);
        if let Some(part) = self.cast.iter_mut().find(|part| part.id == id)
            && rank(reached) > rank(part.reached)
        {
            part.reached = reached;
            if !note.is_empty() {
                self.note(id, note);
            }
        }
    }

    fn note(&mut self, id: MessageId, note: &str) {
        if let Some(part) = self.cast.iter_mut().find(|part| part.id == id) {
            if !part.note.is_empty() {
                part.note.push_str(", ");
            }
            part.note.push_str(note);
        }
    }

    fn label(&self, id: MessageId) -> String {
        self.number.get(&id).map_or_else(|| "re".to_owned(), |number| format!("#{number}"))
    }

    fn is_complete(&self) -> bool {
        !self.cast.is_empty()
            && self.sent.is_subset(&self.opened)
            && self.cast.iter().all(|part| match part.end {
                End::Opened => self.opened.contains(&part.id),
                End::Answered => self.answered.contains(&part.id),
                End::Refused => self.refused.contains(&part.id),
            })
    }
}

fn time(event: &Event) -> String {
    clock(event.at)
}

/// The time of day, UTC.
fn clock(at: jiff::Timestamp) -> String {
    at.strftime("%H:%M:%S%.3f").to_string()
}
