//! Saved views: what a table shows, kept under a name, for oneself or for a group.

mod change;

use std::sync::Arc;

use domain::access::{Actor, Right};
use domain::audit::Action;
use domain::change::Preconditions;
use domain::fault::FieldFault;
use domain::record::Revision;
use domain::schema::{Schema, Type, TypeIndex};
use domain::view::{self, Candidate, QUERY_LENGTH_MAX, Standing, VIEWS_MAX, Viewer};
use sql::write::{self, ViewsOf};
use sql::{Reader, StoreError, Writer};

pub use domain::view::Fit;
pub use sql::write::StoredView;

use crate::known::ANONYMOUS;
use crate::people::{bad, given_up};
use crate::{App, Context, Error, audit};
use change::{apply, changed, settle};

/// What there is no view by this number is told as.
const VIEW: &str = "view";

/// A view to be saved.
#[derive(Clone, Debug)]
pub struct NewView {
    /// The type whose table it is of.
    pub type_index: TypeIndex,
    /// What its owner calls it.
    pub name: String,
    /// Search, conditions, order and columns, as in an address.
    pub query: String,
    /// Whether it takes the place of one of the same name.
    pub replaces: bool,
    /// Whom else it is for, and whether tables open with it.
    pub change: ViewChange,
}

/// What is changed of a view; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ViewChange {
    /// Another name.
    pub name: Option<String>,
    /// Other conditions, order and columns.
    pub query: Option<String>,
    /// The group that it is shared with; `Some(None)` for oneself alone.
    pub group: Option<Option<String>>,
    /// Whether it opens by itself for whoever asks.
    pub is_default: Option<bool>,
    /// Whether it opens by itself for the members of its group.
    pub is_group_default: Option<bool>,
}

impl ViewChange {
    /// Whether it changes the view itself, and not only what opens for whoever asks.
    fn is_of_the_view(&self) -> bool {
        self.name.is_some()
            || self.query.is_some()
            || self.group.is_some()
            || self.is_group_default.is_some()
    }
}

/// A view as somebody sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenView {
    /// What is kept.
    pub view: StoredView,
    /// Whether they may change it.
    pub may_change: bool,
}

/// The views that somebody sees, by type, owner and name.
#[derive(Clone, Debug, Default)]
pub struct SeenViews {
    /// All of them.
    pub views: Vec<SeenView>,
    /// The groups that they are in.
    groups: Vec<String>,
}

impl SeenViews {
    /// The view by which the table opens, where all are of one type.
    pub fn opening(&self) -> Option<&StoredView> {
        let candidates: Vec<Candidate<'_>> = self
            .views
            .iter()
            .map(|seen| Candidate {
                group: seen.view.group.as_deref(),
                is_own_default: seen.view.is_default,
                is_group_default: seen.view.is_group_default,
            })
            .collect();
        let place = view::opens(&candidates, &self.groups)?;
        self.views.get(place).map(|seen| &seen.view)
    }
}

/// Somebody who looks at views, as the database knows them.
struct Who {
    user: Option<i64>,
    name: Option<String>,
    groups: Vec<String>,
    is_administrator: bool,
}

impl Who {
    fn read(reader: &mut Reader<'_>, ctx: &Context) -> Result<Self, StoreError> {
        let name = own_name(ctx).ok();
        let user = match &name {
            Some(name) => write::user_named(reader, name)?.map(|user| user.id),
            None => None,
        };
        let mut groups = match user {
            Some(user) => write::groups_of(reader, user)?,
            None => Vec::new(),
        };
        groups.push(ANONYMOUS.to_owned());
        let is_administrator = ctx.access.has_everywhere(Right::Administer);
        Ok(Self { user, name, groups, is_administrator })
    }

    fn viewer(&self) -> Viewer<'_> {
        Viewer {
            name: self.name.as_deref(),
            groups: &self.groups,
            is_administrator: self.is_administrator,
        }
    }

    fn sees(&self, view: StoredView) -> SeenView {
        SeenView { may_change: self.viewer().may_change(standing(&view)), view }
    }

    /// The view of a number, if they may see it.
    fn find(&self, reader: &mut Reader<'_>, id: i64) -> Result<Option<StoredView>, StoreError> {
        let found = write::view(reader, id, self.user)?;
        Ok(found.filter(|found| self.viewer().may_see(standing(found))))
    }
}

impl App {
    /// The views that somebody sees: of a type, or of all types that they may see.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where they may not see the type; others when the database can't be
    /// asked.
    pub async fn view_list(
        &self,
        ctx: &Context,
        of: Option<TypeIndex>,
    ) -> Result<SeenViews, Error> {
        if let Some(of) = of {
            ctx.must(Right::View, &self.schema, of)?;
        }
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        let read = move |reader: &mut Reader<'_>| {
            let who = Who::read(reader, &ctx)?;
            let asked = ViewsOf {
                user: who.user,
                everybody: ANONYMOUS,
                is_administrator: who.is_administrator,
                type_name: of.map(|of| schema.get(of).name.as_str()),
            };
            let mut views = write::views(reader, asked)?;
            views.retain(|view| type_of(&ctx, &schema, view).is_some());
            let views = views.into_iter().map(|view| who.sees(view)).collect();
            Ok(SeenViews { views, groups: who.groups })
        };
        Ok(self.store.read(read).await?)
    }

    /// A view that somebody sees.
    ///
    /// # Errors
    /// [`Error::NotFound`]; others when the database can't be asked.
    pub async fn view_get(&self, ctx: &Context, id: i64) -> Result<SeenView, Error> {
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        let read = move |reader: &mut Reader<'_>| {
            let who = Who::read(reader, &ctx)?;
            let found = who.find(reader, id)?;
            let found = found.filter(|view| type_of(&ctx, &schema, view).is_some());
            Ok(found.map(|view| who.sees(view)))
        };
        self.store.read(read).await?.ok_or(Error::NotFound { what: VIEW })
    }

    /// What a view comes to for somebody, by the schema as it is now.
    pub fn view_fit(&self, ctx: &Context, of: &Type, view: &StoredView) -> Fit {
        view::fit(&self.schema, of, &ctx.access, &pairs(&view.query))
    }

    /// The groups that somebody may share a view with, by name.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn view_groups(&self, ctx: &Context) -> Result<Vec<String>, Error> {
        let ctx = ctx.clone();
        let read = move |reader: &mut Reader<'_>| {
            let who = Who::read(reader, &ctx)?;
            let mut groups: Vec<String> =
                write::groups(reader)?.into_iter().map(|group| group.name).collect();
            groups.retain(|group| who.viewer().may_share_with(group, ANONYMOUS));
            Ok(groups)
        };
        Ok(self.store.read(read).await?)
    }

    /// Saves a view.
    ///
    /// # Errors
    /// [`Error::BadRequest`] with what is wrong, [`Error::Unauthenticated`], [`Error::Forbidden`];
    /// others when the database can't be asked.
    pub async fn view_add(&self, ctx: &Context, new: NewView) -> Result<SeenView, Error> {
        must_save(ctx)?;
        ctx.must(Right::View, &self.schema, new.type_index)?;
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        let added = self.store.write(move |writer| {
            write::lock_register(writer)?;
            let (who, user) = known(writer, &ctx)?;
            let of = schema.get(new.type_index);
            let name = named(&new.name).map_err(given_up)?;
            let same = write::view_named(writer, user, of.name.as_str(), &name)?;
            if let Some(same) = same.filter(|_| new.replaces) {
                let found = write::view(writer, same, Some(user))?;
                let found = found.ok_or_else(missing)?;
                let change = ViewChange { query: Some(new.query), ..new.change };
                return changed(writer, (&ctx, &schema), &who, (found, change));
            }
            if same.is_some() {
                return Err(given_up(bad("name", "You have a view of this name already.")));
            }
            // What the schema has no more is in nobody's list, and in nobody's way.
            let mut types = write::view_types(writer, user)?;
            types.retain(|of| schema.named(of).is_some());
            if types.len() >= VIEWS_MAX {
                let told = format!("You have {VIEWS_MAX} views; delete one first.");
                return Err(given_up(bad("name", &told)));
            }
            let mut view = StoredView {
                id: 0,
                type_name: of.name.to_string(),
                name,
                query: String::new(),
                owner: who.name.clone().unwrap_or_default(),
                group: None,
                is_group_default: false,
                is_default: false,
                revision: 1,
                created_at: ctx.now,
                updated_at: ctx.now,
            };
            let change = ViewChange { query: Some(new.query), ..new.change };
            let group = apply(writer, (&ctx, &schema), &who, (&mut view, &change))?;
            view.id = write::view_add(writer, &view, (user, group))?;
            settle(writer, (&view, &change), (user, group))?;
            audit::keep(writer, &ctx, Action::ViewAdded, subject(&view))?;
            Ok(who.sees(view))
        });
        Ok(added.await?)
    }

    /// Changes a view, or makes one that is seen one's default.
    ///
    /// # Errors
    /// [`Error::BadRequest`] with what is wrong, [`Error::NotFound`], [`Error::Forbidden`] for
    /// somebody else's, [`Error::Changed`] where it has not the revision that was meant; others
    /// when the database can't be asked.
    pub async fn view_change(
        &self,
        ctx: &Context,
        id: i64,
        change: ViewChange,
        preconditions: Preconditions,
    ) -> Result<SeenView, Error> {
        must_save(ctx)?;
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        let changed = self.store.write(move |writer| {
            write::lock_register(writer)?;
            let (who, _) = known(writer, &ctx)?;
            let found = who.find(writer, id)?.ok_or_else(missing)?;
            is_as_meant(&found, &preconditions).map_err(given_up)?;
            if change.is_of_the_view() {
                may_change(&ctx, &who, &found).map_err(given_up)?;
            }
            changed(writer, (&ctx, &schema), &who, (found, change))
        });
        Ok(changed.await?)
    }

    /// Deletes a view.
    ///
    /// # Errors
    /// As [`Self::view_change`].
    pub async fn view_remove(
        &self,
        ctx: &Context,
        id: i64,
        preconditions: Preconditions,
    ) -> Result<(), Error> {
        must_save(ctx)?;
        let ctx = ctx.clone();
        let removed = self.store.write(move |writer| {
            write::lock_register(writer)?;
            let (who, _) = known(writer, &ctx)?;
            let found = who.find(writer, id)?.ok_or_else(missing)?;
            may_change(&ctx, &who, &found).map_err(given_up)?;
            is_as_meant(&found, &preconditions).map_err(given_up)?;
            write::view_remove(writer, id)?;
            audit::keep(writer, &ctx, Action::ViewRemoved, subject(&found))
        });
        Ok(removed.await?)
    }
}

/// A token that only looks saves nothing for its owner.
fn must_save(ctx: &Context) -> Result<(), Error> {
    own_name(ctx)?;
    if ctx.actor.token().is_some() { ctx.must_act() } else { Ok(()) }
}

fn own_name(ctx: &Context) -> Result<String, Error> {
    match &ctx.actor {
        Actor::User { user } | Actor::Token { user, .. } => Ok(user.clone()),
        Actor::Anonymous | Actor::System | Actor::Machine { .. } => Err(Error::Unauthenticated),
    }
}

/// Whoever saves something, and their number.
fn known(writer: &mut Writer<'_>, ctx: &Context) -> Result<(Who, i64), StoreError> {
    let who = Who::read(writer, ctx)?;
    let user = who.user.ok_or_else(|| given_up(Error::Unauthenticated))?;
    Ok((who, user))
}

fn may_change(ctx: &Context, who: &Who, view: &StoredView) -> Result<(), Error> {
    if who.viewer().may_change(standing(view)) {
        Ok(())
    } else {
        ctx.must_everywhere(Right::Administer)
    }
}

fn is_as_meant(view: &StoredView, preconditions: &Preconditions) -> Result<(), Error> {
    let is_meant = |revisions: &Vec<Revision>| revisions.contains(&Revision(view.revision));
    if preconditions.revisions.as_ref().is_none_or(is_meant) {
        Ok(())
    } else {
        Err(Error::Changed { what: VIEW, revision: view.revision })
    }
}

fn missing() -> StoreError {
    given_up(Error::NotFound { what: VIEW })
}

fn named(text: &str) -> Result<String, Error> {
    view::name(text).map_err(|fault| Error::BadRequest(domain::fault::Faults::one("name", fault)))
}

fn standing(view: &StoredView) -> Standing<'_> {
    Standing { owner: &view.owner, group: view.group.as_deref() }
}

/// The type of a view, if it is still there and may be seen.
fn type_of<'s>(ctx: &Context, schema: &'s Schema, view: &StoredView) -> Option<&'s Type> {
    let of = schema.named(&view.type_name)?;
    ctx.access.has(Right::View, of.index).then_some(of)
}

/// What of an address a view keeps, when all of it can be shown.
fn checked(ctx: &Context, schema: &Schema, of: &Type, query: &str) -> Result<String, Error> {
    let kept = view::kept(pairs(query.trim_start_matches('?')));
    let fit = view::fit(schema, of, &ctx.access, &kept);
    if !fit.faults.is_empty() {
        return Err(bad("query", &fit.faults.to_string()));
    }
    let text = written(&fit.pairs);
    if text.len() > QUERY_LENGTH_MAX {
        let fault = FieldFault::TooLong { max: QUERY_LENGTH_MAX };
        return Err(Error::BadRequest(domain::fault::Faults::one("query", fault)));
    }
    Ok(text)
}

/// The parameters of a query string.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Parameters as a query string, with as little encoded as an address allows.
pub fn written(pairs: &[(String, String)]) -> String {
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    text.replace("%2C", ",").replace("%3A", ":").replace("%2F", "/")
}

/// What the audit calls a view.
fn subject(view: &StoredView) -> String {
    let shared = match &view.group {
        Some(group) if view.is_group_default => format!(" for group {group}, its default"),
        Some(group) => format!(" for group {group}"),
        None => String::new(),
    };
    format!("view {} of {}, {}{shared}", view.name, view.type_name, view.owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_written_as_people_read_it() {
        let query = "search=a+b&ip__net=10.0.0.0/8&state!=active&columns=name,ip";
        assert_eq!(written(&pairs(query)), query.replace('!', "%21"));
    }
}
