//! Out: translate, decide, seal, deposit.

use std::sync::Arc;

use jiff::Timestamp;

use super::ExchangeError;
use super::batch::sorted;
use super::draft;
use super::effects::Effects;
use super::erase::Disclosure;
use super::event::{Carried, What};
use super::gateway::{Agency, Gateway, Terms};
use super::known::Known;
use super::minutes::{Vaults, minutes};
use super::plan::sentences;
use super::request::{Content, Request, Submitted};
use super::switch::AGAIN;
use crate::message::{
    Body, Class, ConversationId, Document, Envelope, Kind, MessageId, PartyId, SecretUse, Sha256,
};
use crate::policy::{self, Actor, Circumstances, Decision, Held, Refusal, Submission};
use crate::schema::Record;
use crate::seal::{self, Sealed, Vault};
use crate::store::{DecisionRow, NewDisclosure, Side};
use crate::telemetry::Step;
use crate::translate::{self, Keying, Report};

/// What the path has made of a request before anything is stored.
pub(super) struct Prepared {
    pub(super) way: Way,
    /// What became of each record in translation, to be told with whatever becomes of the message.
    pub(super) reports: Vec<Report>,
}

/// Where a request goes.
pub(super) enum Way {
    Sealed(Box<Leaving>, DecisionRow),
    Held(Box<Held>, bytes::Bytes, Vec<MessageId>, DecisionRow),
    Refused(MessageId, Refusal, DecisionRow),
}

impl Prepared {
    /// Notes the request that it comes from, so that it is recognised when it comes again.
    fn asked_by(mut self, request: Sha256) -> Self {
        let (Way::Sealed(_, minutes) | Way::Held(.., minutes) | Way::Refused(.., minutes)) = &mut self.way;
        minutes.request = Some(request);
        self
    }
}

/// A sealed message and what is to be noted of it. The open one ends where it was sealed.
pub(super) struct Leaving {
    pub(super) sealed: Sealed,
    /// The request that it answers.
    pub(super) answers: Option<MessageId>,
    /// How many fields were withheld.
    pub(super) withheld: usize,
    pub(super) effects: Effects,
    pub(super) disclosure: Option<Box<NewDisclosure>>,
}

/// A draft and what the store knows of it.
pub(super) struct Drafted {
    pub(super) submission: Submission,
    pub(super) passes_on: Vec<MessageId>,
    /// What it passes on, with the providers.
    pub(super) sources: Vec<(PartyId, MessageId)>,
    pub(super) reports: Vec<Report>,
}

/// What policy has said to a draft, before anything follows from it.
pub(super) struct Decided {
    id: MessageId,
    from: PartyId,
    to: PartyId,
    kind: Kind,
    pub(super) decision: Decision,
    disclosure: Disclosure,
    passes_on: Vec<MessageId>,
    reports: Vec<Report>,
}

impl Gateway {
    /// Sends one request on its way. Answers after the commit.
    ///
    /// # Errors
    /// [`ExchangeError`] when the record cannot be translated or sealed, or the store fails.
    pub async fn submit(&self, request: Request) -> Result<Submitted, ExchangeError> {
        let mut results = self.submit_all(vec![request]).await?;
        results.pop().unwrap_or(Err(ExchangeError::Stopping))
    }

    /// Sends several requests, each with its own result, sharing one commit.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the common commit fails: then none was accepted.
    pub async fn submit_all(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<Submitted, ExchangeError>>, ExchangeError> {
        let requests = Arc::new(requests);
        for _ in 0..AGAIN {
            if let Some(results) = self.submit_once(Arc::clone(&requests)).await? {
                return Ok(results);
            }
            self.follow().await?;
        }
        Err(ExchangeError::Changing)
    }

    /// Nothing when the policy version under which it was decided is no longer in force: then nothing was stored.
    async fn submit_once(
        &self,
        requests: Arc<Vec<Request>>,
    ) -> Result<Option<Vec<Result<Submitted, ExchangeError>>>, ExchangeError> {
        let (now, terms) = (self.now(), self.terms());
        let (version, authors) =
            (terms.version(), requests.iter().map(|r| r.author.clone()).collect::<Vec<_>>());
        let known = self.known(requests.iter().map(Request::draft).collect()).await?;
        let vaults = self.vaults(requests.iter().map(|request| &request.from)).await;
        let prepared = self
            .cpu(move |gateway| {
                let prepare = |(request, known): (&Request, Result<Known, ExchangeError>)| {
                    gateway.prepare(request.clone(), known?, &vaults, &terms, now)
                };
                requests.iter().zip(known).map(prepare).collect::<Vec<_>>()
            })
            .await?;
        let prepared =
            prepared.into_iter().zip(authors).map(|(prepared, author)| prepared.map(|p| (p, author)));
        let (good, places) = sorted(prepared.collect());
        let committed = self.commit(good, version, now).await?;
        Ok(committed.map(|results| places.with(results, || ExchangeError::Stopping)))
    }

    /// Whether a record of the request says that a person has withdrawn consent: then what was sent on it before should
    /// be erased ([`Gateway::withdraw_consent`]). Whether and for whom is for the officer to say.
    #[must_use]
    pub fn tells_of_withdrawal(&self, request: &Request) -> bool {
        let Ok(agency) = self.agency(&request.from) else { return false };
        let drafted = self.translate(request.clone(), (&agency, None), None, self.now());
        drafted.is_ok_and(|(drafted, _)| policy::tells_of_withdrawal(&drafted.document))
    }

    fn prepare(
        &self,
        request: Request,
        known: Known,
        vaults: &Vaults,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Prepared, ExchangeError> {
        let agency = self.agency(&request.from)?;
        let vault = vaults.of(&request.from)?;
        let digest = request.digest(vault.secret(SecretUse::Requests));
        let drafted = self.drafted(request, known, (&agency, vault), now)?;
        let decided = self.decide(drafted, terms, now);
        Ok(self.carry_out(decided, &agency, vault, terms, now)?.asked_by(digest))
    }

    /// The message that a request means, with what the store knows of it.
    pub(super) fn drafted(
        &self,
        request: Request,
        known: Known,
        (agency, vault): (&Agency, &Vault),
        now: Timestamp,
    ) -> Result<Drafted, ExchangeError> {
        let passes_on = request.passes_on.clone();
        let (mut submission, reports) =
            self.translate(request, (agency, Some(vault)), known.conversation, now)?;
        let fits = submission.document.fits_kind();
        fits.map_err(|error| ExchangeError::Misfit { reason: error.to_string() })?;
        submission.circumstances = known.circumstances;
        Ok(Drafted { submission, passes_on, sources: known.sources, reports })
    }

    fn translate(
        &self,
        request: Request,
        (agency, vault): (&Agency, Option<&Vault>),
        conversation: Option<ConversationId>,
        now: Timestamp,
    ) -> Result<(Submission, Vec<Report>), ExchangeError> {
        let author = actor(&request.author)?;
        let id = request.id.unwrap_or_else(|| MessageId::new(now));
        let conversation = request.conversation.or(conversation).unwrap_or_else(|| ConversationId::new(now));
        let (records, reports) = match request.content {
            Content::Nothing => (Vec::new(), Vec::new()),
            Content::Common(records) => {
                let reports = records.iter().map(Report::kept_in).collect();
                (records, reports)
            }
            Content::National(source) => {
                let keying =
                    vault.map(|vault| Keying { secret: vault.secret(SecretUse::Records), conversation });
                self.to_common(id, (&request.from, &request.to), &source, agency, keying)?
            }
        };
        let envelope = Envelope {
            id,
            conversation,
            in_reply_to: request.in_reply_to,
            kind: request.kind,
            from: request.from,
            to: request.to,
            created: now,
            expires: to_micros(request.expires),
            purpose: request.purpose,
            legal_basis: request.legal_basis,
            handling: request.handling,
            handling_note: request.handling_note,
            evaluation: request.evaluation,
            delete_by: to_micros(request.delete_by),
            urgency: request.urgency,
            further_use: request.further_use,
            transfer_basis: request.transfer_basis,
            policy_version: String::new(),
        };
        let body = Body {
            questions: request.questions,
            answers: request.answers,
            records,
            reason: request.reason,
            asks: request.asks,
        };
        let mut document = Document { envelope, body, attachments: Vec::new(), withheld: Vec::new() };
        if policy::transfers(&document) && document.envelope.transfer_basis.is_none() {
            let terms = self.terms();
            let agreed = terms.register.agreement(&document.envelope.to);
            document.envelope.transfer_basis = agreed.and_then(|agreement| agreement.transfer_basis);
        }
        let submission = Submission {
            document,
            author,
            approvals: Vec::new(),
            circumstances: Circumstances::default(),
            waits_for_release: request.waits_for_release,
        };
        Ok((submission, reports))
    }

    fn to_common(
        &self,
        id: MessageId,
        (from, to): (&PartyId, &PartyId),
        source: &[u8],
        agency: &Agency,
        keying: Option<Keying<'_>>,
    ) -> Result<(Vec<Record>, Vec<Report>), ExchangeError> {
        let timer = self.inner.steps.start(Step::Translate);
        let (mut records, mut reports) = (Vec::new(), Vec::new());
        for translated in translate::keyed_records(&agency.mapping, &self.inner.catalogue, keying, source) {
            let translated = translated.map_err(ExchangeError::Translate)?;
            records.push(translated.record);
            reports.push(translated.report);
        }
        timer.stop();
        self.tell(id, from, to, || What::Translated {
            mapping: agency.mapping.name().to_owned(),
            records: records.len(),
            carried: Carried::of(&reports),
        });
        Ok((records, reports))
    }

    /// Asks policy.
    pub(super) fn decide(&self, drafted: Drafted, terms: &Terms, now: Timestamp) -> Decided {
        let Drafted { submission, passes_on, sources, reports } = drafted;
        let envelope = &submission.document.envelope;
        let (id, from, to, kind) = (envelope.id, envelope.from.clone(), envelope.to.clone(), envelope.kind);
        // Before policy takes away what tells whom it is about.
        let disclosure = Disclosure::of(&submission.document, sources);
        let decision = self.inner.steps.time(Step::Decide, || terms.engine.permit(submission, now));
        Decided { id, from, to, kind, decision, disclosure, passes_on, reports }
    }

    /// Seals what policy permits, or parks what a second person must see.
    pub(super) fn carry_out(
        &self,
        decided: Decided,
        agency: &Agency,
        vault: &Vault,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Prepared, ExchangeError> {
        let Decided { id, from, to, kind, decision, disclosure, passes_on, reports } = decided;
        let way = match decision {
            Decision::Refuse(refusal) => {
                let grounds = sentences(&refusal.grounds);
                self.tell(id, &from, &to, || What::Refused { kind, code: refusal.code.to_string(), grounds });
                let row = minutes(&refusal.basis, vault, (id, &from, &to))?;
                Way::Refused(id, refusal, row)
            }
            Decision::Hold(held) => {
                let draft = draft::to_bytes(&held, &passes_on);
                let parked = seal::park(&draft, agency.parking_key()?, now).map_err(ExchangeError::Seal)?;
                self.tell(id, &from, &to, || What::Held { kind, grounds: sentences(&held.grounds) });
                let row = minutes(&held.basis, vault, (id, &from, &to))?;
                Way::Held(Box::new(held), parked.into(), passes_on, row)
            }
            Decision::Allow(permitted) => {
                let document = permitted.document();
                self.tell(id, &from, &to, || What::Allowed {
                    kind,
                    rules: permitted.basis().rules().iter().map(ToString::to_string).collect(),
                    withheld: document.withheld.clone(),
                    policy_version: document.envelope.policy_version.clone(),
                });
                let certificate = terms.certificates(&to)?.to_seal(now);
                let profile = terms.profile_of(&to);
                let key = agency.key_for(profile)?;
                let sealed = self
                    .inner
                    .steps
                    .time(Step::Seal, || seal::close(&permitted, key, certificate, now))
                    .map_err(ExchangeError::Seal)?;
                self.tell(id, &from, &to, || What::Sealed {
                    bytes: sealed.cover.size,
                    profile: profile.as_str(),
                });
                let row = minutes(permitted.basis(), vault, (id, &from, &to))?;
                let document = permitted.document();
                let service = terms.register.agreement(&to).map(|agreement| agreement.service);
                let leaving = Leaving {
                    sealed,
                    answers: document.envelope.in_reply_to.filter(|_| document.class() == Class::Answer),
                    withheld: document.withheld.len(),
                    effects: Effects::of(Side::Out, document)
                        .certified_within(service.unwrap_or_default().deletion_certificate),
                    disclosure: disclosure.row(document, vault, now)?,
                };
                Way::Sealed(Box::new(leaving), row)
            }
        };
        Ok(Prepared { way, reports })
    }
}

/// The store and the cover know no finer times; inside and outside must be the same.
fn to_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

pub(super) fn actor(id: &str) -> Result<Actor, ExchangeError> {
    id.parse().map_err(ExchangeError::Actor)
}
