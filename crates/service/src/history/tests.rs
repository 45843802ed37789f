use std::sync::Arc;

use vultus_store::HistoryFilter;
use vultus_types::Timestamp;

use super::*;
use crate::events::tests::{account, camera, see};
use crate::fakes::{ALICE, BOB, Bench, START};

async fn read_all(bench: &Bench, caller: Caller, query: HistoryQuery) -> (Vec<u64>, Option<FaceId>) {
    let mut history = bench.service.history(caller, query);
    let mut ids = Vec::new();
    while let Some(page) = history.read().await.unwrap() {
        ids.extend(page.iter().map(|event| event.face.id.get()));
    }
    (ids, history.next())
}

/// Events of Alice and Bob by turns, a microsecond apart, the even ones by camera 2; their ids.
async fn eight_events(bench: &Bench, caller: Caller) -> Vec<u64> {
    let mut ids = Vec::new();
    for after in 0..8 {
        let who = if after % 4 < 2 { ALICE } else { BOB };
        let seen = see(bench, caller, 1 + (after as u128 + 1) % 2, &[who], after).await;
        ids.push(seen[0].id().get());
    }
    ids
}

#[tokio::test]
async fn newest_comes_first_and_filters_narrow() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let ids = eight_events(&bench, caller).await;
    let chosen = |places: &[usize]| places.iter().map(|&place| ids[place]).collect::<Vec<_>>();
    let read =
        async |filter| read_all(&bench, caller, HistoryQuery { filter, ..HistoryQuery::default() }).await;
    let all = HistoryFilter::default();
    assert_eq!(read(all.clone()).await, (chosen(&[7, 6, 5, 4, 3, 2, 1, 0]), None));
    let one = HistoryFilter { cameras: Some(vec![camera(1), camera(9)]), ..all.clone() };
    assert_eq!(read(one).await.0, chosen(&[7, 5, 3, 1]));
    let nobody = HistoryFilter { cameras: Some(Vec::new()), ..all.clone() };
    assert_eq!(read(nobody).await.0, [0; 0]);
    let first = bench.service.persons(caller, None, 1).await.unwrap()[0].id;
    let person = HistoryFilter { person: Some(first), ..all.clone() };
    assert_eq!(read(person.clone()).await.0, chosen(&[4, 0]), "Alice on camera 2");
    let (start, end) = (Some(Timestamp(START.0 + 2)), Some(Timestamp(START.0 + 4)));
    assert_eq!(read(HistoryFilter { start, end, ..all.clone() }).await.0, chosen(&[4, 3, 2]));
    assert_eq!(read(HistoryFilter { start, ..person }).await.0, chosen(&[4]));
    assert_eq!(read(HistoryFilter { is_friend: Some(true), ..all.clone() }).await.0, [0; 0]);
    assert_eq!(read(HistoryFilter { is_friend: Some(false), ..all }).await.0.len(), 8);
    let other = account(&bench, "other").await;
    assert_eq!(read_all(&bench, other, HistoryQuery::default()).await.0, [0; 0]);
}

#[tokio::test]
async fn a_limit_tells_where_to_go_on_and_new_events_do_not_disturb() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let ids = eight_events(&bench, caller).await;
    let (mut read, mut max_id) = (Vec::new(), None);
    loop {
        let query = HistoryQuery { limit: Some(3), max_id, ..HistoryQuery::default() };
        let (page, next) = read_all(&bench, caller, query).await;
        assert!(page.len() <= 3);
        read.extend(page);
        see(&bench, caller, 1, &[ALICE], 100).await;
        max_id = next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(read, ids.into_iter().rev().collect::<Vec<_>>());
    let exact = HistoryQuery { limit: Some(11), ..HistoryQuery::default() };
    assert_eq!(read_all(&bench, caller, exact).await.1, None, "nothing follows the last event");
}

#[tokio::test]
async fn history_larger_than_a_page_is_read_whole() {
    let bench = Bench::new().await.unwrap();
    let caller = account(&bench, "demo").await;
    let count = 2 * PAGE as usize + 3;
    for after in 0..count.div_ceil(4) {
        see(&bench, caller, 1, &[ALICE; 4], after as i64).await;
    }
    let mut history = Arc::clone(&bench.service).history(caller, HistoryQuery::default());
    let (mut ids, mut longest) = (Vec::new(), 0);
    while let Some(page) = history.read().await.unwrap() {
        longest = longest.max(page.len());
        ids.extend(page.iter().map(|event| event.face.id));
    }
    assert_eq!(longest, PAGE as usize);
    assert_eq!(ids.len(), count.next_multiple_of(4));
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]), "each once");
}
