//! The known word that somebody probably meant.

use super::fault::quoted;

/// The longest word worth comparing; no known word comes near it.
const WORD_LENGTH_MAX: usize = 60;

/// `did you mean "integer"?`, when one of the known words is near enough.
pub(super) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, known).map(|meant| format!("did you mean {}?", quoted(meant)))
}

/// The known word that needs the fewest changes of a letter, when they are few for its length.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > WORD_LENGTH_MAX {
        return None;
    }
    let word: Vec<char> = word.to_lowercase().replace([' ', '-'], "_").chars().collect();
    let changes_max = (word.len() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| {
            let letters: Vec<char> = candidate.replace(' ', "_").chars().collect();
            (distance(&word, &letters), candidate)
        })
        .filter(|(changes, _)| *changes <= changes_max && *changes < word.len())
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed, replaced or swapped with their neighbour (optimal
/// string alignment).
fn distance(from: &[char], to: &[char]) -> usize {
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (y, letter) in from.iter().enumerate() {
        let mut next = vec![y.saturating_add(1)];
        for (x, other) in to.iter().enumerate() {
            let at = |row: &[usize], x: usize| row.get(x).copied().unwrap_or(usize::MAX);
            let replaced = at(&row, x).saturating_add(usize::from(letter != other));
            let added = at(&next, x).saturating_add(1);
            let removed = at(&row, x.saturating_add(1)).saturating_add(1);
            let is_swap = x > 0
                && y > 0
                && to.get(x.saturating_sub(1)) == Some(letter)
                && from.get(y.saturating_sub(1)) == Some(other);
            let swapped = if is_swap {
                at(&above, x.saturating_sub(1)).saturating_add(1)
            } else {
                usize::MAX
            };
            next.push(replaced.min(added).min(removed).min(swapped));
        }
        above = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_letters_that_change() {
        for (from, to, changes) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("interger", "integer", 1),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("nmae", "name", 1),
            ("abcd", "badc", 2),
        ] {
            let letters = |word: &str| word.chars().collect::<Vec<_>>();
            assert_eq!(distance(&letters(from), &letters(to)), changes, "{from} {to}");
        }
    }

    #[test]
    fn a_word_far_from_all_has_no_nearest() {
        let known = ["integer", "ip", "long text"];
        for (word, meant) in [
            ("interger", Some("integer")),
            ("Integer", Some("integer")),
            ("long-text", Some("long text")),
            ("i", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(nearest(&"i".repeat(10_000), known), None);
    }
}
