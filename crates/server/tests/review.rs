//! Reviews at the command line.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

mod shell;

use shell::{Shell, json, text};

const FLEET: &str = "name,ip,component,dc,environment,group,state,tags\n\
                     db1,10.0.0.1,database,iad1,production,core,active,a|b\n\
                     db2,10.0.0.2,database,fra1,production,core,active,c\n";

/// A register with two servers, somebody who asks and two who decide.
fn with_people() -> Shell {
    let shell = Shell::new();
    shell.write("fleet.csv", FLEET);
    shell.ok("import server fleet.csv --create-missing");
    shell.ok("user add rita --group requesters");
    for name in ["bob", "carl"] {
        shell.ok(&format!("user add {name} --group reviewers"));
    }
    shell
}

/// Has rita ask for a change of db1, and gives its number.
fn ask(shell: &Shell, row: &str) -> String {
    shell.write("change.csv", &format!("name,{row}"));
    let told = shell.ok("import server change.csv --as rita");
    let number = told.strip_prefix("Change request ").unwrap().split(' ').next().unwrap();
    number.to_owned()
}

#[test]
fn what_is_imported_in_somebodys_name_waits_for_a_review() {
    let shell = with_people();
    let number = ask(&shell, "state,tags\ndb1,failed,a|c\n");
    let listed = shell.ok("review list");
    assert!(listed.contains("Change server db1") && listed.contains("rita"), "{listed}");
    let shown = shell.ok(&format!("review show {number}"));
    for line in ["    - active\n    + failed\n", "      a\n", "    - b\n", "    + c\n"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(!shown.contains('\u{1b}'), "no colours in a file");
    let told = shell.ok(&format!("review approve {number} --as bob --yes"));
    assert!(told.contains("is approved: commit 2."), "{told}");
    let exported = shell.ok("export server --format csv --filter name=db1");
    assert!(exported.contains("failed"), "{exported}");
    assert_eq!(shell.ok("review list"), "No change requests.\n");
    let history = json(&shell.ok("history list --limit 1 --json"));
    assert_eq!(history[0]["actor"]["user"], "rita");
    assert_eq!(history[0]["approved_by"][0], "bob");
    // What whoever holds the database imports goes past the review, marked, with the file's name.
    let first = json(&shell.ok("history list --commit 1 --type server --json"));
    assert_eq!(first[0]["bypass"], true);
    assert_eq!(first[0]["reason"], "import of fleet.csv");
}

#[test]
fn nothing_is_decided_unseen() {
    let shell = with_people();
    let number = ask(&shell, "state\ndb1,failed\n");
    let told = shell.fails(&format!("review approve {number} --as bob"), 2);
    assert!(told.contains("--etag"), "{told}");
    let shown = shell.ok(&format!("review show {number}"));
    let tag = shown.rsplit("etag: ").next().unwrap().trim().to_owned();
    // Somebody changes the very field past the review.
    shell.write("other.csv", "name,state\ndb1,retired\n");
    shell.ok("import server other.csv");
    let told = shell.fails(&format!("review approve {number} --as bob --etag {tag}"), 1);
    assert!(told.contains("not what you were shown"), "{told}");
    let shown = shell.ok(&format!("review show {number}"));
    assert!(shown.contains("state: conflict") && shown.contains("theirs retired"), "{shown}");
    let told = shell.fails(&format!("review approve {number} --as bob --yes"), 1);
    assert!(told.contains("can't be applied as it is"), "{told}");
    let told = shell.fails(&format!("review reject {number} --as bob --yes"), 1);
    assert!(told.contains("say why"), "{told}");
    let reject = format!("review reject {number} --as carl --yes --comment no --json");
    let told = json(&shell.ok(&reject));
    assert_eq!(told["state"], "rejected");
    assert_eq!(told["timeline"][1]["comment"], "no");
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let shell = with_people();
    let number = ask(&shell, "state\ndb1,failed\n");
    for (line, code, words) in [
        (format!("review approve {number} --as rita --yes"), 1, "their own change request"),
        (format!("review approve {number} --as nobody --yes"), 1, "no such user"),
        ("review show 99".to_owned(), 1, "there is no change request 99"),
        ("review list --state gone".to_owned(), 2, "there is no state gone"),
        ("review list --type servr".to_owned(), 2, "did you mean server?"),
        ("review list --record 3".to_owned(), 2, "--type"),
    ] {
        let told = shell.fails(&line, code);
        assert!(told.contains(words), "{line}: {told}");
    }
    let awaiting = |user: &str| text(&shell.run(&format!("review list --awaiting {user}")).stdout);
    assert!(awaiting("bob").contains("db1"));
    assert_eq!(awaiting("rita"), "No change requests.\n");
}
