//! Where a user is signed in, on their page, and the ends of it.

use super::Visit;
use super::filled::FORM;
use crate::auth::account::ShownSession;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use app::Context;

/// What the form says that ends one session, or all of them.
const ONE: &str = "session";
const ALL: &str = "sessions";
/// The most sessions that a page lists, the last used first.
const SHOWN_MAX: usize = 100;

/// Where somebody is signed in.
pub(super) struct UserSessions {
    pub(super) shown: Vec<ShownSession>,
    /// How many there are beside them.
    pub(super) more: usize,
}

/// The sessions of a user.
pub(super) async fn of(edge: &Edge, visit: &Visit, name: &str) -> Result<UserSessions, ApiError> {
    let mut all = edge.app.sessions_of(&visit.ctx, name).await?;
    let more = all.len().saturating_sub(SHOWN_MAX);
    all.truncate(SHOWN_MAX);
    let this = visit.session.as_ref();
    let shown = all.into_iter().map(|kept| ShownSession::of(kept, this)).collect();
    Ok(UserSessions { shown, more })
}

/// Ends what a form says; `false` where the form is another.
pub(super) async fn end(
    edge: &Edge,
    ctx: &Context,
    name: &str,
    form: &Form,
) -> Result<bool, ApiError> {
    let which = match form.field(FORM) {
        // What is no number is no session.
        ONE => Some(form.field("session").parse().unwrap_or_default()),
        ALL => None,
        _ => return Ok(false),
    };
    // One that has ended meanwhile is what was wanted.
    edge.app.sessions_end_of(ctx, name, which).await?;
    Ok(true)
}
