//! `POST /auth/preferences`: how somebody wants to see pages, from the form on their account's page.

use std::sync::Arc;

use app::Context;
use axum::extract::State;
use axum::response::Response;
use domain::preferences::{Density, Preferences, Theme};
use domain::zone::Zone;

use super::account::{OwnForm, Refused, answer};
use super::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::people::members::Members;
use crate::rest::people::preferences;
use crate::ui::filled::{self, Filled};
use crate::ui::page::go_to;

/// What the form says that it is.
pub(super) const FORM: &str = "preferences";
const FIELDS: [&str; 3] = ["time_zone", "theme", "density"];

/// Keeps how somebody wants to see pages.
pub(crate) async fn keep(
    State(edge): State<Arc<Edge>>,
    OwnForm { visit, form }: OwnForm,
) -> Result<Response, ApiError> {
    match prefer(&edge, &visit.ctx, &form).await {
        Ok(()) => Ok(go_to("/account/", [])),
        Err(error) => {
            let filled = Filled::refused(form, error, &FIELDS)?;
            let refused = Refused { status: filled.status(), error: None, filled };
            answer(&edge, visit, refused).await
        }
    }
}

async fn prefer(edge: &Edge, ctx: &Context, form: &Form) -> Result<(), ApiError> {
    let mut members = Members::of(filled::members(form, &FIELDS));
    let change = preferences::change(&mut members);
    Ok(edge.app.prefer(ctx, members.finish(change)?).await?)
}

/// Fills the form with what is kept.
pub(super) fn fill(filled: &mut Filled, kept: Preferences) {
    for (name, value) in FIELDS.into_iter().zip([
        kept.time_zone.map(Zone::name),
        kept.theme.map(Theme::word),
        kept.density.map(Density::word),
    ]) {
        filled.fill(name, value.unwrap_or_default());
    }
}
