//! Which of an application's tables hold which types: by Django's own ways of naming them, and those of
//! django-simple-history.
//!
//! *Source:* Django's "Models", on table names, on the columns of foreign keys and on the tables of
//! many-to-many fields; django-simple-history's "Querying history".

use std::collections::{BTreeMap, BTreeSet};

use domain::nearest::nearest;
use domain::schema::{Kind, Schema, Type, TypeIndex};
use sql::ForeignTables;

use super::DjangoOptions;

/// The table of Django's own users.
pub(super) const USERS: &str = "auth_user";
/// The columns that a table of approvals has beside those of its records.
const APPROVAL: [&str; 6] =
    ["action", "approver_id", "requestor_id", "status", "datetime", "comments"];
/// The columns that an audit has.
const AUDIT: [&str; 5] = ["id", "name", "logs", "datetime", "user_id"];
/// Tables that Django's own applications have.
const DJANGO_OWN: [&str; 3] = ["auth_", "django_", "authtoken_"];

/// What of a database is brought over.
#[derive(Debug)]
pub(super) struct Models {
    /// The types that have a table, those that others refer to first.
    pub(super) all: Vec<Model>,
    pub(super) audit: Option<String>,
    pub(super) has_users: bool,
    /// What has no place here.
    pub(super) passed_over: Vec<String>,
}

/// A type and its tables.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) of: TypeIndex,
    pub(super) table: String,
    /// Columns and the names of the fields that they fill.
    pub(super) columns: Vec<(String, String)>,
    /// Many-to-many fields.
    pub(super) lists: Vec<List>,
    /// The table of django-simple-history.
    pub(super) history: Option<String>,
    /// The table of changes that wait for approval, and its many-to-many fields.
    pub(super) approvals: Option<(String, Vec<List>)>,
    /// Whether it can come before any history: it has none, and refers to none that has.
    pub(super) is_early: bool,
}

/// A many-to-many field.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) field: String,
    pub(super) target: TypeIndex,
    pub(super) table: String,
    /// The columns of the row and of what it refers to.
    pub(super) from: String,
    pub(super) to: String,
}

/// Finds the tables of a schema's types.
///
/// # Errors
/// What the options name and nobody has, and where no type has a table.
pub(super) fn models(
    schema: &Schema,
    tables: &ForeignTables,
    options: &DjangoOptions,
) -> Result<Models, String> {
    check(schema, options)?;
    let app = match &options.app {
        Some(app) => app.clone(),
        None => only_app(schema, tables)?,
    };
    let mut found = Models {
        all: Vec::new(),
        audit: None,
        has_users: tables.contains_key(USERS),
        passed_over: Vec::new(),
    };
    let mut used = BTreeSet::new();
    for of in sorted(schema) {
        let named = options.tables.get(of.name.as_str());
        let table = named.cloned().unwrap_or_else(|| format!("{app}_{}", flat(of.name.as_str())));
        let Some(columns) = tables.get(&table) else {
            if named.is_some() {
                return Err(format!(
                    "there is no table {table}{}",
                    meant(&table, tables.keys().map(String::as_str))
                ));
            }
            found.passed_over.push(format!("{}: no table {table}", of.name));
            continue;
        };
        let model = model(of, (&table, columns), (tables, options), &mut used);
        check_columns(of, (&table, columns), options)?;
        let taken = |column: &&String| {
            let is_mapped = model.columns.iter().any(|(from, _)| from == *column);
            !is_mapped && *column != "id"
        };
        for column in columns.iter().filter(taken) {
            found.passed_over.push(format!("{table}.{column}: {} has no such field", of.name));
        }
        used.insert(table);
        let is_early = |target: TypeIndex| {
            let before = found.all.iter().find(|model| model.of == target);
            target == of.index || before.is_none_or(|before| before.is_early)
        };
        let mut targets = of.fields.iter().filter_map(|field| field.kind.target());
        let is_early = model.history.is_none() && targets.all(is_early);
        found.all.push(Model { is_early, ..model });
    }
    if found.all.is_empty() {
        return Err(format!(
            "no table is that of a type: --app {app} would have {app}_server; say --app NAME or --table TYPE=TABLE"
        ));
    }
    let audit = format!("{app}_audit");
    if tables.get(&audit).is_some_and(|columns| has_all(columns, &AUDIT)) {
        used.insert(audit.clone());
        found.audit = Some(audit);
    }
    let is_left = |table: &&String| {
        !used.contains(*table)
            && !table.starts_with("sqlite_")
            && !DJANGO_OWN.iter().any(|prefix| table.starts_with(prefix))
    };
    found
        .passed_over
        .extend(tables.keys().filter(is_left).map(|table| format!("{table}: no type has it")));
    if found.has_users {
        let text =
            "auth_group, auth_permission: rights are granted here by the groups of a sign-in";
        found.passed_over.push(text.to_owned());
    }
    Ok(found)
}

/// Types, those that others refer to first, as far as that goes.
fn sorted(schema: &Schema) -> Vec<&Type> {
    let mut sorted: Vec<&Type> = Vec::new();
    let mut left: Vec<&Type> = schema.types().iter().collect();
    while !left.is_empty() {
        let is_ready = |of: &&Type| {
            let mut targets = of.fields.iter().filter_map(|field| field.kind.target());
            targets.all(|target| !left.iter().any(|one| one.index == target) || target == of.index)
        };
        let ready: Vec<&Type> = left.iter().copied().filter(|of| is_ready(of)).collect();
        // They refer to each other in a ring: one of them comes first, and again.
        let next = if ready.is_empty() { left.iter().copied().take(1).collect() } else { ready };
        left.retain(|of| !next.iter().any(|one| one.index == of.index));
        sorted.extend(next);
    }
    sorted
}

/// The one application whose tables have the names of types.
fn only_app(schema: &Schema, tables: &ForeignTables) -> Result<String, String> {
    let mut apps: BTreeMap<&str, usize> = BTreeMap::new();
    for table in tables.keys() {
        for of in schema.types() {
            let suffix = format!("_{}", flat(of.name.as_str()));
            let is_own = DJANGO_OWN.iter().any(|prefix| table.starts_with(prefix));
            if let Some(app) = table.strip_suffix(&suffix).filter(|app| !app.is_empty() && !is_own)
            {
                let count = apps.entry(app).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    let most = apps.values().copied().max().unwrap_or(0);
    let best: Vec<&str> =
        apps.into_iter().filter(|(_, count)| *count == most).map(|(app, _)| app).collect();
    match best.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err("no table has the name of a type, such as inventory_server; say --app NAME, or --table TYPE=TABLE".to_owned()),
        several => Err(format!("the tables are of several applications: say --app with one of {}", several.join(", "))),
    }
}

fn model(
    of: &Type,
    (table, columns): (&str, &[String]),
    (tables, options): (&ForeignTables, &DjangoOptions),
    used: &mut BTreeSet<String>,
) -> Model {
    let (app, own) = table.rsplit_once('_').unwrap_or(("", table));
    let mut model = Model {
        of: of.index,
        table: table.to_owned(),
        columns: Vec::new(),
        lists: Vec::new(),
        history: None,
        approvals: None,
        is_early: false,
    };
    for column in columns {
        let wished = options.columns.get(&(of.name.to_string(), column.clone()));
        let bare = wished.map_or(column.as_str(), String::as_str);
        let field = of.field_named(bare).or_else(|| {
            let field = of.field_named(bare.strip_suffix("_id")?)?;
            matches!(field.kind, Kind::Ref { .. }).then_some(field)
        });
        if let Some(field) = field.filter(|field| !field.kind.is_refs()) {
            model.columns.push((column.clone(), field.name.to_string()));
        }
    }
    model.lists = lists(of, table, own, tables);
    used.extend(model.lists.iter().map(|list| list.table.clone()));
    let history = format!("{app}_historical{own}");
    if tables.get(&history).is_some_and(|columns| has_all(columns, &["history_id", "history_date"]))
    {
        used.insert(history.clone());
        model.history = Some(history);
    }
    let approvals = format!("{app}_{own}approval");
    if tables.get(&approvals).is_some_and(|columns| has_all(columns, &APPROVAL)) {
        let lists = lists(of, &approvals, &format!("{own}approval"), tables);
        used.extend(lists.iter().map(|list| list.table.clone()));
        used.insert(approvals.clone());
        model.approvals = Some((approvals, lists));
    }
    model
}

/// The many-to-many fields of a table.
fn lists(of: &Type, table: &str, own: &str, tables: &ForeignTables) -> Vec<List> {
    let mut lists = Vec::new();
    for field in of.fields.iter().filter(|field| field.kind.is_refs()) {
        let Some(target) = field.kind.target() else { continue };
        let through = format!("{table}_{}", field.name);
        let Some(columns) = tables.get(&through) else { continue };
        let is_own = |column: &&String| {
            **column == format!("{own}_id") || *column == &format!("from_{own}_id")
        };
        let Some(from) = columns.iter().find(is_own) else { continue };
        let Some(to) = columns.iter().find(|column| *column != from && column.ends_with("_id"))
        else {
            continue;
        };
        lists.push(List {
            field: field.name.to_string(),
            target,
            table: through,
            from: from.clone(),
            to: to.clone(),
        });
    }
    lists
}

/// Django writes the names of models without anything between words.
fn flat(name: &str) -> String {
    name.replace('_', "")
}

fn has_all(columns: &[String], wanted: &[&str]) -> bool {
    wanted.iter().all(|name| columns.iter().any(|column| column == name))
}

/// Whether the options name types, fields and choices that there are.
fn check(schema: &Schema, options: &DjangoOptions) -> Result<(), String> {
    let type_of = |name: &str| {
        let known = schema.types().iter().map(|of| of.name.as_str());
        let missing = || format!("there is no type {name}{}", meant(name, known));
        schema.named(name).ok_or_else(missing)
    };
    let field_of = |of: &str, name: &str| {
        let of = type_of(of)?;
        let known = of.fields.iter().map(|field| field.name.as_str());
        let missing = || format!("a {} has no field {name}{}", of.name, meant(name, known));
        of.field_named(name).ok_or_else(missing)
    };
    for name in options.tables.keys() {
        type_of(name)?;
    }
    for ((of, _), field) in &options.columns {
        field_of(of, field)?;
    }
    for ((of, name, _), new) in &options.values {
        let Kind::Choice(choices) = &field_of(of, name)?.kind else {
            return Err(format!("{of}.{name} is no choice: its values come as they are"));
        };
        if !choices.iter().any(|choice| choice.value == *new) {
            let known: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
            return Err(format!("{new} is no choice of {of}.{name}; it has {}", known.join(", ")));
        }
    }
    Ok(())
}

/// Whether a table has the columns that the options name of it.
fn check_columns(
    of: &Type,
    (table, columns): (&str, &[String]),
    options: &DjangoOptions,
) -> Result<(), String> {
    let of_type = options.columns.keys().filter(|(name, _)| name == of.name.as_str());
    for (_, column) in of_type {
        if !columns.contains(column) {
            let near = meant(column, columns.iter().map(String::as_str));
            return Err(format!("the table {table} has no column {column}{near}"));
        }
    }
    Ok(())
}

fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = nearest(name, known);
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema_file::built_in;

    fn tables(told: &[(&str, &[&str])]) -> ForeignTables {
        let columns = |columns: &[&str]| columns.iter().map(|&column| column.to_owned()).collect();
        told.iter().map(|(table, names)| ((*table).to_owned(), columns(names))).collect()
    }

    fn inventory() -> ForeignTables {
        tables(&[
            ("auth_user", &["id", "username"]),
            ("auth_group", &["id", "name"]),
            ("inventory_dc", &["id", "name"]),
            ("inventory_tag", &["id", "name"]),
            ("inventory_server", &["id", "name", "ip", "dc_id", "rack"]),
            ("inventory_server_tags", &["id", "server_id", "tag_id"]),
            ("inventory_historicalserver", &["history_id", "history_date", "id", "name"]),
            ("inventory_uri", &["id", "name", "url", "server_id"]),
        ])
    }

    #[test]
    fn tables_columns_and_links_are_found_by_djangos_names() {
        let schema = built_in().unwrap();
        let found = models(&schema, &inventory(), &DjangoOptions::default()).unwrap();
        let of = |name: &str| {
            let of = schema.named(name).unwrap().index;
            found.all.iter().find(|model| model.of == of).unwrap()
        };
        let server = of("server");
        let columns: Vec<&str> = server.columns.iter().map(|(column, _)| column.as_str()).collect();
        assert_eq!(columns, ["name", "ip", "dc_id"]);
        assert_eq!(server.history.as_deref(), Some("inventory_historicalserver"));
        let [tags] = server.lists.as_slice() else { panic!("{:?}", server.lists) };
        assert_eq!((tags.from.as_str(), tags.to.as_str()), ("server_id", "tag_id"));
        assert!(found.has_users && found.audit.is_none());
        assert!(
            found
                .passed_over
                .contains(&"inventory_server.rack: server has no such field".to_owned())
        );
        // What refers to something with a history can't come before it.
        assert!(of("dc").is_early && !server.is_early);
        let uri = found.all.iter().find(|model| model.table == "inventory_uri").unwrap();
        assert!(uri.lists.is_empty());
        let place = |table: &str| found.all.iter().position(|model| model.table == table);
        assert!(place("inventory_dc") < place("inventory_server"));
    }

    #[test]
    fn what_is_named_and_not_there_is_told() {
        let schema = built_in().unwrap();
        let named = |type_name: &str, table: &str| DjangoOptions {
            tables: [(type_name.to_owned(), table.to_owned())].into(),
            ..DjangoOptions::default()
        };
        let told = models(&schema, &inventory(), &named("server", "inventory_servers"));
        assert!(told.unwrap_err().contains("did you mean inventory_server?"));
        let app = DjangoOptions { app: Some("assets".to_owned()), ..DjangoOptions::default() };
        assert!(models(&schema, &inventory(), &app).unwrap_err().contains("assets_server"));
        let none = tables(&[("auth_group", &["id"]), ("shop_order", &["id"])]);
        assert!(models(&schema, &none, &DjangoOptions::default()).unwrap_err().contains("--app"));
        let two = tables(&[("a_server", &["id"]), ("b_server", &["id"])]);
        let told = models(&schema, &two, &DjangoOptions::default()).unwrap_err();
        assert!(told.contains("a, b"), "{told}");
        let owned = |texts: [&str; 3]| texts.map(str::to_owned);
        let column = |of: &str, column: &str, field: &str| {
            let [of, column, field] = owned([of, column, field]);
            DjangoOptions { columns: [((of, column), field)].into(), ..DjangoOptions::default() }
        };
        let value = |field: &str, new: &str| {
            let [of, field, new] = owned(["server", field, new]);
            let values = [((of, field, "Inactive".to_owned()), new)].into();
            DjangoOptions { values, ..DjangoOptions::default() }
        };
        for (options, told) in [
            (named("sever", "inventory_server"), "there is no type sever; did you mean server?"),
            (column("server", "rack", "nmae"), "a server has no field nmae; did you mean name?"),
            (
                column("server", "rakc", "description"),
                "the table inventory_server has no column rakc; did you mean rack?",
            ),
            (value("stat", "failed"), "a server has no field stat; did you mean state?"),
            (value("name", "failed"), "server.name is no choice: its values come as they are"),
            (
                value("state", "broken"),
                "broken is no choice of server.state; it has planned, active, maintenance, failed, retired",
            ),
        ] {
            assert_eq!(models(&schema, &inventory(), &options).unwrap_err(), told);
        }
    }
}
