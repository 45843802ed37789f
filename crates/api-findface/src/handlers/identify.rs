//! `POST /identify`: looks for faces of a photo among all enrolled faces or in a gallery.

use std::collections::HashMap;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use vultus_service::{
    Candidate, Candidates, Completeness, EnrolledFace, IdentifyCommand, IdentifyOutcome, LiveServers, Permit,
    PhotoSettings,
};
use vultus_types::{Confidence, FaceId, Wanted};

use crate::error::Fault;
use crate::fields::{self, Threshold};
use crate::openapi::{Identify, IdentifyForm};
use crate::wire::{Decimal, Face, FaceBox, Results};
use crate::{Call, Reply, quirks};

#[derive(Serialize, ToSchema)]
struct Match {
    confidence: Decimal,
    face: Face,
}

/// An object with a key for each face of the photo, largest face first.
#[derive(ToSchema)]
#[schema(value_type = HashMap<String, Vec<Match>>)]
struct Found(Vec<(FaceBox, Vec<Match>)>);

impl Serialize for Found {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(bounds, matches)| (bounds.key(), matches)))
    }
}
/// The enrolled faces most alike to those of a photo, best first.
#[utoipa::path(
    post,
    path = "/identify",
    operation_id = "identify",
    tag = "faces",
    request_body(content(
        (Identify = "application/json"),
        (IdentifyForm = "multipart/form-data"),
        (Identify = "application/x-www-form-urlencoded")
    )),
    responses((status = 200, description = "For each face of the photo, by its box `[x1, y1, x2, y2]`, the faces found", body = Results<Found>,
        headers(("X-Live-Servers" = String,
            description = "How many search servers answered, as `available/total`"))))
)]
pub(crate) async fn run(call: Call, permit: Permit) -> Result<Reply, Fault> {
    let command = IdentifyCommand {
        faces: fields::choice(&call.params)?,
        gallery: fields::gallery(&call),
        candidates: Candidates::Faces,
        threshold: match fields::threshold(&call.params)? {
            Threshold::None => Confidence::default(),
            Threshold::At(least) => least,
        },
        max_results: fields::results(&call.params)?,
        completeness: if fields::flag(&call.params, "strict")? {
            Completeness::Whole
        } else {
            Completeness::Partial
        },
        settings: PhotoSettings::new(Wanted::BOXES),
        photo: fields::photo(&call, "photo").await?.bytes,
    };
    let service = call.service();
    let outcome = service.identify(call.caller, permit, command).await?;
    let candidates = outcome.faces.iter().flat_map(|face| &face.candidates);
    let ids: Vec<FaceId> = candidates.map(|candidate| candidate.best).collect();
    let stored = service.faces(call.caller, &ids).await?;
    let reply = Reply::of_faces(
        Results { results: Found::new(&outcome, stored) },
        outcome.faces.len(),
        outcome.timings,
    );
    let LiveServers { available, total } = outcome.servers;
    Ok(reply.with_header(quirks::LIVE_SERVERS, &format!("{available}/{total}")))
}

impl Found {
    /// A face that was removed since it was found is left out.
    fn new(outcome: &IdentifyOutcome, stored: Vec<EnrolledFace>) -> Self {
        let stored: HashMap<FaceId, EnrolledFace> =
            stored.into_iter().map(|stored| (stored.face.id, stored)).collect();
        let of = |candidate: &Candidate| {
            let face = stored.get(&candidate.best)?.clone().into();
            Some(Match { confidence: Decimal(candidate.confidence.get()), face })
        };
        let faces = outcome.faces.iter();
        Self(
            faces
                .map(|found| {
                    let bounds = (&found.face.bounds).into();
                    (bounds, found.candidates.iter().filter_map(of).collect())
                })
                .collect(),
        )
    }
}
