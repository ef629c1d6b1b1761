//! The program `pindesk`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::main()
}
