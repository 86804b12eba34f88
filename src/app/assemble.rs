//! From checked files to the parts of a gateway.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::compile::{Compiled, compile, text};
use crate::clock::Clock;
use crate::config::{self, At, Bundle, Draft, File, PolicyDraft, Problems, SecretFile, Settings};
use crate::exchange::{Agency, Observer, Terms};
use crate::message::PartyId;
use crate::partner::{Agreement, Delivery, Register};
use crate::relay::Link;
use crate::schema::Catalogue;
use crate::seal::{CertificateError, OwnKey, OwnKeys};
use crate::store;
use crate::telemetry::Steps;
use crate::tls::{Acceptor, Connector, Identity};
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
    pub acceptor: Arc<Acceptor>,
    pub terms: Terms,
    /// The gateway's own files, as they were read: with them later policy versions are put together.
    pub(super) draft: Draft,
    /// The policy version that `terms` were made of.
    pub policy: PolicyDraft,
    /// What works, but perhaps not as meant.
    pub warnings: Problems,
}

/// Reads and checks a configuration without starting anything: the gateway's own files, and the policy version in force
/// in its store. A store without versions will take the folder's draft as its first.
///
/// # Errors
/// Every problem in every file.
pub fn check(path: &Path, now: Timestamp) -> Result<Assembly, Problems> {
    let (draft, policy) = read(path, now);
    assemble(draft, policy, now)
}

/// As [`check`], before the files are held against each other.
#[must_use]
pub fn read(path: &Path, now: Timestamp) -> (Draft, PolicyDraft) {
    let mut draft = config::read(path);
    let folder = draft.policy.clone().unwrap_or_default();
    let kept = draft.gateway.as_ref().map(|gateway| (&gateway.at, store::version_at(&gateway.store, now)));
    let policy = match kept {
        Some((_, Ok(Some((number, bundle))))) => match Bundle::parse(&bundle) {
            Ok(bundle) => {
                let policy = PolicyDraft::of_version(number, bundle, &folder);
                if let Some(text) = super::versions::drift(&folder, &policy, path) {
                    draft.problems.warn_at(&At { file: folder.as_path().into(), line: 0 }, text);
                }
                policy
            }
            Err(error) => {
                draft.problems.push(&folder, 0, format!("policy version {number}: {error}"));
                PolicyDraft::of_version(number, Bundle::default(), &folder)
            }
        },
        Some((at, Err(error))) => {
            let at = at.clone();
            draft.problems.push_at(&at, format!("`store`: {error}"));
            PolicyDraft::of_version(0, Bundle::default(), &folder)
        }
        // Also when the store is not known: nothing will start, and all mistakes are told together.
        Some((_, Ok(None))) | None if draft.policy.is_some() => PolicyDraft::of_folder(&folder),
        Some((_, Ok(None))) | None => PolicyDraft::of_version(0, Bundle::default(), &folder),
    };
    (draft, policy)
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
pub fn assemble(draft: Draft, policy: PolicyDraft, now: Timestamp) -> Result<Assembly, Problems> {
    let catalogue = catalogue();
    let mut problems = draft.problems.clone();
    problems.extend(policy.problems.clone());
    policy.check_against(&draft.agencies, &mut problems);
    let mappings = mappings(&draft.mappings, &catalogue, &mut problems);
    let agencies = agencies(&draft, &mappings, now, &mut problems);
    let identity = identity(&draft, now, &mut problems);
    let own = draft.agencies.iter().map(|agency| agency.party.clone()).collect();
    let compiled = compile(&policy, own, &catalogue, now, &mut problems);

    let kept = draft.clone();
    let (settings, warnings) = Draft { problems, ..draft }.finish()?;
    let (Some(identity), Some(compiled)) = (identity, compiled) else { return Err(warnings) };
    let Compiled { register, engine, trust, certificates } = compiled;
    let (trust, failed) = (Arc::new(trust), |error: crate::tls::TlsError| {
        let mut problems = Problems::new();
        problems.push_at(&settings.tls.certificate.at, error.to_string());
        problems
    });
    let acceptor = Arc::new(Acceptor::new(Arc::clone(&identity), Arc::clone(&trust)).map_err(failed)?);
    let connector = Arc::new(Connector::new(Arc::clone(&identity), Arc::clone(&trust)).map_err(failed)?);
    let links = links(&register, &connector);
    let (version, roster) = (policy.number.unwrap_or(0), policy.roster.clone());
    let terms = Terms { version, register, engine, roster, identity, trust, certificates, links, agencies };
    Ok(Assembly { settings, catalogue, acceptor, terms, draft: kept, policy, warnings })
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
