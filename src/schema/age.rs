//! Whether a person of a record is, was or may be a child. The one place that says so, for translation and policy alike.
//!
//! What is not known counts as the more protective: a victim whose age nothing shows is of unknown age and counts as a
//! child. Of two values that contradict each other the more protective counts, and the contradiction is told.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Map, Value};

use super::days::{Days, FULL_AGE, born_at_latest, of_age};
use super::identifier::Jmbg;
use super::offences;
use super::person::{each, is_unread, is_victim, one_has_unread, says_something};

/// What the signs of one person come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// The record shows an adult, today and at the acts, or tells of nobody whose age must be known.
    Adult,
    /// A child today or at the acts, of disputed age, or somebody whose dates leave it possible.
    Child,
    /// Nothing that can be read shows an adult, or signs contradict each other without a date of a child among them:
    /// it counts as a child until somebody states the age.
    Unknown,
}

/// What a reader should be told of a person's age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgeDoubt {
    #[error(
        "no date of birth that can be: it counts as not known, and a victim as a child; check it at its source"
    )]
    Birth,
    #[error("said to be no child, but a date or an age says a child: the child counts; check both")]
    Denied,
    #[error(
        "something here says a child and something else an adult: the more protective counts; check both"
    )]
    Contradiction,
    #[error(
        "the case is one against a child, but its victims are adults by age or date of birth; check both"
    )]
    Case,
    #[error("not an age that can be: it counts as not known; check it at its source")]
    Years,
}

impl AgeDoubt {
    const ALL: [Self; 5] = [Self::Birth, Self::Denied, Self::Contradiction, Self::Case, Self::Years];

    /// A stable code for reports.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Birth => "W-BIRTH",
            Self::Denied | Self::Contradiction | Self::Case | Self::Years => "W-AGE",
        }
    }
}

/// What was found out about one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is said of the person by itself")]
pub struct Finding {
    pub age: Age,
    /// A child on the day of the record, where that leaves no doubt.
    pub child_at_record: Option<bool>,
    /// A child when the acts happened, where that leaves no doubt.
    pub child_at_acts: Option<bool>,
    victim: bool,
    /// Something that can be read shows an adult.
    adult: bool,
    /// It shows an adult at the acts too.
    adult_at_acts: bool,
    /// Whoever may say so has stated the age.
    settled: bool,
    doubts: u8,
}

/// The days on which age is asked about, and what the case says about its persons.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Today where it is earliest: nobody comes of age by a time zone. Nothing where only the record is looked at.
    now: Option<Date>,
    /// The day of the record, or of the interview, the assessment or the report where it has none.
    recorded: Option<Days>,
    /// The earliest day on which the record, an interview, an assessment or a report was made.
    told: Option<Date>,
    /// The first day on which the acts may have begun, and the last on which the first of them can have.
    acts: Option<Days>,
    /// Every act has a date that can be read.
    acts_dated: bool,
    /// An article or a circumstance of the case is about a child victim.
    against_child: bool,
    /// Its register is that of cases of children.
    of_children: bool,
}

impl Finding {
    /// What contradicts, or cannot be.
    pub fn doubts(self) -> impl Iterator<Item = AgeDoubt> {
        AgeDoubt::ALL.into_iter().filter(move |doubt| self.doubts & bit(*doubt) != 0)
    }

    fn doubt(&mut self, doubt: AgeDoubt, found: bool) {
        self.doubts |= if found { bit(doubt) } else { 0 };
    }
}

const fn bit(doubt: AgeDoubt) -> u8 {
    1 << doubt as u8
}

/// What the values of one person say.
struct Signs {
    birth: Option<Days>,
    /// The date in a number of identity with a right check digit, and whether the record says that it is one.
    number: Option<(Date, bool)>,
    /// The ages that are told, youngest reading: of the acts, of the record, by the band.
    at_acts: Option<i64>,
    stated: Option<i64>,
    band: Option<i64>,
    /// A mark says a child, or neither yes nor no.
    marked: bool,
    /// Guardian, a guardian's consent, a child's view: told of children mostly, of adults at times.
    cared_for: bool,
    /// Something about the age was not read, or is none that can be.
    unread: bool,
}

impl Case {
    /// What `record` says about the days and the case; `now` where age today matters too.
    #[must_use]
    pub fn of(record: &Map<String, Value>, now: Option<Timestamp>) -> Self {
        let now = now.map(|now| {
            let earliest = now.saturating_sub(SignedDuration::from_hours(12)).unwrap_or(now);
            TimeZone::UTC.to_datetime(earliest).date()
        });
        let date = |group: &Map<String, Value>, name: &str| Days::of_time(group.get(name)?.as_str()?);
        let interview = record.get("x_Interview").and_then(Value::as_object);
        let told = [
            date(record, "x_RecordDate"),
            interview.and_then(|interview| date(interview, "start")),
            date(record, "x_AssessmentDate"),
            date(record, "cas_IncomingReferralDate"),
        ];
        let (mut acts, mut acts_dated, mut any) = (None::<Days>, true, false);
        for event in each(record.get("x_Events")).filter_map(Value::as_object) {
            let (begun, ended) = (date(event, "hte_Date"), date(event, "x_EndDate"));
            any = true;
            acts_dated &= begun.is_some();
            for days in [begun, ended].into_iter().flatten() {
                let known = acts.unwrap_or(days);
                acts = Some(Days { first: known.first.min(days.first), last: known.last.min(days.last) });
            }
        }
        Self {
            now,
            recorded: told.into_iter().flatten().next(),
            told: told.into_iter().flatten().map(|days| days.first).min(),
            acts,
            acts_dated: acts_dated && any && !one_has_unread(record, "ActDate"),
            against_child: offences::against_child(record),
            of_children: offences::register_of_children(record),
        }
    }

    /// What the record shows of one person, before what it says about the case. `settled`: somebody who may do so has
    /// stated the age that stands in the record as an estimate.
    #[must_use]
    pub fn person(&self, person: &Map<String, Value>, settled: bool) -> Finding {
        let signs = Signs::of(person, self);
        let victim = is_victim(person);
        let mut found = Finding {
            age: Age::Adult,
            child_at_record: None,
            child_at_acts: None,
            victim,
            adult: false,
            adult_at_acts: false,
            settled,
            doubts: 0,
        };
        found.doubt(AgeDoubt::Birth, signs.birth.is_none() && says(person, "prs_Birthdate"));
        found.doubt(AgeDoubt::Years, signs.unread && !is_unread(person, "Birthdate") && found.doubts == 0);
        let estimated = says(person, "x_AgeEstimated");
        let stated = signs.stated.filter(|_| !estimated || settled);
        self.weigh(&signs, stated, &mut found, person);
        let young = |age: Option<i64>| age.is_some_and(|age| age < i64::from(FULL_AGE));
        let child = signs.marked
            || [signs.at_acts, signs.stated, signs.band].into_iter().any(young)
            || self.leaves_a_child(&signs, stated.filter(|_| !settled), person)
            || stated.filter(|_| settled).is_some_and(|age| self.leaves_a_child_today(age, person));
        let full = |age: i64| age >= i64::from(FULL_AGE);
        found.adult_at_acts = signs.at_acts.is_some_and(full) || (self.acts_dated && found.adult && !child);
        found.age = match (child, found.adult) {
            (true, _) => Age::Child,
            (false, true) if !settled && (signs.cared_for || signs.unread) => Age::Unknown,
            (false, false) if signs.cared_for => Age::Child,
            (false, false) if victim || signs.unread => Age::Unknown,
            (false, _) => Age::Adult,
        };
        found.doubt(AgeDoubt::Contradiction, found.adult && signs.cared_for && !settled);
        found
    }

    /// Lets count what the record says about the case: that it is one against a child, or of children. It does not say
    /// which of the persons is meant: whoever is not shown to be an adult at the acts may be.
    pub fn settle(&self, people: &mut [Finding]) {
        if !self.against_child && !self.of_children {
            return;
        }
        let meant = |found: &Finding| found.victim || self.of_children;
        // A child among them is the one that the case is about.
        let explained = people.iter().any(|found| meant(found) && found.age == Age::Child);
        let adults = |found: &&mut Finding| meant(found) && found.age == Age::Adult && !found.settled;
        for found in people.iter_mut().filter(adults) {
            if !found.adult {
                found.age = Age::Unknown;
            } else if !explained {
                found.doubt(AgeDoubt::Case, true);
                if !found.adult_at_acts {
                    found.age = Age::Unknown;
                }
            }
        }
    }

    /// The events that end before they begin, by their position: one of both dates is a slip.
    #[must_use]
    pub fn ends_too_early(record: &Map<String, Value>) -> Vec<usize> {
        let early = |event: &Value| {
            let date = |name: &str| Days::of_time(event.get(name)?.as_str()?);
            date("hte_Date").zip(date("x_EndDate")).is_some_and(|(begun, ended)| ended.last < begun.first)
        };
        each(record.get("x_Events")).enumerate().filter(|(_, event)| early(event)).map(|(n, _)| n).collect()
    }

    /// The earliest day on which the person's age matters.
    fn earliest(&self, person: &Map<String, Value>) -> Option<Date> {
        let acts = self.acts.map(|acts| acts.first);
        let day = [self.now, self.told, acts].into_iter().flatten().min()?;
        // The acts have lasted so long, and the record came after they began.
        let months =
            person.get("x_MonthsTrafficked").and_then(Value::as_i64).filter(|it| (1..1200).contains(it));
        let lasted = months.and_then(|months| self.told.or(self.now)?.checked_sub(months.months()).ok());
        Some(lasted.map_or(day, |begun| begun.min(day)))
    }

    /// Whether a date, or an age that is counted from the record, leaves it possible that the person is a child.
    fn leaves_a_child(&self, signs: &Signs, stated: Option<i64>, person: &Map<String, Value>) -> bool {
        let Some(earliest) = self.earliest(person) else { return false };
        let told = self.recorded.map(|days| days.last).or(self.now);
        let counted = |age: Option<i64>| {
            let age = age.and_then(|age| i16::try_from(age).ok()).filter(|age| *age >= FULL_AGE)?;
            Some(born_at_latest(told?, age))
        };
        let latest = [
            signs.birth.map(|days| days.last),
            signs.number.map(|(born, _)| born),
            counted(stated),
            counted(signs.band),
        ];
        latest.into_iter().flatten().any(|born| earliest < of_age(born))
    }

    /// The same of an age that is stated today.
    fn leaves_a_child_today(&self, age: i64, person: &Map<String, Value>) -> bool {
        let born = self.now.zip(i16::try_from(age).ok()).map(|(now, age)| born_at_latest(now, age));
        born.zip(self.earliest(person)).is_some_and(|(born, earliest)| earliest < of_age(born))
    }

    /// What shows an adult, what leaves no doubt on the days of the record and the acts, and what contradicts it.
    fn weigh(&self, signs: &Signs, stated: Option<i64>, found: &mut Finding, person: &Map<String, Value>) {
        let full = |age: Option<i64>| age.is_some_and(|age| age >= i64::from(FULL_AGE));
        let young = |age: Option<i64>| age.is_some_and(|age| age < i64::from(FULL_AGE));
        let number = signs.number.filter(|(_, typed)| *typed).map(|(born, _)| Days::of(born));
        let dated = signs.birth.or(number);
        found.adult = dated.is_some() || [signs.at_acts, stated, signs.band].into_iter().any(full);
        let at = |days: Option<Days>| {
            let (days, born) = (days?, dated?);
            let child = days.last < of_age(born.first);
            (child || of_age(born.last) <= days.first).then_some(child)
        };
        let (mut record, acts) = (at(self.recorded), at(self.acts));
        let by_number = signs.number.map(|(born, _)| Days::of(born));
        let number_says_child =
            self.recorded.zip(by_number).is_some_and(|(day, born)| day.last < of_age(born.first));
        if number_says_child || young(signs.stated) {
            record = Some(true);
        }
        let mark = |name: &str| person.get(name).and_then(Value::as_bool);
        let now_says_child =
            mark("x_ChildNow") == Some(true) || young(signs.stated) || young(signs.band) || signs.cared_for;
        let acts_say_child = mark("x_ChildAtOffence") == Some(true) || young(signs.at_acts);
        let adult_by_date = at(self.recorded) == Some(false);
        found.doubt(
            AgeDoubt::Contradiction,
            (adult_by_date && (now_says_child || number_says_child))
                || (acts_say_child && acts == Some(false) && self.acts_dated),
        );
        let in_doubt = signs.unread || now_says_child || mark("x_AgeDisputed") == Some(true);
        // Whoever was a child at the record was one at the acts before it.
        let child_then = acts == Some(true) || record == Some(true) || young(signs.at_acts);
        // An adult is shown by a date of birth only: nothing but protection is taken from a number.
        let dated = signs.birth.is_some();
        found.child_at_record = record.filter(|child| *child || (dated && !in_doubt));
        found.child_at_acts = match acts {
            _ if child_then => Some(true),
            Some(false) if self.acts_dated && dated && !in_doubt && !acts_say_child && !signs.marked => {
                Some(false)
            }
            _ => None,
        };
        let denied = |name: &str, found: Option<bool>| mark(name) == Some(false) && found == Some(true);
        let denied =
            denied("x_ChildNow", found.child_at_record) || denied("x_ChildAtOffence", found.child_at_acts);
        found.doubt(AgeDoubt::Denied, denied);
    }
}

impl Signs {
    fn of(person: &Map<String, Value>, case: &Case) -> Self {
        let mut unread = is_unread(person, "Birthdate");
        let latest = case.now.or(case.recorded.map(|days| days.last));
        let possible =
            |born: Date| latest.is_none_or(|latest| born <= latest.checked_add(2.days()).unwrap_or(latest));
        let birth = person.get("prs_Birthdate").and_then(Value::as_str).and_then(Days::read);
        let birth = birth.filter(|days| possible(days.first));
        unread |= birth.is_none() && says(person, "prs_Birthdate");
        let typed =
            matches!(person.get("x_IdentityNumberType").and_then(Value::as_str), Some("JMBG" | "EMSO"));
        let number = person.get("prs_IdentityNumber").and_then(Value::as_str).and_then(|number| {
            let digits: String = number.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
            match Jmbg::read(&digits) {
                Ok(read) => Some((read.born, typed)),
                // A number that is not fully right shows no adult, but its year may still tell of a child.
                Err(_) => Jmbg::date_of(&digits).filter(|_| typed).map(|born| (born, false)),
            }
        });
        let mut years = |name: &str| {
            let value = person.get(name).filter(|value| !value.is_null())?;
            let read = value.as_i64().filter(|age| (0..=120).contains(age));
            unread |= read.is_none();
            read
        };
        let (at_acts, stated) = (years("vic_AgeWhenTrafficked"), years("x_AgeStated"));
        let bands = each(person.get("x_AgeBand")).filter(|band| !band.is_null());
        // The youngest reading of the youngest band. A band that is not one of the list may be any.
        let youngest = |band: &Value| {
            let first =
                band.as_str().and_then(|text| text.split(['-', '+']).next()?.trim().parse::<i64>().ok());
            first.filter(|age| *age <= 120).unwrap_or(0)
        };
        Self {
            birth,
            number: number.filter(|(born, _)| super::days::is_year(born.year()) && possible(*born)),
            at_acts,
            stated,
            band: bands.map(youngest).min(),
            marked: ["x_ChildAtOffence", "x_ChildAtEntry", "x_ChildNow", "x_AgeDisputed"]
                .into_iter()
                .any(|name| says(person, name)),
            cared_for: is_cared_for(person),
            unread,
        }
    }
}

/// What is told of children: a guardian, a guardian's consent, a child's view, a foster family, child labour.
fn is_cared_for(person: &Map<String, Value>) -> bool {
    let groups = |name: &str| each(person.get(name)).filter_map(Value::as_object);
    groups("x_Guardian").any(says_something)
        || groups("x_Consent").any(|consent| {
            consent.get("given_by").and_then(Value::as_str) == Some("guardian") || says(consent, "child_view")
        })
        || groups("x_Shelter").any(|it| it.get("type").and_then(Value::as_str) == Some("FosterFamily"))
        || each(person.get("vic_TypeOfExploitation")).any(|it| it.as_str() == Some("ChildLabour"))
}

/// Whether a mark says yes, or what is neither yes nor no.
fn says(group: &Map<String, Value>, name: &str) -> bool {
    group.get(name).is_some_and(|mark| !matches!(mark, Value::Bool(false) | Value::Null))
}
