//! How many commands of each page are not run yet: numbers that only shrink.

use std::collections::BTreeMap;

/// The pages with such commands: `NUMBER PAGE`.
pub(crate) const FILE: &str = "xtask/unrun-commands.txt";

/// What is allowed of a page that others still write.
const ANY: &str = "any";

/// What breaks the rule, given the file and how many each page has.
pub(crate) fn findings(file: &str, pages: &BTreeMap<String, Vec<usize>>) -> Vec<String> {
    let entries = file.lines().filter_map(|line| line.split_once(' '));
    let allowed: BTreeMap<&str, &str> = entries.map(|(number, page)| (page, number)).collect();
    let mut findings = Vec::new();
    for (page, lines) in pages {
        let allowed = allowed.get(page.as_str()).copied().unwrap_or("0");
        let limit = if allowed == ANY { usize::MAX } else { allowed.parse().unwrap_or(0) };
        let count = lines.len();
        if count > limit {
            let at = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            findings.push(format!(
                "{page}: {count} commands are not run, and {limit} may be so (lines {at}): fence them as \
                 console, or say why not in <!-- not run: … --> before the block"
            ));
        } else if count < limit && allowed != ANY {
            findings.push(format!("{FILE}: {page} has {count} now, lower its number"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, lines: &[usize], expect: usize) {
        let pages = BTreeMap::from([("docs/a.md".to_owned(), lines.to_vec())]);
        assert_eq!(findings(file, &pages).len(), expect, "{file} {lines:?}");
    }

    #[test]
    fn a_page_loses_no_coverage() {
        check("", &[], 0);
        check("", &[3], 1);
        check("1 docs/a.md", &[3], 0);
        check("1 docs/a.md", &[3, 4], 1);
        check("2 docs/a.md", &[3], 1);
        check("any docs/a.md", &[3, 4, 5], 0);
    }
}
