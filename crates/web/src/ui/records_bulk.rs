//! `POST /{plural}/bulk/`: the same change of many records, or their deletion: first the form, then
//! what it asks for, as one commit or one change request.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::Context;
use app::submit::{EachMatching, Wish};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::change::FieldsInput;
use domain::fault::Faults;
use domain::query::Expr;
use domain::schema::Type;

use super::asking::{Asking, Said};
use super::cell::Link;
use super::form::{Control, Input, fields, inputs};
use super::found::{self, look_up};
use super::page::{go_to, page};
use super::record_change::{Notice, must_change, request_path};
use super::record_delete::Foreseen;
use super::records_list::grouped;
use super::shell::{list_path, plural_label};
use super::{Shell, Visit, detour};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::list::Columns;
use crate::extract::parameters::bad;
use crate::extract::{ListRequest, Parameters, TypePath};

/// What the names of the boxes begin with that say which fields are to be set.
pub(super) const SET: &str = "-set.";

#[derive(Template)]
#[template(path = "ui/records_bulk.html")]
struct RecordsBulk {
    shell: Shell,
    list: Link,
    path: String,
    count: String,
    ids: String,
    query: String,
    expect_count: String,
    inputs: Vec<(Input, bool)>,
    asking: Asking,
    is_deletion: bool,
    /// Records that go with those which are deleted, or lose a reference to one.
    taken_along: u64,
    notices: Vec<Notice>,
    error: String,
}

/// What the form tells beside what stands in it.
#[derive(Default)]
struct Told {
    status: StatusCode,
    faults: Faults,
    error: String,
    notices: Vec<Notice>,
}

/// The records that are meant, and how many the sender saw.
struct Meant {
    filter: Expr,
    count: u64,
}

/// Shows the form, or does what it says.
pub(crate) async fn bulk(
    State(edge): State<Arc<Edge>>,
    path: TypePath,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let of = edge.record_type(path.type_index);
    must_change(&visit.ctx, &edge, of)?;
    let meant = meant(&edge, &visit.ctx, of, &form)?;
    let sent = form.into_fields();
    if let Some(field) = sent.get(detour::NEW).cloned() {
        return detour::begin(&edge, visit, (of, bulk_path(of)), (sent, &field)).await;
    }
    let foreseen = if is_deletion(&sent) {
        let foreseen = edge.app.foresee_each(&visit.ctx, meant.change(of, None)).await;
        Foreseen::told(&edge, &visit.ctx, (of, meant.count), foreseen)
    } else {
        Foreseen::alone(&edge, &visit.ctx, of)
    };
    let word = sent.get("-go").cloned().unwrap_or_default();
    let asked = match word.as_str() {
        "delete" => None,
        "edit" => Some(chosen(of, &sent)),
        _ => return show(&edge, visit, (of, &sent), foreseen, Told::default()).await,
    };
    let said = Said::of(&sent).context(&visit.ctx, &foreseen.touched);
    let is_empty = asked.as_ref().is_some_and(FieldsInput::is_empty);
    let ctx = match said {
        Ok(ctx) if !is_empty => ctx,
        said => {
            let error = if is_empty { "Tick at least one field to be set." } else { "" };
            let told = Told {
                status: StatusCode::BAD_REQUEST,
                faults: said.err().unwrap_or_default(),
                error: error.to_owned(),
                ..Told::default()
            };
            return show(&edge, visit, (of, &sent), foreseen, told).await;
        }
    };
    let wish = Wish::EachMatching(meant.change(of, asked));
    match edge.app.submit_wish(&ctx, wish).await {
        Ok(outcome) => {
            let next = outcome.request.map_or_else(|| list_path(of), |told| request_path(&told));
            Ok(go_to(&next, []))
        }
        Err(error) => {
            let problem = Problem::of_change(&error, &of.label);
            if problem.status().is_server_error() {
                return Err(error.into());
            }
            let (faults, error) = match Said::faults(&error) {
                Some(faults) => (faults, String::new()),
                None => (problem.faults().clone(), problem.told()),
            };
            let told = Told { status: problem.status(), faults, error, ..Told::default() };
            show(&edge, visit, (of, &sent), foreseen, told).await
        }
    }
}

/// Shows the form again, with what somebody filled in before they were led elsewhere.
pub(super) async fn again(
    edge: &Edge,
    visit: Visit,
    of: &Type,
    sent: &BTreeMap<String, String>,
    notices: Vec<Notice>,
) -> Result<Response, ApiError> {
    let foreseen = Foreseen::alone(edge, &visit.ctx, of);
    show(edge, visit, (of, sent), foreseen, Told { notices, ..Told::default() }).await
}

/// Whether a form asks for a deletion, or is about to.
fn is_deletion(sent: &BTreeMap<String, String>) -> bool {
    ["do", "-go"].iter().any(|name| sent.get(*name).is_some_and(|word| word == "delete"))
}

/// Where the form is.
fn bulk_path(of: &Type) -> String {
    format!("{}bulk/", list_path(of))
}

impl Meant {
    /// The change of them all to these values, or their deletion.
    fn change(&self, of: &Type, fields: Option<FieldsInput>) -> EachMatching {
        EachMatching {
            type_index: of.index,
            filter: self.filter.clone(),
            expect_count: self.count,
            fields,
        }
    }
}

/// The records that a form names: by their ids, or by the conditions that they match.
fn meant(edge: &Edge, ctx: &Context, of: &Type, form: &Form) -> Result<Meant, ApiError> {
    let count = form
        .field("expect_count")
        .parse()
        .map_err(|_none| Faults::one("expect_count", bad("Say how many records are meant.")))?;
    let (ids, query) = (form.field("ids"), form.field("query"));
    let parameters = if ids.is_empty() {
        Parameters::parse(query)
    } else {
        let pair =
            form_urlencoded::Serializer::new(String::new()).append_pair("id__in", ids).finish();
        Parameters::parse(&pair)
    };
    let asked = (ctx.now, edge.settings.lenient_filters);
    let request = ListRequest::everything(edge.schema(), of, parameters, Columns::Table, asked)?;
    Ok(Meant { filter: request.plan.filter, count })
}

/// The fields whose boxes are ticked.
fn chosen(of: &Type, sent: &BTreeMap<String, String>) -> FieldsInput {
    let mut chosen = fields(of, sent);
    chosen.retain(|name, _| sent.contains_key(&format!("{SET}{name}")));
    chosen
}

async fn show(
    edge: &Edge,
    visit: Visit,
    (of, sent): (&Type, &BTreeMap<String, String>),
    foreseen: Foreseen<'_>,
    told: Told,
) -> Result<Response, ApiError> {
    let Told { status, faults, error, notices } = told;
    let own = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let expect_count = own("expect_count");
    let mut inputs = inputs(edge.schema(), of, None, Some(sent), &faults);
    found::show(&mut inputs, &look_up(edge, &visit.ctx, of, sent).await?);
    found::offer_new(edge, &visit.ctx, of, &mut inputs);
    let asking =
        Asking::of(edge, &visit.ctx, &foreseen.touched, (&Said::of(sent), &faults)).await?;
    let inputs = inputs.into_iter().map(|input| {
        let is_set = sent.contains_key(&format!("{SET}{}", input.name));
        (Input { required: false, ..input }, is_set)
    });
    page(
        status,
        &RecordsBulk {
            list: Link { href: list_path(of), label: plural_label(of) },
            path: bulk_path(of),
            count: expect_count.parse().map(grouped).unwrap_or_default(),
            ids: own("ids"),
            query: own("query"),
            expect_count,
            inputs: inputs.collect(),
            asking,
            is_deletion: is_deletion(sent),
            taken_along: foreseen.taken_along,
            notices,
            error: if error.is_empty() { foreseen.obstacle } else { error },
            shell: visit.shell,
        },
    )
}
