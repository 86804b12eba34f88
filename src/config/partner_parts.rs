//! The sections of a partner file: numbers, service levels, places, contacts, quotas.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::partner_file::BODIES;
use super::reader::Section;
use super::value::{Value, shown};
use crate::message::{Kind, LegalBasis, Purpose, TransferBasis};
use crate::partner::{
    BasisOf, Contact, ContactRole, DAYS_KEPT, Direction, Limits, PlaceRule, Quota, Rendering, ServiceLevels,
};

const DIRECTIONS: [(&str, Direction); 2] =
    [(Direction::Out.as_str(), Direction::Out), (Direction::In.as_str(), Direction::In)];
/// Contacts of one partner.
const CONTACTS: usize = 32;

pub(super) fn read_limits(section: &mut Section<'_, '_>) -> Limits {
    let default = Limits::default();
    Limits {
        sealed_bytes: section
            .optional("sealed_bytes", |value| value.number(1024..=256 << 20))
            .unwrap_or(default.sealed_bytes),
        requests_per_second: section
            .optional("requests_per_second", |value| value.number(1..=100_000))
            .unwrap_or(default.requests_per_second),
        burst: section.optional("burst", |value| value.number(1..=100_000)).unwrap_or(default.burst),
        deliveries_at_once: section
            .optional("deliveries_at_once", |value| value.number(1..=1024))
            .unwrap_or(default.deliveries_at_once),
    }
}

pub(super) fn read_service(section: &mut Section<'_, '_>) -> ServiceLevels {
    let default = ServiceLevels::default();
    let mut hours = |key, default| {
        section
            .optional(key, |value| value.number(1..=8760))
            .map_or(default, |n: u32| Duration::from_hours(n.into()))
    };
    let urgent_direct = hours("urgent_direct_hours", default.urgent_direct);
    let referral_urgent = hours("referral_urgent_hours", default.referral_urgent);
    let deletion_certificate = hours("deletion_certificate_hours", default.deletion_certificate);
    let mut days = |key, default| {
        section
            .optional(key, |value| value.number(1..=365))
            .map_or(default, |n: u32| Duration::from_hours(24 * u64::from(n)))
    };
    ServiceLevels {
        urgent_direct,
        urgent_indirect: days("urgent_indirect_days", default.urgent_indirect),
        routine: days("routine_days", default.routine),
        referral_urgent,
        referral: days("referral_days", default.referral),
        deletion_certificate,
    }
}

/// How long the partner may keep what it receives. Agreements from before this line do not say: the default is told.
pub(super) fn read_days_kept(file: &mut Section<'_, '_>) -> Option<u16> {
    let days = file.optional("most_days_kept", |value| value.number(1..=3660));
    if file.is_absent("most_days_kept") {
        let at = file.at("most_days_kept");
        let text = format!(
            "`most_days_kept` is absent: this partner may keep what it receives for {DAYS_KEPT} days at most"
        );
        file.problems.warn_at(&at, text);
    }
    days
}

/// On what data leaves the European Union for this partner. A derogation is for the individual case, so it is no word here.
pub(super) fn read_transfer_basis(file: &mut Section<'_, '_>) -> Option<TransferBasis> {
    let standing = [TransferBasis::Adequacy, TransferBasis::BindingInstrument, TransferBasis::OwnAssessment];
    // Parsed, not guessed at: the nearest word to a derogation is another ground.
    let wanted =
        "`art36`, `art37a` or `art37b`; a derogation is for the individual case: name it in the message";
    file.optional("transfer_basis", |value| {
        let basis = value.parsed(wanted)?;
        if standing.contains(&basis) { Ok(basis) } else { Err(format!("must be {wanted}")) }
    })
}

pub(super) fn read_places(section: &mut Section<'_, '_>) -> Option<PlaceRule> {
    let words = Rendering::ALL.map(|rendering| (rendering.as_str(), rendering));
    let kosovo = section.optional("kosovo", |value| value.one_of(&words));
    let region = section.optional("region", |value| line(&value, 100));
    let footnote = section.optional("footnote", |value| line(&value, 300));
    if section.is_absent("kosovo") && footnote.is_some() {
        let at = section.at("footnote");
        section
            .problems
            .push_at(&at, "`footnote` says nothing without `kosovo`: add how the places are written");
    }
    kosovo.map(|kosovo| PlaceRule { kosovo, region, footnote })
}

/// Who may rest on which legal basis. A line names what the agreement has; without `purposes` it holds for all of them.
/// A basis in no line is told: nobody could use it. Agreements from before these lines have none.
pub(super) fn read_bases(
    file: &mut Section<'_, '_>,
    legal_bases: &BTreeSet<LegalBasis>,
    purposes: &BTreeSet<Purpose>,
) -> Vec<BasisOf> {
    let known: Vec<(&str, &LegalBasis)> = legal_bases.iter().map(|basis| (basis.as_str(), basis)).collect();
    let meant: Vec<(&str, Purpose)> = purposes.iter().map(|purpose| (purpose.as_str(), *purpose)).collect();
    let lines = file.sections("basis", |section| {
        let nobody = "this line permits nothing";
        let senders = section.set("senders", nobody, |value| value.one_of(&BODIES));
        let bases = section.set("legal_bases", nobody, |value| value.one_of(&known));
        let all = section.is_absent("purposes");
        let purposes = section.list("purposes", |value| value.one_of(&meant));
        let purposes = if all {
            meant.iter().map(|(_, purpose)| *purpose).collect()
        } else {
            purposes.into_iter().collect()
        };
        Some(BasisOf { senders, legal_bases: bases.into_iter().cloned().collect(), purposes })
    });
    let lines: Vec<BasisOf> = lines.into_iter().flatten().collect();
    let at = file.at("legal_bases");
    if lines.is_empty() && file.is_absent("basis") {
        if !legal_bases.is_empty() {
            file.problems.warn_at(&at, "there is no `[[basis]]`: every sender may rest on each of them");
        }
        return lines;
    }
    for basis in legal_bases {
        if !lines.iter().any(|line| line.legal_bases.contains(basis)) {
            let text = format!("`{basis}` is in no `[[basis]]`: no sender may rest on it");
            file.problems.warn_at(&at, text);
        }
    }
    lines
}

pub(super) fn read_contacts(file: &mut Section<'_, '_>) -> Vec<Contact> {
    let contacts: Vec<Contact> = file.sections("contact", read_contact).into_iter().flatten().collect();
    if contacts.len() > CONTACTS {
        let at = file.at("contact");
        file.problems
            .push_at(&at, format!("there are {} contacts, at most {CONTACTS} are kept", contacts.len()));
    }
    contacts
}

fn read_contact(section: &mut Section<'_, '_>) -> Option<Contact> {
    let roles = ContactRole::ALL.map(|role| (role.as_str(), role));
    let at = section.at("role");
    let role = section.required("role", "\"spoc\"", |value| value.one_of(&roles));
    let unit = section.required("unit", "\"Single point of contact\"", |value| line(&value, 100));
    let phone = section.optional("phone", |value| phone(&value));
    let email = section.optional("email", |value| email(&value));
    let hours = section.optional("hours", |value| line(&value, 100));
    let languages = section.list("languages", |value| language(&value)).into_iter().collect();
    if section.is_absent("phone") && section.is_absent("email") {
        section.problems.push_at(&at, "a contact has a `phone` or an `email`: add one");
    }
    Some(Contact { role: role?, unit: unit?, phone, email, hours, languages })
}

/// The quotas of a file. One that bounds a kind that is not agreed that way is told: it may be meant otherwise.
pub(super) fn read_quotas(
    file: &mut Section<'_, '_>,
    kinds_out: &BTreeSet<Kind>,
    kinds_in: &BTreeSet<Kind>,
) -> BTreeMap<(Direction, Kind), Quota> {
    let kinds: Vec<(&str, Kind)> = Kind::ALL.iter().map(|kind| (kind.as_str(), *kind)).collect();
    let mut quotas = BTreeMap::new();
    file.sections("quota", |section| {
        let at = section.at("kind");
        let kind = section.required("kind", "\"person_check\"", |value| value.one_of(&kinds));
        let direction = section.required("direction", "\"in\"", |value| value.one_of(&DIRECTIONS));
        let per_hour = section.required("per_hour", "60", |value| value.number(1..=100_000));
        let burst = section.required("burst", "10", |value| value.number(1..=100_000));
        let (kind, direction, per_hour, burst) = (kind?, direction?, per_hour?, burst?);
        let (word, way) = (kind.as_str(), direction.as_str());
        // The gateway sends these by itself, whenever they are due.
        if matches!(kind, Kind::Erase | Kind::DeletionCertificate) {
            let text = format!("`{word}` has no quota: an erasure waits for nobody; remove this one");
            section.problems.push_at(&at, text);
        }
        let agreed = if direction == Direction::Out { kinds_out } else { kinds_in };
        if !agreed.contains(&kind) {
            let text = format!("`{word}` is not in `kinds_{way}`, so its quota bounds nothing");
            section.problems.warn_at(&at, text);
        }
        if quotas.insert((direction, kind), Quota { per_hour, burst }).is_some() {
            let text = format!("there are two quotas of `{word}` with direction `{way}`; keep one");
            section.problems.push_at(&at, text);
        }
        Some(())
    });
    quotas
}

/// A language of two letters.
pub(super) fn language(value: &Value<'_>) -> Result<String, String> {
    let text = value.text()?;
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase()) {
        Ok(text.to_owned())
    } else {
        Err(format!("must be a language of two letters (ISO 639-1) such as `en`, not `{}`", shown(text)))
    }
}

/// One line of words, such as the name of an authority.
pub(super) fn line(value: &Value<'_>, longest: usize) -> Result<String, String> {
    let text = value.text()?;
    if text.chars().count() <= longest && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!("must be one line of at most {longest} characters"))
    }
}

fn phone(value: &Value<'_>) -> Result<String, String> {
    let text = value.text()?;
    let digits = text.strip_prefix('+').unwrap_or_default();
    let fits = (2..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!("must be `+`, country and number without spaces (E.164), not `{}`", shown(text)))
    }
}

fn email(value: &Value<'_>) -> Result<String, String> {
    let text = value.text()?;
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
    let fits = text.len() <= 254
        && text.bytes().all(|b| b.is_ascii_graphic())
        && parts.is_some_and(|(_, host)| !host.contains('@'));
    if fits { Ok(text.to_owned()) } else { Err(format!("must be an e-mail address, not `{}`", shown(text))) }
}
