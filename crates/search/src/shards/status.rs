//! How the shards do.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::member::{Member, within};
use super::placement::Placement;
use super::{ShardError, ShardProgress, ShardState, ShardStatus, ShardedError, ShardedSearch};

impl ShardedSearch {
    /// How each shard does that the topology or the configuration names, by name.
    pub async fn status(&self) -> Result<Vec<ShardStatus>, ShardedError> {
        let placement = self.reload().await?;
        let last = self.store.last_change().await?;
        let configured = self.members.iter().map(Member::name);
        let names: BTreeSet<&str> = placement.names().into_iter().chain(configured).collect();
        let status = names.into_iter().map(|name| async {
            let state = match self.member(name) {
                Some(member) => self.state(member, &placement, last).await,
                None => ShardState::NotConfigured,
            };
            ShardStatus { name: name.to_owned(), role: placement.role(name), state }
        });
        Ok(join_all(status).await)
    }

    async fn state(&self, member: &Member, placement: &Placement, last: u64) -> ShardState {
        let asked = async {
            let mark = member.shard.mark(placement.topology.store).await?;
            Ok(match mark.progress {
                ShardProgress::Empty => ShardState::Empty,
                ShardProgress::Filling { .. } => {
                    ShardState::Filling { faces: member.shard.face_count().await? }
                }
                ShardProgress::Level(level) => {
                    let faces = member.shard.face_count().await?;
                    ShardState::Level { lag: last.saturating_sub(level), faces }
                }
            })
        };
        match within(self.settings.deadline, asked).await {
            Ok(state) => state,
            Err(ShardError::Foreign) => ShardState::Foreign,
            Err(_) => ShardState::Out,
        }
    }
}
