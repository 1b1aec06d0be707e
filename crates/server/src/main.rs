//! The program: what the command line asks for, and how the parts are put together.

mod check;
mod cli;
mod config;
mod kafka;
mod serving;
mod traces;
mod wire;

use std::process::ExitCode;

/// An import of 100,000 rows takes a third less time than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keep_pages_small();
    cli::main()
}

/// Has the kernel give memory by pages of 4 KiB: of 2 MiB, a quarter of what a replica takes is
/// never written, and no answer is quicker.
fn keep_pages_small() {
    // A kernel that can't gives them as it likes.
    #[cfg(target_os = "linux")]
    rustix::thread::disable_transparent_huge_pages(true).ok();
}
