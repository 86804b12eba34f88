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
