//! Scripts and styles, as they were built and as they stand in the program.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde_json::Value;

use crate::error::ApiError;
use crate::fresh::{Coding, coded};

/// What the names of all of them begin with.
const PATH: &str = "/-/assets/";
/// Their names have a digest of what they hold, so that they never change.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

#[derive(RustEmbed)]
#[folder = "assets/dist/"]
struct Built;

/// What each source became, by Vite's own manifest.
static MANIFEST: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let manifest = Built::get(".vite/manifest.json");
    let parsed = manifest.and_then(|file| serde_json::from_slice(&file.data).ok());
    parsed.unwrap_or_default()
});

/// The address of what a source became.
pub(crate) fn script(source: &str) -> String {
    let file = MANIFEST.get(source).and_then(|built| built.get("file")?.as_str());
    file.map(|file| format!("{PATH}{file}")).unwrap_or_default()
}

/// The addresses of the styles that a source brings.
pub(crate) fn styles(source: &str) -> Vec<String> {
    let styles = MANIFEST.get(source).and_then(|built| built.get("css")?.as_array());
    let files = styles.into_iter().flatten().filter_map(Value::as_str);
    files.map(|file| format!("{PATH}{file}")).collect()
}

/// The addresses of what a script imports at once, so that a browser asks for all at the same time.
pub(crate) fn imports(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    add_imports(source, &mut found);
    found
}

fn add_imports(source: &str, found: &mut Vec<String>) {
    let imports = MANIFEST.get(source).and_then(|built| built.get("imports")?.as_array());
    for import in imports.into_iter().flatten().filter_map(Value::as_str) {
        let address = script(import);
        if !found.contains(&address) {
            found.push(address);
            add_imports(import, found);
        }
    }
}

/// The address of the style of all pages.
pub(crate) fn style() -> String {
    styles("src/app.ts").into_iter().next().unwrap_or_default()
}

/// `GET /favicon.ico`: what browsers ask for of pages that name no icon.
pub(crate) async fn icon() -> Redirect {
    Redirect::temporary(&script("src/style/icon.svg"))
}

/// What a page needs to look like the others before anything else of it is there.
pub(crate) struct Look {
    pub(crate) style: String,
    pub(crate) theme: String,
}

impl Look {
    pub(crate) fn new() -> Self {
        Self { style: style(), theme: script("src/theme.ts") }
    }
}

/// What has been put into a coding once, by name and coding: as much as there are files.
static CODED: Mutex<BTreeMap<(String, &'static str), Bytes>> = Mutex::new(BTreeMap::new());

/// A file in a coding.
fn in_coding(name: &str, coding: Coding, file: EmbeddedFile) -> Result<Bytes, ApiError> {
    let bytes = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let Some(word) = coding.word() else {
        return Ok(bytes);
    };
    let key = (name.to_owned(), word);
    let lock = || CODED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(made) = lock().get(&key) {
        return Ok(made.clone());
    }
    let made = coded(bytes, coding).map_err(|_no_memory| ApiError::Internal)?;
    lock().insert(key, made.clone());
    Ok(made)
}

/// `GET /-/assets/…`
pub(crate) async fn file(Path(name): Path<String>, asked: HeaderMap) -> Result<Response, ApiError> {
    let not_found = || ApiError::NotFound("Not found.".to_owned());
    let file = Built::get(&name).filter(|_| !name.starts_with('.')).ok_or_else(not_found)?;
    let media_type = match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
    let coding = Coding::wanted(&asked);
    let mut response = in_coding(&name, coding, file)?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, FOR_EVER);
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(word) = coding.word() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(word));
    }
    Ok(response)
}
