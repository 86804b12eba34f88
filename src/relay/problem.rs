//! Refusals as HTTP problems (RFC 9457). The only file of the partner side that knows status codes.

use std::fmt;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::door::Refused;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $status:ident, $title:literal;)*) => {
        /// Why a request on the partner port was refused. The words are stable: partners' programs read them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of `docs/protocol.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What the code means, for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// The HTTP status, as a number.
            #[must_use]
            pub fn status(self) -> u16 {
                self.http().as_u16()
            }

            const fn http(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }
        }
    };
}

codes! {
    MalformedCover = "malformed-cover", BAD_REQUEST, "a header of the message is missing or ill-formed";
    MalformedRequest = "malformed-request", BAD_REQUEST, "the request does not have the form that the protocol gives it";
    LengthRequired = "length-required", LENGTH_REQUIRED, "the request must say its length in `content-length`";
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "the body is longer than was agreed";
    SizeMismatch = "size-mismatch", BAD_REQUEST, "the body does not have the length that its cover gives";
    DigestMismatch = "digest-mismatch", BAD_REQUEST, "the body does not have the digest that its cover gives";
    WrongSender = "wrong-sender", FORBIDDEN, "the certificate of the connection does not speak for the sender";
    UnknownRecipient = "unknown-recipient", NOT_FOUND, "this gateway does not speak for the recipient";
    NoAgreement = "no-agreement", FORBIDDEN, "there is no agreement with the party";
    AgreementNotInForce = "agreement-not-in-force", FORBIDDEN, "the agreement with the party is not in force now";
    Expired = "expired", GONE, "the message has expired";
    IdReused = "id-reused", CONFLICT, "another message was accepted under this id";
    CertificateRevoked = "certificate-revoked", FORBIDDEN, "the certificate of the connection has been revoked";
    CertificateExpired = "certificate-expired", FORBIDDEN, "the certificate of the connection has expired";
    CertificateUnknown = "certificate-unknown", FORBIDDEN, "the certificate of the connection is no longer trusted";
    CrlExpired = "crl-expired", FORBIDDEN, "the revocation list of the party's authority is too old";
    PartyRequired = "party-required", BAD_REQUEST, "the certificate speaks for several parties; say which in `for`";
    NotFound = "not-found", NOT_FOUND, "there is no such message for the party";
    BadReceipt = "bad-receipt", UNPROCESSABLE_ENTITY, "the receipt is not a valid statement signed by the party";
    ReceiptMismatch = "receipt-mismatch", CONFLICT, "the receipt is about another message, digest or party";
    RateLimited = "rate-limited", TOO_MANY_REQUESTS, "the party makes more requests than were agreed";
    Busy = "busy", SERVICE_UNAVAILABLE, "too much is under way for the party; come back later";
    Internal = "internal", INTERNAL_SERVER_ERROR, "the gateway could not do it; nothing was accepted";
}

impl Code {
    /// The code that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::RateLimited | Self::Busy | Self::Internal | Self::CrlExpired)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = self.code.http();
        let body = json!({
            "type": format!("urn:casebridge:problem:{}", self.code),
            "title": self.code.title(),
            "status": status.as_u16(),
            "code": self.code.as_str(),
            "detail": self.detail,
        });
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.code.is_passing() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
