//! A partner file: what was agreed with one partner, and how to know it.

use std::collections::BTreeSet;
use std::path::Path;

use super::files;
use super::problems::{At, Problems};
use super::reader::{Section, read_text};
use super::settings::{PartnerSettings, PartySettings};
use super::value::{Value, shown};
use crate::message::{Kind, LegalBasis, Purpose};
use crate::partner::{Agreement, Body, Delivery, Limits, Profile};

const BODIES: [(&str, Body); 3] = [
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
    languages: BTreeSet<String>,
    limits: Limits,
}

/// Reads `text`, the partner file at `path`.
pub(super) fn read(path: &Path, text: &str, problems: &mut Problems) -> Option<PartnerSettings> {
    read_text(path, text, problems, |file| {
        let terms = read_terms(file);
        let parties: Vec<PartySettings> =
            file.sections("party", |section| read_party(section, &terms)).into_iter().flatten().collect();
        let at = file.at("");
        if file.is_absent("party") {
            file.problems.warn_at(&at, "there is no `[[party]]`: this file is an agreement with nobody");
        }
        let (anchors, crls, crl_required) = file.section("trust", read_trust).unwrap_or_default();
        PartnerSettings { at, parties, anchors, crls, crl_required }
    })
}

fn read_terms(file: &mut Section<'_, '_>) -> Terms {
    let name = file.required("name", "\"Policija\"", |value| title(&value));
    let body = file.optional("body", |value| value.one_of(&BODIES));
    let valid = read_validity(file);
    let profile = file.required("profile", "\"v6\"", |value| value.one_of(&PROFILES));
    let delivery = read_delivery(file);
    let kinds: Vec<(&str, Kind)> = Kind::ALL.iter().map(|kind| (kind.as_str(), *kind)).collect();
    let purposes: Vec<(&str, Purpose)> = Purpose::ALL.iter().map(|term| (term.as_str(), *term)).collect();
    Terms {
        name,
        body,
        valid,
        profile,
        delivery,
        kinds_out: file.set("kinds_out", "nothing may go to this partner", |value| value.one_of(&kinds)),
        kinds_in: file.set("kinds_in", "nothing may come from this partner", |value| value.one_of(&kinds)),
        purposes: file.set("purposes", "no purpose is agreed, so nothing may be exchanged", |value| {
            value.one_of(&purposes)
        }),
        legal_bases: file.set(
            "legal_bases",
            "no legal basis is agreed, so nothing may be exchanged",
            |value| value.parsed("capital letters, digits, `-`, `/` and `.`, such as `PCC-SEE-4`"),
        ),
        languages: file.set(
            "languages",
            "no language is agreed, so no question or answer may be exchanged",
            |value| language(&value),
        ),
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

fn read_limits(section: &mut Section<'_, '_>) -> Limits {
    let default = Limits::default();
    Limits {
        sealed_bytes: section
            .optional("sealed_bytes", |value| value.number(1024..=256 << 20))
            .unwrap_or(default.sealed_bytes),
        requests_per_second: section
            .optional("requests_per_second", |value| value.number(1..=100_000))
            .unwrap_or(default.requests_per_second),
        burst: section.optional("burst", |value| value.number(1..=100_000)).unwrap_or(default.burst),
        deliveries_at_once: section
            .optional("deliveries_at_once", |value| value.number(1..=1024))
            .unwrap_or(default.deliveries_at_once),
    }
}

fn read_trust(section: &mut Section<'_, '_>) -> (Vec<files::File>, Vec<files::File>, bool) {
    let anchors =
        section.list_or_warn("anchors", "nobody can connect as this partner, nor be reached", |value| {
            files::file(&value)
        });
    let crl_required = section.optional("crl_required", |value| value.flag()).unwrap_or(true);
    let crls = section.list("crls", |value| files::file(&value));
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

fn read_party(section: &mut Section<'_, '_>, terms: &Terms) -> Option<PartySettings> {
    let at: At = section.at("id");
    let party = section.required("id", "\"si/policija\"", |value| value.party());
    let name = section.optional("name", |value| title(&value)).or_else(|| terms.name.clone());
    let body = match terms.body {
        Some(body) => section.optional("body", |value| value.one_of(&BODIES)).or(Some(body)),
        None => section.required("body", "\"police\"", |value| value.one_of(&BODIES)),
    };
    let openpgp =
        section.list_or_warn("openpgp", "nothing can be sealed to this party or believed of it", |value| {
            files::file(&value)
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
        languages: terms.languages.clone(),
        limits: terms.limits,
    };
    Some(PartySettings { at, agreement, openpgp })
}

/// The name of an authority, as people write it.
fn title(value: &Value<'_>) -> Result<String, String> {
    let text = value.text()?;
    if text.chars().count() <= 100 && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("must be one line of at most 100 characters".to_owned())
    }
}

fn language(value: &Value<'_>) -> Result<String, String> {
    let text = value.text()?;
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase()) {
        Ok(text.to_owned())
    } else {
        Err(format!("must be a language of two letters (ISO 639-1) such as `en`, not `{}`", shown(text)))
    }
}
