//! Galleries and subjects as people look through them, and changes of a subject as a whole.

use vultus_store::{GalleryCount, StoreError, SubjectQuery, SubjectSummary};

use crate::text::check_text;
use crate::{Caller, ErrorKind, Service, ServiceError, What};

impl Service {
    /// The caller's galleries, by name, counted.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`].
    pub async fn gallery_counts(&self, caller: Caller) -> Result<Vec<GalleryCount>, ServiceError> {
        Ok(self.store.gallery_counts(caller.account).await?)
    }

    /// The first `limit` subjects of a gallery, by name, of those after `after`: all, or those with `part` in their
    /// name, upper and lower case alike.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub async fn subject_page(
        &self,
        caller: Caller,
        gallery: &str,
        part: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<SubjectSummary>, ServiceError> {
        let query = SubjectQuery { part, after, limit };
        Self::found(What::Gallery, self.store.subject_page(caller.account, gallery, query).await?)
    }

    /// Moves a subject's faces of a gallery into another one, which is created where it does not exist.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; [`ErrorKind::InvalidInput`] where both galleries are one, or the other's name has a NUL
    /// character;
    /// [`ErrorKind::AlreadyExists`] where the other gallery has a subject of that name, who may be somebody else.
    pub async fn move_subject(
        &self,
        caller: Caller,
        gallery: &str,
        subject: &str,
        to: &str,
    ) -> Result<(), ServiceError> {
        check_text("gallery", to)?;
        if gallery == to {
            return Err(ErrorKind::InvalidInput("gallery").into());
        }
        self.require_gallery(caller, gallery).await?;
        match self.store.move_subject(caller.account, gallery, subject, to).await {
            Err(StoreError::Conflict(_)) => Err(ErrorKind::AlreadyExists(What::Subject).into()),
            moved => Self::found(What::Subject, moved?).map(|_| ()),
        }
    }

    /// Makes a subject one with another of the same gallery, whose name its faces carry from then on, in every
    /// gallery.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; [`ErrorKind::InvalidInput`] where the other one is the same or does not exist.
    pub async fn merge_subjects(
        &self,
        caller: Caller,
        gallery: &str,
        subject: &str,
        into: &str,
    ) -> Result<(), ServiceError> {
        if subject == into {
            return Err(ErrorKind::InvalidInput("into").into());
        }
        self.require_gallery(caller, gallery).await?;
        match self.store.merge_subjects(caller.account, gallery, subject, into).await {
            Err(StoreError::NotFound(_)) => Err(ErrorKind::InvalidInput("into").into()),
            merged => Self::found(What::Subject, merged?).map(|_| ()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::{ALICE, BOB, Bench, photo_of};
    use crate::{
        Candidates, Completeness, EnrolCommand, FaceChoice, IdentifyCommand, PhotoSettings, Presented,
        SubjectSummary,
    };
    use vultus_types::{Confidence, Wanted};

    async fn bench_of(people: &[(&str, &str, [u8; 3])]) -> (Bench, Caller) {
        let bench = Bench::new().await.unwrap();
        let issued = bench.service.accounts().create("demo").await.unwrap();
        let presented = Presented::findface(&issued.findface.token);
        let caller = bench.service.authenticate(presented).await.unwrap();
        for (gallery, subject, colour) in people {
            let command = EnrolCommand {
                photo: photo_of(&[*colour]).unwrap().into(),
                photo_url: None,
                galleries: vec![(*gallery).to_owned()],
                subject: (*subject).to_owned(),
                faces: FaceChoice::SINGLE,
                keep_photo: true,
                event: None,
                settings: PhotoSettings::new(Wanted::TEMPLATE),
            };
            let permit = bench.service.admit().unwrap();
            bench.service.enrol(caller, permit, command).await.unwrap();
        }
        (bench, caller)
    }

    /// Who of the gallery is most like Alice.
    async fn alice_is(bench: &Bench, caller: Caller, gallery: &str) -> Option<String> {
        let command = IdentifyCommand {
            photo: photo_of(&[ALICE]).unwrap().into(),
            faces: FaceChoice::LARGEST,
            gallery: Some(gallery.to_owned()),
            candidates: Candidates::Subjects,
            threshold: Confidence::new(0.6),
            max_results: 1,
            completeness: Completeness::AsDecided,
            settings: PhotoSettings::new(Wanted::TEMPLATE),
        };
        let permit = bench.service.admit().unwrap();
        let outcome = bench.service.identify(caller, permit, command).await.unwrap();
        outcome.faces[0].candidates.first().map(|candidate| candidate.subject.clone())
    }

    fn names(subjects: Vec<SubjectSummary>) -> Vec<String> {
        subjects.into_iter().map(|subject| subject.name).collect()
    }

    #[tokio::test]
    async fn searches_follow_a_moved_and_merged_subject() {
        let people = [("g", "Alice", ALICE), ("g", "Bob", BOB), ("h", "Bob", BOB)];
        let (bench, caller) = bench_of(&people).await;
        let service = &bench.service;
        assert_eq!(alice_is(&bench, caller, "g").await.as_deref(), Some("Alice"));
        service.move_subject(caller, "g", "Alice", "h").await.unwrap();
        assert_eq!(alice_is(&bench, caller, "g").await, None);
        assert_eq!(alice_is(&bench, caller, "h").await.as_deref(), Some("Alice"));
        service.merge_subjects(caller, "h", "Alice", "Bob").await.unwrap();
        assert_eq!(alice_is(&bench, caller, "h").await.as_deref(), Some("Bob"));
        assert_eq!(names(service.subject_page(caller, "h", Some("bO"), None, 9).await.unwrap()), ["Bob"]);
        let counts = service.gallery_counts(caller).await.unwrap();
        assert_eq!(counts.iter().map(|gallery| gallery.faces).collect::<Vec<_>>(), [1, 2]);
    }

    #[tokio::test]
    async fn what_cannot_be_moved_or_merged_is_told() {
        let (bench, caller) = bench_of(&[("g", "Alice", ALICE), ("h", "Alice", BOB)]).await;
        let service = &bench.service;
        let kind = |result: Result<(), ServiceError>| result.unwrap_err().kind();
        let into =
            async |gallery, subject, to| kind(service.move_subject(caller, gallery, subject, to).await);
        assert_eq!(into("g", "Alice", "h").await, ErrorKind::AlreadyExists(What::Subject));
        assert_eq!(into("g", "Alice", "g").await, ErrorKind::InvalidInput("gallery"));
        assert_eq!(into("x", "Alice", "g").await, ErrorKind::NotFound(What::Gallery));
        assert_eq!(into("g", "Bob", "h").await, ErrorKind::NotFound(What::Subject));
        let with =
            async |gallery, subject, to| kind(service.merge_subjects(caller, gallery, subject, to).await);
        assert_eq!(with("g", "Alice", "Alice").await, ErrorKind::InvalidInput("into"));
        assert_eq!(with("g", "Alice", "Bob").await, ErrorKind::InvalidInput("into"));
        assert_eq!(with("g", "Bob", "Alice").await, ErrorKind::NotFound(What::Subject));
        assert_eq!(with("x", "Bob", "Alice").await, ErrorKind::NotFound(What::Gallery));
        assert!(service.subject_page(caller, "x", None, None, 9).await.is_err());
    }
}
