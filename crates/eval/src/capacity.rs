//! What a number of faces takes: memory, disks, network and processors, from what one face takes, which was measured.
//!
//! [`Measured`] holds the constants of this build, [`Wishes`] what an operator decides, and [`Plan`] what follows from
//! both for one [`Mode`] of search. `docs/capacity.md` holds the tables that [`document`] prints; the example
//! `capacity` prints them for other wishes and with prices.

mod document;
mod measured;

pub use document::document;
pub use measured::Measured;

/// Bytes of a GiB.
pub const GIB: f64 = (1_u64 << 30) as f64;

/// Seconds of a month of 365.25 / 12 days.
const MONTH_S: f64 = 365.25 / 12.0 * 86_400.0;

/// Where searches look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every server holds all faces in memory and compares the probe with each.
    Memory,
    /// One database holds the index of all faces.
    Pgvector,
    /// Several databases hold the index of a share of the faces each; every search asks all.
    Shards,
}

/// What an operator decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wishes {
    /// Searches of a gallery with all faces in it, per second, at the busiest.
    pub searches_per_s: f64,
    /// Faces that are enrolled per second, at the busiest.
    pub enrolments_per_s: f64,
    /// Processor cores of a machine.
    pub machine_cores: f64,
    /// Memory of a machine, in bytes.
    pub machine_bytes: f64,
    /// The share of a machine's cores and memory that may be in use: the rest is for peaks and for the system.
    pub in_use: f64,
    /// Databases that hold the same: one that is written, the others to take its place.
    pub copies: f64,
    /// The size of a photo that is sent, in bytes.
    pub photo_bytes: f64,
    /// Faces that a search may take for the probe's, on average, where the person is not enrolled.
    pub false_positives: f64,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            searches_per_s: 10.0,
            enrolments_per_s: 1.0,
            machine_cores: 16.0,
            machine_bytes: 64.0 * GIB,
            in_use: 0.7,
            copies: 2.0,
            photo_bytes: 200_000.0,
            false_positives: 0.01,
        }
    }
}

/// What one of each costs, in any currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// A core for an hour.
    pub core_hour: f64,
    /// A GiB of memory for an hour.
    pub memory_gib_hour: f64,
    /// A GiB of disk for a month.
    pub disk_gib_month: f64,
}

/// What a number of faces takes in one mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Servers of Vultus: never fewer than two, so that one may stop.
    pub servers: f64,
    /// The memory of each server, in bytes.
    pub server_bytes: f64,
    /// Cores that all servers keep busy at the wished rates.
    pub server_cores: f64,
    /// Databases beside the main one with an index of faces each; 1 in mode [`Mode::Pgvector`], where it is the main
    /// one itself.
    pub shards: f64,
    /// The memory that the index of each shard needs to stay in, in bytes.
    pub shard_bytes: f64,
    /// Cores that all shards together keep busy with searches.
    pub shard_cores: f64,
    /// The disks of all databases with their copies, in bytes.
    pub disk_bytes: f64,
    /// What goes between servers and databases at the wished rates, in bytes per second.
    pub network_bytes_per_s: f64,
    /// What one search takes after the photo was analysed and where nobody else searches, in seconds.
    pub search_s: f64,
    /// Until a server that starts, or a shard that is new, can answer, in seconds.
    pub filling_s: f64,
    /// The searches per second beyond which shards would need more cores than their machine may use; nothing in mode
    /// [`Mode::Memory`], where servers are added.
    pub most_searches_per_s: Option<f64>,
}

impl Plan {
    /// The plan of a mode.
    pub fn new(mode: Mode, faces: f64, wishes: &Wishes, measured: &Measured) -> Self {
        match mode {
            Mode::Memory => Self::in_memory(faces, wishes, measured),
            Mode::Pgvector => Self::in_databases(faces, 1.0, wishes, measured),
            Mode::Shards => {
                let room = wishes.machine_bytes * wishes.in_use;
                let shards = (faces * measured.shard_index_bytes / room).ceil().max(2.0);
                Self::in_databases(faces, shards, wishes, measured)
            }
        }
    }

    /// A server of Vultus compares the probe with every face, one core for each search.
    fn in_memory(faces: f64, wishes: &Wishes, measured: &Measured) -> Self {
        let search_s = faces * measured.comparison_ns * 1e-9;
        let server_cores = analysis_cores(wishes, measured) + wishes.searches_per_s * search_s;
        let servers = servers(server_cores, wishes);
        // Every server reads every new face.
        let fed = servers * wishes.enrolments_per_s * measured.template_bytes;
        Self {
            servers,
            server_bytes: empty_server_bytes(wishes, measured) + faces * measured.index_bytes,
            server_cores,
            shards: 0.0,
            shard_bytes: 0.0,
            shard_cores: 0.0,
            disk_bytes: wishes.copies * faces * measured.postgres_bytes,
            network_bytes_per_s: fed + wishes.enrolments_per_s * measured.template_bytes,
            search_s,
            filling_s: faces / measured.read_per_s,
            most_searches_per_s: None,
        }
    }

    /// Every search asks each shard for candidates, and compares these exactly.
    fn in_databases(faces: f64, shards: f64, wishes: &Wishes, measured: &Measured) -> Self {
        let per_shard = faces / shards;
        let search_s = measured.shard_search_s(per_shard);
        let server_cores = analysis_cores(wishes, measured);
        let answer = measured.candidates * measured.candidate_bytes;
        let written = wishes.enrolments_per_s * (measured.template_bytes + measured.shard_row_bytes);
        let kept = measured.postgres_bytes + measured.shard_row_bytes + measured.shard_index_bytes;
        Self {
            servers: servers(server_cores, wishes),
            server_bytes: empty_server_bytes(wishes, measured),
            server_cores,
            shards,
            shard_bytes: per_shard * measured.shard_index_bytes,
            shard_cores: wishes.searches_per_s * shards * search_s,
            disk_bytes: wishes.copies * faces * kept,
            network_bytes_per_s: wishes.searches_per_s * shards * answer + written,
            search_s,
            filling_s: per_shard / measured.shard_fill_per_s,
            most_searches_per_s: Some(wishes.machine_cores * wishes.in_use / search_s),
        }
    }

    /// Cores of all machines for a month, in hours: as many as are busy, over the share that may be, and as many again
    /// for the copies of shards, which take over whole.
    pub fn core_hours(&self, wishes: &Wishes) -> f64 {
        let cores = self.server_cores + self.shard_cores * wishes.copies;
        cores / wishes.in_use * MONTH_S / 3600.0
    }

    /// Memory of all machines for a month, in GiB-hours.
    pub fn memory_gib_hours(&self, wishes: &Wishes) -> f64 {
        let bytes = self.servers * self.server_bytes + self.shards * self.shard_bytes * wishes.copies;
        bytes / wishes.in_use / GIB * MONTH_S / 3600.0
    }

    /// What a month costs, photos aside.
    pub fn month(&self, wishes: &Wishes, prices: &Prices) -> f64 {
        self.core_hours(wishes) * prices.core_hour
            + self.memory_gib_hours(wishes) * prices.memory_gib_hour
            + self.disk_bytes / GIB * prices.disk_gib_month
    }
}

/// Cores that find faces in photos and make templates: of each search and each enrolment one photo.
fn analysis_cores(wishes: &Wishes, measured: &Measured) -> f64 {
    (wishes.searches_per_s + wishes.enrolments_per_s) * measured.analysis_ms * 1e-3
}

/// The memory of a server with a thread for each core, and no faces.
fn empty_server_bytes(wishes: &Wishes, measured: &Measured) -> f64 {
    measured.server_bytes + wishes.machine_cores * measured.thread_bytes
}

fn servers(cores: f64, wishes: &Wishes) -> f64 {
    (cores / (wishes.machine_cores * wishes.in_use)).ceil().max(2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Constants with which everything can be worked out in one's head.
    fn measured() -> Measured {
        Measured {
            index_bytes: 1000.0,
            comparison_ns: 100.0,
            server_bytes: 0.0,
            thread_bytes: 0.0,
            template_bytes: 1000.0,
            postgres_bytes: 2000.0,
            read_per_s: 1e4,
            shard_row_bytes: 1000.0,
            shard_index_bytes: 1000.0,
            shard_faces: 1024.0,
            shard_search_ms: 10.0,
            shard_fill_per_s: 1e3,
            candidates: 200.0,
            candidate_bytes: 1000.0,
            analysis_ms: 100.0,
            ..Measured::published().clone()
        }
    }

    const WISHES: Wishes = Wishes {
        searches_per_s: 10.0,
        enrolments_per_s: 10.0,
        machine_cores: 10.0,
        machine_bytes: 2e9,
        in_use: 0.5,
        copies: 2.0,
        photo_bytes: 0.0,
        false_positives: 1.0,
    };

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() <= 1e-9 * other.abs()
    }

    #[test]
    fn memory_takes_a_core_for_each_second_of_scanning() {
        let plan = Plan::new(Mode::Memory, 1e7, &WISHES, &measured());
        // A second for each search, and a tenth for each of twenty photos: 12 cores, 5 of each server.
        assert!(near(plan.search_s, 1.0) && near(plan.server_cores, 12.0), "{plan:?}");
        assert!(near(plan.servers, 3.0) && near(plan.server_bytes, 1e10), "{plan:?}");
        assert!(near(plan.disk_bytes, 4e10) && near(plan.filling_s, 1e3), "{plan:?}");
        // Each new face goes to the database, and from there to three servers.
        assert!(near(plan.network_bytes_per_s, 4e4), "{plan:?}");
        let hours = 24.0 * MONTH_S / 3600.0;
        assert!(near(plan.core_hours(&WISHES), hours), "twelve of twenty-four are busy");
    }

    #[test]
    fn shards_are_as_many_as_their_index_needs_memory() {
        let plan = Plan::new(Mode::Shards, 4.0 * 1_048_576.0, &WISHES, &measured());
        // 4.19 GB at 1 GB for each machine.
        assert!(near(plan.shards, 5.0), "{plan:?}");
        let two = Plan::new(Mode::Shards, 1000.0, &WISHES, &measured());
        assert!(near(two.shards, 2.0) && near(two.disk_bytes, 8e6), "{two:?}");
        assert!(near(two.network_bytes_per_s, 10.0 * 2.0 * 200.0 * 1000.0 + 2e4), "{two:?}");
    }

    #[test]
    fn a_search_of_the_index_grows_with_the_logarithm_of_its_faces() {
        let one = Plan::new(Mode::Pgvector, 1_048_576.0, &WISHES, &measured());
        assert!(near(one.search_s, 0.02), "twenty doublings instead of ten: {one:?}");
        assert!(near(one.shard_cores, 0.2) && one.shards == 1.0, "{one:?}");
        assert!(near(one.most_searches_per_s.unwrap(), 250.0), "{one:?}");
    }

    #[test]
    fn a_month_is_the_sum_of_its_parts() {
        let plan = Plan::new(Mode::Memory, 1e7, &WISHES, &measured());
        let only = |core_hour, memory_gib_hour, disk_gib_month| {
            plan.month(&WISHES, &Prices { core_hour, memory_gib_hour, disk_gib_month })
        };
        let sum = only(2.0, 0.0, 0.0) + only(0.0, 3.0, 0.0) + only(0.0, 0.0, 4.0);
        assert!(near(only(2.0, 3.0, 4.0), sum));
        assert!(near(only(0.0, 0.0, 4.0), 4.0 * 4e10 / GIB));
    }
}
