//! What the command line tells about itself to other programs: completions for shells, pages for `man`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::output::{self, Output};

/// Write what a shell needs to complete commands.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  domesday completions bash > /etc/bash_completion.d/domesday\n  \
                        domesday completions fish > ~/.config/fish/completions/domesday.fish"
)]
pub(super) struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(&self, command: &mut clap::Command) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, command, "domesday", &mut script);
        Ok(output::bytes(&script)?)
    }
}

/// Write manual pages, one for each command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  domesday man /usr/local/share/man/man1\n  \
                        domesday man pages && man -l pages/domesday-import.1")]
pub(super) struct Man {
    /// Where to write them; it is made if it is not there.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl Man {
    pub(super) fn run(&self, command: clap::Command, output: Output) -> anyhow::Result<()> {
        let (name, pages) = (self.folder.display(), count(&command));
        std::fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(command, &self.folder))
            .with_context(|| format!("the manual pages can't be written to {name}"))?;
        if output.json {
            output::json(&json!({"folder": name.to_string(), "pages": pages}))?;
        } else {
            output::note(format_args!("Wrote {pages} manual pages to {name}."))?;
        }
        Ok(())
    }
}

/// A command and all below it.
fn count(command: &clap::Command) -> usize {
    1 + command.get_subcommands().map(count).sum::<usize>()
}
