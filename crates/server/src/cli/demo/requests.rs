//! Change requests for the demo: ten of every state, as a team might have them.

use std::collections::BTreeMap;

use anyhow::Context as _;
use app::review::{Act, Asked};
use app::{App, Context};
use chrono::TimeDelta;
use domain::change::{
    Action, FieldsInput, Preconditions, Proposal, ProposedChange, Target, Unnamed,
};
use domain::json::Json;
use domain::query::{Column, Expr, OrderBy, Page, Plan};
use domain::record::{Record, RecordId};
use domain::review::State;
use domain::schema::TypeIndex;

use super::super::export::find_type;
use crate::wire;

/// Who asks, and who decides.
const REQUESTER: &str = "alice";
const REVIEWER: &str = "bob";

/// What is asked for: why, of how many servers, and which fields; none for a deletion.
type Wish = (&'static str, usize, &'static [(&'static str, &'static str)]);

const WISHES: [Wish; 10] = [
    ("OPS-1041: replace a failing disk", 1, &[("state", "maintenance")]),
    (
        "OPS-1042: note where the console is",
        1,
        &[("description", "Console: port 14 of the rack's terminal server.")],
    ),
    ("OPS-1043: note who is on call", 1, &[("description", "On call: the database team.")]),
    ("OPS-1044: out of warranty", 1, &[("state", "retired")]),
    ("OPS-1045: a rack loses power on Sunday", 6, &[("state", "maintenance")]),
    ("OPS-1046: no tags are left from the old scheme", 1, &[("tags", "")]),
    ("OPS-1047: the name says what it runs", 1, &[("name", "renamed")]),
    ("OPS-1048: readdressed with the new plan", 1, &[("ip", "10.200")]),
    (
        "OPS-1049: memory errors",
        1,
        &[("state", "failed"), ("description", "DIMM B2 reports errors.")],
    ),
    ("OPS-1050: sold", 1, &[]),
];

/// Makes them where there are none yet.
pub(super) async fn fill(app: &App) -> anyhow::Result<()> {
    let ctx = wire::context(app, None);
    let any = app.requests(&ctx, app::review::RequestQuestion::default(), 1).await?;
    if !any.requests.is_empty() {
        return Ok(());
    }
    let of = find_type(&app.schema, app::fleet::TYPE_NAME)?.index;
    let mut servers = servers(app, &ctx, of).await?.into_iter();
    let mut hours = 0;
    for state in State::ALL {
        for (place, wish) in WISHES.into_iter().enumerate() {
            hours += 1;
            let now = ctx.now - TimeDelta::hours(100 - hours);
            let at = Context { now, ..ctx.clone() };
            let chosen: Vec<Record> = servers.by_ref().take(wish.1).collect();
            let changes = chosen
                .iter()
                .zip(hours * 10..)
                .map(|(server, number)| change(of, server.id, wish, number));
            ask(app, &at, (wish.0, changes.collect()), (state, place)).await?;
        }
    }
    Ok(())
}

/// Enough servers for all of them.
async fn servers(app: &App, ctx: &Context, of: TypeIndex) -> anyhow::Result<Vec<Record>> {
    let plan = Plan {
        type_index: of,
        filter: Expr::all(),
        order: vec![OrderBy { path: Vec::new(), column: Column::Id, descending: false }],
        page: Page::Offset { offset: 40, limit: 300 },
        count: false,
        as_of: None,
    };
    Ok(app.find(ctx, plan).await?.records)
}

fn change(of: TypeIndex, id: RecordId, (_, _, fields): Wish, number: i64) -> ProposedChange {
    let value = |name: &str, text: &str| match name {
        "tags" => Json::List(Vec::new()),
        "name" => Json::Text(format!("{text}{number}")),
        "ip" => Json::Text(format!("{text}.{}.{}", number / 200, number % 200 + 1)),
        _ => Json::text(text),
    };
    let named = fields.iter().map(|(name, text)| ((*name).to_owned(), value(name, text)));
    let fields: FieldsInput = named.collect::<BTreeMap<_, _>>();
    let target = Target::Id(id);
    let action = if fields.is_empty() {
        Action::Delete { target }
    } else {
        Action::Update { target, fields, unnamed: Unnamed::Keep }
    };
    ProposedChange { type_index: of, action, preconditions: Preconditions::default() }
}

/// Asks for changes, and has them come to a state; `false` where there is nothing to change.
async fn ask(
    app: &App,
    at: &Context,
    (reason, changes): (&str, Vec<ProposedChange>),
    (state, place): (State, usize),
) -> anyhow::Result<bool> {
    let requester = app.acting_as(at, REQUESTER).await?;
    let reviewer = app.acting_as(at, REVIEWER).await?;
    let reason = Some(reason.to_owned());
    let asking = Context { reason, origin: "ui".to_owned(), ..requester.clone() };
    let outcome = app.submit(&asking, Proposal { changes }).await?;
    let Some(request) = outcome.request else {
        return Ok(false);
    };
    let number = request.request.number;
    let act = async |ctx: &Context, asked: Asked, comment: Option<&str>| {
        let told = app.request(ctx, number).await?.context("a change request is gone")?;
        let comment = comment.map(str::to_owned);
        let act = Act { number, asked, if_match: Some(told.etag), comment };
        app.request_act(ctx, act).await?;
        anyhow::Ok(())
    };
    match state {
        State::Pending if place % 3 == 0 => {
            act(&reviewer, Asked::Comment, Some("Is the service drained already?")).await
        }
        State::Pending if place % 3 == 1 => {
            act(&requester, Asked::Assign(vec![REVIEWER.to_owned()]), None).await
        }
        State::Pending => Ok(()),
        State::OnHold => act(&reviewer, Asked::Hold, Some("After the freeze on Friday.")).await,
        State::Approved => act(&reviewer, Asked::Approve, None).await,
        State::Rejected => {
            act(&reviewer, Asked::Reject, Some("This one is still in use, see OPS-998.")).await
        }
        State::Withdrawn => act(&requester, Asked::Withdraw, Some("The wrong machine.")).await,
        State::Expired => act(at, Asked::Expire, None).await,
    }?;
    Ok(true)
}
