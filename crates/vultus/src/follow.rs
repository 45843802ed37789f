//! Keeping a node's index level with what the other nodes write, while nobody searches.
//!
//! Each search looks for changes itself; this only makes that it finds few.

use std::sync::Arc;
use std::time::Duration;

use crate::background::Background;
use crate::wiring::Wired;

/// How long changes are waited for that no other node tells of.
const POLL: Duration = Duration::from_millis(250);

/// Follows the change log until it is stopped.
pub(crate) fn start(wired: &Wired) -> Background<()> {
    let (feed, store) = (Arc::clone(&wired.feed), wired.database.store());
    Background::start(move |stopped| async move {
        let follow = async {
            let mut is_well = true;
            loop {
                let _ = store.await_change(POLL).await;
                let followed = feed.catch_up().await;
                match &followed {
                    Err(error) if is_well => tracing::warn!(%error, "the index does not follow the database"),
                    Ok(()) if !is_well => tracing::info!("the index follows the database again"),
                    _ => {}
                }
                is_well = followed.is_ok();
            }
        };
        tokio::select! {
            () = stopped.wait() => {}
            () = follow => {}
        }
    })
}
