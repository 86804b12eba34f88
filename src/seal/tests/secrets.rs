//! The agency's secrets for keyed digests come with its data key.

use super::super::{OwnKeys, Vault, park, unpark};
use super::{PROFILES, key, later, now};
use crate::message::SecretUse;

#[test]
fn an_agency_keeps_its_secrets_when_its_key_is_replaced_and_no_other_agency_has_them() {
    for profile in PROFILES {
        let old = key("rs/mup", profile);
        let wrapped = Vault::new_key(&old, now()).unwrap();
        let own = OwnKeys::from(old);
        let digest = |vault: &Vault, purpose| vault.secret(purpose).digest(&[b"the same"]);

        let first = Vault::unwrap(&wrapped, &own).unwrap();
        let next = key("rs/mup", profile);
        let rewrapped = park(&unpark(&wrapped, &own).unwrap(), &next, later(1)).unwrap();
        let second = Vault::unwrap(&rewrapped, &next.clone().into()).unwrap();
        let other = Vault::unwrap(&Vault::new_key(&next, now()).unwrap(), &next.into()).unwrap();

        for purpose in [SecretUse::Records, SecretUse::Requests] {
            assert_eq!(digest(&first, purpose), digest(&second, purpose));
            assert_ne!(digest(&first, purpose), digest(&other, purpose));
        }
        assert_ne!(digest(&first, SecretUse::Records), digest(&first, SecretUse::Requests));
    }
}
