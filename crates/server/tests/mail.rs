//! The program sends mail to a real server about what becomes of a change request.
//!
//! `cargo xtask test --only mail` starts one.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

mod shell;

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use shell::Shell;

/// The first mail that the server took for somebody.
fn received(to: &str) -> String {
    let folder = PathBuf::from(std::env::var("TEST_SMTP_FOLDER").unwrap()).join(to);
    std::fs::read_to_string(folder.join("1.json")).unwrap()
}

#[test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
fn a_decision_is_told_by_mail() {
    let shell = Shell::new();
    let url = std::env::var("TEST_SMTP_URL").unwrap();
    shell.write(
        "domesday.toml",
        &format!(
            "[http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://domesday.example.org\"\n\
             [mail]\nurl = \"{url}\"\nfrom = \"Domesday <domesday@example.org>\"\n"
        ),
    );
    shell.write(
        "fleet.csv",
        "name,ip,component,dc,environment,group,state\ndb1,10.0.0.1,a,b,c,d,active\n",
    );
    shell.ok("import server fleet.csv --create-missing");
    let email = "rita.of.the.register@example.org";
    shell.ok(&format!("user add rita --group requesters --email {email}"));
    shell.ok("user add bob --group reviewers");
    shell.write("change.csv", "name,state\ndb1,failed\n");
    shell.ok("import server change.csv --as rita");
    shell.ok("review approve 1 --as bob --yes --comment fine");
    let mut serving =
        shell.command("serve").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let log = BufReader::new(serving.stderr.take().unwrap());
    let sent = log.lines().map_while(Result::ok).any(|line| line.contains("a notice was sent"));
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert!(sent, "the log ended");
    let mail = received(email);
    for part in ["Change server db1", "bob approved it", "fine", "/change-requests/1/"] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
}
