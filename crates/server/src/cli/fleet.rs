//! `domesday fleet`: fleets to try things on.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;

use super::output::{self, Output};

/// Make a believable fleet.
#[derive(Debug, Subcommand)]
pub(super) enum Fleet {
    /// Write a fleet of any size as CSV: the same size and seed give the same bytes.
    #[command(after_help = "Examples:\n  domesday fleet generate 5000 > fleet.csv\n  \
                            domesday fleet generate 1000000 --seed 7 --output fleet.csv\n  \
                            domesday fleet generate 200 | domesday import server - --create-missing")]
    Generate {
        /// How many servers, management addresses among them.
        rows: usize,
        /// Which of all fleets.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The file to write; standard output, if nothing is said.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl Fleet {
    pub(super) fn run(self, output: Output) -> anyhow::Result<()> {
        let Self::Generate { rows, seed, output: file } = self;
        if let Some(path) = file {
            let cant = || format!("{} can't be written", path.display());
            let mut out = BufWriter::new(std::fs::File::create(&path).with_context(cant)?);
            app::fleet::generate(rows, seed, &mut out).with_context(cant)?;
            out.flush().with_context(cant)?;
            let file = path.display();
            if output.json {
                output::json(&serde_json::json!({ "rows": rows, "file": file.to_string() }))?;
            } else {
                output::note(format_args!("Wrote {rows} servers to {file}."))?;
            }
        } else {
            let mut out = BufWriter::new(std::io::stdout().lock());
            app::fleet::generate(rows, seed, &mut out)?;
            out.flush()?;
        }
        Ok(())
    }
}
