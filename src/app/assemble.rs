//! From checked files to the parts of a gateway.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::config::{self, At, Draft, File, Problems, SecretFile, Settings};
use crate::exchange::{Agency, Observer, Terms};
use crate::message::PartyId;
use crate::partner::{Agreement, Delivery, Register};
use crate::policy::{Engine, Source};
use crate::relay::Link;
use crate::schema::Catalogue;
use crate::seal::{Certificate, CertificateError, Certificates, OwnKey, OwnKeys};
use crate::telemetry::Steps;
use crate::tls::{Acceptor, Anchors, Connector, Identity, Trust};
use crate::translate::Mapping;

/// What a caller may choose beside the configuration.
#[derive(Clone, Default)]
pub struct Options {
    pub clock: Clock,
    pub observer: Option<Observer>,
    pub steps: Arc<Steps>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// A gateway that is ready to open its store and its port.
#[derive(Debug)]
pub struct Assembly {
    pub settings: Settings,
    pub catalogue: Arc<Catalogue>,
    pub identity: Arc<Identity>,
    pub acceptor: Arc<Acceptor>,
    pub terms: Terms,
    /// What works, but perhaps not as meant.
    pub warnings: Problems,
}

/// Reads and checks a configuration without starting anything.
///
/// # Errors
/// Every problem in every file.
pub fn check(path: &Path, now: Timestamp) -> Result<Assembly, Problems> {
    assemble(config::read(path), now)
}

/// The field catalogue that this program carries.
///
/// # Panics
/// Never: a test reads the very same bytes.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "the shipped catalogue is parsed by a test; without it nothing can run"
)]
pub fn catalogue() -> Arc<Catalogue> {
    let text = |name| {
        config::shipped::file(name).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    };
    let catalogue = Catalogue::parse(text("schema/fields.toml"), text("schema/codes.toml"));
    Arc::new(catalogue.expect("the shipped field catalogue is well formed"))
}

/// Parses every file that the configuration names, each by the folder that owns it.
///
/// # Errors
/// Every problem in every file.
pub fn assemble(draft: Draft, now: Timestamp) -> Result<Assembly, Problems> {
    let catalogue = catalogue();
    let mut problems = draft.problems.clone();
    let mappings = mappings(&draft.mappings, &catalogue, &mut problems);
    let agencies = agencies(&draft, &mappings, now, &mut problems);
    let identity = identity(&draft, now, &mut problems);
    let trust = trust(&draft, &mut problems);
    let certificates = certificates(&draft, now, &mut problems);
    let register = Arc::new(register(&draft));
    let engine = engine(&draft, &catalogue, &register, &mut problems);

    let draft = Draft { problems, ..draft };
    let (settings, warnings) = draft.finish()?;
    let (Some(identity), Some(trust), Some(engine)) = (identity, trust, engine) else { return Err(warnings) };
    let (trust, failed) = (Arc::new(trust), |error: crate::tls::TlsError| {
        let mut problems = Problems::new();
        problems.push_at(&settings.tls.certificate.at, error.to_string());
        problems
    });
    let acceptor = Arc::new(Acceptor::new(Arc::clone(&identity), Arc::clone(&trust)).map_err(failed)?);
    let connector = Arc::new(Connector::new(Arc::clone(&identity), Arc::clone(&trust)).map_err(failed)?);
    let links = links(&register, &connector);
    let terms = Terms { register, engine, trust, certificates, links, agencies };
    Ok(Assembly { settings, catalogue, identity, acceptor, terms, warnings })
}

fn register(draft: &Draft) -> Register {
    let agencies = draft.agencies.iter().map(|agency| agency.party.clone()).collect();
    Register::new(agencies, draft.partners.iter().flat_map(config::PartnerSettings::agreements).cloned())
}

fn links(register: &Register, connector: &Arc<Connector>) -> HashMap<PartyId, Arc<Link>> {
    let link = |agreement: &Agreement| match &agreement.delivery {
        Delivery::Push { host, port } => {
            let link = Link::new(agreement.party.clone(), host.clone(), *port, Arc::clone(connector));
            Some((agreement.party.clone(), Arc::new(link)))
        }
        Delivery::Poll => None,
    };
    register.agreements().filter_map(link).collect()
}

fn mappings(
    files: &[File],
    catalogue: &Catalogue,
    problems: &mut Problems,
) -> BTreeMap<String, Arc<Mapping>> {
    let mut mappings = BTreeMap::new();
    for file in files {
        let Some(text) = text(file, problems) else { continue };
        match Mapping::load(text, &file.path.display().to_string(), catalogue) {
            Ok(mapping) => {
                mappings.insert(mapping.name().to_owned(), Arc::new(mapping));
            }
            Err(found) => {
                for problem in found {
                    problems.push(&file.path, problem.line, problem.reason);
                }
            }
        }
    }
    mappings
}

fn agencies(
    draft: &Draft,
    mappings: &BTreeMap<String, Arc<Mapping>>,
    now: Timestamp,
    problems: &mut Problems,
) -> HashMap<PartyId, Arc<Agency>> {
    let mut agencies = HashMap::new();
    for agency in &draft.agencies {
        let keys = own_keys(&agency.openpgp, &agency.party, problems, |bytes| OwnKey::parse(bytes, now));
        let retired =
            own_keys(&agency.retired, &agency.party, problems, |bytes| OwnKey::parse_retired(bytes, now));
        let mapping = mappings.get(&agency.mapping).cloned();
        if mapping.is_none() {
            let known: Vec<_> = mappings.keys().map(String::as_str).collect();
            problems.push_at(
                &agency.mapping_at,
                format!(
                    "no table `{}` among the files in `mappings`; there are: {}",
                    agency.mapping,
                    known.join(", ")
                ),
            );
        }
        let keys = OwnKeys::new(keys).map_err(|error| format!("`openpgp`: {error}"));
        let keys = keys.and_then(|keys| {
            keys.with_retired(retired).map_err(|_| "`retired`: name at most 32 keys".to_owned())
        });
        match (keys, mapping) {
            (Ok(keys), Some(mapping)) => {
                let built = Agency { party: agency.party.clone(), keys, mapping };
                agencies.insert(agency.party.clone(), Arc::new(built));
            }
            (Err(problem), _) => problems.push_at(&agency.at, problem),
            (Ok(_), None) => {}
        }
    }
    agencies
}

fn own_keys(
    files: &[SecretFile],
    party: &PartyId,
    problems: &mut Problems,
    parse: impl Fn(&[u8]) -> Result<OwnKey, CertificateError>,
) -> Vec<OwnKey> {
    let mut keys = Vec::new();
    for file in files {
        let path = file.path.display();
        match parse(&file.bytes) {
            Ok(key) if key.party() == party => keys.push(key),
            Ok(key) => problems.push_at(
                &file.at,
                format!(
                    "the key `{path}` is that of `{}`, not of `{party}`; name the agency's own key",
                    key.party()
                ),
            ),
            Err(error) => problems.push_at(&file.at, format!("the key `{path}`: {error}")),
        }
    }
    keys
}

fn identity(draft: &Draft, now: Timestamp, problems: &mut Problems) -> Option<Arc<Identity>> {
    let tls = draft.tls.as_ref()?;
    match Identity::parse(&tls.certificate.bytes, &tls.key.bytes, now) {
        Ok(identity) => {
            for agency in draft.agencies.iter().filter(|agency| !identity.parties().contains(&agency.party)) {
                problems.push_at(
                    &agency.at,
                    format!(
                        "the gateway's certificate does not name `{}`; partners would refuse its messages",
                        agency.party
                    ),
                );
            }
            Some(Arc::new(identity))
        }
        Err(error) => {
            problems.push_at(&tls.certificate.at, format!("`{}`: {error}", tls.certificate.path.display()));
            None
        }
    }
}

fn trust(draft: &Draft, problems: &mut Problems) -> Option<Trust> {
    let mut all = Vec::new();
    for partner in &draft.partners {
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
            let at = draft
                .partners
                .first()
                .map_or_else(|| At { file: Path::new("").into(), line: 0 }, |p| p.at.clone());
            problems.push_at(&at, format!("`trust`: {error}"));
            None
        }
    }
}

fn certificates(draft: &Draft, now: Timestamp, problems: &mut Problems) -> HashMap<PartyId, Certificates> {
    let mut certificates = HashMap::new();
    for party in draft.partners.iter().flat_map(|partner| &partner.parties) {
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
    draft: &Draft,
    catalogue: &Arc<Catalogue>,
    register: &Arc<Register>,
    problems: &mut Problems,
) -> Option<Engine> {
    let mut sources = Vec::new();
    let mut found = Vec::new();
    for file in &draft.policies {
        let Some(text) = text(file, problems) else { continue };
        match Source::at(&file.path, text, |folder| parties_of(folder, draft)) {
            Ok(source) => sources.push(source),
            Err(problem) => found.push(problem),
        }
    }
    let loaded = Engine::load(Arc::clone(catalogue), Arc::clone(register), &sources);
    let engine = loaded.map_err(|defects| found.extend(defects)).ok();
    let whole = found.is_empty();
    for problem in found {
        problems.push(Path::new(&problem.file), problem.line.unwrap_or(0), problem.reason);
    }
    engine.filter(|_| whole)
}

/// The parties of the partner file with this name.
fn parties_of(folder: &str, draft: &Draft) -> Option<Vec<PartyId>> {
    let named = |partner: &&config::PartnerSettings| {
        partner.at.file.file_stem().and_then(|stem| stem.to_str()) == Some(folder)
    };
    let partner = draft.partners.iter().find(named)?;
    Some(partner.agreements().map(|agreement| agreement.party.clone()).collect())
}

fn text<'a>(file: &'a File, problems: &mut Problems) -> Option<&'a str> {
    match std::str::from_utf8(&file.bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let line = 1 + file.bytes.iter().take(error.valid_up_to()).filter(|b| **b == b'\n').count();
            problems.push(&file.path, line, "the file is not UTF-8; save it as UTF-8");
            None
        }
    }
}
