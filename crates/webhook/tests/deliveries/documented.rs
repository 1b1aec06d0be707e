//! What `docs/webhooks.md` says about knowing a delivery is true: its Python is run.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::bench::{SECRET, benches, webhook};

const DOCS: &str = include_str!("../../../../docs/webhooks.md");

/// The program of the page.
fn program() -> String {
    let (_, rest) = DOCS.split_once("```python\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// Whether the page's `verify` takes a delivery.
fn verifies(secret: &str, (id, timestamp, signature): (&str, i64, &str), body: &str) -> bool {
    let call = format!(
        "\nimport sys\nheaders = {{'webhook-id': {id:?}, 'webhook-timestamp': '{timestamp}', \
         'webhook-signature': {signature:?}}}\n\
         body = sys.stdin.buffer.read()\n\
         sys.exit(0 if verify({secret:?}, headers, body, now={timestamp}) else 1)\n"
    );
    let mut python = Command::new("python3")
        .arg("-c")
        .arg(program() + &call)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    match python.wait().unwrap().code() {
        Some(0) => true,
        Some(1) => false,
        other => panic!("the program of the page ends with {other:?}"),
    }
}

#[tokio::test]
async fn the_program_of_the_page_knows_our_deliveries_and_no_others() {
    for bench in benches(webhook()).await {
        bench.add(&["ä"]).await;
        assert_eq!(bench.pump().await, None);
        let got = bench.receiver.take().remove(0);
        let headers = (got.id.as_str(), got.timestamp, got.signature.as_str());
        assert!(verifies(SECRET, headers, &got.body));
        let (id, timestamp, signature) = headers;
        let two = format!("v1,AAAA {signature}");
        assert!(verifies(SECRET, (id, timestamp, &two), &got.body));
        assert!(!verifies(SECRET, headers, &got.body.replace('ä', "b")));
        assert!(!verifies(SECRET, ("1.1", timestamp, signature), &got.body));
        assert!(!verifies(SECRET, (id, timestamp + 1, signature), &got.body));
        let other = "whsec_YW5vdGhlciBrZXkgdGhhdCBpcyBsb25nIGVub3VnaCE=";
        assert!(!verifies(other, headers, &got.body));
    }
}
