//! Rules for files of any kind: how they begin, how long they are, what they must not say.

use std::collections::BTreeMap;

/// A text file of the project.
pub(crate) struct SourceFile {
    /// Its path from the project's folder.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    pub(crate) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
    }
}

/// The most lines of a source file: what one reader holds in mind.
const LINES_MAX: usize = 500;

/// Files that are longer, with how long each may be: `LINES PATH`.
pub(crate) const RATCHET: &str = "xtask/long-files.txt";

/// Kept in parts, so that this file does not break its own rule.
const UNFINISHED: [&str; 3] = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X")];
const SOMEBODYS_MACHINE: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// Each Rust file opens by telling what it is for.
pub(crate) fn heads(files: &[SourceFile]) -> Vec<String> {
    let rust = files.iter().filter(|file| file.is_rust());
    rust.filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{}:1: open with //! and what the file is for", file.path))
        .collect()
}

/// Source files are short; the ratchet lists those that are not, with numbers that only shrink.
pub(crate) fn lengths(files: &[SourceFile], ratchet: &str) -> Vec<String> {
    let mut allowed = read_ratchet(ratchet);
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_source(file)) {
        let lines = file.text.lines().count();
        let allowed = allowed.remove(file.path.as_str());
        findings.extend(length_finding(&file.path, lines, allowed));
    }
    findings.extend(allowed.keys().map(|path| format!("{RATCHET}: {path} is gone, remove it")));
    findings
}

fn length_finding(path: &str, lines: usize, allowed: Option<usize>) -> Option<String> {
    match allowed {
        None if lines > LINES_MAX => {
            Some(format!("{path}: {lines} lines, at most {LINES_MAX}: split it by subject"))
        }
        Some(allowed) if lines > allowed => {
            Some(format!("{path}: {lines} lines, and it had {allowed}: it may only shrink"))
        }
        Some(_) if lines <= LINES_MAX => Some(format!("{RATCHET}: {path} is short now, remove it")),
        Some(allowed) if lines < allowed => {
            Some(format!("{RATCHET}: {path} has {lines} lines now, lower its number"))
        }
        None | Some(_) => None,
    }
}

fn is_source(file: &SourceFile) -> bool {
    ["rs", "ts", "js", "css", "html", "sql", "py"].iter().any(|kind| file.has_extension(kind))
}

fn read_ratchet(ratchet: &str) -> BTreeMap<&str, usize> {
    let entries = ratchet.lines().filter_map(|line| line.split_once(' '));
    entries.filter_map(|(lines, path)| Some((path, lines.parse().ok()?))).collect()
}

/// No file speaks of unfinished work (an issue does) or of one person's machine.
pub(crate) fn words(files: &[SourceFile]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !file.has_extension("lock")) {
        for (index, line) in file.text.lines().enumerate() {
            let at = format!("{}:{}", file.path, index + 1);
            for word in UNFINISHED.iter().filter(|word| has_word(line, word)) {
                findings.push(format!("{at}: {word}: do it, or write an issue"));
            }
            for path in SOMEBODYS_MACHINE.iter().filter(|path| line.contains(*path)) {
                findings.push(format!("{at}: {path} exists on one machine alone"));
            }
        }
    }
    findings
}

/// Whether a line has a word that is not part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|part| part == word)
}

#[cfg(test)]
pub(super) fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rust_file_opens_with_its_purpose() {
        assert!(heads(&[file("a.rs", "//! Rules.\n"), file("a.md", "# A")]).is_empty());
        assert_eq!(heads(&[file("a.rs", "use std::fs;\n")]).len(), 1);
        assert_eq!(heads(&[file("a.rs", "")]).len(), 1);
    }

    #[track_caller]
    fn check_length(lines: usize, ratchet: &str, expect: Option<&str>) {
        let found = lengths(&[file("a.rs", &"x\n".repeat(lines))], ratchet);
        match expect {
            None => assert!(found.is_empty(), "{found:?}"),
            Some(part) => assert!(found.len() == 1 && found[0].contains(part), "{found:?}"),
        }
    }

    #[test]
    fn a_long_file_is_listed_and_only_shrinks() {
        check_length(500, "", None);
        check_length(501, "", Some("split it"));
        check_length(501, "501 a.rs", None);
        check_length(502, "501 a.rs", Some("may only shrink"));
        check_length(501, "502 a.rs", Some("lower its number"));
        check_length(500, "501 a.rs", Some("remove it"));
        check_length(1, "600 b.rs", Some("b.rs is gone"));
    }

    #[track_caller]
    fn check_words(text: &str, findings: usize) {
        assert_eq!(words(&[file("a.md", text)]).len(), findings, "{text}");
    }

    #[test]
    fn unfinished_work_belongs_in_issues() {
        for word in UNFINISHED {
            check_words(&format!("// {word}: later"), 1);
            check_words(&format!("MY{word}_LIST"), 0);
        }
    }

    #[test]
    fn no_path_of_one_machine_is_kept() {
        for path in SOMEBODYS_MACHINE {
            check_words(&format!("see {path}main"), 1);
        }
        check_words("look in ../shared/data for the network", 0);
    }
}
