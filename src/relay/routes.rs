//! The endpoints of the partner port. `docs/protocol.md` describes them for strangers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router, middleware};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use serde::{Deserialize, Serialize};

use super::counted::{Payer, counted};
use super::door::{Door, Refused};
use super::headers::{read_cover, write_cover};
use super::problem::Code;
use super::server::Gate;
use crate::message::{Cover, MessageId, PartyId};
use crate::receipt::SignedReceipt;
use crate::tls::Peer;

/// Longest wait of a poll.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Receipts in one request.
pub(super) const RECEIPTS: usize = 256;
/// Longest request that is not a message.
const SMALL_BODY: usize = 4 << 20;
/// The media type of sealed bytes and of receipts.
pub(super) const SEALED: HeaderValue = HeaderValue::from_static("application/octet-stream");
pub(super) const SIGNED: HeaderValue = HeaderValue::from_static("text/plain; charset=us-ascii");

pub(super) fn router<D: Door>(gate: Arc<Gate<D>>) -> Router {
    Router::new()
        .route("/exchange/v1/messages", post(push::<D>))
        .route("/exchange/v1/inbox", get(list::<D>))
        .route("/exchange/v1/inbox/{id}", get(fetch::<D>))
        .route("/exchange/v1/inbox/{id}/ack", post(acknowledge::<D>))
        .route("/exchange/v1/receipts", get(list_receipts::<D>).post(receipts::<D>))
        .fallback(|| async { Refused::new(Code::NotFound, "no such address; see the protocol's list") })
        .method_not_allowed_fallback(|| async {
            Refused::new(Code::MalformedRequest, "the address does not take this method")
        })
        .layer(middleware::from_fn_with_state(Arc::clone(&gate), counted::<D>))
        .with_state(gate)
}

type Gated<D> = State<Arc<Gate<D>>>;

async fn push<D: Door>(
    State(gate): Gated<D>,
    Extension(peer): Extension<Arc<Peer>>,
    Extension(Payer(party)): Extension<Payer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let length = content_length(&headers)?;
    if length > gate.door.longest(&peer) {
        return Err(Refused::new(Code::TooLarge, format!("the body has {length} bytes")));
    }
    // The cover is read before the body: a request that cannot be accepted costs no memory.
    let cover = read_cover(&headers, length as u64)?;
    let _memory = gate.memory(&party, length)?;
    let sealed = gate.body(body, length).await?;
    let acceptance = gate.door.accept(&peer, cover, sealed).await?;
    let status = if acceptance.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = (status, acceptance.receipt.into_bytes()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, SIGNED);
    Ok(response)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    after: i64,
    #[serde(default)]
    wait: u64,
    #[serde(rename = "for")]
    party: Option<PartyId>,
}

#[derive(Serialize)]
struct ListedMessage {
    number: i64,
    #[serde(flatten)]
    cover: Cover,
}

async fn list<D: Door>(
    State(gate): Gated<D>,
    Extension(peer): Extension<Arc<Peer>>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refused> {
    let query = query.map_err(|_| malformed("`after` and `wait` are whole numbers, `for` is a party"))?.0;
    let party = one_party(&peer, query.party)?;
    let wait = Duration::from_secs(query.wait).min(LONGEST_WAIT);
    let listed = gate.door.list(&party, query.after, wait).await?;
    let next = listed.last().map_or(query.after, |last| last.seq);
    let messages: Vec<_> =
        listed.into_iter().map(|m| ListedMessage { number: m.seq, cover: m.cover }).collect();
    Ok(Json(serde_json::json!({ "messages": messages, "next": next })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyQuery {
    #[serde(rename = "for")]
    party: Option<PartyId>,
}

type PartyQueried = Result<Query<PartyQuery>, axum::extract::rejection::QueryRejection>;

async fn fetch<D: Door>(
    State(gate): Gated<D>,
    Extension(peer): Extension<Arc<Peer>>,
    Path(id): Path<String>,
    query: PartyQueried,
) -> Result<Response, Refused> {
    let party = one_party(&peer, query.map_err(|_| malformed("`for` is a party"))?.0.party)?;
    let (cover, sealed) = gate.door.fetch(&party, message_id(&id)?).await?;
    let mut response = sealed.into_response();
    write_cover(&cover, response.headers_mut());
    response.headers_mut().insert(header::CONTENT_TYPE, SEALED);
    Ok(response)
}

async fn acknowledge<D: Door>(
    State(gate): Gated<D>,
    Extension(peer): Extension<Arc<Peer>>,
    Extension(Payer(payer)): Extension<Payer>,
    Path(id): Path<String>,
    query: PartyQueried,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let party = one_party(&peer, query.map_err(|_| malformed("`for` is a party"))?.0.party)?;
    let bytes = small_body(&gate, &payer, &headers, body).await?;
    let receipt = SignedReceipt::parse(&bytes).map_err(|_| {
        Refused::new(Code::BadReceipt, "the body is not an armored OpenPGP message of at most 16 KiB")
    })?;
    gate.door.acknowledge(&party, message_id(&id)?, receipt).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptBatch {
    receipts: Vec<GivenReceipt>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenReceipt {
    message: MessageId,
    receipt: String,
}

async fn receipts<D: Door>(
    State(gate): Gated<D>,
    Extension(peer): Extension<Arc<Peer>>,
    Extension(Payer(party)): Extension<Payer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let bytes = small_body(&gate, &party, &headers, body).await?;
    let batch: ReceiptBatch = serde_json::from_slice(&bytes)
        .map_err(|_| malformed("the body is `{\"receipts\": [{\"message\": id, \"receipt\": text}, …]}`"))?;
    if batch.receipts.len() > RECEIPTS {
        return Err(malformed("at most 256 receipts in one request"));
    }
    // Ill-formed ones are answered in their place; the others are not their hostages.
    let mut answers = vec![Some(Code::BadReceipt.as_str()); batch.receipts.len()];
    let (mut places, mut good) = (Vec::new(), Vec::new());
    for (place, given) in batch.receipts.into_iter().enumerate() {
        if let Ok(receipt) = SignedReceipt::parse(given.receipt.as_bytes()) {
            places.push(place);
            good.push((given.message, receipt));
        }
    }
    let results = gate.door.receipts(&peer, good).await;
    for (place, result) in places.into_iter().zip(results) {
        if let Some(answer) = answers.get_mut(place) {
            *answer = result.err().map(|refused| refused.code.as_str());
        }
    }
    let answers: Vec<_> = answers
        .into_iter()
        .map(|code| {
            code.map_or_else(
                || serde_json::json!({ "kept": true }),
                |code| serde_json::json!({ "kept": false, "code": code }),
            )
        })
        .collect();
    Ok(Json(serde_json::json!({ "receipts": answers })).into_response())
}

async fn list_receipts<D: Door>(
    State(gate): Gated<D>,
    Extension(peer): Extension<Arc<Peer>>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refused> {
    let query = query.map_err(|_| malformed("`after` is a whole number, `for` is a party"))?.0;
    let party = one_party(&peer, query.party)?;
    let listed = gate.door.list_receipts(&party, query.after).await?;
    let next = listed.last().map_or(query.after, |last| last.seq);
    let receipts: Vec<_> = listed
        .iter()
        .map(|r| serde_json::json!({ "number": r.seq, "message": r.message, "receipt": r.receipt.as_str() }))
        .collect();
    Ok(Json(serde_json::json!({ "receipts": receipts, "next": next })).into_response())
}

impl<D: Door> Gate<D> {
    fn memory(&self, party: &PartyId, bytes: usize) -> Result<tokio::sync::OwnedSemaphorePermit, Refused> {
        let full = |_| Refused::new(Code::Busy, "wait and send the same request again");
        self.limiter.load().memory(party, bytes).map_err(full)
    }

    async fn body(&self, body: Body, length: usize) -> Result<Bytes, Refused> {
        let read = Limited::new(body, length).collect();
        match tokio::time::timeout(self.bounds.request, read).await {
            Ok(Ok(whole)) => Ok(whole.to_bytes()),
            Ok(Err(_)) => {
                Err(Refused::new(Code::MalformedRequest, "the body ended early or is longer than it says"))
            }
            Err(_) => Err(Refused::new(Code::MalformedRequest, "the body did not arrive in time")),
        }
    }
}

async fn small_body<D: Door>(
    gate: &Gate<D>,
    party: &PartyId,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Refused> {
    let length = content_length(headers)?;
    if length > SMALL_BODY {
        return Err(Refused::new(Code::TooLarge, format!("the body has {length} bytes")));
    }
    let _memory = gate.memory(party, length)?;
    gate.body(body, length).await
}

fn content_length(headers: &HeaderMap) -> Result<usize, Refused> {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    length.ok_or_else(|| Refused::new(Code::LengthRequired, "send the body in one piece with its length"))
}

fn one_party(peer: &Peer, named: Option<PartyId>) -> Result<PartyId, Refused> {
    match named {
        Some(party) if peer.parties().contains(&party) => Ok(party),
        Some(_) => {
            Err(Refused::new(Code::WrongSender, "the certificate does not speak for the party in `for`"))
        }
        None => {
            let mut parties = peer.parties().iter();
            match (parties.next(), parties.next()) {
                (Some(only), None) => Ok(only.clone()),
                _ => {
                    Err(Refused::new(Code::PartyRequired, "add `?for=` and the party whose mailbox you mean"))
                }
            }
        }
    }
}

fn message_id(text: &str) -> Result<MessageId, Refused> {
    text.parse().map_err(|_| Refused::new(Code::NotFound, "the address does not end in a message id"))
}

fn malformed(detail: &str) -> Refused {
    Refused::new(Code::MalformedRequest, detail)
}
