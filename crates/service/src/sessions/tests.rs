use std::sync::Arc;

use vultus_store::AccountStore;
use vultus_types::{Clock, ManualClock};

use super::*;
use crate::Caller;
use crate::fakes::{Bench, SeededEntropy};

const SECOND: i64 = 1_000_000;

async fn bench() -> (Bench, String) {
    let bench = Bench::new().await.unwrap();
    let issued = bench.service.accounts().create("demo").await.unwrap();
    (bench, issued.perse.private_key)
}

/// Another server on the same data.
fn beside(bench: &Bench, key: u8) -> Accounts {
    let store = Arc::clone(&bench.store) as Arc<dyn AccountStore>;
    let clock = Arc::new(ManualClock::new(bench.clock.now()));
    Accounts::new(store, SecretHasher::new([key; 32]), clock, Arc::new(SeededEntropy::default()))
}

async fn kind_of(accounts: &Accounts, token: &str) -> Result<Caller, ErrorKind> {
    accounts.authenticate(Presented::session(token)).await.map_err(|error| error.kind())
}

#[tokio::test]
async fn token_is_its_accounts_for_a_quarter_of_an_hour() {
    let (bench, key) = bench().await;
    let accounts = bench.service.accounts();
    let account = accounts.named("demo").await.unwrap().id;
    let token = accounts.log_in(&key).await.unwrap();
    assert_eq!(kind_of(accounts, &token).await, Ok(Caller { account }));
    bench.clock.advance_micros((SESSION_SECONDS - 1) * SECOND);
    assert_eq!(kind_of(accounts, &token).await, Ok(Caller { account }));
    bench.clock.advance_micros(SECOND);
    assert_eq!(kind_of(accounts, &token).await, Err(ErrorKind::Unauthenticated));
}

#[tokio::test]
async fn token_outlives_the_change_of_keys_and_no_second_one() {
    let (bench, key) = bench().await;
    let accounts = bench.service.accounts();
    let to_midnight = KEY_SECONDS - bench.clock.now().as_secs().rem_euclid(KEY_SECONDS);
    bench.clock.advance_micros((to_midnight - 60) * SECOND);
    let token = accounts.log_in(&key).await.unwrap();
    bench.clock.advance_micros(120 * SECOND);
    assert!(kind_of(accounts, &token).await.is_ok());
    let header = decode_header(&token).unwrap();
    let new = decode_header(accounts.log_in(&key).await.unwrap()).unwrap();
    assert_ne!(header.kid, new.kid);
    // A token that would last for ever is refused when its key is too old.
    let claims = accounts.claims(&token, bench.clock.now().as_secs()).unwrap();
    let period = header.kid.as_ref().unwrap().parse().unwrap();
    let signing = EncodingKey::from_secret(&accounts.hasher.session_key(period));
    let lasting = encode(&header, &Claims { exp: i64::MAX, ..claims }, &signing).unwrap();
    assert!(kind_of(accounts, &lasting).await.is_ok());
    bench.clock.advance_micros(KEY_SECONDS * SECOND);
    assert_eq!(kind_of(accounts, &lasting).await, Err(ErrorKind::Unauthenticated));
}

#[tokio::test]
async fn servers_with_the_same_key_know_each_others_tokens() {
    let (bench, key) = bench().await;
    let token = bench.service.log_in(&key).await.unwrap();
    assert!(kind_of(&beside(&bench, 7), &token).await.is_ok(), "the bench's key is of sevens");
    assert_eq!(kind_of(&beside(&bench, 8), &token).await, Err(ErrorKind::Unauthenticated));
}

#[tokio::test]
async fn tokens_end_with_the_private_key_and_with_the_account() {
    let (bench, key) = bench().await;
    let accounts = bench.service.accounts();
    let token = accounts.log_in(&key).await.unwrap();
    accounts.disable("demo").await.unwrap();
    assert_eq!(kind_of(accounts, &token).await, Err(ErrorKind::Unauthenticated));
    assert_eq!(accounts.log_in(&key).await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    accounts.enable("demo").await.unwrap();
    assert!(kind_of(accounts, &token).await.is_ok());
    accounts.rotate("demo").await.unwrap();
    assert_eq!(kind_of(accounts, &token).await, Err(ErrorKind::Unauthenticated));
}

#[tokio::test]
async fn other_secrets_and_changed_tokens_open_nothing() {
    let (bench, key) = bench().await;
    let accounts = bench.service.accounts();
    let issued = accounts.create("other").await.unwrap();
    for secret in ["", "x", &issued.perse.api_key, &issued.findface.token] {
        assert_eq!(accounts.log_in(secret).await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    }
    let token = accounts.log_in(&key).await.unwrap();
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("no JWT") };
    let other = accounts.log_in(&issued.perse.private_key).await.unwrap();
    let others: Vec<&str> = other.split('.').collect();
    // {"alg":"none"} and {"alg":"none","kid":"20525"}, the latter with the right period.
    let unsigned = ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIiwia2lkIjoiMjA1MjUifQ"];
    for forged in [
        format!("{header}.{}.{signature}", others[1]),
        format!("{header}.{claims}.{}", others[2]),
        format!("{header}.{claims}."),
        format!("{header}.{claims}"),
        format!("{}.{claims}.", unsigned[0]),
        format!("{}.{claims}.", unsigned[1]),
        format!("{}.{claims}.{signature}", unsigned[1]),
        String::new(),
        "..".to_owned(),
        key.clone(),
    ] {
        assert_eq!(kind_of(accounts, &forged).await, Err(ErrorKind::Unauthenticated), "{forged}");
    }
    assert!(kind_of(accounts, &token).await.is_ok());
}

#[tokio::test]
async fn other_algorithms_and_tokens_of_the_future_are_refused() {
    let (bench, key) = bench().await;
    let accounts = bench.service.accounts();
    let now = bench.clock.now().as_secs();
    let token = accounts.log_in(&key).await.unwrap();
    let header = decode_header(&token).unwrap();
    let period = header.kid.as_ref().unwrap().parse().unwrap();
    let signing = EncodingKey::from_secret(&accounts.hasher.session_key(period));
    let claims = || accounts.claims(&token, now).unwrap();
    let stronger = Header { alg: Algorithm::HS512, ..header.clone() };
    let stronger = encode(&stronger, &claims(), &signing).unwrap();
    assert_eq!(kind_of(accounts, &stronger).await, Err(ErrorKind::Unauthenticated));
    let early = Claims { iat: now + CLOCK_SKEW_SECONDS + 1, ..claims() };
    let early = encode(&header, &early, &signing).unwrap();
    assert_eq!(kind_of(accounts, &early).await, Err(ErrorKind::Unauthenticated));
    let again = encode(&header, &claims(), &signing).unwrap();
    assert!(kind_of(accounts, &again).await.is_ok());
}
