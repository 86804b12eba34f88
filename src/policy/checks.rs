//! The checks that every message passes before a rule is asked: lists and numbers of the agreement, time, parties.

use std::sync::Arc;

use super::content::Holding;
use super::decision::{Ground, RuleId};
use super::inputs::{Inputs, Way};
use super::words::Subject;
use crate::message::{Kind, MAX_DOCUMENT};
use crate::partner::{Agreement, Body};
use crate::schema::Labels;

/// A check that is no Cedar rule, because it compares with a list or a number of the agreement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Check {
    /// Also the refusal's code.
    pub(super) code: &'static str,
    /// English, Serbian in Cyrillic, Slovene, German.
    sentences: [&'static str; 4],
    law: &'static str,
}

macro_rules! checks {
    ($($name:ident = $code:literal, $law:literal: $en:literal, $sr:literal, $sl:literal, $de:literal;)*) => {
        $(pub(super) const $name: &Check =
            &Check { code: $code, sentences: [$en, $sr, $sl, $de], law: $law };)*

        /// Every built-in code. Ids of rules must differ from them.
        pub(super) const CODES: &[&str] = &[$($code,)*];

        /// The check of a code.
        pub(super) fn by_code(code: &str) -> Option<&'static Check> {
            ALL.iter().copied().find(|check| check.code == code)
        }

        const ALL: &[&Check] = &[$($name,)*];
    };
}

checks! {
    NO_AGREEMENT = "no-agreement", "PCC SEE art. 31(1)-(3)":
        "There is no agreement with the partner.",
        "Са партнером нема споразума.",
        "S partnerjem ni sporazuma.",
        "Mit dem Partner gibt es keine Vereinbarung.";
    NOT_IN_FORCE = "agreement-not-in-force", "PCC SEE art. 31(1)-(3)":
        "The agreement with the partner is not in force.",
        "Споразум са партнером није на снази.",
        "Sporazum s partnerjem ne velja.",
        "Die Vereinbarung mit dem Partner ist nicht in Kraft.";
    NOT_AN_AGENCY = "not-an-agency", "PCC SEE art. 4":
        "The domestic party is not an agency of this gateway.",
        "Домаћа страна није орган који користи овај мрежни пролаз.",
        "Domača stran ni organ tega prehoda.",
        "Die inländische Seite ist keine Behörde dieses Gateways.";
    KIND = "kind-not-agreed", "agreement with the partner":
        "Messages of this kind are not agreed with the partner.",
        "Поруке ове врсте нису договорене са партнером.",
        "Sporočila te vrste s partnerjem niso dogovorjena.",
        "Nachrichten dieser Art sind mit dem Partner nicht vereinbart.";
    REPLY_TO = "reply-to-missing", "agreement with the partner":
        "A message of this kind must name the message that it follows.",
        "Порука ове врсте мора навести поруку на коју се надовезује.",
        "Sporočilo te vrste mora navesti sporočilo, na katero se navezuje.",
        "Eine Nachricht dieser Art muss die Nachricht nennen, auf die sie folgt.";
    PURPOSE = "purpose-not-agreed", "PCC SEE art. 31(4)(a)":
        "The purpose is not agreed with the partner.",
        "Сврха није договорена са партнером.",
        "Namen s partnerjem ni dogovorjen.",
        "Der Zweck ist mit dem Partner nicht vereinbart.";
    LEGAL_BASIS = "legal-basis-not-agreed", "Directive (EU) 2016/680 arts 35-39":
        "The legal basis is not agreed with the partner.",
        "Правни основ није договорен са партнером.",
        "Pravna podlaga s partnerjem ni dogovorjena.",
        "Die Rechtsgrundlage ist mit dem Partner nicht vereinbart.";
    BASIS_OF = "legal-basis-not-for-sender", "Directive (EU) 2016/680 arts 8 and 35; agreement with the partner":
        "The agreement does not let a sender of this kind rest on this legal basis for this purpose.",
        "Споразум не дозвољава да се пошиљалац ове врсте за ову сврху ослони на овај правни основ.",
        "Sporazum ne dovoljuje, da bi se pošiljatelj te vrste za ta namen oprl na to pravno podlago.",
        "Die Vereinbarung lässt nicht zu, dass sich ein Absender dieser Art für diesen Zweck auf diese Rechtsgrundlage stützt.";
    LANGUAGE = "language-not-agreed", "Directive (EU) 2023/977 art. 11":
        "A question or answer is in a language that the partner does not accept.",
        "Питање или одговор је на језику који партнер не прихвата.",
        "Vprašanje ali odgovor je v jeziku, ki ga partner ne sprejema.",
        "Eine Frage oder Antwort ist in einer Sprache, die der Partner nicht annimmt.";
    DATA = "data-not-agreed", "Regulation (EU) 2016/794 Annex II":
        "Data of this category is not agreed with the partner.",
        "Подаци ове врсте нису договорени са партнером.",
        "Podatki te vrste s partnerjem niso dogovorjeni.",
        "Daten dieser Kategorie sind mit dem Partner nicht vereinbart.";
    SUBJECT = "subject-not-agreed", "Directive (EU) 2016/680 art. 6":
        "Data about persons of this category is not agreed with the partner.",
        "Подаци о лицима ове категорије нису договорени са партнером.",
        "Podatki o osebah te kategorije s partnerjem niso dogovorjeni.",
        "Daten über Personen dieser Kategorie sind mit dem Partner nicht vereinbart.";
    PLACE = "place-withheld", "agreement with the partner":
        "The agreement says that places of this kind are not told.",
        "Споразум одређује да се места ове врсте не саопштавају.",
        "Sporazum določa, da se kraji te vrste ne sporočajo.",
        "Die Vereinbarung bestimmt, dass Orte dieser Art nicht mitgeteilt werden.";
    EXPIRED = "expired", "agreement with the partner":
        "The message has expired.",
        "Рок важења поруке је истекао.",
        "Veljavnost sporočila je potekla.",
        "Die Nachricht ist abgelaufen.";
    DELETE_BY = "delete-by-missing-or-past", "PCC SEE art. 31(4)(b)":
        "The time of deletion lies in the past.",
        "Рок за брисање је већ прошао.",
        "Rok za izbris je že minil.",
        "Die Löschfrist liegt in der Vergangenheit.";
    KEPT = "kept-too-long", "PCC SEE art. 31(4)(b); agreement with the partner":
        "The partner would keep the message for more days than the agreement allows.",
        "Партнер би поруку чувао дуже него што споразум дозвољава.",
        "Partner bi sporočilo hranil več dni, kot dovoljuje sporazum.",
        "Der Partner würde die Nachricht mehr Tage aufbewahren, als die Vereinbarung erlaubt.";
    ATTACHMENTS = "attachments-not-supported", "agreement with the partner":
        "The message lists attachments, but nothing carries them yet.",
        "Порука наводи прилоге, али се прилози још не преносе.",
        "Sporočilo navaja priloge, vendar se priloge še ne prenašajo.",
        "Die Nachricht nennt Anlagen, doch Anlagen werden noch nicht übertragen.";
    TOO_LARGE = "too-large", "agreement with the partner":
        "The message is larger than agreed with the partner.",
        "Порука је већа него што је договорено са партнером.",
        "Sporočilo je večje, kot je dogovorjeno s partnerjem.",
        "Die Nachricht ist größer als mit dem Partner vereinbart.";
    UNKNOWN_FIELD = "unknown-field", "Directive (EU) 2016/680 art. 4":
        "A record holds a field that the catalogue does not have, or in another shape.",
        "Запис садржи поље којег нема у каталогу, или је поље у другом облику.",
        "Zapis vsebuje polje, ki ga katalog nima, ali polje v drugi obliki.",
        "Ein Datensatz enthält ein Feld, das der Katalog nicht kennt, oder in anderer Form.";
    POLICY_ERROR = "policy-error", "Directive (EU) 2016/680 art. 4":
        "A rule could not be evaluated.",
        "Једно правило није могло да се примени.",
        "Enega od pravil ni bilo mogoče uporabiti.",
        "Eine Regel konnte nicht angewandt werden.";
    NOT_PERMITTED = "not-permitted", "Directive (EU) 2016/680 art. 35":
        "No rule permits this message.",
        "Ниједно правило не дозвољава ову поруку.",
        "Nobeno pravilo ne dovoljuje tega sporočila.",
        "Keine Regel erlaubt diese Nachricht.";
    SECOND_PERSON = "second-person", "Directive (EU) 2016/680 art. 35":
        "Only a second person can release this message.",
        "Ову поруку може одобрити само друго лице.",
        "To sporočilo lahko odobri samo druga oseba.",
        "Nur eine zweite Person kann diese Nachricht freigeben.";
}

/// Codes that a `forbid` rule may choose with `@code`, the first of them that fires names the refusal.
pub(super) const RULE_CODES: &[&str] = &[
    "consent-withdrawn",
    "consent-missing",
    "guardian-missing",
    "return-stopped",
    "file-number-names",
    "classification-too-high",
    "judicial-use-not-permitted",
    "onward-not-permitted",
    "purpose-changed",
    "keeps-longer",
    "handling-missing",
    "evaluation-missing",
    "transfer-basis-missing",
];

/// Those of them that tell something of a person.
pub(super) const TELLING: &[&str] =
    &["consent-withdrawn", "consent-missing", "guardian-missing", "return-stopped"];

/// The code of a refusal by a rule without `@code`.
pub(super) const FORBIDDEN: &str = "forbidden";

impl Check {
    pub(super) fn ground(&self) -> Ground {
        let [english, serbian, slovene, german] = self.sentences;
        Ground {
            rule: RuleId::new(self.code),
            sentences: Arc::new(Labels::derived(english, serbian, slovene, german)),
            law: self.law.into(),
        }
    }
}

/// Everything in which the message differs from the agreement.
///
/// `sender` is the kind of body that sends. An erasure rests on whatever the message rested on that it erases.
pub(super) fn against_agreement(
    inputs: &Inputs,
    agreement: &Agreement,
    sender: Option<Body>,
) -> Vec<&'static Check> {
    let facts = &inputs.facts;
    let (basis, erases) = (&facts.legal_basis, matches!(facts.kind, Kind::Erase | Kind::DeletionCertificate));
    let listed = agreement.legal_bases.contains(basis);
    let kinds = match inputs.way {
        Way::Out => &agreement.kinds_out,
        Way::In => &agreement.kinds_in,
    };
    let holds = |fits: &dyn Fn(&Holding) -> bool| inputs.fields.iter().all(fits);
    [
        (NOT_IN_FORCE, agreement.in_force(inputs.at)),
        (KIND, kinds.contains(&facts.kind)),
        (REPLY_TO, !facts.kind.is_reply() || inputs.follows),
        (PURPOSE, agreement.purposes.contains(&facts.purpose)),
        (LEGAL_BASIS, listed || erases),
        (BASIS_OF, !listed || erases || agreement.rests(sender, basis, facts.purpose)),
        (LANGUAGE, inputs.languages.is_subset(&agreement.languages)),
        (EXPIRED, inputs.at < inputs.expires),
        (DELETE_BY, inputs.at < inputs.delete_by),
        // What a partner sends has the time that the partner sets.
        (KEPT, inputs.way == Way::In || erases || agreement.may_keep(inputs.at, inputs.delete_by)),
        (ATTACHMENTS, !facts.attachments),
        (DATA, inputs.way == Way::Out || holds(&|it| field(agreement, Way::In, it) != Some(DATA))),
        (SUBJECT, inputs.way == Way::Out || holds(&|it| field(agreement, Way::In, it) != Some(SUBJECT))),
        (UNKNOWN_FIELD, inputs.way == Way::In || !inputs.unknown_fields),
    ]
    .into_iter()
    .filter_map(|(check, passed)| (!passed).then_some(check))
    .collect()
}

/// Why the agreement keeps data of this kind about such a subject from travelling; nothing if it does not.
///
/// The case is no person. A person of whom no category is known is in no list.
pub(super) fn field(agreement: &Agreement, way: Way, holding: &Holding) -> Option<&'static Check> {
    let (data, subjects) = match way {
        Way::Out => (&agreement.data_out, &agreement.subjects_out),
        Way::In => (&agreement.data_in, &agreement.subjects_in),
    };
    let subject = holding.about.subject;
    let person_fits =
        subject == Subject::Case || subjects.iter().any(|agreed| Subject::from(*agreed) == subject);
    if !person_fits {
        Some(SUBJECT)
    } else if !data.contains(&holding.category) {
        Some(DATA)
    } else {
        None
    }
}

/// Whether `size` bytes of document stay below what was agreed.
pub(super) fn fits(size: usize, agreement: &Agreement) -> bool {
    size <= agreement.limits.sealed_bytes.min(MAX_DOCUMENT)
}

/// Counts the bytes of a document without keeping them.
#[derive(Default)]
pub(super) struct Counter {
    pub(super) bytes: usize,
}

impl std::io::Write for Counter {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        self.bytes = self.bytes.saturating_add(part.len());
        Ok(part.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::policy::annotation::{is_latin, is_serbian_cyrillic};

    #[test]
    fn every_built_in_check_speaks_every_language() {
        for check in ALL {
            let [english, serbian, slovene, german] = check.sentences;
            assert!(is_serbian_cyrillic(serbian), "{}", check.code);
            assert!([english, slovene, german].into_iter().all(is_latin), "{}", check.code);
            assert!(check.sentences.iter().all(|text| text.ends_with('.')), "{}", check.code);
        }
    }
}
