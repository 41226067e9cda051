//! The command line of s2sr. It only speaks to people; the work is done by the library.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
