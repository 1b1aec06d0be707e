//! What went wrong in the register that this one takes the place of, each as a test: matched by name,
//! tags never removed, requests replaced, anybody approving, old values put back, applied twice or
//! both approved and rejected, the wrong record deleted, equal adds a crash.

use serde_json::json;

use super::{act, act_on, ask, server, show, teams};

#[tokio::test]
async fn a_rename_is_of_the_record_that_was_meant() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"name": "renamed"}"#).await;
        act(&team.bob, number, "approve", "").await.is(200);
        assert_eq!(team.server(1).await["name"], "renamed");
        let all = team.vera.call("GET", "/api/servers/", "").await.json();
        assert_eq!(all["count"], 2, "no second server is made");
        // Also where somebody else renamed it meanwhile.
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await;
        team.bypass("/api/servers/1/", r#"{"name": "again"}"#).await;
        act(&team.bob, number, "approve", "").await.is(200);
        let server = team.server(1).await;
        assert_eq!((&server["name"], &server["state"]), (&json!("again"), &json!("failed")));
    }
}

#[tokio::test]
async fn tags_are_taken_off_and_history_tells_it() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"tags": []}"#).await;
        act(&team.bob, number, "approve", "").await.is(200);
        assert_eq!(team.server(1).await["tags"], json!([]));
        let history = team.vera.call("GET", "/api/servers/1/history/", "").await.json();
        assert_eq!(history["results"][0]["fields"]["tags"]["removed"][0]["name"], "ssd");
    }
}

#[tokio::test]
async fn what_an_approver_reads_is_not_replaced_under_their_eyes() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await;
        let etag = show(&team.bob, number).await.header("etag").to_owned();
        // A second request for the record is refused, not put in the place of the first.
        let body = r#"{"state": "retired"}"#;
        team.rolf.call("PATCH", "/api/servers/1/", body).await.is(409);
        team.rita.call("PATCH", "/api/servers/1/", body).await.is(409);
        // And an edit of it is seen.
        let edit = r#"{"changes": [{"type": "server", "id": 1, "fields": {"state": "retired"}}]}"#;
        act(&team.rita, number, "edit", edit).await.is(200);
        act_on(&team.bob, number, "approve", &etag, "").await.problem(412, "");
        assert_eq!(team.server(1).await["state"], "active");
        // Decisions of before are kept, and block no name.
        act(&team.bob, number, "reject", r#"{"comment": "no"}"#).await.is(200);
        let second = ask(&team.rolf, "PATCH", "/api/servers/1/", body).await;
        act(&team.bob, second, "approve", "").await.is(200);
        assert_eq!(show(&team.bob, number).await.json()["state"], "rejected");
    }
}

#[tokio::test]
async fn who_approved_is_who_is_named() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await;
        act(&team.rita, number, "assign", r#"{"reviewers": ["bob"]}"#).await.is(200);
        for who in [&team.rita, &team.rolf, &team.otto, &team.vera] {
            act(who, number, "approve", "").await.is(403);
        }
        act(&team.carl, number, "approve", "").await.is(200);
        let history = team.vera.call("GET", "/api/servers/1/history/", "").await.json();
        assert_eq!(history["results"][0]["approved_by"], json!(["carl"]), "and not bob");
    }
}

#[tokio::test]
async fn an_old_request_puts_back_no_older_value() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await;
        let newer = r#"{"ip": "10.0.0.77", "tags": ["spare"], "description": "newer"}"#;
        team.bypass("/api/servers/1/", newer).await;
        act(&team.bob, number, "approve", "").await.is(200);
        let server = team.server(1).await;
        assert_eq!(server["ip"], "10.0.0.77");
        assert_eq!(server["tags"][0]["name"], "spare");
        assert_eq!((&server["description"], &server["state"]), (&json!("newer"), &json!("failed")));
    }
}

#[tokio::test]
async fn a_second_approval_applies_nothing_again() {
    for team in teams().await {
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await;
        let etag = show(&team.bob, number).await.header("etag").to_owned();
        act_on(&team.bob, number, "approve", &etag, "").await.is(200);
        let revision = team.server(1).await["revision"].clone();
        act_on(&team.bob, number, "approve", &etag, "").await.problem(409, "");
        act_on(&team.carl, number, "approve", &etag, "").await.problem(409, "");
        act_on(&team.carl, number, "reject", &etag, r#"{"comment": "x"}"#).await.problem(409, "");
        act(&team.rita, number, "comment", r#"{"comment": "thanks"}"#).await.is(200);
        assert_eq!(team.server(1).await["revision"], revision);
    }
}

#[tokio::test]
async fn a_deletion_is_of_the_record_that_was_shown() {
    for team in teams().await {
        let number = ask(&team.rita, "DELETE", "/api/servers/by/db1/", "").await;
        let etag = show(&team.bob, number).await.header("etag").to_owned();
        // Another record gets the name.
        team.bypass("/api/servers/1/", r#"{"name": "kept"}"#).await;
        team.bypass("/api/servers/2/", r#"{"name": "db1"}"#).await;
        let refused = act_on(&team.bob, number, "approve", &etag, "").await;
        refused.problem_is(412);
        let current = &refused.json()["current"]["changes"][0];
        assert_eq!((&current["id"], &current["display"]), (&json!(1), &json!("kept")));
        act_on(&team.bob, number, "approve", refused.header("etag"), "").await.is(200);
        team.alice.call("GET", "/api/servers/1/", "").await.is(404);
        assert_eq!(team.server(2).await["name"], "db1");
        // One that is gone already is no crash.
        let number = ask(&team.rita, "DELETE", "/api/servers/2/", "").await;
        team.alice.call("DELETE", "/api/servers/2/?bypass=1&reason=x", "").await.is(204);
        act(&team.bob, number, "approve", "").await.problem(409, "");
        act(&team.rita, number, "withdraw", "").await.is(200);
    }
}

#[tokio::test]
async fn of_equal_adds_at_once_one_is_asked_for() {
    for team in teams().await {
        let body = server("new", "10.0.0.9");
        let replica = team.rolf.at_replica().await;
        let (one, other) = tokio::join!(
            team.rita.call("POST", "/api/servers/", &body),
            replica.call("POST", "/api/servers/", &body),
        );
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 409]);
        let listed = team.bob.call("GET", "/api/-/change-requests/", "").await.json();
        assert_eq!(listed["count"], 1);
    }
}
