//! A second decision, written as plainly as can be: every rule is asked about everything, in its JSON form, by an
//! interpreter of its own. No slices, no caches, no lifting, nothing of the engine but the words of its answer.

pub(super) mod consent;
mod expression;

use std::collections::BTreeSet;

use cedar_policy::{Effect, Policy, PolicySet};
use serde_json::Value;

use self::expression::{Context, Expression, Thing, Words, entity, number};
use crate::message::PartyId;
use crate::partner::{Agreement, BasisOf, Body, Register, Role};
use crate::policy::{Holding, Inputs, Source};
use crate::schema::{DataCategory, SubjectCategory};

/// One rule: its `@id`, whether it permits, its code, and when it applies.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) id: String,
    permits: bool,
    code: String,
    applies: Expression,
}

/// All rules of a gateway.
#[derive(Debug, Clone)]
pub(super) struct Naive {
    register: Register,
    pub(super) rules: Vec<Rule>,
}

/// What was decided, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decided {
    /// `allow`, `hold`, or the code of a refusal.
    pub(super) end: String,
    /// Who may release a held message.
    pub(super) releasers: BTreeSet<BTreeSet<Role>>,
    pub(super) rules: BTreeSet<String>,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) leaves: bool,
    pub(super) rule: String,
    pub(super) code: String,
    pub(super) releasers: BTreeSet<Role>,
}

/// The answer of all rules to one question: the forbidding ones, else the permitting ones.
struct Said {
    yes: bool,
    rules: BTreeSet<String>,
}

const REVIEWERS: [Role; 3] = [Role::Reviewer, Role::ProtectionReviewer, Role::LegalReviewer];

impl Naive {
    pub(super) fn new(register: Register, sources: &[Source]) -> Self {
        let mut rules = Vec::new();
        for source in sources {
            let set: PolicySet = source.text.parse().unwrap();
            rules.extend(set.policies().map(Rule::of));
        }
        Self { register, rules }
    }

    /// The same gateway without one rule.
    pub(super) fn without(&self, id: &str) -> Self {
        let rules = self.rules.iter().filter(|rule| rule.id != id).cloned().collect();
        Self { register: self.register.clone(), rules }
    }

    pub(super) fn decide(&self, inputs: &Inputs) -> Decided {
        let written = serde_json::to_value(inputs).unwrap();
        let outward = written["way"] == "out";
        let (partner, domestic) = if outward {
            (&inputs.facts.to, &inputs.facts.from)
        } else {
            (&inputs.facts.from, &inputs.facts.to)
        };
        let Some(agreement) = self.register.agreements().find(|one| one.party == *partner) else {
            return refused(&["no-agreement"]);
        };
        let sender = self.body(&inputs.facts.from);
        let mut failed = against(agreement, sender, inputs, outward);
        if !self.register.agencies().contains(domestic) {
            failed.insert(0, "not-an-agency");
        }
        if !failed.is_empty() {
            return refused(&failed);
        }
        let message = self.with_bodies(message(&written["facts"]), inputs);
        if !outward {
            let said = self.ask("admit", inputs, &message, &[]);
            return if said.yes { allowed(said, Vec::new()) } else { self.forbidden(said) };
        }
        let most = self.ask("send", inputs, &message, &REVIEWERS);
        let said = self.ask("send", inputs, &message, &[]);
        if !said.yes && !most.yes {
            return self.forbidden(most);
        }
        let fields: Vec<Field> = inputs
            .fields
            .iter()
            .map(|holding| {
                let out = (&agreement.data_out, &agreement.subjects_out);
                let Some(code) = outside(holding, out) else {
                    let holding = serde_json::to_value(holding).unwrap();
                    return self.field(inputs, &self.with_bodies(aspect(&written, &holding), inputs));
                };
                let (rule, code) = (code.to_owned(), "R-D".to_owned());
                Field { leaves: false, rule, code, releasers: BTreeSet::new() }
            })
            .collect();
        if !said.yes {
            let releasers = self.releasers("send", inputs, &message);
            let rules = if said.rules.is_empty() { ["second-person".to_owned()].into() } else { said.rules };
            return Decided {
                end: "hold".to_owned(),
                releasers: releasers.into_iter().collect(),
                rules,
                fields,
            };
        }
        let waiting: BTreeSet<Role> = fields.iter().flat_map(|field| field.releasers.clone()).collect();
        if inputs.waits_for_release && inputs.facts.roles.is_empty() && !waiting.is_empty() {
            let rules = ["second-person".to_owned()].into();
            return Decided { end: "hold".to_owned(), releasers: [waiting].into(), rules, fields };
        }
        allowed(said, fields)
    }

    /// What kind of body a party is: the agreement says it of a partner, the policy of an agency.
    fn body(&self, party: &PartyId) -> &'static str {
        let partner = self.register.agreements().find(|one| one.party == *party);
        partner.map(|one| one.body).or_else(|| self.register.body(party)).map_or("unknown", Body::as_str)
    }

    fn with_bodies(&self, mut context: Context, inputs: &Inputs) -> Context {
        for (name, party) in [("sender_body", &inputs.facts.from), ("recipient_body", &inputs.facts.to)] {
            context.set(number(name), Thing::One(entity("Body", self.body(party))));
        }
        context
    }

    fn field(&self, inputs: &Inputs, aspect: &Context) -> Field {
        let said = self.ask("release", inputs, aspect, &[]);
        let rule = said.rules.first().cloned().unwrap_or_else(|| "default".to_owned());
        let named = self.rules.iter().find(|known| known.id == rule).map(|rule| rule.code.as_str());
        let ground =
            named.unwrap_or_default().split(' ').find(|word| word.starts_with("R-")).unwrap_or("R-D");
        let releasers =
            if said.yes { None } else { self.releasers("release", inputs, aspect).into_iter().next() };
        Field { leaves: said.yes, rule, code: ground.to_owned(), releasers: releasers.unwrap_or_default() }
    }

    /// Each smallest set of roles that would turn a no into a yes, the smallest first.
    fn releasers(&self, action: &str, inputs: &Inputs, context: &Context) -> Vec<BTreeSet<Role>> {
        let mut sets: Vec<BTreeSet<Role>> = (1..8_u8)
            .map(|bits| (0..3).filter(|n| bits >> n & 1 == 1).map(|n| REVIEWERS[n]).collect())
            .collect();
        sets.sort_by_key(|set: &BTreeSet<Role>| (set.len(), set.clone()));
        let mut found: Vec<BTreeSet<Role>> = Vec::new();
        // Whom nobody can persuade together, nobody can persuade alone.
        if !self.ask(action, inputs, context, &REVIEWERS).yes {
            return found;
        }
        for set in sets {
            let roles: Vec<Role> = set.iter().copied().collect();
            if !found.iter().any(|smaller| smaller.is_subset(&set))
                && self.ask(action, inputs, context, &roles).yes
            {
                found.push(set);
            }
        }
        found
    }

    /// Asks every rule, had persons with `roles` released the message too.
    fn ask(&self, action: &str, inputs: &Inputs, context: &Context, roles: &[Role]) -> Said {
        let mut context = context.clone();
        let Thing::Many(mut all) = context.get(number("roles")).clone() else { panic!("roles are a set") };
        all.extend(roles.iter().map(|role| entity("Role", role.as_str())));
        context.set(number("approved"), Thing::Truth(!all.is_empty()));
        context.set(number("roles"), Thing::Many(all));
        let words = Words {
            principal: entity("Party", inputs.facts.from.as_str()),
            action: entity("Action", action),
            resource: entity("Party", inputs.facts.to.as_str()),
            context: &context,
        };
        let (mut permitting, mut forbidding) = (BTreeSet::new(), BTreeSet::new());
        for rule in self.rules.iter().filter(|rule| rule.applies.holds(&words)) {
            let side = if rule.permits { &mut permitting } else { &mut forbidding };
            side.insert(rule.id.clone());
        }
        if forbidding.is_empty() {
            Said { yes: !permitting.is_empty(), rules: permitting }
        } else {
            Said { yes: false, rules: forbidding }
        }
    }

    fn forbidden(&self, said: Said) -> Decided {
        if said.rules.is_empty() {
            return refused(&["not-permitted"]);
        }
        let named = |code: &str| {
            self.rules
                .iter()
                .any(|rule| said.rules.contains(&rule.id) && rule.code.split(' ').any(|c| c == code))
        };
        let code = crate::policy::checks::RULE_CODES.iter().find(|code| named(code)).unwrap_or(&"forbidden");
        Decided { end: (*code).to_owned(), releasers: BTreeSet::new(), rules: said.rules, fields: Vec::new() }
    }
}

impl Rule {
    fn of(policy: &Policy) -> Self {
        Self {
            id: policy.annotation("id").unwrap().to_owned(),
            permits: policy.effect() == Effect::Permit,
            code: policy.annotation("code").unwrap_or_default().to_owned(),
            applies: Expression::of_rule(&policy.to_json().unwrap()),
        }
    }
}

fn allowed(said: Said, fields: Vec<Field>) -> Decided {
    Decided { end: "allow".to_owned(), releasers: BTreeSet::new(), rules: said.rules, fields }
}

fn refused(checks: &[&str]) -> Decided {
    Decided {
        end: checks[0].to_owned(),
        releasers: BTreeSet::new(),
        rules: checks.iter().map(|check| (*check).to_owned()).collect(),
        fields: Vec::new(),
    }
}

/// The agreement's lists and the times, one after the other.
fn against(agreement: &Agreement, sender: &str, inputs: &Inputs, outward: bool) -> Vec<&'static str> {
    let facts = &inputs.facts;
    let kinds = if outward { &agreement.kinds_out } else { &agreement.kinds_in };
    let mut failed = Vec::new();
    let mut check = |failed_if: bool, code| {
        if failed_if {
            failed.push(code);
        }
    };
    check(inputs.at < agreement.valid_from || agreement.valid_until <= inputs.at, "agreement-not-in-force");
    check(!kinds.contains(&facts.kind), "kind-not-agreed");
    check(facts.kind.is_reply() && !inputs.follows, "reply-to-missing");
    check(!agreement.purposes.contains(&facts.purpose), "purpose-not-agreed");
    if !["erase", "deletion_certificate"].contains(&facts.kind.as_str()) {
        let listed = agreement.legal_bases.contains(&facts.legal_basis);
        check(!listed, "legal-basis-not-agreed");
        let fits = |line: &BasisOf| {
            line.senders.iter().any(|body| body.as_str() == sender)
                && line.legal_bases.contains(&facts.legal_basis)
                && line.purposes.contains(&facts.purpose)
        };
        check(
            listed && !agreement.bases.is_empty() && !agreement.bases.iter().any(fits),
            "legal-basis-not-for-sender",
        );
    }
    check(inputs.languages.iter().any(|one| !agreement.languages.contains(one)), "language-not-agreed");
    check(inputs.expires <= inputs.at, "expired");
    check(inputs.delete_by <= inputs.at, "delete-by-missing-or-past");
    if outward && !["erase", "deletion_certificate"].contains(&facts.kind.as_str()) {
        // Where nothing was agreed, 90 days.
        let days = i128::from(agreement.most_days_kept.unwrap_or(90));
        let asked = inputs.delete_by.as_nanosecond() - inputs.at.as_nanosecond();
        check(asked > days * 86_400_000_000_000, "kept-too-long");
    }
    check(facts.attachments, "attachments-not-supported");
    let inward = (&agreement.data_in, &agreement.subjects_in);
    for code in ["data-not-agreed", "subject-not-agreed"] {
        let stray = inputs.fields.iter().any(|holding| outside(holding, inward) == Some(code));
        check(!outward && stray, code);
    }
    check(outward && inputs.unknown_fields, "unknown-field");
    failed
}

/// Whether the agreement's lists leave out such data, or such a person; the case is none.
fn outside(
    holding: &Holding,
    (data, subjects): (&BTreeSet<DataCategory>, &BTreeSet<SubjectCategory>),
) -> Option<&'static str> {
    let subject = holding.about.subject.as_str();
    if subject != "case" && !subjects.iter().any(|agreed| agreed.as_str() == subject) {
        Some("subject-not-agreed")
    } else if !data.contains(&holding.category) {
        Some("data-not-agreed")
    } else {
        None
    }
}

/// The members of a question: the name, and the list of words that its value is from; none for a yes or no.
const LISTS: [(&str, &str); 23] = [
    ("kind", "Kind"),
    ("purpose", "Purpose"),
    ("legal_basis", "LegalBasis"),
    ("urgency", "Urgency"),
    ("handling", "Handling"),
    ("classifications", "Classification"),
    ("evaluations", "Grade"),
    ("body", "Body"),
    ("sender_body", "Body"),
    ("recipient_body", "Body"),
    ("roles", "Role"),
    ("data", "Data"),
    ("victim_data", "Data"),
    ("subjects", "Subject"),
    ("consent_of_adults", "Consent"),
    ("consent_of_children", "Consent"),
    ("returns", "Return"),
    ("shields", "Shield"),
    ("shield", "Shield"),
    ("further_use", "FurtherUse"),
    ("transfer_basis", "TransferBasis"),
    ("category", "Data"),
    ("subject", "Subject"),
];

/// Words become entities, lists of words sets; the rest are yes or no.
fn add(context: &mut Context, name: &str, value: &Value) {
    let list = LISTS.iter().find(|(known, _)| *known == name).map(|(_, list)| *list);
    let one = |word: &Value| entity(list.unwrap(), word.as_str().unwrap());
    let thing = match value {
        Value::Bool(truth) => Thing::Truth(*truth),
        Value::Array(words) => Thing::Many(words.iter().map(one).collect()),
        Value::String(_) if list.is_some() => Thing::One(one(value)),
        // The parties are no members.
        _ => return,
    };
    context.set(number(name), thing);
}

fn is_special(word: &Value) -> bool {
    ["health", "sexual_life", "ethnicity_religion", "biometrics"].contains(&word.as_str().unwrap())
}

/// What `send` and `admit` are told: the facts as they are recorded, and what follows from them.
fn message(facts: &Value) -> Context {
    let mut context = Context::default();
    let records = facts["content"].as_object().unwrap();
    // The evaluations of the records are part of the message's own, which comes after.
    for (name, value) in records.iter().chain(facts.as_object().unwrap()) {
        add(&mut context, name, value);
    }
    let special = facts["content"]["data"].as_array().unwrap().iter().any(is_special);
    add(&mut context, "has_special", &Value::Bool(special));
    context
}

/// What `release` is told.
fn aspect(inputs: &Value, holding: &Value) -> Context {
    let (facts, mut context) = (&inputs["facts"], Context::default());
    for name in ["kind", "purpose", "legal_basis", "body"] {
        add(&mut context, name, &facts[name]);
    }
    // Whoever has not released this kind of data has not released it.
    let apart = holding["category"].as_str().and_then(|category| inputs["apart"].get(category));
    add(&mut context, "roles", apart.unwrap_or(&facts["roles"]));
    for (name, value) in holding["about"].as_object().unwrap() {
        add(&mut context, name, value);
    }
    add(&mut context, "category", &holding["category"]);
    add(&mut context, "special", &Value::Bool(is_special(&holding["category"])));
    context
}
