//! What a request asks of the audit.

use app::audit::{AuditPlace, AuditQuestion};
use domain::fault::Faults;
use domain::record::Timestamp;

use super::past::{Between, read_place, take_limit, take_text};
use super::{Parameters, cursor};

/// What its cursors begin with.
const OF_AUDIT: &str = "a";

/// What a request for a page of the audit asks.
#[derive(Clone, Debug)]
pub(crate) struct AuditRequest {
    actor: Option<String>,
    /// The moments of its lines.
    pub(crate) between: Between,
    /// What the page begins behind.
    pub(crate) place: AuditPlace,
    /// Lines on the page.
    pub(crate) limit: u32,
}

impl AuditRequest {
    /// Takes it out of the parameters.
    pub(crate) fn take(parameters: &mut Parameters, now: Timestamp, faults: &mut Faults) -> Self {
        Self {
            actor: take_text("actor", parameters, faults),
            between: Between::take(parameters, now, faults),
            place: cursor::take(OF_AUDIT, parameters, faults, read_both).unwrap_or_default(),
            limit: take_limit(parameters, faults),
        }
    }

    /// Which lines.
    pub(crate) fn question(&self) -> AuditQuestion {
        let Between { after, before } = self.between;
        AuditQuestion { actor: self.actor.clone(), after, before }
    }
}

/// A place in the audit as a cursor.
pub(crate) fn audit_cursor(place: AuditPlace) -> String {
    let (commit, at, revision) = place.change.map_or_else(Default::default, |change| {
        (change.commit.to_string(), change.place.to_string(), change.revision.to_string())
    });
    let event = place.event.map(|number| number.to_string()).unwrap_or_default();
    cursor::text(OF_AUDIT, &[commit, at, revision, event])
}

/// Reads the parts of an [`audit_cursor`]; empty ones stand for the beginning.
fn read_both([commit, at, revision, event]: [&str; 4]) -> Option<AuditPlace> {
    let change = match [commit, at, revision] {
        ["", "", ""] => None,
        parts => Some(read_place(parts)?),
    };
    let event = match event {
        "" => None,
        number => Some(number.parse().ok()?),
    };
    Some(AuditPlace { change, event })
}
