//! What came of moving in.

use std::collections::BTreeMap;

/// The most of what could not come that is told one by one; all of it is counted.
const LEFT_OUT_TOLD_MAX: usize = 1_000;

/// What came of moving in.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How much of each kind, in the order in which they came: `user`, `server`, `server history`.
    pub counts: Vec<(String, Counted)>,
    /// What could not come, and why; the first thousand.
    pub left_out: Vec<LeftOut>,
    /// Columns, tables and files that have no place here, with why.
    pub passed_over: Vec<String>,
}

/// How much of a kind there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Came and changed something here.
    pub brought: u64,
    /// Was here already.
    pub unchanged: u64,
    /// Could not come.
    pub left_out: u64,
}

/// Something that could not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Of what kind: `server`.
    pub kind: String,
    /// Which: its name, or what the other system calls it.
    pub which: String,
    /// Why.
    pub why: String,
}

impl Report {
    /// How much of a kind there was.
    pub fn of(&self, kind: &str) -> Counted {
        let found = self.counts.iter().find(|(name, _)| name == kind);
        found.map(|(_, counted)| *counted).unwrap_or_default()
    }

    /// How much could not come, of all kinds.
    pub fn left_out_count(&self) -> u64 {
        self.counts.iter().map(|(_, counted)| counted.left_out).sum()
    }

    pub(super) fn brought(&mut self, kind: &str, many: u64) {
        self.count(kind, |counted| counted.brought = counted.brought.saturating_add(many));
    }

    pub(super) fn unchanged(&mut self, kind: &str, many: u64) {
        self.count(kind, |counted| counted.unchanged = counted.unchanged.saturating_add(many));
    }

    pub(super) fn leave_out(&mut self, kind: &str, which: &str, why: impl Into<String>) {
        self.count(kind, |counted| counted.left_out = counted.left_out.saturating_add(1));
        if self.left_out.len() < LEFT_OUT_TOLD_MAX {
            let (kind, which) = (kind.to_owned(), which.to_owned());
            self.left_out.push(LeftOut { kind, which, why: why.into() });
        }
    }

    /// Why things could not come, by how many are left out for the same reason, most first.
    pub fn reasons(&self) -> Vec<(&str, &str, usize)> {
        let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for left in &self.left_out {
            let count = reasons.entry((&left.kind, &left.why)).or_default();
            *count = count.saturating_add(1);
        }
        let mut reasons: Vec<_> =
            reasons.into_iter().map(|((kind, why), count)| (kind, why, count)).collect();
        reasons.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        reasons
    }

    fn count(&mut self, kind: &str, change: impl FnOnce(&mut Counted)) {
        if let Some((_, counted)) = self.counts.iter_mut().find(|(name, _)| name == kind) {
            return change(counted);
        }
        let mut counted = Counted::default();
        change(&mut counted);
        self.counts.push((kind.to_owned(), counted));
    }
}
