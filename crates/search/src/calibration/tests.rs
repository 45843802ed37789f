use proptest::prelude::*;

use super::*;

fn provenance() -> Provenance {
    Provenance {
        models: vec![ModelDigest([3; 32])],
        data_set: "strangers".into(),
        data_set_licence: "CC0-1.0".into(),
        command: "eval calibrate".into(),
    }
}

/// `count` similarities in which the share above `s` is exp(-(s + 1) * steepness), so log-linear throughout.
fn exponential(count: usize, steepness: f64) -> Vec<f32> {
    (0..count).map(|index| (-((index as f64 + 0.5) / count as f64).ln() / steepness - 1.0) as f32).collect()
}

fn measure(similarities: Vec<f32>) -> Result<CalibrationTable, CalibrationError> {
    CalibrationTable::measure(&mut [similarities], 1.0, provenance())
}

fn calibration(count: usize, steepness: f64) -> Calibration {
    measure(exponential(count, steepness)).unwrap().try_into().unwrap()
}

fn table(points: &[(f32, f64)]) -> CalibrationTable {
    let points = points.iter().map(|&(similarity, fmr)| CalibrationPoint {
        similarity,
        fmr,
        source: PointSource::Measured,
    });
    let Provenance { models, data_set, data_set_licence, command } = provenance();
    let points = points.collect();
    CalibrationTable { models, data_set, data_set_licence, pairs: 1, margin: 1.0, command, points }
}

#[test]
fn anchors_lie_at_their_false_match_rates() {
    let calibration = calibration(4_000_000, 12.0);
    for (confidence, fmr) in ANCHORS.into_iter().skip(1) {
        let similarity = calibration.similarity_at(Confidence::new(confidence));
        let found = calibration.fmr_at(similarity);
        assert!((found / fmr).ln().abs() < 1e-2, "{confidence}: {found} is not {fmr}");
    }
}

#[test]
fn measured_rates_are_kept_by_the_comparisons_they_were_measured_on() {
    let similarities = exponential(1_000_000, 12.0);
    let calibration = calibration(1_000_000, 12.0);
    for confidence in [0.5, 0.6, 0.71, 0.75, 0.7834] {
        let threshold = calibration.similarity_at(Confidence::new(confidence));
        let matches = similarities.iter().filter(|&&value| value >= threshold.0).count();
        let most = calibration.fmr_at(threshold) * 1e6;
        assert!(matches as f64 <= most.ceil(), "{confidence}: {matches} > {most}");
    }
}

#[test]
fn tail_beyond_the_comparisons_is_extrapolated_and_says_so() {
    let table = measure(exponential(300_000, 12.0)).unwrap();
    let last_measured = table.points.iter().rfind(|point| point.source == PointSource::Measured).unwrap();
    assert_eq!(last_measured.fmr, 1e-4);
    let last = table.points.last().unwrap();
    assert_eq!((last.fmr, last.source), (1e-6, PointSource::Extrapolated));
    let expected = -(1e-6_f64).ln() / 12.0 - 1.0;
    assert!((f64::from(last.similarity) - expected).abs() < 0.01, "{}", last.similarity);
}

#[test]
fn last_row_lies_at_the_last_anchor() {
    let calibration = calibration(10_000, 3.5);
    let last = calibration.table().points.last().unwrap();
    let nearly = calibration.confidence(Similarity(last.similarity)).get();
    assert!((nearly - 0.92).abs() < 1e-4, "{nearly}");
}

#[test]
fn confidence_is_one_for_identical_inputs_only() {
    let calibration = calibration(100_000, 12.0);
    assert_eq!(calibration.confidence(Similarity::IDENTICAL).get(), 1.0);
    assert_eq!(calibration.confidence(Similarity(1e6)).get(), MOST_CONFIDENT);
    assert_eq!(calibration.similarity_at(Confidence::new(1.0)), Similarity::IDENTICAL);
    assert_eq!(calibration.confidence(Similarity(-0.99)).get(), 0.0);
    assert_eq!(calibration.confidence(Similarity(f32::NAN)).get(), 0.0);
    assert_eq!(calibration.similarity_at(Confidence::new(0.0)).0, f32::NEG_INFINITY);
}

#[test]
fn scale_has_no_bend_at_its_last_anchor() {
    let calibration = calibration(4_000_000, 12.0);
    let per_decade = std::f32::consts::LN_10 / 12.0;
    let at = |decades: f32| {
        let last = calibration.table().points.last().unwrap().similarity;
        calibration.confidence(Similarity(last + decades * per_decade)).get()
    };
    let (before, after) = (at(0.0) - at(-0.1), at(0.1) - at(0.0));
    assert!((before - 0.007).abs() < 5e-4 && (after - before).abs() < 2.5e-3, "{before} {after}");
}

#[test]
fn table_survives_its_json_form() {
    let one = calibration(100_000, 12.0);
    let text = serde_json::to_string(one.table()).unwrap();
    assert_eq!(Calibration::from_json(&text).unwrap().table(), one.table());
    assert!(text.contains(&"03".repeat(32)), "digests are hexadecimal");
    assert!(one.fits(&ScoreRule::single(ModelDigest([3; 32]), 128)));
    assert!(!one.fits(&ScoreRule::single(ModelDigest([4; 32]), 128)));
}

#[test]
fn damaged_tables_are_refused() {
    let refuse = |points: &[(f32, f64)]| Calibration::try_from(table(points)).unwrap_err();
    assert!(matches!(refuse(&[]), CalibrationError::Row(0)));
    assert!(matches!(refuse(&[(0.1, 0.5), (f32::NAN, 1e-6)]), CalibrationError::Row(1)));
    assert!(matches!(refuse(&[(0.1, 0.5), (f32::INFINITY, 1e-6)]), CalibrationError::Row(1)));
    assert!(matches!(refuse(&[(0.1, 0.5), (0.2, 0.0)]), CalibrationError::Row(1)));
    assert!(matches!(refuse(&[(0.1, 0.5), (0.1, 1e-6)]), CalibrationError::Order(1)));
    assert!(matches!(refuse(&[(0.1, 0.5), (0.2, 0.6)]), CalibrationError::Order(1)));
    assert!(matches!(refuse(&[(0.1, 0.4), (0.2, 1e-6)]), CalibrationError::Range));
    assert!(matches!(refuse(&[(0.1, 0.5), (0.2, 1e-5)]), CalibrationError::Range));
    assert!(matches!(Calibration::from_json("{"), Err(CalibrationError::Json(_))));
}

#[test]
fn comparisons_that_cannot_be_calibrated_are_refused() {
    let refuse = |values: Vec<f32>| measure(values).unwrap_err();
    assert!(matches!(refuse(exponential(2999, 12.0)), CalibrationError::TooFewPairs(2999)));
    assert!(matches!(refuse(vec![0.5; 5000]), CalibrationError::Degenerate));
    assert!(matches!(refuse(vec![f32::NAN; 5000]), CalibrationError::Degenerate));
    assert!(matches!(
        CalibrationTable::measure(&mut [], 1.0, provenance()),
        Err(CalibrationError::TooFewPairs(0))
    ));
}

#[test]
fn threshold_is_that_of_the_worst_population() {
    let narrow = exponential(100_000, 12.0);
    let wide: Vec<f32> = exponential(100_000, 12.0).into_iter().map(|value| value + 0.1).collect();
    let worst = measure(wide.clone()).unwrap();
    let both = CalibrationTable::measure(&mut [narrow, wide], 1.0, provenance()).unwrap();
    assert_eq!((both.points, both.pairs), (worst.points, 200_000));
}

#[test]
fn margin_keeps_the_measured_rate_below_the_promised_one() {
    let similarities = exponential(1_000_000, 12.0);
    let table = CalibrationTable::measure(&mut [similarities.clone()], 2.0, provenance()).unwrap();
    let row = table.points.iter().find(|point| point.fmr == 1e-3).unwrap();
    let matches = similarities.iter().filter(|&&value| value >= row.similarity).count();
    assert_eq!((matches, row.source), (500, PointSource::Measured));
}

prop_compose! {
    fn tables()(
        start in -0.9_f32..0.5,
        steps in prop::collection::vec((1e-3_f32..0.02, 0.2_f64..0.95), 1..20),
        last in 1e-3_f32..0.02,
    ) -> CalibrationTable {
        let (mut similarity, mut fmr) = (start, 1.0);
        let mut points = vec![(similarity, fmr)];
        for (step, ratio) in steps {
            similarity += step;
            fmr *= ratio;
            points.push((similarity, fmr));
        }
        points.push((similarity + last, fmr.min(1e-6) * 0.5));
        table(&points)
    }
}

proptest! {
    #[test]
    fn confidence_and_rate_are_monotone(table in tables(), one in -1.1_f32..1.1, other in -1.1_f32..1.1) {
        let calibration = Calibration::try_from(table).unwrap();
        let (low, high) = (Similarity(one.min(other)), Similarity(one.max(other)));
        prop_assert!(calibration.confidence(low) <= calibration.confidence(high));
        prop_assert!(calibration.fmr_at(low) >= calibration.fmr_at(high));
    }

    #[test]
    fn similarity_is_the_least_that_has_the_confidence(table in tables(), confidence in 1e-3_f32..=1.0) {
        let calibration = Calibration::try_from(table).unwrap();
        let confidence = Confidence::new(confidence);
        let Similarity(least) = calibration.similarity_at(confidence);
        prop_assert!(calibration.confidence(Similarity(least)) >= confidence);
        if least.is_finite() {
            prop_assert!(calibration.confidence(Similarity(least.next_down())) < confidence);
        }
    }
}

#[test]
fn rates_are_told_to_be_measured_or_drawn_on() {
    let mut table = table(&[(0.1, 0.5), (0.5, 1e-3), (0.7, 1e-5), (0.9, 1e-6)]);
    for point in &mut table.points[2..] {
        point.source = PointSource::Extrapolated;
    }
    let calibration = Calibration::try_from(table).unwrap();
    let told = [-1.0, 0.1, 0.3, 0.5, 0.500_1, 0.7, 0.8, 0.95, f32::INFINITY]
        .map(|similarity| calibration.is_extrapolated_at(Similarity(similarity)));
    assert_eq!(told, [false, false, false, false, true, true, true, true, true]);
}
