//! `vultus worker`: watches the cameras and analyses media until it is asked to stop.

use crate::args::WorkerArgs;
use crate::cameras::Watch;
use crate::config::Config;
use crate::media_work::{self, MediaWork};
use crate::printer::Printer;
use crate::wiring::{self, Access};
use crate::{ExitStatus, lifecycle};

pub(crate) async fn run(args: &WorkerArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let networks = config.networks(&args.allow_fetch)?;
    let wired = wiring::wire(config).await?;
    if !wiring::claim(&wired, Access::Write, config, printer).await? {
        return Ok(ExitStatus::Refused);
    }
    wired.feed.build(|_| {}).await?;
    let watch = Watch::start(&wired.service, &config.cameras, networks)?;
    let media = MediaWork::start(&wired.service, config)?;
    media_work::has_ffmpeg(config).await;
    tracing::info!("watching cameras and analysing media");
    lifecycle::stop_requested().await?;
    media.stop().await;
    watch.stop().await;
    wired.pool.shut_down();
    wired.close().await;
    tracing::info!("stopped");
    Ok(ExitStatus::Done)
}
