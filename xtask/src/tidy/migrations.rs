//! Both databases have the same migrations: one file each, numbered alike, without a gap.

use std::collections::BTreeMap;

use super::files::SourceFile;

const FOLDER: &str = "crates/sql/src/migrations/";
const DATABASES: [&str; 2] = ["sqlite", "postgres"];

/// Migrations that only one database has, or that are out of line.
pub(crate) fn check(files: &[SourceFile]) -> Vec<String> {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let paths = files.iter().filter_map(|file| file.path.strip_prefix(FOLDER));
    for (database, name) in paths.filter_map(|path| path.split_once('/')) {
        names.entry(name).or_default().push(database);
    }
    let mut findings = Vec::new();
    for (index, (name, databases)) in names.iter().enumerate() {
        for database in DATABASES.iter().filter(|database| !databases.contains(database)) {
            findings.push(format!("{FOLDER}{database}/{name} is missing"));
        }
        let number = format!("{:04}_", index + 1);
        let stem = name.strip_suffix(".sql").unwrap_or_default();
        if !stem.starts_with(&number) {
            findings.push(format!("{FOLDER}*/{name}: call it {number}WHAT.sql"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    #[track_caller]
    fn check_names(names: &[&str], findings: usize) {
        let files: Vec<_> = names.iter().map(|name| file(&format!("{FOLDER}{name}"), "")).collect();
        assert_eq!(check(&files).len(), findings, "{names:?}");
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        check_names(&["mod.rs", "sqlite/0001_a.sql", "postgres/0001_a.sql"], 0);
        check_names(&["sqlite/0001_a.sql"], 1);
        check_names(&["sqlite/0001_a.sql", "postgres/0001_b.sql"], 3);
    }

    #[test]
    fn migrations_are_numbered_without_a_gap() {
        check_names(&["sqlite/0002_a.sql", "postgres/0002_a.sql"], 1);
        check_names(&["sqlite/0001_a.txt", "postgres/0001_a.txt"], 1);
    }
}
