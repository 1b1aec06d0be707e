//! What changed for users is told in `changelog.d/`, in the same change.

use std::process::Command;

use anyhow::Result;

use super::files::SourceFile;
use crate::paths;
use crate::process::output;

/// Whether `crates/` differs from the last release; the whole of it does before the first.
///
/// # Errors
/// When git can't tell.
pub(crate) fn changed_since_release() -> Result<bool> {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        output(git.current_dir(paths::root()).args(arguments))
    };
    let Ok(release) = git(&["describe", "--tags", "--abbrev=0"]) else {
        // A clone without tags: the changelog tells whether there was a release.
        let changelog = std::fs::read_to_string(paths::root().join("CHANGELOG.md"));
        return Ok(!changelog.is_ok_and(|text| has_release(&text)));
    };
    Ok(!git(&["diff", "--name-only", release.trim(), "--", "crates"])?.is_empty())
}

/// Whether a changelog has a section of a version.
fn has_release(changelog: &str) -> bool {
    let sections = changelog.lines().filter_map(|line| line.strip_prefix("## ["));
    sections.into_iter().any(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// A change of the crates has a fragment, and each fragment says something.
pub(crate) fn check(files: &[SourceFile], crates_changed: bool) -> Vec<String> {
    let fragments: Vec<&SourceFile> = files.iter().filter(|file| is_fragment(file)).collect();
    if crates_changed && fragments.is_empty() {
        return vec!["changelog.d/: say there what changes for users (README.md tells how)".into()];
    }
    let empty = fragments.into_iter().filter(|file| file.text.trim().is_empty());
    empty.map(|file| format!("{}:1: it says nothing", file.path)).collect()
}

fn is_fragment(file: &SourceFile) -> bool {
    file.path.starts_with("changelog.d/")
        && file.has_extension("md")
        && !file.path.ends_with("/README.md")
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    #[test]
    fn a_change_of_the_crates_is_told() {
        let readme = || file("changelog.d/README.md", "How");
        assert_eq!(check(&[readme()], true).len(), 1);
        assert!(check(&[readme()], false).is_empty());
        assert!(check(&[readme(), file("changelog.d/rest.md", "REST.")], true).is_empty());
    }

    #[test]
    fn a_release_is_told_from_what_is_to_come() {
        assert!(!has_release("# Changelog\n## [Unreleased]\n"));
        assert!(has_release("## [Unreleased]\n\n## [1.0.0] - 2026-12-01\n"));
    }

    #[test]
    fn a_fragment_says_something() {
        assert_eq!(check(&[file("changelog.d/rest.md", "\n")], true).len(), 1);
    }
}
