//! Attempts to sign in that failed. They are counted in the store, for all processes that use it, by keyed hashes: what
//! was typed as a name may be a password.

use std::time::Duration;

use vultus_store::{AttemptLimit, SecretHash};

use super::{OperatorError, Operators};

const NAME_LABEL: &str = "sign-in name";
const ADDRESS_LABEL: &str = "sign-in address";

/// An attempt to sign in that is counted as failed until it has succeeded.
pub(super) struct Attempt {
    name: SecretHash,
    address: SecretHash,
}

impl Operators {
    /// Counts an attempt before it is made.
    ///
    /// # Errors
    /// [`OperatorError::TooManyAttempts`] where it must wait; then nothing is counted.
    pub(super) async fn begin_attempt(&self, name: &str, address: &str) -> Result<Attempt, OperatorError> {
        let name = self.hasher.hash_as(NAME_LABEL, name);
        let address = self.hasher.hash_as(ADDRESS_LABEL, address);
        let limits = [
            // A name that somebody else tries must not be shut out for long.
            AttemptLimit { origin: name, free: 5, most: Duration::from_mins(1) },
            // An address may be that of a whole office.
            AttemptLimit { origin: address, free: 20, most: Duration::from_mins(15) },
        ];
        match self.store.begin_attempt(&limits, self.clock.now()).await? {
            Some(wait) => Err(OperatorError::TooManyAttempts(wait)),
            None => Ok(Attempt { name, address }),
        }
    }

    /// The attempt was none that failed. What the address did before with other names still counts.
    pub(super) async fn succeeded(&self, attempt: Attempt) -> Result<(), OperatorError> {
        Ok(self.store.attempt_succeeded(attempt.name, attempt.address).await?)
    }
}
