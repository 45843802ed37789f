//! The one place that names concrete backends and puts the use cases together.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use vultus_face::FaceAnalyzer;
use vultus_inference::WorkPool;
use vultus_models::Pack;
use vultus_search::{ExactIndex, IndexFeed, VectorIndex};
use vultus_service::{
    Accounts, DataOwner, FaceSearch, Policy, SecretHasher, Service, ServiceParts, SystemEntropy,
};
use vultus_store::{BlobStore, Store};
use vultus_types::{ModelDigest, SystemClock};

use crate::config::{BlobsConfig, Config, SearchConfig};
use crate::database::Database;
use crate::printer::Printer;
use crate::shards::Shards;
use crate::{accounts_key, engine, voice};

/// Opens the database, unless an archive is half imported into it. The data directory may be entered by its owner only.
pub(crate) async fn open_database(config: &Config) -> anyhow::Result<Database> {
    let database = open_database_to_import(config).await?;
    if database.archive().import_under_way().await?.is_some() {
        bail!("an archive is half imported into this database: run `vultus import` with it again");
    }
    Ok(database)
}

/// Opens the database to import an archive into it, or to go on with that.
pub(crate) async fn open_database_to_import(config: &Config) -> anyhow::Result<Database> {
    create_private(&config.data_dir)?;
    Database::open(config).await
}

fn create_private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot create {}", folder.display()))
}

/// Opens where photos and media are kept; a bucket is not connected to yet.
pub(crate) fn open_blobs(config: &Config) -> anyhow::Result<BlobStore> {
    Ok(match &config.blobs {
        BlobsConfig::Folder(folder) => BlobStore::local(folder)?,
        BlobsConfig::S3(settings) => {
            tracing::info!(address = settings.address(), "photos and media are kept in a bucket");
            BlobStore::s3(settings, &|name| std::env::var(name).ok())?
        }
    })
}

/// The use cases around accounts; they need no models. Credentials in the store that were made with another key than
/// this machine's are an error.
pub(crate) async fn accounts(config: &Config, store: Arc<dyn Store>) -> anyhow::Result<Accounts> {
    let accounts = accounts_with_any_key(config, store)?;
    if !accounts.has_key().await? {
        let key_file = config.database.secret_key_file.display();
        bail!(
            "{key_file} is not the key of this database: put the key of its other servers, or that of its backup, \
             into its place; if there is none any more, make this one the key with `vultus accounts adopt-key`"
        );
    }
    Ok(accounts)
}

/// The same, whatever the key of the credentials in the store.
pub(crate) fn accounts_with_any_key(config: &Config, store: Arc<dyn Store>) -> anyhow::Result<Accounts> {
    Ok(accounts_under(accounts_key::load_or_create(&config.database.secret_key_file)?, store))
}

/// The same with a key that was read.
pub(crate) fn accounts_under(key: SecretHasher, store: Arc<dyn Store>) -> Accounts {
    Accounts::new(store, key, Arc::new(SystemClock), Arc::new(SystemEntropy))
}

/// Everything a process needs to answer requests or to work on galleries.
pub(crate) struct Wired {
    /// The use cases.
    pub(crate) service: Arc<Service>,
    /// Where heavy work runs.
    pub(crate) pool: Arc<WorkPool>,
    /// Keeps the indexes of this process level with the store; not built yet.
    pub(crate) feed: Arc<IndexFeed>,
    /// The servers on which faces are searched, where this process does not do it itself.
    pub(crate) shards: Option<Shards>,
    /// The database, to be closed at the end.
    pub(crate) database: Database,
    /// The pack in use.
    pub(crate) pack: Pack,
}

impl Wired {
    /// Builds the indexes of this process, and brings the search shards level with the database.
    pub(crate) async fn prepare_search(&self) -> anyhow::Result<()> {
        self.feed.build(|_| {}).await?;
        if let Some(shards) = &self.shards {
            shards.search.follow().await?;
        }
        Ok(())
    }

    /// Waits for running calls of the databases and closes them.
    pub(crate) async fn close(&self) {
        if let Some(shards) = &self.shards {
            shards.close().await;
        }
        self.database.close().await;
    }
}

/// How a process works on the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It enrols: data without faces becomes its own.
    Write,
    /// It only searches.
    Read,
}

/// Whether the data is the pack's, so that the process may work on it. Otherwise says whose it is and what can
/// be done.
pub(crate) async fn claim(
    wired: &Wired,
    access: Access,
    config: &Config,
    printer: &Printer,
) -> anyhow::Result<bool> {
    let pack = &wired.pack.name;
    let owner = match access {
        Access::Write => wired.service.bind_data(pack).await?,
        Access::Read => wired.service.data_owner(pack).await?,
    };
    let DataOwner::Other(bound) = owner else { return Ok(true) };
    let own = wired.service.binding(pack);
    let models = |models: &[ModelDigest]| {
        models.iter().map(|model| model.to_string()[..12].to_owned()).collect::<Vec<_>>().join(" + ")
    };
    let (theirs, ours) = (models(&bound.models), models(&own.map(|own| own.models).unwrap_or_default()));
    let data = config.data_dir.display();
    let other = bound.pack.or_else(|| engine::pack_of_embedder(config, &bound.models));
    let (whose, offer) = match other {
        Some(other) if other != *pack => {
            (format!("belong to the pack `{other}`"), format!("use `--pack {other}`, or "))
        }
        Some(_) => ("were made by another version of this pack".to_owned(), String::new()),
        None => ("belong to another pack".to_owned(), String::new()),
    };
    printer.refusal(&format!(
        "the faces in {data} {whose} (models {theirs}); the pack `{pack}` has other ones (models {ours}), and \
         templates of different models cannot be compared: {offer}recompute the faces from their photos with \
         `vultus reembed --pack {}`",
        config.pack
    ));
    Ok(false)
}

/// Opens store and models and puts the use cases together. Whether the data is the pack's is to be asked with
/// [`claim`].
pub(crate) async fn wire(config: &Config) -> anyhow::Result<Wired> {
    let database = open_database(config).await?;
    let store = database.store();
    let pack = engine::open_configured_pack(config)?;
    let analyzer: Arc<dyn FaceAnalyzer> = Arc::new(engine::load(config, &pack)?);
    let calibration = Arc::new(engine::calibration(&pack, analyzer.as_ref())?);
    let policy = Policy {
        demographics: config.demographics,
        persons: config.persons,
        most_media: config.media.most_waiting,
        max_lag_changes: config.max_lag_changes,
        partial_answers: config.search.shards().is_some_and(|shards| shards.partial),
    };
    let rule = analyzer.score_rule();
    let models = rule.parts.iter().map(|part| part.model).collect();
    let persons = Arc::new(policy.persons.index(rule.clone()));
    let (feed, search, shards) = match &config.search {
        SearchConfig::Memory => {
            let index: Arc<dyn VectorIndex> = Arc::new(ExactIndex::new(rule.clone()));
            let feed = IndexFeed::new(Arc::clone(&store), Arc::clone(&index), models);
            (feed.with_persons(Arc::clone(&persons)), FaceSearch::Memory(index), None)
        }
        SearchConfig::Shards(settings) => {
            let shards = Shards::open(config, settings, Arc::clone(&store), rule.clone()).await?;
            let feed = IndexFeed::of_persons(Arc::clone(&store), Arc::clone(&persons), models);
            (feed, FaceSearch::Shards(Arc::clone(&shards.search)), Some(shards))
        }
    };
    let feed = Arc::new(feed);
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let pool = Arc::new(WorkPool::new(threads, config.queue)?);
    let service = Service::new(ServiceParts {
        store: Arc::clone(&store),
        blobs: open_blobs(config)?,
        accounts: accounts(config, store).await?,
        analyzer,
        voices: voice::open(config, &pack)?,
        pool: Arc::clone(&pool),
        search,
        persons,
        feed: Arc::clone(&feed),
        calibration,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        policy,
    });
    Ok(Wired { service: Arc::new(service), pool, feed, shards, database, pack })
}
