//! Watching cameras for as long as the process runs.

use std::sync::Arc;

use ipnet::IpNet;
use vultus_http::AddressPolicy;
use vultus_service::{Service, SourceRules, WatchSettings};

use crate::background::Background;
use crate::config::CamerasConfig;

/// A running watch over the cameras.
#[derive(Debug)]
pub(crate) struct Watch(Background<()>);

impl Watch {
    /// Watches the cameras of all accounts. Cameras obey the same rule as remote photos: public addresses and
    /// those of `networks` may be connected to.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn start(
        service: &Arc<Service>,
        config: &CamerasConfig,
        networks: Vec<IpNet>,
    ) -> anyhow::Result<Self> {
        let worker = service.camera_worker(settings(config, networks))?;
        Ok(Self(Background::start(|stopped| worker.run(stopped.wait()))))
    }

    /// Ends the watch; faces that are to be seen are posted before.
    pub(crate) async fn stop(self) {
        if let Err(error) = self.0.stop().await {
            tracing::error!(%error, "the watch over the cameras had broken");
        }
    }
}

fn settings(config: &CamerasConfig, networks: Vec<IpNet>) -> WatchSettings {
    let policy = AddressPolicy::new(networks);
    let rules = SourceRules {
        files: config.files.clone(),
        permits: Arc::new(move |address| policy.permits(address)),
    };
    let mut settings = WatchSettings::new(rules);
    settings.video.program = config.ffmpeg();
    if let Some(frames) = config.frames_per_second {
        settings.video.frames_per_second = frames;
    }
    settings
}
