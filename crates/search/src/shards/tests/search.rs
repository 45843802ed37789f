use std::collections::BTreeMap;

use proptest::prelude::*;
use vultus_store::Store;
use vultus_types::{CohortSpread, PartRule};

use super::*;
use crate::{ExactIndex, IndexFeed, VectorIndex};

/// The index in memory of the same faces.
async fn exact(world: &World) -> Arc<ExactIndex> {
    let index = Arc::new(ExactIndex::new(ScoreRule::single(MODEL, 4)));
    let store = Arc::clone(&world.store) as Arc<dyn Store>;
    let feed = IndexFeed::new(store, Arc::clone(&index) as Arc<dyn VectorIndex>, vec![MODEL]);
    feed.catch_up().await.unwrap();
    index
}

fn subjects(max_results: usize) -> SearchRequest {
    SearchRequest { gallery: Some("g".into()), grouping: Grouping::Subjects, max_results, ..all_faces() }
}

/// What is known of a face that a test enrols: subject, galleries and vector.
type Enrolled = (&'static str, Vec<&'static str>, [f32; 4]);

fn enrolled() -> impl Strategy<Value = Vec<Enrolled>> {
    let subject = prop::sample::select(vec!["Ann", "Bob", "Cid", "Dan", "Eve", ""]);
    let galleries = prop::sample::subsequence(vec!["g", "h", "i"], 1..=3);
    let vector = prop::array::uniform4(-1.0_f32..1.0);
    prop::collection::vec((subject, galleries, vector), 1..120)
}

async fn enrol_all(world: &World, faces: &[Enrolled]) {
    let mut batches: BTreeMap<&[&str], Vec<FaceRecord>> = BTreeMap::new();
    for (number, (subject, galleries, vector)) in (1..).zip(faces) {
        batches.entry(galleries).or_default().push(record(number, subject, template_of(*vector)));
    }
    for (galleries, faces) in batches {
        world.store.add_faces(galleries, &faces).await.unwrap();
    }
}

/// Compares both searches in all scopes; tells what differs.
async fn compare(
    faces: &[Enrolled],
    shards: usize,
    probe: &Template,
    least: Similarity,
    max_results: usize,
) -> Result<(), TestCaseError> {
    let names: Vec<_> = ["a", "b", "c", "d", "e"].into_iter().take(shards).collect();
    let world = World::new(&names).await;
    enrol_all(&world, faces).await;
    let node = world.node();
    node.follow().await.unwrap();
    let index = exact(&world).await;
    let any = SearchRequest { min_similarity: least, max_results, ..all_faces() };
    for gallery in ["g", "h", "x"] {
        let of_gallery = SearchRequest { gallery: Some(gallery.into()), ..any.clone() };
        let grouped = SearchRequest { grouping: Grouping::Subjects, ..of_gallery.clone() };
        let found = node.search(&grouped, probe).await.unwrap();
        let expected = index.search(ACCOUNT, gallery, probe, least, max_results).unwrap();
        prop_assert_eq!(found.hits, expected);
        let found = node.search(&of_gallery, probe).await.unwrap();
        let expected = index.search_faces(ACCOUNT, Some(gallery), probe, least, max_results).unwrap();
        prop_assert_eq!(found.hits, expected);
        let (found, servers) = node.search_subject(ACCOUNT, gallery, "Ann", probe).await.unwrap();
        prop_assert_eq!(found, index.search_subject(ACCOUNT, gallery, "Ann", probe).unwrap());
        prop_assert_eq!(servers, live(shards, shards));
    }
    let found = node.search(&any, probe).await.unwrap();
    prop_assert_eq!(found.hits, index.search_faces(ACCOUNT, None, probe, least, max_results).unwrap());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn search_over_shards_finds_what_the_index_in_memory_finds(
        faces in enrolled(),
        shards in 1_usize..=5,
        probe in prop::array::uniform4(-1.0_f32..1.0),
        least in prop_oneof![Just(f32::NEG_INFINITY), -1.0_f32..1.0],
        max_results in 0_usize..12,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let probe = template_of(probe);
        runtime.block_on(compare(&faces, shards, &probe, Similarity(least), max_results))?;
    }
}

/// A face of this subject that is the more alike to [`probe`] the smaller its number.
fn near(number: u64, subject: &str) -> FaceRecord {
    record(number, subject, template_of([1.0, number as f32 / 1000.0, 0.0, 0.0]))
}

fn probe() -> Template {
    template_of([1.0, 0.0, 0.0, 0.0])
}

#[tokio::test]
async fn subject_with_hundreds_of_faces_hides_no_other() {
    let world = World::new(&["a", "b"]).await;
    let mut faces: Vec<_> = (1..=900).map(|number| near(number, "Ann")).collect();
    faces.extend([near(1000, "Bob"), near(1001, "Cid"), near(1002, "Dan"), near(1003, "Bob")]);
    world.store.add_faces(&["g"], &faces).await.unwrap();
    let node = world.node();
    node.follow().await.unwrap();
    let found = node.search(&subjects(4), &probe()).await.unwrap();
    let expected = exact(&world).await.search(ACCOUNT, "g", &probe(), EVERYTHING, 4).unwrap();
    assert_eq!(found.hits, expected);
    let names: Vec<_> = found.hits.iter().map(|hit| hit.subject.as_str()).collect();
    assert_eq!(names, ["Ann", "Bob", "Cid", "Dan"]);
    // 200 and 800 faces; no shard has more.
    assert_eq!((world.shard("a").searches(), world.shard("b").searches()), (2, 2));
}

#[tokio::test]
async fn shard_is_not_asked_for_faces_that_are_not_alike_enough() {
    let world = World::new(&["a"]).await;
    let faces: Vec<_> = (1..=900).map(|number| near(number, "Ann")).collect();
    world.store.add_faces(&["g"], &faces).await.unwrap();
    let node = world.node();
    node.follow().await.unwrap();
    // Of the first 200 faces the last is less alike than face 100.
    let least = ScoreRule::single(MODEL, 4).similarity(&probe(), &near(100, "Ann").template).unwrap();
    let request = SearchRequest { min_similarity: least, ..subjects(4) };
    let found = node.search(&request, &probe()).await.unwrap();
    assert_eq!((found.hits.len(), found.hits[0].face.get()), (1, 1));
    assert_eq!(world.shard("a").searches(), 1);
}

#[tokio::test]
async fn probe_of_other_models_is_refused() {
    let world = World::new(&["a"]).await;
    let part = TemplatePart { model: ModelDigest([9; 32]), vector: vec![1.0; 4], cohort: None };
    let probe = Template::new(vec![part]).unwrap();
    let refused = world.node().search(&all_faces(), &probe).await;
    assert!(matches!(refused, Err(ShardedError::Incomparable(_))), "{refused:?}");
    assert_eq!(world.shard("a").searches(), 0);
}

#[tokio::test]
async fn parts_and_cohorts_are_scored_as_the_rule_says() {
    let part = |dimension, weight, is_normalised| PartRule { model: MODEL, dimension, weight, is_normalised };
    let rule = ScoreRule { parts: vec![part(2, 0.75, true), part(1, 0.25, false)] };
    let models: Vec<_> = rule.parts.iter().map(|part| part.model).collect();
    let two = |angle: f32, mean: f32| {
        let cohort = Some(CohortSpread { mean, deviation: 0.3 + mean });
        let vector = vec![angle.cos(), angle.sin()];
        let first = TemplatePart { model: MODEL, vector, cohort };
        let second = TemplatePart { model: MODEL, vector: vec![angle.signum()], cohort: None };
        Template::new(vec![first, second]).unwrap()
    };
    let world = World::new(&[]).await;
    let faces: Vec<_> = (1..=50_u64)
        .map(|number| record(number, "", two(number as f32 - 25.5, 0.01 * number as f32)))
        .collect();
    world.store.add_faces(&["g"], &faces).await.unwrap();
    let store = Arc::clone(&world.store) as Arc<dyn Store>;
    let shards = ["a", "b"].map(|name| FakeShard::new(name, rule.clone()) as Arc<dyn SearchShard>);
    let settings = ShardSettings { deadline: DEADLINE };
    let node = ShardedSearch::new(Arc::clone(&store), rule.clone(), shards.to_vec(), settings, NUMBER);
    node.follow().await.unwrap();
    let index = Arc::new(ExactIndex::new(rule));
    IndexFeed::new(store, Arc::clone(&index) as Arc<dyn VectorIndex>, models).catch_up().await.unwrap();
    let probe = two(0.4, 0.2);
    let found = node.search(&SearchRequest { max_results: 5, ..all_faces() }, &probe).await.unwrap();
    assert_eq!(found.hits, index.search_faces(ACCOUNT, None, &probe, EVERYTHING, 5).unwrap());
    assert_eq!(found.hits.len(), 5);
}

#[tokio::test]
async fn face_on_two_shards_is_found_once() {
    let world = World::new(&["a", "b"]).await;
    world.enrol(1..=10).await;
    let node = world.node();
    node.follow().await.unwrap();
    let entries = world.entries().await;
    let last = entries.last().unwrap().id;
    assert!(world.shard("a").adopt(1, last, &entries).await.unwrap());
    assert_eq!(world.shard("a").faces().len(), 10);
    world.assert_complete(&node).await;
}
