//! What an officer submits: words of the command, questions, and a record in the agency's own form, translated and decided
//! by the shipped tables, rules and agreements. Whatever the input is, what leaves on one person's word keeps the promises
//! below. They are read from what would be sealed, not from what the program thinks of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use casebridge::config::{PartnerSettings, PolicyDraft, shipped};
use casebridge::message::{
    Body, ConversationId, Document, Envelope, Handling, Kind, MessageId, Purpose, Question, Urgency,
};
use casebridge::partner::Register;
use casebridge::policy::{Circumstances, Decision, Engine, Scope, Source, Submission};
use casebridge::schema::{Catalogue, Jmbg, Record};
use casebridge::translate::{Mapping, records};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Map, Value};

/// The folder `config`, seen from the repository or from the crate of the targets.
fn config() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    [here.join("config"), here.join("../../config")].into_iter().find(|one| one.is_dir()).unwrap()
}

fn text(bytes: &'static [u8]) -> String {
    std::str::from_utf8(bytes).unwrap().to_owned()
}

/// The shipped gateway in Belgrade.
static GATEWAY: LazyLock<(Arc<Catalogue>, Engine)> = LazyLock::new(|| {
    let file = |name| text(shipped::file(name).unwrap());
    let catalogue =
        Arc::new(Catalogue::parse(&file("schema/fields.toml"), &file("schema/codes.toml")).unwrap());
    let draft = PolicyDraft::of_folder(&config());
    let agreements: Vec<_> = draft.partners.iter().flat_map(PartnerSettings::agreements).cloned().collect();
    let mut sources = Vec::new();
    for (folder, party) in [("common", None), ("si", Some("si/policija")), ("at", Some("at/bk"))] {
        for (name, bytes) in shipped::folder(&format!("policies/{folder}")) {
            let scope = party.map_or(Scope::Common, |party| Scope::Parties(vec![party.parse().unwrap()]));
            sources.push(Source { name: name.to_owned(), scope, text: text(bytes) });
        }
    }
    let agencies = ["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"].map(|id| id.parse().unwrap());
    let register = Register::new(agencies.into(), agreements).with_bodies(draft.bodies.clone());
    let engine = Engine::load(Arc::clone(&catalogue), Arc::new(register), &sources).unwrap();
    (catalogue, engine)
});

/// The table of each agency.
static TABLES: LazyLock<Vec<(&str, Mapping)>> = LazyLock::new(|| {
    ["rs-mup", "rs-jt", "rs-minrzs", "rs-cztlj"]
        .map(|name| {
            let file = format!("translate/{name}.toml");
            let table = text(shipped::file(&file).unwrap());
            (name, Mapping::load(&table, &file, &GATEWAY.0).unwrap())
        })
        .into()
});

/// One input: the words of the command in the first line, questions in lines that begin with `? `, then the record.
pub(crate) fn submit(data: &[u8]) {
    let Some((words, mut rest)) = line(data) else { return };
    let mut questions = Vec::new();
    while let Some((question, after)) = rest.strip_prefix(b"? ").and_then(line) {
        questions.push(question.to_owned());
        rest = after;
    }
    let words: Vec<&str> = words.split(' ').collect();
    let [table, partner, kind, purpose, basis] = words[..] else { return };
    let Some((_, mapping)) = TABLES.iter().find(|(name, _)| *name == table) else { return };
    let now: Timestamp = "2026-03-06T10:15:00Z".parse().unwrap();
    let (Ok(to), Some(kind), Ok(purpose), Ok(legal_basis)) =
        (partner.parse(), Kind::from_word(kind), purpose.parse::<Purpose>(), basis.parse())
    else {
        return;
    };
    let mut translated = Vec::new();
    for one in records(mapping, &GATEWAY.0, rest).take(100) {
        // One record that cannot be read stops the message, and the error tells no value: it has only a place.
        let Ok(one) = one else { return };
        translated.push(one.record);
    }
    let envelope = Envelope {
        id: MessageId::new(now),
        conversation: ConversationId::new(now),
        in_reply_to: None,
        kind,
        from: table.replace('-', "/").parse().unwrap(),
        to,
        created: now,
        expires: now.checked_add(48.hours()).unwrap(),
        purpose,
        legal_basis,
        handling: [Handling::H0].into(),
        handling_note: None,
        evaluation: Some("B2".parse().unwrap()),
        delete_by: now.checked_add(240.hours()).unwrap(),
        urgency: Urgency::Routine,
        further_use: None,
        transfer_basis: None,
        policy_version: String::new(),
    };
    let question =
        |(number, text)| Question { number, language: "en".to_owned(), text, asks: BTreeSet::new() };
    // A number with a right check digit shows an adult, and stays behind.
    let persons = || translated.iter().flat_map(Record::persons);
    let number = |person: &Map<String, Value>| {
        person.get("prs_IdentityNumber").and_then(Value::as_str).map(str::to_owned)
    };
    let by_number = persons().filter_map(number).any(|number| Jmbg::read(&number).is_ok());
    let unread = persons().any(|person| person.contains_key("x_Unread"));
    let body = Body {
        questions: (1..).zip(questions).map(question).collect(),
        records: translated,
        ..Body::default()
    };
    let submission = Submission {
        document: Document { envelope, body, attachments: Vec::new(), withheld: Vec::new() },
        author: "officer-1".parse().unwrap(),
        approvals: Vec::new(),
        circumstances: Circumstances::default(),
        waits_for_release: false,
    };
    if let Decision::Allow(permitted) = GATEWAY.1.permit(submission, now) {
        assert!(!unread, "what was not read of a person or the offence left on one person's word");
        let today = Date::constant(2026, 3, 6);
        for record in &permitted.document().body.records {
            leaves_on_one_word(record.members(), today, by_number);
        }
    }
}

/// The first line, if it is text, and what comes after it.
fn line(data: &[u8]) -> Option<(&str, &[u8])> {
    let end = data.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&data[..end]).ok()?, &data[end + 1..]))
}

/// What nobody but its author has seen: no victim whose adult age cannot be read from it, no shelter, no number, no
/// withdrawn consent.
fn leaves_on_one_word(record: &Map<String, Value>, today: Date, by_number: bool) {
    let persons = record.get("x_Persons").and_then(Value::as_array).into_iter().flatten();
    for person in persons.filter_map(Value::as_object) {
        let has = |name: &str| person.get(name).is_some_and(|value| !value.is_null());
        assert!(!has("x_Shelter"), "a shelter left");
        assert!(!has("prs_IdentityNumber"), "a number left on one person's word");
        let named = ["prs_FirstName", "prs_SecondName", "x_Names", "x_Documents"].into_iter().any(has);
        let category = person.get("x_SubjectCategory").and_then(Value::as_str);
        let victim = category.is_none_or(|category| category.starts_with("victim"));
        if victim && named {
            let born = person.get("prs_Birthdate").and_then(Value::as_str);
            let told = born.is_some_and(|born| adult(born, today));
            assert!(told || (born.is_none() && by_number), "a victim whose adult age is not told left");
            assert!(!has("x_Guardian"), "whoever has a guardian left as an adult");
        }
        if let Some(consent) = person.get("x_Consent").and_then(Value::as_object) {
            assert_eq!(
                consent.get("con_Consent"),
                Some(&Value::Bool(true)),
                "a consent that is not given left"
            );
            assert!(!consent.contains_key("withdrawn_at"), "a withdrawn consent left");
        }
    }
}

/// Whether all that the date may mean lies eighteen years back.
fn adult(born: &str, today: Date) -> bool {
    let last = match born.len() {
        4 => format!("{born}-12-31"),
        7 => format!("{born}-28"),
        _ => born.to_owned(),
    };
    let last: Date = last.parse().unwrap();
    last.checked_add(18.years()).unwrap() <= today
}
