//! Spreading the faces over other shards, while searches and writes go on.
//!
//! A plan is noted in the topology: from then on every node keeps each face level where it is and where it is to be.
//! New shards are filled, shards that stay adopt what others give up, and when all are level the plan becomes the
//! topology. Only then do shards lose what they hold no longer. Each state of the topology says what comes next, so
//! that a run that was interrupted is gone on with by another.

use std::collections::BTreeSet;

use vultus_store::{ShardNames, ShardPlan, StoreError, Topology};
use vultus_types::FaceId;

use super::error::Trouble;
use super::level::{Brought, Effort, Share};
use super::member::{Member, within};
use super::placement::Placement;
use super::{RebalanceEnd, RebalanceProgress, RebalanceStep, ShardedError, ShardedSearch};

/// One run, with what it did so far.
struct Run<'a> {
    search: &'a ShardedSearch,
    progress: &'a mut (dyn FnMut(RebalanceProgress) + Send),
    moved: u64,
    discarded: u64,
    unreachable: BTreeSet<String>,
    /// The last change before the plan that this run carried out.
    since: Option<u64>,
}

/// Whether a step was made by the topology that it was begun by; else it is for another topology to say what is next.
type IsDone = bool;

impl ShardedSearch {
    /// Spreads the faces over these shards, or over all that are configured where none are named, while searches and
    /// writes go on. May be interrupted at any point and called again with the same names; with the names of the
    /// shards that are searched now it takes back what was begun.
    pub async fn rebalance(
        &self,
        to: &[String],
        progress: &mut (dyn FnMut(RebalanceProgress) + Send),
    ) -> Result<RebalanceEnd, ShardedError> {
        let target = self.target(to)?;
        let mut run =
            Run { search: self, progress, moved: 0, discarded: 0, unreachable: BTreeSet::new(), since: None };
        loop {
            let placement = self.reload().await?;
            self.check_embedder().await?;
            let topology = &placement.topology;
            match &topology.plan {
                Some(plan) if plan.shards == target => {
                    if run.prepare(&placement, plan).await? && self.change(topology, &target, None).await? {
                        run.since = Some(plan.since);
                        run.dismiss(topology, &target).await;
                    }
                }
                None if topology.shards == target => {
                    if run.clean_up(&placement).await? {
                        return Ok(run.end(topology.clone()));
                    }
                }
                None => {
                    let since = self.store.last_change().await?;
                    let plan = ShardPlan { shards: target.clone(), since };
                    self.change(topology, &topology.shards, Some(plan)).await?;
                }
                Some(_) if topology.shards == target => {
                    self.change(topology, &target, None).await?;
                }
                Some(plan) => return Err(ShardedError::OtherPlan(plan.shards.clone())),
            }
        }
    }

    fn target(&self, to: &[String]) -> Result<ShardNames, ShardedError> {
        let configured = self.configured();
        let wanted: BTreeSet<_> = if to.is_empty() { &configured } else { to }.iter().cloned().collect();
        let missing: Vec<_> = wanted.iter().filter(|name| !configured.contains(name)).cloned().collect();
        if missing.is_empty() && !wanted.is_empty() {
            Ok(wanted.into_iter().collect())
        } else {
            Err(ShardedError::NotConfigured(missing))
        }
    }

    fn members_of(&self, names: &ShardNames) -> Result<Vec<&Member>, ShardedError> {
        let missing = |name: &String| ShardedError::NotConfigured(vec![name.clone()]);
        names.iter().map(|name| self.member(name).ok_or_else(|| missing(name))).collect()
    }

    /// Notes the next topology. False where somebody else noted another one.
    async fn change(
        &self,
        from: &Topology,
        shards: &ShardNames,
        plan: Option<ShardPlan>,
    ) -> Result<IsDone, ShardedError> {
        let next = Topology { store: from.store, epoch: from.epoch + 1, shards: shards.clone(), plan };
        match self.store.set_topology(&next).await {
            Ok(()) => {
                tracing::info!(epoch = next.epoch, "the topology of the search shards is changed");
                Ok(true)
            }
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Run<'_> {
    fn end(self, topology: Topology) -> RebalanceEnd {
        let unreachable = self.unreachable.into_iter().collect();
        RebalanceEnd { topology, moved: self.moved, discarded: self.discarded, unreachable }
    }

    /// Puts on each shard of the plan what it is to hold.
    async fn prepare(&mut self, placement: &Placement, plan: &ShardPlan) -> Result<IsDone, ShardedError> {
        let members = self.search.members_of(&plan.shards)?;
        if !self.bring_all(&members, placement).await? {
            return Ok(false);
        }
        let now = &placement.topology.shards;
        if now.iter().any(|name| !plan.shards.contains(name)) {
            for member in members.iter().filter(|member| now.iter().any(|name| name == member.name())) {
                let adopted = self.adopt(member, placement).await;
                if !adopted.map_err(|trouble| trouble.of_shard(member.name()))? {
                    return Ok(false);
                }
            }
            if !self.forget_removed(&members, placement, plan.since).await? {
                return Ok(false);
            }
        }
        self.bring_all(&members, placement).await
    }

    async fn bring_all(
        &mut self,
        members: &[&Member],
        placement: &Placement,
    ) -> Result<IsDone, ShardedError> {
        for member in members {
            let mut effort = Effort { until: None, progress: Some(&mut *self.progress), moved: 0 };
            let brought = self.search.bring_level(member, placement, &mut effort).await;
            self.moved += effort.moved;
            if brought.map_err(|trouble| trouble.of_shard(member.name()))? == Brought::Outdated {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Gives a shard that is searched already the faces that others give up.
    async fn adopt(&mut self, member: &Member, placement: &Placement) -> Result<IsDone, Trouble> {
        let upto = member.wait(member.shard.adopted(placement.epoch())).await?;
        let mut effort = Effort { until: None, progress: Some(&mut *self.progress), moved: 0 };
        let adopted = self.search.hand_over(member, placement, Share::Gained, upto, &mut effort).await;
        self.moved += effort.moved;
        Ok(adopted?.is_some())
    }

    /// Takes faces off the shards that were removed since that change: they may have been adopted after the log told
    /// the shards of their end.
    async fn forget_removed(
        &self,
        members: &[&Member],
        placement: &Placement,
        mut since: u64,
    ) -> Result<IsDone, ShardedError> {
        let store = &self.search.store;
        loop {
            let changes = store.changes_after(since, self.search.page).await?;
            let Some(newest) = changes.last() else { return Ok(true) };
            since = newest.sequence;
            let mut faces: BTreeSet<FaceId> = changes.iter().filter_map(|change| change.face).collect();
            let looked_at: Vec<_> = faces.iter().copied().collect();
            for entry in store.index_entries(&looked_at).await? {
                faces.remove(&entry.id);
            }
            let removed: Vec<_> = faces.into_iter().collect();
            for member in members.iter().filter(|_| !removed.is_empty()) {
                if !discard(member, placement, &removed).await? {
                    return Ok(false);
                }
            }
        }
    }

    /// Tells shards that are searched no longer, if they answer, so that nodes that do not know yet find out.
    async fn dismiss(&mut self, before: &Topology, target: &ShardNames) {
        for name in before.shards.iter().filter(|name| !target.contains(name)) {
            let told = match self.search.member(name) {
                Some(member) => {
                    let told = async {
                        member.shard.mark(before.store).await?;
                        member.shard.raise_epoch(before.epoch + 1).await
                    };
                    within(self.search.settings.deadline, told).await.is_ok()
                }
                None => false,
            };
            if !told {
                self.unreachable.insert(name.clone());
            }
        }
    }

    /// Takes off each shard what it does not hold by a topology without a plan.
    async fn clean_up(&mut self, placement: &Placement) -> Result<IsDone, ShardedError> {
        let members = self.search.members_of(&placement.topology.shards)?;
        if !self.bring_all(&members, placement).await? {
            return Ok(false);
        }
        if let Some(since) = self.since
            && !self.forget_removed(&members, placement, since).await?
        {
            return Ok(false);
        }
        for member in members {
            if !self.discard_others(member, placement).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn discard_others(
        &mut self,
        member: &Member,
        placement: &Placement,
    ) -> Result<IsDone, ShardedError> {
        let failed = |source| Trouble::Shard(source).of_shard(member.name());
        let total = member.wait(member.shard.face_count()).await.map_err(failed)?;
        let (mut done, mut after) = (0, None);
        loop {
            let page = member.wait(member.shard.face_ids(after, self.search.page)).await.map_err(failed)?;
            let Some(last) = page.last().copied() else {
                self.tell(RebalanceStep::CleanUp, member, total, total);
                return Ok(true);
            };
            after = Some(last);
            done += page.len() as u64;
            let others: Vec<_> =
                page.into_iter().filter(|&face| !placement.keeps(member.name(), face)).collect();
            if !others.is_empty() && !discard(member, placement, &others).await? {
                return Ok(false);
            }
            self.discarded += others.len() as u64;
            self.tell(RebalanceStep::CleanUp, member, done.min(total), total);
        }
    }

    fn tell(&mut self, step: RebalanceStep, member: &Member, done: u64, total: u64) {
        (self.progress)(RebalanceProgress { step, shard: member.name().to_owned(), done, total });
    }
}

async fn discard(member: &Member, placement: &Placement, faces: &[FaceId]) -> Result<IsDone, ShardedError> {
    let discarded = member.wait(member.shard.discard(placement.epoch(), faces)).await;
    discarded.map_err(|source| Trouble::Shard(source).of_shard(member.name()))
}
