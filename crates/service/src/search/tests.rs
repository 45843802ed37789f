use vultus_types::{Confidence, Wanted};

use super::*;
use crate::fakes::{ALICE, BOB, Bench, BenchOptions, photo_of};
use crate::{
    Caller, Candidates, EnrolCommand, FaceChoice, IdentifyCommand, IdentifyOutcome, PhotoSettings, Policy,
    Presented, VerifyCommand,
};

/// A service that searches on two shards.
struct Spread {
    bench: Bench,
    caller: Caller,
}

impl Spread {
    async fn new(partial_answers: bool) -> Self {
        let policy = Policy { partial_answers, ..Policy::default() };
        let options = BenchOptions { shards: &["east", "west"], policy, ..BenchOptions::default() };
        let bench = Bench::with(options).await.unwrap();
        let issued = bench.service.accounts().create("demo").await.unwrap();
        let caller = bench.service.authenticate(Presented::findface(&issued.findface.token)).await.unwrap();
        bench.service.feed.build(|_| ()).await.unwrap();
        Self { bench, caller }
    }

    async fn enrol(&self, subject: &str, person: [u8; 3]) {
        let command = EnrolCommand {
            photo: photo_of(&[person]).unwrap().into(),
            photo_url: None,
            galleries: vec!["g".to_owned()],
            subject: subject.to_owned(),
            faces: FaceChoice::SINGLE,
            keep_photo: false,
            event: None,
            settings: PhotoSettings::new(Wanted::TEMPLATE),
        };
        let permit = self.bench.service.admit().unwrap();
        self.bench.service.enrol(self.caller, permit, command).await.unwrap();
    }

    /// Looks for Alice and Bob.
    async fn identify(&self, completeness: Completeness) -> Result<IdentifyOutcome, ServiceError> {
        let command = IdentifyCommand {
            photo: photo_of(&[ALICE, BOB]).unwrap().into(),
            faces: FaceChoice::EVERY,
            gallery: Some("g".to_owned()),
            candidates: Candidates::Subjects,
            threshold: Confidence::new(0.6),
            max_results: 20,
            completeness,
            settings: PhotoSettings::new(Wanted::TEMPLATE),
        };
        let permit = self.bench.service.admit().unwrap();
        self.bench.service.identify(self.caller, permit, command).await
    }

    async fn verify(&self, subject: &str) -> Result<Confidence, ServiceError> {
        let command = VerifyCommand {
            photo: photo_of(&[ALICE]).unwrap().into(),
            gallery: "g".to_owned(),
            subject: subject.to_owned(),
            settings: PhotoSettings::new(Wanted::TEMPLATE),
        };
        let permit = self.bench.service.admit().unwrap();
        Ok(self.bench.service.verify(self.caller, permit, command).await?.confidence)
    }

    /// The subjects whose face is on that shard.
    async fn held_by(&self, shard: usize) -> Vec<String> {
        let ids = self.bench.shards[shard].faces();
        let faces = self.bench.service.faces(self.caller, &ids).await.unwrap();
        faces.into_iter().map(|stored| stored.face.subject).collect()
    }
}

#[tokio::test]
async fn each_face_of_a_photo_is_found_on_whichever_shard_holds_it() {
    let spread = Spread::new(false).await;
    for number in 0..16 {
        spread.enrol(&format!("alice {number}"), ALICE).await;
        spread.enrol(&format!("bob {number}"), BOB).await;
    }
    let outcome = spread.identify(Completeness::Whole).await.unwrap();
    assert_eq!(outcome.servers, LiveServers { available: 2, total: 2 });
    for (face, name) in outcome.faces.iter().zip(["alice", "bob"]) {
        assert_eq!(face.candidates.len(), 16);
        assert!(face.candidates.iter().all(|candidate| candidate.subject.starts_with(name)), "{face:?}");
    }
    assert!(spread.verify("alice 3").await.unwrap() > spread.verify("bob 3").await.unwrap());
    let gauges = spread.bench.service.gauges().await.unwrap();
    let lags: Vec<_> = gauges.search.shards.iter().map(|shard| shard.changes).collect();
    assert_eq!((gauges.search.faces, lags), (32, vec![Some(0), Some(0)]));
    assert!(spread.bench.service.check_ready().await.is_ok());
}

#[tokio::test]
async fn search_without_a_shard_is_answered_where_the_caller_or_the_operator_takes_the_rest() {
    for partial in [false, true] {
        let spread = Spread::new(partial).await;
        for number in 0..16 {
            spread.enrol(&format!("alice {number}"), ALICE).await;
        }
        assert!(spread.identify(Completeness::Whole).await.is_ok());
        let (here, away) = (spread.held_by(0).await, spread.held_by(1).await);
        spread.bench.shards[1].set_down(true);
        let kind = |error: ServiceError| error.kind();
        let refused = spread.identify(Completeness::Whole).await.map_err(kind).unwrap_err();
        assert_eq!(refused, ErrorKind::IncompleteSearch);
        let outcome = spread.identify(Completeness::Partial).await.unwrap();
        assert_eq!(outcome.servers, LiveServers { available: 1, total: 2 });
        assert_eq!(outcome.faces[0].candidates.len(), here.len());
        assert_eq!(spread.identify(Completeness::AsDecided).await.is_ok(), partial);
        assert_eq!(spread.verify(&here[0]).await.is_ok(), partial);
        let missed = spread.verify(&away[0]).await.map_err(kind).unwrap_err();
        assert_eq!(missed, ErrorKind::IncompleteSearch, "the subject may be on the shard that is out");
        assert!(spread.bench.service.check_ready().await.is_ok());

        spread.bench.shards[0].set_down(true);
        for wanted in [Completeness::Whole, Completeness::Partial, Completeness::AsDecided] {
            let refused = spread.identify(wanted).await.map_err(kind).unwrap_err();
            assert_eq!(refused, ErrorKind::IncompleteSearch, "no shard answers");
        }
        assert!(spread.bench.service.check_ready().await.is_err());
        let gauges = spread.bench.service.gauges().await.unwrap();
        assert_eq!(gauges.search.servers, LiveServers { available: 0, total: 2 });
        assert_eq!(gauges.search.faces, 0);
    }
}

#[tokio::test]
async fn process_that_searches_itself_is_its_only_server() {
    let service = Bench::new().await.unwrap().service;
    let gauges = service.search_gauges().await.unwrap();
    assert_eq!(gauges, SearchGauges { faces: 0, servers: LiveServers::ONE, shards: Vec::new() });
    assert!(service.check_servers(LiveServers::ONE, Completeness::Whole).is_ok());
}
