//! What a message asks or tells.

use serde::{Deserialize, Serialize};

use super::cover::Class;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $class:ident;)*) => {
        /// The kind of a message. Requests open a conversation; the others refer to a message in one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Kind {
            /// Every kind, in the order of the documents.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word used on the wire, in agreements and in documents.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The coarse class that travels outside the seal.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }
        }
    };
}

kinds! {
    /// Is this person known to you?
    PersonCheck = "person_check", Request;
    InfoRequest = "info_request", Request;
    /// Information that nobody asked for (PCC SEE art. 6).
    SpontaneousInfo = "spontaneous_info", Request;
    VictimIdentificationSupport = "victim_identification_support", Request;
    StatusDecision = "status_decision", Request;
    VictimReferral = "victim_referral", Request;
    SafeReturn = "safe_return", Request;
    MissingChildAlert = "missing_child_alert", Request;
    EvidenceRequest = "evidence_request", Request;
    JitSetup = "jit_setup", Request;
    ControlledActionCoordination = "controlled_action_coordination", Request;
    EarlyWarning = "early_warning", Request;
    PurposeChange = "purpose_change", Request;
    OnwardPermission = "onward_permission", Request;
    JudicialUsePermission = "judicial_use_permission", Request;
    Answer = "answer", Answer;
    PartialAnswer = "partial_answer", Answer;
    Refusal = "refusal", Answer;
    Accept = "accept", Answer;
    Reject = "reject", Answer;
    Clarification = "clarification", Control;
    DelayNotice = "delay_notice", Control;
    Withdrawal = "withdrawal", Control;
    Correction = "correction", Control;
    DisputedMark = "disputed_mark", Control;
    Erase = "erase", Control;
    DeletionCertificate = "deletion_certificate", Control;
    Reclassify = "reclassify", Control;
}

impl Kind {
    /// The kind that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }

    /// Whether the receiver of a message asks its provider for a use that its terms do not allow.
    #[must_use]
    pub const fn asks_permission(self) -> bool {
        matches!(self, Self::PurposeChange | Self::OnwardPermission | Self::JudicialUsePermission)
    }

    /// Whether a message of this kind must name the message that it follows.
    #[must_use]
    pub fn is_reply(self) -> bool {
        self.class() != Class::Request
    }
}
