use super::*;
use crate::fakes::Bench;
use crate::{Caller, Presented};

async fn authenticates(bench: &Bench, app_id: &str, app_key: &str) -> bool {
    match bench.service.authenticate(Presented::kairos(app_id, app_key)).await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unauthenticated);
            false
        }
    }
}

#[tokio::test]
async fn account_has_credentials_for_every_dialect() {
    let bench = Bench::new().await.unwrap();
    let issued = bench.service.accounts().create("demo").await.unwrap();
    let kairos = bench.service.authenticate(Presented::kairos(&issued.kairos.app_id, &issued.kairos.app_key));
    let caller = kairos.await.unwrap();
    for (kind, secret) in [
        (CredentialKind::FindFaceToken, &issued.findface.token),
        (CredentialKind::PersePrivateKey, &issued.perse.private_key),
        (CredentialKind::PerseApiKey, &issued.perse.api_key),
        (CredentialKind::MachineSenseApiKey, &issued.machinesense.api_key),
    ] {
        assert_eq!(secret.len(), 64, "256 bits");
        let same = bench.service.authenticate(Presented::Secret { kind, secret }).await.unwrap();
        assert_eq!(same, caller);
        let other = Presented::Secret { kind, secret: &issued.kairos.app_key };
        let error = bench.service.authenticate(other).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    }
}

#[tokio::test]
async fn wrong_halves_of_credentials_open_nothing() {
    let bench = Bench::new().await.unwrap();
    let one = bench.service.accounts().create("one").await.unwrap().kairos;
    let two = bench.service.accounts().create("two").await.unwrap().kairos;
    assert!(authenticates(&bench, &one.app_id, &one.app_key).await);
    for (app_id, app_key) in [
        (one.app_id.as_str(), two.app_key.as_str()),
        (one.app_id.as_str(), ""),
        ("", one.app_key.as_str()),
        ("unknown", one.app_key.as_str()),
    ] {
        assert!(!authenticates(&bench, app_id, app_key).await);
    }
}

#[tokio::test]
async fn rotation_replaces_and_disabling_refuses() {
    let bench = Bench::new().await.unwrap();
    let accounts = bench.service.accounts();
    let old = accounts.create("demo").await.unwrap().kairos;
    let new = accounts.rotate("demo").await.unwrap().kairos;
    assert!(!authenticates(&bench, &old.app_id, &old.app_key).await);
    assert!(authenticates(&bench, &new.app_id, &new.app_key).await);
    accounts.disable("demo").await.unwrap();
    assert!(!authenticates(&bench, &new.app_id, &new.app_key).await);
    assert!(accounts.list().await.unwrap()[0].disabled_at.is_some());
    accounts.enable("demo").await.unwrap();
    assert!(authenticates(&bench, &new.app_id, &new.app_key).await);
}

#[tokio::test]
async fn requests_of_every_credential_count_until_the_minute_ends() {
    let bench = Bench::new().await.unwrap();
    let accounts = bench.service.accounts();
    let issued = accounts.create("demo").await.unwrap();
    let token = accounts.log_in(&issued.perse.private_key).await.unwrap();
    accounts.limit_requests("demo", Some(5)).await.unwrap();
    let caller = Caller { account: accounts.named("demo").await.unwrap().id };
    let presented = [
        Presented::kairos(&issued.kairos.app_id, &issued.kairos.app_key),
        Presented::findface(&issued.findface.token),
        Presented::perse(&issued.perse.api_key),
        Presented::session(&token),
        Presented::machinesense(&issued.machinesense.api_key),
    ];
    for one in presented {
        let wrong = accounts.authenticate(Presented::findface("wrong")).await.unwrap_err();
        assert_eq!(wrong.kind(), ErrorKind::Unauthenticated, "and does not count");
        assert_eq!(accounts.authenticate(one).await.unwrap(), caller);
    }
    // The clock of a bench stands at 22 seconds and something.
    let limited = ErrorKind::RateLimited { retry_after: Duration::from_secs(38) };
    for one in presented {
        let refused = accounts.authenticate(one).await.unwrap_err();
        assert_eq!((refused.kind(), refused.caller()), (limited, Some(caller)));
    }
    let refused = accounts.log_in(&issued.perse.private_key).await.unwrap_err();
    assert_eq!(refused.kind(), limited);
    let other = accounts.create("other").await.unwrap().findface;
    accounts.authenticate(Presented::findface(&other.token)).await.unwrap();
    bench.clock.advance_micros(38_000_000);
    accounts.authenticate(presented[0]).await.unwrap();
}

#[tokio::test]
async fn lifted_limit_of_requests_counts_no_more() {
    let bench = Bench::new().await.unwrap();
    let accounts = bench.service.accounts();
    let issued = accounts.create("demo").await.unwrap();
    let presented = Presented::findface(&issued.findface.token);
    for _ in 0..3 {
        accounts.authenticate(presented).await.unwrap();
    }
    accounts.limit_requests("demo", Some(1)).await.unwrap();
    accounts.authenticate(presented).await.unwrap();
    assert!(accounts.authenticate(presented).await.is_err());
    accounts.limit_requests("demo", None).await.unwrap();
    accounts.authenticate(presented).await.unwrap();
}

#[tokio::test]
async fn limit_of_requests_has_a_range() {
    let bench = Bench::new().await.unwrap();
    let accounts = bench.service.accounts();
    accounts.create("demo").await.unwrap();
    let kind = async |name: &str, limit: u32| {
        accounts.limit_requests(name, Some(limit)).await.err().map(|error| error.kind())
    };
    for unfit in [0, MOST_REQUESTS_PER_MINUTE + 1, u32::MAX] {
        assert_eq!(kind("demo", unfit).await, Some(ErrorKind::InvalidInput("requests_per_minute")));
    }
    assert_eq!(kind("demo", MOST_REQUESTS_PER_MINUTE).await, None);
    let account = accounts.named("demo").await.unwrap();
    assert_eq!(account.requests_per_minute, Some(MOST_REQUESTS_PER_MINUTE));
    assert_eq!(kind("nobody", 1).await, Some(ErrorKind::NotFound(What::Account)));
}

#[tokio::test]
async fn names_are_unique_and_plain() {
    let bench = Bench::new().await.unwrap();
    let accounts = bench.service.accounts();
    accounts.create("demo").await.unwrap();
    let kind = |result: Result<IssuedCredentials, ServiceError>| result.err().map(|error| error.kind());
    assert_eq!(kind(accounts.create("demo").await), Some(ErrorKind::AlreadyExists(What::Account)));
    for name in ["", "a b", "ä", "a/b", &"a".repeat(65)] {
        assert_eq!(kind(accounts.create(name).await), Some(ErrorKind::InvalidInput("name")), "{name}");
    }
    assert_eq!(kind(accounts.rotate("nobody").await), Some(ErrorKind::NotFound(What::Account)));
}

#[tokio::test]
async fn key_of_a_store_is_that_of_the_first_process_until_another_is_adopted() {
    let bench = Bench::new().await.unwrap();
    let with = |key| Accounts { hasher: SecretHasher::new([key; 32]), ..bench.service.accounts().clone() };
    let (first, other) = (with(1), with(2));
    assert_eq!(first.has_noted_key().await.unwrap(), None, "asking notes nothing");
    assert_eq!(other.has_noted_key().await.unwrap(), None);
    assert!(first.has_key().await.unwrap());
    assert!(first.has_key().await.unwrap());
    assert!(!other.has_key().await.unwrap());
    assert_eq!(first.has_noted_key().await.unwrap(), Some(true));
    assert_eq!(other.has_noted_key().await.unwrap(), Some(false));
    other.adopt_key().await.unwrap();
    assert!(other.has_key().await.unwrap());
    assert!(!first.has_key().await.unwrap());
}

#[tokio::test]
async fn no_secret_is_stored() {
    let bench = Bench::new().await.unwrap();
    let issued = bench.service.accounts().create("demo").await.unwrap();
    let found = bench.store.find_credential(CredentialKind::KairosAppKey, &issued.kairos.app_id).await;
    let (_, credential) = found.unwrap().unwrap();
    assert_ne!(hex::encode(credential.secret_hash.0), issued.kairos.app_key);
}
