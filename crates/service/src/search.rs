//! Where enrolled faces are searched: in this process, or on the servers over which they are spread.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::Mutex;
use vultus_search::shards::{
    Found, Grouping, SearchRequest, ShardRole, ShardState, ShardStatus, ShardedSearch,
};
use vultus_search::{Hit, LiveServers, VectorIndex};
use vultus_types::{AccountId, AnalyzedFace, IncomparableTemplate, Template, Timestamp};

use crate::{ErrorKind, Service, ServiceError};

/// Faces of one photo that are looked for on the shards at the same time.
const FACES_AT_ONCE: usize = 4;
/// How long it is believed how far the shards are: each is asked for it.
const SHARDS_KNOWN_FOR: Duration = Duration::from_secs(5);

/// Where enrolled faces are searched.
#[derive(Clone)]
pub enum FaceSearch {
    /// In this process.
    Memory(Arc<dyn VectorIndex>),
    /// On the servers over which they are spread.
    Shards(Arc<ShardedSearch>),
}

/// Whether a search is answered while some of the servers that hold faces do not answer. While none does, it never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// It is refused.
    Whole,
    /// It is answered from the others.
    Partial,
    /// As the operator decided, see [`Policy::partial_answers`](crate::Policy::partial_answers).
    AsDecided,
}

/// How far a shard is behind the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardLag {
    /// Its name.
    pub name: String,
    /// Changes that it has not seen yet; it sees them before the next search. Nothing where it does not answer, or is
    /// being filled.
    pub changes: Option<u64>,
}

/// What a process knows of where it searches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchGauges {
    /// Faces that searches find.
    pub faces: u64,
    /// How many servers answer searches.
    pub servers: LiveServers,
    /// The shards that are searched or are to be; none where this process searches itself.
    pub shards: Vec<ShardLag>,
}

/// What the shards said last, and when.
pub(crate) type KnownShards = Mutex<Option<(Timestamp, Arc<[ShardStatus]>)>>;

/// Looks for a face in the index of this process.
pub(crate) fn in_memory(
    index: &dyn VectorIndex,
    request: &SearchRequest,
    probe: &Template,
) -> Result<Vec<Hit>, IncomparableTemplate> {
    let SearchRequest { account, gallery, grouping, min_similarity, max_results } = request;
    match (gallery, grouping) {
        (Some(gallery), Grouping::Subjects) => {
            index.search(*account, gallery, probe, *min_similarity, *max_results)
        }
        (gallery, _) => {
            index.search_faces(*account, gallery.as_deref(), probe, *min_similarity, *max_results)
        }
    }
}

/// Looks for each face on the shards: what was found for each, and how many servers answered for all of them. A face
/// without a template is not looked for.
pub(crate) async fn over_shards(
    shards: &ShardedSearch,
    request: &SearchRequest,
    faces: &[AnalyzedFace],
) -> Result<(Vec<Vec<Hit>>, LiveServers), ServiceError> {
    let probes = faces.iter().map(|face| face.template.as_ref());
    let searches = probes.map(|probe| async move {
        match probe {
            Some(probe) => shards.search(request, probe).await,
            None => Ok(Found { hits: Vec::new(), servers: shards.servers().await? }),
        }
    });
    let searches = searches.collect::<Vec<_>>();
    let found: Vec<Found> = stream::iter(searches).buffered(FACES_AT_ONCE).try_collect().await?;
    let servers = found.iter().map(|found| found.servers).min_by_key(|servers| servers.available);
    Ok((found.into_iter().map(|found| found.hits).collect(), servers.unwrap_or(LiveServers::ONE)))
}

impl Service {
    /// Refuses an answer from so many servers where it is not wanted.
    pub(crate) fn check_servers(
        &self,
        servers: LiveServers,
        wanted: Completeness,
    ) -> Result<(), ServiceError> {
        let may_be_partial = match wanted {
            Completeness::Whole => false,
            Completeness::Partial => true,
            Completeness::AsDecided => self.policy.partial_answers,
        };
        let is_answered = servers.available > 0 && (may_be_partial || servers.is_complete());
        if is_answered { Ok(()) } else { Err(ErrorKind::IncompleteSearch.into()) }
    }

    /// The face of a subject that is most like a probe, on the shards.
    pub(crate) async fn best_on_shards(
        &self,
        shards: &ShardedSearch,
        (account, gallery, subject): (AccountId, &str, &str),
        probe: &Template,
    ) -> Result<Hit, ServiceError> {
        let (best, servers) = shards.search_subject(account, gallery, subject, probe).await?;
        self.check_servers(servers, Completeness::AsDecided)?;
        // The subject's faces may all lie on a server that is out.
        let missing =
            if servers.is_complete() { ErrorKind::IncompatibleTemplate } else { ErrorKind::IncompleteSearch };
        best.ok_or_else(|| missing.into())
    }

    /// Whether searches can be answered at all.
    pub(crate) async fn check_search(&self) -> Result<(), ServiceError> {
        match &self.search {
            FaceSearch::Memory(_) => Ok(()),
            // Writes and what reads nothing of a shard go on while one is out, and so do searches that take what the
            // others hold: the process is of use as long as one answers.
            FaceSearch::Shards(shards) => self.check_servers(shards.servers().await?, Completeness::Partial),
        }
    }

    /// What is known of where this process searches.
    pub(crate) async fn search_gauges(&self) -> Result<SearchGauges, ServiceError> {
        let shards = match &self.search {
            FaceSearch::Memory(index) => {
                let faces = index.stats().faces as u64;
                return Ok(SearchGauges { faces, servers: LiveServers::ONE, shards: Vec::new() });
            }
            FaceSearch::Shards(shards) => shards,
        };
        let states = self.shard_states(shards).await?;
        let used = || states.iter().filter(|shard| shard.role != ShardRole::Unused);
        let lags = used().map(|shard| ShardLag {
            name: shard.name.clone(),
            changes: match shard.state {
                ShardState::Level { lag, .. } => Some(lag),
                _ => None,
            },
        });
        let held = used().filter(|shard| shard.role == ShardRole::Searched).map(|shard| match shard.state {
            ShardState::Level { faces, .. } => faces,
            _ => 0,
        });
        // While faces move from shard to shard, two may hold the same one.
        let faces = held.sum::<u64>().min(self.store.face_count().await?);
        Ok(SearchGauges { faces, servers: shards.servers().await?, shards: lags.collect() })
    }

    /// Asks the shards how far they are, at most once in [`SHARDS_KNOWN_FOR`].
    async fn shard_states(&self, shards: &ShardedSearch) -> Result<Arc<[ShardStatus]>, ServiceError> {
        let mut known = self.known_shards.lock().await;
        let now = self.clock.now();
        if let Some((at, states)) = &*known
            && (at.0..at.0 + SHARDS_KNOWN_FOR.as_micros() as i64).contains(&now.0)
        {
            return Ok(Arc::clone(states));
        }
        let states: Arc<[ShardStatus]> = shards.status().await?.into();
        *known = Some((now, Arc::clone(&states)));
        Ok(states)
    }
}

#[cfg(test)]
mod tests;
