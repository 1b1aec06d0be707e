//! Pages: what people see of the register, driven as a browser drives them.

mod audit;
mod browse;
mod detours;
mod filled;
mod forms;
mod import;
mod import_steps;
mod meanwhile;
mod requests;
mod taken_along;

use axum::http::header;

use crate::client::{Answer, Client};
use crate::sign_in::browser::Browser;

/// What browsers take.
const ACCEPT: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

/// What somebody could fill in to do harm.
const HOSTILE: &str = r#"<script>alert(1)</script>"'&javascript:alert(1)"#;

/// A browser in which somebody is signed in.
async fn signed_in<'a>(client: &'a Client, user: &str) -> Browser<'a> {
    let browser = Browser::new(client);
    browser.sign_in(user, &format!("password of {user}"), "/").await.is(303);
    browser
}

/// A page as a browser asks for it.
async fn page(browser: &Browser<'_>, path: &str) -> Answer {
    seen(browser, "GET", path).await
}

async fn seen(browser: &Browser<'_>, method: &str, path: &str) -> Answer {
    browser.send(Client::request(method, path).header(header::ACCEPT, ACCEPT), String::new()).await
}

/// Checks that an answer is a page that is asked for each time, and that nothing in it came to life.
#[track_caller]
fn check_page(answer: &Answer) {
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{}", answer.text);
    let kept = answer.header("cache-control");
    assert!(["no-store", "private, no-cache", "public, no-cache"].contains(&kept), "{kept}");
    assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    let text = answer.text.to_lowercase();
    assert!(!text.contains("<script>") && !text.contains("=\"javascript:"), "{}", answer.text);
}
