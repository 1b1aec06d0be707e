//! `as_of=`: the register as it stood at a moment.

use app::Context;
use domain::fault::Faults;
use domain::moment::Moment;
use domain::record::{CommitNumber, Timestamp};

use super::Parameters;
use crate::edge::Edge;
use crate::error::ApiError;

/// The parameter that names the moment.
pub(crate) const AS_OF: &str = "as_of";

/// The moment that a request asks for; none for now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AsOf(Option<Moment>);

impl AsOf {
    /// Takes the moment out of the parameters.
    pub(crate) fn take(parameters: &mut Parameters, now: Timestamp, faults: &mut Faults) -> Self {
        Self(take_moment(parameters, AS_OF, now, faults))
    }

    /// The commit after which the register stood so; `None` for now.
    ///
    /// # Errors
    /// When there is no such commit yet, or it is known no more.
    pub(crate) async fn commit(
        self,
        edge: &Edge,
        ctx: &Context,
    ) -> Result<Option<CommitNumber>, ApiError> {
        match self.0 {
            None => Ok(None),
            Some(moment) => Ok(Some(edge.app.commit_of(ctx, AS_OF, moment).await?)),
        }
    }
}

/// Takes a moment of any name out of the parameters; an empty one is none.
pub(crate) fn take_moment(
    parameters: &mut Parameters,
    name: &str,
    now: Timestamp,
    faults: &mut Faults,
) -> Option<Moment> {
    let text = parameters.take(name, faults).filter(|text| !text.trim().is_empty())?;
    match Moment::parse(&text, now) {
        Ok(moment) => Some(moment),
        Err(fault) => {
            faults.add(name, fault);
            None
        }
    }
}
