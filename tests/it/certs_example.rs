//! The certificates for trials are what their README says.

use std::path::{Path, PathBuf};

use casebridge::partner::Profile;
use casebridge::seal::{Certificate, OwnKey};
use jiff::Timestamp;

fn file(state: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("certs-example").join(state).join(name)
}

#[test]
fn each_state_has_an_openpgp_key_for_either_kind_of_partner() {
    // Within the two years for which they were made.
    let now: Timestamp = "2026-11-26T00:00:00Z".parse().unwrap();
    for state in ["xa", "xb"] {
        for (name, profile) in [("openpgp-v6", Profile::V6), ("openpgp-v4", Profile::V4Compat)] {
            let public = std::fs::read(file(state, &format!("{name}.asc"))).unwrap();
            let secret = std::fs::read(file(state, &format!("{name}-secret.asc"))).unwrap();
            let (certificate, key) =
                (Certificate::parse(&public, now).unwrap(), OwnKey::parse(&secret, now).unwrap());
            assert_eq!(certificate.party().as_str(), format!("{state}/police"));
            assert_eq!((certificate.profile(), key.profile()), (profile, profile));
            assert_eq!(certificate.fingerprint(), key.fingerprint());
        }
    }
}
