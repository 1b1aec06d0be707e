//! What is asked again in the same words is answered as it was, by a shorter way; and never when
//! whoever asks may not any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::tokens::NewToken;
use app::{Clock, Context};
use axum::http::HeaderMap;
use chrono::TimeDelta;
use domain::access::Limits;
use domain::record::Timestamp;

use super::{KEPT, asking, get};
use crate::client::{Client, clients, with_servers};

const ACCEPTS: [&str; 3] = ["*/*", "application/json", "text/csv"];
const CODINGS: [&str; 3] = ["identity", "gzip", "gzip, br;q=0.1"];

/// What all answers to the same words have alike, before whatever sends them counts their bytes.
fn alike(mut headers: HeaderMap) -> HeaderMap {
    headers.remove("content-length");
    headers.remove("x-request-id");
    headers
}

/// A clock that stands still until it is set.
fn set_clock(client: &mut Client) -> Arc<AtomicI64> {
    let seconds = Arc::new(AtomicI64::new(client.test.system().now.timestamp() + 60));
    let shown = Arc::clone(&seconds);
    let now = move || Timestamp::from_timestamp(shown.load(Ordering::Relaxed), 0).unwrap();
    client.with_clock(Clock::new(now));
    seconds
}

#[tokio::test]
async fn a_repeat_is_answered_as_the_first_was() {
    for mut client in clients().await {
        with_servers(&client).await;
        set_clock(&mut client);
        let nobody = client.holding(String::new());
        for path in KEPT {
            for (accept, coding) in ACCEPTS.into_iter().flat_map(|a| CODINGS.map(|c| (a, c))) {
                let headers = [("accept", accept), ("accept-encoding", coding)];
                for asked in [&client, &nobody] {
                    let mut answers = Vec::new();
                    for _ in 0..4 {
                        let response = asked.raw(asking(asked, path, &headers)).await;
                        let (parts, body) = response.into_parts();
                        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                        answers.push((parts.status, alike(parts.headers), body));
                    }
                    // An error tells the request's own id.
                    let kept = answers.iter().filter(|answer| answer.0 == 200);
                    for again in kept {
                        assert_eq!(again, &answers[0], "{path} {accept} {coding}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_repeat_says_whether_its_client_has_the_answer() {
    for mut client in clients().await {
        with_servers(&client).await;
        set_clock(&mut client);
        for path in KEPT {
            let first = get(&client, path, &[]).await.is(200);
            let (tag, date) = (first.header("etag"), first.header("last-modified"));
            let longer = format!("\"x\", W/{tag}");
            for (name, value, status) in [
                ("if-none-match", tag, 304),
                ("if-none-match", &longer, 304),
                ("if-none-match", "\"x\"", 200),
                ("if-none-match", "*", 304),
                ("if-modified-since", date, 304),
                ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
            ] {
                if value.is_empty() {
                    continue;
                }
                for _ in 0..3 {
                    let answer = get(&client, path, &[(name, value)]).await.is(status);
                    assert_eq!(answer.header("etag"), tag, "{path} {name}: {value}");
                    assert_eq!(answer.header("last-modified"), date, "{path} {name}: {value}");
                    assert_eq!(answer.text.is_empty(), status == 304);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_ends_is_no_more_even_for_what_was_asked_before() {
    for mut client in clients().await {
        with_servers(&client).await;
        let seconds = set_clock(&mut client);
        let ends = seconds.load(Ordering::Relaxed) + 100;
        let new = NewToken {
            user: "alice".to_owned(),
            name: "for a while".to_owned(),
            expires_at: Timestamp::from_timestamp(ends, 0),
            limits: Limits::default(),
            networks: Vec::new(),
        };
        let ctx = Context { now: client.test.app.clock.now(), ..client.test.system() };
        client.token = client.test.app.token_create(&ctx, new).await.unwrap();
        for _ in 0..3 {
            get(&client, "/api/servers/", &[]).await.is(200);
        }
        seconds.store(ends + TimeDelta::seconds(1).num_seconds(), Ordering::Relaxed);
        get(&client, "/api/servers/", &[]).await.problem_is(401);
    }
}
