//! The steps of an import between the file and the register: columns, wrong rows, how far it is.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::header;
use http_body_util::BodyExt;
use serde_json::Value;

use super::import::{hidden, send};
use super::{ACCEPT, HOSTILE, check_page, page, signed_in};
use crate::client::{Answer, Client, clients, with_servers};
use crate::sign_in::browser::Browser;

const PATH: &str = "/servers/import/";

/// A file whose columns have other names, of which one is no field at all.
const FOREIGN: &str = "Host,IP address,Site,component,environment,group,state,Rack\n\
    new1001,10.0.0.9,eqiad,one,one,one,active,A7\n\
    new1002,nonsense,codfw,one,one,one,broken,A8\n";

async fn word(browser: &Browser<'_>) -> String {
    hidden(&page(browser, PATH).await.is(200), "csrf")
}

/// What is chosen for each column.
fn chosen(answer: &Answer) -> Vec<String> {
    let selects = answer.text.split("<select id=\"map-").skip(1);
    let of = |select: &str| {
        let select = select.split("</select>").next().unwrap();
        let before = select.split("\" selected>").next().filter(|part| part.len() < select.len());
        before.map_or_else(String::new, |part| part.rsplit('"').next().unwrap().to_owned())
    };
    selects.map(of).collect()
}

/// A form with files of any bytes, as a browser sends it.
fn form(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let file = if *name == "file" { "; filename=\"fleet.xlsx\"" } else { "" };
        let head = format!("Content-Disposition: form-data; name=\"{name}\"{file}");
        body.extend_from_slice(format!("--xx\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--xx--\r\n");
    body
}

async fn send_bytes(browser: &Browser<'_>, accept: &str, fields: &[(&str, &[u8])]) -> Answer {
    let request = Client::request("POST", PATH)
        .header(header::ACCEPT, accept)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=xx");
    browser.send(request, form(fields)).await
}

async fn workbook(client: &Client, path: &str) -> Vec<u8> {
    let response = client.raw(Client::request("GET", path).body(Body::empty()).unwrap()).await;
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

#[tokio::test]
async fn columns_of_other_names_are_mapped_and_kept_to_the_end() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let word = word(&browser).await;
        let first = [("csrf", &*word), ("file", FOREIGN), ("do", "try")];
        let asked = send(&browser, PATH, &first).await.is(200);
        check_page(&asked);
        assert!(asked.text.contains("2 rows in the file"), "{}", asked.text);
        assert!(asked.text.contains("A new record needs Name, "), "{}", asked.text);
        assert_eq!(
            chosen(&asked),
            ["", "ip", "", "component", "environment", "group", "state", ""]
        );
        assert!(asked.text.contains("A7<br>A8"), "{}", asked.text);
        let content = hidden(&asked, "content");
        let names = ["name", "ip", "dc", "component", "environment", "group", "state", ""];
        let places: Vec<String> = (0..names.len()).map(|place| format!("map_{place}")).collect();
        let mapped = |names: &[&'static str], wish: &'static str| {
            let maps = places.iter().map(String::as_str).zip(names.iter().copied());
            let begin = [("csrf", &*word), ("content", &*content), ("do", wish)];
            begin.into_iter().chain(maps).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
        };
        let sent = async |fields: Vec<(String, String)>| {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            send(&browser, PATH, &fields).await
        };
        // Two columns for one field, or none for the key: told beside the columns, which stay.
        let twice = ["ip", "ip", "dc", "", "", "", "", ""];
        let wrong = sent(mapped(&twice, "try")).await.is(400);
        assert!(wrong.text.contains("both hold &#34;ip&#34;"), "{}", wrong.text);
        assert!(wrong.text.contains("no column holds &#34;name&#34;"), "{}", wrong.text);
        assert_eq!(chosen(&wrong), twice);
        let shown = sent(mapped(&names, "try")).await.is(200);
        check_page(&shown);
        for part in [
            "<b>1</b> to add",
            "<b>1</b> wrong",
            r#"<tr><th scope="row">line 3</th><td>IP address</td><td>Enter a valid IPv4"#,
            r#"<tr><th scope="row">line 3</th><td>State</td><td>&#34;broken&#34; is not"#,
            r#"name="map_2" value="dc""#,
        ] {
            assert!(shown.text.contains(part), "{part}: {}", shown.text);
        }
        assert_eq!(hidden(&shown, "content"), content);
        // What is wrong, as a file.
        let bad = sent(mapped(&names, "bad")).await.is(200);
        assert_eq!(bad.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(bad.header("content-disposition"), "attachment; filename=\"servers-wrong.csv\"");
        assert!(bad.text.starts_with("import_place,import_reason,Host,IP address,Site,"));
        assert!(bad.text.contains("\nline 3,\"ip: Enter a valid"), "{}", bad.text);
        // Its text may be edited, and what columns hold may be said again.
        let edited = sent(mapped(&names, "edit")).await.is(200);
        assert!(edited.text.contains(&format!("{FOREIGN}</textarea>")), "{}", edited.text);
        let again = sent(mapped(&names, "map")).await.is(200);
        assert_eq!(chosen(&again), names);
        let mut meant: Vec<(String, String)> = mapped(&names, "import");
        meant.push(("skip_bad".to_owned(), "1".to_owned()));
        sent(meant).await.is(303);
        let added = client.get("/api/servers/by/new1001/").await.is(200).json();
        assert_eq!((&added["dc"]["name"], &added["ip"]), (&"eqiad".into(), &"10.0.0.9".into()));
    }
}

#[tokio::test]
async fn a_workbook_goes_in_as_it_came_out() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let word = word(&browser).await;
        let file = workbook(&client, "/api/servers.xlsx").await;
        let fields: [(&str, &[u8]); 3] =
            [("csrf", word.as_bytes()), ("file", &file), ("do", b"try")];
        let shown = send_bytes(&browser, ACCEPT, &fields).await.is(200);
        check_page(&shown);
        assert!(shown.text.contains("<b>3</b> as they are"), "{}", shown.text);
        assert!(!shown.text.contains("Edit the rows"), "{}", shown.text);
        // Of another type, with other columns.
        let file = workbook(&client, "/api/dcs.xlsx").await;
        let cut = &file[..file.len() / 2];
        let fields: [(&str, &[u8]); 3] = [("csrf", word.as_bytes()), ("file", cut), ("do", b"try")];
        let told = send_bytes(&browser, ACCEPT, &fields).await.is(400);
        assert!(told.text.contains("this can&#39;t be read as XLSX"), "{}", told.text);
    }
}

#[tokio::test]
async fn who_wants_to_know_how_far_it_is_is_told_line_by_line() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let word = word(&browser).await;
        let rows: Vec<String> = (0..2_500).map(|n| format!("t{n}")).collect();
        let file = format!("name\n{}\n", rows.join("\n"));
        let path = "/tags/import/";
        let send = async |fields: &[(&str, &[u8])]| {
            let request = Client::request("POST", path)
                .header(header::ACCEPT, "application/jsonl")
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=xx");
            browser.send(request, form(fields)).await
        };
        let lines = |answer: &Answer| -> Vec<Value> {
            assert_eq!(answer.header("content-type"), "application/jsonl");
            assert_eq!(answer.header("x-accel-buffering"), "no");
            answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let token = word.as_bytes();
        let tried =
            send(&[("csrf", token), ("file", file.as_bytes()), ("do", b"try")]).await.is(200);
        let told = lines(&tried);
        let last = told.last().unwrap()["page"].as_str().unwrap();
        assert!(last.contains("<b>2500</b> to add"), "{last}");
        let content = last.split_once("name=\"content\" value=\"").unwrap().1;
        let content = content.split('"').next().unwrap();
        let meant: [(&str, &[u8]); 3] =
            [("csrf", token), ("content", content.as_bytes()), ("do", b"import")];
        let done = send(&meant).await.is(200);
        let told = lines(&done);
        assert!(told.last().unwrap()["to"].as_str().unwrap().starts_with("/-/history/?commit="));
        for line in &told[..told.len() - 1] {
            let (of, total) = (line["done"].as_u64().unwrap(), line["total"].as_u64().unwrap());
            assert!(of <= total && total >= 2_500, "{line}");
        }
        assert_eq!(client.get("/api/tags/?limit=1").await.json()["count"], 2_502);
        // What is no import is a problem, as ever.
        let refused = send(&[("csrf", b"wrong"), ("file", b"name\nx\n")]).await;
        refused.problem_is(403);
    }
}

#[tokio::test]
async fn ten_megabytes_are_carried_on_and_a_byte_more_is_told() {
    for client in clients().await {
        let browser = signed_in(&client, "alice").await;
        let word = hidden(&page(&browser, "/tags/import/").await.is(200), "csrf");
        let limit = 10 * 1_024 * 1_024;
        // What does not pack well: no two rows alike.
        let mut file = String::from("name,description\n");
        let mut row = 0_u64;
        while file.len() < limit - 200 {
            let noise = row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            writeln!(file, "t{row},{noise:x}{:x}", noise.rotate_left(31)).unwrap();
            row += 1;
            if row > 200 {
                // Few rows, long cells: what is tried here is the size.
                let letter = |n: u64| {
                    let chance = ((n ^ noise).wrapping_mul(0x2545_F491) >> 7) % 16;
                    char::from_digit(u32::try_from(chance).unwrap(), 16).unwrap()
                };
                let cell: String = (0..80_000).map(letter).collect();
                writeln!(file, "t{row},{cell}").unwrap();
                row += 1;
            }
        }
        file.truncate(limit);
        let fields = [("csrf", &*word), ("file", &*file), ("do", "map")];
        let asked = send(&browser, "/tags/import/", &fields).await.is(200);
        let content = hidden(&asked, "content");
        let fields = [
            ("csrf", &*word),
            ("content", &*content),
            ("map_0", "name"),
            ("map_1", ""),
            ("do", "try"),
        ];
        let shown = send(&browser, "/tags/import/", &fields).await.is(200);
        assert!(shown.text.contains(&format!("<b>{row}</b> to add")), "{:.3000}", shown.text);
        let more = format!("{file}{}", "x".repeat(limit + 1 - file.len()));
        let fields = [("csrf", &*word), ("file", &*more), ("do", "try")];
        let told = send(&browser, "/tags/import/", &fields).await.is(400);
        assert!(told.text.contains("larger than 10240 KB"), "{:.3000}", told.text);
    }
}

#[tokio::test]
async fn names_of_columns_and_their_values_are_shown_as_text() {
    for client in clients().await {
        let browser = signed_in(&client, "alice").await;
        let word = word(&browser).await;
        let quoted = format!("\"{}\"", HOSTILE.replace('"', "\"\""));
        let file = format!("{quoted},name\n{quoted},x\n");
        let fields = [("csrf", &*word), ("file", &*file), ("do", "try")];
        let asked = send(&browser, PATH, &fields).await.is(200);
        check_page(&asked);
        assert!(asked.text.contains("&#60;script&#62;alert(1)"), "{}", asked.text);
    }
}
