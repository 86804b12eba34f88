//! Makes the certificates of `certs-example/` anew: `cargo run --example make-certs -- certs-example`.
//!
//! For trials only: the private keys, the authorities' included, lie beside the certificates.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use casebridge::clock::Clock;
use casebridge::message::PartyId;
use casebridge::partner::Profile;
use casebridge::seal::OwnKey;
use casebridge::tls::throwaway::{Authority, Request};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// Codes that ISO 3166 leaves to its users: no state will ever have them.
const STATES: [(&str, &str); 2] = [("xa", "State XA (fictional)"), ("xb", "State XB (fictional)")];

fn main() -> Result<(), Box<dyn Error>> {
    let Some(target) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err("name the directory to write to, such as `certs-example`".into());
    };
    let today = Clock::system().now();
    // From the beginning of the year: a trial may set its clock back a little.
    let begin = today.to_zoned_datetime(TimeZone::UTC).first_of_year()?.start_of_day()?.timestamp();
    let end = (begin.to_zoned_datetime(TimeZone::UTC) + 10.years()).timestamp();

    for (country, name) in STATES {
        let directory = target.join(country);
        fs::create_dir_all(&directory)?;
        let party: PartyId = format!("{country}/police").parse()?;
        tls(&directory, name, &party, begin, end)?;
        openpgp(&directory, &party, today)?;
    }
    Ok(())
}

/// An authority, a gateway, a client that only calls, and a client whose certificate has been revoked.
fn tls(
    directory: &Path,
    name: &str,
    party: &PartyId,
    begin: Timestamp,
    end: Timestamp,
) -> Result<(), Box<dyn Error>> {
    let parties = BTreeSet::from([party.clone()]);
    let mut authority = Authority::new(name, begin)?;
    let host = format!("gateway.{}.example", party.country());
    let gateway = authority.issue(&parties, &["localhost", "127.0.0.1", "::1", &host], begin, end)?;
    let client = authority.issue_as(&Request::client(&parties, begin, end))?;
    let revoked = authority.issue_as(&Request::client(&parties, begin, end))?;
    authority.revoke(&revoked.serial, begin);

    public(directory, "ca.pem", &authority.certificate_pem())?;
    secret(directory, "ca.key", &authority.key_pem())?;
    public(directory, "crl.pem", &authority.crl(begin, end)?)?;
    for (stem, issued) in [("gateway", gateway), ("client", client), ("revoked-client", revoked)] {
        public(directory, &format!("{stem}.pem"), &issued.chain_pem)?;
        secret(directory, &format!("{stem}.key"), &issued.key_pem)?;
    }
    Ok(())
}

/// The party's `OpenPGP` certificates and secret keys: for partners on RFC 9580, and for partners on GnuPG.
fn openpgp(directory: &Path, party: &PartyId, now: Timestamp) -> Result<(), Box<dyn Error>> {
    for (profile, name) in [(Profile::V6, "openpgp-v6"), (Profile::V4Compat, "openpgp-v4")] {
        let own = OwnKey::generate(party, profile, now)?;
        secret(directory, &format!("{name}-secret.asc"), &own.to_armored_secret())?;
        public(directory, &format!("{name}.asc"), &own.certificate().to_armored())?;
    }
    Ok(())
}

fn public(directory: &Path, name: &str, text: &str) -> io::Result<()> {
    fs::write(directory.join(name), text)
}

/// Readable by its owner only.
fn secret(directory: &Path, name: &str, text: &str) -> io::Result<()> {
    let path = directory.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
