//! What each node does for the shards between searches.

use futures::future::join_all;
use tokio::time::Instant;

use super::error::Trouble;
use super::level::{Brought, Effort};
use super::member::Member;
use super::placement::Placement;
use super::{ShardedError, ShardedSearch};

impl ShardedSearch {
    /// Brings all shards that answer level with the store: notes the first topology where there is none, fills empty
    /// shards, applies the change log. To be called by each node again and again, after some time or when something
    /// changed. Returns after some seconds also where shards are being filled still; the next call goes on.
    ///
    /// # Errors
    /// A shard that is out is none: [`Self::servers`] tells of it.
    pub async fn follow(&self) -> Result<(), ShardedError> {
        let until = Instant::now() + self.at_a_time;
        loop {
            let placement = self.reload().await?;
            self.tell_misfits(&placement);
            self.check_embedder().await?;
            let names = placement.names();
            let members = self.members.iter().filter(|member| names.contains(member.name()));
            let followed = join_all(members.map(|member| self.look_after(member, &placement, until))).await;
            let brought = followed.into_iter().collect::<Result<Vec<_>, _>>()?;
            if !brought.contains(&Brought::Outdated) || Instant::now() >= until {
                return Ok(());
            }
        }
    }

    async fn look_after(
        &self,
        member: &Member,
        placement: &Placement,
        until: Instant,
    ) -> Result<Brought, ShardedError> {
        let mut effort = Effort { until: Some(until), progress: None, moved: 0 };
        match self.bring_level(member, placement, &mut effort).await {
            Ok(brought) => {
                member.note(brought == Brought::Level);
                Ok(brought)
            }
            Err(Trouble::Shard(why)) => {
                member.note_failure(&why);
                Ok(Brought::Unfinished)
            }
            Err(Trouble::Everywhere(error)) => Err(error),
        }
    }
}
