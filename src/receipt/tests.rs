use jiff::Timestamp;
use sequoia_openpgp::armor;

use super::{MAX_RECEIPT, ReceiptError, SignedReceipt, Stage, Statement, Verdict, matches, sign, verify};
use crate::message::{Class, Cover, MessageId, PartyId, Sha256};
use crate::partner::Profile;
use crate::seal::{self, Certificates, OwnKey};

fn now() -> Timestamp {
    "2026-11-25T12:00:00.25Z".parse().unwrap()
}

fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

fn key(name: &str, profile: Profile) -> OwnKey {
    OwnKey::generate(&party(name), profile, now()).unwrap()
}

fn statement(verdict: Verdict) -> Statement {
    Statement {
        message: MessageId::new(now()),
        digest: Sha256::of(b"sealed"),
        from: party("rs/mup"),
        to: party("si/policija"),
        stage: Stage::Stored,
        verdict,
        by: party("si/policija"),
        at: now(),
    }
}

const PROFILES: [Profile; 3] = [Profile::V6, Profile::V6Pq, Profile::V4Compat];

#[test]
fn a_receipt_verifies_to_the_statement_that_was_signed() {
    let refused = Verdict::Refused { code: "bad-signature".into() };
    for (profile, verdict) in PROFILES.into_iter().zip([Verdict::Done, refused, Verdict::TimedOut]) {
        let own = key("si/policija", profile);
        let statement = statement(verdict);
        let receipt = sign(&statement, &own).unwrap();
        let read = SignedReceipt::parse(receipt.as_bytes()).unwrap();
        assert_eq!(read, receipt);
        assert_eq!(verify(&read, &own.certificate()).unwrap(), statement);
        // Another tool's line ends and armor headers change nothing.
        let other = receipt.as_str().replace("\n\n", "\nComment: x\n\n").replace('\n', "\r\n");
        let read = SignedReceipt::parse(other.as_bytes()).unwrap();
        assert_eq!(verify(&read, &own.certificate()).unwrap(), statement);
    }
}

#[test]
fn the_armor_is_what_other_implementations_read_and_write() {
    let own = key("si/policija", Profile::V6);
    for code in 1..64 {
        let verdict = Verdict::Refused { code: "x".repeat(code) };
        let receipt = sign(&statement(verdict), &own).unwrap();
        let mut binary = Vec::new();
        let mut reader = armor::Reader::from_bytes(receipt.as_bytes(), None);
        std::io::copy(&mut reader, &mut binary).unwrap();
        assert_eq!(binary, receipt.binary);
        let mut text = armor::Writer::new(Vec::new(), armor::Kind::Message).unwrap();
        std::io::Write::write_all(&mut text, &binary).unwrap();
        assert_eq!(SignedReceipt::parse(&text.finalize().unwrap()).unwrap().binary, binary);
    }
}

#[test]
fn no_bit_of_a_receipts_signed_message_can_be_flipped() {
    let own = key("si/policija", Profile::V6);
    let receipt = sign(&statement(Verdict::Done), &own).unwrap();
    for forged in flipped(&receipt) {
        let accepted = SignedReceipt::parse(&forged).and_then(|read| verify(&read, &own.certificate()));
        assert!(accepted.is_err());
    }
}

#[test]
fn no_flipped_bit_changes_what_a_receipt_for_gnupg_says() {
    // The checksum is no part of the message, and version 4 does not sign the literal's date.
    let own = key("si/policija", Profile::V4Compat);
    let statement = statement(Verdict::Done);
    let receipt = sign(&statement, &own).unwrap();
    for forged in flipped(&receipt) {
        if let Ok(read) = SignedReceipt::parse(&forged).and_then(|read| verify(&read, &own.certificate())) {
            assert_eq!(read, statement);
        }
    }
}

fn flipped(receipt: &SignedReceipt) -> impl Iterator<Item = Vec<u8>> {
    (0..8 * receipt.as_bytes().len()).map(|n| {
        let mut forged = receipt.as_bytes().to_vec();
        forged[n / 8] ^= 1 << (n % 8);
        forged
    })
}

#[test]
fn the_checksum_is_written_for_old_readers_and_never_decides() {
    // The check value of CRC-24/OPENPGP.
    assert_eq!(super::armor::crc24(b"123456789"), 0x0021_CF02);
    let with =
        |sum: &str| format!("-----BEGIN PGP MESSAGE-----\n\nMTIzNDU2Nzg5\n{sum}-----END PGP MESSAGE-----\n");
    assert_eq!(super::armor::encode(b"123456789", true), with("=Ic8C\n"));
    assert_eq!(super::armor::encode(b"123456789", false), with(""));
    for (profile, written) in [(Profile::V6, false), (Profile::V6Pq, false), (Profile::V4Compat, true)] {
        let text = sign(&statement(Verdict::Done), &key("si/policija", profile)).unwrap().text;
        assert_eq!(text.lines().rev().nth(1).unwrap().starts_with('='), written, "{profile:?}");
    }
    for sum in ["=Ic8C\n", "=AAAA\n", "=????\n", ""] {
        assert_eq!(super::armor::decode(&with(sum)).as_deref(), Some(&b"123456789"[..]), "{sum}");
    }
}

#[test]
fn what_is_no_armored_message_or_too_long_is_refused() {
    let text = sign(&statement(Verdict::Done), &key("si/policija", Profile::V6)).unwrap().text;
    let twice = format!("{text}{text}");
    let signature = text.replace("MESSAGE", "SIGNATURE");
    let cut = &text[..text.len() - 30];
    let open = text.replace("-----END PGP MESSAGE-----", "=");
    for bad in ["", "x", &twice, &signature, cut, &open, &text.replace("\n\n", "\n"), &text[1..]] {
        assert_eq!(SignedReceipt::parse(bad.as_bytes()).unwrap_err().code(), "not-openpgp");
    }
    assert_eq!(SignedReceipt::parse(&vec![b'\n'; MAX_RECEIPT + 1]).unwrap_err().code(), "too-large");
    assert_eq!(SignedReceipt::parse(b"\xff").unwrap_err().code(), "not-openpgp");
}

#[test]
fn only_the_party_that_makes_the_statement_can_sign_it() {
    let (own, other) = (key("si/policija", Profile::V6), key("rs/mup", Profile::V6));
    let refused = sign(&statement(Verdict::Done), &other).unwrap_err();
    assert!(matches!(refused, ReceiptError::WrongKey { .. }), "{refused}");
    let receipt = sign(&statement(Verdict::Done), &own).unwrap();
    assert_eq!(verify(&receipt, &other.certificate()).unwrap_err().code(), "wrong-signer");
    // Under any of its keys, while they change.
    let next = key("si/policija", Profile::V6).certificate();
    assert_eq!(verify(&receipt, &next).unwrap_err().code(), "wrong-signer");
    assert!(verify(&receipt, &Certificates::new([next, own.certificate()]).unwrap()).is_ok());
    // A statement in another party's name, under one's own signature.
    let json = statement(Verdict::Done).to_json().unwrap();
    let binary = seal::sign(&json, &other, None, now()).unwrap();
    let text = super::armor::encode(&binary, false);
    let forged = SignedReceipt::parse(text.as_bytes()).unwrap();
    assert_eq!(verify(&forged, &other.certificate()).unwrap_err().code(), "wrong-party");
}

#[test]
fn a_receipt_outlives_the_key_but_is_not_made_with_an_expired_one() {
    let own = key("si/policija", Profile::V6);
    let end = now() + jiff::SignedDuration::from_hours(2 * 365 * 24);
    let late = Statement { at: end, ..statement(Verdict::Done) };
    assert!(matches!(sign(&late, &own).unwrap_err(), ReceiptError::Seal(_)));
    let just = Statement { at: end - jiff::SignedDuration::from_secs(1), ..late };
    let receipt = sign(&just, &own).unwrap();
    assert!(verify(&receipt, &own.certificate()).is_ok());
}

#[test]
fn a_statement_is_strict_json() {
    let good = statement(Verdict::Refused { code: "expired".into() });
    let json = String::from_utf8(good.to_json().unwrap()).unwrap();
    assert!(json.contains(r#""verdict":{"refused":{"code":"expired"}}"#), "{json}");
    assert_eq!(Statement::parse(json.as_bytes()).unwrap(), good);
    let with = |from: &str, to: &str| json.replace(from, to);
    for (bad, path) in [
        (with(r#"{"message""#, r#"{"x":1,"message""#), "x"),
        (with("stored", "lost"), "stage"),
        (with("si/policija", "SI"), "to"),
        (with("expired", "Any text at all"), "verdict.code"),
        (with("expired", ""), "verdict.code"),
        (with(r#""stage":"stored","#, r#""stage":"stored","stage":"stored","#), "."),
        (with(r#"{"code":"expired"}"#, r#"{"code":"expired","why":"x"}"#), "verdict.refused.why"),
        (String::new(), "."),
    ] {
        let refused = Statement::parse(bad.as_bytes()).unwrap_err();
        assert_eq!(refused.code(), "bad-statement");
        assert!(refused.to_string().contains(path), "{refused} {path}");
    }
    let bad = statement(Verdict::Refused { code: "Zażółć".into() });
    assert_eq!(bad.to_json(), Err(ReceiptError::Statement));
}

#[test]
fn a_receipt_belongs_to_one_message_only() {
    let statement = statement(Verdict::Done);
    let cover = Cover {
        id: statement.message,
        from: statement.from.clone(),
        to: statement.to.clone(),
        class: Class::Request,
        size: 6,
        digest: statement.digest,
        expires: now(),
    };
    assert!(matches(&statement, &cover).is_ok());
    let others = [
        (Cover { id: MessageId::new(now()), ..cover.clone() }, "message"),
        (Cover { digest: Sha256::of(b"other"), ..cover.clone() }, "digest"),
        (Cover { from: party("rs/jt"), ..cover.clone() }, "from"),
        (Cover { to: party("at/bk"), ..cover }, "to"),
    ];
    for (other, field) in others {
        let refused = matches(&statement, &other).unwrap_err();
        assert_eq!(refused.code(), "other-message");
        assert!(refused.to_string().contains(field), "{refused}");
    }
}

#[test]
fn one_text_has_one_meaning() {
    let armored = |body: &str| format!("-----BEGIN PGP MESSAGE-----\n\n{body}\n-----END PGP MESSAGE-----\n");
    for (body, bytes) in [("AAAA", &[0; 3][..]), ("AAA=", &[0; 2]), ("AA==", &[0]), ("AAAA\nAA==", &[0; 4])] {
        assert_eq!(super::armor::decode(&armored(body)).as_deref(), Some(bytes), "{body}");
    }
    let bad = [
        "AAB=",
        "AB==",
        "A===",
        "====",
        "AA=A",
        "AAA",
        "AA==AAAA",
        "AA==\nAAAA",
        "AA A",
        "AAA\u{e9}",
        "\nAAAA",
    ];
    for body in bad {
        assert_eq!(super::armor::decode(&armored(body)), None, "{body}");
    }
}
