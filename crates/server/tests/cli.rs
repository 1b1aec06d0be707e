//! The program as people run it: what it prints, where, and how it ends.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

mod shell;

use shell::{Shell, json, text};

const FLEET: &str = "name,ip,component,dc,environment,group,state,tags\n\
                     db1,10.0.0.1,database,iad1,production,core,active,a|b\n\
                     db2,10.0.0.2,database,fra1,production,core,active,\n";

#[test]
fn what_is_asked_wrongly_ends_with_two() {
    let shell = Shell::new();
    assert!(shell.fails("", 2).contains("Usage: domesday"));
    assert!(shell.fails("srve", 2).contains("serve"));
    assert!(shell.fails("import server x.csv --delimiter ab", 2).contains("give one character"));
    assert!(shell.fails("export servr", 2).contains("did you mean server?"));
    assert!(shell.fails("export server --filter nmae=x", 2).contains("nmae"));
    assert!(shell.fails("token create --user a --expires soon", 2).contains("12h or 90d"));
    assert!(shell.fails("token create --user=", 2).contains("give a name"));
    assert!(shell.fails("config show --config nowhere.toml", 2).contains("nowhere.toml"));
}

#[test]
fn a_fleet_is_the_same_for_the_same_seed() {
    let shell = Shell::new();
    let fleet = shell.ok("fleet generate 50 --seed 3");
    assert_eq!(fleet.lines().count(), 51);
    shell.ok("fleet generate 50 --seed 3 --output fleet.csv");
    assert_eq!(shell.read("fleet.csv"), fleet);
    assert_ne!(shell.ok("fleet generate 50 --seed 4"), fleet);
}

#[test]
fn a_file_goes_in_and_comes_out_and_goes_in_as_nothing_new() {
    let shell = Shell::new();
    shell.write("fleet.csv", FLEET);
    assert_eq!(
        shell.ok("import server fleet.csv --create-missing --dry-run"),
        "Would add 2, update 0 and leave 0 alone.\n\
         Would make what was missing: component 1, dc 2, environment 1, tag 2, group 1.\n"
    );
    assert_eq!(
        shell.ok("import server fleet.csv --create-missing"),
        "Added 2, updated 0, left 0 alone.\n\
         Made what was missing: component 1, dc 2, environment 1, tag 2, group 1.\n\
         Commit 1.\n"
    );
    for format in ["csv", "jsonl", "json", "yaml"] {
        shell.ok(&format!("export server --format {format} --output out.{format}"));
        assert_eq!(
            shell.ok(&format!("import server out.{format}")),
            "Added 0, updated 0, left 2 alone.\n"
        );
    }
    let one = shell.ok("export servers --filter dc__name=fra1 --format jsonl");
    assert_eq!(one.lines().count(), 1);
    assert!(one.contains("\"name\":\"db2\""), "{one}");
    shell.write("new.csv", "name,state\ndb1,failed\n");
    assert_eq!(
        shell.ok("import server new.csv --dry-run"),
        "Would add 0, update 1 and leave 0 alone.\n\
         line 2, db1:\n  state: \"active\" -> \"failed\"\n"
    );
}

#[test]
fn an_export_goes_into_another_register_by_its_keys() {
    let shell = Shell::new();
    shell.write("tags.csv", "name\na\nb\n");
    shell.ok("import tag tags.csv");
    shell.ok("export tag --output out.csv");
    let other = "--database sqlite:other.sqlite3";
    shell.write("first.csv", "name\nb\n");
    shell.ok(&format!("import tag first.csv {other}"));
    assert_eq!(
        shell.ok(&format!("import tag out.csv --map id= {other}")),
        "Added 1, updated 0, left 1 alone.\nCommit 2.\n"
    );
}

#[test]
fn bad_rows_refuse_the_file_or_are_left_out_and_written_down() {
    let shell = Shell::new();
    shell.write("fleet.csv", &FLEET.replace("10.0.0.2", "nonsense"));
    let told = shell.fails("import server fleet.csv --create-missing", 1);
    assert_eq!(
        told,
        "line 3: ip: Enter a valid IPv4 or IPv6 address.\n\
         error: nothing was imported, bad rows: 1; mend them, or leave them out with --skip-bad\n"
    );
    let report = shell.ok("import server fleet.csv --create-missing --skip-bad --json");
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["added"], 1);
    assert_eq!(report["skipped"][0]["place"], "line 3");
    assert_eq!(
        shell.read("fleet.bad.csv"),
        "import_place,import_reason,name,ip,component,dc,environment,group,state,tags\n\
         line 3,ip: Enter a valid IPv4 or IPv6 address.,db2,nonsense,database,fra1,production,\
         core,active,\n"
    );
}

#[test]
fn a_file_that_is_not_there_is_told_in_a_sentence() {
    let shell = Shell::new();
    let told = shell.fails("import server nowhere.csv", 1);
    assert_eq!(told, "error: nowhere.csv can't be read: No such file or directory (os error 2)\n");
}

#[test]
fn tokens_are_made_listed_and_ended() {
    let shell = Shell::new();
    let told = shell.fails("token create --user alice", 1);
    assert!(told.contains("`domesday user add alice`"), "{told}");
    shell.ok("user add alice --group operators");
    let secret = shell.ok("token create --user alice --name laptop --expires 90d");
    assert!(secret.starts_with("domesday_") && secret.len() > 40, "{secret}");
    let listed = shell.ok("token list");
    assert!(listed.contains("alice") && listed.contains("laptop"), "{listed}");
    assert!(!listed.contains(secret.trim()), "{listed}");
    let listed: serde_json::Value = serde_json::from_str(&shell.ok("token list --json")).unwrap();
    let id = &listed[0]["id"];
    let ended: serde_json::Value =
        serde_json::from_str(&shell.ok(&format!("token revoke {id} --json"))).unwrap();
    assert_eq!(ended, serde_json::json!({ "id": id, "ended": true }));
    assert!(shell.fails(&format!("token revoke {id}"), 1).contains("there is no token"));
}

#[test]
fn the_configuration_is_shown_with_its_sources_and_without_secrets() {
    let shell = Shell::new();
    shell.write("domesday.toml", "[http]\nlisten = \"127.0.0.1:9999\"\n");
    let output = shell
        .command("config show --database postgres://a:s3cret@h/d")
        .env("DOMESDAY_LOG__FORMAT", "json")
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    let line = |key: &str| {
        let line = shown.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("http.listen"), "http.listen 127.0.0.1:9999 domesday.toml:2");
    assert_eq!(line("log.format"), "log.format json DOMESDAY_LOG__FORMAT");
    assert_eq!(line("database.url"), "database.url postgres://a:***@h/d --database");
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_wrong_configuration_tells_all_its_faults() {
    let shell = Shell::new();
    shell.write("domesday.toml", "[http]\nlisen = 1\n[log]\nformat = \"xml\"\n");
    let told = shell.fails("config show", 2);
    assert!(
        told.contains("domesday.toml:2: there is no key http.lisen; did you mean http.listen?")
    );
    assert!(told.contains("domesday.toml:4: log.format takes text or json, not \"xml\""), "{told}");
}

#[test]
fn a_mistyped_log_level_is_no_part_of_the_program() {
    let shell = Shell::new();
    let with_level = |level: &str| {
        shell.command("config show").env("DOMESDAY_LOG__LEVEL", level).output().unwrap()
    };
    let output = with_level("inof");
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(
        told.contains(
            "DOMESDAY_LOG__LEVEL: log.level takes error, warn, info, debug or trace, and for \
             parts such as info,sql=debug, not \"inof\"; did you mean info?"
        ),
        "{told}"
    );
    assert!(with_level("info,sql=debug").status.success());
}

#[test]
fn a_schema_is_checked_planned_and_applied() {
    let shell = Shell::new();
    let built_in = shell.ok("schema show");
    assert!(built_in.contains("[types.server]"));
    shell.write("wrong.toml", "[types.rack]\nkey = [\"nmae\"]\n[types.rack.fields]\nx = {}\n");
    let checked = shell.run("schema check wrong.toml");
    assert_eq!(checked.status.code(), Some(1));
    assert!(text(&checked.stdout).starts_with("wrong.toml:"));
    assert!(shell.fails("token list --schema wrong.toml", 1).contains("wrong.toml:"));

    shell.ok("schema apply");
    assert_eq!(shell.ok("schema plan"), "The tables are as the schema says.\n");
    let without: Vec<&str> =
        built_in.lines().filter(|line| !line.starts_with("description = { kind")).collect();
    shell.write("less.toml", &without.join("\n"));
    let planned = shell.ok("schema plan --schema less.toml");
    assert!(planned.contains("needs --allow-loss server.description"), "{planned}");
    let refused = shell.fails("schema apply --schema less.toml", 1);
    assert!(refused.contains("server.description"), "{refused}");
    let names: Vec<String> = planned
        .lines()
        .filter_map(|line| Some(line.split_once("--allow-loss ")?.1.to_owned()))
        .collect();
    assert!(refused.contains("with --schema"), "{refused}");
    let applied =
        shell.ok(&format!("schema apply --schema less.toml --allow-loss {}", names.join(" ")));
    assert!(applied.contains("allowed by --allow-loss server.description"), "{applied}");
    assert_eq!(shell.ok("schema plan --schema less.toml"), "The tables are as the schema says.\n");
}

#[test]
fn a_schema_is_checked_and_shown_as_json() {
    let shell = Shell::new();
    assert_eq!(json(&shell.ok("schema check --json")), serde_json::json!([]));
    shell.write("wrong.toml", "[types.rack]\nkey = [\"nmae\"]\n[types.rack.fields]\nx = {}\n");
    let checked = shell.run("schema check wrong.toml --json");
    assert_eq!(checked.status.code(), Some(1));
    let faults = json(&text(&checked.stdout));
    let key = &faults[0];
    assert_eq!(
        (&key["file"], &key["line"], &key["column"]),
        (&"wrong.toml".into(), &2.into(), &1.into())
    );
    assert_eq!(key["message"], "there is no field \"nmae\"");
    assert_eq!((&key["type"], &key["help"]), (&"rack".into(), &"name fields of this type".into()));

    let shown = json(&shell.ok("schema show --json"));
    assert_eq!(shown["toml"], shell.ok("schema show"));
    assert_eq!(shown["types"][0]["name"], "server");
    assert_eq!(shown["types"][0]["fields"][1], "ip");
}

#[test]
fn an_export_tells_what_it_wrote_as_json_beside_the_records() {
    let shell = Shell::new();
    shell.write("tags.csv", "name\na\nb\n");
    shell.ok("import tag tags.csv");
    let told = json(&shell.ok("export tags --output out.csv --json"));
    assert_eq!(told, serde_json::json!({ "type": "tag", "records": 2, "file": "out.csv" }));
    let fleet = json(&shell.ok("fleet generate 3 --output fleet.csv --json"));
    assert_eq!(fleet, serde_json::json!({ "rows": 3, "file": "fleet.csv" }));
    let output = shell.run("export tag --json");
    assert_eq!(text(&output.stdout), shell.read("out.csv"));
    let told = json(&text(&output.stderr));
    assert_eq!(told, serde_json::json!({ "type": "tag", "records": 2, "file": null }));
}

#[test]
fn a_command_that_only_looks_makes_no_database() {
    let shell = Shell::new();
    for line in ["export server --database sqlite:typo.sqlite3", "token list"] {
        let told = shell.fails(line, 1);
        assert!(told.contains("there is no database"), "{told}");
    }
    assert!(shell.ok("schema plan").contains("add the type server"));
    assert_eq!(std::fs::read_dir(shell.path()).unwrap().count(), 0);
}

#[test]
fn a_dry_run_without_a_database_tells_what_an_empty_one_would_take_and_makes_none() {
    let shell = Shell::new();
    shell.write("tags.csv", "name\na\n");
    let output = shell.run("import tag tags.csv --dry-run --database sqlite:sub/typo.sqlite3");
    assert_eq!(text(&output.stdout), "Would add 1, update 0 and leave 0 alone.\n");
    assert_eq!(
        text(&output.stderr),
        "There is no database sub/typo.sqlite3 yet: this is what an empty register would take.\n"
    );
    let names: Vec<_> =
        std::fs::read_dir(shell.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["tags.csv"]);
}

#[test]
fn a_file_that_can_not_be_imported_makes_no_database() {
    let shell = Shell::new();
    shell.write("tags.csv", "nmae\na\n");
    assert!(shell.fails("import tag tags.csv", 1).contains("did you mean \"name\"?"));
    assert!(shell.fails("import tga tags.csv", 2).contains("did you mean tag?"));
    assert_eq!(std::fs::read_dir(shell.path()).unwrap().count(), 1);
}

#[test]
fn what_is_unsafe_about_a_configuration_is_told() {
    let shell = Shell::new();
    assert_eq!(shell.ok("check"), "Nothing to be said.\n");
    shell.write("domesday.toml", "[http]\nlisten = \"0.0.0.0:80\"\n");
    let told = shell.fails("check", 1);
    assert!(told.contains("error: unsafe: 1"), "{told}");
    let list = json(&text(&shell.run("check --json").stdout));
    assert_eq!(list[0]["weight"], "unsafe");
    assert_eq!(list[0]["about"], "http.listen");
    assert_eq!(list[1]["weight"], "advice");

    shell.write("domesday.toml", "");
    shell.ok("group grant anonymous view,write --type tag");
    shell.ok("user add bob --group administrators");
    shell.ok("token create --user bob --name forever");
    let told = text(&shell.run("check").stdout);
    for words in ["unsafe: group anonymous: view,write on all of type tag", "(forever)"] {
        assert!(told.contains(words), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn files_that_others_may_read_are_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = Shell::new();
    let handoff = "[[identity.handoff]]\nname = \"gate\"\naudience = \"a\"\n\
                   sign_in_url = \"https://g.example\"\n\
                   secrets = [\"a secret of thirty-two characters\"]\n";
    shell.write("domesday.toml", handoff);
    let open_to = |mode| {
        let path = shell.path().join("domesday.toml");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        text(&shell.run("check").stdout)
    };
    let told = open_to(0o644);
    assert!(told.contains("unsafe: domesday.toml: every user of this machine may read"), "{told}");
    assert!(!told.contains("thirty-two"), "{told}");
    assert_eq!(open_to(0o640), "Nothing to be said.\n");
    // A database that we make is its owner's alone.
    shell.ok("user add bob --group administrators");
    assert_eq!(open_to(0o640), "Nothing to be said.\n");
    let database = shell.path().join("domesday.sqlite3");
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(open_to(0o640).contains("unsafe: domesday.sqlite3: "));
}
