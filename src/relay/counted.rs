//! Counts each request on its party's share, and tells with every answer how the party stands.
//!
//! `RateLimit-Policy` and `RateLimit` as in draft-ietf-httpapi-ratelimit-headers (revisions 08 to 11): a structured
//! list of one item, named after the class of the request.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, body::Body};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::door::{Door, Refused};
use super::headers::CLASS;
use super::limit::{Lane, Standing};
use super::problem::Code;
use super::server::Gate;
use crate::message::{Class, PartyId};
use crate::tls::Peer;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The party whose share pays for the request.
#[derive(Debug, Clone)]
pub(super) struct Payer(pub(super) PartyId);

/// Lets a request through that its party may make. Who may not speak at all is not counted: a revoked certificate must
/// not use up its party's share.
pub(super) async fn counted<D: Door>(
    State(gate): State<Arc<Gate<D>>>,
    Extension(peer): Extension<Arc<Peer>>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    if let Err(refused) = gate.door.may_speak(&peer) {
        return refused.into_response();
    }
    let Some(party) = peer.parties().iter().next().cloned() else {
        return Refused::new(Code::NoAgreement, "the certificate names no party").into_response();
    };
    let counted =
        gate.limiter.load().request(&party, lane(request.method(), request.uri().path(), request.headers()));
    match counted {
        Ok(standing) => {
            request.extensions_mut().insert(Payer(party));
            let mut response = next.run(request).await;
            tell(standing, response.headers_mut());
            response
        }
        Err(standing) => {
            let seconds = standing.map_or(1, |standing| standing.seconds);
            let detail = format!("wait {seconds} s and send the same request again");
            let mut response = Refused::new(Code::RateLimited, detail).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            if let Some(standing) = standing {
                tell(standing, response.headers_mut());
            }
            response
        }
    }
}

/// What the request is counted as. A push whose class cannot be read is refused later, and counts as a request.
fn lane(method: &Method, path: &str, headers: &HeaderMap) -> Lane {
    if method != Method::POST {
        return Lane::Reading;
    }
    if path != "/exchange/v1/messages" {
        return Lane::Class(Class::Receipt);
    }
    let class = headers.get(CLASS).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    Lane::Class(class.unwrap_or(Class::Request))
}

fn tell(standing: Standing, headers: &mut HeaderMap) {
    let Standing { lane, burst, window, remaining, seconds } = standing;
    let name = lane.as_str();
    let texts = [
        (POLICY, format!("\"{name}\";q={burst};w={window}")),
        (LIMIT, format!("\"{name}\";r={remaining};t={seconds}")),
    ];
    for (header, text) in texts {
        // A word of ours and numbers: always a header's text.
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(header, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method};

    use super::{CLASS, lane, tell};
    use crate::message::Class;
    use crate::relay::{Lane, Standing};

    #[test]
    fn a_push_is_counted_by_its_class_and_what_hides_it_as_a_request() {
        let push = |class: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(class) = class {
                headers.insert(CLASS, HeaderValue::from_static(class));
            }
            lane(&Method::POST, "/exchange/v1/messages", &headers)
        };
        assert_eq!(push(Some("answer")), Lane::Class(Class::Answer));
        assert_eq!(push(Some("control")), Lane::Class(Class::Control));
        assert_eq!(push(Some("vip")), Lane::Class(Class::Request));
        assert_eq!(push(None), Lane::Class(Class::Request));
        let other = |method, path| lane(&method, path, &HeaderMap::new());
        assert_eq!(other(Method::POST, "/exchange/v1/inbox/1/ack"), Lane::Class(Class::Receipt));
        assert_eq!(other(Method::GET, "/exchange/v1/messages"), Lane::Reading);
    }

    #[test]
    fn the_headers_are_structured_lists_of_one_item() {
        let mut headers = HeaderMap::new();
        tell(Standing { lane: Lane::Reading, burst: 400, window: 2, remaining: 0, seconds: 1 }, &mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"reading\";q=400;w=2");
        assert_eq!(headers["ratelimit"], "\"reading\";r=0;t=1");
    }
}
