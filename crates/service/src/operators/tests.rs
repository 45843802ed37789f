use std::sync::Arc;

use vultus_store::OperatorStore;

use super::*;
use crate::fakes::Bench;

const ADDRESS: &str = "192.0.2.1";
const NEW: &str = "a long new password";
const MINUTE: i64 = 60_000_000;

fn operators(bench: &Bench) -> Operators {
    Operators::new(Arc::clone(&bench.store) as Arc<dyn OperatorStore>, bench.service.accounts()).unwrap()
}

#[tokio::test]
async fn first_operator_is_made_once_and_must_change_the_password() {
    let bench = Bench::new().await.unwrap();
    let operators = operators(&bench);
    let first = operators.create_first().await.unwrap().unwrap();
    assert_eq!((first.operator.name.as_str(), first.operator.role), (FIRST_OPERATOR, Role::Administrator));
    assert!(operators.create_first().await.unwrap().is_none());
    let SignedIn { token, session } =
        operators.sign_in(FIRST_OPERATOR, &first.password, ADDRESS).await.unwrap();
    assert!(session.operator.must_change_password);
    let other = operators.sign_in(FIRST_OPERATOR, &first.password, ADDRESS).await.unwrap();
    operators.change_password(&session, &first.password, NEW, ADDRESS).await.unwrap();
    assert!(!operators.session(&token).await.unwrap().operator.must_change_password);
    let ended = operators.session(&other.token).await;
    assert!(matches!(ended, Err(OperatorError::SignedOut)), "other sessions end");
    let old = operators.sign_in(FIRST_OPERATOR, &first.password, ADDRESS).await;
    assert!(matches!(old, Err(OperatorError::WrongPassword)));
}

#[tokio::test]
async fn unfit_passwords_and_names_are_refused() {
    let bench = Bench::new().await.unwrap();
    let operators = operators(&bench);
    let first = operators.create("ann-of-somewhere", Role::Operator).await.unwrap();
    let signed_in = operators.sign_in("ann-of-somewhere", &first.password, ADDRESS).await.unwrap();
    let long = "x".repeat(257);
    for new in ["short", "elevenbytes", &long, &first.password, "ann-of-somewhere"] {
        let refused = operators.change_password(&signed_in.session, &first.password, new, ADDRESS).await;
        assert!(matches!(refused, Err(OperatorError::UnfitPassword)), "{new}");
    }
    let wrong = operators.change_password(&signed_in.session, "wrong password", NEW, ADDRESS).await;
    assert!(matches!(wrong, Err(OperatorError::WrongPassword)));
    for name in ["", "a b", "é", &"n".repeat(65)] {
        let refused = operators.create(name, Role::Auditor).await;
        assert!(matches!(refused, Err(OperatorError::UnfitName)), "{name}");
    }
    let taken = operators.create("ann-of-somewhere", Role::Auditor).await;
    assert!(matches!(taken, Err(OperatorError::AlreadyExists)));
}

#[tokio::test]
async fn sessions_end_with_their_hours_and_with_a_calm_hour() {
    let bench = Bench::new().await.unwrap();
    let operators = operators(&bench);
    let first = operators.create("ann", Role::Operator).await.unwrap();
    let idle = operators.sign_in("ann", &first.password, ADDRESS).await.unwrap();
    let busy = operators.sign_in("ann", &first.password, ADDRESS).await.unwrap();
    for _ in 0..13 {
        operators.session(&busy.token).await.unwrap();
        bench.clock.advance_micros(54 * MINUTE);
    }
    assert!(matches!(operators.session(&idle.token).await, Err(OperatorError::SignedOut)));
    operators.session(&busy.token).await.unwrap();
    bench.clock.advance_micros(18 * MINUTE);
    assert!(matches!(operators.session(&busy.token).await, Err(OperatorError::SignedOut)), "after 12 hours");
    assert!(matches!(operators.session("no token").await, Err(OperatorError::SignedOut)));
}

#[tokio::test]
async fn disabled_operators_and_reset_passwords_end_sessions() {
    let bench = Bench::new().await.unwrap();
    let operators = operators(&bench);
    operators.create("root", Role::Administrator).await.unwrap();
    let first = operators.create("ann", Role::Operator).await.unwrap();
    let session = operators.sign_in("ann", &first.password, ADDRESS).await.unwrap();
    let reset = operators.reset_password("ann").await.unwrap();
    assert!(operators.session(&session.token).await.is_err());
    let session = operators.sign_in("ann", &reset.password, ADDRESS).await.unwrap();
    operators.update("ann", None, Some(true)).await.unwrap();
    assert!(operators.session(&session.token).await.is_err());
    let refused = operators.sign_in("ann", &reset.password, ADDRESS).await;
    assert!(matches!(refused, Err(OperatorError::WrongPassword)), "as if the password were wrong");
    operators.update("ann", Some(Role::Auditor), Some(false)).await.unwrap();
    let again = operators.sign_in("ann", &reset.password, ADDRESS).await.unwrap();
    assert_eq!(again.session.operator.role, Role::Auditor);
    let last = operators.update("root", Some(Role::Auditor), None).await;
    assert!(matches!(last, Err(OperatorError::LastAdministrator)));
}

#[tokio::test]
async fn attempts_wait_longer_and_a_right_password_does_not_pass_meanwhile() {
    let bench = Bench::new().await.unwrap();
    let operators = operators(&bench);
    let first = operators.create("ann", Role::Operator).await.unwrap();
    for _ in 0..5 {
        let wrong = operators.sign_in("ann", "wrong", ADDRESS).await;
        assert!(matches!(wrong, Err(OperatorError::WrongPassword)));
    }
    let Err(OperatorError::TooManyAttempts(wait)) = operators.sign_in("ann", &first.password, ADDRESS).await
    else {
        panic!("the attempt was made");
    };
    bench.clock.advance_micros(wait.as_micros() as i64);
    operators.sign_in("ann", &first.password, ADDRESS).await.unwrap();
    for _ in 0..5 {
        let unknown = operators.sign_in("nobody", "wrong", ADDRESS).await;
        assert!(matches!(unknown, Err(OperatorError::WrongPassword)), "as with a name that exists");
    }
    let unknown = operators.sign_in("nobody", "wrong", ADDRESS).await;
    assert!(matches!(unknown, Err(OperatorError::TooManyAttempts(_))));
}

#[tokio::test]
async fn attempts_are_counted_by_all_processes_on_one_store() {
    let bench = Bench::new().await.unwrap();
    let nodes = [operators(&bench), operators(&bench)];
    let first = nodes[0].create("ann", Role::Operator).await.unwrap();
    for number in 0..5 {
        let wrong = nodes[number % 2].sign_in("ann", "wrong", ADDRESS).await;
        assert!(matches!(wrong, Err(OperatorError::WrongPassword)));
    }
    for node in &nodes {
        let refused = node.sign_in("ann", &first.password, ADDRESS).await;
        assert!(matches!(refused, Err(OperatorError::TooManyAttempts(_))));
    }
}

#[tokio::test]
async fn name_that_nobody_can_have_is_a_wrong_one() {
    let bench = Bench::new().await.unwrap();
    let operators = operators(&bench);
    for name in ["", "a\0b", &"n".repeat(65)] {
        let refused = operators.sign_in(name, "wrong", ADDRESS).await;
        assert!(matches!(refused, Err(OperatorError::WrongPassword)), "{name:?}");
        assert!(!operators.exists(name).await.unwrap());
    }
}

#[tokio::test]
async fn tokens_against_forged_requests_belong_to_their_session() {
    let bench = Bench::new().await.unwrap();
    let operators = operators(&bench);
    let first = operators.create("ann", Role::Operator).await.unwrap();
    let one = operators.sign_in("ann", &first.password, ADDRESS).await.unwrap();
    let two = operators.sign_in("ann", &first.password, ADDRESS).await.unwrap();
    assert_ne!(one.session.csrf_token, two.session.csrf_token);
    let later = operators.session(&one.token).await.unwrap();
    assert!(later.is_csrf_token(&one.session.csrf_token));
    assert!(!later.is_csrf_token(&two.session.csrf_token) && !later.is_csrf_token(""));
}
