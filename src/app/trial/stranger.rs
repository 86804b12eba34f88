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
use crate::message::{MessageId, PartyId, Sha256};
use crate::receipt::{self, Statement};
use crate::seal::{self, Certificate, OwnKey};

/// Austria's own system.
#[derive(Debug)]
pub struct Stranger {
    wire: WireClient,
    clock: Clock,
    own: OwnKey,
    agencies: BTreeMap<PartyId, Certificate>,
    seen: HashSet<String>,
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
    /// What stood outside the seal, as the protocol names it.
    cover: Value,
    pub document: Value,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received").field("message", &self.cover["message"]).finish_non_exhaustive()
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
        let header = |name: &str| {
            let text = headers.get(name).and_then(|value| value.to_str().ok());
            text.ok_or(StrangerError::Answer("a header of the message is missing"))
        };
        let digest = Sha256::of(&sealed).to_string();
        if header("casebridge-digest")? != digest {
            return Err(StrangerError::Answer("the bytes do not have the digest of their cover"));
        }
        let (from, to) = (header("casebridge-from")?, header("casebridge-to")?);
        let cover = json!({ "message": id, "digest": digest, "from": from, "to": to });
        self.acknowledge(&cover, "collected").await?;
        let sender = self.agency(from)?;
        let plain =
            seal::dangerous_open(&sealed, &self.own, sender).map_err(|r| StrangerError::Open(r.code()))?;
        let document: Value =
            serde_json::from_slice(&plain).map_err(|_| StrangerError::Open("bad-document"))?;
        let envelope = &document["envelope"];
        if envelope["id"] != json!(id) || envelope["from"] != json!(from) || envelope["to"] != json!(to) {
            return Err(StrangerError::Open("cover-mismatch"));
        }
        self.acknowledge(&cover, "opened").await?;
        if !self.seen.insert(id.to_owned()) {
            self.duplicates += 1;
        }
        Ok(Received { cover, document })
    }

    /// Signs a stage and gives the receipt to the gateway.
    async fn acknowledge(&self, cover: &Value, stage: &str) -> Result<(), StrangerError> {
        let made = |error: &dyn std::fmt::Display| StrangerError::Make(error.to_string());
        let mut statement = cover.clone();
        statement["stage"] = json!(stage);
        statement["verdict"] = json!("done");
        statement["by"] = json!(self.own.party());
        statement["at"] = json!(self.clock.now());
        let statement = Statement::parse(statement.to_string().as_bytes()).map_err(|e| made(&e))?;
        let signed = receipt::sign(&statement, &self.own).map_err(|e| made(&e))?;
        let path = format!("/exchange/v1/inbox/{}/ack", statement.message);
        self.call("POST", &path, signed.into_bytes(), &[]).await.map(|_| ())
    }

    fn agency(&self, party: &str) -> Result<&Certificate, StrangerError> {
        let certificate = self.agencies.iter().find(|(known, _)| known.as_str() == party);
        certificate.map(|(_, certificate)| certificate).ok_or(StrangerError::Answer("an unknown sender"))
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
        let sender = asked["from"].as_str().unwrap_or_default();
        self.push(sender, id, "answer", expires, document.to_string().as_bytes()).await?;
        self.acknowledge(&to.cover, "outcome").await?;
        Ok(id)
    }

    async fn push(
        &self,
        to: &str,
        id: MessageId,
        class: &str,
        expires: jiff::Timestamp,
        plain: &[u8],
    ) -> Result<(), StrangerError> {
        let certificate = self.agency(to)?;
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
