//! The command line.

use std::process::ExitCode;

/// Answers are made of many small texts; glibc's allocator is slower at them and keeps more of what was freed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hoicoso::cli::main()
}
