//! What all handlers share.

use std::sync::{Arc, OnceLock};

use app::App;
use bytes::Bytes;
use domain::freshness::Maker;
use domain::schema::{Schema, Type, TypeIndex};
use tokio::sync::Semaphore;

use crate::fresh::Repeats;
use crate::measured::Requests;
use crate::refusals::Refusals;
use crate::settings::{RequestIds, Settings};
use crate::ui::front_plots::KeptPlots;

/// What all handlers share.
pub(crate) struct Edge {
    pub(crate) app: App,
    pub(crate) settings: Settings,
    pub(crate) request_ids: RequestIds,
    /// The `OpenAPI` document, once somebody has asked for it.
    pub(crate) openapi: OnceLock<Bytes>,
    /// What answers are made with.
    pub(crate) maker: Maker,
    /// What requests were answered, where the register stands now.
    pub(crate) repeats: Repeats,
    /// Plots of the front page that have been made.
    pub(crate) plots: KeptPlots,
    /// Room for those who follow the events.
    pub(crate) followers: Arc<Semaphore>,
    /// What requests come to.
    pub(crate) requests: Arc<Requests>,
    /// How many refusals the audit has kept of late.
    pub(crate) refusals: Refusals,
}

impl Edge {
    pub(crate) fn schema(&self) -> &Schema {
        &self.app.schema
    }

    /// The `OpenAPI` document, written once, since the schema does not change while we run.
    pub(crate) fn openapi(&self) -> Bytes {
        let write = || crate::openapi::document(self.schema()).to_string().into();
        self.openapi.get_or_init(write).clone()
    }

    pub(crate) fn record_type(&self, index: TypeIndex) -> &Type {
        self.app.schema.get(index)
    }
}
