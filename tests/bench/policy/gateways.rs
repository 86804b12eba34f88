//! What is measured: the shipped agreement and rules with Slovenia, cut to or filled up to a number of rules, beside other
//! partners with rules of their own; and one message.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use casebridge::config::{PartnerSettings, PolicyDraft, shipped};
use casebridge::message::{
    Body, ConversationId, Document, Envelope, Handling, Kind, MessageId, PartyId, Purpose, Question, Urgency,
};
use casebridge::partner::{Agreement, Register};
use casebridge::policy::{Circumstances, Engine, Scope, Source, Submission};
use casebridge::schema::{Catalogue, Record};
use casebridge::translate::{Mapping, records};
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::Outcome;

const PARTNER: &str = "si/policija";
/// Rules of each other partner.
const RULES_OF_OTHERS: usize = 12;

fn text(name: &str) -> Outcome<&'static str> {
    let bytes = shipped::file(name).ok_or_else(|| format!("`{name}` is not shipped"))?;
    Ok(std::str::from_utf8(bytes)?)
}

fn catalogue() -> Outcome<Catalogue> {
    Ok(Catalogue::parse(text("schema/fields.toml")?, text("schema/codes.toml")?)?)
}

/// A gateway that can be loaded again and again.
pub(crate) struct Gateway {
    catalogue: Arc<Catalogue>,
    register: Arc<Register>,
    sources: Vec<Source>,
}

impl Gateway {
    /// With so many rules for Slovenia, and so many other partners.
    pub(crate) fn new(rules: usize, others: usize) -> Outcome<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        let draft = PolicyDraft::of_folder(&root);
        let shipped: Vec<Agreement> =
            draft.partners.iter().flat_map(PartnerSettings::agreements).cloned().collect();
        let partner: PartyId = PARTNER.parse()?;
        let agreement = shipped.into_iter().find(|one| one.party == partner).ok_or("no agreement")?;
        let mut agreements = vec![agreement.clone()];
        let mut sources = own_rules(rules)?;
        for number in 0..others {
            let party: PartyId = format!("xx/p{number}").parse()?;
            let text =
                (0..RULES_OF_OTHERS).map(|rule| generated(&format!("o{number}-"), rule, party.as_str()));
            sources.push(Source {
                name: format!("{party}.cedar"),
                scope: Scope::Parties(vec![party.clone()]),
                text: text.collect(),
            });
            agreements.push(Agreement { party, ..agreement.clone() });
        }
        let agencies = ["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"].iter().map(|name| name.parse());
        let register =
            Register::new(agencies.collect::<Result<_, _>>()?, agreements).with_bodies(draft.bodies.clone());
        Ok(Self { catalogue: Arc::new(catalogue()?), register: Arc::new(register), sources })
    }

    pub(crate) fn engine(&self) -> Outcome<Engine> {
        let loaded = Engine::load(Arc::clone(&self.catalogue), Arc::clone(&self.register), &self.sources);
        loaded.map_err(|problems| {
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n").into()
        })
    }
}

/// The shipped rules that can apply to Slovenia: the first of each file, so that there is something of each question, or all
/// and generated ones.
fn own_rules(count: usize) -> Outcome<Vec<Source>> {
    let mut files = Vec::new();
    for (name, scope) in [
        ("policies/si/policija.cedar", Scope::Parties(vec![PARTNER.parse()?])),
        ("policies/common/release.cedar", Scope::Common),
        ("policies/common/message.cedar", Scope::Common),
        ("policies/common/handling.cedar", Scope::Common),
    ] {
        files.push((name, scope, rules_of(text(name)?)));
    }
    let all: usize = files.iter().map(|(_, _, rules)| rules.len()).sum();
    let mut sources = Vec::new();
    let mut left = count.min(all);
    for (number, (name, scope, rules)) in files.iter().enumerate() {
        let share = if count >= all { rules.len() } else { left.div_ceil(files.len() - number) };
        let taken: String = rules.iter().take(share).copied().collect();
        left = left.saturating_sub(share);
        sources.push(Source { name: (*name).to_owned(), scope: scope.clone(), text: taken });
    }
    let more = (all..count).map(|rule| generated("more-", rule, PARTNER)).collect();
    let scope = Scope::Parties(vec![PARTNER.parse()?]);
    sources.push(Source { name: "more.cedar".to_owned(), scope, text: more });
    Ok(sources)
}

/// The text of each rule: it begins with `@id`.
fn rules_of(text: &str) -> Vec<&str> {
    let starts: Vec<usize> = text.match_indices("@id(").map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end)).collect()
}

/// A rule of the kind that agreements bring: it stops nothing of the message that is measured.
fn generated(prefix: &str, number: usize, partner: &str) -> String {
    let mut rule =
        format!("@id(\"{prefix}{number}\") @sentence(\"s\") @sr(\"с\") @sl(\"s\") @de(\"s\") @law(\"l\")\n");
    let word = |words: &[&'static str]| words.get(number / 2 % words.len()).copied().unwrap_or_default();
    if number.is_multiple_of(2) {
        let category = word(&["finance", "family", "health", "contact", "assessment", "immigration_status"]);
        let purpose = word(&["safe_return", "missing_child", "prevention", "detection"]);
        let _ = write!(
            rule,
            "forbid (principal, action == Action::\"release\", resource == Party::\"{partner}\")\n\
             when {{ context.category == Data::\"{category}\" && context.purpose == Purpose::\"{purpose}\" }}\n\
             when {{ context.victim || context.child }}\nunless {{ context.approved }};\n"
        );
    } else {
        let kind = word(&["safe_return", "victim_referral", "missing_child_alert", "status_decision"]);
        let data = word(&["finance", "health", "biometrics", "family"]);
        let _ = write!(
            rule,
            "forbid (principal, action == Action::\"send\", resource == Party::\"{partner}\")\n\
             when {{ context.kind == Kind::\"{kind}\" && context.data.contains(Data::\"{data}\") }}\n\
             when {{ !context.free_text || context.handling.contains(Handling::\"H2\") }}\n\
             unless {{ context.roles.contains(Role::\"legal_reviewer\") }};\n"
        );
    }
    rule
}

/// The message that is decided about.
pub(crate) struct Message {
    record: Record,
    pub(crate) persons: usize,
    pub(crate) values: usize,
    pub(crate) bytes: usize,
    pub(crate) now: Timestamp,
}

impl Message {
    /// The shipped sample of the interior ministry, translated, with a witness as third person.
    pub(crate) fn shipped() -> Outcome<Self> {
        let catalogue = catalogue()?;
        let name = "translate/rs-mup.toml";
        let mapping = Mapping::load(text(name)?, name, &catalogue)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        let sample = text("samples/rs-mup.xml")?.as_bytes();
        let translated = records(&mapping, &catalogue, sample).next().ok_or("no record in the sample")??;
        let mut members = translated.record.members().clone();
        let persons = members.get_mut("x_Persons").and_then(Value::as_array_mut).ok_or("no persons")?;
        let mut witness = persons.first().cloned().ok_or("no person")?;
        if let Some(witness) = witness.as_object_mut() {
            witness.insert("x_SubjectCategory".to_owned(), json!("witness"));
            witness.retain(|name, _| !name.starts_with("x_Child") && !name.starts_with("vic_"));
        }
        persons.push(witness);
        // A child would have the message held; the measured one leaves.
        for person in persons.iter_mut().filter_map(Value::as_object_mut) {
            person.retain(|name, _| !name.starts_with("x_Child") && name != "x_AgeDisputed");
        }
        let persons = persons.len();
        let bytes = serde_json::to_vec(&members)?.len();
        let values = values(&Value::Object(members.clone()));
        Ok(Self {
            record: Record::new(members),
            persons,
            values,
            bytes,
            now: "2026-03-06T10:15:00Z".parse()?,
        })
    }

    pub(crate) fn draft(&self) -> Outcome<Submission> {
        let now = self.now;
        let envelope = Envelope {
            id: MessageId::new(now),
            conversation: ConversationId::new(now),
            in_reply_to: None,
            kind: Kind::InfoRequest,
            from: "rs/mup".parse()?,
            to: PARTNER.parse()?,
            created: now,
            expires: now.checked_add(48.hours())?,
            purpose: Purpose::Detection,
            legal_basis: "PCC-SEE-4".parse()?,
            handling: [Handling::H0].into(),
            handling_note: None,
            evaluation: Some("B2".parse()?),
            delete_by: now.checked_add(240.hours())?,
            urgency: Urgency::Routine,
            further_use: None,
            transfer_basis: None,
            policy_version: String::new(),
        };
        let question = Question {
            number: 1,
            language: "en".to_owned(),
            text: "Is the person known?".to_owned(),
            asks: BTreeSet::new(),
        };
        let body = Body { questions: vec![question], records: vec![self.record.clone()], ..Body::default() };
        let document = Document { envelope, body, attachments: Vec::new(), withheld: Vec::new() };
        Ok(Submission {
            document,
            author: "officer-1".parse()?,
            approvals: Vec::new(),
            circumstances: Circumstances::default(),
            waits_for_release: false,
        })
    }
}

fn values(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Object(members) => members.values().map(values).sum(),
        _ => 1,
    }
}
