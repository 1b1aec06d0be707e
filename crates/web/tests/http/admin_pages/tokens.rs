//! Tokens on their page.

use super::{HOSTILE, browser_of, has, send};
use crate::client::clients;

#[tokio::test]
async fn a_token_is_shown_once_does_what_it_may_and_ends() {
    for client in clients().await {
        client.of("vera", "operators").await;
        let vera = browser_of(&client, "vera").await;
        let fields = [
            ("do", "make"),
            ("name", "backup"),
            ("days", "30"),
            ("right.view", "1"),
            ("type.server", "1"),
            ("networks", "10.0.0.0/8, 192.0.2.7"),
        ];
        let page = send(&vera, "/-/tokens/", &fields).await.is(201);
        has(&page, &["data-copy=\"#secret\"", "10.0.0.0/8, 192.0.2.7/32"]);
        let listed = vera.get("/-/tokens/").await.is(200);
        has(&listed, &["backup", "<td>view</td>", "<td>server</td>"]);
        assert!(!listed.text.contains("domesday_") && !listed.text.contains("id=\"secret\""));

        let fields = [("do", "make"), ("name", "wide"), ("days", "")];
        let page = send(&vera, "/-/tokens/", &fields).await.is(201);
        let secret = page.text.split_once("id=\"secret\">").unwrap().1;
        let secret = secret.split('<').next().unwrap();
        let machine = client.holding(secret.to_owned());
        let me = machine.call("GET", "/api/-/me/", "").await.is(200).json();
        assert_eq!((&me["user"], &me["token"]), (&"vera".into(), &"wide".into()));
        // A token makes no other: what it reads has no form for it.
        let page = machine.call("GET", "/-/tokens/", "").await.is(200);
        assert!(page.text.contains("can't make another") && !page.text.contains("Make it"));

        // The newest is the last.
        let id = page.text.rsplit_once("name=\"token\" value=\"").unwrap().1;
        let id = id.split('"').next().unwrap();
        send(&vera, "/-/tokens/", &[("do", "revoke"), ("token", id)]).await.is(303);
        machine.call("GET", "/api/-/me/", "").await.is(401);
        send(&vera, "/-/tokens/", &[("do", "revoke"), ("token", id)]).await.is(404);
    }
}

#[tokio::test]
async fn one_sees_ones_own_tokens_and_an_administrator_all() {
    for client in clients().await {
        client.of("vera", "viewers").await;
        client.of("hal", "viewers").await;
        let vera = browser_of(&client, "vera").await;
        let alice = browser_of(&client, "alice").await;
        let fields = [("do", "make"), ("name", "of vera"), ("days", "1")];
        send(&vera, "/-/tokens/", &fields).await.is(201);
        let hal = browser_of(&client, "hal").await;
        assert!(!hal.get("/-/tokens/").await.is(200).text.contains("of vera"));
        let all = alice.get("/-/tokens/").await.is(200);
        has(&all, &["of vera", "<td>hal</td>"]);
        let id = all.text.rsplit_once("name=\"token\" value=\"").unwrap().1;
        let id = id.split('"').next().unwrap();
        send(&hal, "/-/tokens/", &[("do", "revoke"), ("token", id)]).await.is(404);
        let of_vera = [("do", "make"), ("name", "x"), ("user", "vera")];
        send(&hal, "/-/tokens/", &of_vera).await.is(403);
        send(&alice, "/-/tokens/", &of_vera).await.is(201);
        send(&alice, "/-/tokens/", &[("do", "revoke"), ("token", id)]).await.is(303);
    }
}

#[tokio::test]
async fn a_token_that_is_refused_stays_in_the_form() {
    for client in clients().await {
        let alice = browser_of(&client, "alice").await;
        for (field, value, told) in [
            ("name", "", "id=\"e-name\">This field is required."),
            ("days", "0", "id=\"e-days\">Give 1 to 3660 days, or none."),
            ("days", "soon", "id=\"e-days\">Give 1 to 3660 days, or none."),
            ("networks", "10.0.0.0/8 home", "id=\"e-networks\">Home is no network"),
            ("type.x", "1", "id=\"e-types\">There is no type x."),
            ("right.fly", "1", "id=\"e-rights\">There is no right fly."),
        ] {
            let mut fields = vec![("do", "make"), ("right.view", "1"), ("type.dc", "1")];
            if field != "name" {
                fields.push(("name", HOSTILE));
            }
            fields.push((field, value));
            let page = send(&alice, "/-/tokens/", &fields).await.is(400);
            has(&page, &[told, "name=\"right.view\" value=\"1\" checked"]);
        }
        send(&alice, "/-/tokens/", &[("do", "make"), ("name", HOSTILE)]).await.is(201);
        has(&alice.get("/-/tokens/").await.is(200), &["&#60;script&#62;"]);
        let missing = [("do", "make"), ("name", "x"), ("user", "nobody")];
        has(&send(&alice, "/-/tokens/", &missing).await.is(404), &["There is no such user."]);
    }
}
