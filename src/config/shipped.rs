//! The files of `config/`, as the binary carries them: what the demo runs on, and what a new gateway starts from.

/// A file of `config/`: its path below that folder, and its content.
pub type Shipped = (&'static str, &'static [u8]);

macro_rules! shipped {
    ($($name:literal,)*) => {
        &[$(($name, include_bytes!(concat!("../../config/", $name))),)*]
    };
}

/// Every file, one line each. `tests/tidy.rs` fails when one is missing here.
pub const FILES: &[Shipped] = shipped![
    "example-si-gateway/gateway.toml",
    "example-si-gateway/partners/rs.toml",
    "example-si-gateway/people.toml",
    "example-si-gateway/policies/rs/cztlj.cedar",
    "example-si-gateway/policies/rs/jt.cedar",
    "example-si-gateway/policies/rs/minrzs.cedar",
    "example-si-gateway/policies/rs/mup.cedar",
    "gateway.full.toml",
    "gateway.toml",
    "partner-template.toml",
    "partners/at.toml",
    "partners/si.toml",
    "people.toml",
    "policies/README.md",
    "policies/at/bk.cedar",
    "policies/common/elsewhere.cedar",
    "policies/common/handling.cedar",
    "policies/common/message.cedar",
    "policies/common/people.cedar",
    "policies/common/release.cedar",
    "policies/common/transfer.cedar",
    "policies/si/policija.cedar",
    "samples/at-bk.xml",
    "samples/ctdc-global.csv",
    "samples/ctdc-synthetic.csv",
    "samples/htcds-survey.xml",
    "samples/rs-cztlj.xml",
    "samples/rs-jt.csv",
    "samples/rs-minrzs-withdrawn.json",
    "samples/rs-minrzs.json",
    "samples/rs-mup-spontaneous.xml",
    "samples/rs-mup.xml",
    "samples/si-odgovor.json",
    "schema/codes.toml",
    "schema/fields.toml",
    "translate/at-bk.toml",
    "translate/ctdc-global.toml",
    "translate/ctdc-synthetic.toml",
    "translate/ctdc-vp.toml",
    "translate/htcds-survey.toml",
    "translate/rs-cztlj.toml",
    "translate/rs-jt.toml",
    "translate/rs-minrzs.toml",
    "translate/rs-mup.toml",
    "translate/si-policija.toml",
];

/// The content of the file with this path below `config/`.
#[must_use]
pub fn file(name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(path, _)| *path == name).map(|(_, bytes)| *bytes)
}

/// The files below the folder with this path below `config/`.
pub fn folder(name: &str) -> impl Iterator<Item = Shipped> {
    FILES
        .iter()
        .copied()
        .filter(move |(path, _)| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')))
}
