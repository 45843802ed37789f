//! Arguments of the commands that serve the operator's own surroundings.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::ServeArgs;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Address and port that the server is to listen on [default: 127.0.0.1:8080].
    #[arg(long, env = "VULTUS_LISTEN", value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl DoctorArgs {
    /// What `serve` is started with to listen there.
    pub(crate) fn serve(&self) -> ServeArgs {
        ServeArgs {
            listen: self.listen,
            allow_fetch: Vec::new(),
            first_account: None,
            no_cameras: false,
            no_media: false,
        }
    }
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write one page per command into this directory, which is made where there is none; otherwise the main page
    /// goes to standard output.
    #[arg(value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
