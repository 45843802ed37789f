//! Bringing a shard level with the store: filling it, and applying the change log to it.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use vultus_store::IndexEntry;
use vultus_types::FaceId;

use super::error::Trouble;
use super::member::Member;
use super::placement::Placement;
use super::{RebalanceProgress, RebalanceStep, ShardError, ShardMark, ShardProgress, ShardedSearch};
use crate::sync::has_gap;

/// How long to wait until it is looked again what another node made of a shard that it fills.
const OTHERS_TURN: Duration = Duration::from_millis(500);

/// For how long, and for whom, a shard is brought level.
pub(super) struct Effort<'a> {
    /// When to stop; nothing where it is to be done whatever it takes.
    pub(super) until: Option<Instant>,
    /// Who wants to know how far it is.
    pub(super) progress: Option<&'a mut (dyn FnMut(RebalanceProgress) + Send)>,
    /// Faces put on the shard by filling it.
    pub(super) moved: u64,
}

impl Effort<'_> {
    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    pub(super) fn tell(&mut self, step: RebalanceStep, member: &Member, done: u64, total: u64) {
        if let Some(progress) = &mut self.progress {
            progress(RebalanceProgress { step, shard: member.name().to_owned(), done, total });
        }
    }
}

/// Where the effort left a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// Level with what the log held when it was last asked.
    Level,
    /// Not full yet: the time is over, or another node fills it.
    Unfinished,
    /// Nowhere: the topology is another by now.
    Outdated,
}

/// A step on the way there.
enum Step {
    /// It led on; the next one may be taken.
    Done,
    /// It has to wait for what others do to the shard, or the time is over.
    NotYet,
    /// It was the last one.
    Last(Brought),
}

/// Which of the store's faces a shard is given.
#[derive(Clone, Copy)]
pub(super) enum Share {
    /// All that it keeps: it is being filled in the epoch of that mark, since that change.
    Kept(ShardMark, u64),
    /// Those that it is to hold and does not yet.
    Gained,
}

impl Share {
    const fn step(self) -> RebalanceStep {
        match self {
            Self::Kept(..) => RebalanceStep::Fill,
            Self::Gained => RebalanceStep::Adopt,
        }
    }

    fn of(self, page: Vec<IndexEntry>, shard: &str, placement: &Placement) -> Vec<IndexEntry> {
        chosen(page, |face| match self {
            Self::Kept(..) => placement.keeps(shard, face),
            Self::Gained => placement.gains(shard, face),
        })
    }
}

/// What applying the log came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CaughtUp {
    /// It is level with the change asked for.
    Level,
    /// Another one changed the shard meanwhile, or the time is over: look again.
    Moved,
    /// The log does not lead on from where the shard stands.
    Lost,
}

impl ShardedSearch {
    /// Brings a shard level by this topology, whatever it holds. One that is busy is waited for.
    pub(super) async fn bring_level(
        &self,
        member: &Member,
        placement: &Placement,
        effort: &mut Effort<'_>,
    ) -> Result<Brought, Trouble> {
        while !effort.is_over() {
            match self.bring_on(member, placement, effort).await {
                Ok(Step::Last(brought)) => return Ok(brought),
                Ok(Step::Done) => {}
                Ok(Step::NotYet) | Err(Trouble::Shard(ShardError::Busy)) => {
                    if effort.until.is_some() {
                        break;
                    }
                    sleep(OTHERS_TURN).await;
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(Brought::Unfinished)
    }

    async fn bring_on(
        &self,
        member: &Member,
        placement: &Placement,
        effort: &mut Effort<'_>,
    ) -> Result<Step, Trouble> {
        let mark = member.mark(placement.topology.store).await?;
        if mark.epoch > placement.epoch() && self.reload().await?.epoch() != placement.epoch() {
            return Ok(Step::Last(Brought::Outdated));
        }
        let (epoch, is_trusted) = (placement.epoch(), placement.trusts(member.name(), mark.epoch));
        match mark.progress {
            _ if !is_trusted => self.begin_filling(member, placement, mark).await?,
            ShardProgress::Empty => self.begin_filling(member, placement, mark).await?,
            _ if mark.epoch < epoch => member.wait(member.shard.raise_epoch(epoch)).await?,
            ShardProgress::Filling { .. } => {
                if !self.fill(member, placement, mark, effort).await? {
                    return Ok(Step::NotYet);
                }
            }
            ShardProgress::Level(_) => {
                let last = self.store.last_change().await?;
                match self.catch_up(member, placement, mark, last, effort).await? {
                    CaughtUp::Level => return Ok(Step::Last(Brought::Level)),
                    CaughtUp::Moved => {}
                    CaughtUp::Lost => self.begin_filling(member, placement, mark).await?,
                }
            }
        }
        Ok(Step::Done)
    }

    /// Empties a shard to be filled anew, unless it stands elsewhere by now.
    async fn begin_filling(
        &self,
        member: &Member,
        placement: &Placement,
        mark: ShardMark,
    ) -> Result<(), Trouble> {
        // Changes from here on may or may not be in the pages; they are applied again afterwards.
        let start = self.store.last_change().await?;
        self.check_embedder().await?;
        if member.wait(member.shard.begin_filling(mark, start, placement.epoch())).await? {
            tracing::info!(shard = member.name(), "a search shard is filled from the store");
        }
        Ok(())
    }

    /// Goes on filling a shard from where it stands. False where another node goes on with it, or the time is over.
    async fn fill(
        &self,
        member: &Member,
        placement: &Placement,
        mark: ShardMark,
        effort: &mut Effort<'_>,
    ) -> Result<bool, Trouble> {
        let ShardProgress::Filling { start, upto } = mark.progress else { return Ok(false) };
        let Some(upto) = self.hand_over(member, placement, Share::Kept(mark, start), upto, effort).await?
        else {
            return Ok(false);
        };
        let seen = ShardMark { progress: ShardProgress::Filling { start, upto }, ..mark };
        effort.tell(RebalanceStep::Index, member, 0, 1);
        let is_finished = member.finish_filling(seen, effort.until).await?;
        if is_finished {
            effort.tell(RebalanceStep::Index, member, 1, 1);
        }
        Ok(is_finished)
    }

    /// Gives a shard its share of the store's faces after `upto`, a page at a time, and tells the last face that was
    /// looked at; nothing where the shard stands elsewhere by now, or the time is over.
    pub(super) async fn hand_over(
        &self,
        member: &Member,
        placement: &Placement,
        share: Share,
        mut upto: Option<FaceId>,
        effort: &mut Effort<'_>,
    ) -> Result<Option<Option<FaceId>>, Trouble> {
        let (total, mut done) = (self.store.face_count().await?, 0);
        loop {
            let page = self.store.index_page(upto, self.page).await?;
            self.check_embedder().await?;
            let Some(last) = page.last().map(|entry| entry.id) else {
                if done > 0 {
                    effort.tell(share.step(), member, total, total);
                }
                return Ok(Some(upto));
            };
            done += page.len() as u64;
            let (shard, own) = (&member.shard, share.of(page, member.name(), placement));
            let taken = match share {
                Share::Kept(mark, start) => {
                    let seen = ShardMark { progress: ShardProgress::Filling { start, upto }, ..mark };
                    member.wait(shard.fill(seen, last, &own)).await?
                }
                Share::Gained => member.wait(shard.adopt(placement.epoch(), last, &own)).await?,
            };
            if !taken {
                return Ok(None);
            }
            effort.moved += own.len() as u64;
            effort.tell(share.step(), member, done.min(total), total);
            upto = Some(last);
            if effort.is_over() {
                return Ok(None);
            }
        }
    }

    /// Applies the log to a shard that stands at `mark`, up to the change `last` at least.
    pub(super) async fn catch_up(
        &self,
        member: &Member,
        placement: &Placement,
        mark: ShardMark,
        last: u64,
        effort: &mut Effort<'_>,
    ) -> Result<CaughtUp, Trouble> {
        let ShardProgress::Level(first) = mark.progress else { return Ok(CaughtUp::Moved) };
        if first > last && self.has_gone_back(first).await? {
            return Ok(CaughtUp::Lost);
        }
        let mut level = first;
        while level < last {
            let changes = self.store.changes_after(level, self.page).await?;
            let Some(newest) = changes.last().map(|change| change.sequence) else {
                return Ok(CaughtUp::Lost);
            };
            let faces = changes.iter().map(|change| change.face).collect::<Option<Vec<_>>>();
            let Some(faces) = faces.filter(|_| !has_gap(level, &changes)) else {
                self.check_embedder().await?;
                tracing::warn!(shard = member.name(), "the log does not tell what a search shard lacks");
                return Ok(CaughtUp::Lost);
            };
            let (entries, removed) = self.look_again(member, placement, faces).await?;
            let seen = ShardMark { progress: ShardProgress::Level(level), ..mark };
            if !member.wait(member.shard.apply(seen, newest, &entries, &removed)).await? {
                return Ok(CaughtUp::Moved);
            }
            level = newest;
            let total = last - first;
            effort.tell(RebalanceStep::CatchUp, member, (level - first).min(total), total);
            if level < last && effort.is_over() {
                return Ok(CaughtUp::Moved);
            }
        }
        Ok(CaughtUp::Level)
    }

    /// Whether the log is shorter than a shard knows: the store was put back to an earlier state.
    pub(super) async fn has_gone_back(&self, level: u64) -> Result<bool, Trouble> {
        let has_gone_back = self.store.last_change().await? < level;
        if has_gone_back {
            tracing::warn!("the change log went back: search shards are filled anew");
        }
        Ok(has_gone_back)
    }

    /// What became of faces, as a shard has to know it: those that it keeps, and all others.
    async fn look_again(
        &self,
        member: &Member,
        placement: &Placement,
        mut faces: Vec<FaceId>,
    ) -> Result<(Vec<IndexEntry>, Vec<FaceId>), Trouble> {
        faces.sort_unstable();
        faces.dedup();
        let entries = self.store.index_entries(&faces).await?;
        self.check_embedder().await?;
        let mut entries = chosen(entries, |face| placement.keeps(member.name(), face));
        entries.sort_unstable_by_key(|entry| entry.id);
        faces.retain(|face| entries.binary_search_by_key(face, |entry| entry.id).is_err());
        Ok((entries, faces))
    }
}

/// The entries of the faces that are wanted.
fn chosen(mut entries: Vec<IndexEntry>, wanted: impl Fn(FaceId) -> bool) -> Vec<IndexEntry> {
    entries.retain(|entry| wanted(entry.id));
    entries
}
