//! Bad records at the door: one clear error each, nothing stored or sent, memory bounded.

use std::io::Write;
use std::path::Path;
use std::process::Output;

use crate::world::casebridge;

/// Address space that any bad file must do with, in KiB: a 200-MB file cannot be in memory.
const MEMORY: u32 = 700_000;

fn translate(profile: &str, file: &Path) -> Output {
    let program = casebridge();
    std::process::Command::new("bash")
        .arg("-c")
        .arg(format!("ulimit -v {MEMORY}; exec \"$0\" translate --profile {profile} \"$1\""))
        .arg(program.get_program())
        .arg(file)
        .output()
        .unwrap()
}

/// The error is on one line, names the file, and tells the place and the remedy that are expected.
fn refused(profile: &str, name: &str, content: &[u8], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    let output = translate(profile, &file);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{name}: {told}");
    assert!(output.stdout.is_empty(), "{name}: a record came out");
    let error = told.lines().next().unwrap_or_default();
    assert!(error.contains(name), "{name}: the file is not named in `{error}`");
    for part in expected {
        assert!(error.contains(part), "{name}: `{part}` is not in `{error}`");
    }
    assert!(!told.contains("panicked"), "{told}");
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples").join(name)).unwrap()
}

#[test]
fn malformed_xml_is_refused_at_its_line() {
    let text = String::from_utf8(sample("rs-mup.xml")).unwrap();
    let broken = text.replacen("</Lice>", "</Lica>", 1);
    refused("rs-mup", "broken.xml", broken.as_bytes(), &["line "]);
}

#[test]
fn a_csv_in_the_wrong_encoding_is_refused_and_the_encoding_named() {
    let bytes = sample("rs-jt.csv");
    let (text, _, _) = encoding_rs::WINDOWS_1250.decode(&bytes);
    refused("rs-jt", "utf8.csv", text.as_bytes(), &["UTF-8"]);
}

#[test]
fn json_with_a_duplicate_key_is_refused_at_its_line() {
    let text = String::from_utf8(sample("rs-minrzs.json")).unwrap();
    let twice = text.replacen('{', "{\n\"predmetBroj\": \"X\",", 1);
    refused("rs-minrzs", "twice.json", twice.as_bytes(), &["line ", "predmetBroj"]);
}

#[test]
fn a_wrong_check_digit_is_refused_by_path_and_the_number_not_shown() {
    let text = String::from_utf8(sample("rs-mup.xml")).unwrap();
    let place = text.find("<JMBG>").unwrap() + "<JMBG>".len();
    let number = &text[place..place + 13];
    let last = number.as_bytes()[12] - b'0';
    let wrong = format!("{}{}", &number[..12], (last + 1) % 10);
    let broken = text.replacen(number, &wrong, 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jmbg.xml");
    std::fs::write(&file, broken).unwrap();
    let output = translate("rs-mup", &file);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("JMBG") && told.contains("jmbg.xml"), "{told}");
    assert!(!told.contains(&wrong), "the number is shown: {told}");
}

#[test]
fn an_unknown_code_is_kept_and_reported() {
    let text = String::from_utf8(sample("rs-mup.xml")).unwrap();
    let place = text.find("<Radnja>").unwrap();
    let odd = format!("{}<Radnja>НЕПОЗНАТО</Radnja>{}", &text[..place], &text[place..]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.xml");
    std::fs::write(&file, odd).unwrap();
    let output = translate("rs-mup", &file);
    let (record, told) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{told}");
    assert!(record.contains("x_Unmapped") && record.contains("НЕПОЗНАТО"));
    assert!(told.contains("partial") && told.contains("Radnja"), "{told}");
}

#[test]
fn nesting_of_ten_thousand_is_refused() {
    let xml = format!("<KrivicnaPrijava>{}{}</KrivicnaPrijava>", "<a>".repeat(10_000), "</a>".repeat(10_000));
    refused("rs-mup", "deep.xml", xml.as_bytes(), &["deep"]);
    let json = format!("{{\"predmetBroj\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    refused("rs-minrzs", "deep.json", json.as_bytes(), &["deep"]);
}

#[test]
fn a_file_of_two_hundred_megabytes_is_refused_within_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    for (profile, name, head, filler) in [
        ("rs-mup", "huge.xml", "<KrivicnaPrijava>", "<a>filler</a>\n"),
        ("rs-minrzs", "huge.json", "{\"predmetBroj\":\"", "filler filler"),
        ("rs-jt", "huge.csv", "UPISNIK;BROJ", ";filler"),
    ] {
        let file = folder.path().join(name);
        let mut out = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
        out.write_all(head.as_bytes()).unwrap();
        let chunk = filler.repeat(1 << 14);
        for _ in 0..(200 << 20) / chunk.len() {
            out.write_all(chunk.as_bytes()).unwrap();
        }
        out.flush().unwrap();
        drop(out);
        let output = translate(profile, &file);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {told}");
        assert!(told.contains(name), "{told}");
        std::fs::remove_file(&file).unwrap();
    }
}
