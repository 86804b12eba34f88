//! A small catalogue, agreements, records and messages for the tests of policy.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use crate::message::{
    Body as Content, ConversationId, Document, Envelope, Handling, Kind, MessageId, PartyId, Purpose,
    Question, Urgency,
};
use crate::partner::{Agreement, Body, Delivery, Limits, Profile, Register, Role, ServiceLevels};
use crate::policy::{
    Actor, Approval, Circumstances, Decision, Engine, Extent, Held, Permitted, Refusal, Scope, Source,
    Submission,
};
use crate::schema::{Catalogue, DataCategory, Record, SubjectCategory};

/// Path, type, whether a list, category.
const FIELDS: &[(&str, &str, bool, &str)] = &[
    ("x_CaseNumber", "text", false, "case_reference"),
    ("x_Handling", "text", true, "case_reference"),
    ("x_Classification", "text", false, "case_reference"),
    ("x_Evaluation", "group", false, "case_reference"),
    ("x_Evaluation.source", "text", false, "case_reference"),
    ("x_Evaluation.information", "text", false, "case_reference"),
    ("x_NrmRelease", "group", false, "case_reference"),
    ("x_NrmRelease.decided_by", "text", false, "case_reference"),
    ("x_NrmRelease.decided_at", "date", false, "case_reference"),
    ("x_NrmRelease.reference", "text", false, "case_reference"),
    ("x_NrmRelease.withdrawn_at", "date", false, "case_reference"),
    ("x_Offence", "text", true, "offence"),
    ("x_Means", "code:means", true, "trafficking_facts"),
    ("x_Shelter", "text", false, "shelter_location"),
    ("x_Route", "text", false, "location_current"),
    ("x_Notes", "long_text", false, "free_text"),
    ("x_Persons", "group", true, "identity"),
    ("x_Persons[].x_SubjectCategory", "code:subject", false, "case_reference"),
    ("x_Persons[].prs_FirstName", "text", false, "identity"),
    ("x_Persons[].prs_Birthdate", "date", false, "identity"),
    ("x_Persons[].x_Citizenship", "country", true, "identity"),
    ("x_Persons[].x_Evaluation", "group", false, "case_reference"),
    ("x_Persons[].x_Evaluation.source", "text", false, "case_reference"),
    ("x_Persons[].x_Evaluation.information", "text", false, "case_reference"),
    ("x_Persons[].x_Number", "text", false, "identifier"),
    ("x_Persons[].x_Passport", "text", true, "document"),
    ("x_Persons[].x_Phone", "text", false, "contact"),
    ("x_Persons[].x_Place", "text", false, "location_current"),
    ("x_Persons[].x_Country", "country", false, "location_current"),
    ("x_Persons[].x_Shelter", "text", false, "shelter_location"),
    ("x_Persons[].x_Health", "text", false, "health"),
    ("x_Persons[].x_Faith", "text", false, "ethnicity_religion"),
    ("x_Persons[].x_Fingerprint", "text", false, "biometrics"),
    ("x_Persons[].x_Risk", "text", false, "assessment"),
    ("x_Persons[].x_Accused", "text", false, "offence"),
    ("x_Persons[].x_Permit", "text", false, "immigration_status"),
    ("x_Persons[].x_Exploitation", "code:exploitation", true, "trafficking_facts"),
    ("x_Persons[].x_Bank", "text", false, "finance"),
    ("x_Persons[].x_Kin", "text", false, "family"),
    ("x_Persons[].x_Remark", "long_text", false, "free_text"),
    ("x_Persons[].x_ChildAtOffence", "boolean", false, "case_reference"),
    ("x_Persons[].x_ChildNow", "boolean", false, "case_reference"),
    ("x_Persons[].x_AgeDisputed", "boolean", false, "case_reference"),
    ("x_Persons[].x_Unread", "text", true, "case_reference"),
    ("x_Persons[].x_Consent", "group", false, "case_reference"),
    ("x_Persons[].x_Consent.given_by", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.scope", "text", true, "case_reference"),
    ("x_Persons[].x_Consent.scope_recipients", "text", true, "case_reference"),
    ("x_Persons[].x_Consent.scope_categories", "text", true, "case_reference"),
    ("x_Persons[].x_Consent.given_at", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.expires_at", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.withdrawn_at", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.overridden_by", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.override_ground", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.con_Consent", "boolean", false, "case_reference"),
    ("x_Persons[].x_Consent.child_view", "boolean", false, "case_reference"),
    ("x_Persons[].x_Return", "group", false, "case_reference"),
    ("x_Persons[].x_Return.voluntary", "boolean", false, "case_reference"),
    ("x_Persons[].x_Return.risk_assessment", "text", false, "case_reference"),
    ("x_Persons[].x_Return.recovery_period_until", "date", false, "case_reference"),
    ("x_Persons[].x_Guardian", "group", false, "case_reference"),
    ("x_Persons[].x_Guardian.name", "text", false, "case_reference"),
];

/// List, code, the category of the code's own if it has one.
const CODES: &[(&str, &str, &str)] = &[
    ("means", "deception", ""),
    ("means", "restricts_medical_care", "health"),
    ("exploitation", "labour", ""),
    ("exploitation", "sexual", "sexual_life"),
    ("subject", "suspect", ""),
    ("subject", "victim_presumed", ""),
    ("subject", "victim_identified", ""),
    ("subject", "witness", ""),
    ("subject", "convicted", ""),
    ("subject", "contact", ""),
    ("subject", "third_person", ""),
    ("subject", "official", ""),
];

fn codes() -> String {
    let mut text = String::new();
    for list in ["means", "exploitation", "subject"] {
        writeln!(text, "[lists.{list}]\ncodes = [").unwrap();
        for (_, code, special) in CODES.iter().filter(|(name, ..)| *name == list) {
            let special =
                if special.is_empty() { String::new() } else { format!(", special = \"{special}\"") };
            let labels = "en = \"x\", sr-Cyrl = \"x\", sl = \"x\", de = \"x\"";
            writeln!(text, "{{ code = \"{code}\", {labels}{special} }},").unwrap();
        }
        text.push_str("]\n");
    }
    text
}

pub(super) fn catalogue() -> Arc<Catalogue> {
    let mut text = String::from("version = \"test-1\"\n");
    for (path, kind, many, category) in FIELDS {
        let (kind, list) = kind.split_once(':').unwrap_or((kind, ""));
        let list = if list.is_empty() { String::new() } else { format!("list = \"{list}\"\n") };
        write!(
            text,
            "[[field]]\npath = \"{path}\"\ntype = \"{kind}\"\n{list}many = {many}\ncategory = \"{category}\"\n\
             labels = {{ en = \"x\", sr-Cyrl = \"x\", sl = \"x\", de = \"x\" }}\n"
        )
        .unwrap();
    }
    Arc::new(Catalogue::parse(&text, &codes()).unwrap())
}

pub(super) fn now() -> Timestamp {
    "2026-03-06T10:15:00Z".parse().unwrap()
}

pub(super) fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

pub(super) fn agreement(name: &str, body: Body) -> Agreement {
    let bases = ["PCC-SEE-4", "PCC-SEE-6", "CETS197", "CONSENT", "MLA-1959/2AP"];
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
        purposes: Purpose::ALL.iter().copied().collect(),
        legal_bases: bases.iter().map(|basis| basis.parse().unwrap()).collect(),
        languages: ["en".to_owned(), "sl".to_owned()].into(),
        data_out: DataCategory::ALL.into(),
        data_in: DataCategory::ALL.into(),
        subjects_out: SubjectCategory::ALL.into(),
        subjects_in: SubjectCategory::ALL.into(),
        service: ServiceLevels::default(),
        places: None,
        contacts: Vec::new(),
        quotas: BTreeMap::new(),
        limits: Limits::default(),
    }
}

/// The gateway in Belgrade.
pub(super) fn serbian() -> Register {
    let agencies = ["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"].map(party);
    let partners = [agreement("si/policija", Body::Police), agreement("at/bk", Body::Police)];
    Register::new(agencies.into(), partners)
}

/// A gateway in Ljubljana.
pub(super) fn slovene() -> Register {
    let partners = [
        agreement("rs/mup", Body::Police),
        agreement("rs/jt", Body::Prosecution),
        agreement("rs/minrzs", Body::Protection),
        agreement("rs/cztlj", Body::Protection),
    ];
    Register::new([party("si/policija")].into(), partners)
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
