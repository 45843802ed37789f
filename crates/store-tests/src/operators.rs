//! Operators and their sessions.

use std::time::Duration;

use vultus_store::{
    AttemptLimit, ConsoleSession, FAILURES_LAST, Operator, OperatorUpdate, PasswordHash, Role, SecretHash,
    Store, StoreError,
};
use vultus_types::Timestamp;

use crate::Backend;
use crate::fixtures::NOW;

fn operator(name: &str, role: Role) -> Operator {
    Operator {
        name: name.into(),
        role,
        must_change_password: true,
        created_at: NOW,
        disabled_at: None,
        last_sign_in_at: None,
    }
}

fn password(text: &str) -> PasswordHash {
    PasswordHash(text.into())
}

fn session(operator: &str, token: u8) -> ConsoleSession {
    ConsoleSession {
        token_hash: SecretHash([token; 32]),
        operator: operator.into(),
        created_at: Timestamp(NOW.0 + i64::from(token)),
        expires_at: Timestamp(NOW.0 + 100),
        used_at: Timestamp(NOW.0 + i64::from(token)),
    }
}

async fn has_session(store: &dyn Store, token: u8) -> bool {
    store.session(SecretHash([token; 32])).await.unwrap().is_some()
}

/// What was created is found, by name and in the list.
pub async fn operator_is_found_with_the_password(backend: &dyn Backend) {
    let store = backend.connect().await;
    for (name, role) in [("b", Role::Operator), ("a", Role::Administrator), ("c", Role::Auditor)] {
        store.create_operator(&operator(name, role), &password(name)).await.unwrap();
    }
    let found = store.operator("b").await.unwrap();
    assert_eq!(found, Some((operator("b", Role::Operator), password("b"))));
    assert_eq!(store.operator("B").await.unwrap(), None);
    let names: Vec<String> = store.operators().await.unwrap().into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let taken = store.create_operator(&operator("a", Role::Auditor), &password("x")).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
}

/// Whoever comes second is not made.
pub async fn only_the_first_operator_is_the_first(backend: &dyn Backend) {
    let (one, other) = (backend.connect().await, backend.connect().await);
    let first = operator("admin", Role::Administrator);
    assert!(one.create_first_operator(&first, &password("1")).await.unwrap());
    assert!(!other.create_first_operator(&first, &password("2")).await.unwrap());
    let (_, kept) = other.operator("admin").await.unwrap().unwrap();
    assert_eq!(kept, password("1"));
}

/// The last administrator who may sign in can be neither disabled nor given another role.
pub async fn operators_change_and_one_administrator_stays(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.create_operator(&operator("a", Role::Administrator), &password("a")).await.unwrap();
    store.create_operator(&operator("b", Role::Operator), &password("b")).await.unwrap();
    let disabled = OperatorUpdate { role: None, disabled_at: Some(Some(NOW)) };
    let demoted = OperatorUpdate { role: Some(Role::Auditor), disabled_at: None };
    for update in [disabled, demoted] {
        let refused = store.update_operator("a", update).await;
        assert!(matches!(refused, Err(StoreError::Conflict("last administrator"))), "{refused:?}");
    }
    assert_eq!(store.operator("a").await.unwrap().unwrap().0, operator("a", Role::Administrator));
    let promoted = OperatorUpdate { role: Some(Role::Administrator), disabled_at: None };
    store.update_operator("b", promoted).await.unwrap();
    let changed = store.update_operator("a", disabled).await.unwrap();
    assert_eq!(changed, Operator { disabled_at: Some(NOW), ..operator("a", Role::Administrator) });
    let enabled = OperatorUpdate { role: Some(Role::Auditor), disabled_at: Some(None) };
    assert_eq!(store.update_operator("a", enabled).await.unwrap(), operator("a", Role::Auditor));
    let unknown = store.update_operator("z", demoted).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
}

/// A session is found with its operator; beginning one forgets those that ended.
pub async fn sessions_last_until_they_are_ended(backend: &dyn Backend) {
    let store = backend.connect().await;
    store.create_operator(&operator("a", Role::Administrator), &password("a")).await.unwrap();
    store.begin_session(&session("a", 1)).await.unwrap();
    let other = backend.connect().await;
    let (found, whose) = other.session(SecretHash([1; 32])).await.unwrap().unwrap();
    assert_eq!(found, session("a", 1));
    assert_eq!(whose.last_sign_in_at, Some(Timestamp(NOW.0 + 1)));
    for (at, expected) in [(5, 5), (3, 5)] {
        other.use_session(SecretHash([1; 32]), Timestamp(NOW.0 + at)).await.unwrap();
        let (found, _) = store.session(SecretHash([1; 32])).await.unwrap().unwrap();
        assert_eq!(found.used_at, Timestamp(NOW.0 + expected), "use only grows");
    }
    store.begin_session(&session("a", 99)).await.unwrap();
    assert!(has_session(&*store, 1).await, "it lasts until 100");
    store.begin_session(&session("a", 100)).await.unwrap();
    assert!(!has_session(&*store, 1).await);
    store
        .begin_session(&ConsoleSession { expires_at: Timestamp(i64::MAX), ..session("a", 101) })
        .await
        .unwrap();
    store.end_session(SecretHash([101; 32])).await.unwrap();
    assert!(!has_session(&*store, 101).await);
    store.use_session(SecretHash([7; 32]), NOW).await.unwrap();
    let unknown = store.begin_session(&session("z", 2)).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
}

/// But for the session that is kept, and those of others.
pub async fn passwords_and_disabling_end_sessions(backend: &dyn Backend) {
    let store = backend.connect().await;
    for name in ["a", "b"] {
        store.create_operator(&operator(name, Role::Administrator), &password(name)).await.unwrap();
    }
    for (name, token) in [("a", 1), ("a", 2), ("b", 3)] {
        store.begin_session(&session(name, token)).await.unwrap();
    }
    store.set_password("a", &password("new"), false, Some(SecretHash([2; 32]))).await.unwrap();
    assert!(!has_session(&*store, 1).await && has_session(&*store, 2).await && has_session(&*store, 3).await);
    let (changed, hash) = store.operator("a").await.unwrap().unwrap();
    assert_eq!((changed.must_change_password, hash), (false, password("new")));
    store.set_password("a", &password("given"), true, None).await.unwrap();
    assert!(!has_session(&*store, 2).await);
    assert!(store.operator("a").await.unwrap().unwrap().0.must_change_password);
    let disabled = OperatorUpdate { role: None, disabled_at: Some(Some(NOW)) };
    store.update_operator("b", disabled).await.unwrap();
    assert!(!has_session(&*store, 3).await);
    let unknown = store.set_password("z", &password("x"), false, None).await;
    assert!(matches!(unknown, Err(StoreError::NotFound(_))));
}

const NAME: AttemptLimit =
    AttemptLimit { origin: SecretHash([1; 32]), free: 2, most: Duration::from_secs(4) };
const ADDRESS: AttemptLimit =
    AttemptLimit { origin: SecretHash([2; 32]), free: 4, most: Duration::from_secs(8) };

fn seconds_later(seconds: u64) -> Timestamp {
    Timestamp(NOW.0 + seconds as i64 * 1_000_000)
}

/// Two processes count together, and an attempt that must wait is not counted.
pub async fn failed_sign_ins_are_counted_by_all_processes(backend: &dyn Backend) {
    let (first, second) = (backend.connect().await, backend.connect().await);
    for store in [&first, &second] {
        assert_eq!(store.begin_attempt(&[NAME, ADDRESS], NOW).await.unwrap(), None);
    }
    let mut waits = Vec::new();
    let mut now = 0;
    for (store, other) in [(&first, &second), (&second, &first)].into_iter().cycle().take(4) {
        let limits = [NAME, ADDRESS];
        let wait = store.begin_attempt(&limits, seconds_later(now)).await.unwrap().unwrap();
        assert_eq!(other.begin_attempt(&limits, seconds_later(now)).await.unwrap(), Some(wait));
        waits.push(wait.as_secs());
        now += wait.as_secs();
        assert_eq!(other.begin_attempt(&limits, seconds_later(now)).await.unwrap(), None);
    }
    assert_eq!(waits, [1, 2, 4, 4], "the name's; the address comes in with its fifth");
    let another = AttemptLimit { origin: SecretHash([3; 32]), ..NAME };
    let wait = first.begin_attempt(&[another, ADDRESS], seconds_later(now)).await.unwrap();
    assert_eq!(wait, Some(Duration::from_secs(4)), "the address tries another name");
}

/// What succeeds frees the name, and takes back what was counted for the address.
pub async fn sign_in_that_succeeds_is_not_counted(backend: &dyn Backend) {
    let store = backend.connect().await;
    for _ in 0..3 {
        for _ in 0..2 {
            assert_eq!(store.begin_attempt(&[NAME, ADDRESS], NOW).await.unwrap(), None);
        }
        store.attempt_succeeded(NAME.origin, ADDRESS.origin).await.unwrap();
    }
    assert_eq!(
        store.begin_attempt(&[NAME, ADDRESS], NOW).await.unwrap(),
        None,
        "three count for the address"
    );
    store.attempt_succeeded(NAME.origin, SecretHash([9; 32])).await.unwrap();
    let wait = store.begin_attempt(&[NAME, ADDRESS], NOW).await.unwrap();
    assert_eq!(wait, Some(Duration::from_secs(1)));
}

/// Failures end with their hour.
pub async fn failed_sign_ins_are_forgotten(backend: &dyn Backend) {
    let store = backend.connect().await;
    for _ in 0..2 {
        assert_eq!(store.begin_attempt(&[NAME], NOW).await.unwrap(), None);
    }
    assert!(store.begin_attempt(&[NAME], NOW).await.unwrap().is_some());
    let later = seconds_later(FAILURES_LAST.as_secs());
    for _ in 0..2 {
        assert_eq!(store.begin_attempt(&[NAME], later).await.unwrap(), None);
    }
    assert_eq!(store.begin_attempt(&[NAME], later).await.unwrap(), Some(Duration::from_secs(1)));
}

/// Many at once are no way around the limit, however many processes they reach.
pub async fn sign_ins_at_once_stop_at_the_limit(backend: &dyn Backend) {
    let stores = [backend.connect().await, backend.connect().await];
    let attempts = (0..12).map(|number| {
        let store = std::sync::Arc::clone(&stores[number % 2]);
        tokio::spawn(async move { store.begin_attempt(&[NAME, ADDRESS], NOW).await.unwrap() })
    });
    let attempts: Vec<_> = attempts.collect();
    let mut made = 0;
    for attempt in attempts {
        made += u32::from(attempt.await.unwrap().is_none());
    }
    assert_eq!(made, NAME.free);
}
