//! Events and persons.

use uuid::Uuid;
use vultus_store::{
    EventBatch, FaceEvent, FaceRecord, FriendRule, HistoryFilter, NewEvent, PersonChoice, PersonScope,
    PersonSighting, Sighting, Store, StoreError,
};
use vultus_types::{CameraId, PersonId, Timestamp};

use crate::Backend;
use crate::fixtures::{NOW, account_id, face, face_id, with_accounts};

const RULE: FriendRule = FriendRule { days: 2, within_days: 3 };
const DAY: i64 = 86_400_000_000;

fn camera(number: u128) -> CameraId {
    CameraId(Uuid::from_u128(number))
}

fn person(number: u64) -> PersonId {
    PersonId::new(number).unwrap()
}

/// The event of a face, an exemplar, seen by camera 1 when it was enrolled.
fn event(record: &FaceRecord, person: PersonChoice) -> NewEvent {
    NewEvent {
        face: record.id,
        camera: camera(1),
        occurred_at: record.enrolled_at,
        person,
        is_exemplar: true,
        replaces: None,
    }
}

async fn add(
    store: &dyn Store,
    faces: &[FaceRecord],
    events: &[NewEvent],
) -> Result<Vec<(Option<PersonId>, FaceEvent)>, StoreError> {
    store.add_events(&["g"], faces, EventBatch { events, decided: None, friend: RULE }).await
}

/// Adds a face of account 1 and tells its person.
async fn add_one(store: &dyn Store, number: u64, choice: PersonChoice) -> Option<PersonId> {
    let record = face(1, number, "Ann");
    let added = add(store, std::slice::from_ref(&record), &[event(&record, choice)]).await.unwrap();
    added[0].0
}

/// Numbers of the faces of the history.
async fn history(store: &dyn Store, filter: &HistoryFilter) -> Vec<u64> {
    let events = store.history(account_id(1), filter, None, 1000).await.unwrap();
    events.iter().map(|event| event.face.id.get()).collect()
}

/// The faces that stand for persons, with their person, as an index sees them.
async fn exemplars(store: &dyn Store) -> Vec<(u64, u64)> {
    let entries = store.index_page(None, 1000).await.unwrap();
    let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    let mut again = store.index_entries(&ids).await.unwrap();
    again.sort_by_key(|entry| entry.id);
    assert_eq!(entries, again, "pages and single entries agree");
    let exemplar = |entry: &vultus_store::IndexEntry| Some((entry.id.get(), entry.exemplar?.person.get()));
    entries.iter().filter_map(exemplar).collect()
}

/// The face, its event and its person come back together.
pub async fn event_is_stored_with_its_face_and_person(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let record = face(1, 5, "Ann");
    let new = NewEvent { occurred_at: Timestamp(77), ..event(&record, PersonChoice::New) };
    let added = add(&*store, std::slice::from_ref(&record), &[new]).await.unwrap();
    let seen = FaceEvent { camera: camera(1), occurred_at: Timestamp(77), is_friend: false };
    assert_eq!(added, [(Some(person(1)), seen)]);
    let found = store.face(account_id(1), record.id).await.unwrap().unwrap();
    assert_eq!((found.face, found.person, found.event), (record.clone(), Some(person(1)), Some(seen)));
    let listed = store.history(account_id(1), &HistoryFilter::default(), None, 10).await.unwrap();
    assert_eq!((listed[0].person, listed[0].event, &listed[0].face), (Some(person(1)), Some(seen), &record));
    assert_eq!(listed[0].galleries, ["g"]);
    let known = store.person(account_id(1), person(1)).await.unwrap().unwrap();
    assert_eq!((known.meta.as_str(), known.created_at), ("Ann", record.enrolled_at));
    assert_eq!(store.person(account_id(2), person(1)).await.unwrap(), None);
    let entry = &store.index_page(None, 10).await.unwrap()[0];
    assert_eq!(entry.exemplar, Some(Sighting { camera: camera(1), person: person(1) }));
}

/// Numbers count within the account and are not given twice.
pub async fn persons_are_counted_per_account(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    assert_eq!(add_one(&*store, 1, PersonChoice::New).await, Some(person(1)));
    assert_eq!(add_one(&*store, 2, PersonChoice::New).await, Some(person(2)));
    let other = face(2, 3, "Bob");
    let added = add(&*store, std::slice::from_ref(&other), &[event(&other, PersonChoice::New)]).await;
    assert_eq!(added.unwrap()[0].0, Some(person(1)));
    store.remove_subject(account_id(1), "g", "Ann", Some(face_id(2)), NOW).await.unwrap().unwrap();
    assert_eq!(add_one(&*store, 4, PersonChoice::New).await, Some(person(3)));
    let numbers = async |after, limit| {
        let persons = store.persons(account_id(1), after, limit).await.unwrap();
        persons.iter().map(|person| person.id.get()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(None, 10).await, [1, 3]);
    assert_eq!(numbers(None, 1).await, [1]);
    assert_eq!(numbers(Some(person(1)), 10).await, [3]);
}

/// Nobody, someone new, someone known, and a face of the same batch.
pub async fn every_choice_of_a_person_is_stored(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let faces = [1, 2, 3, 4].map(|number| face(1, number, ""));
    let choices =
        [PersonChoice::New, PersonChoice::New, PersonChoice::SameAs(face_id(2)), PersonChoice::Nobody];
    let events: Vec<_> = faces.iter().zip(choices).map(|(face, choice)| event(face, choice)).collect();
    let persons = async |added: Result<Vec<(Option<PersonId>, FaceEvent)>, StoreError>| {
        let added = added.unwrap();
        added.iter().map(|(person, _)| person.map_or(0, PersonId::get)).collect::<Vec<_>>()
    };
    assert_eq!(persons(add(&*store, &faces, &events).await).await, [1, 2, 2, 0]);
    assert_eq!(add_one(&*store, 5, PersonChoice::Known(person(2))).await, Some(person(2)));
    assert_eq!(exemplars(&*store).await, [(1, 1), (2, 2), (3, 2), (5, 2)], "nobody has no exemplar");
    let unknown = face(1, 6, "");
    let events = [event(&unknown, PersonChoice::Known(person(9)))];
    let refused = add(&*store, std::slice::from_ref(&unknown), &events).await;
    assert!(matches!(refused, Err(StoreError::NotFound("person"))));
    assert_eq!(store.face(account_id(1), unknown.id).await.unwrap(), None, "nothing of it was stored");
}

/// A new person is refused where the scope has got an exemplar since.
pub async fn new_person_decided_on_an_old_state_is_refused(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let before = store.last_change().await.unwrap();
    add_one(&*store, 1, PersonChoice::New).await;
    let after = store.last_change().await.unwrap();
    let try_add = async |number, known, of_camera, choice| {
        let record = face(1, number, "");
        let scope = PersonScope { account: account_id(1), camera: of_camera };
        let events = [event(&record, choice)];
        let batch = EventBatch { events: &events, decided: Some((scope, known)), friend: RULE };
        store.add_events(&["g"], std::slice::from_ref(&record), batch).await.map(|_| ())
    };
    for scope in [Some(camera(1)), None] {
        let refused = try_add(2, before, scope, PersonChoice::New).await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    }
    try_add(2, before, Some(camera(2)), PersonChoice::New).await.unwrap();
    try_add(3, before, None, PersonChoice::Known(person(1))).await.unwrap();
    let refused = try_add(4, after, None, PersonChoice::New).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    let last = store.last_change().await.unwrap();
    try_add(4, last, None, PersonChoice::New).await.unwrap();
}

/// Events go with their faces, persons with their last face.
pub async fn events_and_persons_go_with_their_faces(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    add_one(&*store, 1, PersonChoice::New).await;
    add_one(&*store, 2, PersonChoice::Known(person(1))).await;
    add_one(&*store, 3, PersonChoice::New).await;
    let remove = async |only: Option<u64>| {
        store.remove_subject(account_id(1), "g", "Ann", only.map(face_id), NOW).await.unwrap().unwrap()
    };
    remove(Some(1)).await;
    assert_eq!(history(&*store, &HistoryFilter::default()).await, [3, 2]);
    assert!(store.person(account_id(1), person(1)).await.unwrap().is_some());
    remove(None).await;
    assert_eq!(history(&*store, &HistoryFilter::default()).await, [0; 0]);
    assert_eq!(store.persons(account_id(1), None, 10).await.unwrap(), []);
}

/// Where an exemplar is removed, replaced or moved, another face stands for the person, and the log says so.
pub async fn exemplars_have_successors(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let plain = async |number: u64, choice| {
        let record = face(1, number, "Ann");
        let new = NewEvent { is_exemplar: false, ..event(&record, choice) };
        add(&*store, std::slice::from_ref(&record), &[new]).await.unwrap();
    };
    add_one(&*store, 1, PersonChoice::New).await;
    plain(2, PersonChoice::Known(person(1))).await;
    plain(3, PersonChoice::Known(person(1))).await;
    let mut last = store.last_change().await.unwrap();
    let mut changed = async || {
        let changes = store.changes_after(last, 100).await.unwrap();
        last = changes.last().map_or(last, |change| change.sequence);
        let mut faces: Vec<u64> = changes.iter().map(|change| change.face.unwrap().get()).collect();
        faces.sort_unstable();
        faces.dedup();
        faces
    };
    store.remove_subject(account_id(1), "g", "Ann", Some(face_id(1)), NOW).await.unwrap().unwrap();
    assert_eq!(exemplars(&*store).await, [(3, 1)]);
    assert_eq!(changed().await, [1, 3]);
    let record = face(1, 4, "Ann");
    let new = NewEvent { replaces: Some(face_id(3)), ..event(&record, PersonChoice::Known(person(1))) };
    add(&*store, std::slice::from_ref(&record), &[new]).await.unwrap();
    assert_eq!(exemplars(&*store).await, [(4, 1)]);
    assert_eq!(changed().await, [3, 4]);
    add_one(&*store, 5, PersonChoice::New).await;
    changed().await;
    store.set_person(account_id(1), face_id(4), person(2), RULE, 5).await.unwrap();
    assert_eq!(exemplars(&*store).await, [(3, 1), (4, 2), (5, 2)]);
    assert_eq!(changed().await, [3, 4]);
}

/// Pages of exemplars are those of all faces without the others.
pub async fn exemplar_pages_cover_every_exemplar_once(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    assert_eq!(store.exemplar_page(None, 10).await.unwrap(), vec![]);
    for number in [5, 1, 9, 7, 3] {
        add_one(&*store, number, PersonChoice::New).await;
    }
    let (plain, nobodys) = (face(1, 4, "Ann"), face(1, 6, "Ann"));
    let new = NewEvent { is_exemplar: false, ..event(&plain, PersonChoice::Known(person(1))) };
    add(&*store, std::slice::from_ref(&plain), &[new]).await.unwrap();
    add(&*store, std::slice::from_ref(&nobodys), &[event(&nobodys, PersonChoice::Nobody)]).await.unwrap();
    store.add_faces(&["g"], &[face(1, 2, "Bob")]).await.unwrap();
    let mut expected = store.index_page(None, 100).await.unwrap();
    expected.retain(|entry| entry.exemplar.is_some());
    for limit in [1, 2, 100] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.exemplar_page(after, limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            found.extend(page);
        }
        assert_eq!(found, expected);
    }
    let numbers: Vec<u64> = expected.iter().map(|entry| entry.id.get()).collect();
    assert_eq!(numbers, [1, 3, 5, 7, 9]);
}

/// A face moves to a person of the account; the one it leaves goes with its last face.
pub async fn faces_are_moved_between_persons(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for number in 1..=3 {
        add_one(&*store, number, PersonChoice::New).await;
    }
    store.add_faces(&["g"], &[face(1, 9, "Zoe")]).await.unwrap();
    let account = account_id(1);
    store.set_person(account, face_id(1), person(3), RULE, 2).await.unwrap();
    store.set_person(account, face_id(2), person(3), RULE, 2).await.unwrap();
    store.set_person(account, face_id(2), person(3), RULE, 2).await.unwrap();
    let of_three = HistoryFilter { person: Some(person(3)), ..HistoryFilter::default() };
    assert_eq!(history(&*store, &of_three).await, [3, 2, 1]);
    assert_eq!(store.persons(account, None, 10).await.unwrap().len(), 1);
    assert_eq!(exemplars(&*store).await, [(2, 3), (3, 3)], "the moved one and the newest other");
    store.set_person(account, face_id(9), person(3), RULE, 2).await.unwrap();
    let unseen = store.face(account, face_id(9)).await.unwrap().unwrap();
    assert_eq!(
        (unseen.person, unseen.event),
        (Some(person(3)), None),
        "a face without event may have a person"
    );
    for (owner, face, to) in [(1, 8, 3), (1, 1, 1), (2, 1, 3)] {
        let refused = store.set_person(account_id(owner), face_id(face), person(to), RULE, 2).await;
        assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    }
}

/// Enough different days within the time, by one camera, up to the event.
pub async fn friends_are_those_seen_on_enough_days(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let see = async |number: u64, camera_number, at, choice| {
        let record = face(1, number, "");
        let new =
            NewEvent { camera: camera(camera_number), occurred_at: Timestamp(at), ..event(&record, choice) };
        add(&*store, std::slice::from_ref(&record), &[new]).await.unwrap()[0].1.is_friend
    };
    let known = PersonChoice::Known(person(1));
    assert!(!see(1, 1, 10 * DAY, PersonChoice::New).await);
    assert!(!see(2, 1, 11 * DAY - 1, known).await, "the same day");
    assert!(!see(3, 2, 11 * DAY, known).await, "another camera");
    assert!(see(4, 1, 11 * DAY, known).await, "two days");
    assert!(!see(5, 1, 9 * DAY, known).await, "what comes later does not count");
    assert!(!see(6, 1, 14 * DAY, known).await, "two days ago is within three, three days ago is not");
    assert!(!see(7, 1, 14 * DAY, PersonChoice::New).await, "another person");
    let friends = |is_friend| HistoryFilter { is_friend: Some(is_friend), ..HistoryFilter::default() };
    assert_eq!(history(&*store, &friends(true)).await, [4]);
    assert_eq!(history(&*store, &friends(false)).await, [7, 6, 5, 3, 2, 1]);
    store.set_person(account_id(1), face_id(4), person(2), RULE, 5).await.unwrap();
    assert_eq!(history(&*store, &friends(true)).await, [0; 0]);
}

/// Each filter alone and all together, page by page.
pub async fn history_is_filtered_and_paged(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for number in 1..=12_u64 {
        let record = face(1, number, "");
        let choice =
            if number <= 2 { PersonChoice::New } else { PersonChoice::Known(person(1 + number % 2)) };
        let camera = camera(u128::from(number % 3));
        let new = NewEvent { camera, occurred_at: Timestamp(number as i64), ..event(&record, choice) };
        add(&*store, std::slice::from_ref(&record), &[new]).await.unwrap();
    }
    let all = HistoryFilter::default();
    let one = HistoryFilter { person: Some(person(1)), ..all.clone() };
    let cameras = HistoryFilter { cameras: Some(vec![camera(0), camera(2)]), ..all.clone() };
    let times = HistoryFilter { start: Some(Timestamp(4)), end: Some(Timestamp(9)), ..all.clone() };
    let both = HistoryFilter { person: Some(person(1)), cameras: cameras.cameras.clone(), ..times.clone() };
    assert_eq!(history(&*store, &one).await, [12, 10, 8, 6, 4, 1]);
    assert_eq!(history(&*store, &cameras).await, [12, 11, 9, 8, 6, 5, 3, 2]);
    assert_eq!(history(&*store, &times).await, [9, 8, 7, 6, 5, 4]);
    assert_eq!(history(&*store, &both).await, [8, 6]);
    for filter in [all, one, cameras, times, both] {
        let (mut read, mut max_id) = (Vec::new(), None);
        loop {
            let page = store.history(account_id(1), &filter, max_id, 3).await.unwrap();
            let Some(last) = page.last() else { break };
            let next = last.face.id.get() - 1;
            read.extend(page.iter().map(|event| event.face.id.get()));
            max_id = if next > 0 { Some(face_id(next)) } else { break };
        }
        assert_eq!(read, history(&*store, &filter).await, "{filter:?}");
    }
    assert_eq!(store.history(account_id(2), &HistoryFilter::default(), None, 10).await.unwrap(), []);
}

/// Pages that are read while events come and go meet each that stays once.
pub async fn paging_is_exact_while_events_come(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let writer = backend.connect().await;
    for number in 1..=40 {
        let choice = if number == 1 { PersonChoice::New } else { PersonChoice::Known(person(1)) };
        add_one(&*store, 1000 + number, choice).await;
    }
    let writing = tokio::spawn(async move {
        for number in 1..=40 {
            add_one(&*writer, 2000 + number, PersonChoice::Known(person(1))).await;
        }
    });
    let (mut read, mut max_id) = (Vec::new(), None);
    loop {
        let page = store.history(account_id(1), &HistoryFilter::default(), max_id, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        max_id = Some(face_id(last.face.id.get() - 1));
        read.extend(page.iter().map(|event| event.face.id.get()));
    }
    writing.await.unwrap();
    assert!(read.windows(2).all(|pair| pair[0] > pair[1]), "newest first, none twice");
    let old: Vec<u64> = read.into_iter().filter(|&number| number < 2000).collect();
    assert_eq!(old, (1001..=1040).rev().collect::<Vec<_>>(), "each that was there");
}

/// Counted by person and camera, with the first and the last time.
pub async fn sightings_tell_which_camera_saw_whom(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let seen = [(1, 1, 50, PersonChoice::New), (2, 2, 10, PersonChoice::Known(person(1)))];
    let again = [(3, 1, 40, PersonChoice::Known(person(1))), (4, 1, 60, PersonChoice::New)];
    for (number, by, at, choice) in seen.into_iter().chain(again) {
        let record = face(1, number, "Ann");
        let new = NewEvent { camera: camera(by), occurred_at: Timestamp(at), ..event(&record, choice) };
        add(&*store, std::slice::from_ref(&record), &[new]).await.unwrap();
    }
    let sighting = |who, by, events, [first, last]: [i64; 2], latest| PersonSighting {
        person: person(who),
        camera: camera(by),
        events,
        first_at: Timestamp(first),
        last_at: Timestamp(last),
        latest: face_id(latest),
    };
    let found = store.sightings(account_id(1), &[person(1), person(2), person(9)]).await.unwrap();
    let ann = [sighting(1, 1, 2, [40, 50], 3), sighting(1, 2, 1, [10, 10], 2)];
    assert_eq!(found, [ann[0], ann[1], sighting(2, 1, 1, [60, 60], 4)]);
    assert_eq!(store.sightings(account_id(1), &[person(2)]).await.unwrap().len(), 1);
    assert!(store.sightings(account_id(2), &[person(1)]).await.unwrap().is_empty());
}
