//! Files into the register.

use axum::http::header;

use super::{ACCEPT, HOSTILE, check_page, page, signed_in};
use crate::client::{Answer, Client, clients, clients_with, reviewed, with_servers};
use crate::sign_in::browser::Browser;
use web::Settings;

/// Sends a form with files; a field of the name `file` is one.
pub(super) async fn send(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let part = |(name, value): &(&str, &str)| {
        let file = if *name == "file" { "; filename=\"a<b>.csv\"" } else { "" };
        let head = format!("Content-Disposition: form-data; name=\"{name}\"{file}");
        format!("--xx\r\n{head}\r\n\r\n{value}\r\n")
    };
    let body: String = fields.iter().map(part).collect();
    let request = Client::request("POST", path)
        .header(header::ACCEPT, ACCEPT)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=xx");
    browser.send(request, format!("{body}--xx--\r\n")).await
}

/// The value of a hidden field.
#[track_caller]
pub(super) fn hidden(answer: &Answer, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let rest = answer.text.split_once(&begin).unwrap_or_else(|| panic!("{}", answer.text)).1;
    rest.split('"').next().unwrap().to_owned()
}

const FILE: &str = "name,ip,dc,component,environment,group,state\n\
    db1001,10.0.0.1,eqiad,one,one,one,failed\n\
    db1002,10.0.0.2,eqiad,one,one,one,active\n\
    new1001,10.0.0.9,codfw,one,one,one,active\n\
    bad1001,nonsense,codfw,one,one,one,active\n";

#[tokio::test]
async fn a_file_is_tried_shown_and_then_imported() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let path = "/servers/import/";
        let asked = page(&browser, path).await.is(200);
        check_page(&asked);
        let word = hidden(&asked, "csrf");
        send(&browser, path, &[("csrf", "wrong"), ("pasted", FILE)]).await.is(403);
        let shown =
            send(&browser, path, &[("csrf", &word), ("file", FILE), ("do", "try")]).await.is(200);
        check_page(&shown);
        for part in [
            "<b>1</b> to add",
            "<b>1</b> to change",
            "<b>1</b> as they are",
            "<b>1</b> wrong",
            r#"<th scope="row">line 5</th>"#,
            "<del>active</del></td><td><ins>failed</ins>",
            "<ins>new1001</ins>",
            "All of it is applied at once",
            r#"value="import of a&#60;b&#62;.csv""#,
        ] {
            assert!(shown.text.contains(part), "{part}: {}", shown.text);
        }
        // Nothing is written yet.
        assert_eq!(client.get("/api/servers/").await.json()["count"], 3);
        let content = hidden(&shown, "content");
        let meant = [("csrf", &*word), ("content", &*content), ("do", "import")];
        let refused = send(&browser, path, &meant).await.is(400);
        check_page(&refused);
        assert!(refused.text.contains("Nothing was imported: 1 row is wrong."));
        assert_eq!(client.get("/api/servers/").await.json()["count"], 3);
        let mut meant = meant.to_vec();
        meant.extend([("skip_bad", "1"), ("reason", "because")]);
        let done = send(&browser, path, &meant).await.is(303);
        let history = page(&browser, done.header("location")).await.is(200);
        assert!(history.text.contains("“because”") && history.text.contains("new1001"));
        assert_eq!(client.get("/api/servers/").await.json()["count"], 4);
        // Once more, there is nothing to do.
        let again = send(&browser, path, &[("csrf", &word), ("pasted", FILE)]).await.is(200);
        assert!(again.text.contains("There is nothing to do."), "{}", again.text);
    }
}

#[tokio::test]
async fn what_must_be_reviewed_becomes_one_change_request() {
    for client in clients_with(reviewed, &Settings::default()).await {
        let rita = client.of("rita", "requesters").await;
        for plural in ["components", "environments", "groups", "dcs"] {
            client.add(plural, r#"{"name": "one"}"#).await;
        }
        let browser = signed_in(&rita, "rita").await;
        let word = hidden(&page(&browser, "/servers/import/").await.is(200), "csrf");
        let file = "name,ip,dc,component,environment,group,state\n\
            a1,10.0.0.1,one,one,one,one,active\na2,10.0.0.2,one,one,one,one,active\n";
        let fields = [("csrf", &*word), ("pasted", file), ("do", "try")];
        let shown = send(&browser, "/servers/import/", &fields).await.is(200);
        assert!(shown.text.contains("All of it becomes one change request"), "{}", shown.text);
        let content = hidden(&shown, "content");
        let fields = [("csrf", &*word), ("content", &*content), ("do", "import"), ("reason", "x")];
        let done = send(&browser, "/servers/import/", &fields).await.is(303);
        assert_eq!(done.header("location"), "/-/change-requests/1/");
        let request = page(&browser, "/-/change-requests/1/").await.is(200);
        assert!(request.text.contains("a1") && request.text.contains("a2"));
    }
}

#[tokio::test]
async fn what_can_not_be_read_is_told_and_what_was_pasted_stays() {
    for client in clients().await {
        let browser = signed_in(&client, "alice").await;
        let path = "/tags/import/";
        let word = hidden(&page(&browser, path).await.is(200), "csrf");
        let large = format!("name\n{}", "x".repeat(10 * 1_024 * 1_024));
        for (file, told) in [
            ("", "Choose a file, or paste its rows."),
            ("name\n\"x", "a quote opens here and is never closed"),
            ("[{", "The file can&#39;t be read: the JSON"),
            (&*large, "The file is larger than"),
        ] {
            let answer = send(&browser, path, &[("csrf", &word), ("pasted", file)]).await.is(400);
            check_page(&answer);
            assert!(answer.text.contains(told), "{told}: {:.2000}", answer.text);
        }
        let answer = send(&browser, path, &[("csrf", &word), ("pasted", "name\n\"kept")]).await;
        assert!(answer.text.contains("name\n&#34;kept</textarea>"), "{}", answer.text);
        let broken = [("csrf", &*word), ("content", "no base64!"), ("do", "import")];
        check_page(&send(&browser, path, &broken).await.is(400));
    }
}

#[tokio::test]
async fn what_would_do_harm_is_shown_and_imported_as_it_is() {
    for client in clients().await {
        let browser = signed_in(&client, "alice").await;
        let path = "/tags/import/";
        let word = hidden(&page(&browser, path).await.is(200), "csrf");
        let quoted = HOSTILE.replace('"', "\"\"");
        let file = format!("name,description\n\"{quoted}\",\"=1+1\r\nx\"\n");
        for encoding in ["", "\"><script>"] {
            let fields = [("csrf", &*word), ("file", &*file), ("encoding", encoding)];
            check_page(&send(&browser, path, &fields).await);
        }
        let shown = send(&browser, path, &[("csrf", &word), ("file", &file)]).await.is(200);
        assert!(shown.text.contains("&#60;script&#62;alert(1)"), "{}", shown.text);
        let content = hidden(&shown, "content");
        let fields = [("csrf", &*word), ("content", &*content), ("do", "import")];
        send(&browser, path, &fields).await.is(303);
        let tag = client.get("/api/tags/1/").await.json();
        assert_eq!((&tag["name"], &tag["description"]), (&HOSTILE.into(), &"=1+1\r\nx".into()));
        check_page(&page(&browser, path).await);
    }
}
