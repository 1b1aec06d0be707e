//! Links of the made book lead somewhere: to a file of it, and to a place in that.
//!
//! What is looked at is what readers get. What the sources say beside the book (README.md and its kin)
//! is looked at as a forge shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

/// A page as it was made: where its links lead, and the places in it.
#[derive(Default)]
struct Made {
    leads: Vec<String>,
    places: BTreeSet<String>,
}

/// The links of a made book that lead nowhere.
///
/// # Errors
/// When it can't be read.
pub(crate) fn of_book(book: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    read_folder(book, book, &mut pages)?;
    let mut findings = Vec::new();
    for (name, page) in &pages {
        for lead in page.leads.iter().filter(|lead| is_within(lead)) {
            if !leads_somewhere(book, name, lead, &pages) {
                findings.push(format!("the book's {}: {lead} leads nowhere", name.display()));
            }
        }
    }
    Ok(findings)
}

fn read_folder(book: &Path, folder: &Path, pages: &mut BTreeMap<PathBuf, Made>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            read_folder(book, &path, pages)?;
        } else if path.extension().is_some_and(|kind| kind == "html") {
            // These repeat all the others, with links from elsewhere.
            let name = path.strip_prefix(book)?.to_owned();
            if !["print.html", "404.html", "toc.html"].iter().any(|other| name == Path::new(other))
            {
                pages.insert(name, made(&std::fs::read_to_string(&path)?));
            }
        }
    }
    Ok(())
}

fn made(html: &str) -> Made {
    let attributes = |name: &str| -> Vec<String> {
        let start = format!(" {name}=\"");
        let found = html.split(start.as_str()).skip(1);
        found.filter_map(|rest| Some(rest.split_once('"')?.0.replace("&amp;", "&"))).collect()
    };
    let leads = [attributes("href"), attributes("src")].concat();
    Made { leads, places: attributes("id").into_iter().collect() }
}

/// Whether a link stays where it is.
fn is_within(lead: &str) -> bool {
    !lead.contains("://")
        && !["mailto:", "data:", "javascript:"].iter().any(|kind| lead.starts_with(kind))
}

fn leads_somewhere(book: &Path, page: &Path, lead: &str, pages: &BTreeMap<PathBuf, Made>) -> bool {
    let (file, place) = lead.split_once('#').unwrap_or((lead, ""));
    let target = if file.is_empty() {
        page.to_owned()
    } else {
        plain(&page.parent().unwrap_or(Path::new("")).join(file))
    };
    match pages.get(&target) {
        Some(made) => place.is_empty() || made.places.contains(place),
        None => book.join(&target).is_file(),
    }
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// The links of a source file that lead to no file.
pub(crate) fn of_source(root: &Path, path: &str, text: &str) -> Vec<String> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut findings = Vec::new();
    let mut is_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code || line.starts_with("    ") {
            continue;
        }
        for lead in leads_of(line).filter(|lead| is_within(lead)) {
            let file = lead.split_once('#').map_or(lead, |(file, _)| file);
            if !file.is_empty() && !root.join(plain(&folder.join(file))).exists() {
                findings.push(format!("{path}:{}: {lead} leads nowhere", index + 1));
            }
        }
    }
    findings
}

/// `[text](lead)` and `[name]: lead`.
fn leads_of(line: &str) -> impl Iterator<Item = &str> {
    let defined =
        line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, lead)| lead);
    let inline =
        line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(lead, _)| lead));
    inline.chain(defined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_page_and_a_place_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write(
            "a.html",
            "<h2 id=\"x\"></h2><a href=\"b.html#y\"><a href=\"#x\"><a href=\"https://c\">",
        );
        write(
            "b.html",
            "<h2 id=\"y\"></h2><a href=\"a.html#no\"><a href=\"c.html\"><img src=\"d.png\">",
        );
        write("d.png", "");
        let findings = of_book(folder.path()).unwrap();
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings.iter().all(|finding| finding.contains("b.html")));
    }

    #[test]
    fn a_link_of_a_source_leads_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("docs")).unwrap();
        std::fs::write(folder.path().join("docs/a.md"), "").unwrap();
        let text = "[a](a.md#x) [b](b.md) [c](https://c) [r](../README.md)\n[d]: d.md\n";
        let findings = of_source(folder.path(), "docs/x.md", text);
        assert_eq!(findings.len(), 3, "{findings:?}");
        assert!(of_source(folder.path(), "README.md", "[a](docs/a.md)").is_empty());
    }
}
