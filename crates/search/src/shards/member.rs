//! A configured shard and what its last calls came to.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use super::{SearchShard, ShardError, ShardMark};

/// How long a shard that failed is left alone by searches, so that they do not all wait for it.
const REST: Duration = Duration::from_secs(1);

/// How long one call of a shard may take where no search waits for it: it may put a thousand faces into an index.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a shard may take to tell where it stands, before which it may have to make its tables.
const GLANCE: Duration = Duration::from_secs(5);

/// A configured shard.
pub(super) struct Member {
    pub(super) shard: Arc<dyn SearchShard>,
    /// Held by the search that brings the shard level: the others of this process wait for that.
    pub(super) turn: tokio::sync::Mutex<()>,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    /// Whether it answers searches, by the last call; nothing before the first.
    is_available: Option<bool>,
    rests_until: Option<Instant>,
    /// The store whose it is, once it said so.
    claimed_for: Option<Uuid>,
}

impl Member {
    pub(super) fn new(shard: Arc<dyn SearchShard>) -> Self {
        Self { shard, turn: tokio::sync::Mutex::default(), health: Mutex::default() }
    }

    pub(super) fn name(&self) -> &str {
        self.shard.name()
    }

    /// Waits for a call, but not for ever.
    pub(super) async fn wait<T>(
        &self,
        call: impl Future<Output = Result<T, ShardError>>,
    ) -> Result<T, ShardError> {
        within(PATIENCE, call).await
    }

    /// Asks where it stands.
    pub(super) async fn mark(&self, store: Uuid) -> Result<ShardMark, ShardError> {
        within(GLANCE, self.shard.mark(store)).await
    }

    /// Ends its filling. False where that is not done: it may take hours, and goes on without anybody waiting.
    pub(super) async fn finish_filling(
        &self,
        seen: ShardMark,
        until: Option<Instant>,
    ) -> Result<bool, ShardError> {
        let patience = Instant::now() + PATIENCE;
        let until = until.map_or(patience, |until| until.min(patience));
        timeout_at(until, self.shard.finish_filling(seen)).await.unwrap_or(Ok(false))
    }

    /// Makes sure that the shard is this store's before it is searched for the first time.
    pub(super) async fn introduce(&self, store: Uuid) -> Result<(), ShardError> {
        if self.health.lock().claimed_for == Some(store) {
            return Ok(());
        }
        self.shard.mark(store).await?;
        self.health.lock().claimed_for = Some(store);
        Ok(())
    }

    /// Whether a search may ask it. After a failure nobody may for a while, then one, and the others again once that
    /// one had an answer.
    pub(super) fn admits(&self) -> bool {
        let mut health = self.health.lock();
        let now = Instant::now();
        match health.rests_until {
            Some(until) if now < until => false,
            Some(_) => {
                health.rests_until = Some(now + REST);
                true
            }
            None => true,
        }
    }

    /// A search had an answer, if perhaps one that it could not use.
    pub(super) fn answered(&self, is_available: bool) {
        self.health.lock().rests_until = None;
        self.note(is_available);
    }

    /// A search waited in vain.
    pub(super) fn failed(&self, why: &ShardError) {
        self.health.lock().rests_until = Some(Instant::now() + REST);
        self.note_failure(why);
    }

    /// It failed where no search waited for it.
    pub(super) fn note_failure(&self, why: &ShardError) {
        let mut health = self.health.lock();
        if health.is_available != Some(false) {
            tracing::warn!(shard = self.name(), %why, "searches go on without a search shard");
        }
        health.is_available = Some(false);
        if matches!(why, ShardError::Foreign) {
            health.claimed_for = None;
        }
    }

    /// It stands where it can, or cannot, be searched.
    pub(super) fn note(&self, is_available: bool) {
        let before = self.health.lock().is_available.replace(is_available);
        if is_available && before == Some(false) {
            tracing::info!(shard = self.name(), "a search shard is searched again");
        }
    }

    pub(super) fn is_available(&self) -> bool {
        self.health.lock().is_available == Some(true)
    }
}

/// Waits that long for a shard.
pub(super) async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, ShardError>>,
) -> Result<T, ShardError> {
    let late = |late| ShardError::Unreachable(Box::new(late));
    timeout(limit, call).await.map_err(late)?
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;
    use vultus_types::{ModelDigest, ScoreRule};

    use super::*;
    use crate::shards::testing::FakeShard;

    #[tokio::test(start_paused = true)]
    async fn shard_that_failed_is_left_alone_for_a_second_and_then_tried_by_one_search() {
        let member = Member::new(FakeShard::new("a", ScoreRule::single(ModelDigest([1; 32]), 2)));
        let admitted = |member: &Member| [member.admits(), member.admits()];
        assert_eq!(admitted(&member), [true, true]);
        member.failed(&ShardError::Foreign);
        assert_eq!(admitted(&member), [false, false]);
        advance(REST).await;
        assert_eq!(admitted(&member), [true, false], "the first finds out, the others go on without");
        advance(REST).await;
        assert_eq!(admitted(&member), [true, false], "no answer yet");
        member.answered(true);
        assert_eq!(admitted(&member), [true, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let shard = FakeShard::new("a", ScoreRule::single(ModelDigest([1; 32]), 2));
        shard.set_silent(true);
        let member = Member::new(Arc::clone(&shard) as Arc<dyn SearchShard>);
        let late = member.wait(shard.face_count()).await;
        assert!(matches!(late, Err(ShardError::Unreachable(_))), "{late:?}");
    }
}
