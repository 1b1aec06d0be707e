//! A browser, as far as the sign-in needs one.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;

use crate::client::{Answer, Client};

/// A browser, which keeps cookies.
pub(crate) struct Browser<'a> {
    client: &'a Client,
    pub(crate) cookies: Mutex<BTreeMap<String, String>>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client, cookies: Mutex::default() }
    }

    pub(crate) async fn send(
        &self,
        request: axum::http::request::Builder,
        body: impl Into<Body>,
    ) -> Answer {
        let line: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request: Request<Body> =
            request.header(header::COOKIE, line.join("; ")).body(body.into()).unwrap();
        let answer = self.client.send(request).await;
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(set.contains("; HttpOnly; SameSite=Lax"), "{set}");
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Client::request("GET", path), String::new()).await
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Client::request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, body).await
    }

    /// The word that the form of a page carries.
    pub(crate) async fn word_of(&self, path: &str) -> String {
        let page = self.get(path).await.is(200);
        let rest = page.text.split_once("name=\"csrf\" value=\"").unwrap().1;
        rest.split('"').next().unwrap().to_owned()
    }

    pub(crate) async fn sign_in(&self, user: &str, password: &str, next: &str) -> Answer {
        let word = self.word_of("/login/").await;
        let fields =
            [("csrf", word.as_str()), ("user", user), ("password", password), ("next", next)];
        self.form("/login/", &fields).await
    }

    pub(crate) async fn me(&self) -> Value {
        self.get("/api/-/me/").await.is(200).json()
    }

    /// The same browser, whose requests another replica answers.
    pub(crate) fn at(&self, client: &'a Client) -> Self {
        Self { client, cookies: Mutex::new(self.cookies.lock().unwrap().clone()) }
    }

    pub(crate) fn session(&self) -> String {
        self.cookies.lock().unwrap().get("domesday_session").cloned().unwrap_or_default()
    }
}
