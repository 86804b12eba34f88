//! Pushes sealed messages and receipts to one partner's gateway.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpStream;

use super::headers::write_cover;
use super::problem::Code;
use super::routes::SEALED;
use crate::message::{Cover, MessageId, PartyId};
use crate::receipt::SignedReceipt;
use crate::tls::{Connector, Peer};

/// Idle connections that are kept.
const KEPT: usize = 64;
/// Longest answer that is read.
const ANSWER: usize = 1 << 20;

/// The way to one partner's gateway: a few kept connections, checked before each use.
#[derive(Debug)]
pub struct Link {
    party: PartyId,
    host: String,
    port: u16,
    connector: Arc<Connector>,
    connect: Duration,
    request: Duration,
    idle: Mutex<Vec<Connection>>,
}

#[derive(Debug)]
struct Connection {
    send: SendRequest<Full<Bytes>>,
    peer: Peer,
}

/// The partner has the message.
#[derive(Debug, Clone)]
pub struct PushAnswer {
    /// The partner's *stored* receipt, not yet verified.
    pub receipt: SignedReceipt,
    /// The partner had the message already.
    pub repeated: bool,
}

/// Why the partner does not have the message, or we cannot know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error("the partner's gateway cannot be reached: {reason}")]
    Unreachable { reason: String },
    #[error("the partner's gateway asks to come back later (`{code}`)")]
    Later { code: String },
    #[error("the partner's gateway refuses the message (`{code}`, HTTP {status})")]
    Refused { code: String, status: u16 },
    #[error("the partner's gateway answers with what is not the protocol: {reason}")]
    Nonsense { reason: &'static str },
}

impl Link {
    /// A link to `party` at `host` and `port`; nothing is connected yet.
    #[must_use]
    pub const fn new(party: PartyId, host: String, port: u16, connector: Arc<Connector>) -> Self {
        let (connect, request) = (Duration::from_secs(10), Duration::from_mins(1));
        Self { party, host, port, connector, connect, request, idle: Mutex::new(Vec::new()) }
    }

    /// Pushes one message.
    ///
    /// # Errors
    /// [`PushError`]; only [`PushError::Refused`] means that the same message would be refused again.
    pub async fn push(&self, cover: &Cover, sealed: Bytes, now: Timestamp) -> Result<PushAnswer, PushError> {
        let mut request = self.request(Method::POST, "/exchange/v1/messages", sealed)?;
        write_cover(cover, request.headers_mut());
        request.headers_mut().insert(header::CONTENT_TYPE, SEALED);
        let (status, body) = self.exchange(request, now).await?;
        if status != StatusCode::CREATED && status != StatusCode::OK {
            return Err(refusal(status, &body));
        }
        let receipt = SignedReceipt::parse(&body)
            .map_err(|_| PushError::Nonsense { reason: "the answer to a push is not a receipt" })?;
        Ok(PushAnswer { receipt, repeated: status == StatusCode::OK })
    }

    /// Gives receipts for messages that the partner pushed here. One answer for each: kept, or why not.
    ///
    /// # Errors
    /// [`PushError`] when the partner answered none of them.
    pub async fn receipts(
        &self,
        receipts: &[(MessageId, SignedReceipt)],
        now: Timestamp,
    ) -> Result<Vec<Result<(), String>>, PushError> {
        #[derive(serde::Serialize)]
        struct Batch<'a> {
            receipts: Vec<Given<'a>>,
        }
        #[derive(serde::Serialize)]
        struct Given<'a> {
            message: MessageId,
            receipt: &'a str,
        }
        #[derive(serde::Deserialize)]
        struct Answers {
            receipts: Vec<Answer>,
        }
        #[derive(serde::Deserialize)]
        struct Answer {
            kept: bool,
            code: Option<String>,
        }
        let given = receipts.iter().map(|r| Given { message: r.0, receipt: r.1.as_str() });
        let batch = Batch { receipts: given.collect() };
        let body = serde_json::to_vec(&batch)
            .map_err(|_| PushError::Nonsense { reason: "a receipt is not text" })?;
        let mut request = self.request(Method::POST, "/exchange/v1/receipts", body.into())?;
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        let (status, body) = self.exchange(request, now).await?;
        if status != StatusCode::OK {
            return Err(refusal(status, &body));
        }
        let answers: Answers = serde_json::from_slice(&body)
            .map_err(|_| PushError::Nonsense { reason: "the answer to receipts is not the list of them" })?;
        if answers.receipts.len() != receipts.len() {
            return Err(PushError::Nonsense { reason: "the answer to receipts has another length" });
        }
        let unknown = || "unknown".to_owned();
        let kept = |a: Answer| if a.kept { Ok(()) } else { Err(a.code.unwrap_or_else(unknown)) };
        Ok(answers.receipts.into_iter().map(kept).collect())
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Result<Request<Full<Bytes>>, PushError> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, format!("{}:{}", self.host, self.port))
            .body(Full::new(body))
            .map_err(|_| PushError::Nonsense { reason: "the partner's host is not a host name" })
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        now: Timestamp,
    ) -> Result<(StatusCode, Bytes), PushError> {
        if let Some(mut connection) = self.kept(now) {
            match self.once(&mut connection, request.clone()).await {
                Ok(answer) => return Ok(self.keep(connection, answer)),
                // The partner may have closed an idle connection. Sending again cannot deliver twice: the
                // message id is the idempotency key.
                Err(PushError::Unreachable { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let mut connection = self.connect(now).await?;
        let answer = self.once(&mut connection, request).await?;
        Ok(self.keep(connection, answer))
    }

    async fn once(
        &self,
        connection: &mut Connection,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), PushError> {
        let whole = async {
            let response = connection.send.send_request(request).await.map_err(|e| unreachable(&e))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER)
                .collect()
                .await
                .map_err(|_| PushError::Nonsense { reason: "the answer is too long or ended early" })?;
            Ok((status, body.to_bytes()))
        };
        tokio::time::timeout(self.request, whole).await.map_err(|_| timed_out())?
    }

    fn keep<T>(&self, connection: Connection, answer: T) -> T {
        if let Ok(mut idle) = self.idle.lock()
            && idle.len() < KEPT
        {
            idle.push(connection);
        }
        answer
    }

    fn kept(&self, now: Timestamp) -> Option<Connection> {
        let mut idle = self.idle.lock().ok()?;
        while let Some(connection) = idle.pop() {
            if connection.send.is_ready() && self.connector.trust().still_good(&connection.peer, now).is_ok()
            {
                return Some(connection);
            }
        }
        None
    }

    async fn connect(&self, now: Timestamp) -> Result<Connection, PushError> {
        let connecting =
            tokio::time::timeout(self.connect, TcpStream::connect((self.host.as_str(), self.port)));
        let stream = connecting
            .await
            .map_err(|_| timed_out())?
            .map_err(|e| PushError::Unreachable { reason: e.kind().to_string() })?;
        let _ = stream.set_nodelay(true);
        let (stream, peer) = self
            .connector
            .connect(stream, &self.party, now, self.connect)
            .await
            .map_err(|e| PushError::Unreachable { reason: e.to_string() })?;
        let (send, serving) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| unreachable(&e))?;
        // Ends by itself when `send` is dropped or the partner closes.
        tokio::spawn(async move {
            let _ = serving.await;
        });
        Ok(Connection { send, peer })
    }
}

fn timed_out() -> PushError {
    PushError::Unreachable { reason: "no answer in time".to_owned() }
}

fn unreachable(error: &hyper::Error) -> PushError {
    PushError::Unreachable { reason: error.to_string() }
}

fn refusal(status: StatusCode, body: &[u8]) -> PushError {
    #[derive(serde::Deserialize)]
    struct Problem {
        code: String,
    }
    let code = serde_json::from_slice::<Problem>(body)
        .map_or_else(|_| "unknown".to_owned(), |problem| problem.code.chars().take(64).collect());
    let passing = Code::from_word(&code).is_some_and(Code::is_passing) || status.is_server_error();
    if passing || status == StatusCode::TOO_MANY_REQUESTS {
        PushError::Later { code }
    } else {
        PushError::Refused { code, status: status.as_u16() }
    }
}
