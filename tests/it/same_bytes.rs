//! The same record under the same tables gives the same bytes, in every process.

use crate::world::casebridge;

#[test]
fn every_sample_translates_to_the_same_bytes_in_another_process() {
    let samples = [
        ("rs-mup", "rs-mup.xml"),
        ("rs-mup", "rs-mup-spontaneous.xml"),
        ("rs-jt", "rs-jt.csv"),
        ("rs-minrzs", "rs-minrzs.json"),
        ("rs-cztlj", "rs-cztlj.xml"),
        ("si-policija", "si-odgovor.json"),
        ("at-bk", "at-bk.xml"),
        ("ctdc-global", "ctdc-global.csv"),
        ("ctdc-synthetic", "ctdc-synthetic.csv"),
        ("htcds-survey", "htcds-survey.xml"),
    ];
    for (profile, sample) in samples {
        let translate = || {
            let file = format!("config/samples/{sample}");
            let output =
                casebridge().args(["translate", "--json", "--profile", profile, &file]).output().unwrap();
            assert!(output.status.success(), "{sample}");
            output.stdout
        };
        let first = translate();
        assert!(!first.is_empty());
        assert!((0..4).all(|_| translate() == first), "{sample}");
    }
}
