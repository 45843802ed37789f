//! The audit log.

use vultus_store::{AuditFilter, AuditRecord, Role, Store};
use vultus_types::Timestamp;

use crate::Backend;
use crate::fixtures::NOW;

fn entry(number: i64) -> AuditRecord {
    AuditRecord {
        at: Timestamp(NOW.0 + number),
        actor: format!("operator {}", number % 3),
        role: [None, Some(Role::Administrator), Some(Role::Auditor)][number as usize % 3],
        action: format!("action.{}", number % 2),
        account: (number % 4 != 0).then(|| format!("account {}", number % 4)),
        target: (number % 2 == 0).then(|| format!("target {number}")),
        outcome: "ok".into(),
        address: (number % 5 == 0).then(|| "192.0.2.1".into()),
    }
}

async fn filled(backend: &dyn Backend, entries: i64) -> std::sync::Arc<dyn Store> {
    let store = backend.connect().await;
    for number in 0..entries {
        store.append_audit(&entry(number)).await.unwrap();
    }
    store
}

/// Every field comes back, the latest entry first.
pub async fn entries_come_back_newest_first(backend: &dyn Backend) {
    let store = filled(backend, 12).await;
    let found = store.audit(&AuditFilter::default(), None, 100).await.unwrap();
    let records: Vec<AuditRecord> = found.iter().map(|(_, record)| record.clone()).collect();
    assert_eq!(records, (0..12).rev().map(entry).collect::<Vec<_>>());
    assert!(found.windows(2).all(|pair| pair[0].0 > pair[1].0) && found.iter().all(|(id, _)| *id > 0));
}

/// Filters hold together.
pub async fn entries_are_filtered(backend: &dyn Backend) {
    let store = filled(backend, 12).await;
    let some = |text: &str| Some(text.to_owned());
    for (filter, expected) in [
        (AuditFilter { actor: some("operator 1"), ..AuditFilter::default() }, vec![10, 7, 4, 1]),
        (
            AuditFilter { actor: some("operator 1"), action: some("action.0"), ..AuditFilter::default() },
            vec![10, 4],
        ),
        (AuditFilter { account: some("account 3"), ..AuditFilter::default() }, vec![11, 7, 3]),
        (
            AuditFilter {
                from: Some(Timestamp(NOW.0 + 3)),
                to: Some(Timestamp(NOW.0 + 5)),
                ..AuditFilter::default()
            },
            vec![4, 3],
        ),
        (AuditFilter { actor: some("nobody"), ..AuditFilter::default() }, vec![]),
    ] {
        let found = store.audit(&filter, None, 100).await.unwrap();
        let numbers: Vec<i64> = found.iter().map(|(_, record)| record.at.0 - NOW.0).collect();
        assert_eq!(numbers, expected, "{filter:?}");
    }
}

/// Also where entries come in between.
pub async fn pages_of_the_log_meet_every_entry_once(backend: &dyn Backend) {
    let store = filled(backend, 7).await;
    let (mut numbers, mut before) = (Vec::new(), None);
    loop {
        let page = store.audit(&AuditFilter::default(), before, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some((last, _)) = page.last() else { break };
        before = Some(*last);
        numbers.extend(page.iter().map(|(_, record)| record.at.0 - NOW.0));
        store.append_audit(&entry(100)).await.unwrap();
    }
    assert_eq!(numbers, [6, 5, 4, 3, 2, 1, 0]);
}
