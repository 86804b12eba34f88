//! From one policy version to what decides: register, rules, trust, certificates.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::{self, At, File, PolicyDraft, Problems};
use crate::message::PartyId;
use crate::partner::{Agreement, Register};
use crate::policy::{Engine, Source, opens_to_all};
use crate::schema::Catalogue;
use crate::seal::{Certificate, Certificates};
use crate::tls::{Anchors, Trust};

/// What a policy version comes to.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) register: Arc<Register>,
    pub(super) engine: Engine,
    pub(super) trust: Trust,
    pub(super) certificates: HashMap<PartyId, Certificates>,
}

/// Holds every file of a version against its owner's rules; `agencies` are those that the gateway speaks for. Nothing
/// comes out when something is wrong, which is then among `problems`.
pub(super) fn compile(
    policy: &PolicyDraft,
    agencies: BTreeSet<PartyId>,
    catalogue: &Arc<Catalogue>,
    now: Timestamp,
    problems: &mut Problems,
) -> Option<Compiled> {
    let trust = trust(policy, problems);
    let certificates = certificates(policy, now, problems);
    let agreements = policy.partners.iter().flat_map(config::PartnerSettings::agreements).cloned();
    let register = Arc::new(Register::new(agencies, agreements).with_bodies(policy.bodies.clone()));
    let engine = engine(policy, catalogue, &register, problems);
    Some(Compiled { register, engine: engine?, trust: trust?, certificates })
}

fn trust(policy: &PolicyDraft, problems: &mut Problems) -> Option<Trust> {
    let mut all = Vec::new();
    for partner in &policy.partners {
        // Without a party the file has told its mistake.
        if partner.parties.is_empty() && has_mistake(policy, partner.at.file.file_stem()) {
            continue;
        }
        // Whom nothing may pass to or from needs no trust yet; that nobody can connect is told as a warning.
        if partner.anchors.is_empty() && partner.agreements().all(Agreement::permits_nothing) {
            continue;
        }
        let bytes = |files: &[File]| files.iter().map(|file| file.bytes.clone()).collect();
        let mut anchors = Anchors::new(partner.agreements().map(|agreement| agreement.party.clone()));
        anchors.certificates = bytes(&partner.anchors);
        anchors.crls = bytes(&partner.crls);
        anchors.crl_required = partner.crl_required;
        // Each alone first, so that a defect is told at its own file.
        match Trust::new(vec![anchors.clone()]) {
            Ok(_) => all.push(anchors),
            Err(error) => {
                let at = partner.anchors.first().map_or(&partner.at, |file| &file.at);
                problems.push_at(at, format!("`trust`: {error}"));
            }
        }
    }
    match Trust::new(all) {
        Ok(trust) => Some(trust),
        Err(error) => {
            let at = policy
                .partners
                .first()
                .map_or_else(|| At { file: Path::new("").into(), line: 0 }, |p| p.at.clone());
            problems.push_at(&at, format!("`trust`: {error}"));
            None
        }
    }
}

fn certificates(
    policy: &PolicyDraft,
    now: Timestamp,
    problems: &mut Problems,
) -> HashMap<PartyId, Certificates> {
    let mut certificates = HashMap::new();
    for party in policy.partners.iter().flat_map(|partner| &partner.parties) {
        let agreement = &party.agreement;
        let mut usable = Vec::new();
        for file in &party.openpgp {
            let mut wrong =
                |text: String| problems.push_at(&file.at, format!("`{}`: {text}", file.path.display()));
            match Certificate::parse(&file.bytes, now) {
                Ok(certificate) if *certificate.party() != agreement.party => {
                    wrong(format!(
                        "the certificate is that of `{}`, not of `{}`",
                        certificate.party(),
                        agreement.party
                    ));
                }
                Ok(certificate) if certificate.profile() != agreement.profile => wrong(format!(
                    "the certificate is of profile `{}`, but `{}` was agreed",
                    certificate.profile().as_str(),
                    agreement.profile.as_str()
                )),
                Ok(certificate) => usable.push(certificate),
                Err(error) => wrong(error.to_string()),
            }
        }
        if party.openpgp.is_empty() && !agreement.permits_nothing() {
            problems.push_at(
                &party.at,
                format!("`openpgp`: no certificate of `{}`; nothing could be sealed to it", agreement.party),
            );
        }
        // With none, the reason was told.
        if !usable.is_empty() {
            match Certificates::new(usable) {
                Ok(usable) => drop(certificates.insert(agreement.party.clone(), usable)),
                Err(error) => problems.push_at(&party.at, format!("`openpgp`: {error}")),
            }
        }
    }
    certificates
}

/// A policy file is for every partner or for the parties of one partner file: its folder says which.
fn engine(
    policy: &PolicyDraft,
    catalogue: &Arc<Catalogue>,
    register: &Arc<Register>,
    problems: &mut Problems,
) -> Option<Engine> {
    let mut sources = Vec::new();
    let mut found = Vec::new();
    let mut whole = true;
    for file in &policy.rules {
        let Some(text) = text(file, problems) else { continue };
        // Rules of a partner whose file is wrong would all seem to name somebody else.
        let folder = file.path.parent().and_then(Path::file_name);
        let unread = folder.and_then(OsStr::to_str).and_then(|folder| parties_of(folder, policy));
        if unread.is_none_or(|parties| parties.is_empty()) && has_mistake(policy, folder) {
            whole = false;
            continue;
        }
        match Source::at(&file.path, text, |folder| parties_of(folder, policy)) {
            Ok(source) => {
                found.extend(opens_to_all(&source));
                sources.push(source);
            }
            Err(problem) => found.push(problem),
        }
    }
    let loaded = Engine::load(Arc::clone(catalogue), Arc::clone(register), &sources);
    let engine = loaded.map_err(|defects| found.extend(defects)).ok();
    whole = whole && found.is_empty();
    for problem in found {
        problems.push(Path::new(&problem.file), problem.line.unwrap_or(0), problem.reason);
    }
    engine.filter(|_| whole)
}

/// Whether the partner file with this name has a mistake that was told.
fn has_mistake(policy: &PolicyDraft, stem: Option<&OsStr>) -> bool {
    let mistakes = policy.problems.iter().filter(|problem| !problem.warning);
    let mut files = mistakes.map(|problem| &problem.at.file);
    files.any(|file| {
        let inside = file.parent().and_then(Path::file_name) == Some(OsStr::new("partners"));
        inside && file.extension() == Some(OsStr::new("toml")) && file.file_stem() == stem
    })
}

/// The parties of the partner file with this name.
fn parties_of(folder: &str, policy: &PolicyDraft) -> Option<Vec<PartyId>> {
    let named = |partner: &&config::PartnerSettings| {
        partner.at.file.file_stem().and_then(|stem| stem.to_str()) == Some(folder)
    };
    let partner = policy.partners.iter().find(named)?;
    Some(partner.agreements().map(|agreement| agreement.party.clone()).collect())
}

pub(super) fn text<'a>(file: &'a File, problems: &mut Problems) -> Option<&'a str> {
    match std::str::from_utf8(&file.bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let line = 1 + file.bytes.iter().take(error.valid_up_to()).filter(|b| **b == b'\n').count();
            problems.push(&file.path, line, "the file is not UTF-8; save it as UTF-8");
            None
        }
    }
}
