use sequoia_openpgp::packet::signature::cache::SignatureVerificationCache;

use super::super::{
    Certificate, OwnKey, OwnKeys, SealError, close, dangerous_open, dangerous_seal, open, park, unpark,
};
use super::{PROFILES, Pair, document, key, later, now, party};
use crate::message::MAX_DOCUMENT;
use crate::partner::Profile;
use crate::policy::{Circumstances, Engine, Permitted};

#[test]
fn what_is_closed_opens_to_the_same_document_in_every_profile() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let cover = &pair.sealed.cover;
        assert!(cover.matches(&pair.sealed.bytes).is_ok());
        let opened = open(cover, &pair.sealed.bytes, &pair.own(), &pair.sender(), later(60)).unwrap();
        assert_eq!(*opened.document(), pair.document);
        assert_eq!(*opened.document(), pair.document);
        // An engine without agreements: what was opened is not therefore admitted.
        let refusal = opened.admit(&engine(), &Circumstances::default(), later(60)).unwrap_err();
        assert_eq!(refusal.code, "no-agreement");
    }
}

#[test]
fn documents_of_every_length_round_trip() {
    for profile in [Profile::V6, Profile::V4Compat] {
        let (from, to) = (key("rs/mup", profile), key("si/policija", profile));
        for length in [0, 1, 100, 191, 192, 8383, 8384, 65_300, 65_536, 131_072, 200_000, MAX_DOCUMENT] {
            let plain = vec![b'x'; length];
            let bytes = dangerous_seal(&plain, &from, &to.certificate(), now()).unwrap();
            let opened = dangerous_open(&bytes, &to, &from.certificate()).unwrap();
            assert!(*opened == plain, "{length}");
        }
        let too_long = vec![b'x'; MAX_DOCUMENT + 1];
        let refused = dangerous_seal(&too_long, &from, &to.certificate(), now()).unwrap_err();
        assert!(matches!(refused, SealError::TooLarge { .. }), "{refused}");
    }
}

#[test]
fn secret_keys_and_certificates_survive_writing_and_reading() {
    for profile in PROFILES {
        let own = key("rs/mup", profile);
        let secret = own.to_armored_secret();
        assert!(secret.starts_with("-----BEGIN PGP PRIVATE KEY BLOCK-----"));
        let again = OwnKey::parse(secret.as_bytes(), now()).unwrap();
        assert_eq!(again.certificate(), own.certificate());
        let text = own.certificate().to_armored();
        assert!(text.starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----"));
        let certificate = Certificate::parse(text.as_bytes(), now()).unwrap();
        assert_eq!((certificate.profile(), certificate.party()), (profile, &party("rs/mup")));
        assert_eq!(certificate.fingerprint(), own.fingerprint());
        // A secret key that strays into the certificates' folder gives no secret away.
        let stripped = Certificate::parse(secret.as_bytes(), now()).unwrap();
        assert_eq!(stripped.to_armored(), text);
        let parked = park(b"draft", &own, now()).unwrap();
        assert_eq!(**unpark(&parked, &again.clone().into()).unwrap(), *b"draft");
    }
}

#[test]
fn debug_output_shows_no_secret_and_no_plaintext() {
    let pair = Pair::new(Profile::V6);
    let shown = format!("{:?} {:?} {:?}", pair.from, pair.sealed, pair.sender());
    assert!(shown.contains("rs/mup") && shown.len() < 900, "{shown}");
}

#[test]
fn a_v6_signer_never_seals_to_a_v4_partner() {
    for own in PROFILES {
        for to in PROFILES.into_iter().filter(|to| *to != own) {
            let refused = dangerous_seal(b"x", &key("rs/mup", own), &key("at/bk", to).certificate(), now());
            let expected = SealError::ProfileMismatch { own: own.as_str(), to: to.as_str() };
            assert_eq!(refused.unwrap_err(), expected);
        }
    }
}

#[test]
fn own_keys_are_one_partys_one_for_each_profile() {
    let keys = PROFILES.map(|profile| key("rs/mup", profile));
    let own = OwnKeys::new(keys.clone()).unwrap();
    for (profile, key) in PROFILES.into_iter().zip(&keys) {
        assert_eq!(own.for_profile(profile).unwrap().fingerprint(), key.fingerprint());
    }
    assert!(OwnKeys::new([]).is_err());
    assert!(OwnKeys::new([key("rs/mup", Profile::V6), key("rs/mup", Profile::V6)]).is_err());
    assert!(OwnKeys::new([key("rs/mup", Profile::V6), key("rs/jt", Profile::V4Compat)]).is_err());
    assert!(own.iter().count() == 3 && *own.party() == party("rs/mup"));
}

#[test]
fn nothing_is_closed_for_other_parties_than_the_documents_or_with_a_dead_key() {
    let (from, to) = (key("rs/mup", Profile::V6), key("si/policija", Profile::V6));
    for (a, b) in [("rs/jt", "si/policija"), ("rs/mup", "at/bk")] {
        let permitted = Permitted::for_tests(document(a, b));
        let refused = close(&permitted, &from, &to.certificate(), now()).unwrap_err();
        assert!(matches!(refused, SealError::WrongParties { .. }), "{refused}");
    }
    let permitted = Permitted::for_tests(document("rs/mup", "si/policija"));
    let after = later(3 * 365 * 86_400);
    let refused = close(&permitted, &from, &to.certificate(), after).unwrap_err();
    assert!(matches!(refused, SealError::RecipientNotUsable { .. }), "{refused}");
    let young = OwnKey::generate(&party("si/policija"), Profile::V6, after).unwrap();
    let refused = close(&permitted, &from, &young.certificate(), after).unwrap_err();
    assert!(matches!(refused, SealError::SignerNotUsable { .. }), "{refused}");
}

#[test]
fn a_certificate_is_usable_from_its_creation_to_its_end() {
    for profile in PROFILES {
        let certificate = key("rs/mup", profile).certificate();
        let two_years = 2 * 365 * 86_400;
        for (at, usable) in [(-1, false), (0, true), (two_years - 1, true), (two_years, false)] {
            assert_eq!(certificate.usable_at(later(at)), usable, "{at}");
        }
        let text = certificate.to_armored();
        let expired = Certificate::parse(text.as_bytes(), later(two_years + 1)).unwrap_err();
        assert_eq!(expired.code(), "certificate-not-alive");
        // What was parked before can still be read.
        let own = key("rs/mup", profile);
        let parked = park(b"draft", &own, now()).unwrap();
        assert!(park(b"draft", &own, later(two_years)).is_err());
        assert!(unpark(&parked, &own.clone().into()).is_ok());
    }
}

#[test]
fn opening_adds_nothing_to_sequoias_cache_of_verified_signatures() {
    for profile in PROFILES {
        let pair = Pair::new(profile);
        let sender = pair.sender();
        let messages = if profile == Profile::V6 { 5_000 } else { 50 };
        let before = SignatureVerificationCache::insertions();
        for n in 0..messages {
            let plain = format!("{n}");
            let bytes = dangerous_seal(plain.as_bytes(), &pair.from, &pair.to.certificate(), now()).unwrap();
            assert_eq!(**dangerous_open(&bytes, &pair.to, &sender).unwrap(), *plain.as_bytes());
        }
        let grown = SignatureVerificationCache::insertions() - before;
        // Where tests share a process, others' certificates may add a few; never one for each message.
        let allowed = if std::env::var_os("NEXTEST").is_some() { 0 } else { messages / 2 };
        assert!(grown <= allowed, "{profile:?}: {grown}");
    }
}

fn engine() -> Engine {
    let catalogue = crate::schema::Catalogue::parse("version = \"1\"\nfield = []", "[lists]").unwrap();
    Engine::load(std::sync::Arc::new(catalogue), std::sync::Arc::default(), &[]).unwrap()
}
