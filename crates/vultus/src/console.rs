//! What the console is given of this process, its first operator, and the counts of requests.

use std::pin::pin;
use std::sync::Arc;

use vultus_models::Pack;
use vultus_service::{
    Action, Actor, Administration, DONE, FLUSH_EVERY, ModelFacts, OneTimePassword, ServerFacts, Service,
    Subject,
};

use crate::background::Background;
use crate::config::Config;

/// The console's use cases; it shows whether videos can be read.
///
/// # Errors
/// Where the operating system refuses a thread.
pub(crate) fn administration(
    service: &Arc<Service>,
    pack: &Pack,
    config: &Config,
    has_ffmpeg: bool,
) -> anyhow::Result<Arc<Administration>> {
    let facts = ServerFacts {
        version: env!("CARGO_PKG_VERSION"),
        started_at: service.now(),
        node: machine_name(),
        models: models(pack)?,
        models_dir: config.models_dir.clone(),
        data_dir: config.data_dir.clone(),
        has_ffmpeg,
    };
    Ok(Arc::new(Administration::new(Arc::clone(service), facts)?))
}

/// Makes the first operator, where there is none, and notes it in the audit log.
pub(crate) async fn create_first_operator(
    administration: &Administration,
) -> anyhow::Result<Option<OneTimePassword>> {
    let first = administration.operators().create_first().await?;
    if let Some(first) = &first {
        let subject = Subject::target(&first.operator.name);
        administration.audit().record(&Actor::cli(), Action::CreateOperator, &subject, DONE).await?;
    }
    Ok(first)
}

fn models(pack: &Pack) -> serde_json::Result<Vec<ModelFacts>> {
    let facts = pack.models.iter().map(|model| {
        Ok(ModelFacts {
            task: serde_json::to_value(model.task)?.as_str().unwrap_or_default().to_owned(),
            name: model.name.clone(),
            digest: model.digest.to_string(),
            licence: model.licence.clone(),
            package: model.source.clone(),
            bytes: model.bytes,
        })
    });
    facts.collect()
}

/// The name of this machine, as far as it tells.
fn machine_name() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let told = told.or_else(|| std::env::var("HOSTNAME").ok());
    told.map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".into())
}

/// Adds the counts of requests to the store, again and again.
#[derive(Debug)]
pub(crate) struct Counting(Background<()>);

impl Counting {
    /// Begins.
    pub(crate) fn start(service: Arc<Service>) -> Self {
        Self(Background::start(|stopped| async move {
            let mut stopped = pin!(stopped.wait());
            loop {
                let is_last = tokio::time::timeout(FLUSH_EVERY, &mut stopped).await.is_ok();
                if let Err(error) = service.flush_traffic().await {
                    tracing::warn!(%error, "requests were counted and cannot be stored yet");
                }
                if is_last {
                    return;
                }
            }
        }))
    }

    /// Ends after the last counts.
    pub(crate) async fn stop(self) {
        if let Err(error) = self.0.stop().await {
            tracing::error!(%error, "the counting of requests had broken");
        }
    }
}
