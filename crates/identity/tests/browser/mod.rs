//! Somebody with a browser who signs in at Keycloak: its form, filled in over plain HTTP.

use std::collections::BTreeMap;

use identity::oidc::Answer;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use url::{Url, form_urlencoded};

/// A browser, with the cookies that it was given.
pub(crate) struct Browser {
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

/// Where a page sends the browser.
#[derive(Clone)]
pub(crate) struct Redirect(Url);

impl Redirect {
    /// A parameter of the address.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.0.query_pairs();
        pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }

    /// The address without its parameters.
    pub(crate) fn place(&self) -> String {
        let mut url = self.0.clone();
        url.set_query(None);
        url.into()
    }
}

/// What came back from a sign-in.
pub(crate) struct Returned {
    pub(crate) code: String,
    pub(crate) state: String,
    pub(crate) issuer: Option<String>,
}

impl Returned {
    pub(crate) fn answer(&self) -> Answer<'_> {
        Answer { code: &self.code, state: &self.state, issuer: self.issuer.as_deref() }
    }
}

/// A client that follows no redirect.
pub(crate) fn client() -> reqwest::Client {
    // Another test may have been faster.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    reqwest::Client::builder().redirect(Policy::none()).build().unwrap()
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self { client: client(), cookies: BTreeMap::new() }
    }

    /// Goes to a sign-in and fills in the form.
    pub(crate) async fn sign_in(&mut self, url: &str, user: &str, password: &str) -> Returned {
        let page = self.page(url).await;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("username", user)
            .append_pair("password", password)
            .finish();
        let request = self.client.post(form_action(&page).unwrap());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let redirect = redirect(&self.send(request).await).unwrap();
        Returned {
            code: redirect.parameter("code").unwrap(),
            state: redirect.parameter("state").unwrap(),
            issuer: redirect.parameter("iss"),
        }
    }

    /// The text of a page.
    pub(crate) async fn page(&mut self, url: &str) -> String {
        self.send(self.client.get(url)).await.text().await.unwrap()
    }

    /// Where an address leads, if anywhere else.
    pub(crate) async fn follow(&mut self, url: &str) -> Option<Redirect> {
        redirect(&self.send(self.client.get(url)).await)
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

fn redirect(response: &reqwest::Response) -> Option<Redirect> {
    let location = response.headers().get(LOCATION)?.to_str().unwrap();
    Some(Redirect(Url::parse(location).unwrap()))
}

/// Where the form of a page goes to.
pub(crate) fn form_action(page: &str) -> Option<String> {
    let (_, form) = page.split_once("id=\"kc-form-login\"")?;
    let (_, action) = form.split_once("action=\"")?;
    let (action, _) = action.split_once('"')?;
    Some(action.replace("&amp;", "&"))
}
