//! Bodies in the codings that clients take.

use std::io::Read as _;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;

use super::asking;
use crate::client::{Client, clients, with_servers};

/// Status, headers and body as they are sent.
async fn raw(client: &Client, path: &str, accepted: &str) -> (StatusCode, HeaderMap, Bytes) {
    let response = client.raw(asking(client, path, &[("accept-encoding", accepted)])).await;
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
}

pub(super) fn decoded(coding: Option<&str>, bytes: &Bytes) -> String {
    let mut text = String::new();
    match coding {
        None => text.push_str(std::str::from_utf8(bytes).unwrap()),
        Some("gzip") => {
            flate2::read::GzDecoder::new(&**bytes).read_to_string(&mut text).map(drop).unwrap();
        }
        Some("br") => {
            brotli::Decompressor::new(&**bytes, 4096).read_to_string(&mut text).map(drop).unwrap();
        }
        Some("zstd") => text = String::from_utf8(zstd::decode_all(&**bytes).unwrap()).unwrap(),
        Some(other) => panic!("{other}"),
    }
    text
}

#[tokio::test]
async fn a_body_is_the_same_in_every_coding() {
    for client in clients().await {
        with_servers(&client).await;
        for path in ["/api/servers/", "/api/servers.jsonl", "/api/servers.csv", "/api/-/history/"] {
            let (_, plain, body) = raw(&client, path, "identity").await;
            assert_eq!(plain.get("content-encoding"), None);
            let mut tags = vec![plain["etag"].clone()];
            for (accepted, coding) in [("gzip", "gzip"), ("br", "br"), ("zstd, gzip", "zstd")] {
                // Made, kept, and from the other process.
                let replica = client.at_replica().await;
                for asked in [&client, &client, &replica] {
                    let (status, headers, coded) = raw(asked, path, accepted).await;
                    assert_eq!(status, StatusCode::OK);
                    let said = headers.get("content-encoding").map(|word| word.to_str().unwrap());
                    // A few lines of a table are not worth it.
                    assert!(said.is_none_or(|said| said == coding), "{path} {accepted} {said:?}");
                    assert_eq!(decoded(said, &coded), decoded(None, &body), "{path} {accepted}");
                    assert_eq!(headers["content-type"], plain["content-type"]);
                    tags.push(headers["etag"].clone());
                }
            }
            tags.sort_by(|one, two| one.as_bytes().cmp(two.as_bytes()));
            tags.dedup();
            assert_eq!(tags.len(), 4, "{path}: a tag for each coding");
        }
    }
}

#[tokio::test]
async fn what_has_nothing_to_compress_is_sent_as_it_is() {
    for client in clients().await {
        with_servers(&client).await;
        let (_, headers, _) = raw(&client, "/api/tags/1/", "gzip").await;
        assert_eq!(headers.get("content-encoding"), None);
        let (_, headers, _) = raw(&client, "/api/servers/", "gzip").await;
        assert_eq!(headers["content-encoding"], "gzip");
    }
}
