use super::*;
use crate::findings::{Better, Confusion, Findings, Group, Unit};
use crate::report::testing::report;
use crate::statistics::Interval;

fn findings(fnmr: f64) -> Findings {
    let mut findings = Findings::default();
    findings.acquisition(200, 4);
    let interval = Some(Interval { low: fnmr / 2.0, high: fnmr * 2.0 });
    let figure = Figure::new("FNMR at FMR 1e-3", fnmr, Unit::Share, Better::Lower, 500);
    findings.figures.push(figure.within(interval));
    findings
}

fn group(name: &str, wrong: usize) -> Group {
    let figures = Figure::share("FMR", wrong, 1000, Better::Lower).into_iter().collect();
    Group { name: name.to_owned(), figures }
}

#[test]
fn document_shows_every_result_once() {
    let mut by_group = findings(0.12);
    by_group
        .breakdowns
        .push(Breakdown { by: "age".to_owned(), groups: vec![group("3-9", 90), group("20-29", 1)] });
    by_group.confusions.push(Confusion {
        of: "gender".to_owned(),
        truths: vec!["male".to_owned(), "female".to_owned()],
        answers: vec!["male".to_owned(), "female".to_owned(), "unknown".to_owned()],
        counts: vec![vec![5, 1, 0], vec![0, 6, 2]],
    });
    let reports = [
        report(Task::Verify, "Faces A|B", "recommended", findings(0.02)),
        report(Task::Detect, "Crowds", "default", Findings::default()),
        report(Task::Verify, "Faces A|B", "default", by_group),
    ];
    let text = document(&reports);
    insta::assert_snapshot!(text.strip_prefix(HEAD).unwrap());
    let mut reversed = reports;
    reversed.reverse();
    assert_eq!(document(&reversed), text);
}

#[test]
fn parts_that_chance_may_explain_are_no_weak_spots() {
    let breakdown =
        |worst| Breakdown { by: "age".to_owned(), groups: vec![group("a", worst), group("b", 10)] };
    assert!(weak_spots(&breakdown(13)).is_empty());
    assert_eq!(weak_spots(&breakdown(50)).len(), 1);
}

/// `docs/accuracy.md` is what the generator makes of `docs/accuracy/*.json`: run `vultus eval report` after adding
/// a result.
#[test]
fn committed_document_follows_from_the_committed_results() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let reports = crate::report::read_folder(&docs.join("accuracy")).unwrap();
    let committed = fs_err::read_to_string(docs.join("accuracy.md")).unwrap();
    assert!(committed == document(&reports), "docs/accuracy.md is out of date: run `vultus eval report`");
}
