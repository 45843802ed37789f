//! Lists in pages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::AdminError;

/// Items of a page where the request does not say.
const USUAL_LIMIT: u32 = 50;

/// Items of a page at most.
const MOST_LIMIT: u32 = 200;

/// Which page is asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Where the page begins: what the one before gave as `next`.
    pub(crate) cursor: Option<String>,
    /// Items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u32>,
}

impl PageQuery {
    /// How many items are asked for.
    pub(crate) fn limit(&self) -> Result<u32, AdminError> {
        let limit = self.limit.unwrap_or(USUAL_LIMIT);
        let is_fit = (1..=MOST_LIMIT).contains(&limit);
        is_fit
            .then_some(limit)
            .ok_or_else(|| AdminError::invalid("limit", "limit must lie between 1 and 200"))
    }

    /// The number that the cursor is, for lists whose order is by numbers.
    pub(crate) fn number(&self) -> Result<Option<u64>, AdminError> {
        let parse = |text: &String| {
            text.parse().map_err(|_| AdminError::invalid("cursor", "the cursor is none that was given"))
        };
        self.cursor.as_ref().map(parse).transpose()
    }
}

/// A list that is whole, or a page of one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; `null` where this is the last.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// A list that is whole.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}
