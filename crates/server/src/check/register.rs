//! What the register itself says: who may what.

use app::App;
use app::known::ANONYMOUS;
use domain::access::{Right, Rights};

use super::{Finding, advice, is_unsafe};
use crate::cli::demo;
use crate::wire;

/// What is to be said of who may what.
///
/// # Errors
/// When the database can't be asked.
pub(crate) async fn register(app: &App) -> anyhow::Result<Vec<Finding>> {
    let ctx = wire::context(app, None);
    let people = app.people(&ctx).await?;
    let mut found = Vec::new();
    for grant in people.grants.iter().filter(|grant| grant.group == ANONYMOUS) {
        let rights = Rights::parse(&grant.rights).unwrap_or_default();
        let told = app::people::told(grant);
        if Right::ALL.into_iter().any(|right| right != Right::View && rights.contains(right)) {
            let told = format!("{told}: everybody may, known or not; revoke grant {}", grant.id);
            found.push(is_unsafe("group anonymous", told));
        } else {
            let told = format!("{told}: everybody may who reaches the register");
            found.push(advice("group anonymous", told));
        }
    }
    for (user, _) in demo::USERS {
        let is_there = people.users.iter().any(|one| one.name == user && one.is_active);
        if is_there && app.is_password_of(user, demo::PASSWORD).await? {
            let told = "has the password of the demo, which everybody can read up";
            found.push(is_unsafe(format!("user {user}"), told));
        }
    }
    if app.needs_administrator().await? {
        let told = "nobody administers: make somebody with domesday user add NAME --group \
                    administrators --password";
        found.push(advice("group administrators", told));
    }
    for token in app.token_list(&ctx).await?.into_iter().filter(|one| one.expires_at.is_none()) {
        let told = format!("of {} never ends; make one with --expires in its place", token.user);
        found.push(advice(format!("token {} ({})", token.id, token.name), told));
    }
    Ok(found)
}
