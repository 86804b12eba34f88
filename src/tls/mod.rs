//! All of rustls: own identity, trust per partner, revocation, peer certificate to party.
//!
//! In: certificates, keys, anchors and CRLs from the configuration.
//! Out: accepted and opened connections, each with the parties its peer speaks for.
//! Must hold: a certificate under one partner's anchors never speaks for another partner.
