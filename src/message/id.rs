//! Identifiers of messages and conversations. They are random and say nothing about a case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{NoContext, Uuid};

/// Not an identifier as this exchange writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is a UUID of version 7 in lower case, such as `0192f0c1-2b6e-7c3a-9f00-5d2d3c4b5a69`")]
pub struct IdError;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier: the time in milliseconds and 74 random bits (RFC 9562 section 5.7).
            #[must_use]
            pub fn new(now: jiff::Timestamp) -> Self {
                let seconds = u64::try_from(now.as_second()).unwrap_or(0);
                let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
                Self(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos)))
            }

            /// An identifier that was stored.
            ///
            /// # Errors
            /// [`IdError`] unless it is a UUID of version 7.
            pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, IdError> {
                Self::check(Uuid::from_bytes(bytes))
            }

            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            fn check(uuid: Uuid) -> Result<Self, IdError> {
                let rfc = uuid.get_variant() == uuid::Variant::RFC4122;
                if rfc && uuid.get_version_num() == 7 { Ok(Self(uuid)) } else { Err(IdError) }
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // One spelling only, since identifiers are compared as text by some readers.
                if text.len() != 36 || text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(IdError);
                }
                Self::check(Uuid::try_parse(text).map_err(|_| IdError)?)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

identifier! {
    /// Names one message for ever; the idempotency key of every door.
    MessageId
}

identifier! {
    /// Names a request and all that follows from it.
    ConversationId
}

#[cfg(test)]
mod tests {
    use super::MessageId;

    #[test]
    fn an_identifier_has_one_spelling() {
        let id = MessageId::new(jiff::Timestamp::UNIX_EPOCH);
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        let simple = text.replace('-', "");
        let braces = format!("{{{text}}}");
        let version4 = "0192f0c1-2b6e-4c3a-9f00-5d2d3c4b5a69";
        let upper = "0192F0C1-2B6E-7C3A-9F00-5D2D3C4B5A69";
        for bad in ["", &simple, &braces, version4, upper] {
            assert!(bad.parse::<MessageId>().is_err(), "{bad}");
        }
    }
}
