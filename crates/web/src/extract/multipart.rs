//! Forms with files, as browsers send them (RFC 7578).
//!
//! Read by hand: what is taken is small and whole in memory, and browsers write one form of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;

use super::body::{media_type, read};
use crate::edge::Edge;
use crate::error::ApiError;

/// The most fields of a form: one for each column of a file that can be mapped, and some more.
const PARTS_MAX: usize = 288;
/// The most characters of a boundary (RFC 2046).
const BOUNDARY_LENGTH_MAX: usize = 70;

/// A form that may hold files: its fields, the first of each name.
#[derive(Debug, Default)]
pub(crate) struct Upload(BTreeMap<String, Part>);

/// A field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// What a file was called where it came from.
    pub(crate) file_name: String,
    pub(crate) bytes: Bytes,
}

impl Upload {
    /// A field; an empty one where it was not sent.
    pub(crate) fn part(&self, name: &str) -> Part {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// A field as text, without blanks around it, where it was sent.
    pub(crate) fn sent(&self, name: &str) -> Option<String> {
        self.0.contains_key(name).then(|| self.text(name))
    }

    /// A field as text, without blanks around it; empty where it was not sent.
    pub(crate) fn text(&self, name: &str) -> String {
        let part = self.part(name);
        String::from_utf8_lossy(&part.bytes).trim().to_owned()
    }
}

impl FromRequest<Arc<Edge>> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let found = media_type(request.headers());
        if found != "multipart/form-data" {
            return Err(ApiError::UnsupportedMediaType(found));
        }
        let boundary = boundary(request.headers());
        let body = read(request.into_body(), form_limit(edge.settings.body_limit)).await?;
        let parts = boundary.and_then(|boundary| parts(&body, &boundary));
        parts.map(Self).ok_or_else(|| ApiError::Unreadable("The form can't be read.".to_owned()))
    }
}

/// The most bytes of a form that carries a file of so many: written in letters, it is a third
/// larger, and other fields stand beside it.
fn form_limit(file_limit: usize) -> usize {
    file_limit.saturating_add(file_limit / 2).saturating_add(64 * 1_024)
}

/// What parts the fields.
fn boundary(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parameters = text.split(';').skip(1).filter_map(|pair| pair.trim().split_once('='));
    let (_, boundary) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let boundary = boundary.trim_matches('"');
    (1..=BOUNDARY_LENGTH_MAX).contains(&boundary.len()).then(|| boundary.to_owned())
}

/// The fields of a body; `None` where it is not what the boundary promises.
fn parts(body: &Bytes, boundary: &str) -> Option<BTreeMap<String, Part>> {
    let first = format!("--{boundary}");
    let delimiter = format!("\r\n{first}");
    let mut parts = BTreeMap::new();
    let mut at = body.starts_with(first.as_bytes()).then_some(first.len())?;
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        if !rest.starts_with(b"\r\n") || parts.len() >= PARTS_MAX {
            return None;
        }
        // The head begins with the line end, so that one without any header is found, too.
        let head = find(rest, b"\r\n\r\n")?;
        let content = at + head + 4;
        let length = find(body.get(content..)?, delimiter.as_bytes())?;
        if let Some((name, file_name)) = names(rest.get(..head)?) {
            let bytes = body.slice(content..content + length);
            parts.entry(name).or_insert(Part { file_name, bytes });
        }
        at = content + length + delimiter.len();
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The name of a field, and of its file.
fn names(head: &[u8]) -> Option<(String, String)> {
    let head = String::from_utf8_lossy(head);
    let is_ours = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        name.eq_ignore_ascii_case("content-disposition")
    };
    let line = head.lines().find(is_ours)?;
    let value = |name: &str| {
        let (_, rest) = line.split_once(&format!("; {name}=\""))?;
        Some(rest.split('"').next().unwrap_or_default().to_owned())
    };
    Some((value("name")?, value("filename").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<Vec<(String, String, String)>> {
        let parts = parts(&Bytes::from(body.replace('\n', "\r\n")), "b")?;
        let told = parts.into_iter().map(|(name, part)| {
            (name, part.file_name, String::from_utf8(part.bytes.to_vec()).unwrap())
        });
        Some(told.collect())
    }

    #[test]
    fn fields_and_files_are_read_as_they_are() {
        let body = "--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n\
            --b\ncontent-disposition: form-data; name=\"f\"; filename=\"x;y.csv\"\n\
            Content-Type: text/csv\n\nname\n--x\n\n\n--b\nX: y\n\nz\n--b--\n";
        let text = |text: &str| text.to_owned();
        let expected = vec![
            (text("a"), String::new(), text("1")),
            (text("f"), text("x;y.csv"), text("name\r\n--x\r\n\r\n")),
        ];
        assert_eq!(read(body), Some(expected));
        assert_eq!(read("--b--"), Some(Vec::new()));
    }

    #[test]
    fn what_is_cut_short_or_no_form_is_none() {
        for body in [
            "",
            "b",
            "--b",
            "--b\n",
            "--bx\n",
            "--b\nContent-Disposition: form-data; name=\"a\"\n\n1",
            "--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b",
        ] {
            assert_eq!(read(body), None, "{body:?}");
        }
        let field = "--b\nContent-Disposition: form-data; name=\"N\"\n\n1\n";
        let of = |count: usize| {
            let fields: String = (0..count).map(|n| field.replace('N', &n.to_string())).collect();
            read(&format!("{fields}--b--")).map(|parts| parts.len())
        };
        assert_eq!((of(PARTS_MAX), of(PARTS_MAX + 1)), (Some(PARTS_MAX), None));
    }

    #[test]
    fn the_boundary_is_told_by_the_header() {
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        for (text, expected) in [
            ("multipart/form-data; boundary=----W1", Some("----W1")),
            ("multipart/form-data; charset=utf-8; Boundary=\"a b\"", Some("a b")),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            (long.as_str(), None),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, text.parse().unwrap())]);
            assert_eq!(boundary(&headers).as_deref(), expected, "{text}");
        }
    }
}
