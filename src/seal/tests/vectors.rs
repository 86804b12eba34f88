//! The vectors of RFC 9580 appendix A.

use sequoia_openpgp::packet::UserID;
use sequoia_openpgp::packet::signature::SignatureBuilder;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::SignatureType;
use sequoia_openpgp::{Cert, armor};

use super::super::certificate::system_time;
use super::super::message::decrypt;
use super::super::packet::{Cursor, LITERAL, PADDING, next};
use super::super::{OpenRefusal, OwnKey};
use super::now;
use crate::partner::Profile;

/// Appendix A.4: a version 6 secret key with Ed25519 and X25519.
const KEY: &str = "-----BEGIN PGP PRIVATE KEY BLOCK-----

xUsGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laMAGXKB
exK+cH6NX1hs5hNhIB00TrJmosgv3mg1ditlsLfCsQYfGwoAAABCBYJjh3/jAwsJ
BwUVCg4IDAIWAAKbAwIeCSIhBssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce6
2azJBScJAgcCAAAAAK0oIBA+LX0ifsDm185Ecds2v8lwgyU2kCcUmKfvBXbAf6rh
RYWzuQOwEn7E/aLwIwRaLsdry0+VcallHhSu4RN6HWaEQsiPlR4zxP/TP7mhfVEe
7XWPxtnMUMtf15OyA51YBMdLBmOHf+MZAAAAIIaTJINn+eUBXbki+PSAld2nhJh/
LVmFsS+60WyvXkQ1AE1gCk95TUR3XFeibg/u/tVY6a//1q0NWC1X+yui3O24wpsG
GBsKAAAALAWCY4d/4wKbDCIhBssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce6
2azJAAAAAAQBIKbpGG2dWTX8j+VjFM21J0hqWlEg+bdiojWnKfA5AQpWUWtnNwDE
M0g12vYxoWM8Y81W+bHBw805I8kWVkXU6vFOi+HWvv/ira7ofJu16NnoUkhclkUr
k0mXubZvyl4GBg==
-----END PGP PRIVATE KEY BLOCK-----
";

/// Appendix A.8: encrypted with X25519 and AEAD-OCB to that key.
const MESSAGE: &str = "-----BEGIN PGP MESSAGE-----

wV0GIQYSyD8ecG9jCP4VGkF3Q6HwM3kOk+mXhIjR2zeNqZMIhRmHzxjV8bU/gXzO
WgBM85PMiVi93AZfJfhK9QmxfdNnZBjeo1VDeVZheQHgaVf7yopqR6W1FT6NOrfS
aQIHAgZhZBZTW+CwcW1g4FKlbExAf56zaw76/prQoN+bAzxpohup69LA7JW/Vp0l
yZnuSj3hcFj0DfqLTGgr4/u717J+sPWbtQBfgMfG9AOIwwrUBqsFE9zW+f1zdlYo
bhF30A+IitsxxA==
-----END PGP MESSAGE-----
";

/// Appendix A.6: the digest that was signed, and the signature's values (the end of the packet in A.7).
const DIGEST: &str = "69365bf44a97af1f0844f1f6ab83fdf6b36f26692efaa621a8aac91c4e29ea07\
                      e894cabc6e2f20eedfce6c03b89141a2cc7cbe245e6e7a5654addbec5000b89b";
const SIGNED: &str = "-----BEGIN PGP MESSAGE-----

xEYGAQobIHZJX1AhiJD39eLuPBgiUU9wUA9VHYblySHkBONKU/usyxhsTwYJppfk
1S36bHIrDB8eJ8GKVnCPZSXsJ7rZrMkBy0p1AAAAAABXaGF0IHdlIG5lZWQgZnJv
bSB0aGUgZ3JvY2VyeSBzdG9yZToKCi0gdG9mdQotIHZlZ2V0YWJsZXMKLSBub29k
bGVzCsKYBgEbCgAAACkFgmOYo2MiIQbLGGxPBgmml+TVLfpscisMHx4nwYpWcI9l
JewnutmsyQAAAABpNiB2SV9QIYiQ9/Xi7jwYIlFPcFAPVR2G5ckh5ATjSlP7rCfQ
b7gKqPxbyxbhljGygHQPnqau1eBzrQD5QVplPEDnemrnfmkrpx0GmhCfokxYz9jj
FtCgazStmsuOXF9SFQE=
-----END PGP MESSAGE-----
";

fn binary(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    std::io::copy(&mut armor::Reader::from_bytes(text.as_bytes(), None), &mut out).unwrap();
    out
}

/// The RFC's key names no user: one is bound to it here.
fn own() -> OwnKey {
    let cert = Cert::from_bytes(KEY).unwrap();
    let mut signer = cert.primary_key().key().clone().parts_into_secret().unwrap().into_keypair().unwrap();
    let user = UserID::from("casebridge://rs/mup");
    let builder = SignatureBuilder::new(SignatureType::PositiveCertification)
        .set_signature_creation_time(system_time(now()))
        .unwrap();
    let binding = user.bind(&mut signer, &cert, builder).unwrap();
    let (cert, _) = cert.insert_packets(vec![sequoia_openpgp::Packet::from(user), binding.into()]).unwrap();
    OwnKey::parse(&cert.as_tsk().to_vec().unwrap(), now()).unwrap()
}

#[test]
fn the_x25519_and_ocb_sample_of_rfc_9580_opens() {
    let own = own();
    assert_eq!(own.profile(), Profile::V6);
    assert_eq!(
        own.fingerprint().to_string(),
        "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9"
    );
    let (_, plain) = decrypt(&binary(MESSAGE), &[&own], Profile::V6).unwrap();
    let mut input = Cursor(&plain);
    let literal = next(&mut input).unwrap().unwrap();
    assert_eq!(literal.tag, LITERAL);
    assert!(literal.body.ends_with(b"Hello, world!"));
    assert_eq!(next(&mut input).unwrap().unwrap().tag, PADDING);
    assert!(input.0.is_empty());
}

#[test]
fn the_ed25519_sample_of_rfc_9580_verifies() {
    let digest: Vec<u8> =
        (0..64).map(|n| u8::from_str_radix(&DIGEST[2 * n..2 * n + 2], 16).unwrap()).collect();
    let signed = binary(SIGNED);
    let values = &signed[signed.len() - 64..];
    let certificate = own().certificate();
    let key = certificate.verifying_key(certificate.fingerprint().as_bytes()).unwrap();
    assert!(key.verify(&digest, values).is_ok());
    let mut other = digest;
    other[0] ^= 1;
    let refused = key.verify(&other, values).unwrap_err();
    assert!(matches!(refused, OpenRefusal::BadSignature));
    // The sample is a text signature, which this exchange does not use.
    assert!(super::super::verify(&signed, &certificate).is_err());
}
