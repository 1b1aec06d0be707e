//! Pages of records, reviews and history, as a browser without script uses them.

use crate::client::{Client, clients, clients_with, user, with_servers};
use crate::sign_in::browser::Browser;
use web::Settings;

/// Somebody signed in, who may everything.
async fn signed_in<'a>(client: &'a Client, name: &str) -> Browser<'a> {
    let ctx = client.test.system();
    // A name that is taken already is somebody's who was made before.
    if client.test.app.groups_of(name).await.unwrap().is_empty() {
        client.test.app.people_change(&ctx, vec![user(name, "administrators")]).await.unwrap();
    }
    let browser = Browser::new(client);
    browser.sign_in(name, &format!("password of {name}"), "/").await.is(303);
    browser
}

/// The fields of the form of a server.
fn server<'a>(word: &'a str, name: &'a str, ip: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("csrf", word),
        ("name", name),
        ("ip", ip),
        ("component", "one"),
        ("dc", "eqiad"),
        ("environment", "1"),
        ("group", "one"),
        ("state", "active"),
        ("tags", "ssd | spare"),
        ("description", "two\r\nlines"),
        ("-reason", "a test"),
    ]
}

fn schema_as_it_is() -> domain::schema::Schema {
    app::schema_file::read("infra.toml", app::schema_file::BUILT_IN).unwrap()
}

#[tokio::test]
async fn a_record_is_added_edited_compared_reverted_and_deleted() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "rosa").await;
        let word = browser.word_of("/servers/add/").await;
        let added = browser.form("/servers/add/", &server(&word, "new1", "10.9.9.9")).await.is(303);
        assert_eq!(added.header("location"), "/servers/4/");
        let record = client.call("GET", "/api/servers/4/", "").await.json();
        assert_eq!(record["description"], "two\nlines");
        assert_eq!(record["tags"].as_array().unwrap().len(), 2);
        let page = browser.get("/servers/4/").await.is(200);
        assert!(page.text.contains("10.9.9.9") && page.text.contains("href=\"/dcs/1/\""));
        // What others did meanwhile is not overwritten, and nothing typed is lost.
        let form = browser.get("/servers/4/edit/").await.is(200);
        assert!(form.text.contains("name=\"-revision\" data-skip value=\"1\""), "{}", form.text);
        client.call("PATCH", "/api/servers/4/", r#"{"state": "failed"}"#).await.is(200);
        let mut fields = server(&word, "new2", "10.9.9.9");
        fields.push(("-revision", "1"));
        let late = browser.form("/servers/4/edit/", &fields).await.is(412);
        assert!(late.text.contains("value=\"new2\""), "{}", late.text);
        fields.pop();
        fields.push(("-revision", "2"));
        browser.form("/servers/4/edit/", &fields).await.is(303);
        let compared = browser.get("/servers/4/compare/?from=1&to=3").await.is(200);
        assert!(
            compared.text.contains("<del>new1</del>") && compared.text.contains("<ins>new2</ins>")
        );
        let back = [("csrf", word.as_str()), ("to_revision", "1"), ("reason", "oops")];
        browser.form("/servers/4/revert/", &back).await.is(303);
        assert_eq!(client.call("GET", "/api/servers/4/", "").await.json()["name"], "new1");
        assert!(browser.get("/servers/4/delete/").await.is(200).text.contains("Delete new1"));
        browser.form("/servers/4/delete/", &[("csrf", &word)]).await.is(303);
        client.call("GET", "/api/servers/4/", "").await.problem_is(404);
        let history = browser.get("/-/history/?search=new1").await.is(200);
        assert!(history.text.contains("deleted") && history.text.contains("new1"));
        let past = browser.get("/servers/4/?as_of=1").await;
        assert_eq!(past.status.as_u16(), 404);
    }
}

#[tokio::test]
async fn forms_tell_what_is_wrong_and_come_from_pages_of_ours_alone() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "rosa").await;
        let word = browser.word_of("/servers/add/").await;
        let wrong = browser.form("/servers/add/", &server(&word, "db1001", "10.0.0.300")).await;
        assert_eq!(wrong.status.as_u16(), 400, "{}", wrong.text);
        assert!(wrong.text.contains("value=\"10.0.0.300\"") && wrong.text.contains("valid IPv4"));
        // What is too long for its field is told beside it; only who signs in writes little.
        let long = "x".repeat(100_000);
        let wrong = browser.form("/servers/add/", &server(&word, &long, "10.0.0.3")).await;
        assert!(wrong.status.as_u16() == 400 && wrong.text.contains(&long));
        client.form("/login/", &format!("user={long}")).await.is(413);
        for path in ["/servers/add/", "/servers/1/edit/", "/servers/1/delete/", "/servers/bulk/"] {
            browser.form(path, &server("not ours", "x", "10.9.9.9")).await.is(403);
        }
        assert_eq!(client.call("GET", "/api/servers/", "").await.json()["count"], 3);
    }
}

#[tokio::test]
async fn a_change_is_decided_on_its_page() {
    for client in clients_with(schema_as_it_is, &Settings::default()).await {
        for plural in ["components", "environments", "groups"] {
            client.add(plural, r#"{"name": "one"}"#).await;
        }
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        client.add("tags", r#"{"name": "ssd"}"#).await;
        client.add("tags", r#"{"name": "spare"}"#).await;
        let (rosa, tim) = (signed_in(&client, "rosa").await, signed_in(&client, "tim").await);
        let word = rosa.word_of("/servers/add/").await;
        let asked = rosa.form("/servers/add/", &server(&word, "new1", "10.9.9.9")).await.is(303);
        let path = asked.header("location").to_owned();
        assert_eq!(path, "/-/change-requests/1/");
        assert!(tim.get("/").await.is(200).text.contains("wait for you"));
        let page = tim.get(&path).await.is(200);
        assert!(page.text.contains("10.9.9.9") && page.text.contains("value=\"approve\""));
        assert!(!rosa.get(&path).await.is(200).text.contains("value=\"approve\""));
        let word = tim.word_of(&path).await;
        let tag = page.text.split_once("name=\"etag\" value=\"").unwrap().1;
        let tag = tag.split('"').next().unwrap();
        let silent = [("csrf", word.as_str()), ("etag", tag), ("event", "reject")];
        let told = tim.form(&path, &silent).await;
        assert!(
            told.status.is_client_error() && told.text.contains("role=\"alert\""),
            "{}",
            told.text
        );
        let agreed = [("csrf", word.as_str()), ("etag", tag), ("event", "approve")];
        tim.form(&path, &agreed).await.is(303);
        let record = client.call("GET", "/api/servers/by/new1/", "").await.is(200).json();
        assert_eq!(record["changed_by"], "rosa");
        assert!(tim.get(&path).await.is(200).text.contains("approved"));
    }
}

#[tokio::test]
async fn many_records_are_changed_at_once() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "rosa").await;
        let word = browser.word_of("/servers/add/").await;
        let chosen =
            [("csrf", word.as_str()), ("ids", "1,2"), ("expect_count", "2"), ("do", "edit")];
        let form = browser.form("/servers/bulk/", &chosen).await.is(200);
        assert!(form.text.contains("Change 2 servers") && form.text.contains("value=\"1,2\""));
        let mut fields = chosen.to_vec();
        fields.extend([("-go", "edit"), ("state", "retired"), ("description", "kept as it is")]);
        browser.form("/servers/bulk/", &fields).await.is(400);
        fields.push(("-set.state", "1"));
        browser.form("/servers/bulk/", &fields).await.is(303);
        let servers = client.call("GET", "/api/servers/?ordering=id", "").await.is(200);
        assert_eq!(servers.column("state"), ["retired", "retired", "active"]);
        assert_eq!(servers.column("description"), ["null", "null", "null"]);
        let others = [("csrf", word.as_str()), ("query", "state=retired"), ("expect_count", "3")];
        let mut fields = others.to_vec();
        fields.push(("-go", "delete"));
        let told = browser.form("/servers/bulk/", &fields).await.is(412);
        assert!(told.text.contains("role=\"alert\""), "{}", told.text);
        fields[2].1 = "2";
        browser.form("/servers/bulk/", &fields).await.is(303);
        assert_eq!(client.call("GET", "/api/servers/", "").await.json()["count"], 1);
    }
}

const ATTACKS: [&str; 3] =
    ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'}]</textarea>"];

#[tokio::test]
async fn what_records_hold_is_shown_as_text() {
    for client in clients().await {
        with_servers(&client).await;
        for (place, attack) in ATTACKS.into_iter().enumerate() {
            let body = serde_json::json!({ "name": attack, "description": attack });
            client.add("tags", &body.to_string()).await;
            client.add("dcs", &body.to_string()).await;
            let body = serde_json::json!({
                "name": attack, "ip": format!("10.7.0.{place}"), "dc": attack, "tags": [attack],
                "component": 1, "environment": 1, "group": 1, "state": "active",
                "description": attack,
            });
            client.add("servers", &body.to_string()).await;
        }
        let browser = signed_in(&client, "rosa").await;
        for path in [
            "/",
            "/servers/",
            "/dcs/",
            "/tags/",
            "/servers/4/",
            "/servers/5/edit/",
            "/dcs/3/",
            "/servers/6/delete/",
            "/servers/4/compare/",
            "/-/history/",
            "/-/search/?q=alert",
            "/-/search/?q=%3Cscript%3Ealert(1)%3C/script%3E",
            "/servers/?search=%22%3E%3Cimg%20src%3Dx",
            "/servers/?as_of=%3Cscript%3Ealert(1)",
        ] {
            let page = browser
                .send(Client::request("GET", path).header("accept", "text/html"), String::new());
            let page = page.await.text;
            for attack in ["<script>alert", "<img src=x", "</textarea>'", "'}]</textarea>"] {
                assert!(!page.contains(attack), "{path}: {attack} in {page}");
            }
        }
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_there_and_an_error_is_a_page() {
    for client in clients().await {
        let page = async |path: &str| {
            let request = Client::request("GET", path).header("accept", "text/html,*/*;q=0.8");
            client.send(request.body(axum::body::Body::empty()).unwrap()).await
        };
        let sent = page("/servers/add/?name=a").await.is(303);
        assert_eq!(sent.header("location"), "/login/?next=%2Fservers%2Fadd%2F%3Fname%3Da");
        let missing = page("/servers/999/").await.is(404);
        assert!(missing.text.contains("Not there") && missing.text.contains("No Server matches"));
        assert_eq!(missing.header("content-type"), "text/html; charset=utf-8");
        assert!(page("/nowhere/at/all").await.is(404).text.contains("Not there"));
    }
}

#[tokio::test]
async fn a_list_is_counted_by_its_fields() {
    for client in clients().await {
        with_servers(&client).await;
        let page = client.get("/api/servers/?facets=dc,state&limit=1").await.is(200).json();
        assert_eq!(
            page["facets"]["dc"],
            serde_json::json!([
                {"value": 1, "label": "eqiad", "count": 2}, {"value": 2, "label": "codfw", "count": 1},
            ])
        );
        assert_eq!(page["facets"]["state"][0]["value"], "active");
        let page = client.get("/api/servers/?facets=dc&tags__name=spare").await.is(200).json();
        assert_eq!(page["facets"]["dc"].as_array().unwrap().len(), 1);
        let told = client.get("/api/servers/?facets=nme").await.problem(400, "facets");
        assert!(told.contains("no field"), "{told}");
        client.get("/api/servers/?facets=tags").await.problem(400, "facets");
    }
}
