//! `domesday import-django`: over from a Django application's database.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use app::moving::django::DjangoOptions;
use clap::Args;
use sql::Foreign;

use super::{MoveArgs, named};
use crate::cli::output::{Output, Usage};
use crate::config::Config;
use crate::wire;

/// Bring over what a Django application holds: users, records, tags, history, audit, open approvals.
///
/// Its database is read as of one moment and never written. Types are looked for in the tables that
/// Django makes for models of their names, fields in columns of theirs. What django-simple-history
/// tells becomes commits of whoever made them, at their dates. Run again, it brings what is new.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    domesday import-django sqlite:/srv/inventory/db.sqlite3 --dry-run\n  \
    domesday import-django postgres://inventory@db/inventory --value server.state:Inactive=maintenance\n  \
    domesday import-django sqlite:db.sqlite3 --app assets --table server=assets_machine \\\n      \
        --column server.hostname=name\n  \
    DJANGO_DATABASE_URL=postgres://inventory:secret@db/inventory domesday import-django")]
pub(in crate::cli) struct ImportDjango {
    /// The database: `sqlite:PATH` or `postgres://user:password@host/database`; better left in the
    /// variable where it has a password.
    #[arg(value_name = "DATABASE_URL", env = "DJANGO_DATABASE_URL", hide_env_values = true)]
    url: String,
    /// The application whose models they are; found, if nothing is said.
    #[arg(long, value_name = "LABEL")]
    app: Option<String>,
    /// The table of a type that is called something else.
    #[arg(long, value_name = "TYPE=TABLE", value_parser = named)]
    table: Vec<(String, String)>,
    /// The field of a column that is called something else.
    #[arg(long, value_name = "TYPE.COLUMN=FIELD", value_parser = column)]
    column: Vec<((String, String), String)>,
    /// What a value of a choice is here.
    #[arg(long, value_name = "TYPE.FIELD:OLD=NEW", value_parser = value)]
    value: Vec<((String, String, String), String)>,
    /// Who vouches for the certificate of its PostgreSQL, in PEM; the public authorities, if nothing
    /// is said.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    #[command(flatten)]
    how: MoveArgs,
}

fn column(text: &str) -> Result<((String, String), String), String> {
    let (from, field) = named(text)?;
    let (of, column) = from.split_once('.').ok_or("give TYPE.COLUMN=FIELD")?;
    Ok(((of.to_owned(), column.to_owned()), field))
}

fn value(text: &str) -> Result<((String, String, String), String), String> {
    let told = "give TYPE.FIELD:OLD=NEW";
    let (place, values) = text.split_once(':').ok_or(told)?;
    let (of, field) = place.split_once('.').ok_or(told)?;
    let (old, new) = named(values)?;
    Ok(((of.to_owned(), field.to_owned(), old), new))
}

impl ImportDjango {
    pub(in crate::cli) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let url = address(&self.url)?;
        let tls = self.ca_file.as_deref();
        let tls = tls.map(|path| identity::tls::client_config(Some(path))).transpose()?;
        let foreign = Foreign::open(&url, tls.as_ref()).await;
        let foreign = foreign.context("the Django database can't be read")?;
        let trial = self.how.open(config).await?;
        let ctx = wire::context(&trial.app, None);
        let ctx = app::Context { origin: "import:django".to_owned(), ..ctx };
        let django = DjangoOptions {
            app: self.app,
            tables: self.table.into_iter().collect(),
            columns: self.column.into_iter().collect(),
            values: self.value.into_iter().collect::<BTreeMap<_, _>>(),
        };
        let (bar, options) = self.how.options();
        let moved = trial.app.import_django(&ctx, foreign, (django, &options)).await;
        bar.finish_and_clear();
        self.how.tell(&moved?, output)
    }
}

/// The address as Django's own settings write it, too: `sqlite:///db.sqlite3`, or just a path.
///
/// # Errors
/// Where it is that of another kind of database; what stands in it, such as a password, is not told.
fn address(url: &str) -> Result<String, Usage> {
    match url.split_once(':') {
        Some(("postgres" | "postgresql", _)) => Ok(url.to_owned()),
        Some(("sqlite", path)) => {
            Ok(format!("sqlite:{}", path.strip_prefix("///").unwrap_or(path)))
        }
        Some((scheme, rest)) if rest.starts_with("//") => Err(Usage(format!(
            "{scheme} is not read: load the database into PostgreSQL or SQLite first, and name that"
        ))),
        Some(_) | None => Ok(format!("sqlite:{url}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_django_writes_them() {
        for (told, expect) in [
            ("sqlite:db.sqlite3", "sqlite:db.sqlite3"),
            ("sqlite:/srv/db.sqlite3", "sqlite:/srv/db.sqlite3"),
            ("sqlite:///db.sqlite3", "sqlite:db.sqlite3"),
            ("sqlite:////srv/db.sqlite3", "sqlite:/srv/db.sqlite3"),
            ("/srv/db.sqlite3", "sqlite:/srv/db.sqlite3"),
            ("postgres://u@h/d", "postgres://u@h/d"),
        ] {
            assert_eq!(address(told).unwrap(), expect);
        }
        let told = address("mysql://root:secret@host/db").unwrap_err().to_string();
        assert!(told.contains("mysql") && !told.contains("secret"), "{told}");
    }

    #[test]
    fn what_is_called_otherwise_is_said_in_one_word() {
        assert_eq!(
            column("server.hostname=name"),
            Ok((("server".to_owned(), "hostname".to_owned()), "name".to_owned()))
        );
        let key = ("server".to_owned(), "state".to_owned(), "In use".to_owned());
        assert_eq!(value("server.state:In use=active"), Ok((key, "active".to_owned())));
        for text in ["server.state=active", "state:a=b", "server.state:a", "server.state:=b"] {
            assert!(value(text).is_err(), "{text}");
        }
    }
}
