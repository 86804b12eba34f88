//! National -> common -> national, for every sample.

use serde_json::Value;

use super::{AT, CZTLJ, JT, MINRZS, MUP, SI, accounted, catalogue, mapping, one};
use crate::schema::SubjectCategory;
use crate::translate::{Translated, import, records};

const SAMPLES: [(&str, &[u8], usize); 8] = [
    (MUP, include_bytes!("../../../config/samples/rs-mup.xml"), 41),
    (MUP, include_bytes!("../../../config/samples/rs-mup-spontaneous.xml"), 28),
    (JT, include_bytes!("../../../config/samples/rs-jt.csv"), 36),
    (MINRZS, include_bytes!("../../../config/samples/rs-minrzs.json"), 34),
    (MINRZS, include_bytes!("../../../config/samples/rs-minrzs-withdrawn.json"), 35),
    (CZTLJ, include_bytes!("../../../config/samples/rs-cztlj.xml"), 34),
    (SI, include_bytes!("../../../config/samples/si-odgovor.json"), 50),
    (AT, include_bytes!("../../../config/samples/at-bk.xml"), 96),
];

#[test]
fn every_sample_comes_back_as_it_went() {
    let catalogue = catalogue();
    for (table, source, leaves) in SAMPLES {
        let there = one(table, source);
        let mapping = mapping(table, &catalogue);
        let name = mapping.name();
        assert_eq!(there.report.unmapped, [""; 0], "{name}");
        assert_eq!(there.report.lossy, [], "{name}");
        assert_eq!(accounted(&there.report), leaves, "{name}");
        let back = import(&mapping, &catalogue, &there.record).unwrap();
        let again: Vec<_> = records(&mapping, &catalogue, &back.bytes[..]).collect();
        assert_eq!(again.len(), 1, "{name}");
        let again = again.into_iter().next().unwrap().unwrap();
        assert_eq!(facts(&again), facts(&there), "{name}");
        assert_eq!(again.report, there.report, "{name}");
    }
}

/// The record without what names its source: the bytes differ in layout, so their digest does too.
pub(super) fn facts(translated: &Translated) -> Value {
    let mut members = translated.record.clone().into_members();
    members.remove("x_Source");
    if let Some(Value::Array(persons)) = members.get_mut("x_Persons") {
        persons.iter_mut().filter_map(Value::as_object_mut).for_each(|person| {
            person.remove("x_PersonId");
        });
    }
    Value::Object(members)
}

#[test]
fn the_prosecution_file_comes_back_byte_for_byte() {
    let catalogue = catalogue();
    let mapping = mapping(JT, &catalogue);
    let source = SAMPLES[2].1;
    let back = import(&mapping, &catalogue, &one(JT, source).record).unwrap();
    assert!(back.bytes == source, "{}", String::from_utf8_lossy(&back.bytes));
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    for (table, source, _) in SAMPLES {
        assert_eq!(one(table, source).record.to_bytes(), one(table, source).record.to_bytes());
    }
}

#[test]
fn a_record_names_its_schema_table_and_source() {
    let record = one(MUP, SAMPLES[0].1).record;
    assert_eq!(record.text("x_Schema"), Some("1"));
    let source = record.members().get("x_Source").unwrap();
    // Without a key there is no digest.
    assert_eq!(source.to_string(), r#"{"agency":"rs/mup","mapping":"rs-mup","mapping_version":"1"}"#);
}

#[test]
fn the_police_sample_reads_as_its_officer_meant_it() {
    let record = one(MUP, SAMPLES[0].1).record;
    let at = |pointer: &str| Value::Object(record.members().clone()).pointer(pointer).cloned();
    let text = |pointer: &str| at(pointer).and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    assert_eq!(text("/x_CaseId"), "rs/mup:КУ-1234/24");
    assert_eq!(text("/x_RecordDate"), "2024-03-05");
    assert_eq!(at("/x_Means").unwrap().to_string(), r#"["Threat","DocumentRetention"]"#);
    assert_eq!(at("/x_Act").unwrap().to_string(), r#"["Recruit","Transport"]"#);
    assert_eq!(
        at("/x_Offence").unwrap().to_string(),
        r#"[{"article":"388","jurisdiction":"RS","paragraph":"1"}]"#
    );
    assert_eq!(text("/x_Events/0/hte_Type"), "Recruitment");
    assert_eq!(text("/x_Events/0/hte_Country"), "RS");
    assert_eq!(text("/x_Evaluation/source"), "B");
    assert_eq!(at("/x_Persons/0/vic_TypeOfExploitation").unwrap().to_string(), r#"["ForcedBegging"]"#);
    assert_eq!(at("/x_Persons/1/vic_TypeOfExploitation"), None);
    assert_eq!(text("/x_Persons/0/x_SubjectCategory"), "victim_presumed");
    assert_eq!(text("/x_Persons/0/prs_SecondName"), "Njegovan");
    assert_eq!(
        at("/x_Persons/0/x_Names").unwrap().to_string(),
        r#"[{"family":"Његован","given":"Љиљана","parent":"Милан","script":"Cyrl","type":"legal"},{"family":"Njegovan","given":"Ljiljana","parent":"Milan","script":"Latn","type":"legal"},{"family":"Ђорђевић","script":"Cyrl","type":"birth"},{"family":"Đorđević","script":"Latn","type":"birth"}]"#
    );
    assert_eq!(at("/x_Persons/0/x_ChildAtOffence"), Some(Value::Bool(false)));
}

#[test]
fn a_child_of_the_social_work_sample_is_a_child_with_its_guardians_consent() {
    for (sample, withdrawn) in [(SAMPLES[3].1, None), (SAMPLES[4].1, Some("2024-03-20"))] {
        let record = one(MINRZS, sample).record;
        let person = record.persons().next().unwrap();
        assert_eq!(record.persons().count(), 1);
        let category = person.get("x_SubjectCategory").and_then(Value::as_str).unwrap();
        assert!(SubjectCategory::from_word(category).unwrap().is_victim());
        assert!(
            ["x_ChildAtOffence", "x_ChildNow", "x_AgeDisputed"]
                .iter()
                .any(|name| person.get(*name) == Some(&Value::Bool(true)))
        );
        let consent = person.get("x_Consent").unwrap();
        assert_eq!(consent.get("given_by").and_then(Value::as_str), Some("guardian"));
        assert_eq!(consent.get("withdrawn_at").and_then(Value::as_str), withdrawn);
    }
}

#[test]
fn two_rows_of_one_case_are_one_record_of_two_persons() {
    let record = one(JT, SAMPLES[2].1).record;
    assert_eq!(record.text("x_CaseId"), Some("rs/jt:KT 123/2024"));
    assert_eq!(record.persons().count(), 2);
    assert_eq!(
        record.members().get("x_Offence").unwrap().to_string(),
        r#"[{"article":"388","jurisdiction":"RS","paragraph":"4"},{"article":"388","jurisdiction":"RS","paragraph":"1"}]"#
    );
    assert_eq!(record.text("x_ProsecutionOffice"), Some("Više javno tužilaštvo; Niš"));
}

#[test]
fn a_slovene_answer_reaches_the_serbian_police_form_and_the_report_says_what_has_no_place() {
    let catalogue = catalogue();
    let answer = one(SI, SAMPLES[6].1);
    assert_eq!(answer.report.warnings, [], "Slovene law asks for no means");
    let back = import(&mapping(MUP, &catalogue), &catalogue, &answer.record).unwrap();
    let text = String::from_utf8(back.bytes.clone()).unwrap();
    assert!(text.starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<KrivicnaPrijava broj=\"si/policija:Kt/12345/2024\""
    ));
    assert!(text.contains("<VezaBroj>rs/mup:КУ-1234/24</VezaBroj>"));
    assert!(text.contains("nalaz=\"УКРАДЕНА\""));
    // A Slovene offence is no article of the Serbian code.
    assert!(!text.contains("KrivicnoDelo"));
    let unmapped = &back.report.unmapped;
    for path in
        ["x_Offence[0].article", "x_Persons[0].x_ResidenceStatus", "x_Persons[0].vic_TraffickingStatus"]
    {
        assert!(unmapped.iter().any(|p| p == path), "{path} in {unmapped:?}");
    }
    assert!(back.report.partial);
    let codes: Vec<_> = back.report.warnings.iter().map(|w| w.code).collect();
    assert_eq!(codes, ["W-MEANS"]);
    // Nothing of the record shows when it is printed for debugging.
    assert!(!format!("{back:?}").contains("Njegovan"));
}

#[test]
fn a_cyrillic_record_reaches_the_prosecution_in_letters_its_encoding_has() {
    let catalogue = catalogue();
    let record = one(MUP, SAMPLES[0].1).record;
    let back = import(&mapping(JT, &catalogue), &catalogue, &record).unwrap();
    let (text, _) = encoding_rs::WINDOWS_1250.decode_without_bom_handling(&back.bytes);
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[1].contains(";OST;Njegovan;Ljiljana;1506985719998;Ž;688;388/1;"), "{text}");
    assert!(rows[2].contains(";OSUM;Probić;Džordže;0311979804992;M;688;388/1;"), "{text}");
    // The way of counting of another register is no number of this one.
    assert!(back.report.unmapped.contains(&"x_CaseId".to_owned()));
}

#[test]
fn a_region_of_registration_never_becomes_a_citizenship_or_a_country() {
    let xml = "<KrivicnaPrijava><Lice><JMBG>0101990914991</JMBG></Lice></KrivicnaPrijava>";
    let record = one(MUP, xml.as_bytes()).record;
    let names: Vec<&String> = record.persons().next().unwrap().keys().collect();
    assert_eq!(names, ["prs_IdentityNumber", "x_IdentityNumberType", "x_PersonId"]);
}

#[test]
fn a_second_value_for_one_place_is_kept_and_never_overwrites() {
    let xml =
        "<KrivicnaPrijava><VremeOd>01.02.2024.</VremeOd><VremeOd>02.02.2024.</VremeOd></KrivicnaPrijava>";
    let translated = one(MUP, xml.as_bytes());
    assert_eq!(translated.report.unmapped, ["VremeOd[2]"]);
    let event = translated.record.members().get("x_Events").and_then(|e| e.get(0)).unwrap();
    assert_eq!(event.to_string(), r#"{"hte_Date":"2024-02-01"}"#);
}

#[test]
fn rows_of_one_case_with_different_articles_say_that_they_now_stand_together() {
    let text = encoding_rs::WINDOWS_1250.decode_without_bom_handling(SAMPLES[2].1).0.into_owned();
    let at = text.rfind("388/4 u vezi 1").unwrap();
    let text = format!("{}389{}", &text[..at], &text[at + 14..]);
    let bytes = encoding_rs::WINDOWS_1250.encode(&text).0.into_owned();
    let report = one(JT, &bytes).report;
    let losses: Vec<_> = report.lossy.iter().map(|l| (l.path.as_str(), l.note.as_str())).collect();
    assert_eq!(losses, [("row[2]/CLAN_KZ", "the articles of several rows stand together in the case")]);
}

#[test]
fn the_table_without_an_inbound_form_says_so() {
    let catalogue = catalogue();
    let record = one(MUP, SAMPLES[0].1).record;
    let table = super::CTDC.replacen("format =", "import = false\nformat =", 1);
    let result = import(&mapping(&table, &catalogue), &catalogue, &record);
    let error = result.unwrap_err().to_string();
    assert_eq!(error, "table `ctdc-vp` describes no inbound form; choose another table");
}

#[test]
fn missing_means_for_an_adult_is_a_warning_and_for_a_child_is_none() {
    let xml = |born: &str| {
        format!(
            "<KrivicnaPrijava datum='05.03.2024.'><KrivicnoDelo clan='388' stav='1'/><Radnja>ПРЕВОЗ</Radnja>\
             <Cilj>ПРОСЈАЧЕЊЕ</Cilj><VremeOd>01.02.2024.</VremeOd><Lice uloga='ОШТЕЋЕНИ'><DatumRodjenja>{born}</DatumRodjenja></Lice></KrivicnaPrijava>"
        )
    };
    let codes = |born: &str| {
        let report = one(MUP, xml(born).as_bytes()).report;
        report.warnings.iter().map(|w| (w.code, w.path.clone())).collect::<Vec<_>>()
    };
    assert_eq!(codes("15.06.1985."), [("W-MEANS", "x_Means".to_owned())]);
    assert_eq!(codes("15.06.2008."), []);
}
