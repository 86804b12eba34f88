//! What a rule says of itself: its sentence in the languages of the exchange, the law, the codes of its refusal.

use std::borrow::Cow;
use std::sync::Arc;

use cedar_policy::{Effect, Policy};

use super::checks::RULE_CODES;
use crate::message::RefusalCode;
use crate::schema::Labels;
use crate::schema::script::{is_cyrillic, mixes_scripts, to_latin};

/// Everything that may stand before a rule.
const ANNOTATIONS: [&str; 7] = ["id", "sentence", "sr", "sl", "de", "law", "code"];

/// Those beside `@id` that no rule may leave out.
const TEXTS: [&str; 5] = ["sentence", "sr", "sl", "de", "law"];

/// Longest text, in characters: people read it whole.
const MAX_TEXT: usize = 600;

/// The codes that a rule may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Codes {
    /// The machine's code of a refused message.
    pub(super) refusal: Option<&'static str>,
    /// The legal ground that travels with a refused message or a withheld field.
    pub(super) ground: Option<RefusalCode>,
}

/// Everything wrong with the annotations of rule `id`.
pub(super) fn defects(id: &str, policy: &Policy) -> Vec<String> {
    let mut defects = Vec::new();
    for (name, _) in policy.annotations() {
        if !ANNOTATIONS.contains(&name) {
            defects.push(format!("rule `{id}` has an unknown annotation `@{name}`"));
        }
    }
    for name in TEXTS {
        if let Err(reason) = text(name, policy) {
            defects.push(format!("rule `{id}` {reason}"));
        }
    }
    if let Err(reason) = codes(policy) {
        defects.push(format!("rule `{id}`: {reason}"));
    }
    defects
}

/// What a rule without defects says.
pub(super) fn sentences(policy: &Policy) -> Arc<Labels> {
    let said = |name| policy.annotation(name).unwrap_or_default();
    Arc::new(Labels::derived(said("sentence"), said("sr"), said("sl"), said("de")))
}

fn text(name: &str, policy: &Policy) -> Result<(), Cow<'static, str>> {
    let text = policy.annotation(name).unwrap_or_default();
    if text.trim().is_empty() {
        return Err(format!("needs `@{name}`").into());
    }
    if text.chars().count() > MAX_TEXT || text.chars().any(char::is_control) {
        return Err(format!("`@{name}`: write one line of at most {MAX_TEXT} characters").into());
    }
    let right = match name {
        "law" => true,
        "sr" => is_serbian_cyrillic(text),
        _ => is_latin(text),
    };
    let script = if name == "sr" { "Serbian Cyrillic" } else { "Latin" };
    if right { Ok(()) } else { Err(format!("`@{name}`: write it in {script} letters").into()) }
}

pub(super) fn is_latin(text: &str) -> bool {
    !text.contains(is_cyrillic)
}

/// Names and codes may stay Latin, but no word mixes both, and every Cyrillic letter has a Latin form.
pub(super) fn is_serbian_cyrillic(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let cyrillic = text.chars().filter(|c| is_cyrillic(*c)).count();
    text.chars().find(|c| c.is_alphabetic()).is_some_and(is_cyrillic)
        && cyrillic * 2 > letters
        && !mixes_scripts(text)
        && !to_latin(text).contains(is_cyrillic)
}

/// The codes of a rule, which are for `forbid` alone: one of the machine, one of the law, or both.
pub(super) fn codes(policy: &Policy) -> Result<Codes, String> {
    let Some(named) = policy.annotation("code") else { return Ok(Codes::default()) };
    let mut codes = Codes::default();
    let mut wrong = policy.effect() == Effect::Permit || named.trim().is_empty();
    for word in named.split_ascii_whitespace() {
        let refusal = RULE_CODES.iter().find(|code| **code == word).copied();
        let ground = word.parse::<RefusalCode>().ok();
        wrong |= match (refusal, ground) {
            (Some(code), _) => codes.refusal.replace(code).is_some(),
            (_, Some(code)) => codes.ground.replace(code).is_some(),
            (None, None) => true,
        };
    }
    if wrong {
        let grounds: Vec<_> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        return Err(format!(
            "`@code` is for `forbid` rules: one of {}; one of {}; or both",
            RULE_CODES.join(", "),
            grounds.join(", ")
        ));
    }
    Ok(codes)
}
