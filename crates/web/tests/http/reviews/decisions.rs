//! What is asked for, and what comes of it.

use serde_json::{Value, json};

use super::{Team, act, act_on, ask, server, show, teams, teams_with};

const DB1: &str = "/api/servers/1/";

#[tokio::test]
async fn a_change_waits_until_somebody_else_agrees() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", DB1, r#"{"state": "failed", "tags": ["old"]}"#).await;
        assert_eq!(team.server(1).await["state"], "active", "nothing is changed yet");
        let told = show(&team.bob, number).await.is(200).json();
        assert_eq!(told["title"], "Change server db1");
        assert_eq!(told["requester"], json!({"user": "rita", "token": "test"}));
        assert_eq!(told["may"], json!(["approve", "reject", "hold", "edit", "comment", "assign"]));
        let fields = &told["changes"][0]["fields"];
        assert_eq!(fields["state"]["comparison"], "changed");
        assert_eq!(fields["state"]["before"], "active");
        assert_eq!(fields["state"]["proposed"], "failed");
        assert_eq!(fields["tags"]["added"][0]["name"], "old");
        assert_eq!(fields["tags"]["removed"][0]["name"], "ssd");

        let done = act(&team.bob, number, "approve", "").await.is(200);
        let told = done.json();
        assert_eq!(
            (&told["state"], &told["approvals"]["by"]),
            (&json!("approved"), &json!(["bob"]))
        );
        assert_eq!(done.header("x-commit"), told["commit"].to_string());
        let server = team.server(1).await;
        assert_eq!(server["state"], "failed");
        assert_eq!(server["tags"].as_array().unwrap().len(), 1);
        assert_eq!(server["changed_by"], "rita");
        let history = team.vera.call("GET", "/api/servers/1/history/", "").await.json();
        let entry = &history["results"][0];
        assert_eq!(entry["actor"]["user"], "rita");
        assert_eq!(entry["origin"], format!("review:{number}"));
        assert_eq!(entry["approved_by"], json!(["bob"]));
        assert_eq!(entry["bypass"], false);
    }
}

#[tokio::test]
async fn every_kind_of_write_can_be_asked_for() {
    for team in teams().await {
        let rita = &team.rita;
        let approve = async |number| {
            act(&team.bob, number, "approve", "").await.is(200);
        };
        approve(ask(rita, "POST", "/api/servers/", &server("db3", "10.0.0.3")).await).await;
        assert_eq!(team.server(3).await["name"], "db3");
        let put = server("db3", "10.0.0.33");
        approve(ask(rita, "PUT", "/api/servers/by/db3/", &put).await).await;
        assert_eq!(team.server(3).await["ip"], "10.0.0.33");
        let list = r#"[{"id": 1, "state": "failed"}, {"id": 2, "state": "failed"}]"#;
        approve(ask(rita, "PATCH", "/api/servers/", list).await).await;
        assert_eq!(team.server(2).await["state"], "failed");
        let matching = r#"{"fields": {"state": "active"}, "expect_count": 2}"#;
        approve(ask(rita, "PATCH", "/api/servers/?state=failed", matching).await).await;
        assert_eq!(team.server(1).await["state"], "active");
        approve(ask(rita, "DELETE", "/api/servers/3/", "").await).await;
        team.alice.call("GET", "/api/servers/3/", "").await.is(404);
        let back = r#"{"to_revision": 1}"#;
        approve(ask(rita, "POST", "/api/servers/3/revert/", back).await).await;
        assert_eq!(team.server(3).await["ip"], "10.0.0.3");
        // Records that are added together refer to each other by name.
        let tag = r#"[{"name": "x"}, {"name": "y"}]"#;
        approve(ask(rita, "POST", "/api/tags/", tag).await).await;
        let found = team.vera.call("GET", "/api/tags/by/y/", "").await.is(200).json();
        assert_eq!(found["changed_by"], "rita");
    }
}

#[tokio::test]
async fn who_may_write_goes_straight_in_where_no_review_is_required() {
    for team in teams().await {
        // A tag's review is optional: operators write, requesters ask, and anybody may ask.
        team.otto.call("PATCH", "/api/tags/1/", r#"{"description": "x"}"#).await.is(200);
        ask(&team.rita, "PATCH", "/api/tags/1/", r#"{"description": "y"}"#).await;
        ask(&team.otto, "PATCH", "/api/tags/2/?review=1", r#"{"description": "y"}"#).await;
        // A server's is required: operators ask, too.
        ask(&team.otto, "PATCH", DB1, r#"{"state": "failed"}"#).await;
        // Viewers may not even ask.
        let told = team.vera.call("PATCH", DB1, r#"{"state": "failed"}"#).await.problem(403, "");
        assert!(told.contains("the right to write") || told.contains("propose"), "{told}");
        team.otto.call("PATCH", "/api/tags/3/?review=2", "{}").await.problem(400, "review");
        let both = "/api/tags/3/?review=1&bypass=1";
        team.alice.call("PATCH", both, "{}").await.problem(400, "bypass");
    }
}

#[tokio::test]
async fn a_bypass_needs_the_right_and_a_reason_and_stands_out() {
    for team in teams().await {
        let body = r#"{"state": "failed"}"#;
        team.alice.call("PATCH", "/api/servers/1/?bypass=1", body).await.problem(400, "reason");
        let path = "/api/servers/1/?bypass=1&reason=fire";
        team.otto.call("PATCH", path, body).await.is(403);
        team.alice.call("PATCH", path, body).await.is(200);
        let history = team.vera.call("GET", "/api/servers/1/history/", "").await.json();
        assert_eq!(history["results"][0]["bypass"], true);
        assert_eq!(history["results"][0]["reason"], "fire");
        let audit = team.alice.call("GET", "/api/-/audit/?limit=1", "").await.json();
        assert_eq!(audit["results"][0]["bypass"], true);
        let test = &team.alice.test;
        let verified = test.app.history_verify(&test.system(), Vec::new(), |_, _| {}).await;
        assert!(verified.unwrap().broken.is_none());
    }
}

#[tokio::test]
async fn nobody_decides_on_their_own_request() {
    for team in teams().await {
        let number = ask(&team.bob, "PATCH", DB1, r#"{"state": "failed"}"#).await;
        for verb in ["approve", "reject", "hold"] {
            let told = act(&team.bob, number, verb, r#"{"comment": "x"}"#).await.problem(403, "");
            assert!(told.contains("their own change request"), "{told}");
        }
        // Nor does who had a part in it.
        let edit = r#"{"changes": [{"type": "server", "id": 1, "fields": {"state": "retired"}}]}"#;
        act(&team.carl, number, "edit", edit).await.is(200);
        act(&team.carl, number, "approve", "").await.problem(403, "");
        act(&team.rita, number, "approve", "").await.is(403);
        act(&team.alice, number, "approve", "").await.is(200);
        assert_eq!(team.server(1).await["state"], "retired");
    }
}

#[tokio::test]
async fn what_was_shown_is_what_is_decided_on() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", DB1, r#"{"description": "mine"}"#).await;
        act_on(&team.bob, number, "approve", "", "").await.problem(428, "");
        let shown = show(&team.bob, number).await;
        let etag = shown.header("etag").to_owned();
        // A change to what the request does not touch stops nobody, nor does a comment.
        team.bypass(DB1, r#"{"state": "failed"}"#).await;
        act(&team.carl, number, "comment", r#"{"comment": "why?"}"#).await.is(200);
        assert_ne!(show(&team.bob, number).await.header("etag"), etag, "there is a comment");
        act_on(&team.bob, number, "approve", &etag, "").await.is(200);
        let server = team.server(1).await;
        assert_eq!((&server["state"], &server["description"]), (&json!("failed"), &json!("mine")));

        // A change to what it touches does.
        let number = ask(&team.rita, "PATCH", DB1, r#"{"tags": ["ssd", "old"]}"#).await;
        let etag = show(&team.bob, number).await.header("etag").to_owned();
        team.bypass(DB1, r#"{"tags": ["ssd", "spare"]}"#).await;
        let refused = act_on(&team.bob, number, "approve", &etag, "").await;
        refused.problem_is(412);
        let current = &refused.json()["current"];
        assert_eq!(current["changes"][0]["fields"]["tags"]["comparison"], "moved since");
        // With the answer's tag, what both did is put together.
        act_on(&team.bob, number, "approve", refused.header("etag"), "").await.is(200);
        let server = team.server(1).await;
        let tags: Vec<&str> = server["tags"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|tag| tag["name"].as_str())
            .collect();
        assert_eq!(tags.len(), 3, "{tags:?}");
    }
}

#[tokio::test]
async fn a_conflict_is_solved_by_whoever_asked() {
    for team in teams().await {
        let asked = r#"{"description": "mine", "state": "failed"}"#;
        let number = ask(&team.rita, "PATCH", DB1, asked).await;
        team.bypass(DB1, r#"{"description": "theirs"}"#).await;
        let told = show(&team.bob, number).await.json();
        assert_eq!(told["changes"][0]["conflict"], true);
        assert_eq!(told["changes"][0]["fields"]["description"]["comparison"], "conflict");
        let refused = act(&team.bob, number, "approve", "").await;
        refused.problem_is(409);
        assert_eq!(refused.json()["current"]["state"], "pending");

        let unsolved = act(&team.rita, number, "rebase", "{}").await;
        unsolved.problem_is(409);
        assert_eq!(unsolved.json()["conflicts"][0]["field"], "description");
        act(&team.bob, number, "rebase", r#"{"resolve": {"description": "mine"}}"#).await.is(403);
        let both = r#"{"resolve": {"description": {"value": "both"}}}"#;
        let told = act(&team.rita, number, "rebase", both).await.is(200).json();
        assert_eq!(told["changes"][0]["conflict"], false);
        assert_eq!(told["revision"], 2);
        act(&team.bob, number, "approve", "").await.is(200);
        let server = team.server(1).await;
        assert_eq!(server["description"], "both");
        assert_eq!(server["state"], "failed");
    }
}

#[tokio::test]
async fn a_request_is_held_resumed_turned_down_and_taken_back() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", DB1, r#"{"state": "failed"}"#).await;
        act(&team.bob, number, "hold", "").await.problem(400, "comment");
        act(&team.bob, number, "hold", r#"{"comment": "after\nthe sale"}"#).await.is(200);
        act(&team.carl, number, "approve", "").await.problem(409, "");
        act(&team.carl, number, "resume", "").await.is(200);
        act(&team.carl, number, "reject", "").await.problem(400, "comment");
        let told = act(&team.carl, number, "reject", r#"{"comment": "no"}"#).await.is(200).json();
        assert_eq!(told["state"], "rejected");
        let events: Vec<&str> = told["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|e| e["event"].as_str())
            .collect();
        assert_eq!(events, ["made", "hold", "resume", "reject"]);
        assert_eq!(told["timeline"][1]["comment"], "after\nthe sale");
        for verb in ["approve", "reject", "hold", "resume"] {
            act(&team.bob, number, verb, r#"{"comment": "x"}"#).await.problem(409, "");
        }
        act(&team.rita, number, "withdraw", "").await.problem(409, "");
        let number = ask(&team.rita, "PATCH", DB1, r#"{"state": "failed"}"#).await;
        act(&team.rolf, number, "withdraw", "").await.problem(403, "");
        act(&team.rita, number, "withdraw", "").await.is(200);
        assert_eq!(team.server(1).await["state"], "active");
        act(&team.rita, number, "expire", "").await.is(404);
        act(&team.rita, 999, "withdraw", "").await.is(404);
    }
}

#[tokio::test]
async fn as_many_approve_as_the_policy_wants_from_the_group_that_it_names() {
    fn strict() -> domain::schema::Schema {
        let text = app::schema_file::BUILT_IN.replacen(
            "review = \"required\"",
            "review = { policy = \"required\", approvals = 2, group = \"dba\", expires = \"30d\" }",
            1,
        );
        app::schema_file::read("infra.toml", &text).unwrap()
    }
    for team in teams_with(strict).await {
        let number = ask(&team.rita, "PATCH", DB1, r#"{"state": "failed"}"#).await;
        let told = show(&team.bob, number).await.json();
        assert_eq!(told["approvals"], json!({"wanted": 2, "groups": ["dba"], "by": []}));
        assert!(told["expires_at"].is_string());
        act(&team.bob, number, "approve", "").await.problem(403, "");
        team.alice.call("POST", "/api/-/groups/", r#"{"name": "dba"}"#).await.is(201);
        for name in ["bob", "carl"] {
            let path = format!("/api/-/groups/dba/members/{name}/");
            team.alice.call("PUT", &path, "").await.is(204);
        }
        let told = act(&team.bob, number, "approve", "").await.is(200).json();
        assert_eq!((&told["state"], &told["commit"]), (&json!("pending"), &Value::Null));
        act(&team.bob, number, "approve", "").await.problem(409, "");
        // What bob agreed to is no more once it is another.
        let edit = r#"{"changes": [{"type": "server", "id": 1, "fields": {"state": "retired"}}]}"#;
        let told = act(&team.rita, number, "edit", edit).await.is(200).json();
        assert_eq!(told["approvals"]["by"], json!([]));
        act(&team.bob, number, "approve", "").await.is(200);
        let told = act(&team.carl, number, "approve", "").await.is(200).json();
        assert_eq!(told["approvals"]["by"], json!(["bob", "carl"]));
        assert_eq!(team.server(1).await["state"], "retired");
        // Nor does it count for what others made of it meanwhile.
        let number =
            ask(&team.rita, "PATCH", "/api/servers/2/", r#"{"tags": ["ssd", "old"]}"#).await;
        act(&team.bob, number, "approve", "").await.is(200);
        team.bypass("/api/servers/2/", r#"{"tags": ["ssd", "spare"]}"#).await;
        let told = act(&team.carl, number, "approve", "").await.is(200).json();
        assert_eq!(
            (&told["state"], &told["approvals"]["by"]),
            (&json!("pending"), &json!(["carl"]))
        );
        let told = act(&team.bob, number, "approve", "").await.is(200).json();
        assert_eq!(told["approvals"]["by"], json!(["carl", "bob"]));
        assert_eq!(team.server(2).await["tags"].as_array().unwrap().len(), 3);
        let history = team.vera.call("GET", "/api/servers/1/history/", "").await.json();
        assert_eq!(history["results"][0]["approved_by"], json!(["bob", "carl"]));
    }
}

#[tokio::test]
async fn a_request_of_many_records_is_decided_on_as_one() {
    for team in teams().await {
        let rack = format!("[{}, {}]", server("r1", "10.1.0.1"), server("r2", "10.1.0.2"));
        let number = ask(&team.rita, "POST", "/api/servers/", &rack).await;
        let told = show(&team.bob, number).await.json();
        assert_eq!(told["title"], "Add 2 servers");
        assert_eq!(told["changes"][1]["display"], "r2");
        // A name that was taken meanwhile, past the claim, lets none of them in.
        let path = "/api/servers/?bypass=1&reason=x";
        team.alice.call("POST", path, &server("r2", "10.9.0.2")).await.is(201);
        let refused = act(&team.bob, number, "approve", "").await;
        refused.problem_is(409);
        let told = &refused.json()["current"];
        assert_eq!(told["faults"][0]["change"], 1);
        assert!(told["faults"][0]["errors"]["name"][0].is_string(), "{told}");
        team.alice.call("GET", "/api/servers/by/r1/", "").await.is(404);
        let edit = format!(
            r#"{{"changes": [{{"type": "server", "fields": {}}}, {{"type": "server", "fields": {}}}]}}"#,
            server("r1", "10.1.0.1"),
            server("r3", "10.1.0.2")
        );
        act(&team.rita, number, "edit", &edit).await.is(200);
        act(&team.bob, number, "approve", "").await.is(200);
        team.alice.call("GET", "/api/servers/by/r3/", "").await.is(200);
    }
}

#[tokio::test]
async fn what_a_deletion_takes_along_is_shown_and_part_of_what_is_decided_on() {
    for team in teams().await {
        let uri = r#"{"name": "a", "url": "https://a.example", "server": [1], "state": "active",
            "component": "one", "environment": "one"}"#;
        let number = ask(&team.rita, "DELETE", "/api/servers/2/", "").await;
        let shown = show(&team.bob, number).await;
        assert_eq!(shown.json()["takes_along"], json!([]));
        let etag = shown.header("etag").to_owned();
        let uri = uri.replace("[1]", "[2]");
        let path = "/api/uris/?bypass=1&reason=x";
        team.alice.call("POST", path, &uri).await.is(201);
        let refused = act_on(&team.bob, number, "approve", &etag, "").await;
        // What refers to it by now is either taken along, or stands in the way.
        refused.problem_is(412);
        let current = &refused.json()["current"];
        let is_told = current["takes_along"] != json!([]) || current["faults"] != json!([]);
        assert!(is_told, "{current}");
    }
}

#[tokio::test]
async fn a_selection_is_decided_on_each_by_its_own_rules() {
    for team in teams().await {
        let one = ask(&team.rita, "PATCH", DB1, r#"{"state": "failed"}"#).await;
        let own = ask(&team.bob, "PATCH", "/api/servers/2/", r#"{"state": "failed"}"#).await;
        let mut tags = Vec::new();
        for number in [one, own] {
            let told = show(&team.bob, number).await.json();
            tags.push(told["etag"].as_str().unwrap().to_owned());
        }
        let body = json!({"decision": "approve", "requests": [
            {"number": one, "etag": tags[0]}, {"number": own, "etag": tags[1]},
            {"number": 99, "etag": "x"}, {"number": one},
        ]});
        let path = "/api/-/change-requests/decide/";
        let told = team.bob.call("POST", path, &body.to_string()).await.is(200).json();
        let statuses: Vec<i64> = told["results"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|r| r["status"].as_i64())
            .collect();
        assert_eq!(statuses, [200, 403, 404, 409]);
        assert_eq!(team.server(1).await["state"], "failed");
        team.bob
            .call("POST", path, r#"{"decision": "x", "requests": [{"number": 1}]}"#)
            .await
            .is(400);
        team.bob.call("POST", path, r#"{"decision": "approve"}"#).await.problem(400, "requests");
    }
}

#[tokio::test]
async fn nothing_is_decided_half_or_twice_by_many_at_once() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", DB1, r#"{"state": "failed"}"#).await;
        let tag = show(&team.bob, number).await.header("etag").to_owned();
        let replica = team.carl.at_replica().await;
        let comment = r#"{"comment": "no"}"#;
        let (approved, rejected) = tokio::join!(
            act_on(&team.bob, number, "approve", &tag, ""),
            act_on(&replica, number, "reject", &tag, comment),
        );
        let statuses = [approved.status.as_u16(), rejected.status.as_u16()];
        assert!(statuses == [200, 409] || statuses == [409, 200], "{statuses:?}");
        let told = show(&team.bob, number).await.json();
        let is_applied = team.server(1).await["state"] == "failed";
        assert_eq!(is_applied, told["state"] == "approved");
        assert_eq!(is_applied, told["commit"].is_i64());
    }
}

#[tokio::test]
async fn a_request_sent_again_with_its_key_is_asked_for_once() {
    for team in teams().await {
        let send = async || {
            let request = crate::client::Client::request("PATCH", DB1)
                .header("authorization", format!("Bearer {}", team.rita.token))
                .header("content-type", "application/json")
                .header("idempotency-key", "k1")
                .body(axum::body::Body::from(r#"{"state": "failed"}"#))
                .unwrap();
            team.rita.send(request).await.is(202)
        };
        let (first, again) = (send().await, send().await);
        assert_eq!(first.json()["number"], again.json()["number"]);
        assert_eq!(again.header("idempotent-replayed"), "true");
        let listed = team.bob.call("GET", "/api/-/change-requests/", "").await.json();
        assert_eq!(listed["count"], 1);
    }
}

/// Whether the answers to a request name the numbers of fields that nobody may see.
#[tokio::test]
async fn who_may_see_some_records_sees_the_requests_of_those_alone() {
    for team in teams().await {
        let hal = holder(&team).await;
        let own = ask(&team.rita, "PATCH", DB1, r#"{"state": "failed"}"#).await;
        let other = ask(&team.rita, "PATCH", "/api/servers/2/", r#"{"state": "failed"}"#).await;
        show(&hal, own).await.is(200);
        show(&hal, other).await.is(404);
        let listed = hal.call("GET", "/api/-/change-requests/", "").await.json();
        assert_eq!((&listed["count"], &listed["results"][0]["number"]), (&json!(1), &json!(own)));
        act(&hal, own, "approve", "").await.is(200);
        // Nobody lets a record into what they don't hold, or out of it.
        let moving = ask(&team.rita, "PATCH", DB1, r#"{"dc": "codfw"}"#).await;
        act(&hal, moving, "approve", "").await.is(403);
        assert_eq!(team.server(1).await["dc"]["name"], "eqiad");
        assert_eq!(show(&team.bob, moving).await.json()["state"], "pending");
    }
}

/// Somebody who sees, and reviews, the servers whose name is db1 in eqiad.
async fn holder(team: &Team) -> crate::client::Client {
    let group = r#"{"name": "ones"}"#;
    team.alice.call("POST", "/api/-/groups/", group).await.is(201);
    let grant =
        r#"{"rights": ["view", "review"], "type": "server", "filter": "name=db1&dc__name=eqiad"}"#;
    team.alice.call("POST", "/api/-/groups/ones/grants/", grant).await.is(201);
    // Everybody sees everything in these tests, unless nobody unknown does.
    let groups = team.alice.call("GET", "/api/-/groups/anonymous/", "").await.json();
    for grant in groups["grants"].as_array().unwrap() {
        let path = format!("/api/-/groups/anonymous/grants/{}/", grant["id"]);
        team.alice.call("DELETE", &path, "").await.is(204);
    }
    team.alice.of("hal", "ones").await
}
