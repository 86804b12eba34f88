//! What a person may do for a party, beside writing messages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A role of a person at an agency or at the gateway.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Role { $($(#[$doc])* #[serde(rename = $word)] $name,)* }

        impl Role {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word used in files, rules and documents.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

roles! {
    /// Releases held messages.
    Reviewer = "reviewer",
    /// Releases what touches a victim's safety: places of stay, shelters, health.
    ProtectionReviewer = "protection_reviewer",
    /// Releases what touches a victim's liability or the use of evidence.
    LegalReviewer = "legal_reviewer",
    /// Proposes new versions of rules and agreements.
    PolicyAuthor = "policy_author",
    /// Approves versions that another person has proposed.
    PolicyApprover = "policy_approver",
}

impl Role {
    /// Whether the role releases held messages.
    #[must_use]
    pub const fn reviews(self) -> bool {
        matches!(self, Self::Reviewer | Self::ProtectionReviewer | Self::LegalReviewer)
    }
}

/// Not a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no such role; there are: {}", words())]
pub struct RoleError;

fn words() -> String {
    Role::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(word: &str) -> Result<Self, RoleError> {
        Self::ALL.iter().copied().find(|role| role.as_str() == word).ok_or(RoleError)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
