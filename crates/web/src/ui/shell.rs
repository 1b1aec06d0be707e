//! What all pages have around what they show, and who looks at them.

use std::sync::Arc;

use app::Context;
use app::freshness::Stand;
use app::review::RequestQuestion;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::access::Right;
use domain::preferences::Preferences;
use domain::schema::Type;
use domain::zone::Zone;

use super::assets;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::as_of::AS_OF;
use crate::extract::links::with_query;
use crate::extract::session::Session;
use crate::extract::{Caller, Parameters};
use crate::fresh::pages::PageKey;

/// Types that stand in the bar itself; the others are behind *More*.
const TYPES_SHOWN: usize = 3;

/// Somebody who looks at a page.
pub(crate) struct Visit {
    pub(crate) ctx: Context,
    pub(crate) session: Option<Session>,
    /// Where the register stood when the page was asked for.
    pub(crate) stand: Stand,
    pub(crate) shell: Shell,
    pub(crate) parameters: Parameters,
}

/// What all pages have around what they show.
pub(crate) struct Shell {
    /// Who is signed in.
    pub(crate) user: Option<String>,
    /// Whether they may say who may do what.
    pub(crate) is_administrator: bool,
    /// How they want to see pages.
    pub(crate) preferences: Preferences,
    /// Whether the tour begins: on a page to look around on, at the first visit.
    pub(crate) begins_tour: bool,
    /// The word that forms carry.
    pub(crate) csrf: String,
    /// Types, those that most people look for first.
    pub(crate) main: Vec<Place>,
    pub(crate) more: Vec<Place>,
    /// How many change requests wait for whoever looks.
    pub(crate) waiting: u64,
    /// The moment that is shown, as it was asked for; empty for now.
    pub(crate) as_of: String,
    /// The same, where it is a day.
    pub(crate) day: String,
    /// What stands behind addresses for it: `?as_of=yesterday`.
    pub(crate) past: String,
    /// The path alone.
    pub(crate) path: String,
    /// The page that shows the past: this one where it can, or the first list.
    pub(crate) path_of_past: String,
    /// The path and the parameters, for the way back after signing in.
    pub(crate) here: String,
    pub(crate) icon: String,
    pub(crate) style: String,
    pub(crate) script: String,
    /// What that imports.
    pub(crate) imports: Vec<String>,
    pub(crate) theme: String,
}

/// Somewhere to go.
pub(crate) struct Place {
    pub(crate) href: String,
    pub(crate) label: String,
    /// Whether one is there.
    pub(crate) is_here: bool,
}

/// Where the records of a type are shown.
pub(crate) fn list_path(of: &Type) -> String {
    format!("/{}/", of.plural)
}

/// What people call the records of a type: `Data centres`.
pub(crate) fn plural_label(of: &Type) -> String {
    // A type whose plural follows from its name has a label whose plural does.
    if of.plural.strip_suffix('s') == Some(of.name.as_str()) {
        return format!("{}s", of.label);
    }
    let mut words = of.plural.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn is_day(text: &str) -> bool {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// The word of a session in the page that is asked for.
fn word(session: &Session, parts: &Parts) -> String {
    match parts.extensions.get::<PageKey>() {
        Some(PageKey(key)) => session.word_in_page(*key),
        None => session.word(),
    }
}

/// Whether a page is the front page or a table, and not one that somebody came to for a purpose.
fn is_to_look_around(edge: &Edge, path: &str) -> bool {
    let list = path.strip_prefix('/').and_then(|path| path.strip_suffix('/'));
    path == "/" || list.is_some_and(|plural| edge.schema().by_plural(plural).is_some())
}

fn past(as_of: &str) -> String {
    if as_of.is_empty() {
        return String::new();
    }
    with_query("", std::iter::once((AS_OF, as_of)))
}

impl Shell {
    /// The zone that moments are shown in.
    pub(crate) fn zone(&self) -> Zone {
        self.preferences.time_zone.unwrap_or_default()
    }

    /// Whether that is one that somebody chose.
    pub(crate) fn has_zone(&self) -> bool {
        self.preferences.time_zone.is_some()
    }

    async fn of(
        edge: &Edge,
        caller: &Caller,
        (parts, parameters): (&Parts, &Parameters),
    ) -> Result<Self, ApiError> {
        let ctx = &caller.ctx;
        let path = parts.uri.path();
        let visible = edge
            .schema()
            .types()
            .iter()
            .filter(|of| ctx.must(Right::View, edge.schema(), of.index).is_ok());
        let as_of = parameters.first(AS_OF).to_owned();
        let past = past(&as_of);
        let mut main: Vec<Place> = visible
            .map(|of| {
                let list = list_path(of);
                Place {
                    is_here: path.starts_with(&list),
                    label: plural_label(of),
                    href: format!("{list}{past}"),
                }
            })
            .collect();
        let is_of_records = main.iter().any(|place| place.is_here)
            && !["add/", "edit/", "delete/", "compare/", "import/", "bulk/"]
                .iter()
                .any(|end| path.ends_with(end));
        let first = main.first().map(|place| place.href.clone()).unwrap_or_default();
        let path_of_past = if is_of_records { path.to_owned() } else { first };
        let more = main.split_off(TYPES_SHOWN.min(main.len()));
        let awaiting = RequestQuestion {
            awaiting: ctx.is_known().then(|| ctx.actor.name().to_owned()),
            ..RequestQuestion::default()
        };
        let waiting = match &awaiting.awaiting {
            Some(_) => edge.app.requests_count(ctx, awaiting).await?,
            None => 0,
        };
        Ok(Self {
            user: ctx.is_known().then(|| ctx.actor.name().to_owned()),
            is_administrator: ctx.access.has_everywhere(Right::Administer),
            preferences: caller.preferences,
            begins_tour: caller.session.is_some()
                && !caller.preferences.tour_taken
                && is_to_look_around(edge, path),
            csrf: caller.session.as_ref().map(|session| word(session, parts)).unwrap_or_default(),
            main,
            more,
            waiting,
            day: Some(as_of.clone()).filter(|text| is_day(text)).unwrap_or_default(),
            as_of,
            past,
            path: path.to_owned(),
            path_of_past,
            here: parts.uri.path_and_query().map_or("/", |all| all.as_str()).to_owned(),
            icon: assets::script("src/style/icon.svg"),
            style: assets::style(),
            script: assets::script("src/app.ts"),
            imports: assets::imports("src/app.ts"),
            theme: assets::script("src/theme.ts"),
        })
    }
}

impl FromRequestParts<Arc<Edge>> for Visit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, edge).await?;
        let parameters = Parameters::of(parts);
        let shell = Shell::of(edge, &caller, (parts, &parameters)).await?;
        let Caller { ctx, session, stand, .. } = caller;
        Ok(Self { ctx, session, stand, shell, parameters })
    }
}

impl Visit {
    /// Whoever looks, with what they say in a form of why they change something.
    pub(crate) fn because(&self, reason: &str) -> Context {
        let reason = Some(reason.trim()).filter(|text| !text.is_empty());
        Context { reason: reason.map(str::to_owned), ..self.ctx.clone() }
    }

    /// Checks that a form was sent by a page of ours, for whoever it is signed in.
    pub(crate) fn check(&self, word: &str) -> Result<(), ApiError> {
        match &self.session {
            Some(session) => session.check(word),
            None => Err(ApiError::Unauthenticated),
        }
    }
}
