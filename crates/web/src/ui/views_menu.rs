//! The menu of saved views above a table, and which of them the table opens with.

use app::Context;
use app::views::{SeenViews, StoredView, pairs, written};
use axum::response::Response;
use domain::fault::{Faults, FieldFault};
use domain::schema::Type;
use domain::view::kept;

use super::page::go_to;
use super::shell::list_path;
use crate::edge::Edge;
use crate::extract::Parameters;

/// The parameter that names a view.
pub(crate) const VIEW: &str = "view";
/// What stands there for none.
const ALL: &str = "all";
/// Where saved views are.
pub(crate) const VIEWS: &str = "/-/views/";

/// What is said where a link leads to a view that is not there.
const NO_VIEW: &str = "There is no such view any more, or you may not see it. What is shown is not \
                       narrowed by it.";

/// The menu.
pub(crate) struct ViewsMenu {
    /// The name of the type.
    pub(crate) type_name: String,
    /// Where all records are shown, whatever the default.
    pub(crate) all: String,
    /// Whether a view opens by itself.
    pub(crate) opens_by_itself: bool,
    /// One's own views, and behind them those that others share.
    pub(crate) own: Vec<MenuView>,
    pub(crate) shared: Vec<MenuView>,
    /// What is shown, as a view keeps it.
    pub(crate) query: String,
}

/// A view in the menu.
pub(crate) struct MenuView {
    pub(crate) href: String,
    pub(crate) label: String,
    /// Whose it is, for whom, and whether it opens by itself.
    pub(crate) note: String,
    /// Where it is changed.
    pub(crate) change: String,
    /// Whether it is what is shown.
    pub(crate) is_here: bool,
    /// What it keeps, for the script that knows better what is shown.
    pub(crate) query: String,
}

/// How a table opens.
pub(crate) enum Opening {
    /// As the parameters say; of a view that is not whole any more, the notice.
    Here(Option<String>),
    /// At the address of a view's parameters.
    There(Response),
}

/// Opens a table with the view that the address names, or the one that opens by itself where the
/// address says nothing.
pub(crate) fn open(
    edge: &Edge,
    ctx: &Context,
    of: &Type,
    seen: &SeenViews,
    parameters: &mut Parameters,
) -> Opening {
    let named = parameters.first(VIEW).to_owned();
    parameters.drop_where(|name| name == VIEW);
    let is_bare = parameters.pairs().is_empty();
    let view = match named.as_str() {
        "" if is_bare => seen.opening(),
        "" | ALL => None,
        id => {
            let Some(found) = seen.views.iter().find(|seen| seen.view.id.to_string() == id) else {
                return Opening::Here(Some(NO_VIEW.to_owned()));
            };
            Some(&found.view)
        }
    };
    let Some(view) = view else {
        return Opening::Here(None);
    };
    let fit = edge.app.view_fit(ctx, of, view);
    let notice = (!fit.faults.is_empty()).then(|| {
        format!(
            "Of the view {}, this can't be shown: {} The rest of it is. Save it again under its \
             name to have it without.",
            view.name,
            told(&fit.faults).join(" ")
        )
    });
    if is_bare && !fit.pairs.is_empty() {
        let mut pairs = fit.pairs;
        if notice.is_some() {
            pairs.push((VIEW.to_owned(), view.id.to_string()));
        }
        let there = format!("{}?{}", list_path(of), written(&pairs));
        return Opening::There(go_to(&there, []));
    }
    Opening::Here(notice)
}

/// Each thing of a view that can't be shown any more.
pub(crate) fn told(faults: &Faults) -> Vec<String> {
    let told = faults.iter().flat_map(|(name, faults)| {
        faults.iter().map(move |fault| {
            if matches!(fault, FieldFault::UnknownField(_)) {
                format!("{name} is no field any more.")
            } else {
                format!("{name}: {fault}")
            }
        })
    });
    told.collect()
}

/// Where a view opens.
pub(crate) fn opens_at(of: &Type, view: &StoredView) -> String {
    format!("{}?{VIEW}={}", list_path(of), view.id)
}

impl ViewsMenu {
    /// The menu above a table that shows what these parameters say.
    pub(crate) fn of(ctx: &Context, of: &Type, seen: &SeenViews, parameters: &Parameters) -> Self {
        let mut here = kept(parameters.pairs().to_vec());
        let query = written(&here);
        here.sort();
        let shown = |view: &StoredView, note: String| {
            let mut there = pairs(&view.query);
            there.sort();
            MenuView {
                href: opens_at(of, view),
                label: view.name.clone(),
                note,
                change: format!("{VIEWS}{}/", view.id),
                is_here: here == there,
                query: view.query.clone(),
            }
        };
        let me = ctx.actor.name();
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        for view in seen.views.iter().map(|seen| &seen.view) {
            let is_own = ctx.is_known() && view.owner == me;
            let place = if is_own { &mut own } else { &mut shared };
            place.push(shown(view, note(view, is_own)));
        }
        Self {
            type_name: of.name.to_string(),
            all: format!("{}?{VIEW}={ALL}", list_path(of)),
            opens_by_itself: seen.opening().is_some(),
            own,
            shared,
            query,
        }
    }
}

/// Whose a view is, for whom, and whether it opens by itself, in few words.
pub(crate) fn note(view: &StoredView, is_own: bool) -> String {
    let mut told = Vec::new();
    if view.is_default {
        told.push("default".to_owned());
    }
    if !is_own {
        told.push(format!("by {}", view.owner));
    }
    match &view.group {
        Some(group) if view.is_group_default => told.push(format!("default of {group}")),
        Some(group) => told.push(format!("for {group}")),
        None => {}
    }
    told.join(", ")
}
