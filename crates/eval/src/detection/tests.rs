use vultus_face::fakes::{FakeAnalyzer, FakeFace, fake_photo};

use super::*;
use crate::session::testing::session;

const OPTIONS: DetectOptions = DetectOptions { min_head_scale: 0.015, iou: 0.5 };

#[test]
fn boxes_are_read_per_photo() {
    let text = "Name,width,height,xmin,ymin,xmax,ymax\na.jpg,612,408,10,20,30,60\na.jpg,612,408,0,0,5,5\n";
    let boxes = parse_boxes(text).unwrap();
    assert_eq!(boxes["a.jpg"][0], BoundingBox::new(10.0, 20.0, 20.0, 40.0));
    assert_eq!(boxes["a.jpg"].len(), 2);
}

#[test]
fn wrong_lines_of_boxes_are_named() {
    for line in ["a.jpg,1,2,3", "../a.jpg,6,4,1,1,2,2", "a.jpg,6,4,5,1,2,2", "a.jpg,6,4,x,1,2,2"] {
        assert!(matches!(parse_boxes(line), Err(EvalError::Boxes { line: 1 })), "{line}");
    }
}

#[test]
fn finds_are_compared_with_labels_photo_by_photo() {
    let root = tempfile::tempdir().unwrap();
    let face = |x, side| FakeFace { colour: [200, 0, 0], x, y: 20, side };
    let write = |name: &str, faces: &[FakeFace]| {
        fs_err::write(root.path().join(name), fake_photo(400, 200, faces).unwrap()).unwrap();
    };
    // One photo as labelled; one with a find too many and a small face that is labelled and not there.
    write("right.png", &[face(20, 100)]);
    write("wrong.png", &[face(20, 100), face(200, 40)]);
    let labels =
        "right.png,400,200,20,20,120,120\nwrong.png,400,200,20,20,120,120\nwrong.png,400,200,300,20,330,50\n";
    let analyzer = FakeAnalyzer::default();
    let labels = parse_boxes(labels).unwrap();
    let findings = detect(&session(&analyzer), &labels, root.path(), OPTIONS).unwrap();
    let value = |name: &str| findings.figure(name).unwrap().value;
    assert!((value("recall") - 2.0 / 3.0).abs() < 1e-9);
    assert!((value("precision") - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(value("exact count"), 1.0, "both photos have as many finds as labels");
    assert_eq!(value("time per photo, decoding left out"), 1.0);
    let recall = |by, group| findings.group_figure(by, group, "recall").unwrap().value;
    assert_eq!(recall("size of the face", "64-127 px"), 1.0);
    assert_eq!(recall("size of the face", "16-31 px"), 0.0);
    assert_eq!(recall("face to longer side of the photo", "1:16 to 1:8"), 0.0);
    assert_eq!(recall("faces in the photo", "1 face"), 1.0);
}

#[test]
fn faces_below_the_least_size_are_not_looked_for() {
    let root = tempfile::tempdir().unwrap();
    let face = FakeFace { colour: [200, 0, 0], x: 20, y: 20, side: 40 };
    fs_err::write(root.path().join("a.png"), fake_photo(400, 200, &[face]).unwrap()).unwrap();
    let labels = parse_boxes("a.png,400,200,20,20,60,60\n").unwrap();
    let analyzer = FakeAnalyzer::default();
    let recall = |min_head_scale| {
        let options = DetectOptions { min_head_scale, ..OPTIONS };
        let findings = detect(&session(&analyzer), &labels, root.path(), options).unwrap();
        findings.figure("recall").unwrap().value
    };
    assert_eq!((recall(0.05), recall(0.2)), (1.0, 0.0));
}
