//! Searching all shards at once.

use std::sync::Arc;

use futures::future::join_all;
use vultus_types::{AccountId, Similarity, Template};

use super::error::Trouble;
use super::level::{CaughtUp, Effort};
use super::member::{Member, within};
use super::placement::Placement;
use super::ranking::{Probe, best, first_limit, next_limit};
use super::{
    Found, Grouping, Nearest, NearestQuery, SearchRequest, ShardMark, ShardProgress, ShardScope,
    ShardedError, ShardedSearch,
};
use crate::{Hit, LiveServers};

/// How often a search is begun anew because the topology changed meanwhile, which takes seconds at least.
const MOST_ATTEMPTS: usize = 5;

/// A search of one shard.
struct Inquiry<'a> {
    placement: &'a Placement,
    request: &'a SearchRequest,
    scope: &'a ShardScope,
    probe: &'a Probe,
    /// The change that it has to see.
    last: u64,
}

/// What a shard made of it.
enum Answer {
    Found(Vec<Hit>),
    /// It cannot be searched now.
    Out,
    /// It was changed by another topology than the search goes by.
    Outdated,
}

/// Whether what a shard found can be used.
enum Standing {
    Sound,
    /// It was brought level meanwhile, and is to be asked again.
    Moved,
    Out,
    Outdated,
}

impl ShardedSearch {
    /// The faces or subjects most alike to `probe`, over all shards that answer in time. Sees every write that was
    /// acknowledged before.
    ///
    /// # Errors
    /// A shard that is out is none: [`Found::servers`] tells of it.
    pub async fn search(&self, request: &SearchRequest, probe: &Template) -> Result<Found, ShardedError> {
        let scope = ShardScope { account: request.account, gallery: request.gallery.clone(), subject: None };
        self.search_scope(request, scope, probe).await
    }

    /// The face of that subject in the gallery most alike to `probe`; `None` where the shards that answer know no such
    /// gallery or subject.
    pub async fn search_subject(
        &self,
        account: AccountId,
        gallery: &str,
        subject: &str,
        probe: &Template,
    ) -> Result<(Option<Hit>, LiveServers), ShardedError> {
        let request = SearchRequest {
            account,
            gallery: Some(gallery.to_owned()),
            grouping: Grouping::Faces,
            min_similarity: Similarity(f32::NEG_INFINITY),
            max_results: 1,
        };
        let scope =
            ShardScope { account, gallery: request.gallery.clone(), subject: Some(subject.to_owned()) };
        let found = self.search_scope(&request, scope, probe).await?;
        Ok((found.hits.into_iter().next(), found.servers))
    }

    async fn search_scope(
        &self,
        request: &SearchRequest,
        scope: ShardScope,
        probe: &Template,
    ) -> Result<Found, ShardedError> {
        let probe = Probe::new(&self.rule, probe)?;
        for _ in 0..MOST_ATTEMPTS {
            let placement: Arc<Placement> = self.placement().await?;
            let last = self.store.last_change().await?;
            let inquiry = Inquiry { placement: &placement, request, scope: &scope, probe: &probe, last };
            let names = &placement.topology.shards;
            let answers = join_all(names.iter().map(|name| self.ask(name, &inquiry))).await;
            let (mut hits, mut available, mut is_outdated) = (Vec::new(), 0, false);
            for answer in answers {
                match answer? {
                    Answer::Found(found) => {
                        hits.extend(found);
                        available += 1;
                    }
                    Answer::Out => {}
                    Answer::Outdated => is_outdated = true,
                }
            }
            if !is_outdated {
                let servers = LiveServers { available, total: names.len() };
                return Ok(Found { hits: best(hits, request), servers });
            }
        }
        Err(ShardedError::Unsettled)
    }

    /// Asks a shard, if it is there, for as long as the deadline allows.
    async fn ask(&self, name: &str, inquiry: &Inquiry<'_>) -> Result<Answer, ShardedError> {
        let Some(member) = self.member(name).filter(|member| member.admits()) else {
            return Ok(Answer::Out);
        };
        let asked = async { Ok(self.ask_until_level(member, inquiry).await) };
        let asked = within(self.settings.deadline, asked).await;
        match asked.map_err(Trouble::Shard).and_then(|asked| asked) {
            Ok(answer) => {
                member.answered(!matches!(answer, Answer::Out));
                Ok(answer)
            }
            Err(Trouble::Shard(why)) => {
                member.failed(&why);
                Ok(Answer::Out)
            }
            Err(Trouble::Everywhere(error)) => {
                // The store, not the shard: whoever asks next need not wait.
                member.answered(member.is_available());
                Err(error)
            }
        }
    }

    async fn ask_until_level(&self, member: &Member, inquiry: &Inquiry<'_>) -> Result<Answer, Trouble> {
        member.introduce(inquiry.placement.topology.store).await?;
        let mut query = NearestQuery {
            scope: inquiry.scope.clone(),
            probe: inquiry.probe.template.clone(),
            limit: first_limit(inquiry.request.max_results),
        };
        loop {
            let Nearest { mark, faces } = member.shard.nearest(&query).await?;
            match self.settle(member, inquiry, mark).await? {
                Standing::Sound => {}
                Standing::Moved => continue,
                Standing::Out => return Ok(Answer::Out),
                Standing::Outdated => return Ok(Answer::Outdated),
            }
            let found = faces.len();
            let hits = inquiry.probe.score(faces);
            match next_limit(inquiry.request, query.limit, found, &hits) {
                Some(limit) => query.limit = limit,
                None => return Ok(Answer::Found(hits)),
            }
        }
    }

    /// Looks whether a shard that stands at `mark` may be believed, and brings it level where it may soon.
    async fn settle(
        &self,
        member: &Member,
        inquiry: &Inquiry<'_>,
        mut mark: ShardMark,
    ) -> Result<Standing, Trouble> {
        let (placement, last) = (inquiry.placement, inquiry.last);
        if mark.epoch > placement.epoch() {
            let is_known = self.reload().await?.epoch() == placement.epoch();
            return Ok(if is_known { Standing::Out } else { Standing::Outdated });
        }
        let ShardProgress::Level(level) = mark.progress else { return Ok(Standing::Out) };
        if !placement.trusts(member.name(), mark.epoch) {
            return Ok(Standing::Out);
        }
        if mark.epoch < placement.epoch() {
            member.shard.raise_epoch(placement.epoch()).await?;
            mark.epoch = placement.epoch();
        }
        if level > last && self.has_gone_back(level).await? {
            return Ok(Standing::Out);
        }
        if level >= last {
            return Ok(Standing::Sound);
        }
        let Ok(_turn) = member.turn.try_lock() else {
            // Another search brings it level.
            drop(member.turn.lock().await);
            return Ok(Standing::Moved);
        };
        let mut effort = Effort { until: None, progress: None, moved: 0 };
        match self.catch_up(member, placement, mark, last, &mut effort).await? {
            CaughtUp::Level | CaughtUp::Moved => Ok(Standing::Moved),
            CaughtUp::Lost => Ok(Standing::Out),
        }
    }
}
