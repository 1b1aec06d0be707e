//! The known word that a mistyped one was probably meant to be.

/// Longer words are not compared: no name is as long, and comparing costs the product of lengths.
const LENGTH_MAX: usize = 64;

/// The known word nearest to `word`: at most a third of its letters changed, added, left out or
/// swapped with their neighbour; capitals, and what joins words, aside. The first of several as
/// near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LENGTH_MAX {
        return None;
    }
    let word = plain(word);
    let allowed = (length / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn plain(word: &str) -> String {
    word.to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        let known = ["name", "component", "dc", "ip", "iexact", "exact", "long text"];
        assert_eq!(nearest(word, known), expected, "{word}");
    }

    #[test]
    fn the_nearest_word_is_within_a_third_of_the_letters() {
        check("nmae", Some("name"));
        check("Name", Some("name"));
        check("componnet", Some("component"));
        check("i", Some("ip"));
        check("exakt", Some("exact"));
        check("long-text", Some("long text"));
        check("rack", None);
        check("x", None);
        check("", None);
        check(&"n".repeat(100_000), None);
    }
}
