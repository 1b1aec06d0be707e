//! What is kept of what callers write.

use super::*;

#[track_caller]
fn check_url(text: &str, max_length: usize, kept: Result<&str, FieldFault>) {
    let rules = TextRules { max_length, pattern: None };
    let parsed = parse_scalar(&Kind::Url(rules), &Json::text(text));
    let kept = kept.map(|text| Some(Value::Text(text.to_owned())));
    assert_eq!(parsed, kept, "{text}");
}

#[test]
fn a_url_is_kept_as_written_in_ascii_and_as_browsers_send_it_otherwise() {
    check_url("HTTPS://A.example/%7e?q", 50, Ok("HTTPS://A.example/%7e?q"));
    let sent = "https://xn--strae-oqa.example/%C3%BC?%C3%9F#%C3%A9";
    check_url("https://straße.example/ü?ß#é", 50, Ok(sent));
    check_url(sent, 50, Ok(sent));
    check_url("https://straße.example/ü?ß#é", 49, Err(FieldFault::TooLong { max: 49 }));
    check_url("x://ü:ü@ü/ü", 50, Ok("x://%C3%BC:%C3%BC@%C3%BC/%C3%BC"));
}

#[test]
fn days_and_moments_are_of_the_years_1_to_9999() {
    let is_taken = |kind: &Kind, text: &str| parse_scalar(kind, &Json::text(text)).is_ok();
    for (text, taken) in
        [("0000-12-31", false), ("0001-01-01", true), ("9999-12-31", true), ("10000-01-01", false)]
    {
        assert_eq!(is_taken(&Kind::Date, text), taken, "{text}");
        assert_eq!(is_taken(&Kind::Datetime, text), taken, "{text}");
    }
    for (text, taken) in [
        ("0001-01-01T00:00:00+00:01", false),
        ("9999-12-31T23:59:59.999999Z", true),
        ("9999-12-31T23:59:59-00:01", false),
    ] {
        assert_eq!(is_taken(&Kind::Datetime, text), taken, "{text}");
    }
}
