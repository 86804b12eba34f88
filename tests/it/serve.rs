//! `casebridge serve`: finds every mistake before it starts, and stops when told.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use casebridge::app::trial::write_folder;

use crate::world::casebridge;

#[test]
fn every_mistake_is_told_with_file_and_line_before_a_port_opens() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), 18443, 18444).unwrap();
    let rs = folder.path().join("rs");
    let config = rs.join("gateway.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replacen("listen =", "lisen =", 1).replacen("\"rs-jt\"", "\"rs-jtt\"", 1))
        .unwrap();
    std::fs::write(rs.join("keys/si-policija.pgp"), "not a certificate").unwrap();
    std::fs::remove_file(rs.join("keys/at.crl")).unwrap();
    let policy = rs.join("policies/si/policija.cedar");
    let rules = std::fs::read_to_string(&policy).unwrap();
    std::fs::write(&policy, rules + "\npermit (principal, action, resource;\n").unwrap();
    let output = casebridge().args(["serve", "--config"]).arg(&config).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    let told = String::from_utf8(output.stderr).unwrap();
    for expected in [
        "gateway.toml:6: ",
        "lisen",
        "gateway.toml:",
        "rs-jtt",
        "si.toml:",
        "si-policija.pgp",
        "at.toml:",
        "at.crl",
        "policija.cedar:",
    ] {
        assert!(told.contains(expected), "`{expected}` is not in:\n{told}");
    }
    assert!(!rs.join("casebridge.db").exists(), "nothing was written");
}

#[test]
fn sigterm_ends_it_with_success_after_the_drain() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    write_folder(folder.path(), port, 1).unwrap();
    let config = folder.path().join("rs/gateway.toml");
    let mut child =
        casebridge().args(["serve", "--config"]).arg(&config).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut told = Vec::new();
    for line in lines {
        let line = line.unwrap();
        let started = line.contains("gateway started");
        told.push(line);
        if started {
            let pid = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert!(status.success(), "{told:#?}");
    assert!(told.last().unwrap().contains("stopped"), "{told:#?}");
    assert!(!told.concat().contains('\u{1b}'), "no colours where nobody sees them: {told:#?}");
}

#[test]
fn sighup_with_a_bad_configuration_keeps_the_old_one_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    write_folder(folder.path(), port, 1).unwrap();
    let config = folder.path().join("rs/gateway.toml");
    let good = std::fs::read_to_string(&config).unwrap();
    let mut child =
        casebridge().args(["serve", "--config"]).arg(&config).stderr(Stdio::piped()).spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    let signal = |signal| rustix::process::kill_process(pid, signal).unwrap();
    let mut told = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        told.push_str(&line);
        told.push('\n');
        if line.contains("gateway started") {
            std::fs::write(&config, good.replacen("listen =", "lisen =", 1)).unwrap();
            signal(rustix::process::Signal::HUP);
        } else if line.contains("the old configuration stays in force") {
            std::fs::write(&config, &good).unwrap();
            signal(rustix::process::Signal::HUP);
        } else if line.contains("new configuration in force") {
            signal(rustix::process::Signal::TERM);
        }
    }
    assert!(child.wait().unwrap().success(), "{told}");
    for expected in
        ["lisen", "nothing was changed", "the old configuration stays in force", "new configuration"]
    {
        assert!(told.contains(expected), "`{expected}` is not in:\n{told}");
    }
    assert!(!told.contains("nothing was started"), "{told}");
}

#[test]
fn the_commands_of_the_trial_run_against_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), 18445, 18446).unwrap();
    let config = folder.path().join("rs/gateway.toml");
    let run = |arguments: &[&str]| {
        let output = casebridge().args(arguments).arg("--config").arg(&config).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code(), told)
    };
    let questions = folder.path().join("questions.txt");
    std::fs::write(&questions, "Known?\nSince when?\n").unwrap();
    let (code, told) = run(&["check"]);
    assert_eq!(code, Some(0), "{told}");
    let send = [
        "submit",
        "--from",
        "rs/mup",
        "--to",
        "si/policija",
        "--kind",
        "victim_identification_support",
        "--purpose",
        "victim_identification",
        "--legal-basis",
        "PCC-SEE-4",
        "--author",
        "officer-1",
        "--questions",
        questions.to_str().unwrap(),
        "config/samples/rs-mup.xml",
    ];
    let with = |file: &str, text: &[u8]| {
        let path = folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap();
        run(&send.map(|argument| if argument == questions.to_str().unwrap() { path } else { argument }))
    };
    let (code, told) = with("gap.txt", b"Known?\n\nSince when?\n");
    assert_eq!((code == Some(0), told.contains("gap.txt:2: the line is empty")), (false, true), "{told}");
    let (code, told) = with("long.txt", &vec![b'x'; (64 << 10) + 1]);
    assert_eq!((code == Some(0), told.contains("longer than 65536 bytes")), (false, true), "{told}");
    let (code, told) = run(&send);
    assert_eq!(code, Some(0), "{told}");
    let id = told.split_whitespace().nth(1).unwrap();
    let (code, told) = run(&["inbox", "--agency", "rs/mup", "--status", id]);
    assert_eq!((code, told.contains("waits for delivery")), (Some(0), true), "{told}");
    let refused = [
        "submit",
        "--from",
        "rs/mup",
        "--to",
        "si/policija",
        "--kind",
        "jit_setup",
        "--purpose",
        "investigation",
        "--legal-basis",
        "PCC-SEE-4",
        "--author",
        "officer-1",
    ];
    let (code, told) = run(&refused);
    assert_eq!((code, told.contains("kind-not-agreed")), (Some(1), true), "{told}");
}
