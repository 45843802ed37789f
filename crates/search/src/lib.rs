//! Search among enrolled faces and the calibration of its scores.
//!
//! An index is a cache: the store is the truth, and [`IndexFeed`] keeps the one level with the other.

pub mod calibration;
mod exact;
mod index;
mod persons;
pub mod shards;
mod sync;

pub use calibration::{
    ANCHORS, Calibration, CalibrationError, CalibrationPoint, CalibrationTable, PointSource, Provenance,
};
pub use exact::ExactIndex;
pub use index::{Hit, IndexStats, LiveServers, VectorIndex};
pub use persons::{ExemplarChange, MOST_EXEMPLARS, PersonHit, PersonIndex};
pub use sync::{BuildProgress, FeedError, IndexFeed};
