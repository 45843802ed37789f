//! The log of consents.

use vultus_store::{ConsentOperation, ConsentRecord, StoreError};
use vultus_types::Timestamp;

use crate::Backend;
use crate::fixtures::{NOW, account_id, with_accounts};

fn consent(account: u128, operation: ConsentOperation) -> ConsentRecord {
    ConsentRecord {
        account: account_id(account),
        recorded_at: NOW,
        operation,
        subject: None,
        is_declared: false,
    }
}

/// Every field of every operation comes back, in the order of the log and not of the times.
pub async fn consents_come_back_as_they_were_recorded(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let consents: Vec<ConsentRecord> = (0..)
        .zip(ConsentOperation::ALL)
        .map(|(number, operation)| ConsentRecord {
            recorded_at: Timestamp(NOW.0 - number),
            subject: (number % 2 == 0).then(|| format!("Ann {number}")),
            is_declared: number % 3 == 0,
            ..consent(1, operation)
        })
        .collect();
    for consent in &consents {
        store.record_consent(consent).await.unwrap();
    }
    let found = store.consents(None, 0, 100).await.unwrap();
    assert_eq!(found.into_iter().map(|(_, consent)| consent).collect::<Vec<_>>(), consents);
}

/// Pages of any size give every entry of the account once.
pub async fn consents_are_read_in_pages_by_account(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    for number in 0..7 {
        store.record_consent(&consent(1 + number % 2, ConsentOperation::Detect)).await.unwrap();
    }
    for (account, expected) in [(Some(account_id(1)), 4), (Some(account_id(2)), 3), (None, 7)] {
        for limit in [1, 2, 100] {
            let (mut found, mut after) = (Vec::new(), 0);
            loop {
                let page = store.consents(account, after, limit).await.unwrap();
                assert!(page.len() <= limit as usize);
                let Some((last, _)) = page.last() else { break };
                assert!(*last > after);
                after = *last;
                found.extend(page);
            }
            assert_eq!(found.len(), expected);
            assert!(
                found.iter().all(|(_, consent)| account.is_none_or(|account| consent.account == account))
            );
        }
    }
}

/// Only of accounts that exist.
pub async fn consent_of_an_unknown_account_is_refused(backend: &dyn Backend) {
    let store = with_accounts(backend).await;
    let refused = store.record_consent(&consent(7, ConsentOperation::Enrol)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    assert_eq!(store.consents(None, 0, 100).await.unwrap(), []);
}
