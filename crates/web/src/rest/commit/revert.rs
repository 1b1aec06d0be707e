//! `POST /api/-/commits/{number}/revert/`

use std::sync::Arc;

use app::revert::Revert;
use app::submit::Wish;
use axum::extract::State;
use axum::response::Response;

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::{CommitPath, JsonWrite};
use crate::rest::change::{Answering, fulfil};

/// Makes the opposite of all changes of a commit.
pub(crate) async fn revert(
    State(edge): State<Arc<Edge>>,
    CommitPath(number): CommitPath,
    JsonWrite(write): JsonWrite,
) -> Result<Response, ApiError> {
    let wish = Wish::Revert(Revert::Commit(number));
    fulfil(&edge, write, wish, Answering::Commit, &[]).await
}
