use std::time::Duration;

use sequoia_openpgp::cert::{CertBuilder, CertRevocationBuilder, CipherSuite};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{KeyFlags, ReasonForRevocation};
use sequoia_openpgp::{Cert, Packet};

use super::super::certificate::system_time;
use super::super::container::{Mode, encrypt_v1, encrypt_v2};
use super::super::packet::{SEIPD, put_header};
use super::super::session::wrap;
use super::super::signed::sign;
use super::super::{Certificate, OwnKey, dangerous_open, dangerous_seal, open, unpark};
use super::{PROFILES, Pair, document, key, later, now, party};
use crate::message::{Cover, Kind, MAX_DOCUMENT, Sha256};
use crate::partner::Profile;

/// Encrypts any packets, as a forger with the recipient's certificate can.
pub(super) fn encrypt(packets: &[u8], to: &Certificate) -> Vec<u8> {
    let session_key = [7; 32];
    let body = match to.profile() {
        Profile::V4Compat => encrypt_v1(&session_key, packets),
        Profile::V6 | Profile::V6Pq => encrypt_v2(Mode::Ocb, &session_key, packets),
    };
    encrypted(&body.unwrap(), &session_key, to)
}

fn encrypted(body: &[u8], session_key: &[u8; 32], to: &Certificate) -> Vec<u8> {
    let mut out = Vec::new();
    wrap(&mut out, session_key, to.sealing()).unwrap();
    put_header(&mut out, SEIPD, body.len());
    out.extend_from_slice(body);
    out
}

fn refusal(result: Result<impl Sized, super::super::OpenRefusal>) -> &'static str {
    match result {
        Ok(_) => "opened",
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn bytes_that_differ_from_the_cover_are_refused_before_any_decryption() {
    let pair = Pair::new(Profile::V6);
    let (cover, mut bytes) = (&pair.sealed.cover, pair.sealed.bytes.clone());
    bytes[100] ^= 1;
    assert_eq!(refusal(open(cover, &bytes, &pair.own(), &pair.sender(), now())), "digest-mismatch");
    let short = &pair.sealed.bytes[1..];
    assert_eq!(refusal(open(cover, short, &pair.own(), &pair.sender(), now())), "digest-mismatch");
}

#[test]
fn no_single_bit_can_be_flipped_in_any_profile() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let bytes = &pair.sealed.bytes;
        // Every bit of the packet heads, wrapped keys and tags; samples of the rest.
        let step = if profile == Profile::V6Pq { 31 } else { 7 };
        let places =
            (0..170).chain((170..bytes.len() - 40).step_by(step)).chain(bytes.len() - 40..bytes.len());
        for place in places {
            for bit in 0..8 {
                let mut forged = bytes.clone();
                forged[place] ^= 1 << bit;
                let refused = refusal(dangerous_open(&forged, &pair.to, &pair.sender()));
                assert_ne!(refused, "opened", "{profile:?} byte {place} bit {bit}");
                let known = ["not-openpgp", "not-for-us", "damaged", "algorithm-refused", "compressed"];
                assert!(known.contains(&refused), "{profile:?} byte {place} bit {bit}: {refused}");
            }
        }
        assert_eq!(refusal(dangerous_open(bytes, &pair.to, &pair.sender())), "opened");
    }
}

#[test]
fn a_message_cut_off_or_lengthened_anywhere_is_refused() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        for length in (0..pair.sealed.bytes.len()).step_by(5) {
            assert_ne!(pair.code(&pair.sealed.bytes[..length]), "opened", "{profile:?} {length}");
        }
        for tail in [&b"\0"[..], b"\xcb\x06b\0\0\0\0\0", b"\xd2\x01\x02"] {
            let longer = [&pair.sealed.bytes, tail].concat();
            assert_eq!(pair.code(&longer), "not-openpgp", "{profile:?}");
        }
    }
}

#[test]
fn whole_chunks_cannot_be_removed_or_exchanged() {
    let pair = Pair::new(Profile::V6);
    let plain = vec![b'x'; 200_000];
    let sealed = dangerous_seal(&plain, &pair.from, &pair.to.certificate(), now()).unwrap();
    let signed = sign(&plain, &pair.from, Some(pair.to.fingerprint().as_bytes()), now()).unwrap();
    for mode in [Mode::Ocb, Mode::Gcm] {
        let body = encrypt_v2(mode, &[7; 32], &signed).unwrap();
        let certificate = pair.to.certificate();
        assert_eq!(
            refusal(dangerous_open(&encrypted(&body, &[7; 32], &certificate), &pair.to, &pair.sender())),
            "opened"
        );
        let (head, chunks) = body.split_at(36);
        let (first, rest) = chunks.split_at(65_552);
        let (second, rest) = rest.split_at(65_552);
        for forged in [
            [head, first, rest].concat(),
            [head, second, first, rest].concat(),
            [head, first, second].concat(),
        ] {
            let bytes = encrypted(&forged, &[7; 32], &certificate);
            assert_eq!(refusal(dangerous_open(&bytes, &pair.to, &pair.sender())), "damaged");
        }
    }
    assert_eq!(refusal(dangerous_open(&sealed, &pair.to, &pair.sender())), "opened");
}

#[test]
fn a_message_for_somebody_else_is_not_for_us() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let other = key("at/bk", profile);
        let bytes = &pair.sealed.bytes;
        assert_eq!(refusal(dangerous_open(bytes, &other, &pair.sender())), "not-for-us");
        let cover = Cover { to: party("at/bk"), ..pair.sealed.cover.clone() };
        assert_eq!(refusal(open(&cover, bytes, &pair.own(), &pair.sender(), now())), "not-for-us");
    }
    // A key of another profile is not tried either.
    let pair = Pair::new(Profile::V6);
    let own = key("si/policija", Profile::V4Compat).into();
    assert_eq!(
        refusal(open(&pair.sealed.cover, &pair.sealed.bytes, &own, &pair.sender(), now())),
        "not-for-us"
    );
}

#[test]
fn only_the_expected_sender_can_have_signed() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let other = key("rs/jt", profile);
        let bytes = &pair.sealed.bytes;
        assert_eq!(refusal(dangerous_open(bytes, &pair.to, &other.certificate())), "wrong-signer");
        // The cover tells one party, the connection another.
        let cover = &pair.sealed.cover;
        assert_eq!(refusal(open(cover, bytes, &pair.own(), &other.certificate(), now())), "wrong-signer");
        // A stranger who uses the sender's name.
        let impostor = key("rs/mup", profile);
        let forged =
            dangerous_seal(&pair.document.to_bytes(), &impostor, &pair.to.certificate(), now()).unwrap();
        assert_eq!(pair.code(&forged), "wrong-signer");
    }
}

#[test]
fn signed_content_cannot_be_sealed_anew_to_a_third_party() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let third = key("at/bk", profile);
        // si/policija opens the message and seals what rs/mup signed to at/bk.
        let signed =
            sign(&pair.document.to_bytes(), &pair.from, Some(pair.to.fingerprint().as_bytes()), now());
        let forged = encrypt(&signed.unwrap(), &third.certificate());
        assert_eq!(refusal(dangerous_open(&forged, &third, &pair.sender())), "not-for-us");
    }
}

#[test]
fn a_v6_signature_must_name_its_recipient_and_a_v4_one_may() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let signed = sign(&pair.document.to_bytes(), &pair.from, None, now()).unwrap();
        let expected = if profile == Profile::V4Compat { "opened" } else { "not-for-us" };
        assert_eq!(pair.code(&encrypt(&signed, &pair.to.certificate())), expected);
    }
}

#[test]
fn unsigned_compressed_doubly_signed_and_foreign_packets_are_refused() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let to = pair.to.certificate();
        let signed = sign(b"{}", &pair.from, Some(pair.to.fingerprint().as_bytes()), now()).unwrap();
        let literal = b"\xcb\x08b\0\0\0\0\0{}";
        let cases: [(&[u8], &str); 7] = [
            (literal, "unsigned"),
            (b"\xc8\x03\x02ab", "compressed"),
            (b"", "not-openpgp"),
            (&[&signed[..], &signed[..]].concat(), "not-openpgp"),
            (&[&signed[..], &literal[..]].concat(), "not-openpgp"),
            (&[&literal[..], &signed[..]].concat(), "unsigned"),
            (&[&b"\xca\x03PGP"[..], &signed[..]].concat(), "not-openpgp"),
        ];
        for (packets, code) in cases {
            assert_eq!(pair.code(&encrypt(packets, &to)), code, "{profile:?}");
        }
        // Not encrypted at all.
        assert_eq!(pair.code(&signed), "not-for-us");
        assert_eq!(pair.code(b"\xc8\x03\x02ab"), "compressed");
        assert_eq!(pair.code(b"-----BEGIN PGP MESSAGE-----"), "not-openpgp");
        assert_eq!(pair.code(b""), "not-openpgp");
    }
}

#[test]
fn an_altered_content_or_signature_is_a_bad_signature() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let content = pair.document.to_bytes();
        let signed = sign(&content, &pair.from, Some(pair.to.fingerprint().as_bytes()), now()).unwrap();
        let start = signed.windows(content.len()).position(|part| part == content).unwrap();
        for place in [start, start + content.len() - 1, signed.len() - 1, signed.len() - 40] {
            let mut forged = signed.clone();
            forged[place] ^= 4;
            let bytes = encrypt(&forged, &pair.to.certificate());
            assert_eq!(pair.code(&bytes), "bad-signature", "{profile:?} {place}");
        }
    }
}

#[test]
fn no_bit_of_a_signed_message_can_be_flipped() {
    for profile in PROFILES {
        let (own, sample) = (key("rs/mup", profile), vec![b'x'; 40]);
        let signed = sign(&sample, &own, None, now()).unwrap();
        assert!(super::super::verify(&signed, &own.certificate()).is_ok());
        // GnuPG writes a date that no signature covers; for its profile it may be anything.
        let date = signed.windows(40).position(|part| part == sample).unwrap() - 4;
        for place in (0..signed.len()).step_by(if profile == Profile::V6Pq { 13 } else { 1 }) {
            if profile == Profile::V4Compat && (date..date + 4).contains(&place) {
                continue;
            }
            for bit in 0..8 {
                let mut forged = signed.clone();
                forged[place] ^= 1 << bit;
                let verified = super::super::verify(&forged, &own.certificate()).is_ok();
                assert!(!verified, "{profile:?} byte {place} bit {bit}");
            }
        }
    }
}

#[test]
fn what_is_not_a_document_is_refused_without_its_content() {
    let pair = Pair::new(Profile::V6);
    for plain in [&b""[..], b"{}", b"{\"a\":1,\"a\":2}", b"\xff", b"[1]"] {
        let bytes = dangerous_seal(plain, &pair.from, &pair.to.certificate(), now()).unwrap();
        assert_eq!(pair.code(&bytes), "bad-document");
    }
}

#[test]
fn an_envelope_that_differs_from_the_cover_is_refused() {
    let pair = Pair::new(Profile::V6);
    let mut other = document("rs/mup", "at/bk");
    other.envelope.id = pair.sealed.cover.id;
    let mut kind = pair.document.clone();
    kind.envelope.kind = Kind::Answer;
    let mut longer = pair.document.clone();
    longer.envelope.expires = later(999_999);
    let another = document("rs/mup", "si/policija");
    for (document, field) in [(other, "to"), (kind, "class"), (longer, "expires"), (another, "id")] {
        let bytes = dangerous_seal(&document.to_bytes(), &pair.from, &pair.to.certificate(), now()).unwrap();
        let refused = open(&pair.cover_for(&bytes), &bytes, &pair.own(), &pair.sender(), now()).unwrap_err();
        assert_eq!(refused.code(), "cover-mismatch");
        assert_eq!(refused.to_string(), format!("`{field}` inside the seal differs from the cover"));
    }
}

#[test]
fn an_expired_message_and_a_signature_from_the_future_are_refused() {
    let pair = Pair::new(Profile::V6);
    let (cover, bytes) = (&pair.sealed.cover, &pair.sealed.bytes);
    for (at, code) in
        [(86_399, "opened"), (86_400, "expired"), (-299, "wrong-signer"), (-301, "bad-signature")]
    {
        assert_eq!(refusal(open(cover, bytes, &pair.own(), &pair.sender(), later(at))), code, "{at}");
    }
}

#[test]
fn too_long_messages_are_refused_before_they_are_read() {
    let pair = Pair::new(Profile::V6);
    assert_eq!(pair.code(&vec![0xc1; MAX_DOCUMENT + (1 << 20) + 1]), "too-large");
    let signed =
        sign(&vec![b'x'; MAX_DOCUMENT + 1], &pair.from, Some(pair.to.fingerprint().as_bytes()), now());
    assert_eq!(pair.code(&encrypt(&signed.unwrap(), &pair.to.certificate())), "too-large");
}

#[test]
fn a_signature_of_a_key_that_has_expired_is_refused() {
    // The message lives longer than the key.
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let mut document = pair.document.clone();
        document.envelope.expires = later(9 * 365 * 86_400);
        let bytes = dangerous_seal(&document.to_bytes(), &pair.from, &pair.to.certificate(), now()).unwrap();
        let cover = Cover { expires: document.envelope.expires, ..pair.cover_for(&bytes) };
        let at = later(2 * 365 * 86_400);
        assert_eq!(refusal(open(&cover, &bytes, &pair.own(), &pair.sender(), at)), "wrong-signer");
    }
}

#[test]
fn a_revoked_certificate_is_refused_as_sender_and_recipient() {
    let own = key("rs/mup", Profile::V6);
    let cert = Cert::from_bytes(own.to_armored_secret().as_bytes()).unwrap();
    let mut signer = cert.primary_key().key().clone().parts_into_secret().unwrap().into_keypair().unwrap();
    let revocation = CertRevocationBuilder::new()
        .set_reason_for_revocation(ReasonForRevocation::KeyCompromised, b"")
        .unwrap()
        .set_signature_creation_time(system_time(later(10)))
        .unwrap()
        .build(&mut signer, &cert, None)
        .unwrap();
    let (revoked, _) = cert.insert_packets(Packet::from(revocation)).unwrap();
    let refused = Certificate::parse(&revoked.to_vec().unwrap(), later(20)).unwrap_err();
    assert_eq!(refused.code(), "certificate-revoked");
}

fn code_of(cert: &Cert) -> &'static str {
    Certificate::parse(&cert.to_vec().unwrap(), later(10)).map_or_else(|error| error.code(), |_| "accepted")
}

#[test]
fn certificates_of_forbidden_algorithms_are_refused() {
    let uri = "casebridge://rs/mup";
    let at = system_time(now());
    for suite in [CipherSuite::RSA2k, CipherSuite::P256, CipherSuite::Cv448, CipherSuite::MLDSA87_Ed448] {
        let profile = if suite == CipherSuite::MLDSA87_Ed448 {
            sequoia_openpgp::Profile::RFC9580
        } else {
            sequoia_openpgp::Profile::RFC4880
        };
        let builder = CertBuilder::general_purpose(Some(uri)).set_profile(profile).unwrap();
        let (cert, _) = builder.set_cipher_suite(suite).set_creation_time(at).generate().unwrap();
        assert_eq!(code_of(&cert), "certificate-algorithm", "{suite:?}");
    }
    // One such subkey is enough.
    let (cert, _) = CertBuilder::general_purpose(Some(uri))
        .set_creation_time(at)
        .add_subkey(KeyFlags::empty().set_signing(), None, CipherSuite::P256)
        .generate()
        .unwrap();
    assert_eq!(code_of(&cert), "certificate-algorithm");
}

#[test]
fn a_certificate_names_exactly_one_party_and_can_sign_and_be_sealed_to() {
    let at = system_time(now());
    let new = || CertBuilder::new().set_creation_time(at).add_userid("casebridge://rs/mup");
    let both = |builder: CertBuilder<'static>| builder.add_signing_subkey().add_transport_encryption_subkey();
    let cases = [
        (both(new()), "accepted"),
        (both(new()).add_userid("Police"), "accepted"),
        (both(new()).add_userid("casebridge://rs/jt"), "certificate-many-parties"),
        (both(CertBuilder::new().set_creation_time(at).add_userid("rs/mup")), "certificate-no-party"),
        (both(CertBuilder::new().set_creation_time(at)), "certificate-no-party"),
        (new().add_signing_subkey(), "certificate-no-encryption-key"),
        (new().add_transport_encryption_subkey(), "certificate-no-signing-key"),
        (both(new()).set_validity_period(Duration::from_secs(5)), "certificate-not-alive"),
    ];
    for (builder, code) in cases {
        assert_eq!(code_of(&builder.generate().unwrap().0), code);
    }
    for bytes in
        [&b""[..], b"x", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n"]
    {
        assert_eq!(Certificate::parse(bytes, now()).unwrap_err().code(), "certificate-malformed");
    }
    let long = vec![0xc6; (256 << 10) + 1];
    assert_eq!(Certificate::parse(&long, now()).unwrap_err().code(), "certificate-too-large");
}

#[test]
fn a_secret_key_without_its_secret_or_under_a_password_is_refused() {
    let own = key("rs/mup", Profile::V6);
    let public = own.certificate().to_armored();
    assert_eq!(OwnKey::parse(public.as_bytes(), now()).unwrap_err().code(), "key-no-secret");
    let (locked, _) = CertBuilder::general_purpose(Some("casebridge://rs/mup"))
        .set_creation_time(system_time(now()))
        .set_password(Some("secret".into()))
        .generate()
        .unwrap();
    let bytes = locked.as_tsk().to_vec().unwrap();
    assert_eq!(OwnKey::parse(&bytes, later(10)).unwrap_err().code(), "key-no-secret");
}

#[test]
fn a_draft_parked_by_another_key_is_not_unparked() {
    let (own, other) = (key("rs/mup", Profile::V6), key("rs/mup", Profile::V6));
    let forged = dangerous_seal(b"draft", &other, &own.certificate(), now()).unwrap();
    assert_eq!(refusal(unpark(&forged, &own.into())), "wrong-signer");
    assert_eq!(Sha256::of(&forged), Sha256::of(&forged));
}
