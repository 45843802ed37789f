//! What cameras saw.

use std::sync::Arc;

use vultus_store::{EnrolledFace, HistoryFilter};
use vultus_types::{AccountId, FaceId};

use crate::{Caller, Service, ServiceError};

/// How many events are read from the store at a time: about a MiB.
const PAGE: u32 = 500;

/// Which events, and how many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Which.
    pub filter: HistoryFilter,
    /// The greatest id to begin with, as an earlier reading told it; all where there is none.
    pub max_id: Option<FaceId>,
    /// How many at most; all where there is none.
    pub limit: Option<u64>,
}

/// A reading of the history, newest face first. It holds one page in memory at a time, whatever the limit.
pub struct History {
    service: Arc<Service>,
    account: AccountId,
    filter: HistoryFilter,
    /// The id of the first event not yet read; everything where there is none.
    next: Option<FaceId>,
    /// How many more are wanted.
    left: Option<u64>,
    is_at_end: bool,
}

impl Service {
    /// Begins a reading of the caller's history. It meets every event that is there now and stays once, none
    /// twice, whatever is stored meanwhile; events that come meanwhile may or may not be met.
    pub fn history(self: &Arc<Self>, caller: Caller, query: HistoryQuery) -> History {
        History {
            service: Arc::clone(self),
            account: caller.account,
            filter: query.filter,
            next: query.max_id,
            left: query.limit,
            is_at_end: false,
        }
    }
}

impl History {
    /// The next events, at least one; nothing where the limit or the end is reached.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::ErrorKind::Internal).
    pub async fn read(&mut self) -> Result<Option<Vec<EnrolledFace>>, ServiceError> {
        let take = self.left.map_or(PAGE, |left| left.min(u64::from(PAGE)) as u32);
        if self.is_at_end || take == 0 {
            return Ok(None);
        }
        // One more than wanted tells where to go on, and whether there is more at all.
        let store = &self.service.store;
        let mut page = store.history(self.account, &self.filter, self.next, take + 1).await?;
        let further = if page.len() > take as usize { page.pop() } else { None };
        self.is_at_end = further.is_none();
        self.next = further.map(|event| event.face.id);
        self.left = self.left.map(|left| left - page.len() as u64);
        Ok((!page.is_empty()).then_some(page))
    }

    /// Once nothing more is read because the limit is reached: the `max_id` of the query that goes on. Nothing
    /// at the end of the history.
    pub const fn next(&self) -> Option<FaceId> {
        if self.is_at_end { None } else { self.next }
    }
}

#[cfg(test)]
mod tests;
