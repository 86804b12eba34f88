//! Who counts as a child, read a second time and as plainly as can be: the youngest reading of everything that is said.
//! Both readings are compared on random people.

use jiff::civil::{Date, date};
use serde_json::{Map, Value, json};

use crate::schema::{Age, Case, Jmbg};

/// Whether somebody of a record may be a child on the day of the record, of an act, or on `today`.
pub(crate) fn may_be_child(person: &Value, record: &Value, today: Date) -> bool {
    let said = |name: &str| !matches!(person[name], Value::Null | Value::Bool(false));
    let age = |name: &str| person[name].as_i64().filter(|age| (0..=120).contains(age));
    let band = list(&person["x_AgeBand"]).map(|band| {
        let first = band.as_str().unwrap_or_default().split(['-', '+']).next().unwrap_or_default().parse();
        first.ok().filter(|age: &i64| *age <= 120).unwrap_or(0)
    });
    let band = band.min();
    let unread = list(&person["x_Unread"]).any(|one| one == "Birthdate")
        || ["vic_AgeWhenTrafficked", "x_AgeStated"]
            .iter()
            .any(|name| !person[*name].is_null() && age(name).is_none());
    let told: Vec<(Date, Date)> = [
        &record["x_RecordDate"],
        &record["x_Interview"]["start"],
        &record["x_AssessmentDate"],
        &record["cas_IncomingReferralDate"],
    ]
    .into_iter()
    .filter_map(days)
    .collect();
    let acts = list(&record["x_Events"])
        .flat_map(|event| [&event["hte_Date"], &event["x_EndDate"]])
        .filter_map(days);
    let mut earliest = told.iter().copied().chain(acts).map(|(first, _)| first).fold(today, Date::min);
    if let Some(months) = person["x_MonthsTrafficked"].as_i64().filter(|months| (1..1200).contains(months)) {
        let from = told.iter().map(|(first, _)| *first).min().unwrap_or(today);
        earliest = earliest.min(from.checked_sub(jiff::Span::new().months(months)).unwrap_or(Date::MIN));
    }
    let timed = person["prs_Birthdate"].as_str().is_some_and(|text| text.contains('T'));
    let born = days(&person["prs_Birthdate"])
        .filter(|_| !timed)
        .filter(|(first, _)| *first <= today.checked_add(jiff::Span::new().days(2)).unwrap());
    let unread = unread || (said("prs_Birthdate") && born.is_none());
    let young = |age: Option<i64>| age.is_some_and(|age| age < 18);
    // An age is told of the day of the record; the birthday may have been that day.
    let counted = |age: Option<i64>| {
        let on = told.first().map_or(today, |(_, last)| *last);
        age.filter(|age| *age >= 18).map(|age| years_before(on, i16::try_from(age).unwrap()))
    };
    let estimated = said("x_AgeEstimated");
    let stated = age("x_AgeStated").filter(|_| !estimated);
    let typed = ["JMBG", "EMSO"].iter().any(|kind| person["x_IdentityNumberType"] == *kind);
    let number =
        person["prs_IdentityNumber"].as_str().filter(|_| typed).and_then(|text| Jmbg::read(text).ok());
    let number = number.map(|number| number.born);
    let latest = [born.map(|(_, last)| last), number, counted(stated), counted(band)];
    let child_by_date = latest.into_iter().flatten().any(|born| earliest < years_before(born, -18));
    let marked = ["x_ChildAtOffence", "x_ChildAtEntry", "x_ChildNow", "x_AgeDisputed"].into_iter().any(said);
    let cared_for = list(&person["x_Guardian"])
        .any(|guardian| guardian.as_object().is_some_and(|it| !it.is_empty()))
        || list(&person["x_Consent"]).any(|consent| {
            consent["given_by"] == "guardian"
                || !matches!(consent["child_view"], Value::Null | Value::Bool(false))
        })
        || list(&person["x_Shelter"]).any(|shelter| shelter["type"] == "FosterFamily")
        || list(&person["vic_TypeOfExploitation"]).any(|kind| kind == "ChildLabour");
    if marked
        || cared_for
        || unread
        || child_by_date
        || [age("vic_AgeWhenTrafficked"), age("x_AgeStated"), band].into_iter().any(young)
    {
        return true;
    }
    let victim = may_be_victim(person);
    let adult = born.is_some()
        || number.is_some()
        || [age("vic_AgeWhenTrafficked"), stated, band].iter().any(Option::is_some);
    victim && !adult
}

/// Whether somebody is a victim, or may be one.
fn may_be_victim(person: &Value) -> bool {
    let others = ["suspect", "convicted", "witness", "contact", "third_person", "official"];
    let known = person["x_SubjectCategory"].as_str().is_some_and(|word| others.contains(&word));
    !known
        || list(&person["x_Unread"]).any(|one| one == "SubjectCategory")
        || person.as_object().is_some_and(|members| {
            members.iter().any(|(name, value)| {
                // Both are told of somebody who was found to be none, too.
                let found = value == "NotAVictimOfTrafficking" || name.ends_with("DecisionMakingOrg");
                !found
                    && (name.starts_with("vic_") || ["x_Shelter", "x_Return"].contains(&name.as_str()))
                    && !value.is_null()
                    && value != &json!([])
            })
        })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    let one = if value.is_null() { None } else { Some(value) };
    let many = value.as_array();
    many.into_iter().flatten().chain(one.filter(|_| many.is_none()))
}

/// The first and the last day that a date may mean.
fn days(value: &Value) -> Option<(Date, Date)> {
    let text = value.as_str()?.split('T').next()?;
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &&str, digits| (text.len() == digits).then(|| text.parse::<i16>().ok()).flatten();
    let year = number(parts.first()?, 4).filter(|year| *year >= 1890)?;
    let two = |at: usize| parts.get(at).map(|part| number(part, 2)?.try_into().ok());
    match (two(1), two(2), parts.len()) {
        (None, None, 1) => Some((date(year, 1, 1), date(year, 12, 31))),
        (Some(month), None, 2) => Date::new(year, month?, 1).ok().map(|first| (first, first.last_of_month())),
        (Some(month), Some(day), 3) => Date::new(year, month?, day?).ok().map(|day| (day, day)),
        _ => None,
    }
}

/// The same day of another year; 29 February becomes 1 March.
fn years_before(day: Date, years: i16) -> Date {
    let year = day.year() - years;
    Date::new(year, day.month(), day.day()).unwrap_or_else(|_| date(year, 3, 1))
}

/// `SplitMix64` (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[usize::try_from(self.below(items.len() as u64)).unwrap()].clone()
    }

    /// A date around the days on which somebody comes of age, in every form that a record may hold.
    fn day(&mut self, years: &[i16]) -> Value {
        let exact = format!("{}-{:02}-{:02}", self.of(years), 1 + self.below(12), 1 + self.below(31));
        match self.below(10) {
            0 => json!(exact[..4]),
            1 => json!(exact[..7]),
            2 => self.of(&[
                json!("0000-00-00"),
                json!(""),
                json!("15.06.1985."),
                json!(1985),
                json!("oko 2012"),
                json!("1700-01-01"),
                Value::Null,
            ]),
            3 => json!(format!("{exact}T10:00:00Z")),
            _ => json!(exact),
        }
    }

    fn person(&mut self) -> Value {
        let mut person = Map::new();
        for _ in 0..self.below(5) {
            let (name, value) = match self.below(16) {
                0..=2 => {
                    ("prs_Birthdate", self.day(&[1950, 1995, 2006, 2007, 2008, 2009, 2010, 2015, 2026, 2985]))
                }
                3..=4 => {
                    let words = ["victim_presumed", "victim_identified", "suspect", "witness", "svedok", ""];
                    ("x_SubjectCategory", json!(self.of(&words)))
                }
                5 => ("x_ChildNow", self.of(&[json!(true), json!(false), json!("ne"), Value::Null])),
                6 => ("x_AgeDisputed", self.of(&[json!(true), json!(false)])),
                7 => (
                    "x_AgeBand",
                    self.of(&[
                        json!("9--17"),
                        json!("18-20"),
                        json!(["30-38"]),
                        json!(["?", "48+"]),
                        json!("48+"),
                    ]),
                ),
                8 => (
                    "vic_AgeWhenTrafficked",
                    self.of(&[json!(15), json!(17), json!(18), json!(40), json!(-1), json!("18")]),
                ),
                9 => ("x_AgeStated", self.of(&[json!(17), json!(18), json!(19), json!(35), json!(300)])),
                10 => ("x_AgeEstimated", self.of(&[json!(true), json!(false)])),
                11 => (
                    "x_Unread",
                    self.of(&[
                        json!(["Birthdate"]),
                        json!(["SubjectCategory"]),
                        json!(["Gender"]),
                        json!([]),
                    ]),
                ),
                12 => ("x_Guardian", self.of(&[json!({}), json!({ "name": "N" }), json!([{ "name": "N" }])])),
                13 => (
                    "x_Consent",
                    self.of(&[
                        json!({ "given_by": "guardian" }),
                        json!([{ "child_view": true }]),
                        json!({ "given_by": "self" }),
                    ]),
                ),
                14 => {
                    let number = self.of(&["1506985719998", "0707012739989", "2902004739982"]);
                    person.insert("x_IdentityNumberType".to_owned(), json!("JMBG"));
                    ("prs_IdentityNumber", json!(number))
                }
                _ => ("x_MonthsTrafficked", self.of(&[json!(1), json!(24), json!(0), json!(5000)])),
            };
            person.insert(name.to_owned(), value);
        }
        Value::Object(person)
    }

    fn record(&mut self) -> Value {
        let mut record = Map::new();
        let years = [2006, 2020, 2023, 2024, 2025, 2026];
        for name in ["x_RecordDate", "x_AssessmentDate", "cas_IncomingReferralDate"] {
            if self.below(4) == 0 {
                record.insert(name.to_owned(), self.day(&years));
            }
        }
        let events: Vec<Value> =
            (0..self.below(3)).map(|_| json!({ "hte_Date": self.day(&years) })).collect();
        record.insert("x_Events".to_owned(), json!(events));
        Value::Object(record)
    }
}

#[test]
fn a_second_plain_reading_of_ages_agrees_on_random_people() {
    let now: jiff::Timestamp = "2026-03-06T20:15:00Z".parse().unwrap();
    let (mut random, mut children) = (Random(7), 0);
    for _ in 0..100_000 {
        let (record, person) = (random.record(), random.person());
        let case = Case::of(record.as_object().unwrap(), Some(now));
        let found = case.person(person.as_object().unwrap(), false);
        let plain = may_be_child(&person, &record, date(2026, 3, 6));
        assert_eq!(found.age != Age::Adult, plain, "{person} {record} {:?}", found.age);
        children += usize::from(plain);
    }
    assert!((20_000..95_000).contains(&children), "{children}");
}
