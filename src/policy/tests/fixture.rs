//! A small catalogue, agreements, records and messages for the tests of policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

pub(super) use super::fields::catalogue;
use crate::message::{
    Body as Content, ConversationId, Document, Envelope, Handling, Kind, MessageId, PartyId, Purpose,
    Question, TransferBasis, Urgency,
};
use crate::partner::{
    Agreement, BasisOf, Body, Delivery, Limits, Profile, Register, Role, ServiceLevels, leaves_union,
};
use crate::policy::{
    Actor, Approval, Circumstances, Decision, Engine, Extent, Held, Permitted, Refusal, Scope, Source,
    Submission,
};
use crate::schema::{DataCategory, Record, SubjectCategory};

pub(super) fn now() -> Timestamp {
    "2026-03-06T10:15:00Z".parse().unwrap()
}

pub(super) fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

pub(super) fn agreement(name: &str, body: Body) -> Agreement {
    let bases = ["PCC-SEE-4", "PCC-SEE-6", "CETS197", "CONSENT", "MLA-1959/2AP"];
    let legal_bases: BTreeSet<_> = bases.iter().map(|basis| basis.parse().unwrap()).collect();
    let purposes: BTreeSet<_> = Purpose::ALL.iter().copied().collect();
    let senders = [Body::Police, Body::Protection, Body::Prosecution].into();
    Agreement {
        party: party(name),
        name: name.to_owned(),
        body,
        valid_from: now() - 24.hours(),
        valid_until: now() + 24.hours(),
        profile: Profile::V6,
        delivery: Delivery::Poll,
        kinds_out: Kind::ALL.iter().copied().collect(),
        kinds_in: Kind::ALL.iter().copied().collect(),
        purposes: purposes.clone(),
        legal_bases: legal_bases.clone(),
        bases: vec![BasisOf { senders, legal_bases, purposes }],
        languages: ["en".to_owned(), "sl".to_owned()].into(),
        data_out: DataCategory::ALL.into(),
        data_in: DataCategory::ALL.into(),
        subjects_out: SubjectCategory::ALL.into(),
        subjects_in: SubjectCategory::ALL.into(),
        most_days_kept: None,
        transfer_basis: None,
        service: ServiceLevels::default(),
        places: None,
        contacts: Vec::new(),
        quotas: BTreeMap::new(),
        limits: Limits::default(),
    }
}

/// A register that knows what kind of body the agencies are.
pub(super) fn register(
    agencies: BTreeSet<PartyId>,
    agreements: impl IntoIterator<Item = Agreement>,
) -> Register {
    let bodies: Vec<_> = agencies.iter().filter_map(|id| Some((id.clone(), body_of(id)?))).collect();
    Register::new(agencies, agreements).with_bodies(bodies)
}

/// What kind of body an agency is.
pub(super) fn body_of(agency: &PartyId) -> Option<Body> {
    match agency.as_str() {
        "rs/mup" | "si/policija" => Some(Body::Police),
        "rs/jt" => Some(Body::Prosecution),
        "rs/minrzs" | "rs/cztlj" => Some(Body::Protection),
        _ => None,
    }
}

/// The gateway in Belgrade.
pub(super) fn serbian() -> Register {
    let agencies = ["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"].map(party);
    let partners = [agreement("si/policija", Body::Police), agreement("at/bk", Body::Police)];
    register(agencies.into(), partners)
}

/// A gateway in Ljubljana.
pub(super) fn slovene() -> Register {
    let partners = [
        agreement("rs/mup", Body::Police),
        agreement("rs/jt", Body::Prosecution),
        agreement("rs/minrzs", Body::Protection),
        agreement("rs/cztlj", Body::Protection),
    ];
    register([party("si/policija")].into(), partners)
}

/// The files of some folders below `config/`, each for whom its folder says.
pub(super) fn sources(folders: &[&str]) -> Vec<Source> {
    let parties = |partner: &str| match partner {
        "si" => Some(vec![party("si/policija")]),
        "at" => Some(vec![party("at/bk")]),
        "rs" => Some(["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"].map(party).into()),
        _ => None,
    };
    let mut sources = Vec::new();
    for folder in folders {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(folder);
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            sources.push(Source::at(&file, &std::fs::read_to_string(&file).unwrap(), parties).unwrap());
        }
    }
    sources
}

pub(super) fn serbian_sources() -> Vec<Source> {
    sources(&["policies/common", "policies/si", "policies/at"])
}

pub(super) fn slovene_sources() -> Vec<Source> {
    sources(&["policies/common", "example-si-gateway/policies/rs"])
}

/// A file of a test for every partner.
pub(super) fn common(text: &str) -> Source {
    Source { name: "common.cedar".to_owned(), scope: Scope::Common, text: text.to_owned() }
}

/// The annotations of a rule that is otherwise right.
pub(super) fn annotations(id: &str) -> String {
    format!("@id(\"{id}\") @sentence(\"s\") @sr(\"с\") @sl(\"s\") @de(\"s\") @law(\"l\")\n")
}

pub(super) fn engine(register: Register, sources: &[Source]) -> Engine {
    Engine::load(catalogue(), Arc::new(register), sources).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

pub(super) fn belgrade() -> Engine {
    engine(serbian(), &serbian_sources())
}

pub(super) fn ljubljana() -> Engine {
    engine(slovene(), &slovene_sources())
}

pub(super) fn record(value: Value) -> Record {
    match value {
        Value::Object(members) => Record::new(members),
        _ => panic!("a record is an object"),
    }
}

/// A case with one person of `category`, with a value in nearly every field.
pub(super) fn case(category: &str) -> Value {
    json!({
        "x_CaseNumber": "KU-1/26",
        "x_Offence": ["art. 388"],
        "x_Means": ["deception"],
        "x_Shelter": "house",
        "x_Notes": "notes",
        "x_Persons": [{
            "x_SubjectCategory": category,
            "prs_FirstName": "Ana",
            "prs_Birthdate": "1990-01-01",
            "x_Number": "0101990710006",
            "x_Passport": ["P1", "P2"],
            "x_Phone": "+381",
            "x_Place": "hotel",
            "x_Health": "injury",
            "x_Risk": "high",
            "x_Exploitation": ["labour", "sexual"],
            "x_Remark": "remark",
        }],
    })
}

/// A small case about a suspect that needs nobody's release.
pub(super) fn plain() -> Value {
    json!({
        "x_CaseNumber": "KU-1/26",
        "x_Persons": [{ "x_SubjectCategory": "suspect", "prs_FirstName": "Petar" }],
    })
}

/// A consent to every purpose, with `more`.
pub(super) fn agreed(more: &Value) -> Value {
    let mut consent = json!({
        "con_Consent": true,
        "scope": [
            "victim_identification", "victim_protection", "safe_return", "investigation", "prosecution", "missing_child",
        ],
    });
    consent.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    consent
}

/// A victim's case for a referral, with `consent`.
pub(super) fn victim(consent: &Value) -> Value {
    let mut case = plain();
    case["x_Persons"] = json!([{
        "x_SubjectCategory": "victim_identified", "prs_FirstName": "Ana", "prs_Birthdate": "1990-01-01",
        "x_Consent": consent,
    }]);
    case
}

pub(super) fn document(from: &str, to: &str, records: &[Value]) -> Document {
    Document {
        envelope: Envelope {
            id: MessageId::new(now()),
            conversation: ConversationId::new(now()),
            in_reply_to: None,
            kind: Kind::InfoRequest,
            from: party(from),
            to: party(to),
            created: now(),
            expires: now() + 48.hours(),
            purpose: Purpose::Investigation,
            legal_basis: "PCC-SEE-4".parse().unwrap(),
            handling: [Handling::H0].into(),
            handling_note: None,
            evaluation: Some("B2".parse().unwrap()),
            delete_by: now() + 240.hours(),
            urgency: Urgency::Routine,
            further_use: None,
            transfer_basis: leaves_union(&party(from), &party(to))
                .then_some(TransferBasis::BindingInstrument),
            policy_version: String::new(),
        },
        body: Content {
            questions: vec![Question {
                number: 1,
                language: "en".to_owned(),
                text: "Known?".to_owned(),
                ..Question::default()
            }],
            answers: Vec::new(),
            records: records.iter().cloned().map(record).collect(),
            ..Content::default()
        },
        attachments: Vec::new(),
        withheld: Vec::new(),
    }
}

pub(super) fn submission(document: Document) -> Submission {
    Submission {
        document,
        author: actor("officer-1"),
        approvals: Vec::new(),
        circumstances: Circumstances::default(),
        waits_for_release: false,
    }
}

pub(super) fn actor(id: &str) -> Actor {
    id.parse().unwrap()
}

pub(super) fn approved(submission: Submission, by: &str) -> Submission {
    approved_as(submission, by, &[Role::Reviewer])
}

pub(super) fn approved_as(submission: Submission, by: &str, roles: &[Role]) -> Submission {
    approved_for(submission, by, roles, Extent::Everything)
}

pub(super) fn approved_for(
    mut submission: Submission,
    by: &str,
    roles: &[Role],
    extent: Extent,
) -> Submission {
    let roles = roles.iter().copied().collect();
    submission.approvals.push(Approval { by: actor(by), at: now(), roles, extent, ages: Vec::new() });
    submission
}

pub(super) fn allowed(decision: Decision) -> Permitted {
    match decision {
        Decision::Allow(permitted) => permitted,
        other => panic!("not allowed: {}", told(&other)),
    }
}

pub(super) fn held(decision: Decision) -> Held {
    match decision {
        Decision::Hold(held) => held,
        other => panic!("not held: {}", told(&other)),
    }
}

pub(super) fn refused(decision: Decision) -> Refusal {
    match decision {
        Decision::Refuse(refusal) => refusal,
        other => panic!("not refused: {}", told(&other)),
    }
}

fn told(decision: &Decision) -> String {
    match decision {
        Decision::Allow(permitted) => format!("allowed by {:?}", permitted.basis().rules()),
        Decision::Hold(held) => format!("held by {:?}", held.basis.rules()),
        Decision::Refuse(refusal) => format!("{} by {:?}", refusal.code, refusal.basis.rules()),
    }
}

/// The ids of the rules in `grounds`.
pub(super) fn rules(grounds: &[crate::policy::Ground]) -> Vec<&str> {
    grounds.iter().map(|ground| ground.rule.as_str()).collect()
}

/// A return to which nothing is objected.
pub(super) fn prepared_return() -> Value {
    json!({ "voluntary": true, "risk_assessment": "low", "recovery_period_until": "2026-02-01" })
}

/// A decision that releases a record to the police.
pub(super) fn nrm_release() -> Value {
    json!({ "decided_by": "CZZTLJ", "decided_at": "2026-03-02", "reference": "057/26" })
}
