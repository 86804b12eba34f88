//! The configuration through its front door: files in a folder of their own, read as a gateway reads them.

mod agreement;
mod mistakes;
mod policy;
mod shipped;

use std::path::{Path, PathBuf};

use super::{Draft, PartnerSettings, PolicyDraft, Problems, Settings, read};
use crate::partner::Register;

const SECRETS: [&str; 5] =
    ["gateway.key", "rs-mup.secret.pgp", "rs-jt.secret.pgp", "rs-minrzs.secret.pgp", "rs-cztlj.secret.pgp"];
const PUBLIC: [&str; 13] = [
    "gateway.crt",
    "si-anchor.pem",
    "si.crl",
    "si-policija.pgp",
    "at-anchor.pem",
    "at.crl",
    "at-bk.pgp",
    "rs-anchor.pem",
    "rs.crl",
    "rs-mup.pgp",
    "rs-jt.pgp",
    "rs-minrzs.pgp",
    "rs-cztlj.pgp",
];

/// A gateway in Slovenia, in as few lines as TOML allows.
const SLOVENIA: &str = r#"
gateway = { name = "si", listen = "[::]:0", public_host = "192.0.2.1", store = "si.db" }
tls = { certificate = "keys/gateway.crt", key = "keys/gateway.key" }
[[agency]]
party = "si/policija"
mapping = "si"
openpgp = ["keys/rs-jt.secret.pgp"]
[files]
policy = "example-si-gateway"
mappings = ["translate/rs-mup.toml"]
"#;

/// A copy of the shipped configuration, with stand-ins for the keys and certificates that it names.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        for (name, bytes) in super::shipped::FILES {
            // Samples in an encoding of their own are nothing that a gateway reads.
            if let Ok(text) = std::str::from_utf8(bytes) {
                place.write(name, text);
            }
        }
        place.write("slovenia.toml", SLOVENIA);
        for key in SECRETS {
            place.secret(&format!("keys/{key}"));
        }
        for file in PUBLIC {
            place.write(&format!("keys/{file}"), file);
            place.write(&format!("example-si-gateway/keys/{file}"), file);
        }
        for table in ["rs-mup", "rs-jt", "rs-minrzs", "rs-cztlj"] {
            place.write_if_absent(&format!("translate/{table}.toml"));
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn write_if_absent(&self, name: &str) {
        if !self.path(name).exists() {
            self.write(name, name);
        }
    }

    fn secret(&self, name: &str) {
        self.write(name, "stand-in for a secret");
        set_mode(&self.path(name), 0o600);
    }

    /// Replaces `old` by `new` in a file, which must have it exactly once.
    fn edit(&self, name: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {name}");
        self.write(name, &text.replace(old, new));
    }

    fn draft(&self, name: &str) -> Draft {
        read(&self.path(name))
    }

    fn settings(&self, name: &str) -> Settings {
        self.draft(name).finish().unwrap().0
    }

    /// The draft of the policy that a gateway file names.
    fn policy(&self, name: &str) -> PolicyDraft {
        PolicyDraft::of_folder(&self.draft(name).policy.unwrap())
    }

    fn policy_of_folder(&self) -> PolicyDraft {
        PolicyDraft::of_folder(self.folder.path())
    }

    fn register(&self, name: &str) -> Register {
        let agencies = self.draft(name).agencies.into_iter().map(|agency| agency.party).collect();
        let policy = self.policy(name);
        let agreements = policy.partners.iter().flat_map(PartnerSettings::agreements).cloned();
        Register::new(agencies, agreements).with_bodies(policy.bodies.clone())
    }

    /// Every problem of the gateway file and of the policy that it names, with paths as they are below the folder.
    fn problems(&self, name: &str) -> Vec<String> {
        let draft = self.draft(name);
        let mut problems = draft.problems;
        if let Some(folder) = draft.policy {
            let policy = PolicyDraft::of_folder(&folder);
            problems.extend(policy.problems.clone());
            policy.check_against(&draft.agencies, &mut problems);
        }
        self.told(&problems)
    }

    fn told(&self, problems: &Problems) -> Vec<String> {
        let folder = format!("{}/", self.folder.path().display());
        problems.iter().map(|problem| problem.to_string().replace(&folder, "")).collect()
    }

    /// The number of the line that holds `text`.
    fn line(&self, name: &str, text: &str) -> usize {
        let file = std::fs::read_to_string(self.path(name)).unwrap();
        file.lines().position(|line| line.contains(text)).unwrap() + 1
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}
