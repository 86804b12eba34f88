//! The people of the demo: officers who read and answer.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::script::sample;
use super::teller::Teller;
use crate::app::trial::{Desk, Stranger, Trial};
use crate::clock::Clock;
use crate::exchange::{Content, Gateway, MessageRead, Request, Submitted};
use crate::message::{Answer, Class, Kind, PartyId};

/// How long somebody waits for work before looking whether the day is over.
const GLANCE: Duration = Duration::from_secs(1);

const AGENCIES: [&str; 4] = ["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"];

/// Everybody at work.
pub(super) struct Office {
    trial: Trial,
    end: watch::Sender<bool>,
    people: Vec<JoinHandle<()>>,
}

impl Office {
    /// Puts an officer at each Serbian agency, one in Slovenia, and starts Austria's system.
    pub(super) fn open(mut trial: Trial, teller: &Arc<Teller>) -> Self {
        let (end, ended) = watch::channel(false);
        let mut people = Vec::new();
        for agency in AGENCIES.iter().filter_map(|name| name.parse::<PartyId>().ok()) {
            let desk = Desk::new(trial.rs.gateway.clone(), agency);
            people.push(tokio::spawn(read_answers(desk, Arc::clone(teller), ended.clone())));
        }
        if let (Ok(party), Some(slovenia)) = ("si/policija".parse::<PartyId>(), trial.slovenia()) {
            let gateway = slovenia.gateway.clone();
            let desk = Desk::new(gateway.clone(), party);
            people.push(tokio::spawn(answer_from_slovenia(desk, gateway, Arc::clone(teller), ended.clone())));
        }
        if let Some(stranger) = trial.take_stranger() {
            people.push(tokio::spawn(answer_from_austria(stranger, Arc::clone(teller), ended)));
        }
        Self { trial, end, people }
    }

    pub(super) const fn serbia(&self) -> &Gateway {
        &self.trial.rs.gateway
    }

    /// The day is over: everybody finishes what is in hand. The gateways go on.
    pub(super) async fn rest(&mut self) {
        let _ = self.end.send(true);
        for person in self.people.drain(..) {
            let _ = person.await;
        }
    }

    pub(super) async fn close(mut self) {
        self.rest().await;
        self.trial.stop().await;
    }
}

/// A Serbian officer: reads answers, in the agency's own form.
async fn read_answers(mut desk: Desk, teller: Arc<Teller>, end: watch::Receiver<bool>) {
    while !*end.borrow() {
        match desk.next(GLANCE).await {
            Ok(Some(read)) => teller.answer_read(&read),
            Ok(None) => {}
            Err(error) => teller.trouble("a Serbian desk", &error),
        }
        teller.duplicates(desk.duplicates);
        desk.duplicates = 0;
    }
}

/// The Slovene officer: answers what asks, with the police's own record where there is one.
async fn answer_from_slovenia(
    mut desk: Desk,
    gateway: Gateway,
    teller: Arc<Teller>,
    end: watch::Receiver<bool>,
) {
    while !*end.borrow() {
        let outcome = match desk.next(GLANCE).await {
            Ok(Some(read)) => {
                teller.opened_form("si/policija", &read);
                answer(&gateway, &read).await
            }
            Ok(None) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(reason) = outcome {
            teller.trouble("the Slovene desk", &reason);
        }
        teller.duplicates(desk.duplicates);
        desk.duplicates = 0;
    }
}

async fn answer(gateway: &Gateway, read: &MessageRead) -> Result<(), String> {
    let asked = &read.document.envelope;
    if read.document.class() != Class::Request || read.document.body.questions.is_empty() {
        return Ok(());
    }
    let content = if asked.kind == Kind::VictimIdentificationSupport {
        Content::National(sample("si-odgovor.json").map_err(|failure| failure.text)?.into())
    } else {
        Content::Nothing
    };
    let answer = |number| Answer {
        to: number,
        language: "en".into(),
        text: "See the record; the rest is being checked.".into(),
    };
    let now = Clock::system().now();
    let request = Request {
        id: None,
        author: "officer-si".to_owned(),
        from: asked.to.clone(),
        to: asked.from.clone(),
        kind: Kind::Answer,
        purpose: asked.purpose,
        legal_basis: asked.legal_basis.clone(),
        urgency: asked.urgency,
        further_use: None,
        transfer_basis: None,
        handling: asked.handling.clone(),
        handling_note: None,
        evaluation: None,
        conversation: Some(asked.conversation),
        in_reply_to: Some(asked.id),
        expires: now + SignedDuration::from_hours(24 * 14),
        delete_by: asked.delete_by,
        questions: Vec::new(),
        answers: read.document.body.questions.iter().map(|question| answer(question.number)).collect(),
        waits_for_release: false,
        content,
        reason: None,
        asks: None,
        passes_on: Vec::new(),
    };
    match gateway.submit(request).await {
        Ok(Submitted::Sent { .. }) => Ok(()),
        Ok(Submitted::Held { grounds, .. }) => Err(format!("the answer is held: {}", grounds.join("; "))),
        Ok(Submitted::Refused { refusal, .. }) => Err(format!("the answer is refused: {}", refusal.code)),
        Ok(Submitted::Ended { ended, .. }) => Err(format!("the answer was {ended}")),
        Ok(Submitted::UsedUp { free_at, .. }) => Err(format!("the quota is used up until {free_at}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Austria's system: polls, opens, acknowledges, answers.
async fn answer_from_austria(mut stranger: Stranger, teller: Arc<Teller>, end: watch::Receiver<bool>) {
    while !*end.borrow() {
        match stranger.poll(GLANCE).await {
            Ok(messages) => {
                for message in messages {
                    let asks = message.document["body"]["questions"].is_array();
                    if !asks {
                        continue;
                    }
                    match stranger.answer(&message, "accept", "Accepted; details follow by telephone.").await
                    {
                        Ok(id) => teller.sent_by_stranger(id),
                        Err(error) => teller.trouble("Austria's system", &error),
                    }
                }
            }
            Err(error) => {
                teller.trouble("Austria's system", &error);
                tokio::time::sleep(GLANCE).await;
            }
        }
        teller.duplicates(stranger.duplicates);
        stranger.duplicates = 0;
    }
}
