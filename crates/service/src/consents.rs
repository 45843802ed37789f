//! What clients declare about the consent of the persons whose photos and recordings they send.

use std::sync::Arc;

use vultus_store::{ConsentOperation, ConsentRecord, ConsentStore};
use vultus_types::AccountId;

use crate::{Caller, ErrorKind, Service, ServiceError};

/// What a call says of the person's consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentDeclaration {
    /// What the client declared, if anything.
    pub declared: Option<bool>,
    /// Whether the operator wants it declared.
    pub is_required: bool,
}

impl ConsentDeclaration {
    /// Refuses a call whose person does not consent, or of whom that is not known although it must be.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] of `consent`.
    pub fn check(self) -> Result<(), ServiceError> {
        match self.declared {
            Some(true) => Ok(()),
            None if !self.is_required => Ok(()),
            _ => Err(ErrorKind::InvalidInput("consent").into()),
        }
    }
}

impl Service {
    /// Notes in the log of consents that a person is about to be processed. To be called before anything is found out
    /// of the person: when it returns, the entry is stored durably, and it stays whatever becomes of the call.
    ///
    /// # Errors
    /// As [`ConsentDeclaration::check`], and [`ErrorKind::Internal`].
    pub async fn record_consent(
        &self,
        caller: Caller,
        operation: ConsentOperation,
        subject: Option<&str>,
        declaration: ConsentDeclaration,
    ) -> Result<(), ServiceError> {
        declaration.check()?;
        let consent = ConsentRecord {
            account: caller.account,
            recorded_at: self.clock.now(),
            operation,
            subject: subject.map(str::to_owned),
            is_declared: declaration.declared == Some(true),
        };
        Ok(self.store.record_consent(&consent).await?)
    }
}

/// Reads the log of consents; needs no engine.
#[derive(Clone)]
pub struct Consents {
    store: Arc<dyn ConsentStore>,
}

impl Consents {
    /// The log in a store.
    pub const fn new(store: Arc<dyn ConsentStore>) -> Self {
        Self { store }
    }

    /// The first `limit` entries after the one numbered `after` (0 for the first of all), of one account or of all,
    /// oldest first, with their numbers.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn page(
        &self,
        account: Option<AccountId>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, ConsentRecord)>, ServiceError> {
        Ok(self.store.consents(account, after, limit).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::Bench;

    fn declaration(declared: Option<bool>, is_required: bool) -> ConsentDeclaration {
        ConsentDeclaration { declared, is_required }
    }

    #[test]
    fn consent_may_be_unsaid_unless_required_and_is_never_withheld() {
        for (declared, is_required, is_fine) in [
            (Some(true), true, true),
            (Some(true), false, true),
            (None, false, true),
            (None, true, false),
            (Some(false), false, false),
            (Some(false), true, false),
        ] {
            let checked = declaration(declared, is_required).check().map_err(|error| error.kind());
            let expected = if is_fine { Ok(()) } else { Err(ErrorKind::InvalidInput("consent")) };
            assert_eq!(checked, expected, "{declared:?} {is_required}");
        }
    }

    #[tokio::test]
    async fn what_was_declared_is_in_the_log_and_what_was_refused_is_not() {
        let bench = Bench::new().await.unwrap();
        bench.service.accounts().create("demo").await.unwrap();
        let caller = Caller { account: bench.service.accounts().named("demo").await.unwrap().id };
        let record = async |declared, subject| {
            let declaration = declaration(declared, false);
            bench.service.record_consent(caller, ConsentOperation::Enrol, subject, declaration).await
        };
        record(Some(true), Some("Ann")).await.unwrap();
        record(None, None).await.unwrap();
        record(Some(false), Some("Bob")).await.unwrap_err();
        let log = Consents::new(bench.store.clone()).page(None, 0, 10).await.unwrap();
        let log: Vec<_> =
            log.iter().map(|(_, consent)| (consent.subject.as_deref(), consent.is_declared)).collect();
        assert_eq!(log, [(Some("Ann"), true), (None, false)]);
    }
}
