//! Throw-away certificates and keys, and the shipped configuration beside them.

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jiff::{Timestamp, ToSpan};
use zeroize::Zeroizing;

use super::{Ports, TrialError, TrialOptions};
use crate::clock::Clock;
use crate::config::shipped;
use crate::message::PartyId;
use crate::partner::{Limits, Profile};
use crate::seal::OwnKey;
use crate::tls::throwaway::{Authority, Request};

/// One state in the trial: its authority, its gateway's certificate and its parties' OpenPGP keys.
#[derive(Debug)]
pub struct StateKeys {
    pub anchor: String,
    pub crl: String,
    pub chain_pem: String,
    pub key_pem: Zeroizing<String>,
    pub keys: Vec<OwnKey>,
}

/// The three states of a trial.
#[derive(Debug)]
pub struct TrialKeys {
    pub rs: StateKeys,
    pub si: StateKeys,
    pub at: StateKeys,
}

const RS: [&str; 4] = ["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"];

impl StateKeys {
    /// `neighbour`: whose folder has this state's anchor and revocation list.
    fn read(
        folder: &Path,
        country: &str,
        neighbour: &str,
        parties: &[&str],
        now: Timestamp,
    ) -> Result<Self, TrialError> {
        let failed = |error: &dyn std::fmt::Display| TrialError::Keys(error.to_string());
        let (own, foreign) = (folder.join(country).join("keys"), folder.join(neighbour).join("keys"));
        let key = |party: &&str| {
            let bytes = std::fs::read(own.join(format!("{}.secret.pgp", party.replace('/', "-"))))?;
            OwnKey::parse(&Zeroizing::new(bytes), now).map_err(|e| failed(&e))
        };
        Ok(Self {
            anchor: std::fs::read_to_string(foreign.join(format!("{country}-anchor.pem")))?,
            crl: std::fs::read_to_string(foreign.join(format!("{country}.crl")))?,
            chain_pem: std::fs::read_to_string(own.join("gateway.crt"))?,
            key_pem: Zeroizing::new(std::fs::read_to_string(own.join("gateway.key"))?),
            keys: parties.iter().map(key).collect::<Result<_, TrialError>>()?,
        })
    }

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
        let (anchor, key_pem) = (authority.certificate_pem(), Zeroizing::new(gateway.key_pem));
        Ok(Self { anchor, crl, chain_pem: gateway.chain_pem, key_pem, keys })
    }
}

/// Makes three states and writes both gateways' folders, `rs` and `si`.
pub(super) fn write_all(folder: &Path, profile: Profile, now: Timestamp) -> Result<TrialKeys, TrialError> {
    let rs = StateKeys::new("Trial authority of Serbia", &RS, profile, now)?;
    let si = StateKeys::new("Trial authority of Slovenia", &["si/policija"], profile, now)?;
    let at = StateKeys::new("Trial authority of Austria", &["at/bk"], profile, now)?;
    let (rs_folder, si_folder) = (folder.join("rs"), folder.join("si"));
    for (name, bytes) in shipped::FILES {
        match name.strip_prefix("example-si-gateway/") {
            Some(name) => write(&si_folder.join(name), bytes, false)?,
            None => write(&rs_folder.join(name), bytes, false)?,
        }
        if name.starts_with("translate/") || name.starts_with("policies/common/") {
            write(&si_folder.join(name), bytes, false)?;
        }
    }
    own(&rs_folder, &rs)?;
    own(&si_folder, &si)?;
    own(&folder.join("at"), &at)?;
    foreign(&rs_folder, "si", &si)?;
    foreign(&rs_folder, "at", &at)?;
    foreign(&si_folder, "rs", &rs)?;
    Ok(TrialKeys { rs, si, at })
}

/// The keys that an earlier trial left in `folder`.
pub(super) fn read_all(folder: &Path, now: Timestamp) -> Result<TrialKeys, TrialError> {
    Ok(TrialKeys {
        rs: StateKeys::read(folder, "rs", "si", &RS, now)?,
        si: StateKeys::read(folder, "si", "rs", &["si/policija"], now)?,
        at: StateKeys::read(folder, "at", "rs", &["at/bk"], now)?,
    })
}

/// A gateway's own certificate and keys.
fn own(folder: &Path, state: &StateKeys) -> Result<(), TrialError> {
    let keys = folder.join("keys");
    write(&keys.join("gateway.crt"), state.chain_pem.as_bytes(), false)?;
    write(&keys.join("gateway.key"), state.key_pem.as_bytes(), true)?;
    for key in &state.keys {
        let name = format!("{}.secret.pgp", key.party().as_str().replace('/', "-"));
        write(&keys.join(name), key.to_armored_secret().as_bytes(), true)?;
    }
    Ok(())
}

/// What a gateway has of another state.
fn foreign(folder: &Path, country: &str, state: &StateKeys) -> Result<(), TrialError> {
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

/// Writes what a trial has agreed otherwise into the partner files in `folder`: ports on loopback, limits, profile.
pub(super) fn adapt(folder: &Path, options: &TrialOptions, ports: Ports) -> Result<(), TrialError> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let port = if path.file_stem().is_some_and(|stem| stem == "rs") { ports.rs } else { ports.si };
        let mut text = std::fs::read_to_string(&path)?;
        if text.contains("\nhost = ") {
            text = set(&text, "host", "\"127.0.0.1\"");
            text = set(&text, "port", &port.to_string());
        }
        if let Some(profile) = options.profile {
            text = set(&text, "profile", &format!("\"{}\"", profile.as_str()));
        }
        for purpose in &options.more_purposes {
            let word = format!("\"{}\"", purpose.as_str());
            let start = "\npurposes = [";
            if !text.contains(&word) {
                text = text.replacen(start, &format!("{start}{word}, "), 1);
            }
        }
        if let Some(limits) = options.limits {
            text = with_limits(&text, limits);
        }
        write(&path, text.as_bytes(), false)?;
    }
    Ok(())
}

/// Gives `key` this value where it stands at the beginning of a line.
fn set(text: &str, key: &str, value: &str) -> String {
    let start = format!("{key} = ");
    let line = |line: &str| {
        if line.starts_with(&start) { format!("{start}{value}\n") } else { format!("{line}\n") }
    };
    text.lines().map(line).collect()
}

/// Puts these limits in the place of those of the file.
fn with_limits(text: &str, limits: Limits) -> String {
    let mut inside = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with('[') {
            inside = *line == "[limits]";
        }
        !inside
    });
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    let Limits { sealed_bytes, requests_per_second, burst, deliveries_at_once } = limits;
    format!(
        "{kept}\n[limits]\nsealed_bytes = {sealed_bytes}\nrequests_per_second = {requests_per_second}\n\
         burst = {burst}\ndeliveries_at_once = {deliveries_at_once}\n"
    )
}

/// Makes a trial's folder and writes the ports into its files, so that `casebridge serve` can run from it.
///
/// # Errors
/// [`TrialError`] when keys cannot be made or files not written.
pub fn write_folder(folder: &Path, rs_port: u16, si_port: u16) -> Result<(), TrialError> {
    write_all(folder, Profile::V6, Clock::system().now())?;
    let ports = [("rs", rs_port, "si.toml", si_port), ("si", si_port, "rs.toml", rs_port)];
    for (country, own, partner, port) in ports {
        let folder = folder.join(country);
        replace(&folder.join("gateway.toml"), &[("0.0.0.0:8443", &format!("127.0.0.1:{own}"))])?;
        let host = format!("host = \"gateway.{}.example\"", partner.trim_end_matches(".toml"));
        let changes = [(host.as_str(), "host = \"127.0.0.1\""), ("port = 8443", &format!("port = {port}"))];
        replace(&folder.join("partners").join(partner), &changes)?;
    }
    Ok(())
}

fn replace(path: &Path, changes: &[(&str, &str)]) -> Result<(), TrialError> {
    let mut text = std::fs::read_to_string(path)?;
    for (old, new) in changes {
        if !text.contains(old) {
            return Err(TrialError::Keys(format!("`{old}` does not stand in {}", path.display())));
        }
        text = text.replacen(old, new, 1);
    }
    write(path, text.as_bytes(), false)
}
