//! Which form an answer has: `format=`, else the path's suffix, else `Accept`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::fault::Faults;

use super::Parameters;
use crate::error::ApiError;

/// The parameter that names a form.
pub(crate) const FORMAT: &str = "format";

/// The parameter that names a template, which makes a form of its own.
pub(crate) const EXPORT: &str = "export";

/// The media type of YAML (RFC 9512).
pub(crate) const YAML_TYPE: &str = "application/yaml";

/// The media type of workbooks.
pub(crate) const XLSX_TYPE: &str =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON document, in pages.
    Json,
    /// Comma-separated values of everything.
    Csv,
    /// A JSON document a line of everything.
    JsonLines,
    /// A list in YAML of everything.
    Yaml,
    /// A workbook of everything.
    Xlsx,
    /// What a `DataTables` grid wants.
    DataTables,
}

impl Format {
    /// The form of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            "yaml" | "yml" => Some(Self::Yaml),
            "xlsx" => Some(Self::Xlsx),
            "datatables" => Some(Self::DataTables),
            _ => None,
        }
    }

    /// The form of a list.
    ///
    /// # Errors
    /// [`ApiError::NotAcceptable`] for a form that is not known, or when the client takes none.
    pub(crate) fn of_list(
        parameter: Option<&str>,
        suffix: Option<Self>,
        headers: &HeaderMap,
    ) -> Result<Self, ApiError> {
        match (parameter, suffix) {
            (Some(name), _) => Self::named(name).ok_or(ApiError::NotAcceptable(
                "Could not satisfy the request: format is json, csv, jsonl, yaml, xlsx or \
                 datatables.",
            )),
            (None, Some(suffix)) => Ok(suffix),
            (None, None) => {
                let offers = [Self::Json, Self::Csv, Self::JsonLines, Self::Yaml, Self::Xlsx];
                negotiate(headers, &offers)
            }
        }
    }

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Yaml => "yaml",
            Self::Xlsx => "xlsx",
            Self::DataTables => "datatables",
        }
    }

    fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::Json => &["application/json"],
            Self::Csv => &["text/csv"],
            Self::JsonLines => &["application/jsonl", "application/x-ndjson"],
            Self::Yaml => &[YAML_TYPE, "application/x-yaml", "text/yaml"],
            Self::Xlsx => &[XLSX_TYPE],
            Self::DataTables => &[],
        }
    }
}

/// The form that the client likes best; the earlier offer where it likes several alike.
fn negotiate(headers: &HeaderMap, offers: &[Format]) -> Result<Format, ApiError> {
    let accepted = accepted(headers);
    if accepted.is_empty() {
        return offers.first().copied().ok_or(ApiError::Internal);
    }
    let mut best = None;
    for offer in offers {
        let weight =
            offer.media_types().iter().map(|media| weight(&accepted, media)).max().unwrap_or(0);
        if weight > best.map_or(0, |(_, most)| most) {
            best = Some((*offer, weight));
        }
    }
    best.map(|(offer, _)| offer)
        .ok_or(ApiError::NotAcceptable("Could not satisfy the request Accept header."))
}

/// Whether the client would rather see a page than have the data, as browsers do.
pub(crate) fn prefers_page(headers: &HeaderMap) -> bool {
    let accepted = accepted(headers);
    weight(&accepted, "text/html") > weight(&accepted, "application/json")
}

/// A media range with its weight in thousandths.
type Accepted = (String, u16);

fn accepted(headers: &HeaderMap) -> Vec<Accepted> {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .filter(|range| !range.trim().is_empty())
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
                .map_or(1_000, thousandths);
            (media, weight)
        })
        .collect()
}

/// `0.8` as 800; what is no weight counts as 0.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{fraction:0<3}");
    match (whole, digits.parse::<u16>()) {
        ("1", Ok(_)) => 1_000,
        ("0", Ok(part)) if part < 1_000 => part,
        _ => 0,
    }
}

/// The weight of a media type: that of the most specific range that holds it.
fn weight(accepted: &[Accepted], media: &str) -> u16 {
    let family = media.split('/').next().unwrap_or_default();
    [media, &format!("{family}/*"), "*/*"]
        .into_iter()
        .find_map(|range| accepted.iter().find(|(name, _)| name == range))
        .map_or(0, |(_, weight)| *weight)
}

/// Marks a handler that answers JSON alone.
pub(crate) struct JsonOnly;

impl<S: Sync> FromRequestParts<S> for JsonOnly {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut faults = Faults::default();
        let query = parts.uri.query().unwrap_or_default();
        let parameter = Parameters::parse(query).take(FORMAT, &mut faults);
        faults.or_ok(())?;
        match parameter.as_deref() {
            Some("json") => Ok(Self),
            Some(_) => {
                Err(ApiError::NotAcceptable("Could not satisfy the request: format is json here."))
            }
            None => negotiate(&parts.headers, &[Format::Json]).map(|_json| Self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[track_caller]
    fn check(accept: &str, expected: Option<Format>) {
        let headers =
            HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(accept).unwrap())]);
        let found = Format::of_list(None, None, &headers).ok();
        assert_eq!(found, expected, "{accept}");
    }

    #[test]
    fn the_form_is_what_the_client_likes_best() {
        check("", Some(Format::Json));
        check("*/*", Some(Format::Json));
        check("text/html,application/xml;q=0.9,*/*;q=0.8", Some(Format::Json));
        check("text/csv", Some(Format::Csv));
        check("text/*", Some(Format::Csv));
        check("TEXT/CSV; q=0.5, application/json;q=0.4", Some(Format::Csv));
        check("application/json, text/csv", Some(Format::Json));
        check("application/x-ndjson", Some(Format::JsonLines));
        check("application/jsonl", Some(Format::JsonLines));
        check(YAML_TYPE, Some(Format::Yaml));
        check("text/yaml, text/csv;q=0.9", Some(Format::Yaml));
        check(XLSX_TYPE, Some(Format::Xlsx));
        check(&format!("text/html;q=0.9, {XLSX_TYPE};q=0.8"), Some(Format::Xlsx));
        check("application/*;q=0.5,application/json;q=0", Some(Format::JsonLines));
        check("text/html", None);
        check("application/json;q=0", None);
        check("application/json;q=x", None);
    }

    #[test]
    fn browsers_would_rather_see_a_page() {
        for (accept, expected) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("text/html", true),
            ("*/*", false),
            ("", false),
            ("application/json, text/html", false),
            ("application/json;q=0.5, text/html", true),
            ("text/html;q=0.1, */*;q=0.2", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(prefers_page(&headers), expected, "{accept}");
        }
    }

    #[test]
    fn the_parameter_is_stronger_than_suffix_and_header() {
        let headers =
            HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("text/html"))]);
        let of = |parameter, suffix| Format::of_list(parameter, suffix, &headers).ok();
        assert_eq!(of(Some("csv"), Some(Format::Json)), Some(Format::Csv));
        assert_eq!(of(None, Some(Format::DataTables)), Some(Format::DataTables));
        assert_eq!(of(Some("xml"), None), None);
        assert_eq!(of(Some(""), None), None);
    }
}
