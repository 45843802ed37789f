use futures::future::join_all;
use vultus_search::shards::{NearestQuery, ShardScope};
use vultus_store_tests::fixtures::{account_id, face_id};
use vultus_store_tests::postgres::PostgresServer;
use vultus_types::{CohortSpread, ModelDigest, PartRule, Template, TemplatePart, Timestamp};

use super::*;

const STORE: Uuid = Uuid::from_u128(77);
const START: u64 = 5;

fn rule(model: u8) -> ScoreRule {
    ScoreRule::single(ModelDigest([model; 32]), 2)
}

fn shard(url: &str, name: &str, model: u8) -> PostgresShard {
    PostgresShard::new(name, url, 4, &rule(model), PgvectorOptions::default()).unwrap()
}

fn new_shard() -> (String, PostgresShard) {
    let url = PostgresServer::shared().new_database();
    let shard = shard(&url, "a", 1);
    (url, shard)
}

/// The template of a number: its direction is a degree for each.
fn template(model: u8, number: u64) -> Template {
    let angle = (number as f32).to_radians();
    let vector = vec![angle.cos(), angle.sin()];
    Template::new(vec![TemplatePart { model: ModelDigest([model; 32]), vector, cohort: None }]).unwrap()
}

fn entry_of(model: u8, number: u64, subject: &str, galleries: &[&str]) -> IndexEntry {
    IndexEntry {
        id: face_id(number),
        account: account_id(1),
        subject: subject.to_owned(),
        enrolled_at: Timestamp(number as i64),
        galleries: galleries.iter().map(|&name| name.to_owned()).collect(),
        template: template(model, number),
        exemplar: None,
    }
}

fn entry(number: u64, subject: &str, galleries: &[&str]) -> IndexEntry {
    entry_of(1, number, subject, galleries)
}

fn filling(epoch: u64, start: u64, upto: Option<u64>) -> ShardMark {
    ShardMark { epoch, progress: ShardProgress::Filling { start, upto: upto.map(face_id) } }
}

fn level(epoch: u64, last: u64) -> ShardMark {
    ShardMark { epoch, progress: ShardProgress::Level(last) }
}

/// Fills a shard with these faces; it is level in epoch 1.
async fn fill(shard: &PostgresShard, entries: &[IndexEntry]) {
    let empty = shard.mark(STORE).await.unwrap();
    assert!(shard.begin_filling(empty, START, 1).await.unwrap());
    let mut mark = filling(1, START, None);
    if let Some(last) = entries.last() {
        assert!(shard.fill(mark, last.id, entries).await.unwrap());
        mark = filling(1, START, Some(last.id.get()));
    }
    assert!(shard.finish_filling(mark).await.unwrap());
}

fn scope(gallery: Option<&str>, subject: Option<&str>) -> ShardScope {
    let owned = |name: &str| name.to_owned();
    ShardScope { account: account_id(1), gallery: gallery.map(owned), subject: subject.map(owned) }
}

/// The faces nearest to template 0, with the mark.
async fn nearest(shard: &PostgresShard, scope: ShardScope) -> (ShardMark, Vec<u64>) {
    let model = shard.models.rule.parts[0].model.0[0];
    let query = NearestQuery { scope, probe: template(model, 0), limit: 10 };
    let found = shard.nearest(&query).await.unwrap();
    (found.mark, found.faces.iter().map(|face| face.id.get()).collect())
}

async fn found(shard: &PostgresShard, gallery: Option<&str>, subject: Option<&str>) -> Vec<u64> {
    nearest(shard, scope(gallery, subject)).await.1
}

async fn ids(shard: &PostgresShard) -> Vec<u64> {
    shard.face_ids(None, 1000).await.unwrap().into_iter().map(FaceId::get).collect()
}

#[tokio::test]
async fn face_made_from_the_same_input_goes_before_those_with_higher_scores() {
    let part = PartRule { is_normalised: true, ..rule(1).parts[0] };
    let url = PostgresServer::shared().new_database();
    let rule = ScoreRule { parts: vec![part] };
    let shard = PostgresShard::new("a", &url, 4, &rule, PgvectorOptions::default()).unwrap();
    let spread_by = |number: u64, degrees, cohort| {
        let mut part = template(1, degrees).parts()[0].clone();
        part.cohort = Some(cohort);
        IndexEntry { template: Template::new(vec![part]).unwrap(), ..entry(number, "Ann", &["g"]) }
    };
    // Of their cohorts the others stand out five times as far.
    let same = spread_by(99, 0, CohortSpread { mean: 0.2, deviation: 0.05 });
    let mut entries: Vec<_> =
        (1..12).map(|number| spread_by(number, 18, CohortSpread { mean: 0.15, deviation: 0.01 })).collect();
    let score = rule.similarity(&entries[0].template, &same.template).unwrap();
    assert!(score.0 > 16.0, "16 is that of the same but for the rule of identical ones: {score:?}");
    entries.push(same.clone());
    fill(&shard, &entries).await;
    let query = NearestQuery { scope: scope(None, None), probe: same.template, limit: 10 };
    let found = shard.nearest(&query).await.unwrap();
    let found: Vec<u64> = found.faces.iter().map(|face| face.id.get()).collect();
    assert_eq!(found, [99, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[tokio::test]
async fn unused_shard_is_empty_and_takes_nothing() {
    let (_, shard) = new_shard();
    assert_eq!(nearest(&shard, scope(None, None)).await, (ABSENT, vec![]));
    assert!(!shard.fill(filling(1, 1, None), face_id(1), &[entry(1, "Ann", &["g"])]).await.unwrap());
    assert!(!shard.apply(level(1, 1), 2, &[], &[]).await.unwrap());
    assert!(!shard.adopt(0, face_id(1), &[]).await.unwrap());
    shard.raise_epoch(3).await.unwrap();
    assert_eq!((shard.face_count().await.unwrap(), ids(&shard).await), (0, vec![]));
    assert_eq!(shard.mark(STORE).await.unwrap(), ABSENT);
    assert_eq!(nearest(&shard, scope(None, None)).await, (ABSENT, vec![]));
}

#[tokio::test]
async fn filling_goes_on_where_another_node_stopped() {
    let (url, one) = new_shard();
    let two = shard(&url, "a", 1);
    let empty = one.mark(STORE).await.unwrap();
    assert!(one.begin_filling(empty, START, 1).await.unwrap());
    assert!(!two.begin_filling(empty, START, 1).await.unwrap(), "it is not empty any more");
    let page = [entry(1, "Ann", &["g"]), entry(3, "Bob", &["g", "h"])];
    assert!(one.fill(filling(1, START, None), face_id(4), &page).await.unwrap());
    assert!(!two.fill(filling(1, START, None), face_id(4), &page).await.unwrap());
    let mark = two.mark(STORE).await.unwrap();
    assert_eq!(mark, filling(1, START, Some(4)));
    assert_eq!(
        nearest(&two, scope(None, None)).await,
        (mark, vec![]),
        "nothing is found before all is there"
    );
    assert!(two.fill(mark, face_id(9), &[entry(7, "Cid", &["g"])]).await.unwrap());
    assert!(!two.finish_filling(mark).await.unwrap());
    assert!(two.finish_filling(filling(1, START, Some(9))).await.unwrap());
    assert!(!one.finish_filling(filling(1, START, Some(9))).await.unwrap());
    assert_eq!(nearest(&one, scope(None, None)).await, (level(1, START), vec![1, 3, 7]));
    assert_eq!(one.face_count().await.unwrap(), 3);
}

#[tokio::test]
async fn filling_ends_though_nobody_waits_for_it() {
    let (_, shard) = new_shard();
    let empty = shard.mark(STORE).await.unwrap();
    assert!(shard.begin_filling(empty, START, 1).await.unwrap());
    assert!(shard.fill(filling(1, START, None), face_id(1), &[entry(1, "Ann", &["g"])]).await.unwrap());
    let mark = filling(1, START, Some(1));
    let late = tokio::time::timeout(Duration::ZERO, shard.finish_filling(mark)).await;
    assert!(late.is_err());
    while shard.mark(STORE).await.unwrap() == mark {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(nearest(&shard, scope(None, None)).await, (level(1, START), vec![1]));
}

#[tokio::test]
async fn changes_are_applied_once_and_in_order() {
    let (url, one) = new_shard();
    let two = shard(&url, "a", 1);
    fill(&one, &[entry(1, "Ann", &["g"]), entry(2, "Bob", &["g"]), entry(3, "Cid", &["h"])]).await;
    let changed = [entry(2, "Bea", &["h"]), entry(4, "Dan", &["g", "h"])];
    assert!(one.apply(level(1, START), 9, &changed, &[face_id(1), face_id(99)]).await.unwrap());
    assert!(!two.apply(level(1, START), 8, &[entry(5, "Eve", &["g"])], &[]).await.unwrap());
    assert_eq!(nearest(&two, scope(None, None)).await, (level(1, 9), vec![2, 3, 4]));
    assert_eq!(found(&two, Some("g"), None).await, [4]);
    assert_eq!(found(&two, Some("h"), None).await, [2, 3, 4]);
    assert_eq!(found(&two, Some("h"), Some("Bea")).await, [2]);
    assert_eq!(found(&two, None, Some("Bob")).await, [0; 0]);
    assert_eq!((two.face_count().await.unwrap(), ids(&two).await), (3, vec![2, 3, 4]));
    assert!(two.apply(level(1, 9), 10, &[], &[2, 3, 4].map(face_id)).await.unwrap());
    assert_eq!(nearest(&one, scope(None, None)).await, (level(1, 10), vec![]));
}

#[tokio::test]
async fn faces_come_back_as_they_were_given() {
    let (_, shard) = new_shard();
    let long = "long ".repeat(2000);
    let names = ["", "a\0b", "Zoë", &long];
    let entries: Vec<_> = (1..).zip(names).map(|(number, name)| entry(number, name, &[name])).collect();
    fill(&shard, &entries).await;
    for entry in &entries {
        let scope = scope(Some(&entry.subject), Some(&entry.subject));
        let query = NearestQuery { scope, probe: template(1, 0), limit: 3 };
        let found = shard.nearest(&query).await.unwrap().faces;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id, &found[0].subject), (entry.id, &entry.subject));
        assert_eq!((found[0].enrolled_at, &found[0].template), (entry.enrolled_at, &entry.template));
    }
}

#[tokio::test]
async fn faces_of_other_models_are_passed_over() {
    let (_, shard) = new_shard();
    fill(&shard, &[entry(1, "Ann", &["g"]), entry_of(2, 2, "Bob", &["g"])]).await;
    assert_eq!(ids(&shard).await, [1]);
    assert!(shard.apply(level(1, START), 6, &[entry_of(2, 1, "Ann", &["g"])], &[]).await.unwrap());
    assert_eq!((ids(&shard).await, shard.face_count().await.unwrap()), (vec![], 0));
}

#[tokio::test]
async fn adopted_faces_do_not_replace_those_of_the_log() {
    let (_, shard) = new_shard();
    fill(&shard, &[entry(1, "Ann", &["g"])]).await;
    shard.raise_epoch(2).await.unwrap();
    shard.raise_epoch(1).await.unwrap();
    let old = [entry(1, "Old", &["h"]), entry(2, "Bob", &["g"])];
    for epoch in [1, 3] {
        assert!(!shard.adopt(epoch, face_id(5), &old).await.unwrap());
    }
    assert_eq!(shard.adopted(2).await.unwrap(), None);
    assert!(shard.adopt(2, face_id(5), &old).await.unwrap());
    assert_eq!(shard.adopted(2).await.unwrap(), Some(face_id(5)));
    assert_eq!(shard.adopted(1).await.unwrap(), None);
    assert_eq!(nearest(&shard, scope(Some("g"), None)).await, (level(2, START), vec![1, 2]));
    assert_eq!(found(&shard, Some("g"), Some("Ann")).await, [1]);
    assert_eq!(found(&shard, Some("h"), None).await, [0; 0]);
    assert!(!shard.discard(1, &[face_id(2)]).await.unwrap());
    assert!(shard.discard(2, &[face_id(2)]).await.unwrap());
    assert_eq!((ids(&shard).await, shard.face_count().await.unwrap()), (vec![1], 1));
}

#[tokio::test]
async fn shard_that_is_filled_anew_forgets_what_it_held() {
    let (_, shard) = new_shard();
    fill(&shard, &[entry(1, "Ann", &["g"])]).await;
    assert!(shard.adopt(1, face_id(5), &[]).await.unwrap());
    assert!(shard.begin_filling(level(1, START), 8, 2).await.unwrap());
    assert_eq!(shard.mark(STORE).await.unwrap(), filling(2, 8, None));
    assert_eq!((ids(&shard).await, shard.face_count().await.unwrap()), (vec![], 0));
    assert_eq!(shard.adopted(1).await.unwrap(), None);
    assert!(shard.fill(filling(2, 8, None), face_id(2), &[entry(2, "Bob", &["h"])]).await.unwrap());
    assert!(shard.finish_filling(filling(2, 8, Some(2))).await.unwrap());
    assert_eq!(found(&shard, Some("g"), None).await, [0; 0]);
    assert_eq!(found(&shard, Some("h"), None).await, [2]);
}

#[tokio::test]
async fn shards_of_other_stores_and_names_are_refused() {
    let (url, one) = new_shard();
    fill(&one, &[entry(1, "Ann", &["g"])]).await;
    let refused = one.mark(Uuid::from_u128(78)).await;
    assert!(matches!(refused, Err(ShardError::Foreign)), "{refused:?}");
    let refused = shard(&url, "a", 2).mark(Uuid::from_u128(78)).await;
    assert!(matches!(refused, Err(ShardError::Foreign)), "of other models: {refused:?}");
    let refused = shard(&url, "b", 1).mark(STORE).await.unwrap_err();
    let ShardError::Failed(cause) = refused else { panic!("{refused:?}") };
    assert!(cause.to_string().contains("`a`"), "{cause}");
    assert_eq!(one.mark(STORE).await.unwrap(), level(1, START));
}

#[tokio::test]
async fn faces_of_former_models_go_when_those_of_the_present_are_there() {
    let (url, former) = new_shard();
    fill(&former, &[entry(1, "Ann", &["g"])]).await;
    let present = shard(&url, "a", 2);
    assert_eq!(present.mark(STORE).await.unwrap(), ABSENT);
    assert_eq!(found(&former, None, None).await, [1]);
    fill(&present, &[entry_of(2, 1, "Ann", &["g"])]).await;
    assert_eq!(found(&present, None, None).await, [1]);
    assert_eq!(nearest(&former, scope(None, None)).await, (ABSENT, vec![]));
    let database = url.rsplit('/').next().unwrap();
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'search' AND tablename LIKE 'entries%'";
    assert_eq!(PostgresServer::shared().run(database, tables), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_nodes_may_use_a_new_shard_at_once() {
    let url = PostgresServer::shared().new_database();
    let shards: Vec<_> = (0..10).map(|_| shard(&url, "a", 1)).collect();
    let marks = join_all(shards.iter().map(|shard| shard.mark(STORE))).await;
    assert!(marks.into_iter().all(|mark| mark.unwrap() == ABSENT));
    let began = join_all(shards.iter().map(|shard| shard.begin_filling(ABSENT, START, 1))).await;
    assert_eq!(began.into_iter().filter(|began| *began.as_ref().unwrap()).count(), 1);
}

#[tokio::test]
async fn stopped_server_is_unreachable_and_well_again_when_it_is_back() {
    let mut server = PostgresServer::start(true);
    let shard = shard(&server.new_database(), "a", 1);
    fill(&shard, &[entry(1, "Ann", &["g"])]).await;
    server.stop();
    let query = NearestQuery { scope: scope(None, None), probe: template(1, 0), limit: 1 };
    for _ in 0..2 {
        let refused = shard.nearest(&query).await;
        assert!(matches!(refused, Err(ShardError::Unreachable(_))), "{refused:?}");
        let refused = shard.mark(STORE).await;
        assert!(matches!(refused, Err(ShardError::Unreachable(_))), "{refused:?}");
    }
    server.resume();
    // Connections that were lost cost a call each.
    let mut attempts = 0;
    while let Err(error) = shard.mark(STORE).await {
        assert!(matches!(error, ShardError::Unreachable(_)) && attempts < 10, "{error:?}");
        attempts += 1;
    }
    assert_eq!(nearest(&shard, scope(None, None)).await, (level(1, START), vec![1]));
}

#[tokio::test]
async fn pgvector_that_is_too_old_or_not_allowed_is_told() {
    let server = PostgresServer::shared();
    let failure = async |url: &str| {
        let refused = shard(url, "a", 1).mark(STORE).await.unwrap_err();
        let ShardError::Failed(cause) = refused else { panic!("{refused:?}") };
        *cause.downcast::<PostgresShardError>().unwrap()
    };
    let old = server.new_database();
    let database = old.rsplit('/').next().unwrap();
    server.run(database, "CREATE EXTENSION vector");
    server.run(database, "UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'");
    assert!(matches!(failure(&old).await, PostgresShardError::OldPgvector(version) if version == "0.7.4"));
    let closed = server.new_database();
    server.run("postgres", "CREATE ROLE guest LOGIN");
    let error = failure(&closed.replace("vultus@", "guest@")).await;
    assert!(matches!(error, PostgresShardError::NotAllowed(_)), "{error}");
}

#[tokio::test]
async fn wrong_urls_and_impossible_dimensions_are_refused() {
    let make = |url: &str, dimension: usize| {
        let rule = ScoreRule::single(ModelDigest([1; 32]), dimension);
        PostgresShard::new("a", url, 1, &rule, PgvectorOptions::default()).map(drop)
    };
    for url in ["", "mysql://localhost/x", "postgres://[", "vultus.db"] {
        assert!(matches!(make(url, 2), Err(PostgresShardError::Url)), "{url}");
    }
    for dimension in [0, 4001] {
        let refused = make("postgres://u:secret@localhost/x", dimension);
        assert!(matches!(refused, Err(PostgresShardError::Dimension(d)) if d == dimension));
    }
    let (_, shard) = new_shard();
    shard.mark(STORE).await.unwrap();
    let query = NearestQuery { scope: scope(None, None), probe: template(2, 0), limit: 1 };
    assert!(matches!(shard.nearest(&query).await, Err(ShardError::Failed(_))));
}

#[tokio::test]
async fn epoch_is_raised_while_the_index_is_made() {
    let (url, shard) = new_shard();
    let other = self::shard(&url, "a", 1);
    let empty = shard.mark(STORE).await.unwrap();
    assert!(shard.begin_filling(empty, START, 1).await.unwrap());
    assert!(shard.fill(filling(1, START, None), face_id(1), &[entry(1, "Ann", &["g"])]).await.unwrap());
    // Nothing reads the whole table before who changes it is done.
    let mut writer = shard.pool.begin().await.unwrap();
    let table = &shard.models.table;
    let lock = format!("LOCK TABLE {table} IN ROW EXCLUSIVE MODE");
    sqlx::query(AssertSqlSafe(lock)).execute(&mut *writer).await.unwrap();
    let waiting =
        format!("SELECT count(*) > 0 FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted");
    let is_waiting = async || -> bool {
        sqlx::query_scalar(AssertSqlSafe(waiting.clone())).fetch_one(&other.pool).await.unwrap()
    };
    let is_over = std::cell::Cell::new(false);
    let finish = async {
        let is_finished = shard.finish_filling(filling(1, START, Some(1))).await.unwrap();
        is_over.set(true);
        is_finished
    };
    let raise = async {
        while !is_over.get() && !is_waiting().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        other.raise_epoch(2).await.unwrap();
        assert_eq!(other.mark(STORE).await.unwrap(), filling(2, START, Some(1)));
        writer.rollback().await.unwrap();
    };
    let (is_finished, ()) = tokio::join!(finish, raise);
    assert!(!is_finished, "it stands elsewhere");
    assert!(other.finish_filling(filling(2, START, Some(1))).await.unwrap());
    assert_eq!(nearest(&shard, scope(None, None)).await, (level(2, START), vec![1]));
}

#[tokio::test]
async fn shard_that_another_call_keeps_is_busy() {
    let (_, shard) = new_shard();
    fill(&shard, &[entry(1, "Ann", &["g"])]).await;
    let (mut one, mut other) = (shard.pool.begin().await.unwrap(), shard.pool.begin().await.unwrap());
    assert_eq!(state::lock(&mut one, shard.digest()).await.ok().flatten(), Some(level(1, START)));
    let refused = state::lock_or_leave(&mut other, shard.digest()).await.err().map(ShardError::from);
    assert!(matches!(refused, Some(ShardError::Busy)), "{refused:?}");
}
