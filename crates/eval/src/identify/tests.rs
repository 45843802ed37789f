use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};

use super::*;
use crate::session::testing::session;

const HALF: SplitOptions = SplitOptions { unenrolled: 0.5, gallery_photos: 1 };

fn value(findings: &Findings, name: &str) -> f64 {
    findings.figure(name).unwrap_or_else(|| panic!("{name} in {:?}", findings.figures)).value
}

#[test]
fn split_enrols_a_part_of_the_people_and_searches_for_all() {
    let people: Vec<usize> = (0..20).flat_map(|person| [person; 3]).collect();
    let split = Split::of(&people, HALF, 1);
    assert_eq!((split.gallery.len(), split.mated.len(), split.non_mated.len()), (10, 20, 30));
    for &(probe, subject) in &split.mated {
        assert!(split.gallery[subject].iter().all(|&photo| people[photo] == people[probe] && photo != probe));
    }
    let enrolled = |person: usize| split.gallery.iter().flatten().any(|&photo| people[photo] == person);
    assert!(split.non_mated.iter().all(|&probe| !enrolled(people[probe])));
    assert_eq!(split, Split::of(&people, HALF, 1));
    assert_ne!(split, Split::of(&people, HALF, 2));
}

#[test]
fn person_with_one_photo_is_enrolled_or_a_stranger() {
    let split = Split::of(&[0, 1, 2, 3], HALF, 1);
    assert_eq!((split.gallery.len(), split.mated.len(), split.non_mated.len()), (2, 0, 2));
}

/// Searches of 100 enrolled people and 100 others.
fn searches(mated: &[Found], non_mated: &[Found]) -> Searches {
    let split = Split {
        gallery: vec![Vec::new(); mated.len()],
        mated: (0..mated.len()).map(|index| (index, index)).collect(),
        non_mated: (mated.len()..mated.len() + non_mated.len()).collect(),
    };
    let people: Vec<usize> = (0..mated.len() + non_mated.len()).collect();
    Searches::new(&split, mated, non_mated, &people)
}

#[test]
fn errors_of_known_searches_are_found() {
    // Of 100 mated searches ten find the right person at rank 3 only, five not at all.
    let mated: Vec<Found> = (0..100)
        .map(|index| match index {
            0..10 => Found { score: 0.9, rank: 3 },
            10..15 => Found { score: f32::NEG_INFINITY, rank: usize::MAX },
            _ => Found { score: 0.4 + index as f32 / 200.0, rank: 1 },
        })
        .collect();
    let non_mated: Vec<Found> =
        (0..100).map(|index| Found { score: index as f32 / 100.0, rank: 1 }).collect();
    let analyzer = FakeAnalyzer::default();
    let mut findings = Findings::default();
    let preset = Preset { confidence: 0.6, threshold: 0.745, rate: 1e-3 };
    searches(&mated, &non_mated).report(&session(&analyzer), &[preset], &mut findings);
    assert!((value(&findings, "FNIR at rank 1, no threshold") - 0.15).abs() < 1e-9);
    assert!((value(&findings, "FNIR at rank 5, no threshold") - 0.05).abs() < 1e-9);
    // 25 strangers and 31 enrolled people (index 69 and above) score .745 or more.
    assert!((value(&findings, "FPIR at confidence 0.6") - 0.25).abs() < 1e-9);
    assert!((value(&findings, "FNIR at rank 1 at confidence 0.6") - 0.69).abs() < 1e-9);
    // Ten strangers score above .895: of the enrolled, only index 99 does.
    assert!((value(&findings, "FNIR at rank 1 at FPIR 1e-1") - 0.99).abs() < 1e-9);
    let cmc = findings.plots.iter().find(|plot| plot.name == "cmc").unwrap();
    assert!((cmc.series[0].points[2].1 - 0.95).abs() < 1e-9);
}

#[test]
fn people_are_found_in_the_gallery_and_strangers_are_not() {
    let root = tempfile::tempdir().unwrap();
    for person in 0..12u8 {
        for side in [70, 80, 90] {
            let path = root.path().join(format!("{person}/{side}.png"));
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            let face = FakeFace { colour: [40 + person * 9, 200 - person * 7, 60], x: 20, y: 20, side };
            let faces = if person == 0 && side == 70 { &[][..] } else { &[face][..] };
            fs_err::write(path, fake_photo(150, 150, faces).unwrap()).unwrap();
        }
    }
    let mut photos = LabelledPhotos::default();
    photos.add_folder(root.path()).unwrap();
    let analyzer = FakeAnalyzer::default();
    let all = SplitOptions { unenrolled: 0.0, gallery_photos: 2 };
    let findings = identify(&session(&analyzer), &photos, all, None).unwrap();
    assert!((value(&findings, "failure to acquire") - 1.0 / 36.0).abs() < 1e-9);
    let missed = value(&findings, "FNIR at rank 1, no threshold");
    assert!(missed <= 1.0 / 12.0 + 1e-9, "{missed}: at most the photo without a face");
    let half = identify(&session(&analyzer), &photos, HALF, None).unwrap();
    let count = |of: &str| half.counts.iter().find(|count| count.of == of).unwrap().count;
    assert_eq!(
        (count("subjects enrolled"), count("mated searches"), count("non-mated searches")),
        (6, 12, 18)
    );
}
