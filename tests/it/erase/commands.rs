//! The officer's commands, at three in the morning.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use super::*;
use crate::world::casebridge;

/// Runs a command with something on its standard input: whether it ended well, and what it said.
fn run(config: &Path, args: &[&str], input: &str) -> (bool, String) {
    let mut command = casebridge();
    command.args(args).arg("--config").arg(config);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_withdraws_looks_and_the_partners_officer_certifies() {
    // Commands go by the machine's clock.
    let mut scene = Scene { world: World::with(agreed()).await, clock: Clock::system() };
    let id = scene.disclosed(|_| {}).await;
    let folder = scene.world.trial.folder().to_owned();
    let (rs, si) = (folder.join("rs/gateway.toml"), folder.join("si/gateway.toml"));
    let order = ["consent", "withdraw", "--agency", "rs/mup", "--case", "-", "--author", "officer-1"];
    let (good, said) = run(&rs, &order, &format!("{CASE}\n"));
    assert!(good && said.contains(&format!("erase     {id} at si/policija: told by ")), "{said}");
    assert!(!said.contains(CASE) && !said.contains(PERSON), "{said}");
    scene.world.si.until(erased(id)).await;
    let (good, said) = run(&rs, &["erasures", "--agency", "rs/mup"], "");
    assert!(good && said.contains(&format!("told      {id} at si/policija, since ")), "{said}");
    assert!(said.contains("the partner's certificate is awaited until "), "{said}");

    let (good, said) = run(&si, &["inbox", "--agency", "si/policija"], "");
    assert!(good && said.contains(&format!("delete    {id} from rs/mup, since ")), "{said}");
    assert!(said.contains(&format!("--certify {id}")), "{said}");
    let read = ["inbox", "--agency", "si/policija", "--read", &id.to_string(), "--reader", "officer-5"];
    let (good, said) = run(&si, &read, "");
    assert!(!good && said.contains("was erased here on "), "{said}");
    let certify =
        ["erasures", "--agency", "si/policija", "--certify", &id.to_string(), "--author", "officer-5"];
    let (good, said) = run(&si, &certify, "");
    assert!(good && said.starts_with("sent "), "{said}");
    scene.world.rs.until(certified(id)).await;
    for (config, agency) in [(&rs, "rs/mup"), (&si, "si/policija")] {
        let (good, said) = run(config, &["erasures", "--agency", agency], "");
        assert!(good && said.starts_with("nothing of "), "{said}");
    }
    // Nothing found may mean a mistyped number: no good end.
    let (good, said) = run(&rs, &order, CASE);
    assert!(
        !good && said.starts_with("nothing   more to erase") && said.contains("compare the number"),
        "{said}"
    );
    scene.end().await;
}
