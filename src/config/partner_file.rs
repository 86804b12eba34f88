//! A partner file: what was agreed with one partner, and how to know it.

use std::collections::{BTreeMap, BTreeSet};

use super::files::File;
use super::partner_parts::{
    language, line, read_bases, read_contacts, read_days_kept, read_limits, read_places, read_quotas,
    read_service, read_transfer_basis,
};
use super::problems::{At, Problems};
use super::reader::{Section, read_text};
use super::settings::{PartnerSettings, PartySettings};
use super::shelf::Place;
use crate::message::{Kind, LegalBasis, Purpose, TransferBasis};
use crate::partner::{
    Agreement, BasisOf, Body, Contact, Delivery, Direction, Limits, PlaceRule, Profile, Quota, ServiceLevels,
};
use crate::schema::{DataCategory, SubjectCategory};

pub(super) const BODIES: [(&str, Body); 3] = [
    (Body::Police.as_str(), Body::Police),
    (Body::Protection.as_str(), Body::Protection),
    (Body::Prosecution.as_str(), Body::Prosecution),
];
const PROFILES: [(&str, Profile); 3] = [
    (Profile::V6.as_str(), Profile::V6),
    (Profile::V6Pq.as_str(), Profile::V6Pq),
    (Profile::V4Compat.as_str(), Profile::V4Compat),
];

/// The terms of a partner file, which all of its parties share.
struct Terms {
    name: Option<String>,
    body: Option<Body>,
    valid: Option<(jiff::Timestamp, jiff::Timestamp)>,
    profile: Option<Profile>,
    delivery: Option<Delivery>,
    kinds_out: BTreeSet<Kind>,
    kinds_in: BTreeSet<Kind>,
    purposes: BTreeSet<Purpose>,
    legal_bases: BTreeSet<LegalBasis>,
    bases: Vec<BasisOf>,
    languages: BTreeSet<String>,
    data_out: BTreeSet<DataCategory>,
    data_in: BTreeSet<DataCategory>,
    subjects_out: BTreeSet<SubjectCategory>,
    subjects_in: BTreeSet<SubjectCategory>,
    most_days_kept: Option<u16>,
    transfer_basis: Option<TransferBasis>,
    service: ServiceLevels,
    places: Option<PlaceRule>,
    contacts: Vec<Contact>,
    quotas: BTreeMap<(Direction, Kind), Quota>,
    limits: Limits,
}

/// Reads `text`, the partner file at `place`.
pub(super) fn read(place: &Place<'_>, text: &str, problems: &mut Problems) -> Option<PartnerSettings> {
    read_text(&place.path(), text, problems, |file| {
        let terms = read_terms(file);
        let parties = file.sections("party", |section| read_party(section, &terms, place));
        let parties: Vec<PartySettings> = parties.into_iter().flatten().collect();
        let at = file.at("");
        if file.is_absent("party") {
            file.problems.warn_at(&at, "there is no `[[party]]`: this file is an agreement with nobody");
        }
        let (anchors, crls, crl_required) =
            file.section("trust", |section| read_trust(section, place)).unwrap_or_default();
        PartnerSettings { at, parties, anchors, crls, crl_required }
    })
}

fn read_terms(file: &mut Section<'_, '_>) -> Terms {
    let name = file.required("name", "\"Policija\"", |value| line(&value, 100));
    let body = file.optional("body", |value| value.one_of(&BODIES));
    let valid = read_validity(file);
    let profile = file.required("profile", "\"v6\"", |value| value.one_of(&PROFILES));
    let delivery = read_delivery(file);
    let kinds: Vec<(&str, Kind)> = Kind::ALL.iter().map(|kind| (kind.as_str(), *kind)).collect();
    let purposes: Vec<(&str, Purpose)> = Purpose::ALL.iter().map(|term| (term.as_str(), *term)).collect();
    let kinds_out = file.set("kinds_out", "nothing may go to this partner", |value| value.one_of(&kinds));
    let kinds_in = file.set("kinds_in", "nothing may come from this partner", |value| value.one_of(&kinds));
    let quotas = read_quotas(file, &kinds_out, &kinds_in);
    let agreed_purposes =
        file.set("purposes", "no purpose is agreed, so nothing may be exchanged", |value| {
            value.one_of(&purposes)
        });
    let legal_bases =
        file.set("legal_bases", "no legal basis is agreed, so nothing may be exchanged", |value| {
            value.parsed("capital letters, digits, `-`, `/` and `.`, such as `PCC-SEE-4`")
        });
    let bases = read_bases(file, &legal_bases, &agreed_purposes);
    let data = DataCategory::ALL.map(|category| (category.as_str(), category));
    let subjects = SubjectCategory::ALL.map(|category| (category.as_str(), category));
    Terms {
        name,
        body,
        valid,
        profile,
        delivery,
        kinds_out,
        kinds_in,
        purposes: agreed_purposes,
        legal_bases,
        bases,
        languages: file.set(
            "languages",
            "no language is agreed, so no question or answer may be exchanged",
            |value| language(&value),
        ),
        data_out: file.set("data_out", "every field of a record is withheld from this partner", |value| {
            value.one_of(&data)
        }),
        data_in: file.set("data_in", "no record may come from this partner", |value| value.one_of(&data)),
        subjects_out: file.set("subjects_out", "nothing about any person may go to this partner", |value| {
            value.one_of(&subjects)
        }),
        subjects_in: file.set(
            "subjects_in",
            "nothing about any person may come from this partner",
            |value| value.one_of(&subjects),
        ),
        most_days_kept: read_days_kept(file),
        transfer_basis: read_transfer_basis(file),
        service: file.section("service", read_service).unwrap_or_default(),
        places: file.section("places", read_places).flatten(),
        contacts: read_contacts(file),
        quotas,
        limits: file.section("limits", read_limits).unwrap_or_default(),
    }
}

fn read_validity(file: &mut Section<'_, '_>) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
    let from = file.required("valid_from", "2026-01-01", |value| value.time());
    let until = file.required("valid_until", "2031-01-01", |value| value.time());
    let (from, until) = (from?, until?);
    if from < until {
        return Some((from, until));
    }
    let at = file.at("valid_until");
    file.problems.push_at(&at, "`valid_until` must be later than `valid_from`");
    None
}

fn read_delivery(file: &mut Section<'_, '_>) -> Option<Delivery> {
    let push =
        file.required("delivery", "\"push\"", |value| value.one_of(&[("push", true), ("poll", false)]))?;
    if push {
        let host = file.required("host", "\"gateway.example.org\"", |value| value.host());
        let port = file.required("port", "8443", |value| value.number(1..=u16::MAX));
        return Some(Delivery::Push { host: host?, port: port? });
    }
    for key in ["host", "port"] {
        if file.optional(key, |_| Ok(())).is_some() {
            let at = file.at(key);
            let text = format!(
                "`{key}` has no meaning when the partner polls; remove it, or write `delivery = \"push\"`"
            );
            file.problems.push_at(&at, text);
        }
    }
    Some(Delivery::Poll)
}

fn read_trust(section: &mut Section<'_, '_>, place: &Place<'_>) -> (Vec<File>, Vec<File>, bool) {
    let anchors =
        section.list_or_warn("anchors", "nobody can connect as this partner, nor be reached", |value| {
            place.file(&value)
        });
    let crl_required = section.optional("crl_required", |value| value.flag()).unwrap_or(true);
    let crls = section.list("crls", |value| place.outside(&value));
    let at = section.at(if crl_required { "crls" } else { "crl_required" });
    if crl_required && section.is_absent("crls") {
        let text = "there are no `crls`, but `crl_required`: every certificate of this partner is refused";
        section.problems.warn_at(&at, text);
    } else if !crl_required {
        let text = "`crl_required` is off: a revoked certificate is believed when no list says so";
        section.problems.warn_at(&at, text);
    }
    (anchors, crls, crl_required)
}

fn read_party(section: &mut Section<'_, '_>, terms: &Terms, place: &Place<'_>) -> Option<PartySettings> {
    let at: At = section.at("id");
    let party = section.required("id", "\"si/policija\"", |value| value.party());
    let name = section.optional("name", |value| line(&value, 100)).or_else(|| terms.name.clone());
    let body = match terms.body {
        Some(body) => section.optional("body", |value| value.one_of(&BODIES)).or(Some(body)),
        None => section.required("body", "\"police\"", |value| value.one_of(&BODIES)),
    };
    let openpgp =
        section.list_or_warn("openpgp", "nothing can be sealed to this party or believed of it", |value| {
            place.file(&value)
        });
    let (valid_from, valid_until) = terms.valid?;
    let agreement = Agreement {
        party: party?,
        name: name?,
        body: body?,
        valid_from,
        valid_until,
        profile: terms.profile?,
        delivery: terms.delivery.clone()?,
        kinds_out: terms.kinds_out.clone(),
        kinds_in: terms.kinds_in.clone(),
        purposes: terms.purposes.clone(),
        legal_bases: terms.legal_bases.clone(),
        bases: terms.bases.clone(),
        languages: terms.languages.clone(),
        data_out: terms.data_out.clone(),
        data_in: terms.data_in.clone(),
        subjects_out: terms.subjects_out.clone(),
        subjects_in: terms.subjects_in.clone(),
        most_days_kept: terms.most_days_kept,
        transfer_basis: terms.transfer_basis,
        service: terms.service,
        places: terms.places.clone(),
        contacts: terms.contacts.clone(),
        quotas: terms.quotas.clone(),
        limits: terms.limits,
    };
    Some(PartySettings { at, agreement, openpgp })
}
