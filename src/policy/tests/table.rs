//! What the shipped configuration decides, as a table for each partner: `tests/policy/`. A changed rule, agreement or
//! field shows there as a readable difference.
//!
//! `UPDATE_SNAPSHOTS=1 cargo nextest run --lib policy::tests::table` writes the files anew.

mod cells;
mod groups;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::cells::{CHANGES, Column, inputs, mark, released};
use self::groups::{by_kind, by_use};
use super::fixture::*;
use crate::config;
use crate::message::{Kind, LegalBasis, PartyId, Purpose};
use crate::partner::Agreement;
use crate::policy::{Engine, Source, Way};
use crate::schema::{Catalogue, DataCategory};

/// The real catalogue.
pub(super) fn shipped_catalogue() -> Arc<Catalogue> {
    let fields = include_str!("../../../config/schema/fields.toml");
    let codes = include_str!("../../../config/schema/codes.toml");
    Arc::new(Catalogue::parse(fields, codes).unwrap())
}

/// A gateway with the partner files in the folder that its configuration names.
fn gateway(file: &str, agencies: &[&str], sources: &[Source]) -> (Engine, Vec<Agreement>) {
    let policy = config::PolicyDraft::of_folder(&config::read(&root().join(file)).policy.unwrap());
    let agreements: Vec<Agreement> =
        policy.partners.iter().flat_map(config::PartnerSettings::agreements).cloned().collect();
    assert!(!agreements.is_empty(), "{file}");
    let register = register(agencies.iter().map(|name| party(name)).collect(), agreements.clone());
    (Engine::load(shipped_catalogue(), Arc::new(register), sources).unwrap(), agreements)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

#[test]
fn belgrade_decides_as_the_tables_say() {
    let agencies = ["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"];
    let (engine, agreements) = gateway("config/gateway.toml", &agencies, &serbian_sources());
    for agreement in &agreements {
        compare(&engine, agreement, &["rs/mup", "rs/jt", "rs/cztlj"]);
    }
}

#[test]
fn ljubljana_decides_as_the_tables_say() {
    let file = "config/example-si-gateway/gateway.toml";
    let (engine, agreements) = gateway(file, &["si/policija"], &slovene_sources());
    for agreement in &agreements {
        compare(&engine, agreement, &["si/policija"]);
    }
}

#[test]
fn no_table_is_left_over() {
    let known = ["at-bk", "rs-cztlj", "rs-jt", "rs-minrzs", "rs-mup", "si-policija"];
    let mut kept: Vec<String> = std::fs::read_dir(root().join("tests/policy"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    kept.sort();
    assert_eq!(kept, known.map(|name| format!("{name}.txt")));
}

fn compare(engine: &Engine, agreement: &Agreement, agencies: &[&str]) {
    let text = table(engine, agreement, agencies);
    let path =
        root().join("tests/policy").join(format!("{}.txt", agreement.party.as_str().replace('/', "-")));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let line = kept.lines().zip(text.lines()).position(|(kept, new)| kept != new);
    assert!(
        kept == text,
        "{} differs from line {} on: if it is meant, see the head of this file",
        path.display(),
        line.map_or_else(|| kept.lines().count(), |line| line + 1)
    );
}

fn table(engine: &Engine, agreement: &Agreement, agencies: &[&str]) -> String {
    let partner = &agreement.party;
    let mut out = format!(
        "What {partner} ({}) receives and may send, as the shipped configuration decides. Made by src/policy/tests/table.rs.\n\n{}",
        agreement.body.as_str(),
        cells::LEGEND
    );
    for (names, text) in alike(agencies, |agency| messages(engine, agreement, agency, Way::Out)) {
        write!(out, "\n==== May a message of {names} leave to {partner}?\n\n{text}").unwrap();
    }
    for (names, text) in alike(agencies, |agency| changes(engine, agreement, agency)) {
        write!(out, "\n==== One thing changed in a message of {names} to {partner}\n\n{text}").unwrap();
    }
    writeln!(out, "\n==== Which data leaves with it? (from {})", agencies[0]).unwrap();
    out.push_str(&fields(engine, agreement, &party(agencies[0])));
    writeln!(
        out,
        "\n==== Which data leaves, by legal basis? (from {}, info_request, investigation)",
        agencies[0]
    )
    .unwrap();
    out.push_str(&bases(engine, agreement, &party(agencies[0])));
    for (names, text) in alike(agencies, |agency| messages(engine, agreement, agency, Way::In)) {
        write!(out, "\n==== May a message of {partner} enter to {names}?\n\n{text}").unwrap();
    }
    out
}

/// Agencies with the same answer together.
fn alike(agencies: &[&str], ask: impl Fn(&PartyId) -> String) -> Vec<(String, String)> {
    let mut answers: Vec<(String, String)> = Vec::new();
    for agency in agencies {
        let text = ask(&party(agency));
        match answers.iter_mut().find(|(_, known)| *known == text) {
            Some((names, _)) => write!(names, ", {agency}").unwrap(),
            None => answers.push(((*agency).to_owned(), text)),
        }
    }
    answers
}

/// Kind x purpose x subject.
fn messages(engine: &Engine, agreement: &Agreement, agency: &PartyId, way: Way) -> String {
    by_kind(|kind, purpose| {
        Column::PERSONS
            .map(|column| mark(&engine.weigh(&inputs(agreement, agency, way, (kind, purpose), column))))
    })
}

/// Circumstance x subject.
fn changes(engine: &Engine, agreement: &Agreement, agency: &PartyId) -> String {
    let mut out = groups::head("circumstance", "purpose");
    let (sender, basis): (_, LegalBasis) = (body_of(agency), "CETS197".parse().unwrap());
    for (name, (kind, purpose), change) in CHANGES {
        // A sender that may not investigate identifies victims.
        let may = |purpose| agreement.rests(sender, &basis, purpose);
        let other = *purpose != Purpose::VictimIdentification && agreement.purposes.contains(purpose);
        let identify = other && !may(*purpose) && may(Purpose::VictimIdentification);
        let purpose = if identify { &Purpose::VictimIdentification } else { purpose };
        let cells = Column::PERSONS.map(|column| {
            let mut inputs = inputs(agreement, agency, Way::Out, (*kind, *purpose), column);
            change(&mut inputs, column);
            mark(&engine.weigh(&inputs))
        });
        out.push_str(&groups::line(name, purpose.as_str(), &cells));
    }
    out
}

/// Category x subject, for each use that has its own answers.
fn fields(engine: &Engine, agreement: &Agreement, agency: &PartyId) -> String {
    let matrix = |kind: Kind, purpose: Purpose| {
        let asked = cells::every_field(inputs(agreement, agency, Way::Out, (kind, purpose), Column::Suspect));
        released(&engine.weigh(&asked))
    };
    by_use(matrix, |cells| groups::matrix(&DataCategory::ALL.map(DataCategory::as_str), cells))
}

/// Category x legal basis, about a suspect.
fn bases(engine: &Engine, agreement: &Agreement, agency: &PartyId) -> String {
    let mut out = String::new();
    let kind = (Kind::InfoRequest, Purpose::Investigation);
    let mut seen: Vec<(String, Vec<&str>)> = Vec::new();
    for basis in &agreement.legal_bases {
        let mut asked = cells::every_field(inputs(agreement, agency, Way::Out, kind, Column::Suspect));
        asked.facts.legal_basis = basis.clone();
        let cells = released(&engine.weigh(&asked)).map(|cells| {
            let suspect = |row: &[String]| row.get(2).cloned();
            cells.chunks(Column::FIELDS.len()).filter_map(suspect).collect::<Vec<_>>()
        });
        let told = cells.map_or_else(
            || "nothing\n".to_owned(),
            |cells| groups::list(&DataCategory::ALL.map(DataCategory::as_str), &cells),
        );
        match seen.iter_mut().find(|(known, _)| *known == told) {
            Some((_, bases)) => bases.push(basis.as_str()),
            None => seen.push((told, vec![basis.as_str()])),
        }
    }
    for (told, bases) in seen {
        write!(out, "\n{}\n{told}", bases.join(", ")).unwrap();
    }
    out
}
