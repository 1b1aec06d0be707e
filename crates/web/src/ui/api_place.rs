//! Where in the API an address is: its name, the way there, and the page of the same for people.

use domain::schema::{Schema, Type};
use percent_encoding::percent_decode_str;

use super::cell::Link;
use super::shell::plural_label;
use crate::extract::Parameters;
use crate::extract::format::FORMAT;
use crate::extract::links::with_query;

/// The root of the API.
const ROOT: &str = "/api/";
/// Segments that have no answer of their own: addresses only lead through them.
const WAYS: [&str; 6] = ["-", "by", "commits", "grants", "members", "validate"];
/// What has a page beside records, and whether the page takes the same parameters.
const PAGES: [(&str, bool); 3] = [("audit", true), ("change-requests", false), ("history", true)];
/// Parameters that cut a list into pages; a file has all of it.
const OF_PAGES: [&str; 5] = ["cursor", "offset", "limit", "count", "format"];

/// An address of the API.
pub(crate) struct Place<'a> {
    path: &'a str,
    query: &'a str,
    segments: Vec<String>,
    of: Option<&'a Type>,
}

impl<'a> Place<'a> {
    pub(crate) fn new(schema: &'a Schema, path: &'a str, query: &'a str) -> Self {
        let inner = path.strip_prefix(ROOT).unwrap_or_default().trim_end_matches('/');
        let segments = inner.split('/').filter(|segment| !segment.is_empty());
        let segments: Vec<String> = segments
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let of = segments.first().and_then(|plural| schema.by_plural(plural));
        Self { path, query, segments, of }
    }

    /// The type, where this is the list of its records.
    pub(crate) fn list(&self) -> Option<&'a Type> {
        self.of.filter(|_| self.segments.len() == 1)
    }

    /// The type and the id, where this is a record.
    pub(crate) fn record(&self) -> Option<(&'a Type, &str)> {
        match (self.of, self.segments.as_slice()) {
            (Some(of), [_, id]) if is_number(id) => Some((of, id)),
            _ => None,
        }
    }

    /// What is there, as people call it.
    pub(crate) fn title(&self) -> String {
        if let Some((of, id)) = self.record() {
            return format!("{} {id}", of.label);
        }
        match (self.list(), self.segments.last()) {
            (Some(of), _) => plural_label(of),
            (None, Some(last)) => words(last),
            (None, None) => "API".to_owned(),
        }
    }

    /// The way there; what has no answer of its own has no address, and so has where one is.
    pub(crate) fn crumbs(&self) -> Vec<Link> {
        let root = if self.segments.is_empty() { "" } else { ROOT };
        let mut crumbs = vec![Link { href: root.to_owned(), label: "API".to_owned() }];
        let mut href = ROOT.to_owned();
        let raw = self.path.strip_prefix(ROOT).unwrap_or_default().split('/');
        let raw = raw.filter(|segment| !segment.is_empty());
        // A key of several parts is one address.
        let by = self.segments.iter().position(|segment| segment == "by").unwrap_or(usize::MAX);
        for (place, (label, raw)) in self.segments.iter().zip(raw).enumerate() {
            href.push_str(raw);
            href.push('/');
            let is_way = WAYS.contains(&label.as_str()) || place > by;
            let is_here = place + 1 == self.segments.len();
            if label != "-" {
                let href = if is_way || is_here { String::new() } else { href.clone() };
                crumbs.push(Link { href, label: label.clone() });
            }
        }
        crumbs
    }

    /// The page of the same for people.
    pub(crate) fn page(&self) -> Option<String> {
        let with_query = |path: &str| match self.query {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        };
        let path = self.path.strip_prefix("/api")?;
        match self.segments.as_slice() {
            [] => Some("/".to_owned()),
            [dash, name] if dash == "-" => {
                let (_, takes_same) = PAGES.iter().find(|(page, _)| page == name)?;
                Some(if *takes_same { with_query(path) } else { path.to_owned() })
            }
            [dash, name, number] if dash == "-" && name == "change-requests" => {
                is_number(number).then(|| path.to_owned())
            }
            [_] if self.of.is_some() => Some(with_query(path)),
            [_, id] if self.of.is_some() && is_number(id) => Some(path.to_owned()),
            _ => None,
        }
    }

    /// The same in other forms.
    pub(crate) fn formats(&self) -> Vec<Link> {
        let link = |label: &str, href| Link { href, label: label.to_owned() };
        let mut formats = vec![link("JSON", self.raw())];
        if self.list().is_some() {
            formats.push(link("CSV", self.whole("csv")));
            formats.push(link("JSON lines", self.whole("jsonl")));
            formats.push(link("YAML", self.whole("yaml")));
            formats.push(link("XLSX", self.whole("xlsx")));
        }
        formats
    }

    /// The same as it is, for who has a browser.
    pub(crate) fn raw(&self) -> String {
        match self.query {
            "" => "?format=json".to_owned(),
            query => format!("?{query}&format=json"),
        }
    }

    /// All of the list as a file.
    fn whole(&self, format: &str) -> String {
        let parameters = Parameters::parse(self.query);
        let kept = parameters.pairs().iter().filter(|(name, _)| !OF_PAGES.contains(&name.as_str()));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        with_query("", kept.chain([(FORMAT, format)]))
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `change-requests` as `Change requests`.
fn words(segment: &str) -> String {
    let words = segment.replace('-', " ");
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, title: &str, page: Option<&str>, crumbs: &str) {
        let schema = app::schema_file::built_in().unwrap();
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let place = Place::new(&schema, path, query);
        assert_eq!(place.title(), title, "{address}");
        assert_eq!(place.page().as_deref(), page, "{address}");
        let told = place.crumbs().into_iter().map(|crumb| match crumb.href.as_str() {
            "" => crumb.label,
            href => format!("{}={href}", crumb.label),
        });
        assert_eq!(told.collect::<Vec<_>>().join(" "), crumbs, "{address}");
    }

    #[test]
    fn an_address_has_a_name_a_way_and_a_page() {
        check("/api/", "API", Some("/"), "API");
        check("/api/servers/?dc=1&x=<", "Servers", Some("/servers/?dc=1&x=<"), "API=/api/ servers");
        let way = "API=/api/ servers=/api/servers/";
        check("/api/servers/17/", "Server 17", Some("/servers/17/"), &format!("{way} 17"));
        let way = format!("{way} 17=/api/servers/17/");
        check("/api/servers/17/history/?limit=1", "History", None, &format!("{way} history"));
        let way = "API=/api/ servers=/api/servers/ by";
        check("/api/servers/by/a%2Fb/c/", "C", None, &format!("{way} a/b c"));
        check(
            "/api/-/history/?limit=1",
            "History",
            Some("/-/history/?limit=1"),
            "API=/api/ history",
        );
        let way = "API=/api/ change-requests=/api/-/change-requests/ 3";
        check("/api/-/change-requests/3/", "3", Some("/-/change-requests/3/"), way);
        check("/api/-/commits/3/", "3", None, "API=/api/ commits 3");
        check("/api/nothing/", "Nothing", None, "API=/api/ nothing");
    }

    #[test]
    fn a_file_has_all_that_the_filter_matches() {
        let schema = app::schema_file::built_in().unwrap();
        let place = Place::new(&schema, "/api/servers/", "name__in=a%26b&limit=5&cursor=x");
        let hrefs: Vec<String> = place.formats().into_iter().map(|link| link.href).collect();
        let expected = [
            "?name__in=a%26b&limit=5&cursor=x&format=json",
            "?name__in=a%26b&format=csv",
            "?name__in=a%26b&format=jsonl",
            "?name__in=a%26b&format=yaml",
            "?name__in=a%26b&format=xlsx",
        ];
        assert_eq!(hrefs, expected);
    }
}
