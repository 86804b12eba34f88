//! What stands in `config/` is what the documents say.

use std::time::Duration;

use super::Place;
use crate::config::{LogSettings, shipped};
use crate::message::{Kind, LegalBasis};
use crate::partner::{Body, Delivery, Direction, Limits, Profile, Quota, Rendering, ServiceLevels};
use crate::schema::{DataCategory, SubjectCategory};

const TEMPLATE: &str = "partner-template.toml";

#[test]
fn the_smallest_file_and_the_full_one_say_the_same() {
    let place = Place::new();
    let (small, full) = (place.settings("gateway.toml"), place.settings("gateway.full.toml"));
    let ignoring_places = |settings: crate::config::Settings| {
        let text = format!("{settings:#?}");
        let mut lines: Vec<&str> = text.lines().collect();
        lines.retain(|line| !line.trim_start().starts_with("line:") && !line.contains("gateway."));
        lines.join("\n")
    };
    assert_eq!(ignoring_places(small.clone()), ignoring_places(full));
    assert_eq!(small.gateway.drain, Duration::from_secs(30));
    assert_eq!(small.gateway.lease, Duration::from_mins(1));
    assert_eq!(small.gateway.request, Duration::from_secs(30));
    assert_eq!((small.gateway.workers, small.gateway.connections), (4, 1024));
    assert_eq!(small.log, LogSettings::default());
}

#[test]
fn every_configuration_file_is_read_without_a_word() {
    let place = Place::new();
    for (name, _) in shipped::FILES.iter().filter(|(name, _)| name.starts_with("gateway.")) {
        assert_eq!(place.problems(name), Vec::<String>::new(), "{name}");
    }
    assert_eq!(place.problems("slovenia.toml"), Vec::<String>::new());
    let named: Vec<_> = ["gateway.toml", "slovenia.toml"]
        .iter()
        .flat_map(|name| place.policy(name).partners)
        .map(|partner| partner.at.file)
        .collect();
    for (name, _) in shipped::folder("partners") {
        assert!(named.iter().any(|file| **file == *place.path(name)), "no gateway file names {name}");
    }
}

#[test]
fn paths_are_taken_from_the_folder_of_the_file_that_names_them() {
    let place = Place::new();
    let settings = place.settings("gateway.toml");
    assert_eq!(settings.gateway.store, place.path("casebridge.db"));
    assert_eq!(settings.tls.certificate.path, place.path("keys/gateway.crt"));
    assert_eq!(settings.tls.certificate.bytes, b"gateway.crt");
    let policy = place.policy("gateway.toml");
    let si = policy.partners.iter().find(|p| p.parties[0].agreement.party.as_str() == "si/policija").unwrap();
    assert_eq!(si.anchors[0].path, place.path("keys/si-anchor.pem"));
    assert_eq!(si.crls[0].path, place.path("partners/../keys/si.crl"));
    assert_eq!(si.anchors[0].at.line, place.line("partners/si.toml", "anchors ="));
    assert_eq!(si.parties[0].openpgp[0].bytes, b"si-policija.pgp");
}

#[test]
fn an_agency_may_keep_keys_that_were_replaced() {
    let place = Place::new();
    assert!(place.settings("gateway.toml").agencies.iter().all(|agency| agency.retired.is_empty()));
    let key = "keys/rs-mup.secret.pgp";
    place.edit(
        "gateway.toml",
        &format!("\"{key}\"]"),
        "\"keys/new.secret.pgp\"]\nretired = [\"keys/rs-mup.secret.pgp\"]",
    );
    place.secret("keys/new.secret.pgp");
    let agency = place.settings("gateway.toml").agencies.remove(0);
    assert_eq!(agency.openpgp[0].path, place.path("keys/new.secret.pgp"));
    assert_eq!(agency.retired[0].path, place.path(key));
    assert_eq!(agency.retired[0].at.line, place.line("gateway.toml", "retired"));
    // A retired key is still a secret.
    place.write("keys/open.secret.pgp", "stand-in");
    place.edit("gateway.toml", "retired = [\"keys/rs-mup", "retired = [\"keys/open");
    let told = place.problems("gateway.toml");
    assert!(
        told[0].contains("an entry of `retired` names `keys/open.secret.pgp`: this secret may"),
        "{told:?}"
    );
}

#[test]
fn slovenia_and_austria_differ_by_the_bilateral_agreement() {
    let register = Place::new().register("gateway.toml");
    let agreement = |party: &str| register.agreement(&party.parse().unwrap()).unwrap().clone();
    let (si, at) = (agreement("si/policija"), agreement("at/bk"));
    let basis = |word: &str| word.parse::<LegalBasis>().unwrap();
    let only_si: Vec<_> = si.legal_bases.difference(&at.legal_bases).cloned().collect();
    assert_eq!(only_si, [basis("BIL-SI-2012")]);
    assert!(at.legal_bases.is_subset(&si.legal_bases));
    assert!(at.legal_bases.contains(&basis("PCC-SEE-4")));
    assert!(matches!(si.delivery, Delivery::Push { port: 8443, .. }));
    assert_eq!(at.delivery, Delivery::Poll);
    // Biometrics, each way, are Austria's only: Slovenia is not party to the "Pruem" agreement.
    for (ours, theirs) in [(&at.data_out, &si.data_out), (&at.data_in, &si.data_in)] {
        let only_at: Vec<_> = ours.difference(theirs).copied().collect();
        assert_eq!(only_at, [DataCategory::Biometrics]);
        assert!(ours.is_superset(theirs));
    }
    assert_eq!(si.places.as_ref().map(|rule| rule.kosovo), Some(Rendering::AsXk));
    assert_eq!(at.places, None, "nothing is agreed with Austria, so such a message is held");
    // Austria's one party also takes referrals and returns of victims; Slovenia's police do not.
    assert!(at.kinds_out.is_superset(&[Kind::VictimReferral, Kind::SafeReturn].into()));
    assert!(si.kinds_out.is_disjoint(&[Kind::VictimReferral, Kind::SafeReturn].into()));
    for agreement in [si, at] {
        assert_eq!(agreement.body, Body::Police);
        assert_eq!(agreement.profile, Profile::V6);
        assert_eq!(agreement.limits, Limits::default());
        assert_eq!(agreement.service, ServiceLevels::default());
        assert_eq!(agreement.kinds_in, agreement.kinds_out);
        // Regulation (EU) 2016/794 Annex II: neither third persons nor officials.
        for subjects in [&agreement.subjects_in, &agreement.subjects_out] {
            assert_eq!(subjects.len(), 6);
            assert!(subjects.is_disjoint(&[SubjectCategory::ThirdPerson, SubjectCategory::Official].into()));
        }
        for category in
            [DataCategory::ShelterLocation, DataCategory::SexualLife, DataCategory::EthnicityReligion]
        {
            assert!(!agreement.data_out.contains(&category), "{category:?}");
        }
        assert!(!agreement.contacts.is_empty());
        let quota = agreement.quotas.get(&(Direction::In, Kind::PersonCheck));
        assert_eq!(quota, Some(&Quota { per_hour: 60, burst: 10 }));
        for kind in [Kind::EvidenceRequest, Kind::JitSetup] {
            assert!(!agreement.kinds_out.contains(&kind), "{kind:?} is not for a police partner");
        }
    }
    assert_eq!(register.agencies().len(), 4);
}

#[test]
fn one_partner_may_have_several_parties_behind_one_trust() {
    let place = Place::new();
    let policy = place.policy("slovenia.toml");
    let partner = &policy.partners[0];
    assert_eq!((partner.anchors.len(), partner.crls.len()), (1, 1));
    assert!(partner.crl_required);
    let read: Vec<_> = partner.agreements().map(|a| (a.party.as_str(), a.body.as_str())).collect();
    assert_eq!(
        read,
        [
            ("rs/mup", "police"),
            ("rs/jt", "prosecution"),
            ("rs/minrzs", "protection"),
            ("rs/cztlj", "protection"),
        ]
    );
    for party in &partner.parties {
        let file = format!("{}.pgp", party.agreement.party.as_str().replace('/', "-"));
        assert_eq!(party.openpgp[0].bytes, file.as_bytes());
        assert_eq!(party.agreement.limits, Limits::default());
    }
}

#[test]
fn both_gateways_agree_on_what_they_agreed() {
    let place = Place::new();
    let ours = place.register("gateway.toml");
    let theirs = place.register("slovenia.toml");
    let si = ours.agreement(&"si/policija".parse().unwrap()).unwrap();
    let mup = theirs.agreement(&"rs/mup".parse().unwrap()).unwrap();
    assert_eq!(si.kinds_out, mup.kinds_in);
    assert_eq!(si.kinds_in, mup.kinds_out);
    assert_eq!((&si.purposes, &si.legal_bases), (&mup.purposes, &mup.legal_bases));
    assert_eq!((si.profile, &si.languages), (mup.profile, &mup.languages));
    assert_eq!((&si.data_out, &si.data_in), (&mup.data_in, &mup.data_out));
    assert_eq!((&si.subjects_out, &si.subjects_in), (&mup.subjects_in, &mup.subjects_out));
    assert_eq!((si.service, &si.places), (mup.service, &mup.places));
}

#[test]
fn the_template_of_a_partner_loads_and_says_of_each_empty_list_what_it_means() {
    let place = Place::new();
    std::fs::copy(place.path(TEMPLATE), place.path("partners/xx.toml")).unwrap();
    let told = place.problems("gateway.toml");
    let meanings = [
        ("kinds_out", "nothing may go to this partner"),
        ("kinds_in", "nothing may come from this partner"),
        ("purposes", "no purpose is agreed, so nothing may be exchanged"),
        ("legal_bases", "no legal basis is agreed, so nothing may be exchanged"),
        ("languages", "no language is agreed, so no question or answer may be exchanged"),
        ("data_out", "every field of a record is withheld from this partner"),
        ("data_in", "no record may come from this partner"),
        ("subjects_out", "nothing about any person may go to this partner"),
        ("subjects_in", "nothing about any person may come from this partner"),
        ("anchors", "nobody can connect as this partner, nor be reached"),
        ("crls", "every certificate of this partner is refused"),
        ("openpgp", "nothing can be sealed to this party or believed of it"),
    ];
    assert_eq!(told.len(), meanings.len(), "{told:#?}");
    for (key, meaning) in meanings {
        let said = told.iter().any(|line| {
            line.contains(&format!("`{key}`"))
                && line.ends_with(meaning)
                && line.starts_with("partners/xx.toml")
        });
        assert!(said, "`{key}`: {meaning}\n{told:#?}");
    }
    let register = place.register("gateway.toml");
    let agreement = register.agreement(&"xx/authority".parse().unwrap()).unwrap();
    assert!(agreement.kinds_out.is_empty() && agreement.kinds_in.is_empty());
    assert!(agreement.data_out.is_empty() && agreement.subjects_out.is_empty());
    assert_eq!((agreement.limits, agreement.service), (Limits::default(), ServiceLevels::default()));
    assert_eq!((&agreement.places, agreement.contacts.len(), agreement.quotas.len()), (&None, 0, 0));
}

#[test]
fn a_partner_may_poll_and_its_dates_may_have_a_zone() {
    let place = Place::new();
    for (old, new) in [
        (
            "delivery = \"push\"\nhost = \"gateway.rs.example\"\nport = 8443\n",
            "delivery = 'poll'\nlimits.burst = 1_000\n",
        ),
        ("valid_from = 2026-01-01", "valid_from = 2026-01-01T12:00:00+01:00"),
    ] {
        place.edit("example-si-gateway/partners/rs.toml", old, new);
    }
    assert_eq!(place.problems("slovenia.toml"), Vec::<String>::new());
    let policy = place.policy("slovenia.toml");
    let agreement = &policy.partners[0].parties[3].agreement;
    assert_eq!(agreement.valid_from, "2026-01-01T11:00:00Z".parse().unwrap());
    assert_eq!(agreement.valid_until, "2031-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(agreement.delivery, Delivery::Poll);
    assert_eq!(agreement.limits, Limits { burst: 1000, ..Limits::default() });
}
