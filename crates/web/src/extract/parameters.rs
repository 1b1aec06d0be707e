//! The parameters of a query string or of a form, in the order they were sent.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::fault::{Faults, FieldFault};
use percent_encoding::percent_decode;

/// The parameters of a query string or of a form, in the order they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    /// Whether some text was no UTF-8; told when the parameters are read.
    damaged: Vec<String>,
}

impl Parameters {
    /// Reads `a=1&b=2`, percent-encoded, with `+` for a blank.
    pub(crate) fn parse(text: &str) -> Self {
        let mut parameters = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(value)) => parameters.pairs.push((name, value)),
                (Some(name), None) => parameters.damaged.push(name),
                (None, _) => parameters.damaged.push(name.to_owned()),
            }
        }
        parameters
    }

    /// Those of a request's address.
    pub(crate) fn of(parts: &Parts) -> Self {
        Self::parse(parts.uri.query().unwrap_or_default())
    }

    /// Parameters that have been decoded already.
    pub(crate) fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self { pairs, damaged: Vec::new() }
    }

    /// All of them, and behind them those of another source.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.pairs.extend(other.pairs);
        self.damaged.extend(other.damaged);
        self
    }

    /// The parameters that are left.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The first value of a parameter, as a form shows it again; empty where there is none.
    pub(crate) fn first(&self, name: &str) -> &str {
        let mut pairs = self.pairs.iter();
        pairs.find(|(other, _)| other == name).map_or("", |(_, value)| value.as_str())
    }

    /// Takes out those without a value: a field of a form that was left empty is none.
    pub(crate) fn drop_blank(&mut self) {
        self.pairs.retain(|(_, value)| !value.is_empty());
    }

    /// Takes out the value of a parameter that makes sense once.
    pub(crate) fn take(&mut self, name: &str, faults: &mut Faults) -> Option<String> {
        let mut found = None;
        self.pairs.retain(|(other, value)| {
            if other != name {
                return true;
            }
            if found.is_some() {
                faults.add(name, bad("Give this parameter once."));
            }
            found = Some(value.clone());
            false
        });
        found
    }

    /// Takes out all parameters of which the name is told to be known.
    pub(crate) fn drop_where(&mut self, is_known: impl Fn(&str) -> bool) {
        self.pairs.retain(|(name, _)| !is_known(name));
    }

    /// What is left, as [`domain::filter`] takes it.
    ///
    /// # Errors
    /// The parameters that are not UTF-8.
    pub(crate) fn into_pairs(self) -> Result<Vec<(String, String)>, Faults> {
        let mut faults = Faults::default();
        for name in self.damaged {
            faults.add(name, bad("This is not UTF-8."));
        }
        faults.or_ok(self.pairs)
    }

    /// Checks that nothing is left; `lenient` passes over what is.
    ///
    /// # Errors
    /// Every parameter that is not known here.
    pub(crate) fn refuse_rest(self, lenient: bool) -> Result<(), Faults> {
        let mut faults = Faults::default();
        for (name, _) in self.into_pairs()? {
            if !lenient && !faults.iter().any(|(known, _)| known == name) {
                faults.add(name, bad("Unknown parameter."));
            }
        }
        faults.or_ok(())
    }
}

/// A fault of a parameter, in words.
pub(crate) fn bad(text: impl Into<String>) -> FieldFault {
    FieldFault::BadParameter(text.into())
}

fn decode(text: &str) -> Option<String> {
    let blanks = text.replace('+', " ");
    let bytes = percent_decode(blanks.as_bytes());
    Some(bytes.decode_utf8().ok()?.into_owned())
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let pairs = Parameters::parse(text).into_pairs().unwrap();
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, expected, "{text}");
    }

    #[test]
    fn parameters_are_decoded_and_keep_their_order() {
        check("", &[]);
        check("&&", &[]);
        check("b=1&a=2&b=3", &[("b", "1"), ("a", "2"), ("b", "3")]);
        check("name!=x%20y+z", &[("name!", "x y z")]);
        check("name%21=%C3%A9", &[("name!", "é")]);
        check("brief", &[("brief", "")]);
        check("a=b=c", &[("a", "b=c")]);
        check("a=100%", &[("a", "100%")]);
    }

    #[test]
    fn what_is_no_utf8_is_refused_by_name() {
        let faults = Parameters::parse("name=%FF&ok=1").into_pairs().unwrap_err();
        assert_eq!(faults.to_string(), "name: This is not UTF-8.");
    }

    #[test]
    fn a_parameter_that_makes_sense_once_is_taken_once() {
        let mut parameters = Parameters::parse("limit=1&x=2&limit=3");
        let mut faults = Faults::default();
        parameters.take("limit", &mut faults);
        assert_eq!(faults.to_string(), "limit: Give this parameter once.");
        let faults = parameters.refuse_rest(false).unwrap_err();
        assert_eq!(faults.to_string(), "x: Unknown parameter.");
    }
}
