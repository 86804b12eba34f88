//! What stands inside a seal: one UTF-8 JSON document.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cover::{Class, Cover};
use super::digest::Sha256;
use super::id::{ConversationId, MessageId};
use super::kind::Kind;
use super::party::PartyId;
use super::terms::{
    Evaluation, FurtherUse, Handling, LegalBasis, Purpose, Reason, RefusalCode, TransferBasis, Urgency,
};
use crate::schema::json::{self, JsonError, Limits};
use crate::schema::{DataCategory, Record};

/// Longest document that is sealed or opened, in bytes. Larger content travels as attachments.
pub const MAX_DOCUMENT: usize = 16 << 20;

/// How JSON writes the NUL character.
const NUL: &[u8] = b"\\u0000";

/// The document inside the seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub envelope: Envelope,
    pub body: Body,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Fields that the sender's policy removed. Never a silent omission.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
}

/// Who sends what to whom, why, and under which terms.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    pub id: MessageId,
    pub conversation: ConversationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<MessageId>,
    pub kind: Kind,
    pub from: PartyId,
    pub to: PartyId,
    pub created: Timestamp,
    /// Not delivered after this time.
    pub expires: Timestamp,
    pub purpose: Purpose,
    pub legal_basis: LegalBasis,
    pub handling: BTreeSet<Handling>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling_note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Evaluation>,
    /// The receiver deletes the content by this time (PCC SEE art. 31(4)(b)).
    pub delete_by: Timestamp,
    pub urgency: Urgency,
    /// The content serves another purpose than it was given for, on this ground and without its provider's permission.
    /// In a `purpose_change`: will serve, or does already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub further_use: Option<FurtherUse>,
    /// On what it leaves the European Union. Required of senders in a member state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_basis: Option<TransferBasis>,
    /// The sender's policy version that released the message.
    pub policy_version: String,
}

/// Questions, answers and records, or what an erasure or a permission is about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Record>,
    /// Of an `erase`, why; of a `deletion_certificate`, what was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What a `purpose_change` or an `onward_permission` asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asks>,
}

/// What the provider of the message that a request names is asked to permit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// The purpose that the content is to be used for instead.
    Purpose(Purpose),
    /// The authority that the content is to be passed on to.
    Recipient(PartyId),
}

/// One question, numbered by its place so that an answer can refer to it.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub number: u16,
    /// Language of the text (BCP 47), e.g. `en`.
    pub language: String,
    pub text: String,
    /// The kinds of data that it asks for; empty if it does not say. What of them is not given is told by its code.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub asks: BTreeSet<DataCategory>,
}

/// The answer to one question.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question's number.
    pub to: u16,
    pub language: String,
    pub text: String,
}

// Kind and purpose tell of a victim, the note is free text: no debug output may show them.
impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Envelope")
            .field("id", &self.id)
            .field("from", &self.from)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

// Free text may name persons: no debug output may show it.
impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Question").field("number", &self.number).finish_non_exhaustive()
    }
}

// A purpose tells of a victim: no debug output may show it.
impl std::fmt::Debug for Asks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asks(..)")
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("to", &self.to).finish_non_exhaustive()
    }
}

/// A file that is sealed and sent apart, under a neutral name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    pub name: String,
    pub media_type: String,
    pub size: u64,
    pub digest: Sha256,
}

/// A field that policy removed before sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Which record of the body, from 0.
    pub record: u16,
    pub path: String,
    pub category: DataCategory,
    /// Why, in the codes that authorities know.
    pub code: RefusalCode,
    /// The rule that withheld it, or the default.
    pub rule: String,
}

/// Why opened bytes are not a document of this exchange. Tells places, never values.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("the sealed document is not acceptable JSON: {0}")]
    Json(#[from] JsonError),
    #[error("the sealed document has a missing, unknown or ill-typed member at `{path}`")]
    Shape { path: String },
    #[error("`{field}` inside the seal differs from the cover")]
    Cover { field: &'static str },
    #[error("`{field}` does not fit the kind of the message; see the table of kinds in docs/protocol.md")]
    Misfit { field: &'static str },
}

impl Document {
    /// Reads an opened document, strictly.
    ///
    /// # Errors
    /// [`DocumentError`] for anything but a document as `docs/protocol.md` describes it.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        // One pass reads nearly every document: records are strict by themselves, and a name twice or an unknown
        // one is refused by the members' own readers. The exact reading is for what that pass does not take, and
        // for the NUL, which it would let through in texts outside records.
        if bytes.len() <= MAX_DOCUMENT
            && !bytes.windows(NUL.len()).any(|part| part == NUL)
            && let Ok(document) = serde_json::from_slice(bytes)
        {
            return Self::fitting(document);
        }
        let limits = Limits { bytes: MAX_DOCUMENT, ..Limits::RECORD };
        let value = json::parse(bytes, limits)?;
        Self::fitting(serde_json::from_value(value).map_err(|_| Self::misshapen(bytes))?)
    }

    fn fitting(document: Self) -> Result<Self, DocumentError> {
        document.fits_kind().map(|()| document)
    }

    /// Whether the body is one that a message of its kind has: an erasure carries its reason and nothing else, and
    /// a request for permission says what for.
    ///
    /// # Errors
    /// [`DocumentError::Misfit`] with the first member that does not fit.
    pub fn fits_kind(&self) -> Result<(), DocumentError> {
        let body = &self.body;
        let reason_fits = match self.envelope.kind {
            Kind::Erase => body.reason.is_some_and(Reason::asks_for_erasure),
            Kind::DeletionCertificate => body.reason.is_some_and(|reason| !reason.asks_for_erasure()),
            _ => body.reason.is_none(),
        };
        let asks_fits = match self.envelope.kind {
            Kind::PurposeChange => matches!(body.asks, Some(Asks::Purpose(_))),
            Kind::OnwardPermission => matches!(body.asks, Some(Asks::Recipient(_))),
            _ => body.asks.is_none(),
        };
        let erasure = matches!(self.envelope.kind, Kind::Erase | Kind::DeletionCertificate);
        let item_fits = !self.envelope.kind.asks_permission() || self.envelope.in_reply_to.is_some();
        let checks = [
            ("body.reason", reason_fits),
            ("body.asks", asks_fits),
            ("body.records", !erasure || body.records.is_empty()),
            ("body.questions", !erasure || body.questions.is_empty()),
            ("body.answers", !erasure || body.answers.is_empty()),
            ("envelope.in_reply_to", item_fits),
        ];
        checks
            .iter()
            .find(|(_, fits)| !fits)
            .map_or(Ok(()), |(field, _)| Err(DocumentError::Misfit { field }))
    }

    /// Finds the place of the defect in a second reading. The reader's own words could quote a value.
    fn misshapen(bytes: &[u8]) -> DocumentError {
        let reader = &mut serde_json::Deserializer::from_slice(bytes);
        let path =
            serde_path_to_error::deserialize::<_, Self>(reader).err().map(|error| error.path().to_string());
        DocumentError::Shape { path: path.unwrap_or_else(|| ".".to_owned()) }
    }

    /// Whether personal data may stand in it: records, texts or attachments.
    #[must_use]
    pub fn has_content(&self) -> bool {
        let Body { questions, answers, records, .. } = &self.body;
        !(questions.is_empty() && answers.is_empty() && records.is_empty() && self.attachments.is_empty())
            || self.envelope.handling_note.is_some()
    }

    /// The bytes to be sealed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Every map key is text and every number finite, so writing cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The class that the cover must show.
    #[must_use]
    pub fn class(&self) -> Class {
        self.envelope.kind.class()
    }

    /// Holds the outside against the inside: id, parties, class and expiry must be the same.
    ///
    /// # Errors
    /// [`DocumentError::Cover`] with the first field that differs.
    pub fn agrees_with(&self, cover: &Cover) -> Result<(), DocumentError> {
        let envelope = &self.envelope;
        let checks = [
            ("id", envelope.id == cover.id),
            ("from", envelope.from == cover.from),
            ("to", envelope.to == cover.to),
            ("class", self.class() == cover.class),
            ("expires", envelope.expires == cover.expires),
        ];
        match checks.iter().find(|(_, same)| !same) {
            Some((field, _)) => Err(DocumentError::Cover { field }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Document;

    fn document(record: &str, question: &str) -> String {
        let id = "0192f0c1-2b6e-7c3a-9f00-5d2d3c4b5a69";
        let (envelope, at) = ("envelope", "2026-11-25T00:00:00Z");
        format!(
            r#"{{"{envelope}":{{"id":"{id}","conversation":"{id}","kind":"info_request","from":"si/policija","to":"rs/mup","created":"{at}","expires":"{at}","purpose":"investigation","legal_basis":"PCC-SEE-4","handling":["H0"],"delete_by":"{at}","urgency":"routine","policy_version":"1"}},"body":{{"questions":[{{"number":1,"language":"en","text":"{question}"}}],"records":[{record}]}}}}"#
        )
    }

    #[test]
    fn the_quick_reading_takes_nothing_that_the_exact_one_refuses() {
        let good = document(r#"{"x_CaseId":"1"}"#, "Known?");
        assert!(Document::parse(good.as_bytes()).is_ok());
        let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(40), "]".repeat(40));
        let bad = [
            document(r#"{"x_CaseId":"1","x_CaseId":"2"}"#, "Known?"),
            document(r#"{"x_Persons":[{"a":1,"\u0061":2}]}"#, "Known?"),
            document(r#"{"x_Number":9007199254740993}"#, "Known?"),
            document(r#"{"x_Text":"a\u0000b"}"#, "Known?"),
            document(&deep, "Known?"),
            document("[]", "Known?"),
            document("{}", r"Known\u0000?"),
            good.replacen(r#""kind":"#, r#""kind":"answer","kind":"#, 1),
            good.replacen(r#""body":"#, r#""body":{},"body":"#, 1),
            good.replacen(r#""urgency":"#, r#""secret":1,"urgency":"#, 1),
            format!("{good} {{}}"),
        ];
        for text in bad {
            assert!(Document::parse(text.as_bytes()).is_err(), "{text}");
        }
        // Not the NUL, but a text about it.
        let about = document("{}", r"Known\\u0000?");
        assert!(Document::parse(about.as_bytes()).is_ok());
    }

    #[test]
    fn an_erasure_and_a_permission_carry_their_code_and_no_other_message_does() {
        let with = |kind: &str, body: &str| {
            let (good, asked) = (document("{}", "Known?"), r#""kind":"info_request""#);
            let (envelope, _) = good.split_once(r#","body":"#).unwrap();
            let named = format!(r#""in_reply_to":"0192f0c1-2b6e-7c3a-9f00-5d2d3c4b5a69","kind":"{kind}""#);
            Document::parse(format!(r#"{},"body":{body}}}"#, envelope.replacen(asked, &named, 1)).as_bytes())
        };
        for (kind, body, good) in [
            ("erase", r#"{"reason":"consent-withdrawn"}"#, true),
            ("erase", r#"{"reason":"deleted"}"#, false),
            ("erase", r#"{"reason":"because"}"#, false),
            ("erase", "{}", false),
            ("erase", r#"{"reason":"consent-withdrawn","records":[{"x_CaseId":"1"}]}"#, false),
            ("deletion_certificate", r#"{"reason":"not-held"}"#, true),
            ("deletion_certificate", r#"{"reason":"consent-withdrawn"}"#, false),
            ("answer", r#"{"reason":"deleted"}"#, false),
            ("purpose_change", r#"{"asks":{"purpose":"prosecution"}}"#, true),
            ("purpose_change", r#"{"asks":{"recipient":"at/bk"}}"#, false),
            ("purpose_change", "{}", false),
            ("onward_permission", r#"{"asks":{"recipient":"at/bk"}}"#, true),
            ("onward_permission", r#"{"asks":{"recipient":"Nobody"}}"#, false),
            ("judicial_use_permission", "{}", true),
            ("judicial_use_permission", r#"{"asks":{"purpose":"prosecution"}}"#, false),
        ] {
            assert_eq!(with(kind, body).is_ok(), good, "{kind} {body}");
        }
    }
}
