//! Keys that are replaced, and hostile inputs that no honest program makes.

use proptest::prelude::*;
use sequoia_openpgp::Packet;
use sequoia_openpgp::cert::{CertBuilder, SubkeyRevocationBuilder};
use sequoia_openpgp::packet::UserID;
use sequoia_openpgp::packet::signature::SignatureBuilder;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{HashAlgorithm, KeyFlags, ReasonForRevocation, SignatureType};

use super::super::certificate::system_time;
use super::super::packet::{Cursor, LITERAL, ONE_PASS, PKESK, SIGNATURE, next, put_header};
use super::super::signature::{Facts, Hash, Head};
use super::super::{
    Certificate, Certificates, OwnKey, OwnKeys, dangerous_open, dangerous_seal, open, park, sign, unpark,
};
use super::refusals::encrypt;
use super::{PROFILES, Pair, key, later, now, party};
use crate::message::Cover;
use crate::partner::Profile;

const TWO_YEARS: i64 = 2 * 365 * 86_400;

#[test]
fn a_message_sealed_to_a_replaced_key_still_opens() {
    for profile in PROFILES {
        let old = key("si/policija", profile);
        let at = later(TWO_YEARS - 86_400);
        let from = OwnKey::generate(&party("rs/mup"), profile, at).unwrap();
        let mut document = super::document("rs/mup", "si/policija");
        document.envelope.expires = later(TWO_YEARS + 86_400);
        let bytes = dangerous_seal(&document.to_bytes(), &from, &old.certificate(), at).unwrap();
        let pair = Pair::new(profile);
        let cover =
            Cover { id: document.envelope.id, expires: document.envelope.expires, ..pair.cover_for(&bytes) };

        let after = later(TWO_YEARS + 60);
        let secret = old.to_armored_secret();
        assert_eq!(OwnKey::parse(secret.as_bytes(), after).unwrap_err().code(), "certificate-not-alive");
        let retired = OwnKey::parse_retired(secret.as_bytes(), after).unwrap();
        let new = OwnKey::generate(&party("si/policija"), profile, after).unwrap();
        let own = OwnKeys::new([new]).unwrap();
        let refused = open(&cover, &bytes, &own, &from.certificate(), after).unwrap_err();
        assert_eq!(refused.code(), "not-for-us");
        let own = own.with_retired([retired.clone()]).unwrap();
        assert_eq!(*open(&cover, &bytes, &own, &from.certificate(), after).unwrap().document(), document);
        // So does a draft that waited here.
        let parked = park(b"draft", &old, at).unwrap();
        assert_eq!(**unpark(&parked, &own).unwrap(), *b"draft");
        // It signs nothing any more.
        assert!(dangerous_seal(b"x", &retired, &from.certificate(), after).is_err());
        assert_ne!(own.for_profile(profile).unwrap().fingerprint(), retired.fingerprint());
    }
}

#[test]
fn signatures_under_any_certificate_of_the_party_count() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let next = key("rs/mup", profile).certificate();
        let opened = |sender: &Certificates| {
            open(&pair.sealed.cover, &pair.sealed.bytes, &pair.own(), sender, now()).map(|_| ())
        };
        let both = [next.clone(), pair.sender()];
        assert!(opened(&Certificates::new(both.clone()).unwrap()).is_ok());
        assert!(opened(&Certificates::new(both.into_iter().rev()).unwrap()).is_ok());
        assert_eq!(opened(&next.into()).unwrap_err().code(), "wrong-signer");
    }
}

#[test]
fn the_first_usable_certificate_is_sealed_to() {
    let party = party("rs/mup");
    let [old, new] =
        [0, 86_400].map(|at| OwnKey::generate(&party, Profile::V6, later(at)).unwrap().certificate());
    let both = Certificates::new([new.clone(), old.clone()]).unwrap();
    for (at, expected) in [(0, &old), (86_400, &new), (TWO_YEARS + 60, &new), (2 * TWO_YEARS, &new)] {
        assert_eq!(both.to_seal(later(at)), expected, "{at}");
    }
    let both = Certificates::new([old.clone(), new.clone()]).unwrap();
    for (at, expected) in [(86_400, &old), (TWO_YEARS + 60, &new), (2 * TWO_YEARS, &old)] {
        assert_eq!(both.to_seal(later(at)), expected, "{at}");
    }
}

#[test]
fn certificates_are_those_of_one_party_and_profile() {
    let one = key("rs/mup", Profile::V6).certificate();
    let code = |all: Vec<Certificate>| Certificates::new(all).map_or_else(|error| error.code(), |_| "");
    assert_eq!(code(vec![one.clone(); 8]), "");
    assert_eq!(code(vec![one.clone(); 9]), "certificate-set");
    assert_eq!(code(vec![]), "certificate-set");
    for (name, profile) in [("rs/jt", Profile::V6), ("rs/mup", Profile::V4Compat)] {
        assert_eq!(code(vec![one.clone(), key(name, profile).certificate()]), "certificate-set");
    }
}

#[test]
fn retired_keys_belong_to_the_party() {
    let own = OwnKeys::from(key("rs/mup", Profile::V6));
    assert!(own.clone().with_retired([key("rs/jt", Profile::V6)]).is_err());
    let retired = key("rs/mup", Profile::V6);
    assert!(own.clone().with_retired(vec![retired.clone(); 32]).is_ok());
    assert!(own.with_retired(vec![retired; 33]).is_err());
}

#[test]
fn points_of_low_order_and_weak_encodings_are_refused() {
    for profile in [Profile::V6, Profile::V4Compat] {
        let pair = Pair::new(profile);
        let mut input = Cursor(&pair.sealed.bytes);
        let body = next(&mut input).unwrap().unwrap().body.into_owned();
        // The ephemeral point: after version, name and algorithm; in version 4 after its length and prefix.
        let start = if profile == Profile::V6 { 36 } else { 13 };
        let mut low_order = body.clone();
        low_order[start..start + 32].fill(0);
        let mut high_bit = body.clone();
        high_bit[start + 31] |= 0x80;
        let mut length = body.clone();
        length[start + 32] = 0xff;
        for forged in [low_order, high_bit, length, body[..body.len() - 8].to_vec()] {
            let mut bytes = Vec::new();
            put_header(&mut bytes, PKESK, forged.len());
            bytes.extend_from_slice(&forged);
            bytes.extend_from_slice(input.0);
            let refused = dangerous_open(&bytes, &pair.to, &pair.sender()).unwrap_err();
            assert_eq!(refused.code(), "damaged", "{profile:?}");
        }
    }
}

#[test]
fn more_recipients_than_the_limit_are_refused() {
    let pair = Pair::new(Profile::V6);
    let mut input = Cursor(&pair.sealed.bytes);
    let _ = next(&mut input).unwrap().unwrap();
    let packet = &pair.sealed.bytes[..pair.sealed.bytes.len() - input.0.len()];
    for (n, code) in [(7, "opened"), (8, "not-openpgp"), (10_000, "not-openpgp")] {
        let bytes = [&packet.repeat(n), &pair.sealed.bytes[..]].concat();
        assert_eq!(pair.code(&bytes), code, "{n}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_bytes_whatever_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let own = key("rs/mup", Profile::V6);
        prop_assert!(dangerous_open(&bytes, &own, &own.certificate()).is_err());
        prop_assert!(super::super::verify(&bytes, &own.certificate()).is_err());
        prop_assert!(Certificate::parse(&bytes, now()).is_err());
        prop_assert!(crate::receipt::SignedReceipt::parse(&bytes).is_err());
    }

    #[test]
    fn no_damage_to_a_signed_message_makes_a_reader_panic_or_accept(
        place in 0usize..400, patch in proptest::collection::vec(any::<u8>(), 1..12), cut in 0usize..3,
    ) {
        let own = key("rs/mup", Profile::V4Compat);
        let signed = sign(&[b'x'; 200], &own, None, now()).unwrap();
        let start = signed.windows(200).position(|part| part == [b'x'; 200]).unwrap();
        let mut forged = signed.clone();
        let end = (place + cut).min(forged.len());
        forged.splice(place.min(end)..end, patch);
        if let Ok(read) = super::super::verify(&forged, &own.certificate()) {
            // Only the date of the literal packet is outside the signature.
            prop_assert!(read.content() == [b'x'; 200], "at {place}, content from {start}");
        }
    }
}

#[test]
fn weak_digests_are_refused_in_signatures_and_certificates() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let signed = sign(b"{}", &pair.from, Some(pair.to.fingerprint().as_bytes()), now()).unwrap();
        let mut input = Cursor(&signed);
        let _one_pass = next(&mut input).unwrap();
        let _literal = next(&mut input).unwrap();
        let rest = input.0.len();
        let body = next(&mut input).unwrap().unwrap().body.len();
        let start = signed.len() - rest + (rest - body);
        // MD5, SHA-1, RIPEMD-160, SHA-224, none.
        for hash in [1, 2, 3, 11, 99] {
            let mut forged = signed.clone();
            forged[start + 3] = hash;
            let bytes = encrypt(&forged, &pair.to.certificate());
            assert_eq!(pair.code(&bytes), "algorithm-refused", "{profile:?} {hash}");
        }
    }
    for at in ["2012-01-01T00:00:00Z".parse().unwrap(), now()] {
        for (hash, code) in [(HashAlgorithm::SHA1, "certificate-no-party"), (HashAlgorithm::SHA256, "")] {
            let (cert, _) = CertBuilder::new()
                .set_creation_time(system_time(at))
                .add_signing_subkey()
                .add_transport_encryption_subkey()
                .generate()
                .unwrap();
            let primary = cert.primary_key().key().clone().parts_into_secret().unwrap();
            let user = UserID::from("casebridge://rs/mup");
            let binding = SignatureBuilder::new(SignatureType::PositiveCertification)
                .set_hash_algo(hash)
                .set_signature_creation_time(system_time(at))
                .unwrap()
                .sign_userid_binding(&mut primary.into_keypair().unwrap(), None, &user)
                .unwrap();
            assert_eq!(binding.hash_algo(), hash);
            let (cert, _) = cert.insert_packets(vec![Packet::from(user), binding.into()]).unwrap();
            let read = Certificate::parse(&cert.to_vec().unwrap(), at);
            assert_eq!(read.err().map_or("", |error| error.code()), code, "{at} {hash}");
        }
    }
}

#[test]
fn a_signature_dated_outside_the_keys_life_is_a_wrong_signers() {
    for profile in PROFILES {
        let own = key("rs/mup", profile);
        let (version, hash) =
            if profile == Profile::V4Compat { (4, Hash::Sha256) } else { (6, Hash::Sha512) };
        for (seconds, accepted) in [(-1, false), (0, true), (TWO_YEARS - 1, true), (TWO_YEARS, false)] {
            let issuer = own.signing_fingerprint().as_bytes().to_vec();
            let created = u32::try_from(later(seconds).as_second()).unwrap();
            let facts = Facts { created, issuer: issuer.clone(), recipients: vec![] };
            let salt = vec![1; if version == 6 { 32 } else { 0 }];
            let head = Head::new(version, own.signing_algorithm(), hash, salt, &facts);
            let digest = head.digest(b"x");
            let values = own.sign(digest.as_ref()).unwrap();
            let mut signed = Vec::new();
            let bodies = [
                (ONE_PASS, head.to_one_pass_body(&issuer)),
                (LITERAL, b"b\0\0\0\0\0x".to_vec()),
                (SIGNATURE, head.to_packet_body(&digest, &values)),
            ];
            for (tag, body) in bodies {
                put_header(&mut signed, tag, body.len());
                signed.extend_from_slice(&body);
            }
            let read = super::super::verify(&signed, &own.certificate());
            let code = read.as_ref().err().map_or("", super::super::OpenRefusal::code);
            assert_eq!(code, if accepted { "" } else { "wrong-signer" }, "{profile:?} {seconds}");
        }
    }
}

#[test]
fn a_signature_of_a_revoked_subkey_is_a_wrong_signers() {
    let (cert, _) = CertBuilder::new()
        .set_profile(sequoia_openpgp::Profile::RFC9580)
        .unwrap()
        .set_creation_time(system_time(now()))
        .add_userid("casebridge://rs/mup")
        .set_primary_key_flags(KeyFlags::empty().set_certification().set_signing())
        .add_signing_subkey()
        .add_transport_encryption_subkey()
        .generate()
        .unwrap();
    let own = OwnKey::parse(&cert.as_tsk().to_vec().unwrap(), now()).unwrap();
    let print = own.signing_fingerprint().as_bytes();
    let mut subkeys = cert.keys().subkeys();
    let subkey = subkeys.find(|subkey| subkey.key().fingerprint().as_bytes() == print).unwrap().key().clone();
    let to = key("si/policija", Profile::V6);
    let bytes = dangerous_seal(b"x", &own, &to.certificate(), now()).unwrap();
    assert!(dangerous_open(&bytes, &to, &own.certificate()).is_ok());

    let primary = cert.primary_key().key().clone().parts_into_secret().unwrap();
    let revocation = SubkeyRevocationBuilder::new()
        .set_reason_for_revocation(ReasonForRevocation::KeyCompromised, b"")
        .unwrap()
        .set_signature_creation_time(system_time(later(1)))
        .unwrap()
        .build(&mut primary.into_keypair().unwrap(), &cert, subkey.parts_as_public(), None)
        .unwrap();
    let (cert, _) = cert.insert_packets(Packet::from(revocation)).unwrap();
    let sender = Certificate::parse(&cert.to_vec().unwrap(), later(10)).unwrap();
    assert_eq!(dangerous_open(&bytes, &to, &sender).unwrap_err().code(), "wrong-signer");
}

#[test]
fn padding_may_follow_inside_a_container_of_version_6_only() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let content = pair.document.to_bytes();
        let signed = sign(&content, &pair.from, Some(pair.to.fingerprint().as_bytes()), now()).unwrap();
        let padded = [&signed[..], b"\xd5\x03abc"].concat();
        let sealed = encrypt(&padded, &pair.to.certificate());
        let expected = if profile == Profile::V4Compat { "not-openpgp" } else { "opened" };
        assert_eq!(pair.code(&sealed), expected, "{profile:?}");
        let twice = encrypt(&[&padded[..], b"\xd5\x01a"].concat(), &pair.to.certificate());
        assert_eq!(pair.code(&twice), "not-openpgp", "{profile:?}");
        // A receipt has no container: anybody could lengthen it.
        assert!(super::super::verify(&signed, &pair.sender()).is_ok());
        assert!(super::super::verify(&padded, &pair.sender()).is_err());
    }
}

#[test]
fn everything_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<(OwnKey, OwnKeys, Certificate)>();
    shared::<(super::super::Sealed, super::super::Opened, crate::receipt::SignedReceipt)>();
}
