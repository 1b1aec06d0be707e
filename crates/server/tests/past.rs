//! The commands that look at the past, and go back to it.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

mod shell;

use serde_json::{Value, json};
use shell::{Shell, json, text};

/// Two servers (commit 1), of which one fails and loses a tag (2) and the other goes (3).
fn lived() -> Shell {
    let shell = Shell::new();
    shell.write(
        "fleet.csv",
        "name,ip,component,dc,environment,group,state,tags\n\
         db1,10.0.0.1,database,iad1,production,core,active,a|b\n\
         db2,10.0.0.2,database,fra1,production,core,active,\n",
    );
    shell.ok("import server fleet.csv --create-missing --reason new");
    shell.write("new.csv", "name,state,tags\ndb1,failed,b\n");
    shell.ok("import server new.csv --reason disk");
    shell.ok("revert commit 2");
    shell
}

/// The lines of an answer, without the times in them.
fn lines(answer: &str) -> Vec<String> {
    let is_time = |word: &&str| word.len() == 27 && word.ends_with('Z');
    let line =
        |line: &str| line.split(' ').filter(|word| !is_time(word)).collect::<Vec<_>>().join(" ");
    answer.lines().map(line).collect()
}

#[test]
fn history_is_listed_newest_first() {
    let shell = lived();
    assert_eq!(
        lines(&shell.ok("history list --type server --limit 3")),
        [
            "3   system:cli  Updated server 1 db1: Revert of commit 2",
            "  state: \"failed\" -> \"active\"",
            "  tags: +a",
            "2   system:cli  Updated server 1 db1: disk",
            "  state: \"active\" -> \"failed\"",
            "  tags: -a",
            "1   system:cli  Added server 2 db2: new",
        ]
    );
    for (line, count) in [
        ("history list --type servers --id 2", 1),
        ("history list --after 1", 2),
        ("history list --commit 2", 1),
        ("history list --before 2 --type tag", 2),
        ("history list --actor nobody", 0),
        ("history list --origin cli --field state --type server", 4),
        ("history list --search disk", 1),
    ] {
        let entries = json(&shell.ok(&format!("{line} --json")));
        assert_eq!(entries.as_array().unwrap().len(), count, "{line}: {entries}");
    }
    let entry = json(&shell.ok("history list --limit 1 --json"))[0].clone();
    assert_eq!((&entry["commit"], &entry["change"]), (&json!(3), &json!("~")));
    assert_eq!(entry["fields"]["state"], json!({"before": "failed", "after": "active"}));
    assert!(shell.fails("history list --type serve", 2).contains("did you mean server?"));
    assert!(
        shell.fails("history list --after soon", 2).contains("--after: Give a commit's number")
    );
    assert!(shell.fails("history list --id 1", 2).contains("--type"));
}

#[test]
fn a_history_that_was_altered_is_told_by_its_first_wrong_commit() {
    let shell = lived();
    let told = shell.ok("history verify");
    let hash = told.trim_end().strip_prefix("The history fits: 3 commits, the last ").unwrap();
    let hash = hash.strip_suffix('.').unwrap();
    let fits = json(&shell.ok(&format!("history verify --expect 3:{hash} --json")));
    assert_eq!(fits, json!({"fits": true, "commits": 3, "hash": hash}));
    let other = "0".repeat(64);
    assert_eq!(
        shell.fails(&format!("history verify --expect 2:{other}"), 1),
        "error: the history does not fit, first at commit 2: it has another hash than the expected one\n"
    );
    assert!(shell.fails("history verify --expect 2", 2).contains("17:9f86d0"));
    let later = shell.fails(&format!("history verify --expect 4:{hash}"), 1);
    assert!(later.contains("first at commit 4: it is gone"), "{later}");
    shell.alter("domesday.sqlite3", "disk", "disc");
    assert_eq!(
        shell.fails("history verify", 1),
        "error: the history does not fit, first at commit 2: its content is not what was committed\n"
    );
    let output = shell.run("history verify --json");
    assert_eq!(output.status.code(), Some(1));
    let told = json(&text(&output.stdout));
    assert_eq!((&told["fits"], &told["commit"]), (&json!(false), &json!(2)));
    assert_eq!(told["reason"], "its content is not what was committed");
}

#[test]
fn old_history_is_folded_and_the_rest_stays() {
    let shell = lived();
    assert_eq!(shell.ok("history fold --keep 3y"), "There is nothing to fold.\n");
    let would = shell.ok("history fold --before 3 --dry-run");
    assert_eq!(would, "Would fold 2 commits up to 2, with 10 changes.\n");
    let nothing = json(&shell.ok("history fold --keep 1d --json"));
    assert_eq!(
        nothing,
        json!({"to": null, "commits": 0, "changes": 0, "commit": null, "held_by": null})
    );
    let folded = shell.ok("history fold --before 3");
    assert_eq!(folded, "Folded 2 commits up to 2, with 10 changes.\nCommit 4.\n");
    shell.ok("history verify");
    assert_eq!(
        lines(&shell.ok("history list --type server --id 1")),
        [
            "3   system:cli  Updated server 1 db1: Revert of commit 2",
            "  state: \"failed\" -> \"active\"",
            "  tags: +a",
            "2   system:cli  Folded server 1 db1",
        ]
    );
    let gone = shell.fails("diff --from 1", 1);
    assert!(gone.contains("the history before commit 2 has been folded"), "{gone}");
    assert!(shell.fails("history fold --keep 3m", 2).contains("give a day or more"));
    assert!(shell.fails("history fold", 2).contains("--keep"));
    assert!(shell.fails("history fold --keep 3y --before 2", 2).contains("cannot be used with"));
}

#[test]
fn a_difference_is_told_between_any_two_moments() {
    let shell = lived();
    assert_eq!(
        shell.ok("diff server --from 1 --to 2"),
        "~ server 1 db1\n  state: \"active\" -> \"failed\"\n  tags: -a\n"
    );
    assert_eq!(shell.ok("diff --from 1"), "");
    let all = shell.ok("diff --from yesterday");
    assert_eq!(all.lines().count(), 9, "{all}");
    assert!(all.starts_with("+ server 1 db1\n+ server 2 db2\n"), "{all}");
    let one = json(&shell.ok("diff servers --from 0 --filter dc__name=fra1 --json"));
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!((&one[0]["change"], &one[0]["display"]), (&json!("+"), &json!("db2")));
    assert_eq!(shell.ok("diff server --from 0 --search db2").lines().count(), 1);
    assert!(shell.fails("diff", 2).contains("--from"));
    assert!(shell.fails("diff --from 0 --filter name=x", 2).contains("TYPE"));
    assert!(shell.fails("diff --from 99", 1).contains("There is no commit 99 yet"));
}

#[test]
fn an_export_may_be_of_any_moment() {
    let shell = lived();
    let states = |line: &str| -> Vec<String> {
        let rows = shell.ok(line);
        rows.lines().map(|row| json(row)["state"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states("export server --format jsonl"), ["active", "active"]);
    assert_eq!(states("export server --format jsonl --as-of 2"), ["failed", "active"]);
    assert_eq!(shell.ok("export server --as-of 0").lines().count(), 1);
    assert!(shell.fails("export server --as-of soon", 2).contains("--as-of: "));
}

#[test]
fn changes_are_taken_back_where_nothing_stands_in_the_way() {
    let shell = lived();
    assert_eq!(shell.ok("revert commit 2"), "There was nothing to take back.\n");
    let back = shell.ok("revert record server 1 --to-revision 2 --reason again");
    assert_eq!(back, "Added 0, updated 1, deleted 0.\nCommit 4.\n");
    let again = json(&shell.ok("revert record servers 1 --to-revision 2 --json"));
    assert_eq!(again, json!({"commit": Value::Null, "changes": 0}));
    shell.write("later.csv", "name,state\ndb1,retired\n");
    shell.ok("import server later.csv");
    assert_eq!(
        shell.fails("revert commit 4", 1),
        "server 1, state: It has changed since, from \"failed\" to \"retired\".\n\
         error: nothing was taken back: something else has changed since\n"
    );
    assert!(shell.fails("revert commit 99", 1).contains("there is no such commit"));
    assert!(shell.fails("revert record server 1 --to-revision 9", 1).contains("no such revision"));
    assert!(shell.fails("revert record serve 1 --to-revision 9", 2).contains("server"));
}
