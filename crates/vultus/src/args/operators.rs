//! `vultus operators …`.

use clap::Subcommand;
use vultus_service::Role;

use super::NamedArgs;

/// `vultus operators …`.
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorsCommand {
    /// Create an operator and print the password of their first sign-in, once.
    Create {
        /// Their name, unique.
        name: String,
        /// What they may do: everything, work with people's data, or look at what was done.
        #[arg(long, value_name = "administrator|operator|auditor", value_parser = parse_role)]
        role: Role,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the operators.
    List {
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Give an operator a one-time password, print it, and end their sessions.
    Reset(NamedArgs),
    /// Let an operator sign in no more and end their sessions.
    Disable(NamedArgs),
    /// Let a disabled operator sign in again.
    Enable(NamedArgs),
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| "expected administrator, operator or auditor".to_owned())
}
