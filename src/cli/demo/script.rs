//! What the agencies send in the demo, and what should become of it.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::officers::Office;
use super::teller::{End, Teller};
use crate::app::{self, trial::reviewer_of};
use crate::cli::Failure;
use crate::clock::Clock;
use crate::config::shipped;
use crate::exchange::{Content, Request, Submitted};
use crate::message::{Handling, Kind, LegalBasis, PartyId, Purpose, Question, Urgency};
use crate::translate;

/// One message of the demo.
struct Scene {
    from: &'static str,
    to: &'static str,
    kind: Kind,
    purpose: Purpose,
    legal_basis: &'static str,
    urgency: Urgency,
    question: Option<&'static str>,
    sample: &'static str,
    end: End,
}

const SCENES: [Scene; 6] = [
    Scene {
        from: "rs/mup",
        to: "si/policija",
        kind: Kind::VictimIdentificationSupport,
        purpose: Purpose::VictimIdentification,
        legal_basis: "PCC-SEE-4",
        urgency: Urgency::UrgentDirect,
        question: Some("Is the person known under this identity, and is the travel document genuine?"),
        sample: "rs-mup.xml",
        end: End::Answered,
    },
    Scene {
        from: "rs/jt",
        to: "si/policija",
        kind: Kind::InfoRequest,
        purpose: Purpose::Investigation,
        legal_basis: "CETS197",
        urgency: Urgency::Routine,
        question: Some("Which addresses in Slovenia has the suspect used since January?"),
        sample: "rs-jt.csv",
        end: End::Answered,
    },
    Scene {
        from: "rs/cztlj",
        to: "at/bk",
        kind: Kind::SafeReturn,
        purpose: Purpose::SafeReturn,
        legal_basis: "CETS197",
        urgency: Urgency::Routine,
        question: Some("Who receives the person, and when?"),
        sample: "rs-cztlj.xml",
        end: End::Answered,
    },
    Scene {
        from: "rs/minrzs",
        to: "at/bk",
        kind: Kind::VictimReferral,
        purpose: Purpose::VictimProtection,
        legal_basis: "CETS197",
        urgency: Urgency::UrgentDirect,
        question: Some("Can the child be placed with its aunt?"),
        sample: "rs-minrzs.json",
        end: End::Answered,
    },
    Scene {
        from: "rs/minrzs",
        to: "at/bk",
        kind: Kind::VictimReferral,
        purpose: Purpose::VictimProtection,
        legal_basis: "CETS197",
        urgency: Urgency::Routine,
        question: None,
        sample: "rs-minrzs-withdrawn.json",
        end: End::Refused,
    },
    Scene {
        from: "rs/mup",
        to: "at/bk",
        kind: Kind::SpontaneousInfo,
        purpose: Purpose::Detection,
        legal_basis: "PCC-SEE-6",
        urgency: Urgency::Routine,
        question: None,
        sample: "rs-mup-spontaneous.xml",
        end: End::Opened,
    },
];

/// Plays every scene; a second officer releases what is held.
pub(super) async fn play(office: &Office, teller: &Teller) -> Result<(), Failure> {
    for scene in &SCENES {
        let request = scene.request(Clock::system().now())?;
        let id = request.id.unwrap_or_else(|| crate::message::MessageId::new(Clock::system().now()));
        let agency = request.from.clone();
        teller.announce(id, scene.kind, &request.from, &request.to, scene.end);
        let failed = |error: &dyn std::error::Error| Failure::of(scene.sample, error);
        let gateway = office.serbia();
        let submitted = gateway.submit(request).await.map_err(|e| failed(&e))?;
        if let Submitted::Held { id, .. } = submitted {
            let reviewer = reviewer_of(&agency);
            let looked = gateway.look_at_held(&agency, id, &reviewer).await.map_err(|e| failed(&e))?;
            drop(looked);
            gateway.release(&agency, id, &reviewer).await.map_err(|e| failed(&e))?;
        }
    }
    Ok(())
}

impl Scene {
    fn request(&self, now: Timestamp) -> Result<Request, Failure> {
        let party = |text: &str| text.parse::<PartyId>().map_err(|e| Failure::of("party", &e));
        let legal_basis: LegalBasis = self.legal_basis.parse().map_err(|e| Failure::of("legal basis", &e))?;
        let questions = self.question.map(|text| Question {
            number: 1,
            language: "en".into(),
            text: text.into(),
            ..Question::default()
        });
        Ok(Request {
            id: Some(crate::message::MessageId::new(now)),
            author: "officer-1".to_owned(),
            from: party(self.from)?,
            to: party(self.to)?,
            kind: self.kind,
            purpose: self.purpose,
            legal_basis,
            urgency: self.urgency,
            further_use: None,
            transfer_basis: None,
            handling: BTreeSet::from([Handling::H0]),
            handling_note: None,
            evaluation: None,
            conversation: None,
            in_reply_to: None,
            expires: now + SignedDuration::from_hours(24 * 14),
            delete_by: now + SignedDuration::from_hours(24 * 90),
            questions: questions.into_iter().collect(),
            answers: Vec::new(),
            waits_for_release: false,
            content: Content::National(sample(self.sample)?.into()),
            reason: None,
            asks: None,
            passes_on: Vec::new(),
        })
    }
}

/// A sample record that the program carries.
pub(super) fn sample(name: &str) -> Result<&'static [u8], Failure> {
    let missing = || Failure::new(format!("the sample `{name}` is missing from this program"));
    shipped::file(&format!("samples/{name}")).ok_or_else(missing)
}

/// Commands that show more, against the demo's own gateways.
pub(super) fn next_steps(config: &Path, teller: &Teller) -> Vec<String> {
    let config = config.display();
    let program = std::env::args().next().unwrap_or_else(|| "casebridge".to_owned());
    let mut lines = Vec::new();
    if let Some((id, agency)) = teller.first_sent() {
        lines.push(format!("  {program} inbox --config {config} --agency {agency} --status {id}"));
    }
    lines.push(format!("  {program} check --config {config}"));
    lines.push(format!("  {program} translate --profile rs-mup config/samples/rs-mup.xml"));
    lines
}

/// The police sample, with as many persons more as its common record may grow to `size` bytes: the national record
/// and the length of the common one. For measurements.
pub(in crate::cli) fn sample_record(size: usize) -> Result<(Vec<u8>, usize), Failure> {
    let text = String::from_utf8_lossy(sample("rs-mup.xml")?).into_owned();
    let broken = || Failure::new("the sample `rs-mup.xml` has no `Lice`");
    let start = text.find("<Lice").ok_or_else(broken)?;
    let end =
        text.get(start..).and_then(|rest| rest.find("</Lice>")).ok_or_else(broken)? + start + "</Lice>".len();
    let person = text.get(start..end).ok_or_else(broken)?.to_owned();
    let catalogue = app::catalogue();
    let mapping = crate::cli::translate::mapping("rs-mup", &catalogue)?;
    let length = |text: &str| {
        let translated = translate::records(&mapping, &catalogue, text.as_bytes()).next();
        translated
            .and_then(Result::ok)
            .map(|translated| translated.record.to_bytes().len())
            .ok_or_else(broken)
    };
    let (mut national, mut common) = (text, 0);
    loop {
        let now = length(&national)?;
        if common > 0 && now > size {
            // One person too many.
            national.replace_range(end..end + person.len(), "");
            return Ok((national.into_bytes(), common));
        }
        common = now;
        if common > size {
            return Ok((national.into_bytes(), common));
        }
        national.insert_str(end, &person);
    }
}
