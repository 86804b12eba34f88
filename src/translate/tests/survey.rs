//! IOM's survey form of HTCDS 2.0: the table against the form's own definition, when that is there.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::round_trip::facts;
use super::{SURVEY, accounted, catalogue, mapping, one};
use crate::translate::{import, records};

const SAMPLE: &[u8] = include_bytes!("../../../config/samples/htcds-survey.xml");

const VERSION: &str = "vSmt4GQA3C9uBMLPEVfgND";

/// A question of the form.
#[derive(Debug, Default)]
struct Question {
    name: String,
    label: String,
    /// `input`, `select1` or `select`.
    control: String,
    choices: Vec<String>,
}

/// What the form's definition says.
#[derive(Debug, Default)]
struct Form {
    /// Every place of an answer, attributes with `@`.
    places: BTreeSet<String>,
    questions: Vec<Question>,
    version: String,
}

impl Form {
    /// Reads the official definition; `None`, said aloud, when it is absent.
    fn official() -> Option<Self> {
        let folder = std::env::var_os("HTCDS_DATA").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/htcds"),
            PathBuf::from,
        );
        let Ok(text) = std::fs::read_to_string(folder.join("htcds_xlsform_v2.0.xml")) else {
            let text = "SKIPPED: htcds_xlsform_v2.0.xml is absent; name its folder in HTCDS_DATA";
            writeln!(std::io::stderr(), "{text}").unwrap();
            return None;
        };
        Some(Self::read(&text))
    }

    fn read(text: &str) -> Self {
        let mut form = Self::default();
        let mut reader = Reader::from_str(text);
        let mut open: Vec<String> = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    open.push(start.name().into_inner().to_owned());
                    form.starts(&start, &open);
                }
                Event::Empty(start) => {
                    open.push(start.name().into_inner().to_owned());
                    form.starts(&start, &open);
                    open.pop();
                }
                Event::Text(text) => form.says(&text.into_inner(), &open),
                Event::End(_) => {
                    open.pop();
                }
                Event::Eof => break,
                _ => {}
            }
        }
        form
    }

    fn starts(&mut self, start: &BytesStart<'_>, open: &[String]) {
        let attribute = |name: &str| {
            let found = start.attributes().map(Result::unwrap).find(|a| a.key.into_inner() == name);
            found.map(|a| a.value.into_owned()).unwrap_or_default()
        };
        let path: Vec<&str> = open.iter().map(String::as_str).collect();
        if let ["h:html", "h:head", "model", "instance", "data", inside @ ..] = path.as_slice() {
            if inside.is_empty() {
                self.places.extend(["@id".to_owned(), "@version".to_owned()]);
                self.version = attribute("version");
            } else if *inside != ["meta"] {
                self.places.insert(inside.join("/"));
            }
        }
        if let ["h:html", "h:body", control @ ("input" | "select1" | "select")] = path.as_slice() {
            let name = attribute("ref").trim_start_matches("/data/").to_owned();
            self.questions.push(Question { name, control: (*control).to_owned(), ..Question::default() });
        }
    }

    fn says(&mut self, text: &str, open: &[String]) {
        let Some(question) = self.questions.last_mut() else { return };
        match open.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["h:html", "h:body", _, "label"] => question.label.push_str(text),
            ["h:html", "h:body", _, "item", "value"] => question.choices.push(text.to_owned()),
            _ => {}
        }
    }

    fn question(&self, name: &str) -> &Question {
        self.questions.iter().find(|question| question.name == name).unwrap()
    }
}

/// A submission with one answer.
fn answer(question: &str, text: &str) -> String {
    format!("<data id=\"htcds_xlsform\" version=\"{VERSION}\"><{question}>{text}</{question}></data>")
}

/// Every place of a leaf that the table names.
fn sources() -> BTreeSet<String> {
    let catalogue = catalogue();
    let mapping = mapping(SURVEY, &catalogue);
    let mut out = BTreeSet::new();
    for node in mapping.nodes.iter().skip(1).filter(|node| node.children.is_empty()) {
        let mut path = node.name.to_string();
        let mut above = node.parent;
        while above != 0 {
            path = format!("{}/{path}", mapping.nodes[above].name);
            above = mapping.nodes[above].parent;
        }
        out.insert(path);
    }
    out
}

#[test]
fn every_question_of_the_form_is_a_source_of_the_table_and_no_other_place_is() {
    let Some(form) = Form::official() else { return };
    assert_eq!(form.questions.len(), 31);
    for question in &form.questions {
        assert!(form.places.contains(&question.name), "{question:?}");
    }
    assert_eq!(sources(), form.places);
    assert_eq!(form.version, VERSION);
}

#[test]
fn every_choice_of_every_question_has_a_word_and_comes_back_as_the_same_word() {
    let Some(form) = Form::official() else { return };
    let catalogue = catalogue();
    let mapping = mapping(SURVEY, &catalogue);
    let mut choices = 0;
    for question in form.questions.iter().filter(|question| question.control != "input") {
        assert!(question.choices.len() > 1, "{question:?}");
        for choice in &question.choices {
            let source = answer(&question.name, choice);
            // Three hundred records: the table is loaded once for all of them.
            let there = records(&mapping, &catalogue, source.as_bytes()).next().unwrap().unwrap();
            assert_eq!(there.report.unmapped, [""; 0], "{source}");
            // A loss would have to be declared in the table: there is none.
            assert_eq!(there.report.lossy, [], "{source}");
            assert_eq!(there.report.mapped, 3, "{source}");
            let back = import(&mapping, &catalogue, &there.record).unwrap();
            let text = String::from_utf8(back.bytes).unwrap();
            assert!(text.contains(&format!("<{0}>{choice}</{0}>", question.name)), "{choice} in {text}");
            choices += 1;
        }
    }
    // 249 countries among them.
    assert_eq!(choices, 249 + 82, "choices of the official form");
}

#[test]
fn a_question_of_several_answers_takes_them_with_spaces_between() {
    let Some(form) = Form::official() else { return };
    let several: Vec<&Question> = form.questions.iter().filter(|q| q.control == "select").collect();
    assert_eq!(several.len(), 5);
    for question in several {
        let all = question.choices.join(" ");
        let there = one(SURVEY, answer(&question.name, &all).as_bytes());
        assert_eq!(there.report.unmapped, [""; 0], "{}", question.name);
        let catalogue = catalogue();
        let back = import(&mapping(SURVEY, &catalogue), &catalogue, &there.record).unwrap();
        let text = String::from_utf8(back.bytes).unwrap();
        assert!(text.contains(&format!("<{0}>{all}</{0}>", question.name)), "{all} in {text}");
    }
}

#[test]
fn the_form_still_departs_from_the_standard_where_the_table_says_so() {
    let Some(form) = Form::official() else { return };
    assert_eq!(form.question("prs_Title").label, form.question("prs_Second_Name").label);
    assert_eq!(form.question("prs_Citizenship").control, "select1");
    assert_eq!(form.question("vic_ForcedLabourIndustry").control, "select");
    assert_eq!(form.question("cas_ReasonForIncomingReferral").control, "input");
    assert_eq!(form.question("prs_MailingCountry").control, "input");
}

#[test]
fn the_sample_comes_back_as_it_went_but_for_the_question_with_the_wrong_label() {
    let catalogue = catalogue();
    let there = one(SURVEY, SAMPLE);
    assert_eq!(accounted(&there.report), 36);
    assert_eq!(there.report.unmapped, [""; 0]);
    let losses: Vec<_> = there.report.lossy.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(losses, ["prs_Title"]);
    let back = import(&mapping(SURVEY, &catalogue), &catalogue, &there.record).unwrap();
    let again = one(SURVEY, &back.bytes);
    assert_eq!(facts(&again), facts(&there));
    assert_eq!(again.report, there.report);
}

#[test]
fn the_sample_reads_as_the_standard_names_it() {
    let record = Value::Object(one(SURVEY, SAMPLE).record.into_members());
    for (pointer, value) in [
        ("/x_CaseId", "xx/htcds:uuid:00000000-0000-4000-8000-000000000001"),
        ("/x_Interview/start", "2024-03-14T09:02:11.000+01:00"),
        ("/cas_Status", "Active"),
        ("/cas_IncomingReferralDate", "2024-03-13"),
        ("/x_Persons/0/prs_FirstName", "Jovana"),
        ("/x_Persons/0/prs_SecondName", "Izmišljenić"),
        ("/x_Persons/0/prs_Birthdate", "1996-02-29"),
        ("/x_Persons/0/prs_HomePhone", "+381111234567"),
        ("/x_Persons/0/prs_MailingCountry", "AT"),
        ("/x_Persons/0/vic_MethodsOfControl/1", "WithholdsDocuments"),
        ("/x_Persons/0/vic_ForcedLabourIndustry/1", "T_ActivitiesOfHouseholdsAsEmployers"),
        ("/x_Persons/0/x_SubjectCategory", "victim_presumed"),
    ] {
        assert_eq!(record.pointer(pointer).and_then(Value::as_str), Some(value), "{pointer}");
    }
    assert_eq!(record.pointer("/x_Persons/0/x_Consent/con_Consent"), Some(&Value::Bool(true)));
}

#[test]
fn the_form_takes_one_citizenship_and_the_report_names_the_other() {
    let catalogue = catalogue();
    let mut members = one(SURVEY, SAMPLE).record.into_members();
    members["x_Persons"][0]["prs_Citizenship"] = serde_json::json!(["RS", "AT"]);
    let record = crate::schema::Record::new(members);
    let back = import(&mapping(SURVEY, &catalogue), &catalogue, &record).unwrap();
    let text = String::from_utf8(back.bytes).unwrap();
    assert_eq!(text.matches("<prs_Citizenship>").count(), 1);
    assert!(text.contains("<prs_Citizenship>RS</prs_Citizenship>"), "{text}");
    let unmapped = back.report.unmapped;
    assert!(unmapped.contains(&"x_Persons[0].prs_Citizenship[1]".to_owned()), "{unmapped:?}");
}

#[test]
fn a_number_without_its_country_code_is_not_guessed_at() {
    let there = one(SURVEY, answer("prs_HomePhone", "011/123-4567").as_bytes());
    assert_eq!(there.report.unmapped, ["prs_HomePhone"]);
    let there = one(SURVEY, answer("prs_HomePhone", "+381 11 123-4567").as_bytes());
    assert_eq!(there.report.unmapped, [""; 0]);
}

#[test]
fn an_interview_is_about_one_person_whose_status_says_what_she_is() {
    for (status, category) in [
        ("PossibleVictimOfTrafficking", "victim_presumed"),
        ("ActualVictimOfTrafficking", "victim_identified"),
        ("NotAVictimOfTrafficking", "third_person"),
        ("", "victim_presumed"),
    ] {
        let text = format!(
            "<prs_Salutation>Ms</prs_Salutation><vic_TraffickingStatus>{status}</vic_TraffickingStatus>"
        );
        let source = format!("<data id=\"htcds_xlsform\" version=\"{VERSION}\">{text}</data>");
        let record = one(SURVEY, source.as_bytes()).record;
        let persons: Vec<_> = record.persons().collect();
        assert_eq!(persons.len(), 1);
        let found = persons[0].get("x_SubjectCategory").and_then(Value::as_str);
        assert_eq!(found, Some(category), "{status}");
    }
}

#[test]
fn an_answer_in_free_text_where_the_standard_has_a_list_is_kept_and_named() {
    let there = one(SURVEY, answer("cas_ReasonForIncomingReferral", "she asked for help").as_bytes());
    assert_eq!(there.report.unmapped, ["cas_ReasonForIncomingReferral"]);
    let there =
        one(SURVEY, answer("cas_ReasonForIncomingReferral", "Additional Services Required").as_bytes());
    assert_eq!(there.record.text("cas_ReasonForIncomingReferral"), Some("AdditionalServicesRequired"));
}

#[test]
fn a_form_of_another_version_is_read_and_the_difference_named() {
    let source = answer("prs_Salutation", "Ms").replace(VERSION, "v2");
    let there = one(SURVEY, source.as_bytes());
    assert_eq!(there.report.unmapped, ["@version"]);
    assert!(there.report.partial);
}
