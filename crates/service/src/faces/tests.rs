use std::collections::BTreeSet;

use vultus_types::Wanted;

use super::*;
use crate::fakes::{ALICE, BOB, Bench, photo_of};
use crate::{Completeness, EnrolCommand, FaceChoice, GalleryEdit, PhotoSettings, Presented};

async fn bench() -> (Bench, Caller) {
    let bench = Bench::new().await.unwrap();
    let token = bench.service.accounts().create("demo").await.unwrap().findface.token;
    let caller = bench.service.authenticate(Presented::findface(&token)).await.unwrap();
    (bench, caller)
}

async fn enrol(bench: &Bench, caller: Caller, subject: &str, galleries: &[&str]) -> FaceId {
    let command = EnrolCommand {
        photo: photo_of(&[ALICE]).unwrap().into(),
        photo_url: None,
        galleries: galleries.iter().map(|&name| name.to_owned()).collect(),
        subject: subject.to_owned(),
        faces: FaceChoice::SINGLE,
        keep_photo: true,
        event: None,
        settings: PhotoSettings::new(Wanted::BOXES),
    };
    let outcome = bench.service.enrol(caller, bench.service.admit().unwrap(), command).await.unwrap();
    outcome.faces[0].id()
}

fn listing(start: PageStart, limit: u32) -> FaceListing {
    FaceListing { gallery: None, subject: None, start, limit }
}

async fn page(bench: &Bench, caller: Caller, start: PageStart) -> (Vec<FaceId>, FacePage) {
    let page = bench.service.list_faces(caller, &listing(start, 3)).await.unwrap();
    (page.faces.iter().map(|face| face.face.id).collect(), page)
}

#[tokio::test]
async fn pages_lead_down_to_the_oldest_face_and_up_again() {
    let (bench, caller) = bench().await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.insert(0, enrol(&bench, caller, "Ann", &[]).await);
    }
    let (first, newest) = page(&bench, caller, PageStart::Newest).await;
    assert_eq!((first.as_slice(), newest.newer), (&ids[..3], None));
    let (second, middle) = page(&bench, caller, newest.older.unwrap()).await;
    assert_eq!(second, ids[3..6]);
    let (third, oldest) = page(&bench, caller, middle.older.unwrap()).await;
    assert_eq!((third.as_slice(), oldest.older), (&ids[6..], None));

    let (up, above) = page(&bench, caller, oldest.newer.unwrap()).await;
    assert_eq!(up, second);
    assert_eq!(page(&bench, caller, above.older.unwrap()).await.0, third);
    let (top, last) = page(&bench, caller, above.newer.unwrap()).await;
    assert_eq!((top.as_slice(), last.newer), (&ids[..3], None));
}

#[tokio::test]
async fn pages_are_exact_while_faces_come_and_go() {
    let (bench, caller) = bench().await;
    let mut there = BTreeSet::new();
    for _ in 0..10 {
        there.insert(enrol(&bench, caller, "Ann", &[]).await);
    }
    let (mut met, mut start) = (Vec::new(), Some(PageStart::Newest));
    while let Some(next) = start {
        let (ids, page) = page(&bench, caller, next).await;
        met.extend(&ids);
        start = page.older;
        enrol(&bench, caller, "Bob", &[]).await;
        bench.service.delete_face(caller, ids[0]).await.unwrap();
        if let Some(PageStart::At(boundary)) = start
            && met.len() == 3
        {
            there.remove(&boundary);
            bench.service.delete_face(caller, boundary).await.unwrap();
        }
    }
    assert_eq!(met.len(), there.len(), "none twice");
    assert_eq!(met.into_iter().collect::<BTreeSet<_>>(), there);
}

#[tokio::test]
async fn window_is_not_left() {
    let (bench, caller) = bench().await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(enrol(&bench, caller, "Ann", &[]).await);
    }
    let (found, first) = page(&bench, caller, PageStart::Within { min: ids[2], max: ids[5] }).await;
    assert_eq!(found, [ids[5], ids[4], ids[3]]);
    let (found, second) = page(&bench, caller, first.older.unwrap()).await;
    assert_eq!((found.as_slice(), second.older), (&ids[2..3], None));
}

#[tokio::test]
async fn lists_of_unknown_galleries_and_faces_are_not_found() {
    let (bench, caller) = bench().await;
    let id = enrol(&bench, caller, "Ann", &["g"]).await;
    let unknown = FaceListing { gallery: Some("x".to_owned()), ..listing(PageStart::Newest, 3) };
    let kind = |error: ServiceError| error.kind();
    let service = &bench.service;
    assert_eq!(
        service.list_faces(caller, &unknown).await.map_err(kind),
        Err(ErrorKind::NotFound(What::Gallery))
    );
    assert_eq!(
        service.subject_counts(caller, Some("x")).await.map_err(kind),
        Err(ErrorKind::NotFound(What::Gallery))
    );
    service.delete_face(caller, id).await.unwrap();
    let no_face = Err(ErrorKind::NotFound(What::Face));
    assert_eq!(service.face(caller, id).await.map_err(kind), no_face);
    assert_eq!(service.update_face(caller, id, &FaceUpdate::default()).await.map_err(kind), no_face);
    let gone = service.delete_face(caller, id).await.map_err(kind);
    assert_eq!(gone, Err(ErrorKind::NotFound(What::Face)));
    let gone = service.delete_subject(caller, "Ann").await.map_err(kind);
    assert_eq!(gone, Err(ErrorKind::NotFound(What::Subject)));
}

#[tokio::test]
async fn photos_of_removed_faces_are_deleted() {
    let (bench, caller) = bench().await;
    let id = enrol(&bench, caller, "Ann", &["g"]).await;
    let key = bench.service.face(caller, id).await.unwrap().face.photo_key.unwrap();
    enrol(&bench, caller, "Bob", &["g"]).await;
    bench.service.delete_subject(caller, "Ann").await.unwrap();
    assert!(bench.blobs.get(&key).await.unwrap().is_none());
    assert_eq!(bench.service.subjects(caller, "g").await.unwrap(), ["Bob"]);
}

#[tokio::test]
async fn moved_face_is_found_in_its_new_gallery_only() {
    let (bench, caller) = bench().await;
    let id = enrol(&bench, caller, "Ann", &["g"]).await;
    let edit = GalleryEdit::Set(vec!["h".to_owned()]);
    let update = FaceUpdate { subject: Some("Bob".to_owned()), galleries: Some(edit) };
    bench.service.update_face(caller, id, &update).await.unwrap();
    for (gallery, people, expected) in [("h", ALICE, 1), ("h", BOB, 0)] {
        let command = crate::IdentifyCommand {
            photo: photo_of(&[people]).unwrap().into(),
            faces: FaceChoice::EVERY,
            gallery: Some(gallery.to_owned()),
            candidates: crate::Candidates::Faces,
            threshold: vultus_types::Confidence::new(0.75),
            max_results: 5,
            completeness: Completeness::Whole,
            settings: PhotoSettings::new(Wanted::BOXES),
        };
        let permit = bench.service.admit().unwrap();
        let outcome = bench.service.identify(caller, permit, command).await.unwrap();
        assert_eq!(outcome.faces[0].candidates.len(), expected);
        assert!(outcome.faces[0].candidates.iter().all(|found| found.subject == "Bob" && found.best == id));
    }
    assert!(!bench.service.has_gallery(caller, "g").await.unwrap());
}

#[tokio::test]
async fn names_with_a_nul_character_are_refused_by_every_store() {
    let (bench, caller) = bench().await;
    let kind = |error: ServiceError| error.kind();
    let id = enrol(&bench, caller, "Ann", &["one"]).await;
    let subject = FaceUpdate { subject: Some("A\0nn".to_owned()), galleries: None };
    let joined = GalleryEdit::Add(vec!["o\0ne".to_owned()]);
    let galleries = FaceUpdate { subject: None, galleries: Some(joined) };
    for (update, field) in [(subject, "subject"), (galleries, "galleries")] {
        let refused = bench.service.update_face(caller, id, &update).await;
        assert_eq!(refused.map_err(kind), Err(ErrorKind::InvalidInput(field)));
    }
    let created = bench.service.create_gallery(caller, "t\0wo").await;
    assert_eq!(created.map_err(kind), Err(ErrorKind::InvalidInput("gallery")));
    let moved = bench.service.move_subject(caller, "one", "Ann", "t\0wo").await;
    assert_eq!(moved.map_err(kind), Err(ErrorKind::InvalidInput("gallery")));
    let command = EnrolCommand {
        photo: photo_of(&[BOB]).unwrap().into(),
        photo_url: None,
        galleries: Vec::new(),
        subject: "B\0ob".to_owned(),
        faces: FaceChoice::SINGLE,
        keep_photo: true,
        event: None,
        settings: PhotoSettings::new(Wanted::BOXES),
    };
    let enrolled = bench.service.enrol(caller, bench.service.admit().unwrap(), command).await;
    assert_eq!(enrolled.err().map(kind), Some(ErrorKind::InvalidInput("subject")));
}
