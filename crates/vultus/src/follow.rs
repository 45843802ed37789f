//! Keeping a node's indexes, and the search shards, level with what all nodes write, while nobody searches.
//!
//! Each search looks for changes itself; this only makes that it finds few, and fills shards that are new.

use std::sync::Arc;
use std::time::Duration;

use crate::background::Background;
use crate::wiring::Wired;

/// How long changes are waited for that no other node tells of.
const POLL: Duration = Duration::from_millis(250);

/// Follows the change log until it is stopped.
pub(crate) fn start(wired: &Wired) -> Background<()> {
    let (feed, store) = (Arc::clone(&wired.feed), wired.database.store());
    let shards = wired.shards.as_ref().map(|shards| Arc::clone(&shards.search));
    Background::start(move |stopped| async move {
        let follow_index = async {
            let mut told = Told::new("the index");
            loop {
                let _ = store.await_change(POLL).await;
                told.note(&feed.catch_up().await);
            }
        };
        let follow_shards = async {
            let Some(shards) = shards else { return std::future::pending().await };
            let mut told = Told::new("the search over shards");
            loop {
                told.note(&shards.follow().await);
                let _ = store.await_change(POLL).await;
            }
        };
        tokio::select! {
            () = stopped.wait() => {}
            () = follow_index => {}
            () = follow_shards => {}
        }
    })
}

/// Tells when something begins not to follow the database, and when it follows it again.
struct Told {
    who: &'static str,
    is_well: bool,
}

impl Told {
    const fn new(who: &'static str) -> Self {
        Self { who, is_well: true }
    }

    fn note<E: std::error::Error>(&mut self, followed: &Result<(), E>) {
        match followed {
            Err(error) if self.is_well => {
                tracing::warn!(%error, "{} does not follow the database", self.who);
            }
            Ok(()) if !self.is_well => tracing::info!("{} follows the database again", self.who),
            _ => {}
        }
        self.is_well = followed.is_ok();
    }
}
