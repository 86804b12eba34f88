//! Partners on other OpenPGP software: GnuPG 2.2 and Sequoia's `sq`, both with version 4 keys.
//!
//! A test is skipped, and says so, where the program is not installed. Nothing is left running.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use casebridge::clock::Clock;
use casebridge::message::{
    Body, ConversationId, Cover, Document, Envelope, Kind, MessageId, PartyId, Purpose, Question, Sha256,
    Urgency,
};
use casebridge::partner::Profile;
use casebridge::receipt::{self, SignedReceipt, Stage, Statement, Verdict};
use casebridge::seal::{Certificate, OwnKey, dangerous_seal, open};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

const US: &str = "rs/mup";
const PARTNER: &str = "si/policija";

fn now() -> Timestamp {
    Clock::system().now()
}

fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

fn document(from: &str, to: &str) -> Document {
    let text = "Pitanje: da li je vozilo poznato? Ali je vozilo znano? ".repeat(200);
    Document {
        envelope: Envelope {
            id: MessageId::new(now()),
            conversation: ConversationId::new(now()),
            in_reply_to: None,
            kind: Kind::InfoRequest,
            from: party(from),
            to: party(to),
            created: now(),
            expires: now() + SignedDuration::from_hours(24),
            purpose: Purpose::Investigation,
            legal_basis: "PCC-SEE-4".parse().unwrap(),
            handling: BTreeSet::new(),
            handling_note: None,
            evaluation: None,
            delete_by: now() + SignedDuration::from_hours(240),
            urgency: Urgency::Routine,
            further_use: None,
            transfer_basis: None,
            policy_version: "1".into(),
        },
        body: Body {
            questions: vec![Question { number: 1, language: "sr".into(), text, ..Question::default() }],
            ..Body::default()
        },
        attachments: vec![],
        withheld: vec![],
    }
}

fn cover(document: &Document, bytes: &[u8]) -> Cover {
    Cover {
        id: document.envelope.id,
        from: document.envelope.from.clone(),
        to: document.envelope.to.clone(),
        class: document.class(),
        size: bytes.len() as u64,
        digest: Sha256::of(bytes),
        expires: document.envelope.expires,
    }
}

fn statement(by: &str) -> Statement {
    Statement {
        message: MessageId::new(now()),
        digest: Sha256::of(b"sealed"),
        from: party(US),
        to: party(PARTNER),
        stage: Stage::Outcome,
        verdict: Verdict::Refused { code: "bad-document".into() },
        by: party(by),
        at: now(),
    }
}

/// A folder with one program's keys.
struct Workshop {
    folder: TempDir,
    program: &'static str,
}

impl Workshop {
    fn new(program: &'static str) -> Option<Self> {
        if Command::new(program).arg("--version").output().is_err() {
            eprintln!("SKIPPED: `{program}` is not installed");
            return None;
        }
        Some(Self { folder: TempDir::new().unwrap(), program })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    fn run(&self, words: &[&str], file: Option<&Path>) -> Output {
        let mut command = Command::new(self.program);
        if self.program == "gpg" {
            command.env("GNUPGHOME", self.folder.path());
            command.args(["--batch", "--yes", "--quiet", "--trust-model", "always", "--status-fd", "2"]);
        }
        command.args(words).args(file).output().unwrap()
    }

    fn must(&self, words: &[&str], file: Option<&Path>) -> Output {
        let output = self.run(words, file);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {words:?}: {said}", self.program);
        output
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        if self.program == "gpg" {
            let folder = self.folder.path();
            let _ = Command::new("gpgconf").arg("--homedir").arg(folder).args(["--kill", "all"]).status();
        }
    }
}

fn gpg() -> Option<(Workshop, Certificate, OwnKey)> {
    let gpg = Workshop::new("gpg")?;
    let uri = party(PARTNER).uri();
    let words = ["--passphrase", "", "--quick-generate-key", &uri, "future-default", "default", "2y"];
    gpg.must(&words, None);
    let own = OwnKey::generate(&party(US), Profile::V4Compat, now()).unwrap();
    let file = gpg.write("us.asc", own.certificate().to_armored().as_bytes());
    gpg.must(&["--import"], Some(&file));
    let exported = gpg.must(&["--armor", "--export", &uri], None);
    let certificate = Certificate::parse(&exported.stdout, now()).unwrap();
    assert_eq!((certificate.profile(), certificate.party()), (Profile::V4Compat, &party(PARTNER)));
    Some((gpg, certificate, own))
}

#[test]
fn gnupg_decrypts_and_verifies_what_is_sealed_here() {
    let Some((gpg, partner, own)) = gpg() else { return };
    let plain = document(US, PARTNER).to_bytes();
    let sealed = dangerous_seal(&plain, &own, &partner, now()).unwrap();
    let output = gpg.must(&["--decrypt"], Some(&gpg.write("sealed.pgp", &sealed)));
    assert_eq!(output.stdout, plain);
    let said = String::from_utf8_lossy(&output.stderr);
    for word in ["GOODMDC", "DECRYPTION_OKAY", &format!("VALIDSIG {}", own.fingerprint())] {
        assert!(said.contains(word), "{word} in {said}");
    }
}

#[test]
fn what_gnupg_seals_opens_here_unless_compressed() {
    let Some((gpg, partner, own)) = gpg() else { return };
    let document = document(PARTNER, US);
    let file = gpg.write("document.json", &document.to_bytes());
    let (uri, to) = (party(PARTNER).uri(), own.fingerprint().to_string());
    let seal = |option: &[&str]| {
        let words = [option, &["--output", "-", "-u", &uri, "-r", &to, "--sign", "--encrypt"]].concat();
        gpg.must(&words, Some(&file)).stdout
    };
    let bytes = seal(&["--compress-algo", "none"]);
    let own = own.into();
    let opened = open(&cover(&document, &bytes), &bytes, &own, &partner, now()).unwrap();
    assert_eq!(*opened.document(), document);
    // Our certificate prefers no compression, which GnuPG follows without being told.
    for option in [&[][..], &["-z", "0"]] {
        let bytes = seal(option);
        assert!(open(&cover(&document, &bytes), &bytes, &own, &partner, now()).is_ok(), "{option:?}");
    }
    let bytes = seal(&["--compress-algo", "zip"]);
    let refused = open(&cover(&document, &bytes), &bytes, &own, &partner, now()).unwrap_err();
    assert_eq!(refused.code(), "compressed");
    // Encrypted but not signed.
    let words = [
        "-z",
        "0",
        "--output",
        "-",
        "-r",
        &own.for_profile(Profile::V4Compat).unwrap().fingerprint().to_string(),
        "--encrypt",
    ];
    let bytes = gpg.must(&words, Some(&file)).stdout;
    let refused = open(&cover(&document, &bytes), &bytes, &own, &partner, now()).unwrap_err();
    assert_eq!(refused.code(), "unsigned");
}

#[test]
fn gnupg_verifies_receipts_and_its_own_verify_here() {
    let Some((gpg, partner, own)) = gpg() else { return };
    let ours = statement(US);
    let signed = receipt::sign(&ours, &own).unwrap();
    let file = gpg.write("receipt.asc", signed.as_bytes());
    let output = gpg.must(&["--decrypt"], Some(&file));
    assert_eq!(output.stdout, ours.to_json().unwrap());
    let output = gpg.must(&["--verify"], Some(&file));
    let valid = format!("VALIDSIG {}", own.fingerprint());
    assert!(String::from_utf8_lossy(&output.stderr).contains(&valid));

    let theirs = statement(PARTNER);
    let file = gpg.write("receipt.json", &theirs.to_json().unwrap());
    let uri = party(PARTNER).uri();
    let words = ["--armor", "--compress-algo", "none", "--output", "-", "-u", &uri, "--sign"];
    let text = gpg.must(&words, Some(&file)).stdout;
    let read = SignedReceipt::parse(&text).unwrap();
    assert_eq!(receipt::verify(&read, &partner).unwrap(), theirs);
}

#[test]
fn gnupg_verifies_receipts_of_every_length_without_complaint() {
    let Some((gpg, _, own)) = gpg() else { return };
    let mut paddings = BTreeSet::new();
    // Lengths that follow each other, until each remainder by three was seen.
    for length in 1..64 {
        let verdict = Verdict::Refused { code: "x".repeat(length) };
        let ours = Statement { verdict, ..statement(US) };
        let signed = receipt::sign(&ours, &own).unwrap();
        let (text, _) = signed.as_str().rsplit_once("\n=").unwrap();
        paddings.insert(text.len() - text.trim_end_matches('=').len());
        let file = gpg.write("receipt.asc", signed.as_bytes());
        assert_eq!(gpg.must(&["--decrypt"], Some(&file)).stdout, ours.to_json().unwrap());
        gpg.must(&["--verify"], Some(&file));
        if length >= 3 && paddings.len() == 3 {
            return;
        }
    }
    panic!("only the paddings {paddings:?} came up");
}

#[test]
fn gnupg_works_with_a_secret_key_that_was_made_here() {
    let Some((gpg, partner, own)) = gpg() else { return };
    let file = gpg.write("secret.asc", own.to_armored_secret().as_bytes());
    gpg.must(&["--import"], Some(&file));
    let sealed = dangerous_seal(b"draft", &own, &own.certificate(), now()).unwrap();
    let output = gpg.must(&["--decrypt"], Some(&gpg.write("sealed.pgp", &sealed)));
    assert_eq!(output.stdout, b"draft");
    // And the other way round: a key that GnuPG made, taken over here.
    let uri = party(PARTNER).uri();
    let words = ["--armor", "--pinentry-mode", "loopback", "--passphrase", "", "--export-secret-keys", &uri];
    let exported = gpg.must(&words, None);
    let theirs = OwnKey::parse(&exported.stdout, now()).unwrap();
    assert_eq!(theirs.certificate(), partner);
    let sealed = dangerous_seal(b"draft", &own, &partner, now()).unwrap();
    assert!(casebridge::seal::dangerous_open(&sealed, &theirs, &own.certificate()).is_ok());
}

fn sq() -> Option<(Workshop, Certificate, OwnKey)> {
    let sq = Workshop::new("sq")?;
    let version = sq.run(&["--version"], None);
    eprintln!("{}", String::from_utf8_lossy(&version.stdout).trim());
    let (uri, key) = (party(PARTNER).uri(), sq.path("key.pgp"));
    let key = key.to_str().unwrap_or_else(|| panic!("a path in UTF-8"));
    sq.must(&["key", "generate", "--cipher-suite", "cv25519", "--userid", &uri, "--export", key], None);
    let extracted = sq.must(&["key", "extract-cert"], Some(Path::new(key)));
    let certificate = Certificate::parse(&extracted.stdout, now()).unwrap();
    sq.write("cert.pgp", &extracted.stdout);
    let own = OwnKey::generate(&party(US), certificate.profile(), now()).unwrap();
    sq.write("us.pgp", own.certificate().to_armored().as_bytes());
    Some((sq, certificate, own))
}

#[test]
fn sq_decrypts_and_verifies_what_is_sealed_here() {
    let Some((sq, partner, own)) = sq() else { return };
    let plain = document(US, PARTNER).to_bytes();
    let sealed = dangerous_seal(&plain, &own, &partner, now()).unwrap();
    let (key, us) = (sq.path("key.pgp"), sq.path("us.pgp"));
    let (key, us) = (key.to_str().unwrap_or_default(), us.to_str().unwrap_or_default());
    let words = ["decrypt", "--recipient-key", key, "--signer-cert", us, "--signatures", "1"];
    let output = sq.must(&words, Some(&sq.write("sealed.pgp", &sealed)));
    assert_eq!(output.stdout, plain);
}

#[test]
fn what_sq_seals_opens_here_unless_compressed() {
    let Some((sq, partner, own)) = sq() else { return };
    let document = document(PARTNER, US);
    let file = sq.write("document.json", &document.to_bytes());
    let (key, us) = (sq.path("key.pgp"), sq.path("us.pgp"));
    let (key, us) = (key.to_str().unwrap_or_default(), us.to_str().unwrap_or_default());
    let seal = |compression: &str| {
        let words = ["encrypt", "--binary", "--signer-key", key, "--recipient-cert", us, "--compression"];
        sq.must(&[&words[..], &[compression]].concat(), Some(&file)).stdout
    };
    let own = own.into();
    let bytes = seal("none");
    let opened = open(&cover(&document, &bytes), &bytes, &own, &partner, now()).unwrap();
    assert_eq!(*opened.document(), document);
    for compression in ["pad", "zip"] {
        let bytes = seal(compression);
        let refused = open(&cover(&document, &bytes), &bytes, &own, &partner, now()).unwrap_err();
        assert_eq!(refused.code(), "compressed", "{compression}");
    }
}

#[test]
fn sq_verifies_receipts_and_its_own_verify_here() {
    let Some((sq, partner, own)) = sq() else { return };
    let ours = statement(US);
    let file = sq.write("receipt.asc", receipt::sign(&ours, &own).unwrap().as_bytes());
    let us = sq.path("us.pgp");
    let words = ["verify", "--signer-cert", us.to_str().unwrap_or_default()];
    assert_eq!(sq.must(&words, Some(&file)).stdout, ours.to_json().unwrap());

    let theirs = statement(PARTNER);
    let file = sq.write("receipt.json", &theirs.to_json().unwrap());
    let key = sq.path("key.pgp");
    let text = sq.must(&["sign", "--signer-key", key.to_str().unwrap_or_default()], Some(&file)).stdout;
    let read = SignedReceipt::parse(&text).unwrap();
    assert_eq!(receipt::verify(&read, &partner).unwrap(), theirs);
}
