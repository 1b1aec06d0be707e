//! Whether a command answered what its page shows.
//!
//! Blanks and the ends of lines don't count, so that a page may break long lines, and `…` stands for anything. Of an answer with
//! headers (`curl -i`) a page shows those that it is about, and may leave out the body.

/// What stands for anything.
const ANYTHING: char = '…';

/// Whether an answer is what is shown; else what is missing in it.
///
/// # Errors
/// With the part of what is shown that the answer has not.
pub(crate) fn fits(shown: &str, answer: &str) -> Result<(), String> {
    if shown.starts_with("HTTP/") && answer.starts_with("HTTP/") {
        return response_fits(shown, answer);
    }
    text_fits(shown, answer)
}

/// Whether an answer begins with what is shown.
pub(crate) fn begins(shown: &str, answer: &str) -> bool {
    text_fits(&format!("{shown}{ANYTHING}"), answer).is_ok()
}

fn text_fits(shown: &str, answer: &str) -> Result<(), String> {
    let (shown, answer) = (bare(shown), bare(answer));
    let mut rest = answer.as_str();
    let mut pieces = shown.split(ANYTHING).peekable();
    let first = pieces.next().unwrap_or_default();
    rest = rest.strip_prefix(first).ok_or_else(|| first_difference(first, rest))?;
    if pieces.peek().is_none() {
        return if rest.is_empty() { Ok(()) } else { Err(format!("nothing behind {first:?}")) };
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return if rest.ends_with(piece) { Ok(()) } else { Err(piece.to_owned()) };
        }
        rest = rest.split_once(piece).ok_or_else(|| piece.to_owned())?.1;
    }
    Ok(())
}

/// What is shown, from a little before the first place where the answer is another.
fn first_difference(shown: &str, answer: &str) -> String {
    let same = shown.chars().zip(answer.chars()).take_while(|(one, other)| one == other).count();
    shown.chars().skip(same.saturating_sub(20)).collect()
}

fn bare(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

fn response_fits(shown: &str, answer: &str) -> Result<(), String> {
    let answer = answer.replace('\r', "");
    let (head, body) = answer.split_once("\n\n").unwrap_or((&answer, ""));
    let mut lines = shown.lines();
    let wanted: Vec<&str> = lines.by_ref().take_while(|line| is_head(line)).collect();
    for line in &wanted {
        if !head.lines().any(|header| text_fits(line, header).is_ok()) {
            return Err((*line).to_owned());
        }
    }
    let of_body: String = shown.lines().skip(wanted.len()).collect::<Vec<_>>().join("\n");
    if of_body.trim().is_empty() { Ok(()) } else { text_fits(&of_body, body) }
}

/// Whether a line is the first of a response, or a header.
fn is_head(line: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let name = line.split_once(':').map(|(name, _)| name);
    line.starts_with("HTTP/")
        || name.is_some_and(|name| !name.is_empty() && name.chars().all(is_letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shown: &str, answer: &str, expect: bool) {
        assert_eq!(fits(shown, answer).is_ok(), expect, "{shown} / {answer}");
    }

    #[test]
    fn blanks_do_not_count_and_an_ellipsis_is_anything() {
        check("{\"a\": 1,\n \"b\": 2}", "{\"a\":1,\"b\":2}\n", true);
        check("{\"a\": 1, …}", "{\"a\":1,\"b\":2}", true);
        check("{\"a\": 1}", "{\"a\":1,\"b\":2}", false);
        check("{…\"b\": 2, …\"d\": 4}", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", true);
        check("{…\"d\": 4, …\"b\": 2}", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", false);
        check("a … c", "a b d", false);
    }

    #[test]
    fn of_headers_those_that_are_shown_are_looked_for() {
        let answer = "HTTP/1.1 202 Accepted\r\ndate: now\r\nlocation: /a/61/\r\n\r\n{\"a\":1}";
        check("HTTP/1.1 202 Accepted\nlocation: /a/…/", answer, true);
        check("HTTP/1.1 202 Accepted\nlocation: /b/…/", answer, false);
        check("HTTP/1.1 201 Created", answer, false);
        check("HTTP/1.1 202 Accepted\n\n{\"a\": 1}", answer, true);
        check("HTTP/1.1 202 Accepted\n{\"a\": 2}", answer, false);
    }

    #[test]
    fn a_server_that_goes_on_began_as_shown() {
        assert!(begins("ready at …/", "ready at 127.0.0.1/\nand more"));
        assert!(!begins("ready", "not ready"));
    }
}
