use std::time::Duration;

use vultus_store::{OutcomeClass, UsageStore};

use super::*;
use crate::fakes::{Bench, START};

const SECOND: i64 = 1_000_000;

fn record(bench: &Bench, account: Option<AccountId>, class: OutcomeClass, millis: u64) {
    bench.service.traffic().record("kairos", account, class, Duration::from_millis(millis));
}

#[tokio::test]
async fn last_minutes_come_from_memory_in_short_steps() {
    let bench = Bench::new().await.unwrap();
    for (class, millis) in [
        (OutcomeClass::Ok, 100),
        (OutcomeClass::Ok, 100),
        (OutcomeClass::ServerError, 100),
        (OutcomeClass::Refused, 1),
    ] {
        record(&bench, None, class, millis);
    }
    bench.clock.advance_micros(7 * SECOND);
    record(&bench, None, OutcomeClass::ClientError, 5);
    let window = bench.service.traffic_of(Window::TenMinutes).await.unwrap();
    assert_eq!((window.step_s, window.to.0 - window.from.0), (5, 600 * SECOND));
    let [series] = &window.series[..] else { panic!("{window:?}") };
    let [first, second] = &series.points[..] else { panic!("{series:?}") };
    assert_eq!((first.count(), first.ok, first.server_error, first.refused), (4, 2, 1, 1));
    let median = first.latencies.quantile_ms(0.5).unwrap();
    assert!((85.0..=119.0).contains(&median), "those refused do not count: {median}");
    assert_eq!((second.count(), second.client_error), (1, 1));
    bench.clock.advance_micros(594 * SECOND);
    let window = bench.service.traffic_of(Window::TenMinutes).await.unwrap();
    assert_eq!(window.series[0].points.len(), 1, "the first step is more than ten minutes old");
}

#[tokio::test]
async fn counts_are_added_up_in_the_store_and_old_ones_forgotten() {
    let bench = Bench::new().await.unwrap();
    bench.service.accounts().create("demo").await.unwrap();
    let account = bench.service.accounts().named("demo").await.unwrap().id;
    for _ in 0..2 {
        record(&bench, Some(account), OutcomeClass::Ok, 10);
        bench.service.flush_traffic().await.unwrap();
    }
    let windows = [Window::Hour, Window::Day, Window::Week, Window::Month];
    for window in windows {
        let found = bench.service.traffic_of(window).await.unwrap();
        assert_eq!(found.series[0].points[0].ok, 2, "{window:?}");
    }
    let day = START.day_number();
    let usage = bench.store.account_usage(account, day).await.unwrap();
    assert_eq!((usage.len(), usage[0].count, usage[0].day), (1, 2, day));
    assert_eq!(bench.store.account_usage(account, day + 1).await.unwrap(), []);
    bench.clock.advance_micros(91 * 86_400 * SECOND);
    bench.service.flush_traffic().await.unwrap();
    let all = (Timestamp(0), Timestamp(i64::MAX));
    for step in [TrafficStep::Minute, TrafficStep::Hour] {
        assert_eq!(bench.store.traffic(step, all.0, all.1, step.seconds()).await.unwrap(), []);
    }
    assert_eq!(bench.store.account_usage(account, day).await.unwrap(), usage, "days stay");
}

#[tokio::test]
async fn what_the_store_does_not_take_waits() {
    let bench = Bench::new().await.unwrap();
    record(&bench, None, OutcomeClass::Ok, 10);
    bench.store.close().await;
    assert!(bench.service.flush_traffic().await.is_err());
    assert_eq!(bench.service.traffic().take().minutes.values().sum::<u64>(), 1);
}

#[test]
fn memory_is_bounded_while_the_store_does_not_answer() {
    let clock = Arc::new(vultus_types::ManualClock::new(START));
    let traffic = Traffic::new(Arc::clone(&clock) as Arc<dyn Clock>);
    for _ in 0..MOST_WAITING + 100 {
        clock.advance_micros(60 * SECOND);
        traffic.record("kairos", None, OutcomeClass::Ok, Duration::ZERO);
    }
    let state = traffic.state.lock();
    assert_eq!((state.waiting.minutes.len(), state.dropped), (MOST_WAITING, 100));
    assert!(state.live.len() as i64 <= LIVE_STEPS);
}
