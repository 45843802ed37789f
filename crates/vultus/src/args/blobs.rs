//! Arguments about where photos and media are kept.

use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;

/// Where photos and media are kept.
#[derive(Debug, Default, Args)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are the flags, which stand among those of all commands"
)]
pub(crate) struct BlobArgs {
    /// Where photos and media are kept: `s3://bucket/prefix`, or `file:///folder` [default: the folder `photos` of
    /// the data directory].
    #[arg(long, global = true, env = "VULTUS_BLOBS_URL", value_name = "URL")]
    pub(crate) blobs_url: Option<String>,
    /// The S3-compatible store that has the bucket, such as `https://minio.example:9000` [default: AWS].
    #[arg(long, global = true, env = "VULTUS_BLOBS_ENDPOINT", value_name = "URL")]
    pub(crate) blobs_endpoint: Option<String>,
    /// The bucket's region [default: `AWS_REGION` or `AWS_DEFAULT_REGION`, else us-east-1].
    #[arg(long, global = true, env = "VULTUS_BLOBS_REGION", value_name = "NAME")]
    pub(crate) blobs_region: Option<String>,
    /// Whether the bucket stands in the path, not before the host's name [default: true with an endpoint].
    #[arg(long, global = true, env = "VULTUS_BLOBS_PATH_STYLE", value_name = "BOOL")]
    pub(crate) blobs_path_style: Option<bool>,
    /// Where the bucket's credentials come from [default: environment, that is `AWS_ACCESS_KEY_ID` and
    /// `AWS_SECRET_ACCESS_KEY`].
    #[arg(long, global = true, env = "VULTUS_BLOBS_CREDENTIALS", value_enum, hide_possible_values = true)]
    #[arg(value_name = "environment|web-identity|instance")]
    pub(crate) blobs_credentials: Option<CredentialsArg>,
}

/// Where credentials come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CredentialsArg {
    /// Variables of the environment.
    Environment,
    /// A token in a file.
    WebIdentity,
    /// The machine or container.
    Instance,
}

/// `vultus blobs …`.
#[derive(Debug, Subcommand)]
pub(crate) enum BlobsCommand {
    /// Delete photos and media that no face and no medium refers to, such as those written after the backup from
    /// which the database was restored. May run beside servers.
    Sweep(SweepArgs),
}

/// Arguments of `blobs sweep`.
#[derive(Debug, Args)]
pub(crate) struct SweepArgs {
    /// Only count them.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Leave those alone that were written within so many hours.
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    pub(crate) older_than: u32,
    /// Print as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
