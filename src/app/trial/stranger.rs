//! A foreign system that knows nothing of this program but `docs/protocol.md`: it lists, fetches, decrypts,
//! acknowledges and answers over the public wire, with JSON, HTTP and OpenPGP.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::keys::TrialKeys;
use super::wire::{WireClient, WireError};
use crate::clock::Clock;
use crate::message::{Cover, MessageId, PartyId, Sha256};
use crate::receipt::{self, Stage, Statement, Verdict};
use crate::relay::read_cover;
use crate::seal::{self, Certificate, OwnKey};

/// Austria's own system.
#[derive(Debug)]
pub struct Stranger {
    wire: WireClient,
    clock: Clock,
    own: OwnKey,
    agencies: BTreeMap<PartyId, Certificate>,
    seen: HashSet<MessageId>,
    after: i64,
    /// Messages that were handed over a second time.
    pub duplicates: u64,
}

/// What went wrong for the foreign system.
#[derive(Debug, thiserror::Error)]
pub enum StrangerError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("{method} {path} was answered with HTTP {status}: {body}")]
    Refused { method: &'static str, path: String, status: u16, body: String },
    #[error("the gateway's answer is not the protocol: {0}")]
    Answer(&'static str),
    #[error("cannot open the message (`{0}`)")]
    Open(&'static str),
    #[error("cannot make the answer: {0}")]
    Make(String),
}

/// A message that the foreign system has opened.
pub struct Received {
    pub cover: Cover,
    pub document: Value,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").field("cover", &self.cover).finish_non_exhaustive()
    }
}

impl Stranger {
    /// Austria's system, calling the Serbian gateway at `address`.
    ///
    /// # Errors
    /// [`StrangerError`] when a key or certificate cannot be used.
    pub fn new(keys: &TrialKeys, address: SocketAddr, clock: Clock) -> Result<Self, StrangerError> {
        let wire = WireClient::new(&keys.at, &keys.rs, address, clock.clone())?;
        let own = keys.at.keys.first().cloned().ok_or(StrangerError::Answer("no key for Austria"))?;
        let certificates = keys.rs.keys.iter().map(OwnKey::certificate);
        let agencies = certificates.map(|certificate| (certificate.party().clone(), certificate)).collect();
        Ok(Self { wire, clock, own, agencies, seen: HashSet::new(), after: 0, duplicates: 0 })
    }

    /// How many different messages have been taken.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.seen.len()
    }

    /// Lists, fetches, opens and acknowledges whatever waits; waits up to `wait` for the first.
    ///
    /// # Errors
    /// [`StrangerError`] with the step that failed.
    pub async fn poll(&mut self, wait: Duration) -> Result<Vec<Received>, StrangerError> {
        let path = format!("/exchange/v1/inbox?after={}&wait={}", self.after, wait.as_secs());
        let (_, body) = self.call("GET", &path, Bytes::new(), &[]).await?;
        let list: Value =
            serde_json::from_slice(&body).map_err(|_| StrangerError::Answer("the list is not JSON"))?;
        let mut received = Vec::new();
        for entry in list["messages"].as_array().into_iter().flatten() {
            let id = entry["id"].as_str().ok_or(StrangerError::Answer("a listed message has no id"))?;
            received.push(self.fetch(id).await?);
            self.after = entry["number"].as_i64().unwrap_or(self.after);
        }
        Ok(received)
    }

    async fn fetch(&mut self, id: &str) -> Result<Received, StrangerError> {
        let path = format!("/exchange/v1/inbox/{id}");
        let (headers, sealed) = self.call("GET", &path, Bytes::new(), &[]).await?;
        let cover = read_cover(&headers, sealed.len() as u64)
            .map_err(|_| StrangerError::Answer("a cover is ill-formed"))?;
        if Sha256::of(&sealed) != cover.digest {
            return Err(StrangerError::Answer("the bytes do not have the digest of their cover"));
        }
        self.acknowledge(&cover, Stage::Collected).await?;
        let sender = self.agencies.get(&cover.from).ok_or(StrangerError::Answer("an unknown sender"))?;
        let plain =
            seal::dangerous_open(&sealed, &self.own, sender).map_err(|r| StrangerError::Open(r.code()))?;
        let document: Value =
            serde_json::from_slice(&plain).map_err(|_| StrangerError::Open("bad-document"))?;
        if document["envelope"]["id"] != json!(cover.id) || document["envelope"]["to"] != json!(cover.to) {
            return Err(StrangerError::Open("cover-mismatch"));
        }
        self.acknowledge(&cover, Stage::Opened).await?;
        if !self.seen.insert(cover.id) {
            self.duplicates += 1;
        }
        Ok(Received { cover, document })
    }

    /// Signs a stage and gives the receipt to the gateway.
    ///
    /// # Errors
    /// [`StrangerError`] when it is not taken.
    pub async fn acknowledge(&self, cover: &Cover, stage: Stage) -> Result<(), StrangerError> {
        let statement =
            Statement::about(cover, stage, Verdict::Done, self.own.party().clone(), self.clock.now());
        let signed = receipt::sign(&statement, &self.own).map_err(|e| StrangerError::Make(e.to_string()))?;
        let path = format!("/exchange/v1/inbox/{}/ack", cover.id);
        self.call("POST", &path, signed.into_bytes(), &[]).await.map(|_| ())
    }

    /// Answers a message that was received, under the same terms.
    ///
    /// # Errors
    /// [`StrangerError`] with the step that failed.
    pub async fn answer(&self, to: &Received, kind: &str, text: &str) -> Result<MessageId, StrangerError> {
        let now = self.clock.now();
        let id = MessageId::new(now);
        let asked = &to.document["envelope"];
        let expires = now + jiff::SignedDuration::from_hours(24 * 14);
        let answers: Vec<Value> = match to.document["body"]["questions"].as_array() {
            Some(questions) => questions
                .iter()
                .map(|question| json!({ "to": question["number"], "language": "en", "text": text }))
                .collect(),
            None => Vec::new(),
        };
        let document = json!({
            "envelope": {
                "id": id,
                "conversation": asked["conversation"],
                "in_reply_to": asked["id"],
                "kind": kind,
                "from": asked["to"],
                "to": asked["from"],
                "created": now,
                "expires": expires,
                "purpose": asked["purpose"],
                "legal_basis": asked["legal_basis"],
                "handling": ["H0"],
                "delete_by": asked["delete_by"],
                "urgency": "routine",
                "policy_version": "at-1",
            },
            "body": { "answers": answers },
        });
        self.push(&to.cover.from, id, "answer", expires, document.to_string().as_bytes()).await?;
        self.acknowledge(&to.cover, Stage::Outcome).await?;
        Ok(id)
    }

    async fn push(
        &self,
        to: &PartyId,
        id: MessageId,
        class: &str,
        expires: jiff::Timestamp,
        plain: &[u8],
    ) -> Result<(), StrangerError> {
        let certificate = self.agencies.get(to).ok_or(StrangerError::Answer("an unknown sender"))?;
        let sealed = seal::dangerous_seal(plain, &self.own, certificate, self.clock.now())
            .map_err(|e| StrangerError::Make(e.to_string()))?;
        let headers = [
            ("casebridge-message", id.to_string()),
            ("casebridge-from", self.own.party().to_string()),
            ("casebridge-to", to.to_string()),
            ("casebridge-class", class.to_owned()),
            ("casebridge-digest", Sha256::of(&sealed).to_string()),
            ("casebridge-expires", expires.to_string()),
        ];
        self.call("POST", "/exchange/v1/messages", sealed.into(), &headers).await.map(|_| ())
    }

    async fn call(
        &self,
        method: &'static str,
        path: &str,
        body: Bytes,
        headers: &[(&str, String)],
    ) -> Result<(http::HeaderMap, Bytes), StrangerError> {
        let answer = self.wire.call(method, path, headers, body).await?;
        if (200..300).contains(&answer.status) {
            return Ok((answer.headers, answer.body));
        }
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        Err(StrangerError::Refused { method, path: path.to_owned(), status: answer.status, body })
    }
}
