//! The program: what the command line asks for, and how the parts are put together.

mod cli;
mod config;
mod wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
