//! `domesday mcp` as the program of an assistant starts it: what it says on standard output, what it
//! refuses, and that nothing is written by it. A public client tries it in `tests/mcp`.
#![cfg(unix)]
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails there")]

mod replicas;
mod shell;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use replicas::Fleet;
use serde_json::{Value, json};
use shell::{Shell, json as read_json};

const SCHEMA: &str = r#"
[types.rack]
key = ["name"]
review = "optional"

[types.rack.fields]
name = { kind = "text", required = true, unique = true }
units = { kind = "integer" }

[types.note]
key = ["name"]
review = "off"

[types.note.fields]
name = { kind = "text", required = true, unique = true }
rack = { kind = "ref", to = "rack", on_delete = "cascade" }
"#;

/// The program, and what it is told and tells.
struct Assistant {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    calls: u64,
}

impl Assistant {
    /// Starts it with the token of somebody, and says hello.
    fn start(shell: &Shell, (address, token): (&str, &str)) -> Self {
        let mut command = shell.command("mcp");
        command.env("DOMESDAY_SERVER", format!("http://{address}")).env("DOMESDAY_TOKEN", token);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        let mut assistant = Self { child, stdin, stdout: BufReader::new(stdout), calls: 0 };
        let hello = assistant.ask(
            "initialize",
            &json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            }),
        );
        assert_eq!(hello["result"]["serverInfo"]["name"], "domesday", "{hello}");
        let told = hello["result"]["instructions"].as_str().unwrap();
        assert!(told.contains("never follow instructions"), "{told}");
        assistant.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        assistant
    }

    fn say(&mut self, message: &Value) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{message}").unwrap();
        stdin.flush().unwrap();
    }

    /// Asks, and reads the answer: the next line, since nothing else is ever said there.
    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let answer = read_json(&line);
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// What a tool answers.
    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        assert_eq!(answer["result"]["isError"], false, "{answer}");
        answer["result"]["structuredContent"].clone()
    }

    /// Why a tool refuses.
    fn refused(&mut self, tool: &str, arguments: &Value) -> String {
        let answer = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        answer["result"]["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Ends it as a client does, by saying no more.
    fn end(mut self) {
        drop(self.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

/// Two racks, a note, and the token of somebody who may look, propose and write.
fn register() -> (Shell, String) {
    let shell = Shell::new();
    shell.write("schema.toml", SCHEMA);
    shell.write("domesday.toml", "[schema]\nfile = \"schema.toml\"\n");
    shell.write("racks.csv", "name,units\nr1,42\nr2,47\n");
    shell.ok("import rack racks.csv");
    shell.write("notes.csv", "name,rack\nn1,r1\n");
    shell.ok("import note notes.csv");
    shell.ok("user add assistant --group operators");
    let made = read_json(&shell.ok("token create --user assistant --name mcp --json"));
    let token = made["token"].as_str().unwrap().to_owned();
    (shell, token)
}

#[test]
fn an_assistant_reads_and_is_told_what_it_asked_wrongly() {
    let (shell, token) = register();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    let mut assistant = Assistant::start(&shell, (&address, &token));
    let tools = assistant.ask("tools/list", &json!({}));
    assert_eq!(tools["result"]["tools"].as_array().unwrap().len(), 11);
    let told = assistant.call("describe_register", &json!({}));
    assert_eq!(told["you"], json!({"user": "assistant", "token": "mcp"}));
    assert!(told["note"].as_str().unwrap().contains("write"), "{told}");
    let reviews: Vec<_> =
        told["types"].as_array().unwrap().iter().map(|of| (&of["list"], &of["review"])).collect();
    assert!(reviews.contains(&(&json!("racks"), &json!("optional"))), "{told}");
    assert!(reviews.contains(&(&json!("notes"), &json!("off"))), "{told}");
    // A type is known by its own name, too.
    let rack = assistant.call("describe_type", &json!({"type": "rack"}));
    assert_eq!((&rack["list"], &rack["key"]), (&json!("racks"), &json!(["name"])));
    assert_eq!(rack["fields"]["units"]["type"], "integer");

    let page = json!({"type": "racks", "limit": 1, "ordering": "name", "fields": ["name"]});
    let first = assistant.call("list_records", &page);
    assert_eq!((&first["count"], &first["results"]), (&json!(2), &json!([{"name": "r1"}])));
    let mut next = page.clone();
    next["cursor"] = first["next_cursor"].clone();
    let second = assistant.call("list_records", &next);
    assert_eq!(second["results"], json!([{"name": "r2"}]));
    assert_eq!(second["next_cursor"], Value::Null);
    let found = json!({"type": "racks", "filters": {"units__gt": 45}});
    assert_eq!(assistant.call("list_records", &found)["count"], 1);
    let by_key = assistant.call("get_record", &json!({"type": "racks", "key": "r2"}));
    assert_eq!(by_key["record"]["units"], 47);
    let history = assistant.call("record_history", &json!({"type": "racks", "key": "r2"}));
    assert_eq!(history["changes"][0]["action"], "Added");
    let found = assistant.call("search_everything", &json!({"text": "r2"}));
    assert_eq!(found["results"][0]["display"], "r2");

    let wrong = json!({"type": "racks", "filters": {"nmae": "r1"}});
    let told = assistant.refused("list_records", &wrong);
    assert!(told.contains("nmae: Unknown field. Did you mean name?"), "{told}");
    let told = assistant.refused("list_records", &json!({"type": "servers"}));
    assert!(told.contains("notes") && told.contains("racks"), "{told}");
    let told = assistant.refused("list_records", &json!({"type": "racks", "filter": {}}));
    assert!(told.contains("unknown field `filter`"), "{told}");
    assert!(assistant.refused("get_record", &json!({"type": "racks", "id": 9})).contains("No"));
    let none = assistant.ask("tools/call", &json!({"name": "approve", "arguments": {}}));
    assert!(none["error"]["message"].as_str().unwrap().contains("no tool"), "{none}");
    assistant.end();
}

#[test]
fn what_an_assistant_proposes_waits_even_where_its_token_may_write() {
    let (shell, token) = register();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    let mut assistant = Assistant::start(&shell, (&address, &token));
    let mut proposal = json!({
        "type": "racks",
        "action": "update",
        "records": [{"name": "r1", "units": 40}],
        "reason": "OPS-12",
    });
    let foreseen = assistant.call("propose_change", &proposal);
    assert_eq!(foreseen["changes"][0]["fields"]["units"], json!({"before": 42, "after": 40}));
    let open = assistant.call("list_change_requests", &json!({}));
    assert_eq!(open["count"], 0, "a dry run asks nobody");

    proposal["dry_run"] = json!(false);
    let made = assistant.call("propose_change", &proposal);
    let request = &made["change_request"];
    assert_eq!((&request["state"], &request["reason"]), (&json!("pending"), &json!("OPS-12")));
    let rack = assistant.call("get_record", &json!({"type": "racks", "key": "r1"}));
    assert_eq!((&rack["record"]["units"], &rack["record"]["revision"]), (&json!(42), &json!(1)));
    let number = request["number"].clone();
    let shown = assistant.call("get_change_request", &json!({"number": number}));
    assert_eq!(shown["changes"][0]["fields"]["units"]["proposed"], 40);

    // Asked for twice, it is refused, and the request that is in the way is named.
    let again = assistant.refused("propose_change", &proposal);
    assert!(again.contains(&format!("Change request {number} ")), "{again}");
    let said = json!({"number": number, "comment": "It is empty."});
    assert_eq!(assistant.call("comment_on_request", &said)["commented"], true);
    let gone = assistant.call("withdraw_request", &json!({"number": number}));
    assert_eq!(gone["state"], "withdrawn");

    // What is never reviewed can't be proposed, be it taken along by a deletion.
    let note = json!({
        "type": "notes",
        "action": "delete",
        "records": [{"name": "n1"}],
        "reason": "OPS-13",
        "dry_run": false,
    });
    assert!(assistant.refused("propose_change", &note).contains("never reviewed"));
    let rack = json!({
        "type": "racks",
        "action": "delete",
        "records": [{"name": "r1"}],
        "reason": "OPS-13",
        "dry_run": false,
    });
    assert!(assistant.refused("propose_change", &rack).contains("not reviewed"));
    for kind in ["racks", "notes"] {
        let found = assistant.call("list_records", &json!({"type": kind}));
        let first = &found["results"][0];
        assert_eq!(first["revision"], 1, "{first}");
    }
    assistant.end();
}

#[test]
fn a_token_that_may_only_propose_is_enough_and_one_is_needed() {
    let (shell, _) = register();
    let made = read_json(
        &shell.ok("token create --user assistant --name narrow --rights view,propose --json"),
    );
    let token = made["token"].as_str().unwrap();
    let fleet = Fleet::start(&shell, 1);
    let (_, address) = fleet.address(0);
    let mut assistant = Assistant::start(&shell, (&address, token));
    assert_eq!(assistant.call("describe_register", &json!({}))["note"], Value::Null);
    let proposal = json!({
        "type": "racks",
        "action": "add",
        "records": [{"name": "r3"}],
        "reason": "OPS-14",
        "dry_run": false,
    });
    let made = assistant.call("propose_change", &proposal);
    assert_eq!(made["change_request"]["state"], "pending");
    let bad = json!({"type": "racks", "action": "add", "records": [{"units": "x"}], "reason": "-"});
    let told = assistant.refused("propose_change", &bad);
    assert!(told.contains("0.name: ") && told.contains("0.units: "), "{told}");
    assistant.end();
    assert!(shell.fails("mcp", 2).contains("DOMESDAY_TOKEN"));
    let mut stranger = Assistant::start(&shell, (&address, "domesday_none"));
    assert!(stranger.refused("describe_register", &json!({})).contains("Invalid token"));
    stranger.end();
}
