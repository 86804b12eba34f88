//! The gateway file.

use std::path::Path;
use std::time::Duration;

use super::files;
use super::problems::Problems;
use super::reader::{Section, read_text};
use super::settings::{
    AgencySettings, Draft, GatewaySettings, LogFormat, LogLevel, LogSettings, TlsSettings,
};
use super::value::{Value, shown};

/// Reads the gateway file and the files that it names.
pub(super) fn read(path: &Path, problems: &mut Problems) -> Draft {
    let mut draft = nothing();
    let text = match files::text(path) {
        Ok(text) => text,
        Err(reason) => {
            problems.push(path, 0, reason);
            return draft;
        }
    };
    let _ = read_text(path, &text, problems, |file| read_sections(file, &mut draft));
    draft
}

fn nothing() -> Draft {
    Draft {
        gateway: None,
        tls: None,
        agencies: Vec::new(),
        policy: None,
        mappings: Vec::new(),
        log: LogSettings::default(),
        problems: Problems::new(),
    }
}

fn read_sections(file: &mut Section<'_, '_>, draft: &mut Draft) {
    draft.gateway = file.section("gateway", read_gateway).flatten();
    draft.tls = file.section("tls", read_tls).flatten();
    draft.log = file.section("log", read_log).unwrap_or_default();
    draft.agencies = file.sections("agency", read_agency).into_iter().flatten().collect();
    if file.is_absent("agency") {
        let at = file.at("agency");
        file.problems.warn_at(&at, "there is no `[[agency]]`: this gateway speaks for nobody");
    }
    file.section("files", |files| {
        draft.policy = files.required("policy", "\".\"", |value| files::folder(&value));
        draft.mappings = files
            .list_or_warn("mappings", "no agency's records can be translated", |value| files::file(&value));
    });
}

fn read_gateway(section: &mut Section<'_, '_>) -> Option<GatewaySettings> {
    let at = section.at("");
    let name = section.required("name", "\"belgrade\"", |value| name(&value));
    let listen = section.required("listen", "\"0.0.0.0:8443\"", |value| {
        value.parsed("an address and a port, such as `0.0.0.0:8443`")
    });
    let public_host = section.required("public_host", "\"gateway.example.org\"", |value| value.host());
    let store = section.required("store", "\"casebridge.db\"", |value| files::place(&value));
    let drain = seconds(section, "drain_seconds", 30, 0, 600);
    let lease = seconds(section, "lease_seconds", 60, 5, 3600);
    let workers = section.optional("workers", |value| value.number(1..=256)).unwrap_or(4);
    let connections = section.optional("connections", |value| value.number(1..=65_536)).unwrap_or(1024);
    let request = seconds(section, "request_seconds", 30, 1, 600);
    let (name, listen, public_host, store) = (name?, listen?, public_host?, store?);
    Some(GatewaySettings {
        at,
        name,
        listen,
        public_host,
        store,
        drain,
        lease,
        workers,
        connections,
        request,
    })
}

fn read_tls(section: &mut Section<'_, '_>) -> Option<TlsSettings> {
    let certificate = section.required("certificate", "\"keys/gateway.crt\"", |value| files::file(&value));
    let key = section.required("key", "\"keys/gateway.key\"", |value| files::secret(&value));
    Some(TlsSettings { certificate: certificate?, key: key? })
}

fn read_log(section: &mut Section<'_, '_>) -> LogSettings {
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let levels = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace]
        .map(|level| (level.as_str(), level));
    let default = LogSettings::default();
    LogSettings {
        format: section.optional("format", |value| value.one_of(&formats)).unwrap_or(default.format),
        level: section.optional("level", |value| value.one_of(&levels)).unwrap_or(default.level),
    }
}

fn read_agency(section: &mut Section<'_, '_>) -> Option<AgencySettings> {
    let at = section.at("party");
    let party = section.required("party", "\"rs/mup\"", |value| value.party());
    let mapping_at = section.at("mapping");
    let mapping = section.required("mapping", "\"rs-mup\"", |value| name(&value));
    let openpgp = section
        .list_or_warn("openpgp", "this agency can neither sign nor open", |value| files::secret(&value));
    let retired = section.list("retired", |value| files::secret(&value));
    Some(AgencySettings { at, party: party?, openpgp, retired, mapping: mapping?, mapping_at })
}

fn seconds(
    section: &mut Section<'_, '_>,
    key: &'static str,
    default: u64,
    least: u64,
    most: u64,
) -> Duration {
    Duration::from_secs(section.optional(key, |value| value.number(least..=most)).unwrap_or(default))
}

/// A word that can stand in a log line and a file name.
fn name(value: &Value<'_>) -> Result<String, String> {
    let text = value.text()?;
    let fits = text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!("must be at most 64 of `a-z`, `0-9`, `-` and `_`, not `{}`", shown(text)))
    }
}
