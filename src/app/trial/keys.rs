//! Throw-away certificates and keys, and the shipped configuration beside them.

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::{Timestamp, ToSpan};

use super::TrialError;
use crate::config::shipped;
use crate::message::PartyId;
use crate::partner::Profile;
use crate::seal::OwnKey;
use crate::tls::throwaway::{Authority, Issued, Request};

/// All that a foreign system gets from its own authorities and from Belgrade.
pub(super) struct ForeignKeys {
    pub(super) chain_pem: String,
    pub(super) key_pem: String,
    pub(super) rs_anchor: String,
    pub(super) rs_crl: String,
    pub(super) own: OwnKey,
    /// Armored OpenPGP certificates of the Serbian agencies.
    pub(super) agencies: Vec<String>,
}

const RS: [&str; 4] = ["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"];

/// A state in the trial: its authority, its gateway's certificate and its parties' OpenPGP keys.
struct State {
    anchor: String,
    crl: String,
    gateway: Issued,
    keys: Vec<OwnKey>,
}

impl State {
    fn new(name: &str, parties: &[&str], profile: Profile, now: Timestamp) -> Result<Self, TrialError> {
        let failed = |error: &dyn std::fmt::Display| TrialError::Keys(error.to_string());
        let parties = parties
            .iter()
            .map(|party| party.parse::<PartyId>().map_err(|e| failed(&e)))
            .collect::<Result<BTreeSet<_>, _>>()?;
        let until = now.saturating_add((24 * 30).hours()).map_err(|e| failed(&e))?;
        let from = now.saturating_sub(1.hour()).map_err(|e| failed(&e))?;
        let mut authority = Authority::new(name, now).map_err(|e| failed(&e))?;
        let mut request = Request::gateway(&parties, from, until);
        request.hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let gateway = authority.issue_as(&request).map_err(|e| failed(&e))?;
        let crl = authority.crl(now, until).map_err(|e| failed(&e))?;
        let keys = parties
            .iter()
            .map(|party| OwnKey::generate(party, profile, from).map_err(|e| failed(&e)))
            .collect::<Result<_, _>>()?;
        Ok(Self { anchor: authority.certificate_pem(), crl, gateway, keys })
    }
}

/// Makes three states and writes both gateways' folders, `rs` and `si`.
pub(super) fn write_all(folder: &Path, profile: Profile, now: Timestamp) -> Result<ForeignKeys, TrialError> {
    let rs = State::new("Trial authority of Serbia", &RS, profile, now)?;
    let si = State::new("Trial authority of Slovenia", &["si/policija"], profile, now)?;
    let at = State::new("Trial authority of Austria", &["at/bk"], profile, now)?;
    let (rs_folder, si_folder) = (folder.join("rs"), folder.join("si"));
    for (name, bytes) in shipped::FILES {
        match name.strip_prefix("example-si-gateway/") {
            Some(name) => write(&si_folder.join(name), bytes, false)?,
            None => write(&rs_folder.join(name), bytes, false)?,
        }
        if name.starts_with("translate/") || *name == "policies/common.cedar" {
            write(&si_folder.join(name), bytes, false)?;
        }
    }
    own(&rs_folder, &rs)?;
    own(&si_folder, &si)?;
    foreign(&rs_folder, "si", &si)?;
    foreign(&rs_folder, "at", &at)?;
    foreign(&si_folder, "rs", &rs)?;
    let agencies = rs.keys.iter().map(|key| key.certificate().to_armored()).collect();
    let own = at.keys.into_iter().next().ok_or_else(|| TrialError::Keys("no key for Austria".to_owned()))?;
    let (chain_pem, key_pem) = (at.gateway.chain_pem, at.gateway.key_pem);
    Ok(ForeignKeys { chain_pem, key_pem, rs_anchor: rs.anchor, rs_crl: rs.crl, own, agencies })
}

/// A gateway's own certificate and keys.
fn own(folder: &Path, state: &State) -> Result<(), TrialError> {
    let keys = folder.join("keys");
    write(&keys.join("gateway.crt"), state.gateway.chain_pem.as_bytes(), false)?;
    write(&keys.join("gateway.key"), state.gateway.key_pem.as_bytes(), true)?;
    for key in &state.keys {
        let name = format!("{}.secret.pgp", key.party().as_str().replace('/', "-"));
        write(&keys.join(name), key.to_armored_secret().as_bytes(), true)?;
    }
    Ok(())
}

/// What a gateway has of another state.
fn foreign(folder: &Path, country: &str, state: &State) -> Result<(), TrialError> {
    let keys = folder.join("keys");
    write(&keys.join(format!("{country}-anchor.pem")), state.anchor.as_bytes(), false)?;
    write(&keys.join(format!("{country}.crl")), state.crl.as_bytes(), false)?;
    for key in &state.keys {
        let name = format!("{}.pgp", key.party().as_str().replace('/', "-"));
        write(&keys.join(name), key.certificate().to_armored().as_bytes(), false)?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8], secret: bool) -> Result<(), TrialError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mode = if secret { 0o600 } else { 0o644 };
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(bytes)?;
    Ok(())
}
