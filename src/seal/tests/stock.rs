//! Our packets against Sequoia's own reader and writer, both ways, and against the vectors of RFC 9580.

use std::io::{Read, Write};

use sequoia_openpgp::cert::CertBuilder;
use sequoia_openpgp::crypto::SessionKey;
use sequoia_openpgp::packet::{PKESK, SKESK};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::parse::stream::{
    DecryptionHelper, DecryptorBuilder, MessageLayer, MessageStructure, VerificationHelper,
};
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::serialize::stream::{Encryptor, LiteralWriter, Message, Recipient, Signer};
use sequoia_openpgp::types::{AEADAlgorithm, SymmetricAlgorithm};
use sequoia_openpgp::{Cert, KeyHandle};

use super::super::certificate::{policy, system_time};
use super::super::packet::{Cursor, next};
use super::super::{OwnKey, dangerous_open, dangerous_seal};
use super::{PROFILES, key, now};
use crate::partner::Profile;

struct Stock {
    own: Cert,
    sender: Cert,
}

impl VerificationHelper for Stock {
    fn get_certs(&mut self, _: &[KeyHandle]) -> sequoia_openpgp::Result<Vec<Cert>> {
        Ok(vec![self.sender.clone()])
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> sequoia_openpgp::Result<()> {
        let verified = structure.into_iter().any(|layer| match layer {
            MessageLayer::SignatureGroup { results } => {
                results.len() == 1 && results.iter().all(Result::is_ok)
            }
            _ => false,
        });
        assert!(verified);
        Ok(())
    }
}

impl DecryptionHelper for Stock {
    fn decrypt(
        &mut self,
        pkesks: &[PKESK],
        _: &[SKESK],
        algorithm: Option<SymmetricAlgorithm>,
        decrypt: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> sequoia_openpgp::Result<Option<Cert>> {
        let policy = policy(now());
        let valid = self.own.with_policy(&policy, system_time(now()))?;
        for key in valid.keys().for_transport_encryption().unencrypted_secret() {
            let mut pair = key.key().clone().into_keypair()?;
            for pkesk in pkesks {
                if let Some((algorithm, session_key)) = pkesk.decrypt(&mut pair, algorithm)
                    && decrypt(algorithm, &session_key)
                {
                    return Ok(Some(self.own.clone()));
                }
            }
        }
        Ok(None)
    }
}

fn cert(own: &OwnKey) -> Cert {
    Cert::from_bytes(own.to_armored_secret().as_bytes()).unwrap()
}

#[test]
fn sequoias_own_reader_opens_what_is_sealed_here() {
    for profile in PROFILES {
        let (from, to) = (key("rs/mup", profile), key("si/policija", profile));
        for length in [0, 3000, 150_000] {
            let plain = vec![b'x'; length];
            let bytes = dangerous_seal(&plain, &from, &to.certificate(), now()).unwrap();
            let policy = policy(now());
            let helper = Stock { own: cert(&to), sender: cert(&from) };
            let builder = DecryptorBuilder::from_bytes(&bytes).unwrap();
            let mut opened = Vec::new();
            let mut reader = builder.with_policy(&policy, system_time(now()), helper).unwrap();
            reader.read_to_end(&mut opened).unwrap();
            assert!(opened == plain, "{profile:?} {length}");
        }
    }
}

/// Seals with Sequoia's streaming writer: partial bodies, 4 KiB chunks.
fn stock_seal(plain: &[u8], from: &Cert, to: &Cert, aead: Option<AEADAlgorithm>) -> Vec<u8> {
    let policy = policy(now());
    let recipient = to.with_policy(&policy, system_time(now())).unwrap();
    let recipients: Vec<Recipient<'_>> =
        recipient.keys().for_transport_encryption().map(Recipient::from).collect();
    let sender = from.with_policy(&policy, system_time(now())).unwrap();
    let signing = sender.keys().for_signing().unencrypted_secret().next().unwrap();
    let pair = signing.key().clone().into_keypair().unwrap();
    let mut out = Vec::new();
    let mut encryptor = Encryptor::for_recipients(Message::new(&mut out), recipients);
    if let Some(aead) = aead {
        encryptor = encryptor.aead_algo(aead);
    }
    let signer = Signer::new(encryptor.build().unwrap(), pair).unwrap();
    let signer = signer.add_intended_recipient(to).creation_time(system_time(now()));
    let mut writer = LiteralWriter::new(signer.build().unwrap()).build().unwrap();
    writer.write_all(plain).unwrap();
    writer.finalize().unwrap();
    out
}

#[test]
fn what_sequoias_own_writer_seals_opens_here() {
    for profile in PROFILES {
        let (from, to) = (key("rs/mup", profile), key("si/policija", profile));
        let modes = match profile {
            Profile::V4Compat => vec![None],
            _ => vec![None, Some(AEADAlgorithm::OCB), Some(AEADAlgorithm::GCM)],
        };
        for aead in modes {
            for length in [0, 3000, 150_000] {
                let plain = vec![b'x'; length];
                let bytes = stock_seal(&plain, &cert(&from), &cert(&to), aead);
                let opened = dangerous_open(&bytes, &to, &from.certificate()).unwrap();
                assert!(*opened == plain, "{profile:?} {aead:?} {length}");
            }
        }
        // EAX is not one of the modes of this exchange.
        if profile != Profile::V4Compat {
            let bytes = stock_seal(b"x", &cert(&from), &cert(&to), Some(AEADAlgorithm::EAX));
            let refused = dangerous_open(&bytes, &to, &from.certificate()).unwrap_err();
            assert_eq!(refused.code(), "algorithm-refused");
        }
    }
}

/// A certificate like those of implementations that know only what RFC 9580 demands.
fn without_gcm() -> OwnKey {
    let (cert, _) = CertBuilder::new()
        .set_profile(sequoia_openpgp::Profile::RFC9580)
        .unwrap()
        .set_creation_time(system_time(now()))
        .add_userid("casebridge://si/policija")
        .add_signing_subkey()
        .add_transport_encryption_subkey()
        .generate()
        .unwrap();
    OwnKey::parse(&cert.as_tsk().to_vec().unwrap(), now()).unwrap()
}

#[test]
fn ocb_is_written_to_those_who_do_not_ask_for_gcm() {
    let (from, to) = (key("rs/mup", Profile::V6), without_gcm());
    for (to, mode) in [(&to, 2), (&key("si/policija", Profile::V6), 3)] {
        let plain = vec![b'x'; 150_000];
        let bytes = dangerous_seal(&plain, &from, &to.certificate(), now()).unwrap();
        let mut input = Cursor(&bytes);
        let _pkesk = next(&mut input).unwrap().unwrap();
        let container = next(&mut input).unwrap().unwrap();
        assert_eq!(container.body[..3], [2, 9, mode]);
        let policy = policy(now());
        let helper = Stock { own: cert(to), sender: cert(&from) };
        let builder = DecryptorBuilder::from_bytes(&bytes).unwrap();
        let mut opened = Vec::new();
        let mut reader = builder.with_policy(&policy, system_time(now()), helper).unwrap();
        reader.read_to_end(&mut opened).unwrap();
        assert!(opened == plain);
        // And what such a partner, who signs with a subkey, sends back.
        let bytes = dangerous_seal(&plain, to, &from.certificate(), now()).unwrap();
        assert!(*dangerous_open(&bytes, &from, &to.certificate()).unwrap() == plain);
    }
}
