//! Cedar's JSON form of a rule, read and computed word for word.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::Value;

thread_local! {
    static NUMBERS: RefCell<HashMap<String, usize>> = RefCell::default();
}

/// A number for each entity and each member of the context, so that comparing is cheap.
pub(super) fn number(name: &str) -> usize {
    NUMBERS.with_borrow_mut(|numbers| {
        let next = numbers.len();
        numbers.get(name).copied().unwrap_or_else(|| {
            numbers.insert(name.to_owned(), next);
            next
        })
    })
}

pub(super) fn entity(kind: &str, id: &str) -> usize {
    number(&format!("{kind}::{id}"))
}

/// What a rule is asked about.
pub(super) struct Words<'a> {
    pub(super) principal: usize,
    pub(super) action: usize,
    pub(super) resource: usize,
    pub(super) context: &'a Context,
}

/// The members of the context, by their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Context(Vec<Option<Thing>>);

#[derive(Debug, Clone)]
pub(super) enum Thing {
    Truth(bool),
    One(usize),
    Many(Vec<usize>),
}

#[derive(Debug, Clone)]
pub(super) enum Expression {
    Thing(Thing),
    Principal,
    Action,
    Resource,
    /// A member of the context.
    Member(usize),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Equal(Box<[Expression; 2]>),
    /// Is the left one the right one, or one of it? Parties and words have no parents.
    In(Box<[Expression; 2]>),
    Contains(Box<[Expression; 2]>),
    ContainsAll(Box<[Expression; 2]>),
    ContainsAny(Box<[Expression; 2]>),
    Empty(Box<Expression>),
}

impl Context {
    pub(super) fn set(&mut self, member: usize, thing: Thing) {
        if self.0.len() <= member {
            self.0.resize(member + 1, None);
        }
        self.0[member] = Some(thing);
    }

    pub(super) fn get(&self, member: usize) -> &Thing {
        self.0[member].as_ref().unwrap()
    }
}

impl Expression {
    /// The whole rule: its scope, and its conditions.
    pub(super) fn of_rule(rule: &Value) -> Self {
        let mut parts = vec![
            scope(Self::Action, &rule["action"]),
            scope(Self::Principal, &rule["principal"]),
            scope(Self::Resource, &rule["resource"]),
        ];
        for condition in rule["conditions"].as_array().unwrap() {
            let body = Self::of(&condition["body"]);
            parts.push(match condition["kind"].as_str() {
                Some("when") => body,
                Some("unless") => Self::Not(Box::new(body)),
                other => panic!("{other:?}"),
            });
        }
        Self::And(parts)
    }

    fn of(json: &Value) -> Self {
        let (name, arguments) = json.as_object().unwrap().iter().next().unwrap();
        let two = || Box::new([Self::of(&arguments["left"]), Self::of(&arguments["right"])]);
        match name.as_str() {
            "Value" => Self::Thing(match arguments {
                Value::Bool(truth) => Thing::Truth(*truth),
                _ => Thing::One(named(&arguments["__entity"])),
            }),
            "Var" => match arguments.as_str() {
                Some("principal") => Self::Principal,
                Some("action") => Self::Action,
                Some("resource") => Self::Resource,
                other => panic!("{other:?}"),
            },
            "." => {
                assert_eq!(arguments["left"]["Var"], "context");
                Self::Member(number(arguments["attr"].as_str().unwrap()))
            }
            "Set" => {
                let items = arguments.as_array().unwrap().iter();
                Self::Thing(Thing::Many(items.map(|item| named(&item["Value"]["__entity"])).collect()))
            }
            "!" => Self::Not(Box::new(Self::of(&arguments["arg"]))),
            "&&" => Self::And((*two()).into()),
            "||" => Self::Or((*two()).into()),
            "==" => Self::Equal(two()),
            "!=" => Self::Not(Box::new(Self::Equal(two()))),
            "in" => Self::In(two()),
            "contains" => Self::Contains(two()),
            "containsAll" => Self::ContainsAll(two()),
            "containsAny" => Self::ContainsAny(two()),
            "isEmpty" => Self::Empty(Box::new(Self::of(&arguments["arg"]))),
            other => panic!("an operator that the test does not know: {other}"),
        }
    }

    pub(super) fn holds(&self, words: &Words<'_>) -> bool {
        match self {
            Self::Not(one) => !one.holds(words),
            Self::And(parts) => parts.iter().all(|part| part.holds(words)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(words)),
            Self::Equal(two) => two[0].one(words) == two[1].one(words),
            Self::In(two) => {
                let left = two[0].one(words);
                match &two[1] {
                    Self::Thing(Thing::Many(items)) => items.contains(&left),
                    right => right.one(words) == left,
                }
            }
            Self::Contains(two) => two[0].many(words).contains(&two[1].one(words)),
            Self::ContainsAll(two) => two[1].many(words).iter().all(|one| two[0].many(words).contains(one)),
            Self::ContainsAny(two) => two[1].many(words).iter().any(|one| two[0].many(words).contains(one)),
            Self::Empty(one) => one.many(words).is_empty(),
            Self::Thing(Thing::Truth(truth)) => *truth,
            Self::Member(member) => match words.context.get(*member) {
                Thing::Truth(truth) => *truth,
                other => panic!("no truth: {other:?}"),
            },
            other => panic!("no truth: {other:?}"),
        }
    }

    fn one(&self, words: &Words<'_>) -> usize {
        match self {
            Self::Principal => words.principal,
            Self::Action => words.action,
            Self::Resource => words.resource,
            Self::Thing(Thing::One(one)) => *one,
            Self::Member(member) => match words.context.get(*member) {
                Thing::One(one) => *one,
                other => panic!("no entity: {other:?}"),
            },
            other => panic!("no entity: {other:?}"),
        }
    }

    fn many<'a>(&'a self, words: &'a Words<'_>) -> &'a [usize] {
        match self {
            Self::Thing(Thing::Many(many)) => many,
            Self::Member(member) => match words.context.get(*member) {
                Thing::Many(many) => many,
                other => panic!("no set: {other:?}"),
            },
            other => panic!("no set: {other:?}"),
        }
    }
}

fn scope(left: Expression, constraint: &Value) -> Expression {
    let one = || Expression::Thing(Thing::One(named(&constraint["entity"])));
    match (constraint["op"].as_str(), constraint["entities"].as_array()) {
        (Some("All"), _) => Expression::Thing(Thing::Truth(true)),
        (Some("=="), _) => Expression::Equal(Box::new([left, one()])),
        (Some("in"), Some(entities)) => {
            let many = Thing::Many(entities.iter().map(named).collect());
            Expression::In(Box::new([left, Expression::Thing(many)]))
        }
        (Some("in"), None) => Expression::In(Box::new([left, one()])),
        other => panic!("{other:?}"),
    }
}

fn named(written: &Value) -> usize {
    entity(written["type"].as_str().unwrap(), written["id"].as_str().unwrap())
}
