//! What stands beside the elements of a document changes no value, and goes nowhere without a word.

use super::{MUP, one};

const FORM: &str = "<KrivicnaPrijava broj=\"KU-1/24\" datum=\"05.03.2024.\">\n<Lice uloga=\"СВЕДОК\">\n\
<Prezime>Пример</Prezime></Lice>\n<Napomena>први ред\nдруги ред</Napomena>\n</KrivicnaPrijava>";

#[test]
fn the_line_ends_of_an_editor_change_no_record() {
    let members = |text: &str| {
        let mut members = one(MUP, text.as_bytes()).record.into_members();
        // The digest of the source is of its bytes.
        members.remove("x_Source");
        members
    };
    let plain = members(FORM);
    assert_eq!(plain["cco_CaseComment"][0], "први ред\nдруги ред");
    for ends in ["\r\n", "\r"] {
        assert_eq!(members(&FORM.replace('\n', ends)), plain, "{ends:?}");
    }
    // A carriage return that somebody wrote as a reference is one.
    let written = members(&FORM.replace("ред\n", "ред&#13;"));
    assert_eq!(written["cco_CaseComment"][0], "први ред\rдруги ред");
}

#[test]
fn comments_and_instructions_are_told_wherever_they_stand() {
    for (aside, name) in
        [("<!-- видети досије -->", "comment()"), ("<?nota videti dosije?>", "processing-instruction()")]
    {
        let inside = FORM.replace("<Napomena>", &format!("{aside}<Napomena>"));
        for text in [format!("{aside}{FORM}"), format!("{FORM}{aside}"), inside] {
            let report = one(MUP, text.as_bytes()).report;
            assert_eq!(report.unmapped, [name], "{text}");
            assert!(report.partial);
        }
    }
}

#[test]
fn an_element_inside_a_text_keeps_its_words_apart() {
    for element in ["<br/>", "<b></b>", "<br />"] {
        let text = FORM.replace("Пример", &format!("Пример{element}Други"));
        let person = &one(MUP, text.as_bytes()).record.into_members()["x_Persons"][0];
        assert_eq!(person["prs_SecondName"], "Primer Drugi", "{element}");
    }
}

#[test]
fn what_names_a_schema_says_nothing_of_the_case() {
    let about = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:a a.xsd\" \
                 xsi:noNamespaceSchemaLocation=\"a.xsd\"";
    let text = FORM.replace("<KrivicnaPrijava", &format!("<KrivicnaPrijava {about}"));
    let text = text.replace("</Lice>", "<Ime xsi:nil=\"true\"/></Lice>");
    assert_eq!(one(MUP, text.as_bytes()).report.unmapped, [""; 0]);
    // The same names of another namespace may say anything.
    let other = text.replace("http://www.w3.org/2001/XMLSchema-instance", "urn:other");
    assert_eq!(one(MUP, other.as_bytes()).report.unmapped.len(), 3);
}
