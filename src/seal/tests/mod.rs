//! What the seal must hold, for every profile.

mod refusals;
mod rotation;
mod round_trip;
mod secrets;
mod stock;
mod vectors;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Certificate, OwnKey, OwnKeys, Sealed, close};
use crate::message::{
    Body, ConversationId, Cover, Document, Envelope, Kind, MessageId, PartyId, Purpose, Question, Sha256,
    Urgency,
};
use crate::partner::Profile;
use crate::policy::Permitted;

pub(super) const PROFILES: [Profile; 3] = [Profile::V6, Profile::V6Pq, Profile::V4Compat];

pub(super) fn now() -> Timestamp {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

pub(super) fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub(super) fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

pub(super) fn key(name: &str, profile: Profile) -> OwnKey {
    OwnKey::generate(&party(name), profile, now()).unwrap()
}

pub(super) fn document(from: &str, to: &str) -> Document {
    let question = Question {
        number: 1,
        language: "en".into(),
        text: "Is the plate known? ".repeat(80),
        ..Question::default()
    };
    Document {
        envelope: Envelope {
            id: MessageId::new(now()),
            conversation: ConversationId::new(now()),
            in_reply_to: None,
            kind: Kind::InfoRequest,
            from: party(from),
            to: party(to),
            created: now(),
            expires: later(86_400),
            purpose: Purpose::Investigation,
            legal_basis: "PCC-SEE-4".parse().unwrap(),
            handling: BTreeSet::new(),
            handling_note: None,
            evaluation: None,
            delete_by: later(864_000),
            urgency: Urgency::Routine,
            further_use: None,
            transfer_basis: None,
            policy_version: "1".into(),
        },
        body: Body { questions: vec![question], ..Body::default() },
        attachments: vec![],
        withheld: vec![],
    }
}

/// Two parties of one profile and a message from `rs/mup` to `si/policija`.
pub(super) struct Pair {
    pub(super) from: OwnKey,
    pub(super) to: OwnKey,
    pub(super) document: Document,
    pub(super) sealed: Sealed,
}

impl Pair {
    pub(super) fn new(profile: Profile) -> Self {
        let from = key("rs/mup", profile);
        let to = key("si/policija", profile);
        let document = document("rs/mup", "si/policija");
        let permitted = Permitted::for_tests(document.clone());
        let sealed = close(&permitted, &from, &to.certificate(), now()).unwrap();
        Self { from, to, document, sealed }
    }

    pub(super) fn own(&self) -> OwnKeys {
        self.to.clone().into()
    }

    pub(super) fn sender(&self) -> Certificate {
        self.from.certificate()
    }

    /// A cover for other bytes of the same message, as a partner that forges would make it.
    pub(super) fn cover_for(&self, bytes: &[u8]) -> Cover {
        Cover { size: bytes.len() as u64, digest: Sha256::of(bytes), ..self.sealed.cover.clone() }
    }

    pub(super) fn code(&self, bytes: &[u8]) -> &'static str {
        match super::open(&self.cover_for(bytes), bytes, &self.own(), &self.sender(), now()) {
            Ok(_) => "opened",
            Err(refusal) => refusal.code(),
        }
    }
}
